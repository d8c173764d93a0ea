import { findCustom } from '../custom-objects.ts';
import { describe, OlifantError } from '../errors.ts';
import {
  type CustomObjects,
  deserializeObject,
  type Family,
  isKerasObject,
  type KerasObject,
  serializeObject,
} from '../keras-object.ts';
import { Adafactor } from './adafactor.ts';
import { Adam, Adamax, AdamW, Lamb, Nadam } from './adam.ts';
import { Adadelta, Adagrad, Lion } from './adaptive.ts';
import { Ftrl } from './ftrl.ts';
import { Optimizer } from './optimizer.ts';
import { RMSprop } from './rmsprop.ts';
import { SGD } from './sgd.ts';

export { Adafactor, type AdafactorOptions } from './adafactor.ts';
export { Adam, Adamax, type AdamOptions, AdamW, type BetaOptions, Lamb, Nadam } from './adam.ts';
export { Adadelta, type AdadeltaOptions, Adagrad, type AdagradOptions, Lion, type LionOptions } from './adaptive.ts';
export { Ftrl, type FtrlOptions } from './ftrl.ts';
export { Optimizer, type OptimizerArgument, type OptimizerOptions, type Update } from './optimizer.ts';
export { RMSprop, type RMSpropOptions } from './rmsprop.ts';
export * as schedules from './schedules/index.ts';
export { LearningRateSchedule } from './schedules/index.ts';
export { SGD, type SGDOptions } from './sgd.ts';

const TABLE = {
  Adadelta,
  adadelta: Adadelta,
  Adafactor,
  adafactor: Adafactor,
  Adagrad,
  adagrad: Adagrad,
  Adam,
  adam: Adam,
  Adamax,
  adamax: Adamax,
  AdamW,
  adamw: AdamW,
  Ftrl,
  ftrl: Ftrl,
  Lamb,
  lamb: Lamb,
  Lion,
  lion: Lion,
  Nadam,
  nadam: Nadam,
  RMSprop,
  rmsprop: RMSprop,
  SGD,
  sgd: SGD,
} as const;

/** The name of an optimizer, as in Keras. */
export type OptimizerId = keyof typeof TABLE;

/** What `compile` takes as an optimizer. */
export type OptimizerLike = OptimizerId | Optimizer | KerasObject;

const FAMILY: Family<Optimizer> = { kind: 'optimizer', module: 'keras.optimizers', table: TABLE };

/**
 * The optimizer of a name (capitals do not matter) or a saved object; optimizers are given back as they are, nothing as
 * `null`.
 *
 * @throws OlifantError `UNKNOWN_ID` for a string that names nothing.
 */
export function get(identifier: OptimizerLike): Optimizer;
export function get(identifier: OptimizerLike | null | undefined): Optimizer | null;
export function get(identifier: OptimizerLike | null | undefined): Optimizer | null {
  if (identifier === null || identifier === undefined) return null;
  if (identifier instanceof Optimizer) return identifier;
  if (typeof identifier === 'string' || isKerasObject(identifier)) return deserialize(identifier);
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `expected an optimizer: a name such as 'adam' or an instance, got ${describe(identifier)}`,
  );
}

/** The optimizer with its options, as Keras writes it. */
export const serialize = (optimizer: Optimizer): KerasObject => serializeObject(FAMILY, optimizer);

/** An optimizer of a saved object or a name. */
export function deserialize(config: KerasObject | string, customObjects: CustomObjects = {}): Optimizer {
  if (typeof config !== 'string') return deserializeObject(FAMILY, config, customObjects);
  const lower = config.toLowerCase();
  const plain = Object.hasOwn(TABLE, lower) && findCustom(config, null, customObjects) === undefined;
  return deserializeObject(FAMILY, plain ? lower : config, customObjects);
}
