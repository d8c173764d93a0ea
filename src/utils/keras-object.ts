import * as activations from '../activations/index.ts';
import * as constraints from '../constraints/index.ts';
import { type CustomObjects, findCustom, isSerializedFunction, serializeFunction } from '../custom-objects.ts';
import { describe, OlifantError } from '../errors.ts';
import * as initializers from '../initializers/index.ts';
import { type Config, type Configurable, isKerasObject, type KerasObject } from '../keras-object.ts';
import { deserializeLayer, Layer, serializeLayer } from '../layers/index.ts';
import * as losses from '../losses/index.ts';
import * as metrics from '../metrics/index.ts';
import { modelClasses } from '../models/index.ts';
import * as optimizers from '../optimizers/index.ts';
import * as regularizers from '../regularizers/index.ts';
import { isSavedTensor, savedTensor } from '../trace/saved-tensor.ts';
import { Tensor } from '../trace/tensor.ts';

/** Anything with a configuration, a value that JSON can hold, a tensor, or arrays and records of such. */
export type Serializable = unknown;

/** The families of classes, by the modules that files name. */
const FAMILIES: Readonly<Record<string, (config: never, custom?: CustomObjects) => unknown>> = {
  'keras.activations': activations.deserialize,
  'keras.constraints': constraints.deserialize,
  'keras.initializers': initializers.deserialize,
  'keras.losses': losses.deserialize,
  'keras.metrics': metrics.deserialize,
  'keras.optimizers': optimizers.deserialize,
  'keras.optimizers.schedules': optimizers.schedules.deserialize,
  'keras.regularizers': regularizers.deserialize,
};

/**
 * An object as Keras writes it into files (`serialize_keras_object`): `{ module, class_name, config, registered_name }`.
 *
 * @throws OlifantError `INVALID_CONFIG` for what no configuration can hold, such as a function that is not registered.
 */
export function serializeKerasObject(object: Serializable): unknown {
  if (object === null || ['string', 'number', 'boolean'].includes(typeof object)) return object;
  if (typeof object === 'function') {
    const written = serializeFunction(object);
    if (written !== undefined) return written;
    const id = activations.serialize(object as never);
    if (typeof id === 'string')
      return { module: 'builtins', class_name: 'function', config: id, registered_name: 'function' };
  }
  if (Array.isArray(object)) return object.map(serializeKerasObject);
  if (object instanceof Tensor)
    return { class_name: '__tensor__', config: { value: object.arraySync(), dtype: object.dtype } };
  if (object instanceof Layer) return serializeLayer(object);
  const written = typeof object === 'object' ? serializeMember(object as Configurable) : undefined;
  if (written !== undefined) return written;
  if (typeof object === 'object' && Object.getPrototypeOf(object) === Object.prototype)
    return Object.fromEntries(Object.entries(object!).map(([k, v]) => [k, serializeKerasObject(v)]));
  throw new OlifantError(
    'INVALID_CONFIG',
    `serializeKerasObject: ${describe(object)} has no configuration; give its class a method getConfig, or register the function`,
  );
}

/** Objects of the families, and those of the user's. */
function serializeMember(object: Configurable): unknown {
  if (object instanceof optimizers.Optimizer) return optimizers.serialize(object);
  if (object instanceof optimizers.schedules.LearningRateSchedule) return optimizers.schedules.serialize(object);
  if (object instanceof losses.Loss) return losses.serialize(object);
  if (object instanceof metrics.Metric) return metrics.serialize(object);
  if (object instanceof initializers.Initializer) return initializers.serialize(object);
  if (object instanceof regularizers.Regularizer) return regularizers.serialize(object);
  if (object instanceof constraints.Constraint) return constraints.serialize(object);
  return undefined;
}

/**
 * An object from its configuration (Keras's `deserialize_keras_object`): a layer, a model, a loss, an optimizer ... Only
 * Keras's classes, registered ones and those in `customObjects` are made; nothing in a configuration is ever run.
 *
 * @throws OlifantError `INVALID_CONFIG` and `UNKNOWN_ID` for what means nothing.
 */
export function deserializeKerasObject(config: unknown, customObjects: CustomObjects = {}): unknown {
  if (config === null || ['string', 'number', 'boolean'].includes(typeof config)) return config;
  if (Array.isArray(config)) return config.map((c) => deserializeKerasObject(c, customObjects));
  if (isSerializedFunction(config))
    return findCustom(config.config, undefined, customObjects) ?? activations.deserialize(config, customObjects);
  if (isKerasObject(config)) return deserializeOne(config, customObjects);
  if (typeof config === 'object')
    return Object.fromEntries(
      Object.entries(config as Config).map(([k, v]) => [k, deserializeKerasObject(v, customObjects)]),
    );
  throw new OlifantError('INVALID_CONFIG', `deserializeKerasObject: ${describe(config)} is no configuration`);
}

function deserializeOne(object: KerasObject, customObjects: CustomObjects): unknown {
  const { module, class_name: name, config, registered_name: registered } = object;
  if (isSavedTensor(object)) return savedTensor(object);
  if (name === '__tuple__')
    return (config as unknown as unknown[]).map((c) => deserializeKerasObject(c, customObjects));
  const family = typeof module === 'string' && Object.hasOwn(FAMILIES, module) ? FAMILIES[module] : undefined;
  if (family !== undefined) return family(object as never, customObjects);
  const own = findCustom(name, registered, customObjects) as { fromConfig?(c: Config): unknown } | undefined;
  if (typeof own?.fromConfig === 'function' && !((own as { prototype?: unknown }).prototype instanceof Layer))
    return own.fromConfig(config);
  return deserializeLayer(object, { ...modelClasses(), ...customObjects });
}
