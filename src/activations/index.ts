import {
  type CustomObjects,
  findCustom,
  isSerializedFunction,
  type SerializedFunction,
  serializeFunction,
} from '../custom-objects.ts';
import { describe, OlifantError, unknownId } from '../errors.ts';
import type { Tensor } from '../trace/index.ts';
import * as functions from './functions.ts';

export * from './functions.ts';

/** The ids of keras.activations and the functions that they name. */
const TABLE = {
  celu: functions.celu,
  elu: functions.elu,
  exponential: functions.exponential,
  gelu: functions.gelu,
  glu: functions.glu,
  hard_shrink: functions.hardShrink,
  hard_sigmoid: functions.hardSigmoid,
  hard_silu: functions.hardSilu,
  hard_swish: functions.hardSilu,
  hard_tanh: functions.hardTanh,
  leaky_relu: functions.leakyRelu,
  linear: functions.linear,
  log_sigmoid: functions.logSigmoid,
  log_softmax: functions.logSoftmax,
  mish: functions.mish,
  relu: functions.relu,
  relu6: functions.relu6,
  selu: functions.selu,
  sigmoid: functions.sigmoid,
  silu: functions.silu,
  soft_shrink: functions.softShrink,
  softmax: functions.softmax,
  softplus: functions.softplus,
  softsign: functions.softsign,
  sparse_plus: functions.sparsePlus,
  sparse_sigmoid: functions.sparseSigmoid,
  sparsemax: functions.sparsemax,
  squareplus: functions.squareplus,
  swish: functions.silu,
  tanh: functions.tanh,
  tanh_shrink: functions.tanhShrink,
  threshold: functions.threshold,
} as const;

/** The name of an activation, as in Keras. */
export type ActivationId = keyof typeof TABLE;

/** A function of a tensor that keeps its shape. */
export type Activation = (x: Tensor) => Tensor;

/** What layers take as `activation`: a name, a function, or nothing (linear). */
export type ActivationLike = ActivationId | Activation | null;

/** Ids that stand for another one; `serialize` gives that other one. */
const ALIASES: ReadonlySet<string> = new Set(['swish', 'hard_swish']);

/**
 * The function of an activation's name; functions are given back as they are, nothing is `linear`.
 *
 * @throws OlifantError `UNKNOWN_ID` for a string that is no activation.
 */
export function get(identifier: ActivationLike | undefined): Activation {
  if (identifier === null || identifier === undefined) return functions.linear;
  if (typeof identifier === 'function') return identifier;
  const custom = customActivation(identifier);
  if (custom !== undefined) return custom;
  if (typeof identifier === 'string' && Object.hasOwn(TABLE, identifier)) return TABLE[identifier] as Activation;
  throw unknownId('activation', identifier, Object.keys(TABLE));
}

/**
 * The name under which Keras saves an activation.
 *
 * @throws OlifantError `UNSUPPORTED` for a function that is not one of this module: a file cannot hold code.
 */
export function serialize(activation: ActivationLike | undefined): ActivationId | SerializedFunction {
  const f = get(activation);
  for (const [id, known] of Object.entries(TABLE)) if (known === f && !ALIASES.has(id)) return id as ActivationId;
  const named = serializeFunction(f);
  if (named !== undefined) return named;
  throw new OlifantError(
    'UNSUPPORTED',
    `activation ${describe(f)} has no name in a saved model; register it with registerKerasSerializable, or use one of ` +
      Object.keys(TABLE).join(', '),
  );
}

/**
 * The function of a saved configuration: a name, or Keras's `{class_name, config}` around one.
 *
 * @throws OlifantError `UNKNOWN_ID`.
 */
export function deserialize(config: unknown, customObjects: CustomObjects = {}): Activation {
  const name = isSerializedFunction(config) ? config.config : config;
  const custom = customActivation(name, customObjects);
  if (custom !== undefined) return custom;
  if (isSerializedFunction(config) && !Object.hasOwn(TABLE, config.config))
    throw new OlifantError(
      'UNKNOWN_ID',
      `unknown activation '${config.config}'; give it as customObjects, or register it with registerKerasSerializable`,
    );
  if (typeof name === 'object' && name !== null) {
    const { config: inner } = name as { config?: unknown };
    if (typeof inner === 'string') return deserialize(inner, customObjects);
  }
  return get(name as ActivationId);
}

/** The user's function of a name. */
function customActivation(name: unknown, customObjects: CustomObjects = {}): Activation | undefined {
  if (typeof name !== 'string') return undefined;
  const custom = findCustom(name, null, customObjects);
  return typeof custom === 'function' ? (custom as Activation) : undefined;
}
