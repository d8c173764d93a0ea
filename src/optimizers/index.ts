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
import { PLAIN } from './builtin.ts';
import { LossScaleOptimizer } from './loss-scale-optimizer.ts';
import { MultiOptimizer } from './multi-optimizer.ts';
import { Optimizer } from './optimizer.ts';

export { Adafactor, type AdafactorOptions } from './adafactor.ts';
export { Adam, Adamax, type AdamOptions, AdamW, type BetaOptions, Lamb, Nadam } from './adam.ts';
export { Adadelta, type AdadeltaOptions, Adagrad, type AdagradOptions, Lion, type LionOptions } from './adaptive.ts';
export { Ftrl, type FtrlOptions } from './ftrl.ts';
export { LossScaleOptimizer, type LossScaleOptimizerOptions } from './loss-scale-optimizer.ts';
export { MultiOptimizer, type MultiOptimizerOptions, OptimizerMap, type OptimizerSelector } from './multi-optimizer.ts';
export { Muon, type MuonOptions } from './muon.ts';
export { Optimizer, type OptimizerArgument, type OptimizerOptions, type Update } from './optimizer.ts';
export { RMSprop, type RMSpropOptions } from './rmsprop.ts';
export { ScheduleFreeAdamW, type ScheduleFreeAdamWOptions } from './schedule-free.ts';
export * as schedules from './schedules/index.ts';
export { LearningRateSchedule } from './schedules/index.ts';
export { SGD, type SGDOptions } from './sgd.ts';

const TABLE = {
  ...PLAIN,
  LossScaleOptimizer,
  lossscaleoptimizer: LossScaleOptimizer,
  MultiOptimizer,
  multioptimizer: MultiOptimizer,
} as const;

/** The name of an optimizer, as in Keras: of those that need no other one. */
export type OptimizerId = keyof typeof PLAIN;

/** What `compile` takes as an optimizer. */
export type OptimizerLike = OptimizerId | Optimizer | KerasObject;

const FAMILY: Family<Optimizer> = {
  kind: 'optimizer',
  module: 'keras.optimizers',
  table: TABLE as unknown as Family<Optimizer>['table'],
};

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
