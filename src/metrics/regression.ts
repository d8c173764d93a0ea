import { describe, formatShape, OlifantError } from '../errors.ts';
import { type Config, checkWhole } from '../keras-object.ts';
import { cosineSimilarity as cosineLoss, matchRanks } from '../losses/index.ts';
import * as ops from '../ops/index.ts';
import { epsilon } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike, type Variable } from '../trace/index.ts';
import { Mean } from './mean.ts';
import { accumulate, Metric, type MetricOptions, metricOptions } from './metric.ts';

const both = (yTrue: TensorLike, yPred: TensorLike): [Tensor, Tensor] =>
  matchRanks(asTensor(yTrue, 'float32'), asTensor(yPred, 'float32'));

/** The cosine between targets and predictions along `axis`. */
export function cosineSimilarity(yTrue: TensorLike, yPred: TensorLike, options: { axis?: number } = {}): Tensor {
  return ops.negative(cosineLoss(yTrue, yPred, options));
}

/** Pearson's correlation along `axis`: the mean product of the standardised values. */
export function pearsonCorrelation(
  yTrue: TensorLike,
  yPred: TensorLike,
  { axis = -1 }: { axis?: number } = {},
): Tensor {
  const standard = (x: Tensor) => {
    const centred = ops.subtract(x, ops.mean(x, { axis, keepdims: true }));
    return ops.divide(centred, ops.std(centred, { axis, keepdims: true }));
  };
  const [t, p] = both(yTrue, yPred);
  return ops.mean(ops.multiply(standard(t), standard(p)), axis);
}

/**
 * Lin's concordance along `axis`: 2 cov(t, p) / (var t + var p + (mean t - mean p)^2). The covariance is the mean of
 * (t - mean p)(p - mean p), which is the same.
 */
export function concordanceCorrelation(
  yTrue: TensorLike,
  yPred: TensorLike,
  { axis = -1 }: { axis?: number } = {},
): Tensor {
  const [t, p] = both(yTrue, yPred);
  const how = { axis, keepdims: true };
  const [mt, mp] = [ops.mean(t, how), ops.mean(p, how)];
  const products = ops.multiply(ops.subtract(t, mp), ops.subtract(p, mp));
  const spread = ops.add(ops.variance(ops.subtract(t, mt), how), ops.variance(ops.subtract(p, mp), how));
  const norm = ops.add(ops.add(spread, ops.square(ops.subtract(mt, mp))), epsilon());
  return ops.mean(ops.divide(ops.multiply(products, 2), norm), axis);
}

/** The root of the mean squared error. */
export class RootMeanSquaredError extends Mean {
  static override readonly className: string = 'RootMeanSquaredError';

  constructor(options: MetricOptions = {}) {
    metricOptions('RootMeanSquaredError', options);
    super({ ...options, name: options.name ?? 'root_mean_squared_error' });
  }

  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const [t, p] = both(yTrue, yPred!);
    super.updateState(ops.square(ops.subtract(p, t)), sampleWeight);
  }

  override result(): Tensor {
    return ops.sqrt(super.result());
  }
}

type Aggregation = 'uniform_average' | 'variance_weighted_average' | null;

export interface R2ScoreOptions extends MetricOptions {
  /** How the outputs' scores become one: `'uniform_average'` (default), `'variance_weighted_average'`, or not (null). */
  readonly classAggregation?: Aggregation;
  /** Number of regressors, for the adjusted score. Default 0: not adjusted. */
  readonly numRegressors?: number;
}

/** The share of the targets' variance that predictions [n, outputs] explain: 1 - sum (t - p)^2 / sum (t - mean t)^2. */
export class R2Score extends Metric {
  static readonly className: string = 'R2Score';
  readonly classAggregation: Aggregation;
  readonly numRegressors: number;
  readonly #samples: Variable;
  #sums: { squared: Variable; plain: Variable; residual: Variable; count: Variable } | null = null;

  constructor(options: R2ScoreOptions = {}) {
    metricOptions('R2Score', options, ['classAggregation', 'numRegressors']);
    super({ ...options, name: options.name ?? 'r2_score' });
    const { classAggregation = 'uniform_average', numRegressors = 0 } = options;
    if (![null, 'uniform_average', 'variance_weighted_average'].includes(classAggregation))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `R2Score: classAggregation must be uniform_average, variance_weighted_average or null, got ${describe(classAggregation)}`,
      );
    this.classAggregation = classAggregation;
    this.numRegressors = checkWhole('R2Score', 'numRegressors', numRegressors);
    this.#samples = this.addVariable([], 'num_samples');
  }

  #state(t: Tensor, p: Tensor) {
    if (this.#sums !== null) return this.#sums;
    if (t.rank !== 2 || p.rank !== 2)
      throw new OlifantError(
        'SHAPE',
        `R2Score: expected targets and predictions [n, outputs], got ${formatShape(t.shape)} and ${formatShape(p.shape)}`,
      );
    const add = (name: string) => this.addVariable([p.shape[1]!], name);
    this.#sums = { squared: add('squared_sum'), plain: add('sum'), residual: add('residual'), count: add('count') };
    return this.#sums;
  }

  updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const [t, p] = both(yTrue, yPred!);
    const state = this.#state(t, p);
    const given = asTensor(sampleWeight ?? 1, 'float32');
    const w = ops.broadcastTo(given.rank === 1 ? ops.expandDims(given, 1) : given, t.shape);
    const weighted = ops.multiply(t, w);
    accumulate(state.plain, ops.sum(weighted, 0));
    accumulate(state.squared, ops.sum(ops.multiply(t, weighted), 0));
    accumulate(state.residual, ops.sum(ops.multiply(ops.square(ops.subtract(t, p)), w), 0));
    accumulate(state.count, ops.sum(w, 0));
    accumulate(this.#samples, asTensor(t.size));
  }

  result(): Tensor {
    if (this.#sums === null)
      throw new OlifantError('NOT_BUILT', `metric '${this.name}' has no result before its first update`);
    const { squared, plain, residual, count } = this.#sums;
    const total = ops.subtract(squared, ops.multiply(plain, ops.divide(plain, count)));
    const raw = ops.subtract(1, ops.divide(residual, total));
    return this.#adjust(this.#aggregate(ops.where(ops.isinf(raw), 0, raw), total));
  }

  #aggregate(scores: Tensor, total: Tensor): Tensor {
    if (this.classAggregation === null) return scores;
    if (this.classAggregation === 'uniform_average') return ops.mean(scores);
    return ops.divide(ops.sum(ops.multiply(total, scores)), ops.sum(total));
  }

  /** 1 - (1 - r2) (n - 1) / (n - p - 1), where there are enough samples for it. */
  #adjust(score: Tensor): Tensor {
    if (this.numRegressors === 0) return score;
    const n = this.#samples.value();
    const freedom = ops.subtract(n, this.numRegressors + 1);
    const rest = ops.divideNoNan(ops.multiply(ops.subtract(1, score), ops.subtract(n, 1)), freedom);
    return ops.where(ops.greater(freedom, 0), ops.subtract(1, rest), score);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), class_aggregation: this.classAggregation, num_regressors: this.numRegressors };
  }
}
