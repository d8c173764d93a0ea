import { checkOptions, describe, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import * as initializers from '../initializers/index.ts';
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

/** A state variable of a metric of one's own, as `addWeight` makes it. */
export interface StateOptions {
  /** Default `[]`, one number. */
  readonly shape?: Shape;
  /** Its values after `resetState` are zeros all the same, as in Keras. Default `'zeros'`. */
  readonly initializer?: initializers.InitializerLike;
  /** Default: that of the metric. */
  readonly dtype?: DType | null;
  readonly name?: string;
}

/**
 * A number that is gathered over batches. Its state are variables, so that inside of a trace an update becomes part of the
 * step. Subclasses make their state with `addWeight` (or hold other metrics in their fields) and override `updateState` and
 * `result`.
 *
 * @example
 * class Largest extends Metric {
 *   readonly largest = this.addWeight({ name: 'largest' });
 *   updateState(yTrue: TensorLike, yPred: TensorLike) {
 *     this.largest.assign(ops.maximum(this.largest, ops.max(yPred)));
 *   }
 *   result() {
 *     return this.largest.value();
 *   }
 * }
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
    return this.#add(() => 0, { shape, name, dtype });
  }

  /** A state variable. */
  protected addWeight({ shape = [], initializer = 'zeros', dtype, name = 'variable' }: StateOptions = {}): Variable {
    const first = initializers.get(initializer)!;
    return this.#add((s, d) => first.call(s, d), { shape, name, dtype: dtype ?? this.dtype });
  }

  #add(
    initial: ConstructorParameters<typeof Variable>[0],
    options: { shape: Shape; name: string; dtype: DType },
  ): Variable {
    const make = () => new Variable(initial, { ...options, trainable: false });
    const variable = withPath(this.name.replaceAll('/', '>'), make);
    this.#variables.push(variable);
    return variable;
  }

  /** The state: its own, and that of variables and metrics in its fields. */
  get variables(): readonly Variable[] {
    return [...new Set([...this.#variables, ...Object.values(this).flatMap(variablesIn)])];
  }

  /** Adds a batch: targets, predictions and weights of the samples (for `Mean` and `Sum`: values and weights). */
  abstract updateState(first: TensorLike, second?: TensorLike | null, sampleWeight?: TensorLike | null): void;

  /** The number for all batches since `resetState`. */
  abstract result(): Tensor;

  /** Forgets all batches. */
  resetState(): void {
    for (const v of this.variables) v.assign(ops.zeros(v.shape, v.dtype));
  }

  /** Adds a batch and gives the number, as calling a metric does in Keras. */
  apply(first: TensorLike, second?: TensorLike | null, sampleWeight?: TensorLike | null): Tensor {
    this.updateState(first, second, sampleWeight);
    return this.result();
  }

  /**
   * What the state would be after an update.
   *
   * @param state Values for `variables`, which stay as they are.
   * @returns The new values.
   */
  statelessUpdateState(
    state: readonly TensorLike[],
    first: TensorLike,
    second?: TensorLike | null,
    sampleWeight?: TensorLike | null,
  ): Tensor[] {
    return this.#with(state, () => {
      this.updateState(first, second, sampleWeight);
      return this.variables.map((v) => v.value());
    });
  }

  /** The number for values of `variables`, which stay as they are. */
  statelessResult(state: readonly TensorLike[]): Tensor {
    return this.#with(state, () => this.result());
  }

  /** The values of `variables` with which a metric begins; they stay as they are. */
  statelessResetState(): Tensor[] {
    return this.#with(null, () => {
      this.resetState();
      return this.variables.map((v) => v.value());
    });
  }

  /** Runs `f` on this state, and puts back the one that was before. */
  #with<T>(state: readonly TensorLike[] | null, f: () => T): T {
    const { variables } = this;
    if (state !== null && state.length !== variables.length)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `metric '${this.name}': expected a value for each of ${variables.length} variables, got ${state.length}`,
      );
    const before = variables.map((v) => v.value());
    try {
      state?.forEach((value, i) => {
        variables[i]!.assign(value);
      });
      return f();
    } finally {
      variables.forEach((v, i) => {
        v.assign(before[i]!);
      });
    }
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

/** The variables in a field of a metric. */
function variablesIn(field: unknown): readonly Variable[] {
  if (field instanceof Variable) return [field];
  if (field instanceof Metric) return field.variables;
  if (Array.isArray(field)) return field.flatMap(variablesIn);
  const isRecord = typeof field === 'object' && field !== null && Object.getPrototypeOf(field) === Object.prototype;
  return isRecord ? Object.values(field).flatMap(variablesIn) : [];
}

/** state += x. */
export function accumulate(state: Variable, x: Tensor): void {
  state.assign(ops.add(state, ops.cast(x, state.dtype)));
}
