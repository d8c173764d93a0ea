import { describe, formatShape, OlifantError } from '../errors.ts';
import { type Config, checkFlag, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import { epsilon } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike } from '../trace/index.ts';
import { ConfusionState, countConfusion, evenThresholds, wholeOrNull } from './confusion.ts';
import { Metric, type MetricOptions, metricOptions } from './metric.ts';

interface TradeoffOptions extends MetricOptions {
  /** How many thresholds are tried, evenly from 0 to 1. Default 200. */
  readonly numThresholds?: number;
  /** Only this class counts. */
  readonly classId?: number | null;
}

type Rate = 'recall' | 'precision' | 'specificity';

/** The best of one rate over the thresholds at which another is high enough. */
abstract class Tradeoff extends Metric {
  readonly numThresholds: number;
  readonly classId: number | null;
  readonly #bound: { readonly name: string; readonly rate: Rate; readonly value: number };
  readonly #best: Rate;
  readonly #thresholds: readonly number[];
  readonly #state: ConfusionState;

  constructor(best: Rate, bound: { name: string; rate: Rate; value: number }, options: TradeoffOptions) {
    super(options);
    const owner = this.constructor.name;
    this.numThresholds = options.numThresholds ?? 200;
    this.classId = wholeOrNull(owner, 'classId', options.classId, 0);
    this.#best = best;
    this.#bound = { ...bound, value: checkNumber(owner, bound.name, bound.value, { min: 0, max: 1 }) };
    this.#thresholds = evenThresholds(owner, this.numThresholds);
    this.#state = new ConfusionState((name) => this.addVariable([this.#thresholds.length], name));
  }

  updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const { classId } = this;
    this.#state.update(countConfusion(yTrue, yPred!, { thresholds: this.#thresholds, sampleWeight, classId }));
  }

  result(): Tensor {
    const enough = ops.greaterEqual(this.#state[this.#bound.rate], this.#bound.value);
    return ops.max(ops.where(enough, this.#state[this.#best], 0));
  }

  override getConfig(): Config {
    const { name, value } = this.#bound;
    return { ...super.getConfig(), class_id: this.classId, num_thresholds: this.numThresholds, [name]: value };
  }
}

/** The highest sensitivity (recall) at a specificity of at least `specificity`. */
export class SensitivityAtSpecificity extends Tradeoff {
  static readonly className: string = 'SensitivityAtSpecificity';
  constructor(options: TradeoffOptions & { specificity: number }) {
    metricOptions('SensitivityAtSpecificity', options, ['specificity', 'numThresholds', 'classId']);
    super('recall', { name: 'specificity', rate: 'specificity', value: options.specificity }, options);
  }
}

/** The highest specificity at a sensitivity (recall) of at least `sensitivity`. */
export class SpecificityAtSensitivity extends Tradeoff {
  static readonly className: string = 'SpecificityAtSensitivity';
  constructor(options: TradeoffOptions & { sensitivity: number }) {
    metricOptions('SpecificityAtSensitivity', options, ['sensitivity', 'numThresholds', 'classId']);
    super('specificity', { name: 'sensitivity', rate: 'recall', value: options.sensitivity }, options);
  }
}

/** The highest precision at a recall of at least `recall`. */
export class PrecisionAtRecall extends Tradeoff {
  static readonly className: string = 'PrecisionAtRecall';
  constructor(options: TradeoffOptions & { recall: number }) {
    metricOptions('PrecisionAtRecall', options, ['recall', 'numThresholds', 'classId']);
    super('precision', { name: 'recall', rate: 'recall', value: options.recall }, options);
  }
}

/** The highest recall at a precision of at least `precision`. */
export class RecallAtPrecision extends Tradeoff {
  static readonly className: string = 'RecallAtPrecision';
  constructor(options: TradeoffOptions & { precision: number }) {
    metricOptions('RecallAtPrecision', options, ['precision', 'numThresholds', 'classId']);
    super('recall', { name: 'precision', rate: 'precision', value: options.precision }, options);
  }
}

const CURVES = ['ROC', 'PR', 'PRGAIN'] as const;
const METHODS = ['interpolation', 'majoring', 'minoring'] as const;

export interface AUCOptions extends MetricOptions {
  /** Default 200. */
  readonly numThresholds?: number;
  /** Recall over the false positives' rate (`'ROC'`, default), precision over recall (`'PR'`), or their gains. */
  readonly curve?: (typeof CURVES)[number] | 'roc' | 'pr' | 'prgain';
  /** Heights between two points: their mean (default), the larger or the smaller. */
  readonly summationMethod?: (typeof METHODS)[number];
  /** Thresholds between 0 and 1 in the place of evenly spaced ones. */
  readonly thresholds?: readonly number[] | null;
  /** Whether each label has an area of its own; the result is their mean. Default false. */
  readonly multiLabel?: boolean;
  /** Number of labels; default: that of the predictions. */
  readonly numLabels?: number | null;
  /** Weights of the labels. */
  readonly labelWeights?: readonly number[] | null;
  /** Whether predictions are scores before the sigmoid. Default false. */
  readonly fromLogits?: boolean;
}

function numbersOrNull(name: string, value: readonly number[] | null | undefined): readonly number[] | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value))
    throw new OlifantError('INVALID_ARGUMENT', `AUC: ${name} must be an array of numbers, got ${describe(value)}`);
  for (const v of value) checkNumber('AUC', name, v);
  return value;
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((k) => k === value || k.toLowerCase() === value);
  if (found !== undefined) return found;
  throw new OlifantError('INVALID_ARGUMENT', `AUC: ${name} must be one of ${known.join(', ')}, got ${describe(value)}`);
}

const AUC_OPTIONS: readonly (keyof AUCOptions)[] = [
  'numThresholds',
  'curve',
  'summationMethod',
  'thresholds',
  'multiLabel',
  'numLabels',
  'labelWeights',
  'fromLogits',
];

/** The area under a curve of rates over all thresholds, as a sum of trapezoids or rectangles. */
export class AUC extends Metric {
  static readonly className: string = 'AUC';
  readonly curve: (typeof CURVES)[number];
  readonly summationMethod: (typeof METHODS)[number];
  readonly thresholds: readonly number[];
  readonly multiLabel: boolean;
  readonly numLabels: number | null;
  readonly labelWeights: readonly number[] | null;
  readonly fromLogits: boolean;
  readonly #given: boolean;
  #state: ConfusionState | null = null;

  constructor(options: AUCOptions = {}) {
    super(metricOptions('AUC', options, AUC_OPTIONS));
    this.curve = oneOf('curve', options.curve ?? 'ROC', CURVES);
    this.summationMethod = oneOf('summationMethod', options.summationMethod ?? 'interpolation', METHODS);
    const given = numbersOrNull('thresholds', options.thresholds);
    this.#given = given !== null;
    const n = options.numThresholds ?? 200;
    if (given === null && !(Number.isInteger(n) && n > 1))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `AUC: numThresholds must be a whole number above 1, got ${describe(n)}`,
      );
    const inner = given === null ? evenThresholds('AUC', n).slice(1, -1) : [...given].sort((a, b) => a - b);
    for (const t of inner) checkNumber('AUC', 'thresholds', t, { min: 0, max: 1 });
    // Both ends lie a little outside, so that predictions of 0 and 1 are within.
    this.thresholds = [-epsilon(), ...inner, 1 + epsilon()];
    this.multiLabel = checkFlag('AUC', 'multiLabel', options.multiLabel ?? false);
    this.numLabels = wholeOrNull('AUC', 'numLabels', options.numLabels, 1);
    this.labelWeights = numbersOrNull('labelWeights', options.labelWeights);
    this.fromLogits = checkFlag('AUC', 'fromLogits', options.fromLogits ?? false);
    if (this.numLabels !== null && !this.multiLabel)
      throw new OlifantError('INVALID_ARGUMENT', 'AUC: numLabels needs multiLabel: true');
    if (!this.multiLabel) this.#state = this.#makeState([]);
    else if (this.numLabels !== null) this.#state = this.#makeState([this.numLabels]);
  }

  #makeState(labels: readonly number[]): ConfusionState {
    return new ConfusionState((name) => this.addVariable([this.thresholds.length, ...labels], name));
  }

  updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const p = this.fromLogits ? ops.sigmoid(yPred!) : asTensor(yPred!, 'float32');
    if (this.multiLabel && p.rank !== 2)
      throw new OlifantError('SHAPE', `AUC: multiLabel needs predictions [n, labels], got ${formatShape(p.shape)}`);
    this.#state ??= this.#makeState([p.shape[1]!]);
    const { thresholds, multiLabel } = this;
    const labelWeights = multiLabel ? null : this.labelWeights;
    this.#state.update(countConfusion(yTrue, p, { thresholds, sampleWeight, multiLabel, labelWeights }));
  }

  result(): Tensor {
    const state = this.#state;
    if (state === null)
      throw new OlifantError('NOT_BUILT', `metric '${this.name}' has no result before its first update`);
    if (this.curve === 'PR' && this.summationMethod === 'interpolation') return this.#sum(interpolatedPR(state));
    const [x, y] = this.#points(state);
    const [left, right] = neighbours(y);
    const heights = {
      interpolation: () => ops.divide(ops.add(left, right), 2),
      minoring: () => ops.minimum(left, right),
      majoring: () => ops.maximum(left, right),
    }[this.summationMethod]();
    return this.#sum(ops.multiply(ops.subtract(...neighbours(x)), heights));
  }

  #points(state: ConfusionState): [Tensor, Tensor] {
    if (this.curve === 'ROC') {
      const negatives = ops.add(state.falsePositives, state.trueNegatives);
      return [ops.divideNoNan(state.falsePositives, negatives), state.recall];
    }
    if (this.curve === 'PR') return [state.recall, state.precision];
    // Flach and Kull 2015; without true positives recall gain is 0 and precision gain 1.
    const positives = ops.add(state.truePositives, state.falseNegatives);
    const odds = ops.divideNoNan(positives, ops.add(state.trueNegatives, state.falsePositives));
    const gain = (wrong: TensorLike) =>
      ops.subtract(1, ops.multiply(odds, ops.divideNoNan(wrong, state.truePositives)));
    const none = ops.equal(state.truePositives, 0);
    const recall = ops.maximum(ops.where(none, 0, gain(state.falseNegatives)), 0);
    return [recall, ops.where(none, 1, gain(state.falsePositives))];
  }

  /** The sum over the thresholds, and the (weighted) mean over the labels. */
  #sum(terms: Tensor): Tensor {
    if (!this.multiLabel) return ops.sum(terms);
    const areas = ops.sum(terms, 0);
    if (this.labelWeights === null) return ops.mean(areas);
    const weights = asTensor([...this.labelWeights]);
    return ops.divideNoNan(ops.sum(ops.multiply(areas, weights)), ops.sum(weights));
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      num_thresholds: this.thresholds.length,
      curve: this.curve,
      summation_method: this.summationMethod,
      multi_label: this.multiLabel,
      num_labels: this.numLabels,
      label_weights: this.labelWeights,
      from_logits: this.fromLogits,
      ...(this.#given ? { thresholds: this.thresholds.slice(1, -1) } : {}),
    };
  }
}

/** All but the last threshold, and all but the first. */
function neighbours(x: TensorLike): [Tensor, Tensor] {
  const t = asTensor(x);
  const n = t.shape[0]!;
  const [last] = ops.split(t, [n - 1]);
  const [, first] = ops.split(t, [1]);
  return [last!, first!];
}

/**
 * Between two thresholds true positives grow in proportion to all positives (Davis and Goadrich 2006): with slope s and
 * intercept b the area is s (dTP + b log(P_i / P_i+1)) over the number of positive targets.
 */
function interpolatedPR(state: ConfusionState): Tensor {
  const [tp0, tp1] = neighbours(state.truePositives);
  const [p0, p1] = neighbours(ops.add(state.truePositives, state.falsePositives));
  const gained = ops.subtract(tp0, tp1);
  const slope = ops.divideNoNan(gained, ops.maximum(ops.subtract(p0, p1), 0));
  const intercept = ops.subtract(tp1, ops.multiply(slope, p1));
  const both = ops.logicalAnd(ops.greater(p0, 0), ops.greater(p1, 0));
  const ratio = ops.where(both, ops.divideNoNan(p0, ops.maximum(p1, 0)), 1);
  const area = ops.multiply(slope, ops.add(gained, ops.multiply(intercept, ops.log(ratio))));
  const [, positives] = neighbours(ops.add(state.truePositives, state.falseNegatives));
  return ops.divideNoNan(area, ops.maximum(positives, 0));
}
