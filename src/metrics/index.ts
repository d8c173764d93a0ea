import { type SerializedFunction, serializeFunction } from '../custom-objects.ts';
import { describe, OlifantError } from '../errors.ts';
import {
  type CustomObjects,
  deserializeObject,
  type Family,
  isKerasObject,
  type KerasObject,
  serializeObject,
} from '../keras-object.ts';
import type { Tensor } from '../trace/index.ts';
import { FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives } from './confusion.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { F1Score, FBetaScore } from './f-score.ts';
import { BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU } from './iou.ts';
import { Mean, MeanMetricWrapper, Sum } from './mean.ts';
import {
  Accuracy,
  BinaryAccuracy,
  BinaryCrossentropy,
  CategoricalAccuracy,
  CategoricalCrossentropy,
  CategoricalHinge,
  ConcordanceCorrelation,
  CosineSimilarity,
  Hinge,
  KLDivergence,
  LogCoshError,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  PearsonCorrelation,
  Poisson,
  SparseCategoricalAccuracy,
  SparseCategoricalCrossentropy,
  SparseTopKCategoricalAccuracy,
  SquaredHinge,
  TopKCategoricalAccuracy,
} from './means.ts';
import { Metric } from './metric.ts';
import { R2Score, RootMeanSquaredError } from './regression.ts';
import {
  AUC,
  PrecisionAtRecall,
  RecallAtPrecision,
  SensitivityAtSpecificity,
  SpecificityAtSensitivity,
} from './tradeoff.ts';

// Functions that Keras has in both modules.
export {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalHinge,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
} from '../losses/index.ts';
export * from './accuracy.ts';
export {
  type CountOptions,
  FalseNegatives,
  FalsePositives,
  Precision,
  type PrecisionOptions,
  Recall,
  TrueNegatives,
  TruePositives,
} from './confusion.ts';
export { ConfusionMatrix, type ConfusionMatrixOptions } from './confusion-matrix.ts';
export { F1Score, FBetaScore, type FBetaScoreOptions } from './f-score.ts';
export {
  BinaryIoU,
  type BinaryIoUOptions,
  IoU,
  type IoUOptions,
  MeanIoU,
  type MeanIoUOptions,
  OneHotIoU,
  OneHotMeanIoU,
} from './iou.ts';
export { Mean, MeanMetricWrapper, Sum } from './mean.ts';
export {
  Accuracy,
  BinaryAccuracy,
  BinaryCrossentropy,
  CategoricalAccuracy,
  CategoricalCrossentropy,
  CategoricalHinge,
  ConcordanceCorrelation,
  CosineSimilarity,
  Hinge,
  KLDivergence,
  LogCoshError,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  PearsonCorrelation,
  Poisson,
  SparseCategoricalAccuracy,
  SparseCategoricalCrossentropy,
  SparseTopKCategoricalAccuracy,
  SquaredHinge,
  TopKCategoricalAccuracy,
} from './means.ts';
export { Metric, type MetricOptions, type StateOptions } from './metric.ts';
export {
  concordanceCorrelation,
  cosineSimilarity,
  pearsonCorrelation,
  R2Score,
  type R2ScoreOptions,
  RootMeanSquaredError,
} from './regression.ts';
export {
  AUC,
  type AUCOptions,
  PrecisionAtRecall,
  RecallAtPrecision,
  SensitivityAtSpecificity,
  SpecificityAtSensitivity,
} from './tradeoff.ts';

const TABLE = {
  AUC,
  auc: AUC,
  Accuracy,
  accuracy: Accuracy,
  BinaryAccuracy,
  binary_accuracy: BinaryAccuracy,
  BinaryCrossentropy,
  binary_crossentropy: BinaryCrossentropy,
  bce: BinaryCrossentropy,
  BCE: BinaryCrossentropy,
  BinaryIoU,
  binary_io_u: BinaryIoU,
  CategoricalAccuracy,
  categorical_accuracy: CategoricalAccuracy,
  CategoricalCrossentropy,
  categorical_crossentropy: CategoricalCrossentropy,
  CategoricalHinge,
  categorical_hinge: CategoricalHinge,
  ConcordanceCorrelation,
  concordance_correlation: ConcordanceCorrelation,
  ConfusionMatrix,
  confusion_matrix: ConfusionMatrix,
  CosineSimilarity,
  cosine_similarity: CosineSimilarity,
  F1Score,
  f1_score: F1Score,
  FBetaScore,
  f_beta_score: FBetaScore,
  FalseNegatives,
  false_negatives: FalseNegatives,
  FalsePositives,
  false_positives: FalsePositives,
  Hinge,
  hinge: Hinge,
  IoU,
  io_u: IoU,
  KLDivergence,
  kl_divergence: KLDivergence,
  LogCoshError,
  log_cosh_error: LogCoshError,
  Mean,
  mean: Mean,
  MeanAbsoluteError,
  mean_absolute_error: MeanAbsoluteError,
  mae: MeanAbsoluteError,
  MAE: MeanAbsoluteError,
  MeanAbsolutePercentageError,
  mean_absolute_percentage_error: MeanAbsolutePercentageError,
  mape: MeanAbsolutePercentageError,
  MAPE: MeanAbsolutePercentageError,
  MeanIoU,
  mean_io_u: MeanIoU,
  MeanSquaredError,
  mean_squared_error: MeanSquaredError,
  mse: MeanSquaredError,
  MSE: MeanSquaredError,
  MeanSquaredLogarithmicError,
  mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
  msle: MeanSquaredLogarithmicError,
  MSLE: MeanSquaredLogarithmicError,
  OneHotIoU,
  one_hot_io_u: OneHotIoU,
  OneHotMeanIoU,
  one_hot_mean_io_u: OneHotMeanIoU,
  PearsonCorrelation,
  pearson_correlation: PearsonCorrelation,
  Poisson,
  poisson: Poisson,
  Precision,
  precision: Precision,
  PrecisionAtRecall,
  precision_at_recall: PrecisionAtRecall,
  R2Score,
  r2_score: R2Score,
  Recall,
  recall: Recall,
  RecallAtPrecision,
  recall_at_precision: RecallAtPrecision,
  RootMeanSquaredError,
  root_mean_squared_error: RootMeanSquaredError,
  SensitivityAtSpecificity,
  sensitivity_at_specificity: SensitivityAtSpecificity,
  SparseCategoricalAccuracy,
  sparse_categorical_accuracy: SparseCategoricalAccuracy,
  SparseCategoricalCrossentropy,
  sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
  SparseTopKCategoricalAccuracy,
  sparse_top_k_categorical_accuracy: SparseTopKCategoricalAccuracy,
  SpecificityAtSensitivity,
  specificity_at_sensitivity: SpecificityAtSensitivity,
  SquaredHinge,
  squared_hinge: SquaredHinge,
  Sum,
  sum: Sum,
  TopKCategoricalAccuracy,
  top_k_categorical_accuracy: TopKCategoricalAccuracy,
  TrueNegatives,
  true_negatives: TrueNegatives,
  TruePositives,
  true_positives: TruePositives,
} as const;

/** The name of a metric, as in Keras. */
export type MetricId = keyof typeof TABLE;

/** What `compile` takes as a metric. */
export type MetricLike = MetricId | Metric | ((yTrue: Tensor, yPred: Tensor) => Tensor) | KerasObject;

// Classes that need options have no instance of their name alone; the constructor says which.
const FAMILY: Family<Metric> = {
  kind: 'metric',
  module: 'keras.metrics',
  table: TABLE as unknown as Family<Metric>['table'],
  ofFunction: (f) => new MeanMetricWrapper(f),
};

/**
 * The metric of a name, a saved object or a function; metrics are given back as they are, nothing as `null`.
 *
 * @throws OlifantError `UNKNOWN_ID` for a string that names nothing.
 */
export function get(identifier: MetricLike): Metric;
export function get(identifier: MetricLike | null | undefined): Metric | null;
export function get(identifier: MetricLike | null | undefined): Metric | null {
  if (identifier === null || identifier === undefined) return null;
  if (identifier instanceof Metric) return identifier;
  if (typeof identifier === 'function') return new MeanMetricWrapper(identifier);
  if (typeof identifier === 'string' || isKerasObject(identifier)) return deserialize(identifier);
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `expected a metric: a name such as 'mean_squared_error', an instance or a function, got ${describe(identifier)}`,
  );
}

/**
 * The metric with its options, as Keras writes it.
 *
 * @throws OlifantError `UNSUPPORTED` for a function: a file cannot hold code.
 */
export function serialize(metric: Metric): KerasObject | SerializedFunction {
  const named = metric instanceof MeanMetricWrapper ? serializeFunction(metric.fn) : undefined;
  if (named !== undefined) return named;
  if ((metric.constructor as unknown) === MeanMetricWrapper)
    throw new OlifantError(
      'UNSUPPORTED',
      `the metric '${metric.name}' is a function, which cannot be saved; write a class, or register it with registerKerasSerializable`,
    );
  return serializeObject(FAMILY, metric);
}

/** A metric of a saved object or a name. */
export function deserialize(config: KerasObject | SerializedFunction | string, customObjects?: CustomObjects): Metric {
  return deserializeObject(FAMILY, config, customObjects);
}
