import { describe, OlifantError } from '../errors.ts';

/**
 * The options that are floats in Keras. Python tells `0` from `0.0`, and some classes (SGD's momentum, F1Score's threshold)
 * refuse a whole number; JavaScript does not tell them apart.
 */
const FLOATS = new Set(
  (
    'alpha beta beta_1 beta_2 beta_2_decay clip_threshold clipnorm clipvalue decay_rate dropout ema_momentum ' +
    'end_learning_rate epsilon epsilon_1 epsilon_2 factor gain gamma global_clipnorm initial_accumulator_value ' +
    'initial_learning_rate l1 l1_regularization_strength l2 l2_regularization_strength ' +
    'l2_shrinkage_regularization_strength label_smoothing learning_rate learning_rate_power loss_scale_factor m_mul margin ' +
    'max_value maxval mean min_value minval momentum negative_slope offset power precision q rate recall ' +
    'recurrent_dropout renorm_momentum rho scale sensitivity specificity stddev t_mul threshold value warmup_target ' +
    'weight_decay'
  ).split(' '),
);

/** Operations whose `offset` is a place: a whole number. */
const PLACES = new Set(['Diagonal', 'Trace']);
const NONE: ReadonlySet<string> = new Set();

/**
 * JSON as Python reads it: with NaN and the infinities, which `JSON.stringify` would make null, and with floats where Keras
 * has floats.
 *
 * @throws OlifantError `UNSUPPORTED` for what JSON cannot hold.
 */
export function writeJson(value: unknown, key?: string, floats: ReadonlySet<string> = FLOATS): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && key !== undefined && floats.has(key)) return `${BigInt(value as number)}.0`;
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
    return JSON.stringify(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `[${Array.from(value as unknown as ArrayLike<unknown>, (v) => writeJson(v, undefined, floats)).join(', ')}]`;
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    const inside = PLACES.has((value as { class_name?: string }).class_name ?? '') ? NONE : floats;
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}: ${writeJson(v, k, inside)}`).join(', ')}}`;
  }
  throw new OlifantError(
    'UNSUPPORTED',
    `a configuration holds ${describe(value)}, which no file can hold; change getConfig`,
  );
}
