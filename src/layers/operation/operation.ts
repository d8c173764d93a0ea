import { describe, OlifantError } from '../../errors.ts';
import { autoName } from '../../trace/names.ts';
import { Tensor } from '../../trace/tensor.ts';
import { Variable } from '../../trace/variable.ts';
import { type Config, Layer } from '../layer.ts';
import { flatten, mapStruct, type Struct } from '../struct.ts';
import { SymbolicTensor } from '../symbolic.ts';
import { type OperationRow, operationTable } from './table.ts';

/** Where Keras's operations are, now and before. */
const MODULES = /^keras(\.src\.activations\.activations|(\.src)?\.ops(\.\w+)?)$/;

type Write = (t: SymbolicTensor) => unknown;

const writeStruct = (operand: unknown, write: Write): unknown =>
  mapStruct(operand as Struct<unknown>, (x) => {
    if (x instanceof SymbolicTensor) return write(x);
    if (x instanceof Tensor) return { class_name: '__numpy__', config: { value: x.arraySync(), dtype: x.dtype } };
    return ArrayBuffer.isView(x) ? Array.from(x as Float32Array) : x;
  });

/** Whether a configuration names an operation that can be read. */
export function isOperation(module: unknown, className: unknown): boolean {
  return (
    typeof module === 'string' &&
    MODULES.test(module) &&
    typeof className === 'string' &&
    Object.hasOwn(operationTable(), className)
  );
}

/**
 * One operation on symbolic tensors, as a layer of a functional model: what `ops.add(x, 1)` makes of an `x` from `Input`.
 * It is called once, where it is made.
 */
export class Operation extends Layer {
  static override className = 'Operation';

  readonly #kind: string;
  readonly #row: OperationRow;
  readonly #config: Config;
  #operands: readonly unknown[] = [];
  #keywords: Config = {};

  /** @param kind Keras's name of the class: `'ExpandDims'`. */
  constructor(kind: string, config: Config, name?: string | null) {
    const row = operationTable()[kind]!;
    super({ name: name ?? autoName(kind) });
    this.#kind = kind;
    this.#row = row;
    this.#config = config;
    this.built = true;
  }

  /** Makes an operation of its saved form. */
  static make(kind: string, config: Config): Operation {
    const { name, ...rest } = config;
    return new Operation(kind, rest, name as string | undefined);
  }

  override get className(): string {
    return this.#kind;
  }

  /** @internal Whether Keras's class takes this argument by name with each call. */
  takesKeyword(name: string): boolean {
    const { callKeywords = [], byName = false, tensors = [] } = this.#row;
    return callKeywords === 'any' || callKeywords.includes(name) || (byName && tensors.includes(name));
  }

  /** Notes the call: symbolic tensors, alone or in lists, and constants; and what Keras's class takes by name with each call. */
  applyTo(operands: readonly unknown[], keywords: Config = {}): Struct<SymbolicTensor> {
    const further = this.#row.byName ? (this.#row.tensors ?? []) : [];
    const named = further.map((name) => keywords[name]).filter((x) => x !== undefined && x !== null);
    this.#operands = [...operands, ...named];
    this.#keywords = Object.fromEntries(Object.entries(keywords).filter(([name]) => !further.includes(name)));
    const leaves = flatten<unknown>(this.#operands as Struct<unknown>);
    const odd = leaves.find((x) => x instanceof Variable || x instanceof Layer || x instanceof Promise);
    if (odd !== undefined)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: beside symbolic tensors there can be constants only, got ${describe(odd)}; ` +
          'weights belong into a layer',
      );
    const inputs = leaves.filter((x) => x instanceof SymbolicTensor);
    return this.apply<Struct<SymbolicTensor>>(inputs);
  }

  /** @internal The operands of the call, for files. */
  writeOperands(write: Write): unknown[] {
    const { byName, operands } = this.#row;
    return this.#operands.slice(0, byName ? operands : undefined).map((x) => writeStruct(x, write));
  }

  /** @internal The arguments by name of the call, for files. */
  writeKeywords(write: Write): Config {
    const { byName, operands, tensors = [], keywords } = this.#row;
    const named = byName
      ? tensors.map((name, i) => [name, writeStruct(this.#operands[operands + i] ?? null, write)])
      : [];
    return { ...keywords, ...Object.fromEntries(named), ...this.#keywords };
  }

  override call(inputs: Tensor): Tensor | Tensor[] {
    const tensors = flatten<Tensor>(inputs as Struct<Tensor>);
    let at = 0;
    const operands = mapStruct(this.#operands as Struct<unknown>, (x) =>
      x instanceof SymbolicTensor ? tensors[at++] : x,
    );
    return this.#row.run(operands as never[], { ...this.#config, ...this.#keywords }) as Tensor | Tensor[];
  }

  override identity() {
    const { module } = this.#row;
    return {
      module: module === 'activations' ? 'keras.src.activations.activations' : `keras.src.ops.${module}`,
      class_name: this.#kind,
      registered_name: this.#kind,
    };
  }

  override getConfig(): Config {
    return { name: this.name, ...this.#config };
  }

  override getBuildConfig(): null {
    return null;
  }
}
