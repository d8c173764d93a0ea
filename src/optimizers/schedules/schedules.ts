import { checkOptions, describe, OlifantError } from '../../errors.ts';
import { type Config, checkFlag, checkNumber, checkWord } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import { asTensor, camelKey, type Tensor, type TensorLike } from '../../trace/index.ts';

/** A learning rate that follows from the number of steps made so far. */
export abstract class LearningRateSchedule {
  /** The rate (a scalar) at a step, counted from 0. */
  abstract call(step: TensorLike): Tensor;

  /** The options, equal to Keras's `get_config()`. */
  abstract getConfig(): Config;

  /** A schedule from its configuration, this package's or Keras's. */
  static fromConfig(config: Config): LearningRateSchedule {
    const options = Object.fromEntries(Object.entries(config).map(([k, v]) => [camelKey(k), v]));
    return new (this as unknown as new (options: unknown) => LearningRateSchedule)(options);
  }
}

/**
 * Options that may begin with some by position, in Keras's order: (0.1, 1000), (0.1, { decaySteps: 1000 }), or all by name.
 */
function readArguments<T>(owner: string, order: readonly string[], args: readonly unknown[]): T {
  const last = args.at(-1);
  const isByName = typeof last === 'object' && last !== null && !Array.isArray(last);
  const byName = (isByName ? last : {}) as Readonly<Record<string, unknown>>;
  const places = isByName ? args.slice(0, -1) : args;
  if (places.length > order.length)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: expected at most ${order.join(', ')} by position, got ${places.length} values`,
    );
  const twice = order.find((name, i) => i < places.length && name in byName);
  if (twice !== undefined)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: ${twice} is given both by position and by name; leave one out`,
    );
  const byPlace = Object.fromEntries(places.map((value, i) => [order[i]!, value]));
  return checkOptions(owner, { ...byPlace, ...byName }, order) as T;
}

const number = (step: TensorLike): Tensor => asTensor(step, 'float32');

const positive = (owner: string, name: string, value: unknown): number => checkNumber(owner, name, value, { above: 0 });

export interface DecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  /** Whether the rate falls in steps of `decaySteps`. Default false. */
  readonly staircase?: boolean;
  readonly name?: string;
}

const DECAY_ORDER = ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase', 'name'];

type Rest<T, K extends keyof T> = Omit<T, K>;

/** What the two decays by a rate have in common. */
abstract class RateDecay extends LearningRateSchedule {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  readonly staircase: boolean;
  readonly name: string;

  constructor(options: DecayOptions);
  constructor(initialLearningRate: number, options: Rest<DecayOptions, 'initialLearningRate'>);
  constructor(
    initialLearningRate: number,
    decaySteps: number,
    decayRate: number,
    options?: Rest<DecayOptions, 'initialLearningRate' | 'decaySteps' | 'decayRate'>,
  );
  constructor(...args: unknown[]) {
    super();
    const owner = (new.target as unknown as { readonly className: string }).className;
    const options = readArguments<DecayOptions>(owner, DECAY_ORDER, args);
    this.initialLearningRate = checkNumber(owner, 'initialLearningRate', options.initialLearningRate);
    this.decaySteps = positive(owner, 'decaySteps', options.decaySteps);
    this.decayRate = checkNumber(owner, 'decayRate', options.decayRate);
    this.staircase = checkFlag(owner, 'staircase', options.staircase ?? false);
    this.name = checkWord(owner, 'name', options.name ?? owner);
  }

  /** How often `decaySteps` has passed. */
  protected periods(step: TensorLike): Tensor {
    const p = ops.divide(number(step), this.decaySteps);
    return this.staircase ? ops.floor(p) : p;
  }

  getConfig(): Config {
    return {
      initial_learning_rate: this.initialLearningRate,
      decay_steps: this.decaySteps,
      decay_rate: this.decayRate,
      staircase: this.staircase,
      name: this.name,
    };
  }
}

/** initial * decayRate^(step / decaySteps). */
export class ExponentialDecay extends RateDecay {
  static readonly className: string = 'ExponentialDecay';
  call(step: TensorLike): Tensor {
    return ops.multiply(ops.power(this.decayRate, this.periods(step)), this.initialLearningRate);
  }
}

/** initial / (1 + decayRate * step / decaySteps). */
export class InverseTimeDecay extends RateDecay {
  static readonly className: string = 'InverseTimeDecay';
  call(step: TensorLike): Tensor {
    return ops.divide(this.initialLearningRate, ops.add(ops.multiply(this.periods(step), this.decayRate), 1));
  }
}

export interface PiecewiseConstantDecayOptions {
  /** Steps up to and including which each value but the last holds. */
  readonly boundaries: readonly number[];
  /** One more than boundaries. */
  readonly values: readonly number[];
  readonly name?: string;
}

/** One rate after another. */
export class PiecewiseConstantDecay extends LearningRateSchedule {
  static readonly className: string = 'PiecewiseConstantDecay';
  readonly boundaries: readonly number[];
  readonly values: readonly number[];
  readonly name: string;

  constructor(options: PiecewiseConstantDecayOptions);
  constructor(
    boundaries: readonly number[],
    values: readonly number[],
    options?: Rest<PiecewiseConstantDecayOptions, 'boundaries' | 'values'>,
  );
  constructor(...args: unknown[]) {
    super();
    const owner = 'PiecewiseConstantDecay';
    const order = ['boundaries', 'values', 'name'];
    const { boundaries, values, name } = readArguments<PiecewiseConstantDecayOptions>(owner, order, args);
    if (!Array.isArray(boundaries) || !Array.isArray(values))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `PiecewiseConstantDecay: expected { boundaries: [...], values: [...] }, got ${describe(boundaries)} and ${describe(values)}`,
      );
    if (boundaries.length !== values.length - 1)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `PiecewiseConstantDecay: expected one value more than boundaries, got ${values.length} and ${boundaries.length}`,
      );
    for (const b of boundaries) checkNumber(owner, 'boundaries', b);
    for (const v of values) checkNumber(owner, 'values', v);
    this.boundaries = boundaries;
    this.values = values;
    this.name = checkWord(owner, 'name', name ?? 'PiecewiseConstant');
  }

  call(step: TensorLike): Tensor {
    const s = number(step);
    const last = ops.full(s.shape, this.values.at(-1)!);
    return this.boundaries.reduceRight((rate, b, i) => ops.where(ops.lessEqual(s, b), this.values[i]!, rate), last);
  }

  getConfig(): Config {
    return { boundaries: this.boundaries, values: this.values, name: this.name };
  }
}

export interface PolynomialDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  /** Default 0.0001. */
  readonly endLearningRate?: number;
  /** Default 1: linear. */
  readonly power?: number;
  /** Whether it begins anew, over longer and longer spans, once it has reached the end. Default false. */
  readonly cycle?: boolean;
  readonly name?: string;
}

/** end + (initial - end) (1 - step / decaySteps)^power, and `end` afterwards. */
export class PolynomialDecay extends LearningRateSchedule {
  static readonly className: string = 'PolynomialDecay';
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly endLearningRate: number;
  readonly power: number;
  readonly cycle: boolean;
  readonly name: string;

  constructor(options: PolynomialDecayOptions);
  constructor(initialLearningRate: number, options: Rest<PolynomialDecayOptions, 'initialLearningRate'>);
  constructor(
    initialLearningRate: number,
    decaySteps: number,
    options?: Rest<PolynomialDecayOptions, 'initialLearningRate' | 'decaySteps'>,
  );
  constructor(...args: unknown[]) {
    super();
    const owner = 'PolynomialDecay';
    const order = ['initialLearningRate', 'decaySteps', 'endLearningRate', 'power', 'cycle', 'name'];
    const options = readArguments<PolynomialDecayOptions>(owner, order, args);
    this.initialLearningRate = checkNumber(owner, 'initialLearningRate', options.initialLearningRate);
    this.decaySteps = positive(owner, 'decaySteps', options.decaySteps);
    this.endLearningRate = checkNumber(owner, 'endLearningRate', options.endLearningRate ?? 0.0001);
    this.power = checkNumber(owner, 'power', options.power ?? 1);
    this.cycle = checkFlag(owner, 'cycle', options.cycle ?? false);
    this.name = checkWord(owner, 'name', options.name ?? owner);
  }

  call(step: TensorLike): Tensor {
    const s = number(step);
    const spans = this.cycle ? ops.maximum(ops.ceil(ops.divide(s, this.decaySteps)), 1) : 1;
    const reached = this.cycle ? s : ops.minimum(s, this.decaySteps);
    const share = ops.divide(reached, ops.multiply(spans, this.decaySteps));
    const range = this.initialLearningRate - this.endLearningRate;
    return ops.add(ops.multiply(ops.power(ops.subtract(1, share), this.power), range), this.endLearningRate);
  }

  getConfig(): Config {
    return {
      initial_learning_rate: this.initialLearningRate,
      decay_steps: this.decaySteps,
      end_learning_rate: this.endLearningRate,
      power: this.power,
      cycle: this.cycle,
      name: this.name,
    };
  }
}

/** (1 + cos(pi t)) / 2, from 1 at t = 0 to 0 at t = 1. */
const halfCosine = (t: Tensor): Tensor => ops.multiply(ops.add(ops.cos(ops.multiply(t, Math.PI)), 1), 0.5);

/** From 1 to `alpha`. */
const towards = (alpha: number, x: Tensor): Tensor => ops.add(ops.multiply(x, 1 - alpha), alpha);

export interface CosineDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  /** The share of the rate that is left at the end. Default 0. */
  readonly alpha?: number;
  readonly name?: string;
  /** The rate to which it rises in the first `warmupSteps`; default: none. */
  readonly warmupTarget?: number | null;
  readonly warmupSteps?: number;
}

/** Along half a cosine from the initial rate to `alpha` times it (Loshchilov and Hutter 2017), after a linear rise. */
export class CosineDecay extends LearningRateSchedule {
  static readonly className: string = 'CosineDecay';
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly alpha: number;
  readonly name: string;
  readonly warmupTarget: number | null;
  readonly warmupSteps: number;

  constructor(options: CosineDecayOptions);
  constructor(initialLearningRate: number, options: Rest<CosineDecayOptions, 'initialLearningRate'>);
  constructor(
    initialLearningRate: number,
    decaySteps: number,
    options?: Rest<CosineDecayOptions, 'initialLearningRate' | 'decaySteps'>,
  );
  constructor(...args: unknown[]) {
    super();
    const owner = 'CosineDecay';
    const order = ['initialLearningRate', 'decaySteps', 'alpha', 'name', 'warmupTarget', 'warmupSteps'];
    const options = readArguments<CosineDecayOptions>(owner, order, args);
    this.initialLearningRate = checkNumber(owner, 'initialLearningRate', options.initialLearningRate);
    this.decaySteps = positive(owner, 'decaySteps', options.decaySteps);
    this.alpha = checkNumber(owner, 'alpha', options.alpha ?? 0);
    this.name = checkWord(owner, 'name', options.name ?? owner);
    const target = options.warmupTarget ?? null;
    this.warmupTarget = target === null ? null : checkNumber(owner, 'warmupTarget', target);
    this.warmupSteps = checkNumber(owner, 'warmupSteps', options.warmupSteps ?? 0);
  }

  call(step: TensorLike): Tensor {
    const s = number(step);
    const decay = (from: number, passed: Tensor) => {
      const share = ops.divide(ops.minimum(passed, this.decaySteps), this.decaySteps);
      return ops.multiply(towards(this.alpha, halfCosine(share)), from);
    };
    if (this.warmupTarget === null) return decay(this.initialLearningRate, s);
    const after = decay(this.warmupTarget, ops.subtract(s, this.warmupSteps));
    if (this.warmupSteps <= 0) return after;
    const rise = ops.multiply(ops.divide(s, this.warmupSteps), this.warmupTarget - this.initialLearningRate);
    return ops.where(ops.less(s, this.warmupSteps), ops.add(rise, this.initialLearningRate), after);
  }

  getConfig(): Config {
    return {
      initial_learning_rate: this.initialLearningRate,
      decay_steps: this.decaySteps,
      alpha: this.alpha,
      name: this.name,
      warmup_target: this.warmupTarget,
      warmup_steps: this.warmupSteps,
    };
  }
}

export interface CosineDecayRestartsOptions {
  readonly initialLearningRate: number;
  readonly firstDecaySteps: number;
  /** How many times as long each period is as the one before. Default 2. */
  readonly tMul?: number;
  /** How many times as high each period begins as the one before. Default 1. */
  readonly mMul?: number;
  /** Default 0. */
  readonly alpha?: number;
  readonly name?: string;
}

/** Half cosines one after another, each longer than the one before (Loshchilov and Hutter 2017). */
export class CosineDecayRestarts extends LearningRateSchedule {
  static readonly className: string = 'CosineDecayRestarts';
  readonly initialLearningRate: number;
  readonly firstDecaySteps: number;
  readonly tMul: number;
  readonly mMul: number;
  readonly alpha: number;
  readonly name: string;

  constructor(options: CosineDecayRestartsOptions);
  constructor(initialLearningRate: number, options: Rest<CosineDecayRestartsOptions, 'initialLearningRate'>);
  constructor(
    initialLearningRate: number,
    firstDecaySteps: number,
    options?: Rest<CosineDecayRestartsOptions, 'initialLearningRate' | 'firstDecaySteps'>,
  );
  constructor(...args: unknown[]) {
    super();
    const owner = 'CosineDecayRestarts';
    const order = ['initialLearningRate', 'firstDecaySteps', 'tMul', 'mMul', 'alpha', 'name'];
    const options = readArguments<CosineDecayRestartsOptions>(owner, order, args);
    this.initialLearningRate = checkNumber(owner, 'initialLearningRate', options.initialLearningRate);
    this.firstDecaySteps = positive(owner, 'firstDecaySteps', options.firstDecaySteps);
    this.tMul = checkNumber(owner, 'tMul', options.tMul ?? 2, { above: 0 });
    this.mMul = checkNumber(owner, 'mMul', options.mMul ?? 1);
    this.alpha = checkNumber(owner, 'alpha', options.alpha ?? 0);
    this.name = checkWord(owner, 'name', options.name ?? 'SGDRDecay');
  }

  call(step: TensorLike): Tensor {
    const passed = ops.divide(number(step), this.firstDecaySteps);
    const { restarts, share } = this.tMul === 1 ? even(passed) : growing(passed, this.tMul);
    const height = ops.power(this.mMul, restarts);
    return ops.multiply(towards(this.alpha, ops.multiply(height, halfCosine(share))), this.initialLearningRate);
  }

  getConfig(): Config {
    return {
      initial_learning_rate: this.initialLearningRate,
      first_decay_steps: this.firstDecaySteps,
      t_mul: this.tMul,
      m_mul: this.mMul,
      alpha: this.alpha,
      name: this.name,
    };
  }
}

/** Periods passed, and the share of the present one, where all have length 1. */
function even(passed: Tensor): { restarts: Tensor; share: Tensor } {
  const restarts = ops.floor(passed);
  return { restarts, share: ops.subtract(passed, restarts) };
}

/** The same where period n has length t^n, and n of them (1 - t^n) / (1 - t). */
function growing(passed: Tensor, t: number): { restarts: Tensor; share: Tensor } {
  const logs = ops.divide(ops.log(ops.subtract(1, ops.multiply(passed, 1 - t))), Math.log(t));
  const restarts = ops.floor(logs);
  const length = ops.power(t, restarts);
  const before = ops.divide(ops.subtract(1, length), 1 - t);
  return { restarts, share: ops.divide(ops.subtract(passed, before), length) };
}
