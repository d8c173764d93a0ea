import { type Compiled, compileGraph, compileWithPauses, givesWay } from '../compile.ts';
import { OlifantError } from '../errors.ts';
import { node } from '../graph/build.ts';
import { bytesPerElement, type DType, isHalf, type TypedArray } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { type Shape, sizeOf } from '../graph/shape.ts';
import { inputsOf } from '../graph/structure.ts';
import type { Block } from '../targets/target.ts';
import { copyBlock, viewBlock } from './blocks.ts';
import { runTrace } from './context.ts';
import { freeWithOwner, OwnedBlock, wasFreed } from './owned-block.ts';
import { Tensor } from './tensor.ts';
import type { Variable } from './variable.ts';

export interface InputSpec {
  readonly shape: Shape;
  readonly dtype: DType;
  /** For messages. */
  readonly name?: string;
}

/** A traced function with everything that it reads and writes. */
export interface TracedFunction {
  /** As the host fills them: what is of 16 bits comes as float32. */
  readonly inputs: readonly Node<'input'>[];
  readonly outputs: readonly Node[];
  readonly updates: readonly { readonly variable: Variable; readonly value: Node }[];
  /** Those it depends on or changes. */
  readonly variables: readonly Variable[];
}

/** Runs `fn` once on symbolic inputs and keeps what it computes. */
export function traceFunction(
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  specs: readonly InputSpec[],
): TracedFunction {
  const inputs = specs.map((s, i) =>
    node('input', [], { name: s.name ?? `input_${i}`, shape: s.shape, dtype: isHalf(s.dtype) ? 'float32' : s.dtype }),
  ) as Node<'input'>[];
  const given = inputs.map((n, i) => {
    const { dtype } = specs[i]!;
    return new Tensor(n.dtype === dtype ? n : node('cast', [n], { dtype }));
  });
  const { result, trace } = runTrace(() => fn(...given));
  const outputs = result.map((t) => t.node);
  const updates = [...trace.updates]
    .filter(([variable, value]) => value !== variable.input)
    .map(([variable, value]) => ({ variable, value }));
  const read = new Set<Node>(inputsOf([...outputs, ...updates.map((u) => u.value)]));
  const variables = [...trace.variables].filter((v) => read.has(v.input) || updates.some((u) => u.variable === v));
  const known = new Set<Node>([...inputs, ...variables.map((v) => v.input)]);
  for (const n of read)
    if (!known.has(n))
      throw new OlifantError(
        'NO_VALUE',
        `a tensor of another trace is used here: '${(n as Node<'input'>).attrs.name}'. ` +
          'Layers must not keep tensors of one call for the next; keep them in variables',
      );
  return { inputs, outputs, updates, variables };
}

/** What a compiled function holds outside of the heap. */
class Holdings {
  compiled: Compiled | undefined;
  readonly inputs: readonly OwnedBlock[];
  readonly #variables: readonly Variable[];
  #freed = false;

  get isFreed(): boolean {
    return this.#freed;
  }

  constructor(inputs: readonly OwnedBlock[], variables: readonly Variable[]) {
    this.inputs = inputs;
    this.#variables = variables;
    for (const v of variables) v.retain();
  }

  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.compiled?.dispose();
    for (const b of this.inputs) b.free();
    for (const v of this.#variables) v.release();
  }
}

/**
 * A traced and compiled function: fill the inputs, run, read the outputs. Its memory and its code are freed by `dispose`, or
 * when nobody refers to it any more.
 */
export class CompiledFunction {
  readonly traced: TracedFunction;
  readonly #holdings: Holdings;
  readonly #arguments: Parameters<typeof compileGraph>;

  /** @param options.later Not compiled at once where long work gives way to other work: see `prepare`. */
  constructor(
    fn: (...inputs: Tensor[]) => readonly Tensor[],
    specs: readonly InputSpec[],
    { later = false }: { later?: boolean } = {},
  ) {
    this.traced = traceFunction(fn, specs);
    const { inputs, outputs, updates, variables } = this.traced;
    const owned = inputs.map((n) => new OwnedBlock(Math.max(1, sizeOf(n.shape)) * bytesPerElement(n.dtype)));
    const blocks = new Map<Node<'input'>, Block>();
    inputs.forEach((n, i) => {
      blocks.set(n, owned[i]!.block);
    });
    for (const v of variables) blocks.set(v.input, v.block());
    this.#holdings = new Holdings(owned, variables);
    freeWithOwner(this, this.#holdings);
    this.#arguments = [
      {
        inputs: [...inputs, ...variables.map((v) => v.input)],
        outputs,
        updates: updates.map((u) => ({ target: u.variable.input, value: u.value })),
      },
      blocks,
    ];
    if (!(later && givesWay())) this.#holdings.compiled = compileGraph(...this.#arguments);
  }

  get #program(): Compiled {
    this.#holdings.compiled ??= compileGraph(...this.#arguments);
    return this.#holdings.compiled;
  }

  /** Whether `run` would keep a thread busy that has other things to do, so that `prepare` and `runAsync` are to be awaited. */
  get isLong(): boolean {
    return this.#holdings.compiled === undefined || this.#holdings.compiled.runAsync !== undefined;
  }

  /** Compiles, with pauses, unless it has been done. */
  async prepare(): Promise<void> {
    if (this.#holdings.compiled !== undefined) return;
    const compiled = await compileWithPauses(...this.#arguments);
    const { isFreed, compiled: earlier } = this.#holdings;
    if (isFreed || earlier !== undefined) compiled.dispose();
    if (isFreed) throw new OlifantError('NO_VALUE', 'a program was disposed of while it was being compiled');
    this.#holdings.compiled ??= compiled;
  }

  /** A fresh view of an input's memory, to be filled before `run`. */
  input(i: number): TypedArray {
    const n = this.traced.inputs[i]!;
    return viewBlock(this.#holdings.inputs[i]!.block, n.dtype, sizeOf(n.shape));
  }

  /** Computes once: outputs are rewritten, variables updated. */
  run(): void {
    this.#program.run();
    for (const u of this.traced.updates) u.variable.changed();
  }

  /** Like `run`; where it is worth it, other threads do it while the calling one is free. One run after the other. */
  async runAsync(): Promise<void> {
    const { runAsync } = this.#program;
    if (runAsync === undefined) return this.run();
    const changed = () => {
      for (const u of this.traced.updates) u.variable.changed();
    };
    // Before, too: what is computed meanwhile must not take the memory for a value of before.
    changed();
    await runAsync();
    changed();
  }

  /** A copy of an output's values. */
  output(i: number): TypedArray {
    const n = this.traced.outputs[i]!;
    return copyBlock(this.#program.outputs[i]!, n.dtype, sizeOf(n.shape));
  }

  /** A fresh view of an output's values, good until the next run. */
  outputView(i: number): TypedArray {
    const n = this.traced.outputs[i]!;
    return viewBlock(this.#program.outputs[i]!, n.dtype, sizeOf(n.shape));
  }

  dispose(): void {
    wasFreed(this);
    this.#holdings.free();
  }
}

/** Traces `fn` on inputs of the given shapes and compiles it. */
export function compileFunction(
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  specs: readonly InputSpec[],
): CompiledFunction {
  return new CompiledFunction(fn, specs);
}
