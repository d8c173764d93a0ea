import { checkOptions, describe, formatShape, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import { type Shape, sameShape } from '../graph/shape.ts';
import { type Config, checkFlag, checkNumber, checkWord, isKerasObject } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import { autoName, camelKey, type Tensor, type TensorLike, Variable, withPath } from '../trace/index.ts';
import { clipByGlobalNorm, clipByNorm } from './clipping.ts';
import { deserialize, LearningRateSchedule, serialize } from './schedules/index.ts';

/** Options of all optimizers. */
export interface OptimizerOptions {
  /** A number, or a schedule. */
  readonly learningRate?: number | LearningRateSchedule;
  /** The share of a weight, times the learning rate, that it loses at each step. Default: none. */
  readonly weightDecay?: number | null;
  /** The greatest norm of each gradient. At most one of the three limits can be given. */
  readonly clipnorm?: number | null;
  /** The greatest size of each element of the gradients. */
  readonly clipvalue?: number | null;
  /** The greatest norm of all gradients together. */
  readonly globalClipnorm?: number | null;
  /** Whether a moving average of the weights is kept. Default false. */
  readonly useEma?: boolean;
  /** Default 0.99. */
  readonly emaMomentum?: number;
  /** After how many steps the weights become their average; default: only when training ends. */
  readonly emaOverwriteFrequency?: number | null;
  /** The loss is multiplied by it, and the gradients are divided. Default: none. */
  readonly lossScaleFactor?: number | null;
  /** How many steps' gradients are averaged before the weights change. Default: none. */
  readonly gradientAccumulationSteps?: number | null;
  readonly name?: string | null;
}

/** `new Adam(1e-3)`, `new Adam(schedule)` or `new Adam({ ... })`. */
export type OptimizerArgument<T extends OptimizerOptions> = number | LearningRateSchedule | T;

const COMMON_OPTIONS: readonly (keyof OptimizerOptions)[] = [
  'learningRate',
  'weightDecay',
  'clipnorm',
  'clipvalue',
  'globalClipnorm',
  'useEma',
  'emaMomentum',
  'emaOverwriteFrequency',
  'lossScaleFactor',
  'gradientAccumulationSteps',
  'name',
];

/** Options that older versions of Keras write, and that say nothing here. */
const OLD_OPTIONS = ['isLegacyOptimizer', 'jitCompile'];

/** @throws OlifantError `INVALID_ARGUMENT` for options that do not exist, among the common ones and the class's `own`. */
export function readArgument<T extends OptimizerOptions>(
  owner: string,
  argument: OptimizerArgument<T>,
  own: readonly string[],
): T {
  if (typeof argument === 'number' || argument instanceof LearningRateSchedule) return { learningRate: argument } as T;
  checkOptions(owner, argument, [...COMMON_OPTIONS, ...own]);
  return argument;
}

/** How one weight is changed: gradient, weight, its number among those the optimizer was built for. */
export type Update = (gradient: Tensor, weight: Variable, index: number) => void;

/**
 * Changes weights by their gradients. A subclass makes its state in `buildState` and says in `step` what happens.
 * `variables` are in Keras's order: iteration, learning rate, averages, accumulators, then the subclass's.
 */
export abstract class Optimizer {
  readonly name: string;
  readonly clipnorm: number | null;
  readonly clipvalue: number | null;
  readonly globalClipnorm: number | null;
  readonly useEma: boolean;
  readonly emaMomentum: number;
  readonly emaOverwriteFrequency: number | null;
  readonly gradientAccumulationSteps: number | null;
  readonly #iteration: Variable;
  readonly #variables: Variable[] = [];
  #revision = 0;
  #weightDecay: number | null;
  #lossScaleFactor: number | null;
  #rate: Variable | LearningRateSchedule;
  #weights: readonly Variable[] | null = null;
  #averages: Variable[] = [];
  #accumulators: Variable[] = [];
  #excluded: { readonly weights: ReadonlySet<Variable>; readonly names: readonly string[] } | null = null;

  constructor(options: OptimizerOptions, defaultRate: number) {
    const owner = this.constructor.name;
    this.name = checkWord(owner, 'name', options.name ?? autoName(classNameOf(this)));
    this.#weightDecay = positiveOrNull(owner, 'weightDecay', options.weightDecay, { min: 0 });
    this.clipnorm = options.clipnorm ?? null;
    this.clipvalue = options.clipvalue ?? null;
    this.globalClipnorm = options.globalClipnorm ?? null;
    this.useEma = checkFlag(owner, 'useEma', options.useEma ?? false);
    this.emaMomentum = checkNumber(owner, 'emaMomentum', options.emaMomentum ?? 0.99, { min: 0, max: 1 });
    this.emaOverwriteFrequency = wholeOrNull(owner, 'emaOverwriteFrequency', options.emaOverwriteFrequency, 1);
    this.#lossScaleFactor = positiveOrNull(owner, 'lossScaleFactor', options.lossScaleFactor, { above: 0 });
    this.gradientAccumulationSteps = wholeOrNull(
      owner,
      'gradientAccumulationSteps',
      options.gradientAccumulationSteps,
      2,
    );
    const limits = { clipnorm: this.clipnorm, clipvalue: this.clipvalue, globalClipnorm: this.globalClipnorm };
    const given = Object.entries(limits).filter(([, v]) => v !== null);
    if (given.length > 1)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: give at most one of clipnorm, clipvalue and globalClipnorm, got ${given.map(([k]) => k).join(' and ')}`,
      );
    for (const [name, value] of given) checkNumber(owner, name, value, { above: 0 });
    this.#iteration = this.addVariable([], 'iteration', { dtype: 'int32' });
    const rate = options.learningRate ?? defaultRate;
    this.#rate =
      rate instanceof LearningRateSchedule
        ? rate
        : this.addVariable([], 'learning_rate', { value: checkNumber(owner, 'learningRate', rate) });
  }

  /** The iteration, the learning rate where it is no schedule, and the state for each weight: what a file keeps. */
  get variables(): readonly Variable[] {
    return [...this.#variables];
  }

  /** Number of calls of `apply`, int32. */
  get iteration(): Variable {
    return this.#iteration;
  }

  /** Whether the state exists. */
  get built(): boolean {
    return this.#weights !== null;
  }

  /** The weights that it was built for. */
  protected get weights(): readonly Variable[] {
    return this.#weights ?? [];
  }

  /** @internal Grows when what a step computes changes, so that compiled steps are made anew. */
  get revision(): number {
    return this.#revision;
  }

  /** The share of a weight, times the learning rate, that it loses at each step. */
  get weightDecay(): number | null {
    return this.#weightDecay;
  }

  set weightDecay(value: number | null) {
    this.#weightDecay = value;
    this.#revision++;
  }

  /** The loss is multiplied by it, and the gradients are divided. */
  get lossScaleFactor(): number | null {
    return this.#lossScaleFactor;
  }

  set lossScaleFactor(value: number | null) {
    this.#lossScaleFactor = positiveOrNull(this.constructor.name, 'lossScaleFactor', value, { above: 0 });
    this.#revision++;
  }

  /** The present learning rate. It can be set while training: to a number (where it is no schedule), or to a schedule. */
  get learningRate(): number {
    return this.#rate instanceof Variable ? this.#rate.read()[0]! : this.#rate.call(this.iteration).item();
  }

  set learningRate(rate: number | LearningRateSchedule) {
    if (rate instanceof LearningRateSchedule) {
      if (this.#rate instanceof Variable) this.#variables.splice(this.#variables.indexOf(this.#rate), 1);
      this.#rate = rate;
      this.#revision++;
      return;
    }
    checkNumber(this.constructor.name, 'learningRate', rate);
    if (!(this.#rate instanceof Variable))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.constructor.name}: the learning rate follows a schedule, so it cannot be set; make the optimizer with a number`,
      );
    this.#rate.assign(rate);
  }

  /** Whether the learning rate follows a schedule. */
  protected get scheduled(): boolean {
    return this.#rate instanceof LearningRateSchedule;
  }

  /** Weights that weight decay spares: by themselves, or by parts of their names. Before `build`. */
  excludeFromWeightDecay({
    variables = [],
    names = [],
  }: {
    variables?: readonly Variable[];
    names?: readonly string[];
  }): void {
    if (this.built)
      throw new OlifantError('INVALID_ARGUMENT', `${this.name}: excludeFromWeightDecay must be called before training`);
    this.#excluded = { weights: new Set(variables), names };
  }

  /** Makes the state for `weights`. Called again it does nothing. */
  build(weights: readonly Variable[]): void {
    if (this.built) return;
    if (this.useEma) this.#averages = this.addPerWeight(weights, 'average');
    if (this.gradientAccumulationSteps !== null)
      this.#accumulators = this.addPerWeight(weights, 'gradient_accumulator');
    this.buildState(weights);
    this.#weights = [...weights];
  }

  /** Makes the subclass's own state. */
  protected buildState(_weights: readonly Variable[]): void {}

  /** Computes once what a step needs for all weights, and gives the function that changes one. */
  protected abstract step(rate: Tensor): Update;

  /** One state variable. */
  protected addVariable(
    shape: Shape,
    name: string,
    { dtype = 'float32', value = 0 }: { dtype?: DType; value?: number } = {},
  ): Variable {
    const variable = withPath(this.name, () => new Variable(() => value, { shape, dtype, name, trainable: false }));
    this.#variables.push(variable);
    return variable;
  }

  /** A state variable like `weight`. */
  protected addLike(weight: Variable, name: string, value = 0): Variable {
    return this.addVariable(weight.shape, `${weight.path.replaceAll('/', '_')}_${name}`, {
      dtype: weight.dtype,
      value,
    });
  }

  /** A state variable that begins as a copy of `weight`. */
  protected addCopy(weight: Variable, name: string): Variable {
    const copy = this.addLike(weight, name);
    copy.write(weight.read());
    return copy;
  }

  /** A state variable for each weight. */
  protected addPerWeight(weights: readonly Variable[], name: string, value = 0): Variable[] {
    return weights.map((w) => this.addLike(w, name, value));
  }

  /** Steps that changed the weights, as a scalar: as many as calls of `apply`, unless gradients are accumulated. */
  get iterations(): Tensor {
    const n = this.gradientAccumulationSteps;
    return n === null ? this.iteration.value() : ops.floorDivide(this.iteration, n);
  }

  /** The number of the present step, from 1, in float32. */
  protected get localStep(): Tensor {
    return ops.cast(ops.add(this.iterations, 1), 'float32');
  }

  /** The loss as it is to be differentiated. */
  scaleLoss(loss: Tensor): Tensor {
    return this.lossScaleFactor === null ? loss : ops.multiply(loss, this.lossScaleFactor);
  }

  /**
   * One step: changes the weights by their gradients. Inside of a trace it becomes part of it.
   *
   * @param gradients One each; `null` for those that stay.
   * @param weights Default: those the optimizer was built for.
   */
  apply(gradients: readonly (Tensor | null)[], weights: readonly Variable[] | null = this.#weights): void {
    if (weights === null || gradients.length !== weights.length)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.name}: expected a gradient for each of ${weights?.length ?? 'the'} weights, got ${gradients.length}`,
      );
    this.build(weights);
    const pairs = weights.flatMap((w, i) => {
      const gradient = gradients[i] ?? null;
      return gradient === null ? [] : [{ weight: w, gradient: this.#unscale(gradient, w), index: this.#indexOf(w) }];
    });
    if (pairs.length === 0 && weights.length > 0)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.name}: none of the ${weights.length} weights has a gradient; the loss must depend on one of them`,
      );
    if (pairs.length > 0) {
      if (this.gradientAccumulationSteps === null) this.#update(pairs);
      else this.#accumulate(pairs, this.gradientAccumulationSteps);
      if (this.useEma) this.#average();
      for (const { weight } of pairs) if (weight.constraint) weight.assign(weight.constraint.call(weight.value()));
    }
    this.iteration.assignAdd(1);
  }

  /**
   * `apply`, of pairs of a gradient and its weight.
   *
   * @example
   * optimizer.applyGradients(weights.map((w, i) => [gradients[i], w]));
   */
  applyGradients(pairs: Iterable<readonly [Tensor | null, Variable]>): void {
    const list = [...pairs];
    this.apply(
      list.map(([gradient]) => gradient),
      list.map(([, weight]) => weight),
    );
  }

  /**
   * Sets `variables`, such as to those of another optimizer of the class.
   *
   * @throws OlifantError `NOT_BUILT` before `build`, `SHAPE` for values that do not fit.
   */
  setWeights(values: readonly TensorLike[]): void {
    if (!this.built)
      throw new OlifantError('NOT_BUILT', `${this.name}: it has no state yet; call build with the weights first`);
    const { variables } = this;
    if (values.length !== variables.length)
      throw new OlifantError(
        'SHAPE',
        `${this.name}: expected a value for each of ${variables.length} variables, got ${values.length}`,
      );
    variables.forEach((variable, i) => {
      variable.assign(values[i]!);
    });
  }

  #indexOf(weight: Variable): number {
    const index = this.#weights!.indexOf(weight);
    if (index === -1)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.name}: the weight '${weight.path}' is not among the ${this.#weights!.length} that this optimizer was ` +
          'built for; make a new optimizer, or compile again',
      );
    return index;
  }

  #unscale(gradient: Tensor, weight: Variable): Tensor {
    if (!sameShape(gradient.shape, weight.shape))
      throw new OlifantError(
        'SHAPE',
        `${this.name}: a gradient of shape ${formatShape(gradient.shape)} for the weight '${weight.path}' of ${formatShape(weight.shape)}`,
      );
    return this.lossScaleFactor === null ? gradient : ops.divide(gradient, this.lossScaleFactor);
  }

  #update(pairs: readonly { weight: Variable; gradient: Tensor; index: number }[]): void {
    const gradients = this.#clip(pairs.map((p) => p.gradient));
    const rate = this.#rate instanceof Variable ? this.#rate.value() : this.#rate.call(this.iteration);
    for (const { weight } of pairs) {
      const decay = this.#decays(weight) ? this.decayOf(weight) : null;
      if (decay === null) continue;
      weight.assign(ops.subtract(weight, ops.multiply(ops.multiply(weight, decay), rate)));
    }
    const update = this.step(rate);
    pairs.forEach((p, i) => {
      update(gradients[i]!, p.weight, p.index);
    });
  }

  /** Sums gradients up; every `steps` calls the weights change by their mean. */
  #accumulate(pairs: readonly { weight: Variable; gradient: Tensor; index: number }[], steps: number): void {
    const due = ops.equal(ops.mod(ops.add(this.iteration, 1), steps), 0);
    const sums = pairs.map((p) => ops.add(p.gradient, this.#accumulators[p.index]!));
    const touched = [...pairs.map((p) => p.weight), ...this.#variables.filter((v) => !this.#accumulators.includes(v))];
    const before = touched.map((v) => v.value());
    this.#update(pairs.map((p, i) => ({ ...p, gradient: ops.where(due, ops.divide(sums[i]!, steps), p.gradient) })));
    touched.forEach((v, i) => {
      const after = v.value();
      if (after.node !== before[i]!.node) v.assign(ops.where(due, after, before[i]!));
    });
    pairs.forEach((p, i) => {
      this.#accumulators[p.index]!.assign(ops.where(due, 0, sums[i]!));
    });
  }

  #clip(gradients: readonly Tensor[]): Tensor[] {
    if (this.clipnorm !== null) return gradients.map((g) => clipByNorm(g, this.clipnorm!));
    if (this.globalClipnorm !== null) return clipByGlobalNorm(gradients, this.globalClipnorm);
    if (this.clipvalue !== null) return gradients.map((g) => ops.clip(g, -this.clipvalue!, this.clipvalue!));
    return [...gradients];
  }

  /** The share of a weight that it loses, unless it is excluded. */
  protected decayOf(_weight: Variable): number | null {
    return this.weightDecay;
  }

  #decays(weight: Variable): boolean {
    if (this.#excluded === null) return true;
    return !this.#excluded.weights.has(weight) && !this.#excluded.names.some((n) => weight.name.includes(n));
  }

  #average(): void {
    const momentum = ops.multiply(ops.cast(ops.notEqual(this.iterations, 0), 'float32'), this.emaMomentum);
    const rest = ops.subtract(1, momentum);
    const frequency = this.emaOverwriteFrequency;
    const due = frequency === null ? null : ops.equal(ops.mod(ops.add(this.iterations, 1), frequency), 0);
    this.#weights!.forEach((w, i) => {
      const average = this.#averages[i]!;
      average.assign(ops.add(ops.multiply(momentum, average), ops.multiply(rest, w)));
      if (due !== null) w.assign(ops.where(due, average, w));
    });
  }

  /** @internal Each weight with its moving average; none without `useEma`, or before `build`. */
  get averages(): readonly { readonly weight: Variable; readonly average: Variable }[] {
    if (!this.useEma || this.#weights === null) return [];
    return this.#weights.map((weight, i) => ({ weight, average: this.#averages[i]! }));
  }

  /** When training ends: with `useEma` the weights become their averages. */
  finalizeVariableValues(): void {
    if (!this.useEma || this.#weights === null) return;
    this.#weights.forEach((w, i) => {
      w.assign(this.#averages[i]!);
    });
  }

  /** The options, equal to Keras's `get_config()`. */
  getConfig(): Config {
    return {
      name: this.name,
      learning_rate: this.#rate instanceof Variable ? this.#rate.read()[0]! : serialize(this.#rate),
      weight_decay: this.weightDecay,
      clipnorm: this.clipnorm,
      global_clipnorm: this.globalClipnorm,
      clipvalue: this.clipvalue,
      use_ema: this.useEma,
      ema_momentum: this.emaMomentum,
      ema_overwrite_frequency: this.emaOverwriteFrequency,
      loss_scale_factor: this.lossScaleFactor,
      gradient_accumulation_steps: this.gradientAccumulationSteps,
    };
  }

  /** An optimizer from its configuration, this package's or Keras's. */
  static fromConfig(config: Config): Optimizer {
    const options = Object.fromEntries(Object.entries(config).map(([k, v]) => [camelKey(k), v]));
    for (const key of OLD_OPTIONS) delete options[key];
    if (isKerasObject(options.learningRate)) options.learningRate = deserialize(options.learningRate);
    return new (this as unknown as new (options: unknown) => Optimizer)(options);
  }
}

function positiveOrNull(
  owner: string,
  name: string,
  value: number | null | undefined,
  range: { min?: number; above?: number },
): number | null {
  return value === undefined || value === null ? null : checkNumber(owner, name, value, range);
}

function classNameOf(optimizer: Optimizer): string {
  const cls = optimizer.constructor as { readonly name: string; readonly className?: string };
  return Object.hasOwn(cls, 'className') ? cls.className! : cls.name;
}

function wholeOrNull(owner: string, name: string, value: number | null | undefined, min: number): number | null {
  if (value === null || value === undefined) return null;
  if (Number.isInteger(value) && value >= min) return value;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: ${name} must be a whole number of at least ${min}, got ${describe(value)}`,
  );
}
