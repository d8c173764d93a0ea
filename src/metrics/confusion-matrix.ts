import { describe, OlifantError, unknownId } from '../errors.ts';
import { type Config, checkFlag, checkWhole } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, TensorLike, Variable } from '../trace/index.ts';
import { classNumbers, countPairs } from './iou.ts';
import { accumulate, Metric, type MetricOptions, metricOptions } from './metric.ts';

export interface ConfusionMatrixOptions extends MetricOptions {
  readonly numClasses: number;
  /** Shares of each true class (a row sums to 1), of each predicted one (a column), of all; default: counts. */
  readonly normalize?: 'true' | 'pred' | 'all' | null;
  /** Whether targets are class numbers (default) or scores along `axis`. */
  readonly sparseYTrue?: boolean;
  /** Whether predictions are class numbers, or scores along `axis` (default). */
  readonly sparseYPred?: boolean;
  /** Default -1. */
  readonly axis?: number;
}

const OWN = ['numClasses', 'normalize', 'sparseYTrue', 'sparseYPred', 'axis'];
const SHARES: readonly unknown[] = ['true', 'pred', 'all', null];

/**
 * How often samples of each class (rows) are taken for each class (columns): [numClasses, numClasses], summed over batches with
 * their weights. Numbers that are no class are left out.
 *
 * Keras has no such metric: this one is Olifant's own, and Keras cannot read a compiled model that has it. `fit` and `evaluate`
 * report one number for each metric, here the first of the matrix: keep the metric and ask for its `result` after `evaluate`.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for options that do not fit.
 * @example
 * const matrix = new ConfusionMatrix({ numClasses: 3 });
 * matrix.updateState([0, 1, 2, 2], [[0.8, 0.1, 0.1], [0, 1, 0], [0.6, 0, 0.4], [0, 0, 1]]);
 * matrix.result().arraySync(); // [[1, 0, 0], [0, 1, 0], [1, 0, 1]]
 */
export class ConfusionMatrix extends Metric {
  static readonly className: string = 'ConfusionMatrix';
  readonly numClasses: number;
  readonly normalize: 'true' | 'pred' | 'all' | null;
  readonly sparseYTrue: boolean;
  readonly sparseYPred: boolean;
  readonly axis: number;
  readonly #matrix: Variable;

  constructor(options: ConfusionMatrixOptions) {
    super(metricOptions('ConfusionMatrix', options, OWN));
    const owner = this.constructor.name;
    this.numClasses = checkWhole(owner, 'numClasses', options.numClasses, 1);
    this.normalize = options.normalize ?? null;
    if (!SHARES.includes(this.normalize)) {
      const known = ['true', 'pred', 'all'];
      const wrong = typeof this.normalize === 'string' ? unknownId('normalize', this.normalize, known).message : null;
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: ${wrong ?? `normalize must be one of ${known.join(', ')} or null, got ${describe(this.normalize)}`}`,
      );
    }
    this.sparseYTrue = checkFlag(owner, 'sparseYTrue', options.sparseYTrue ?? true);
    this.sparseYPred = checkFlag(owner, 'sparseYPred', options.sparseYPred ?? false);
    this.axis = checkWhole(owner, 'axis', options.axis ?? -1, Number.MIN_SAFE_INTEGER);
    this.#matrix = this.addVariable([this.numClasses, this.numClasses], 'confusion_matrix', this.dtype);
  }

  updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const t = classNumbers(yTrue, this.sparseYTrue, this.axis);
    const p = classNumbers(yPred!, this.sparseYPred, this.axis);
    if (t.size !== p.size)
      throw new OlifantError(
        'SHAPE',
        `metric '${this.name}': ${t.size} targets and ${p.size} predictions; set sparseYTrue and sparseYPred to false for ` +
          'scores or one-hot classes, to true for class numbers',
      );
    accumulate(this.#matrix, countPairs(t, p, this.numClasses, this.dtype, sampleWeight));
  }

  /** [numClasses, numClasses]; shares of classes that do not occur are 0. */
  result(): Tensor {
    const counts = this.#matrix.value();
    if (this.normalize === null) return counts;
    const shares = ops.cast(counts, 'float32');
    const axis = this.normalize === 'true' ? 1 : this.normalize === 'pred' ? 0 : null;
    return ops.divideNoNan(shares, ops.sum(shares, { axis, keepdims: true }));
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      num_classes: this.numClasses,
      normalize: this.normalize,
      sparse_y_true: this.sparseYTrue,
      sparse_y_pred: this.sparseYPred,
      axis: this.axis,
    };
  }
}
