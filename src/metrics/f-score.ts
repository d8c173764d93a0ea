import { describe, formatShape, OlifantError } from '../errors.ts';
import { type Config, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import { epsilon } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike, type Variable } from '../trace/index.ts';
import { accumulate, Metric, type MetricOptions, metricOptions } from './metric.ts';

type Average = 'micro' | 'macro' | 'weighted' | null;

export interface FBetaScoreOptions extends MetricOptions {
  /** One score over all classes (`'micro'`), the mean of the classes' (`'macro'`), weighted by size, or each (null, default). */
  readonly average?: Average;
  /** How much more recall counts than precision. Default 1. */
  readonly beta?: number;
  /** Above which a prediction is positive; default: the largest of each sample. */
  readonly threshold?: number | null;
}

/** (1 + beta^2) precision recall / (beta^2 precision + recall), for one-hot (or several) targets [n, classes]. */
export class FBetaScore extends Metric {
  static readonly className: string = 'FBetaScore';
  readonly average: Average;
  readonly beta: number;
  readonly threshold: number | null;
  #state: { tp: Variable; fp: Variable; fn: Variable; weights: Variable } | null = null;

  constructor(options: FBetaScoreOptions = {}) {
    metricOptions('FBetaScore', options, ['average', 'beta', 'threshold']);
    super({ ...options, name: options.name ?? 'fbeta_score' });
    const { average = null, beta = 1, threshold = null } = options;
    if (![null, 'micro', 'macro', 'weighted'].includes(average))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.constructor.name}: average must be micro, macro, weighted or null, got ${describe(average)}`,
      );
    this.average = average;
    this.beta = checkNumber('FBetaScore', 'beta', beta, { above: 0 });
    this.threshold =
      threshold === null ? null : checkNumber('FBetaScore', 'threshold', threshold, { above: 0, max: 1 });
  }

  #build(t: Tensor, p: Tensor) {
    if (this.#state !== null) return this.#state;
    if (t.rank !== 2 || p.rank !== 2)
      throw new OlifantError(
        'SHAPE',
        `${this.constructor.name}: expected targets and predictions [n, classes], got ${formatShape(t.shape)} and ${formatShape(p.shape)}`,
      );
    const add = (name: string) => this.addVariable(this.average === 'micro' ? [] : [p.shape[1]!], name);
    this.#state = {
      tp: add('true_positives'),
      fp: add('false_positives'),
      fn: add('false_negatives'),
      weights: add('intermediate_weights'),
    };
    return this.#state;
  }

  #positive(p: Tensor): Tensor {
    if (this.threshold !== null) return ops.greater(p, this.threshold);
    // A sample of zeros has no largest.
    const largest = ops.greaterEqual(p, ops.max(p, { axis: -1, keepdims: true }));
    return ops.logicalAnd(largest, ops.greater(ops.abs(p), 1e-9));
  }

  updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const [t, scores] = [asTensor(yTrue, 'float32'), asTensor(yPred!, 'float32')];
    const state = this.#build(t, scores);
    const p = ops.cast(this.#positive(scores), 'float32');
    const weight = sampleWeight === null || sampleWeight === undefined ? null : ops.expandDims(sampleWeight, 1);
    const add = (variable: Variable, x: Tensor) =>
      accumulate(variable, ops.sum(weight === null ? x : ops.multiply(x, weight), this.average === 'micro' ? null : 0));
    add(state.tp, ops.multiply(p, t));
    add(state.fp, ops.multiply(p, ops.subtract(1, t)));
    add(state.fn, ops.multiply(ops.subtract(1, p), t));
    add(state.weights, t);
  }

  result(): Tensor {
    if (this.#state === null)
      throw new OlifantError('NOT_BUILT', `metric '${this.name}' has no result before its first update`);
    const { tp, fp, fn, weights } = this.#state;
    const precision = ops.divide(tp, ops.add(ops.add(tp, fp), epsilon()));
    const recall = ops.divide(tp, ops.add(ops.add(tp, fn), epsilon()));
    const square = this.beta ** 2;
    const below = ops.add(ops.add(ops.multiply(precision, square), recall), epsilon());
    const score = ops.multiply(ops.divide(ops.multiply(precision, recall), below), 1 + square);
    if (this.average === null) return score;
    if (this.average !== 'weighted') return ops.mean(score);
    return ops.sum(ops.multiply(score, ops.divide(weights, ops.add(ops.sum(weights), epsilon()))));
  }

  override getConfig(): Config {
    const { average, beta, threshold } = this;
    return { ...super.getConfig(), average, beta, threshold };
  }
}

/** The harmonic mean of precision and recall. */
export class F1Score extends FBetaScore {
  static override readonly className: string = 'F1Score';

  constructor(options: Omit<FBetaScoreOptions, 'beta'> = {}) {
    metricOptions('F1Score', options, ['average', 'threshold']);
    super({ ...options, name: options.name ?? 'f1_score', beta: 1 });
  }

  override getConfig(): Config {
    const { beta: _, ...config } = super.getConfig();
    return config;
  }
}
