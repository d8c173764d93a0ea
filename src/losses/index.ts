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
import {
  BinaryCrossentropy,
  BinaryFocalCrossentropy,
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  CategoricalHinge,
  Circle,
  CosineSimilarity,
  CTC,
  Dice,
  Hinge,
  Huber,
  KLDivergence,
  LogCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  Poisson,
  SparseCategoricalCrossentropy,
  SquaredHinge,
  Tversky,
} from './classes.ts';
import { Loss, LossFunctionWrapper } from './loss.ts';

export {
  BinaryCrossentropy,
  BinaryFocalCrossentropy,
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  CategoricalHinge,
  Circle,
  CosineSimilarity,
  CTC,
  Dice,
  Hinge,
  Huber,
  KLDivergence,
  LogCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  Poisson,
  SparseCategoricalCrossentropy,
  SquaredHinge,
  Tversky,
} from './classes.ts';
export { ctc } from './ctc.ts';
export {
  Loss,
  type LossDType,
  LossFunctionWrapper,
  type LossOptions,
  maskedWeights,
  maskWeights,
  type Reduction,
} from './loss.ts';
export * from './overlap.ts';
export * from './probability.ts';
export {
  categoricalHinge,
  cosineSimilarity,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  squaredHinge,
} from './regression.ts';
export { matchRanks } from './shapes.ts';

const TABLE = {
  BinaryCrossentropy,
  binary_crossentropy: BinaryCrossentropy,
  bce: BinaryCrossentropy,
  BCE: BinaryCrossentropy,
  BinaryFocalCrossentropy,
  binary_focal_crossentropy: BinaryFocalCrossentropy,
  CTC,
  ctc: CTC,
  CategoricalCrossentropy,
  categorical_crossentropy: CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  categorical_focal_crossentropy: CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  categorical_generalized_cross_entropy: CategoricalGeneralizedCrossEntropy,
  CategoricalHinge,
  categorical_hinge: CategoricalHinge,
  Circle,
  circle: Circle,
  CosineSimilarity,
  cosine_similarity: CosineSimilarity,
  Dice,
  dice: Dice,
  Hinge,
  hinge: Hinge,
  Huber,
  huber: Huber,
  KLDivergence,
  kl_divergence: KLDivergence,
  kld: KLDivergence,
  KLD: KLDivergence,
  LogCosh,
  log_cosh: LogCosh,
  MeanAbsoluteError,
  mean_absolute_error: MeanAbsoluteError,
  mae: MeanAbsoluteError,
  MAE: MeanAbsoluteError,
  MeanAbsolutePercentageError,
  mean_absolute_percentage_error: MeanAbsolutePercentageError,
  mape: MeanAbsolutePercentageError,
  MAPE: MeanAbsolutePercentageError,
  MeanSquaredError,
  mean_squared_error: MeanSquaredError,
  mse: MeanSquaredError,
  MSE: MeanSquaredError,
  MeanSquaredLogarithmicError,
  mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
  msle: MeanSquaredLogarithmicError,
  MSLE: MeanSquaredLogarithmicError,
  Poisson,
  poisson: Poisson,
  SparseCategoricalCrossentropy,
  sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
  SquaredHinge,
  squared_hinge: SquaredHinge,
  Tversky,
  tversky: Tversky,
} as const;

/** The name of a loss, as in Keras. */
export type LossId = keyof typeof TABLE;

/** What `compile` takes as a loss. */
export type LossLike = LossId | Loss | ((yTrue: Tensor, yPred: Tensor) => Tensor) | KerasObject;

const ofFunction = (f: (yTrue: Tensor, yPred: Tensor) => Tensor): Loss =>
  new LossFunctionWrapper(f, { name: f.name || 'loss' });

const FAMILY: Family<Loss> = { kind: 'loss', module: 'keras.losses', table: TABLE, ofFunction };

/**
 * The loss of a name, a saved object or a function; losses are given back as they are, nothing as `null`.
 *
 * @throws OlifantError `UNKNOWN_ID` for a string that names nothing.
 */
export function get(identifier: LossLike): Loss;
export function get(identifier: LossLike | null | undefined): Loss | null;
export function get(identifier: LossLike | null | undefined): Loss | null {
  if (identifier === null || identifier === undefined) return null;
  if (identifier instanceof Loss) return identifier;
  if (typeof identifier === 'function') return ofFunction(identifier);
  if (typeof identifier === 'string' || isKerasObject(identifier)) return deserialize(identifier);
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `expected a loss: a name such as 'mean_squared_error', an instance or a function, got ${describe(identifier)}`,
  );
}

/**
 * The loss with its options, as Keras writes it.
 *
 * @throws OlifantError `UNSUPPORTED` for a function: a file cannot hold code.
 */
export function serialize(loss: Loss): KerasObject | SerializedFunction {
  const named = loss instanceof LossFunctionWrapper ? serializeFunction(loss.fn) : undefined;
  if (named !== undefined) return named;
  if (loss instanceof LossFunctionWrapper)
    throw new OlifantError(
      'UNSUPPORTED',
      `the loss '${loss.name}' is a function, which cannot be saved; write a class, or register it with registerKerasSerializable`,
    );
  return serializeObject(FAMILY, loss);
}

/** A loss of a saved object or a name. */
export function deserialize(config: KerasObject | SerializedFunction | string, customObjects?: CustomObjects): Loss {
  return deserializeObject(FAMILY, config, customObjects);
}
