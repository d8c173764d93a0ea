import { checkOptions, describe, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import { type Config, checkWord } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import { autoName, camelKey, type Tensor, type TensorLike, Variable, withPath } from '../trace/index.ts';

export interface MetricOptions {
  /** Default: the class's name in snake case. */
  readonly name?: string | null;
  /** The type of the state. Default `'float32'`. */
  readonly dtype?: DType | null;
}

/** A metric's options, checked: those that all have, and those of its class alone. */
export function metricOptions<O extends MetricOptions>(owner: string, options: O, own: readonly string[] = []): O {
  return checkOptions(owner, options, ['name', 'dtype', ...own]);
}

/**
 * A number that is gathered over batches. Its state are variables, so that inside of a trace an update becomes part of the
 * step. Subclasses make their state with `addVariable` and override `updateState` and `result`.
 */
export abstract class Metric {
  name: string;
  readonly dtype: DType;
  readonly #variables: Variable[] = [];

  constructor({ name, dtype }: MetricOptions = {}, defaultDType: DType = 'float32') {
    const cls = this.constructor as { readonly name: string; readonly className?: string };
    const className = Object.hasOwn(cls, 'className') ? cls.className! : cls.name;
    this.name = checkWord(className, 'name', name ?? autoName(className));
    this.dtype = (dtype as string) === 'int' ? 'int32' : (dtype ?? defaultDType);
    if (this.dtype !== 'float32' && this.dtype !== 'int32')
      throw new OlifantError('DTYPE', `metric '${this.name}': dtype must be float32 or int32, got ${describe(dtype)}`);
  }

  /** A state variable, zeros at first. */
  protected addVariable(shape: Shape, name: string, dtype: DType = 'float32'): Variable {
    const make = () => new Variable(() => 0, { shape, dtype, name, trainable: false });
    const variable = withPath(this.name.replaceAll('/', '>'), make);
    this.#variables.push(variable);
    return variable;
  }

  /** The state. */
  get variables(): readonly Variable[] {
    return [...this.#variables];
  }

  /** Adds a batch: targets, predictions and weights of the samples (for `Mean` and `Sum`: values and weights). */
  abstract updateState(first: TensorLike, second?: TensorLike | null, sampleWeight?: TensorLike | null): void;

  /** The number for all batches since `resetState`. */
  abstract result(): Tensor;

  /** Forgets all batches. */
  resetState(): void {
    for (const v of this.#variables) v.assign(ops.zeros(v.shape, v.dtype));
  }

  /** Adds a batch and gives the number, as calling a metric does in Keras. */
  apply(first: TensorLike, second?: TensorLike | null, sampleWeight?: TensorLike | null): Tensor {
    this.updateState(first, second, sampleWeight);
    return this.result();
  }

  /** The options, equal to Keras's `get_config()`. */
  getConfig(): Config {
    return { name: this.name, dtype: this.dtype };
  }

  /** A metric from its configuration, this package's or Keras's. */
  static fromConfig(config: Config): Metric {
    const options = Object.fromEntries(Object.entries(config).map(([k, v]) => [camelKey(k), v]));
    return new (this as unknown as new (options: unknown) => Metric)(options);
  }
}

/** state += x. */
export function accumulate(state: Variable, x: Tensor): void {
  state.assign(ops.add(state, ops.cast(x, state.dtype)));
}
