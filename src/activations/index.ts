import {
  type CustomObjects,
  findCustom,
  isSerializedFunction,
  registeredNameOf,
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

/** A layer, as far as it is an activation. */
export interface ActivationLayer {
  apply(x: Tensor): unknown;
  getConfig(): Record<string, unknown>;
  identity(): { readonly module: string | null; readonly class_name: string; readonly registered_name: string | null };
}

/** What layers take as `activation`: a name, a function, a layer, or nothing (linear). */
export type ActivationLike = ActivationId | Activation | ActivationLayer | null;

/** What a layer computes, as a function. */
interface LayerFunction extends Activation {
  readonly layer: ActivationLayer;
}

/** One function for each layer. */
const OF_LAYERS = new WeakMap<ActivationLayer, LayerFunction>();

const isLayer = (x: unknown): x is ActivationLayer =>
  typeof x === 'object' && x !== null && 'apply' in x && 'getConfig' in x && 'identity' in x;

function functionOf(layer: ActivationLayer): LayerFunction {
  const made = OF_LAYERS.get(layer) ?? Object.assign((x: Tensor) => layer.apply(x) as Tensor, { layer });
  OF_LAYERS.set(layer, made);
  return made;
}

/** The layer that an activation stands for; `undefined` for other values. */
export function layerOf(activation: unknown): ActivationLayer | undefined {
  return typeof activation === 'function' ? (activation as Partial<LayerFunction>).layer : undefined;
}

/** A layer in a configuration. */
export interface SerializedLayer {
  readonly module: string | null;
  readonly class_name: string;
  readonly config: Record<string, unknown>;
  readonly registered_name: string | null;
}

/** Ids that stand for another one; `serialize` gives that other one. */
const ALIASES: ReadonlySet<string> = new Set(['swish', 'hard_swish']);

/**
 * The function of an activation's name, or of a layer; functions are given back as they are, nothing is `linear`.
 *
 * @throws OlifantError `UNKNOWN_ID` for a string that is no activation.
 */
export function get(identifier: ActivationLike | undefined): Activation {
  if (identifier === null || identifier === undefined) return functions.linear;
  if (typeof identifier === 'function') return identifier;
  if (isLayer(identifier)) return functionOf(identifier);
  const custom = customActivation(identifier);
  if (custom !== undefined) return custom;
  if (typeof identifier === 'string' && Object.hasOwn(TABLE, identifier)) return TABLE[identifier] as Activation;
  throw unknownId('activation', identifier, Object.keys(TABLE));
}

/**
 * The name under which Keras saves an activation, or a layer's configuration.
 *
 * @throws OlifantError `UNSUPPORTED` for a function that is not one of this module: a file cannot hold code.
 */
export function serialize(activation: ActivationLike | undefined): ActivationId | SerializedFunction | SerializedLayer {
  const f = get(activation);
  const layer = layerOf(f);
  if (layer !== undefined) {
    const { module, class_name, registered_name } = layer.identity();
    const name = module === null ? (registeredNameOf(layer.constructor) ?? `Custom>${class_name}`) : registered_name;
    return { module, class_name, config: layer.getConfig(), registered_name: name };
  }
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
