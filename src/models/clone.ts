import { OlifantError } from '../errors.ts';
import { Input } from '../layers/core/input-layer.ts';
import { type CustomObjects, deserializeLayer, type Layer, serializeLayer } from '../layers/index.ts';
import { flatten, mapStruct, type Struct } from '../layers/struct.ts';
import { SymbolicTensor } from '../layers/symbolic.ts';
import type { LayerGraph } from './graph.ts';
import { knownModels } from './known-models.ts';
import { Model } from './model.ts';
import { Sequential } from './sequential.ts';

export interface CloneOptions {
  /** Makes the layer that takes a layer's place; a model in the model is given to it too. Default: of its configuration. */
  cloneFunction?: (layer: Layer) => Layer;
  /** Classes of your own that the layers name. */
  customObjects?: CustomObjects;
}

/**
 * A model of the same structure with weights of its own, drawn anew; it is not compiled. Keras's `clone_model`.
 *
 * @param options.cloneFunction Replaces layers on the way, one by one: it gets each layer of a sequential or functional model
 *   and returns the layer that takes its place.
 * @throws OlifantError `INVALID_ARGUMENT` for a class of models that has no `getConfig` of its own, and for a `cloneFunction`
 *   that gives no layer.
 * @example
 * const twin = cloneModel(model);
 * twin.setWeights(model.getWeights());
 */
export function cloneModel<M extends Model>(model: M, options: CloneOptions = {}): M {
  const { cloneFunction, customObjects = {} } = options;
  const again = (layer: Layer): Layer => deserializeLayer(serializeLayer(layer), { ...knownModels, ...customObjects });
  if (cloneFunction === undefined) return again(model) as M;
  const clone = (layer: Layer): Layer => {
    const made = cloneFunction(layer);
    if (typeof made?.apply !== 'function')
      throw new OlifantError('INVALID_ARGUMENT', `cloneModel: cloneFunction gave no layer for '${layer.name}'`);
    return made;
  };
  const given: Model = model;
  if (given instanceof Sequential) return cloneStack(given, clone) as Model as M;
  if (given.graph !== undefined && given.constructor === Model) return cloneGraph(given, given.graph, clone) as M;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `cloneModel: cloneFunction needs a Sequential or functional model, '${given.name}' is a ${given.className}`,
  );
}

const inputLike = (t: SymbolicTensor): SymbolicTensor =>
  Input({
    batchShape: [...t.shape],
    dtype: t.dtype,
    name: t.history.layer.name,
    optional: (t.history.layer as { optional?: boolean }).optional ?? false,
  });

function cloneStack(model: Sequential, clone: (layer: Layer) => Layer): Sequential {
  const first = model.graph?.inputs[0];
  const layers = model.layers.map(clone);
  return new Sequential(first ? [inputLike(first), ...layers] : layers, {
    name: model.name,
    trainable: model.trainable,
  });
}

function cloneGraph(model: Model, graph: LayerGraph, clone: (layer: Layer) => Layer): Model {
  const made = new Map<SymbolicTensor, SymbolicTensor>(graph.inputs.map((t) => [t, inputLike(t)]));
  const layers = new Map<Layer, Layer>();
  const fill = (x: unknown): unknown => (x instanceof SymbolicTensor ? made.get(x) : x);
  for (const node of graph.levels.flat()) {
    if (node.outputTensors.every((t) => made.has(t))) continue;
    const layer = layers.get(node.layer) ?? clone(node.layer);
    layers.set(node.layer, layer);
    const inputs = mapStruct(node.inputs, (t) => made.get(t)!);
    const options = Object.entries(node.options).map(([k, v]) => [k, mapStruct(v as Struct<unknown>, fill)]);
    const outputs = layer.apply<Struct<SymbolicTensor>>(inputs as never, Object.fromEntries(options));
    const flat = flatten(outputs);
    node.outputTensors.forEach((t, i) => {
      made.set(t, flat[i]!);
    });
  }
  const at = (t: SymbolicTensor) => made.get(t)!;
  return new Model({
    inputs: mapStruct(graph.inputStruct, at) as never,
    outputs: mapStruct(graph.outputStruct, at) as never,
    name: model.name,
  });
}
