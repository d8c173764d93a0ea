import { deserializeObject, type Family, type KerasObject, serializeObject } from '../keras-object.ts';
import { Adafactor } from './adafactor.ts';
import { Adam, Adamax, AdamW, Lamb, Nadam } from './adam.ts';
import { Adadelta, Adagrad, Lion } from './adaptive.ts';
import { Ftrl } from './ftrl.ts';
import { Muon } from './muon.ts';
import type { Optimizer } from './optimizer.ts';
import { RMSprop } from './rmsprop.ts';
import { ScheduleFreeAdamW } from './schedule-free.ts';
import { SGD } from './sgd.ts';

/** The optimizers that change weights by themselves, by their ids. */
export const PLAIN = {
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
  Muon,
  muon: Muon,
  Nadam,
  nadam: Nadam,
  RMSprop,
  rmsprop: RMSprop,
  ScheduleFreeAdamW,
  schedulefreeadamw: ScheduleFreeAdamW,
  SGD,
  sgd: SGD,
} as const;

const FAMILY: Family<Optimizer> = { kind: 'optimizer', module: 'keras.optimizers', table: PLAIN };

/** An optimizer inside of another one, as Keras writes it. */
export const serializeInner = (optimizer: Optimizer): KerasObject => serializeObject(FAMILY, optimizer);

/** An optimizer inside of another one: an instance, or its saved form. */
export const readInner = (config: unknown): Optimizer => deserializeObject(FAMILY, config);
