import { describe, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import { type Config, checkFlag, checkNumber, checkWhole } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import { epsilon } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike, type Variable } from '../trace/index.ts';
import { wholeOrNull } from './confusion.ts';
import { accumulate, Metric, type MetricOptions, metricOptions } from './metric.ts';

export interface MeanIoUOptions extends MetricOptions {
  readonly numClasses: number;
  /** A class whose targets count for nothing. */
  readonly ignoreClass?: number | null;
  /** Whether targets are class numbers (default) or scores along `axis`. */
  readonly sparseYTrue?: boolean;
  /** Whether predictions are class numbers (default) or scores along `axis`. */
  readonly sparseYPred?: boolean;
  /** Default -1. */
  readonly axis?: number;
}

export interface IoUOptions extends MeanIoUOptions {
  /** The classes over which the mean is taken. */
  readonly targetClassIds: readonly number[];
}

const CLASS_OPTIONS = ['numClasses', 'ignoreClass', 'sparseYTrue', 'sparseYPred', 'axis'];
const ONE_HOT_OPTIONS = CLASS_OPTIONS.filter((key) => key !== 'sparseYTrue');

/** Class numbers in one row: as they are, or the places of the largest of scores. */
export const classNumbers = (x: TensorLike, sparse: boolean, axis: number): Tensor =>
  ops.ravel(sparse ? asTensor(x, 'int32') : ops.argmax(x, axis));

/** The sums of the weights of samples of class i that are taken for class j: [i, j]. Numbers that are no class are left out. */
export function countPairs(
  t: Tensor,
  p: Tensor,
  numClasses: number,
  dtype: DType,
  sampleWeight?: TensorLike | null,
  ignoreClass: number | null = null,
): Tensor {
  const known = (x: Tensor) => ops.logicalAnd(ops.greaterEqual(x, 0), ops.less(x, numClasses));
  let counts = ops.logicalAnd(known(t), known(p));
  if (ignoreClass !== null) counts = ops.logicalAnd(counts, ops.notEqual(t, ignoreClass));
  const given = asTensor(sampleWeight ?? 1, dtype);
  const weights = ops.broadcastTo(given.rank > 1 ? ops.ravel(given) : given, t.shape);
  const cells = ops.add(ops.multiply(t, numClasses), p);
  // Cell -1 belongs to no segment: what does not count is dropped.
  const sums = ops.segmentSum(weights, ops.where(counts, cells, -1), numClasses ** 2);
  return ops.reshape(sums, [numClasses, numClasses]);
}

/** Intersection over union, true positives / (true positives + false ones of both kinds), mean over some classes. */
export class IoU extends Metric {
  static readonly className: string = 'IoU';
  readonly numClasses: number;
  readonly targetClassIds: readonly number[];
  readonly ignoreClass: number | null;
  readonly sparseYTrue: boolean;
  readonly sparseYPred: boolean;
  readonly axis: number;
  readonly #matrix: Variable;

  constructor(options: IoUOptions) {
    super(metricOptions('IoU', options, ['targetClassIds', ...CLASS_OPTIONS]), 'int32');
    const owner = this.constructor.name;
    const { numClasses, targetClassIds } = options;
    if (!Number.isInteger(numClasses) || numClasses < 1)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: numClasses must be a positive whole number, got ${describe(numClasses)}`,
      );
    if (!Array.isArray(targetClassIds))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: targetClassIds must be an array of class numbers, got ${describe(targetClassIds)}`,
      );
    const bad = targetClassIds.find((id) => !Number.isInteger(id) || id < 0 || id >= numClasses);
    if (bad !== undefined)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: targetClassIds must be from 0 to ${numClasses - 1}, got ${bad}`,
      );
    this.numClasses = numClasses;
    this.targetClassIds = [...targetClassIds];
    this.ignoreClass = wholeOrNull(owner, 'ignoreClass', options.ignoreClass, Number.MIN_SAFE_INTEGER);
    this.sparseYTrue = checkFlag(owner, 'sparseYTrue', options.sparseYTrue ?? true);
    this.sparseYPred = checkFlag(owner, 'sparseYPred', options.sparseYPred ?? true);
    this.axis = checkWhole(owner, 'axis', options.axis ?? -1, Number.MIN_SAFE_INTEGER);
    this.#matrix = this.addVariable([numClasses, numClasses], 'total_confusion_matrix', this.dtype);
  }

  updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const [t, p] = [
      classNumbers(yTrue, this.sparseYTrue, this.axis),
      classNumbers(yPred!, this.sparseYPred, this.axis),
    ];
    accumulate(this.#matrix, countPairs(t, p, this.numClasses, this.dtype, sampleWeight, this.ignoreClass));
  }

  result(): Tensor {
    const matrix = this.#matrix;
    const right = ops.sum(ops.multiply(matrix, ops.cast(ops.eye(this.numClasses), this.dtype)), 0);
    const union = ops.subtract(ops.add(ops.sum(matrix, 0), ops.sum(matrix, 1)), right);
    const chosen = (x: Tensor) => ops.cast(ops.take(x, [...this.targetClassIds], 0), 'float32');
    const [hits, size] = [chosen(right), chosen(union)];
    // Classes that do not occur count for nothing.
    const occurs = ops.greater(size, 1e-9);
    const shares = ops.where(occurs, ops.divide(hits, ops.add(size, epsilon())), 0);
    return ops.divide(ops.sum(shares), ops.add(ops.sum(ops.cast(occurs, 'float32')), epsilon()));
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      num_classes: this.numClasses,
      target_class_ids: this.targetClassIds,
      ignore_class: this.ignoreClass,
      sparse_y_true: this.sparseYTrue,
      sparse_y_pred: this.sparseYPred,
      axis: this.axis,
    };
  }
}

const allClasses = (n: number): number[] => Array.from({ length: Number.isInteger(n) ? n : 0 }, (_, i) => i);

/** The mean intersection over union of all classes. */
export class MeanIoU extends IoU {
  static override readonly className: string = 'MeanIoU';
  constructor(options: MeanIoUOptions) {
    metricOptions('MeanIoU', options, CLASS_OPTIONS);
    super({ ...options, targetClassIds: allClasses(options.numClasses) });
  }
  override getConfig(): Config {
    const { target_class_ids: _, ...config } = super.getConfig();
    return config;
  }
}

export interface BinaryIoUOptions extends MetricOptions {
  /** Default both. */
  readonly targetClassIds?: readonly number[];
  /** From which on a prediction is class 1. Default 0.5. */
  readonly threshold?: number;
}

/** Intersection over union of two classes, of probabilities. */
export class BinaryIoU extends IoU {
  static override readonly className: string = 'BinaryIoU';
  readonly threshold: number;
  constructor(options: BinaryIoUOptions = {}) {
    const {
      threshold = 0.5,
      targetClassIds = [0, 1],
      ...rest
    } = metricOptions('BinaryIoU', options, ['targetClassIds', 'threshold']);
    super({ ...rest, numClasses: 2, targetClassIds });
    this.threshold = checkNumber('BinaryIoU', 'threshold', threshold);
  }
  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    super.updateState(yTrue, ops.cast(ops.greaterEqual(yPred!, this.threshold), 'int32'), sampleWeight);
  }
  override getConfig(): Config {
    const { name, dtype, target_class_ids } = super.getConfig();
    return { name, dtype, target_class_ids, threshold: this.threshold };
  }
}

/** Intersection over union for one-hot targets, and predictions that are scores. */
export class OneHotIoU extends IoU {
  static override readonly className: string = 'OneHotIoU';
  constructor(options: Omit<IoUOptions, 'sparseYTrue'>) {
    metricOptions('OneHotIoU', options, ['targetClassIds', ...ONE_HOT_OPTIONS]);
    super({ ...options, sparseYTrue: false, sparseYPred: options.sparseYPred ?? false });
  }
  override getConfig(): Config {
    const { sparse_y_true: _, ...config } = super.getConfig();
    return config;
  }
}

/** The mean intersection over union of all classes for one-hot targets, and predictions that are scores. */
export class OneHotMeanIoU extends MeanIoU {
  static override readonly className: string = 'OneHotMeanIoU';
  constructor(options: Omit<MeanIoUOptions, 'sparseYTrue'>) {
    metricOptions('OneHotMeanIoU', options, ONE_HOT_OPTIONS);
    super({ ...options, sparseYTrue: false, sparseYPred: options.sparseYPred ?? false });
  }
  override getConfig(): Config {
    const { sparse_y_true: _, ...config } = super.getConfig();
    return config;
  }
}
