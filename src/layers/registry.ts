import {
  type CustomObjects,
  customObjectScope,
  findCustom,
  registeredNameOf,
  registerKerasSerializable,
} from '../custom-objects.ts';
import { describe, nearest, OlifantError, unknownId } from '../errors.ts';

export type { CustomObjects } from '../custom-objects.ts';

import { builtinLayers } from './index.ts';
import type { Config, Layer } from './layer.ts';
import { isOperation, Operation } from './operation/operation.ts';
import { madeOnce, sharedId } from './shared-objects.ts';

/** A class of layers: what `fromConfig` is called on. */
export interface LayerClass {
  readonly className: string;
  readonly moduleName?: string | undefined;
  readonly name: string;
  fromConfig(config: Config, customObjects?: CustomObjects): Layer;
}

/** An object in a Keras configuration. */
export interface SerializedObject {
  module?: string | null;
  class_name: string;
  config: Config;
  registered_name?: string | null;
  build_config?: Config | null;
  /** Of models: what `compile` was given. */
  compile_config?: Config;
  name?: string;
  /** Of layers that stand in several places of a file. */
  shared_object_id?: number;
}

/**
 * Makes a class of layers known to files, as `registerKerasSerializable` does for all kinds.
 *
 * @param cls The class; it needs a `static className`.
 * @param package_ What stands before the name in files: `Custom>MyLayer`. Default `'Custom'`.
 */
export function registerLayer<T extends LayerClass>(cls: T, package_ = 'Custom'): T {
  if (typeof cls !== 'function')
    throw new OlifantError('INVALID_ARGUMENT', `registerLayer: expected a class of layers, got ${describe(cls)}`);
  return registerKerasSerializable(cls, package_, classNameOf(cls));
}

function classNameOf(cls: LayerClass): string {
  return Object.hasOwn(cls, 'className') ? cls.className : cls.name;
}

let table: ReadonlyMap<string, LayerClass> | undefined;

function builtinTable(): ReadonlyMap<string, LayerClass> {
  table ??= new Map(builtinLayers().map((cls) => [classNameOf(cls), cls]));
  return table;
}

/** Keras builds these when they are made, and so writes no shape for which they were built. */
const BUILT_AT_ONCE: ReadonlySet<string> = new Set([
  'Activation',
  'ActivityRegularization',
  'AlphaDropout',
  'AveragePooling1D',
  'AveragePooling2D',
  'AveragePooling3D',
  'Dropout',
  'ELU',
  'GaussianDropout',
  'GaussianNoise',
  'GlobalAveragePooling1D',
  'GlobalAveragePooling2D',
  'GlobalAveragePooling3D',
  'GlobalMaxPooling1D',
  'GlobalMaxPooling2D',
  'GlobalMaxPooling3D',
  'Identity',
  'InputLayer',
  'LeakyReLU',
  'Masking',
  'MaxPooling1D',
  'MaxPooling2D',
  'MaxPooling3D',
  'ReLU',
  'Reshape',
  'Softmax',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'SpatialDropout3D',
  'UnitNormalization',
]);

/** A layer with everything that makes it anew, as Keras writes it. */
export function serializeLayer(layer: Layer): SerializedObject {
  const cls = layer.constructor as unknown as LayerClass;
  const { module, class_name, registered_name } = layer.identity();
  const name = module === null ? (registeredNameOf(cls) ?? `Custom>${class_name}`) : registered_name;
  const out: SerializedObject = { module, class_name, config: layer.getConfig(), registered_name: name };
  const build = BUILT_AT_ONCE.has(class_name) ? null : layer.getBuildConfig();
  if (build !== null) out.build_config = build;
  const { getCompileConfig } = layer as { getCompileConfig?(): Config };
  if (getCompileConfig !== undefined) out.compile_config = getCompileConfig.call(layer);
  return { ...out, ...sharedId(layer) };
}

/** What makes an operation of its configuration. */
function operationClass(kind: string): LayerClass {
  return { className: kind, name: kind, fromConfig: (config) => Operation.make(kind, config) };
}

/** The class that a configuration names, looked for among the custom objects, the registered classes and Keras's own. */
export function findLayerClass(object: SerializedObject, customObjects: CustomObjects = {}): LayerClass {
  const { class_name: name, registered_name: registeredName } = object;
  if (isOperation(object.module, name)) return operationClass(name);
  const custom = findCustom(name, registeredName, customObjects);
  if (custom !== undefined) return custom as LayerClass;
  const known = builtinTable();
  const found = known.get(name);
  if (found !== undefined) return found;
  if (nearest(name, [...known.keys()]) !== undefined) throw unknownId('layer class', name, [...known.keys()]);
  throw new OlifantError(
    'UNKNOWN_ID',
    `unknown layer class '${name}'. Register your own classes with registerLayer, or give them as customObjects: { ${name} }`,
  );
}

/** A configuration whose activations are layers where they are saved as such. */
function withActivations(config: Config, customObjects: CustomObjects): Config {
  const made = (key: string, value: unknown): unknown => {
    const { class_name, config } = (value ?? {}) as Partial<SerializedObject>;
    const isLayer = typeof class_name === 'string' && typeof config === 'object' && config !== null;
    return isLayer && /(^|_)activation$/.test(key) ? deserializeLayer(value, customObjects) : value;
  };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, made(key, value)]));
}

/** Makes a layer of its serialized form. */
export function deserializeLayer(object: unknown, customObjects: CustomObjects = {}): Layer {
  const it = object as SerializedObject;
  if (typeof it !== 'object' || it === null || typeof it.class_name !== 'string' || typeof it.config !== 'object')
    throw new OlifantError(
      'INVALID_CONFIG',
      `a layer's configuration needs class_name and config, got ${describe(object)}`,
    );
  const cls = findLayerClass(it, customObjects);
  if (typeof cls?.fromConfig !== 'function')
    throw new OlifantError('INVALID_CONFIG', `'${it.class_name}' does not name a class of layers`);
  return madeOnce(it.shared_object_id, () =>
    customObjectScope(customObjects, () => cls.fromConfig(withActivations(it.config, customObjects), customObjects)),
  );
}
