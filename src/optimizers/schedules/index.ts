import {
  type CustomObjects,
  deserializeObject,
  type Family,
  type KerasObject,
  serializeObject,
} from '../../keras-object.ts';
import {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  InverseTimeDecay,
  type LearningRateSchedule,
  PiecewiseConstantDecay,
  PolynomialDecay,
} from './schedules.ts';

export * from './schedules.ts';

const TABLE = {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  PolynomialDecay,
} as const;

const FAMILY: Family<LearningRateSchedule> = {
  kind: 'learning rate schedule',
  module: 'keras.optimizers.schedules',
  table: TABLE,
};

/** The schedule with its options, as Keras writes it. */
export const serialize = (schedule: LearningRateSchedule): KerasObject => serializeObject(FAMILY, schedule);

/** A schedule of a saved object. */
export function deserialize(config: KerasObject, customObjects?: CustomObjects): LearningRateSchedule {
  return deserializeObject(FAMILY, config, customObjects);
}
