import { formatShape, OlifantError } from '../errors.ts';
import { broadcastShapes, sameShape } from '../graph/shape.ts';
import { maskedWeights, matchRanks } from '../losses/index.ts';
import * as ops from '../ops/index.ts';
import { asTensor, type Tensor, type TensorLike, type Variable } from '../trace/index.ts';
import { accumulate, Metric, type MetricOptions, metricOptions } from './metric.ts';

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

interface Samplewise {
  readonly values: Tensor;
  readonly weights: Tensor | null;
}

/**
 * One weighted value a sample: axes that the weights do not have are reduced first, then all but the first one; the
 * weights likewise.
 */
function samplewise(name: string, x: Tensor, weight: Tensor | null, reduce: typeof ops.mean): Samplewise {
  const all = (t: Tensor) => (t.rank > 1 ? reduce(t, range(1, t.rank)) : t);
  if (weight === null) return { values: all(x), weights: null };
  let [values, w] = matchRanks(x, weight);
  if (values.rank > w.rank) values = reduce(values, range(w.rank, values.rank));
  const fits = broadcastShapes(w.shape, values.shape);
  if (fits === undefined || !sameShape(fits, values.shape))
    throw new OlifantError(
      'SHAPE',
      `metric '${name}': sample weights of shape ${formatShape(weight.shape)} do not fit values of shape ${formatShape(x.shape)}`,
    );
  const rank = w.rank;
  w = ops.broadcastTo(w, values.shape);
  return { values: all(ops.multiply(values, w)), weights: rank > 1 ? reduce(w, range(1, rank)) : w };
}

const weightOf = (w: TensorLike | null | undefined): Tensor | null =>
  w === null || w === undefined ? null : asTensor(w, 'float32');

/** The sum of all values. */
export class Sum extends Metric {
  static readonly className: string = 'Sum';
  readonly #total: Variable;

  constructor(options: MetricOptions = {}) {
    metricOptions('Sum', options);
    super({ ...options, name: options.name ?? 'sum' });
    this.#total = this.addVariable([], 'total');
  }

  updateState(values: TensorLike, sampleWeight?: TensorLike | null): void {
    const { values: v } = samplewise(this.name, asTensor(values, 'float32'), weightOf(sampleWeight), ops.sum);
    accumulate(this.#total, ops.sum(v));
  }

  result(): Tensor {
    return this.#total.value();
  }
}

/** The mean of all values: their weighted sum by the sum of the weights. 0 where there are none. */
export class Mean extends Metric {
  static readonly className: string = 'Mean';
  readonly #total: Variable;
  readonly #count: Variable;

  constructor(options: MetricOptions = {}) {
    metricOptions('Mean', options);
    super({ ...options, name: options.name ?? 'mean' });
    this.#total = this.addVariable([], 'total');
    this.#count = this.addVariable([], 'count');
  }

  updateState(values: TensorLike, sampleWeight?: TensorLike | null, _?: TensorLike | null): void {
    this.add(asTensor(values, 'float32'), weightOf(sampleWeight));
  }

  /** @param mask Which values count, where there are weights. */
  protected add(values: Tensor, sampleWeight: Tensor | null, mask: Tensor | null = null): void {
    const weight = sampleWeight === null ? null : maskedWeights(sampleWeight, mask, 'sum');
    const { values: v, weights } = samplewise(this.name, values, weight, ops.mean);
    accumulate(this.#total, ops.sum(v));
    accumulate(this.#count, weights === null ? asTensor(v.shape[0] ?? 1) : ops.sum(weights));
  }

  result(): Tensor {
    return ops.divideNoNan(this.#total, this.#count);
  }
}

/** The mean of a function of targets and predictions. */
export class MeanMetricWrapper extends Mean {
  static override readonly className: string = 'MeanMetricWrapper';
  readonly fn: (yTrue: Tensor, yPred: Tensor) => Tensor;

  /** @param fn Gives a value for each sample, or several. */
  constructor(fn: (yTrue: Tensor, yPred: Tensor) => Tensor, options: MetricOptions = {}) {
    metricOptions('MeanMetricWrapper', options);
    super({ ...options, name: options.name ?? (fn.name || 'mean_metric_wrapper') });
    this.fn = fn;
  }

  /** Which of the values count where there are weights; all of them by default. */
  protected valueMask(_yTrue: Tensor, _yPred: Tensor): Tensor | null {
    return null;
  }

  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    if (yPred === null || yPred === undefined)
      throw new OlifantError('INVALID_ARGUMENT', `metric '${this.name}': updateState needs targets and predictions`);
    const [t, p] = [asTensor(yTrue), asTensor(yPred)];
    this.add(ops.cast(this.fn(t, p), 'float32'), weightOf(sampleWeight), this.valueMask(t, p));
  }
}
