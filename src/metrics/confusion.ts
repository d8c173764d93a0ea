import { describe, OlifantError } from '../errors.ts';
import { type Config, checkNumber, checkWhole } from '../keras-object.ts';
import { matchRanks } from '../losses/index.ts';
import * as ops from '../ops/index.ts';
import { asTensor, type Tensor, type TensorLike, tensor, type Variable } from '../trace/index.ts';
import { accumulate, Metric, type MetricOptions, metricOptions } from './metric.ts';

/** What is not among the top k counts as this. */
const BELOW_ALL = -1e10;

/** Sums of weights for each threshold: [thresholds], or [thresholds, labels]. */
export interface Confusion {
  readonly truePositives: Tensor;
  readonly falsePositives: Tensor;
  readonly trueNegatives: Tensor;
  readonly falseNegatives: Tensor;
}

export interface ConfusionOptions {
  readonly thresholds: readonly number[];
  readonly sampleWeight?: TensorLike | null;
  /** Only the `topK` likeliest classes of a sample can be positive. */
  readonly topK?: number | null;
  /** Only this class counts. */
  readonly classId?: number | null;
  /** Whether the labels are counted apart. */
  readonly multiLabel?: boolean;
  /** Weights of the labels. */
  readonly labelWeights?: readonly number[] | null;
}

/** Whether thresholds lie evenly from 0 to 1, up to 1e-7: then Keras compares by multiplication. */
function evenlySpaced(thresholds: readonly number[]): boolean {
  const n = thresholds.length;
  return n >= 3 && thresholds.every((t, i) => Math.abs(t - i / (n - 1)) <= 1e-7 + 1e-5 * (i / (n - 1)));
}

/** Which predictions are above each threshold: [thresholds, ...shape]. */
function abovePer(thresholds: readonly number[], predictions: Tensor): Tensor {
  const n = thresholds.length;
  const shape = [n, ...predictions.shape.map(() => 1)];
  const p = ops.expandDims(predictions, 0);
  if (!evenlySpaced(thresholds)) return ops.greater(p, tensor(Float32Array.from(thresholds), shape));
  // p > i / (n - 1) as p (n - 1) > i; a first threshold below 0 lets everything pass.
  const scaled = ops.multiply(ops.clip(p, 0, 1), n - 1);
  const numbers = Float32Array.from(thresholds, (t, i) => (i === 0 && t < 0 ? -1 : i));
  return ops.greater(scaled, tensor(numbers, shape));
}

function onlyTopK(predictions: Tensor, k: number): Tensor {
  const classes = predictions.shape.at(-1)!;
  const { indices } = ops.topK(predictions, k);
  const among = ops.sum(ops.oneHot(indices, classes, { dtype: 'int32' }), -2);
  return ops.where(ops.greater(among, 0), predictions, BELOW_ALL);
}

/** Counts what is predicted rightly and wrongly. */
export function countConfusion(yTrue: TensorLike, yPred: TensorLike, options: ConfusionOptions): Confusion {
  let [p, t] = matchRanks(asTensor(yPred, 'float32'), asTensor(yTrue, 'float32'));
  let weight: Tensor | null = null;
  if (options.sampleWeight !== null && options.sampleWeight !== undefined) {
    weight = ops.expandDims(asTensor(options.sampleWeight, 'float32'), -1);
    if (weight.rank === t.rank + 1) weight = ops.squeeze(weight, -1);
  }
  if (options.topK) p = onlyTopK(p, options.topK);
  if (options.classId !== null && options.classId !== undefined) {
    if (p.rank < 2) throw new OlifantError('SHAPE', `classId needs predictions [n, classes], got one axis`);
    const id = options.classId;
    [t, p] = [t, p].map((x) => ops.split(x, [id, id + 1], -1)[1]!) as [Tensor, Tensor];
  }
  let weights = weight === null ? ops.onesLike(p) : ops.broadcastTo(weight, p.shape);
  if (options.labelWeights) weights = ops.multiply(weights, [...options.labelWeights]);
  const flat = options.multiLabel ? (x: Tensor) => x : ops.ravel;
  const above = abovePer(options.thresholds, flat(p));
  const positive = ops.cast(flat(t), 'bool');
  const ofPositives = ops.where(positive, flat(weights), 0);
  const ofNegatives = ops.where(positive, 0, flat(weights));
  return {
    truePositives: ops.sum(ops.where(above, ofPositives, 0), 1),
    falsePositives: ops.sum(ops.where(above, ofNegatives, 0), 1),
    trueNegatives: ops.sum(ops.where(above, 0, ofNegatives), 1),
    falseNegatives: ops.sum(ops.where(above, 0, ofPositives), 1),
  };
}

type Thresholds = number | readonly number[] | null;

function readThresholds(owner: string, given: Thresholds, fallback: number): readonly number[] {
  if (given === null) return [fallback];
  const list = typeof given === 'number' ? [given] : given;
  if (!Array.isArray(list))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: thresholds must be a number or an array of numbers, got ${describe(given)}`,
    );
  for (const t of list) checkNumber(owner, 'thresholds', t, { min: 0, max: 1 });
  return list;
}

/** Nothing stays nothing. */
export function wholeOrNull(owner: string, name: string, value: unknown, min: number): number | null {
  return value === null || value === undefined ? null : checkWhole(owner, name, value, min);
}

/** A number for one threshold, else one for each. */
const perThreshold = (x: Tensor): Tensor => (x.shape[0] === 1 ? ops.reshape(x, []) : x);

export interface CountOptions extends MetricOptions {
  /** Above which a prediction is positive; several give a count for each. Default 0.5. */
  readonly thresholds?: Thresholds;
}

abstract class ConditionCount extends Metric {
  readonly thresholds: Thresholds;
  readonly #list: readonly number[];
  readonly #kind: keyof Confusion;
  readonly #count: Variable;

  constructor(kind: keyof Confusion, options: CountOptions) {
    super(metricOptions(new.target.name, options, ['thresholds']));
    this.thresholds = options.thresholds ?? null;
    this.#list = readThresholds(this.constructor.name, this.thresholds, 0.5);
    this.#kind = kind;
    this.#count = this.addVariable([this.#list.length], 'accumulator');
  }

  updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    accumulate(this.#count, countConfusion(yTrue, yPred!, { thresholds: this.#list, sampleWeight })[this.#kind]);
  }

  result(): Tensor {
    return perThreshold(this.#count.value());
  }

  override getConfig(): Config {
    return { ...super.getConfig(), thresholds: this.thresholds };
  }
}

/** How many positive targets are predicted so. */
export class TruePositives extends ConditionCount {
  static readonly className: string = 'TruePositives';
  constructor(options: CountOptions = {}) {
    super('truePositives', options);
  }
}

/** How many negative targets are predicted so. */
export class TrueNegatives extends ConditionCount {
  static readonly className: string = 'TrueNegatives';
  constructor(options: CountOptions = {}) {
    super('trueNegatives', options);
  }
}

/** How many negative targets are predicted positive. */
export class FalsePositives extends ConditionCount {
  static readonly className: string = 'FalsePositives';
  constructor(options: CountOptions = {}) {
    super('falsePositives', options);
  }
}

/** How many positive targets are predicted negative. */
export class FalseNegatives extends ConditionCount {
  static readonly className: string = 'FalseNegatives';
  constructor(options: CountOptions = {}) {
    super('falseNegatives', options);
  }
}

export interface PrecisionOptions extends CountOptions {
  /** Only the `topK` likeliest classes of a sample count as positive (without a threshold, all of them). */
  readonly topK?: number | null;
  /** Only this class counts. */
  readonly classId?: number | null;
}

abstract class Share extends Metric {
  readonly thresholds: Thresholds;
  readonly topK: number | null;
  readonly classId: number | null;
  readonly #list: readonly number[];
  readonly #other: 'falsePositives' | 'falseNegatives';
  readonly #right: Variable;
  readonly #wrong: Variable;

  constructor(other: 'falsePositives' | 'falseNegatives', options: PrecisionOptions) {
    super(metricOptions(new.target.name, options, ['thresholds', 'topK', 'classId']));
    const owner = this.constructor.name;
    this.thresholds = options.thresholds ?? null;
    this.topK = wholeOrNull(owner, 'topK', options.topK, 1);
    this.classId = wholeOrNull(owner, 'classId', options.classId, 0);
    this.#list = readThresholds(owner, this.thresholds, this.topK === null ? 0.5 : BELOW_ALL);
    this.#other = other;
    this.#right = this.addVariable([this.#list.length], 'true_positives');
    this.#wrong = this.addVariable(
      [this.#list.length],
      other === 'falsePositives' ? 'false_positives' : 'false_negatives',
    );
  }

  updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const { topK, classId } = this;
    const counts = countConfusion(yTrue, yPred!, { thresholds: this.#list, sampleWeight, topK, classId });
    accumulate(this.#right, counts.truePositives);
    accumulate(this.#wrong, counts[this.#other]);
  }

  result(): Tensor {
    return perThreshold(ops.divideNoNan(this.#right, ops.add(this.#right, this.#wrong)));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), thresholds: this.thresholds, top_k: this.topK, class_id: this.classId };
  }
}

/** The share of what is predicted positive that is so. */
export class Precision extends Share {
  static readonly className: string = 'Precision';
  constructor(options: PrecisionOptions = {}) {
    super('falsePositives', options);
  }
}

/** The share of what is positive that is predicted so. */
export class Recall extends Share {
  static readonly className: string = 'Recall';
  constructor(options: PrecisionOptions = {}) {
    super('falseNegatives', options);
  }
}

/** The four counts as state. */
export class ConfusionState {
  readonly truePositives: Variable;
  readonly falsePositives: Variable;
  readonly trueNegatives: Variable;
  readonly falseNegatives: Variable;

  constructor(add: (name: string) => Variable) {
    this.truePositives = add('true_positives');
    this.falsePositives = add('false_positives');
    this.trueNegatives = add('true_negatives');
    this.falseNegatives = add('false_negatives');
  }

  update(counts: Confusion): void {
    accumulate(this.truePositives, counts.truePositives);
    accumulate(this.falsePositives, counts.falsePositives);
    accumulate(this.trueNegatives, counts.trueNegatives);
    accumulate(this.falseNegatives, counts.falseNegatives);
  }

  /** true positives / (true positives + false negatives) */
  get recall(): Tensor {
    return ops.divideNoNan(this.truePositives, ops.add(this.truePositives, this.falseNegatives));
  }

  /** true positives / (true positives + false positives) */
  get precision(): Tensor {
    return ops.divideNoNan(this.truePositives, ops.add(this.truePositives, this.falsePositives));
  }

  /** true negatives / (true negatives + false positives) */
  get specificity(): Tensor {
    return ops.divideNoNan(this.trueNegatives, ops.add(this.trueNegatives, this.falsePositives));
  }
}

/** `n` thresholds evenly from 0 to 1; 0.5 alone. */
export function evenThresholds(owner: string, n: number): number[] {
  if (!Number.isInteger(n) || n < 1)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: numThresholds must be a positive whole number, got ${describe(n)}`,
    );
  return n === 1 ? [0.5] : Array.from({ length: n }, (_, i) => i / (n - 1));
}
