import { checkOptions, describe, OlifantError } from '../errors.ts';
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
  /**
   * Makes the call of a layer's clone in a functional model, and returns what counts as its outputs: more layers may follow there.
   * Default: `layer.apply(inputs, options)`.
   */
  callFunction?: (
    layer: Layer,
    inputs: Struct<SymbolicTensor>,
    options: Readonly<Record<string, unknown>>,
  ) => Struct<SymbolicTensor>;
  /** What the clone begins with, in the structure of the model's inputs. Default: inputs like those of the model. */
  inputTensors?: Struct<SymbolicTensor>;
  /** Whether sequential and functional models in the model are cloned layer by layer, with these functions. Default `false`. */
  recursive?: boolean;
  /** Classes of your own that the layers name. */
  customObjects?: CustomObjects;
}

/**
 * A model of the same structure with weights of its own, drawn anew; compiled with the same options where the model is: functions
 * of your own among these must be registered. Keras's `clone_model`.
 *
 * @param options.cloneFunction Replaces layers on the way, one by one: it gets each layer of a sequential or functional model
 *   and returns the layer that takes its place.
 * @param options.callFunction Makes the calls of the clones in a functional model, `(layer, inputs, options) => outputs`.
 * @param options.inputTensors What the clone begins with.
 * @param options.recursive Whether models in the model are cloned layer by layer, too. Default `false`.
 * @throws OlifantError `UNSUPPORTED` where it is compiled with a function that is not registered; `INVALID_ARGUMENT` for a class of
 *   models that has no `getConfig` of its own, for a `cloneFunction` that gives no layer, a `callFunction` for another model than
 *   a functional one, and for other `inputTensors` than needed.
 * @example
 * const twin = cloneModel(model);
 * twin.setWeights(model.getWeights());
 */
export function cloneModel<M extends Model>(model: M, options: CloneOptions = {}): M {
  checkOptions('cloneModel', options, ['cloneFunction', 'callFunction', 'inputTensors', 'recursive', 'customObjects']);
  const twin = cloneInto(model, options, new Map());
  const compiled = model.getCompileConfig();
  if (Object.keys(compiled).length > 0) twin.compileFromConfig(compiled, options.customObjects);
  return twin;
}

function cloneInto<M extends Model>(model: M, options: CloneOptions, made: Map<Layer, Layer>): M {
  const { callFunction, inputTensors, recursive = false, customObjects = {} } = options;
  const again = (layer: Layer): Layer => deserializeLayer(serializeLayer(layer), { ...knownModels, ...customObjects });
  const plain = options.cloneFunction === undefined && callFunction === undefined && inputTensors === undefined;
  if (plain) return again(model) as M;
  const { cloneFunction = again } = options;
  const clone = (layer: Layer): Layer => {
    const known = made.get(layer);
    if (known !== undefined) return known;
    const inner = recursive && (layer instanceof Sequential || (layer instanceof Model && isGraph(layer)));
    const { inputTensors: _, callFunction: call, ...rest } = options;
    const own = layer instanceof Sequential ? rest : { ...rest, callFunction: call };
    const twin = inner ? cloneInto(layer, { cloneFunction, ...own } as CloneOptions, made) : cloneFunction(layer);
    if (typeof twin?.apply !== 'function')
      throw new OlifantError('INVALID_ARGUMENT', `cloneModel: cloneFunction gave no layer for '${layer.name}'`);
    made.set(layer, twin);
    return twin;
  };
  const given: Model = model;
  if (given instanceof Sequential && callFunction !== undefined)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `cloneModel: callFunction needs a functional model; the layers of the Sequential model '${given.name}' are not called one by one`,
    );
  if (given instanceof Sequential) return cloneStack(given, clone, inputTensors) as Model as M;
  if (isGraph(given)) return cloneGraph(given, given.graph!, clone, options) as M;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `cloneModel: cloneFunction, callFunction and inputTensors need a Sequential or functional model, '${given.name}' is a ${given.className}`,
  );
}

const isGraph = (model: Model): boolean => model.graph !== undefined && model.constructor === Model;

function checkInputs(
  given: Struct<SymbolicTensor>,
  expected: readonly SymbolicTensor[],
  model: Model,
): SymbolicTensor[] {
  const list = flatten(given);
  if (list.length === expected.length && list.every((t) => t instanceof SymbolicTensor)) return list;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `cloneModel: inputTensors must be ${expected.length} symbolic tensor(s), like the inputs of model '${model.name}', ` +
      `got ${list.map(describe).join(', ')}`,
  );
}

const inputLike = (t: SymbolicTensor): SymbolicTensor =>
  Input({
    batchShape: [...t.shape],
    dtype: t.dtype,
    name: t.history.layer.name,
    optional: (t.history.layer as { optional?: boolean }).optional ?? false,
  });

function cloneStack(
  model: Sequential,
  clone: (layer: Layer) => Layer,
  given: Struct<SymbolicTensor> | undefined,
): Sequential {
  const first = model.graph?.inputs[0];
  const begin = given === undefined ? first && inputLike(first) : checkInputs(given, [first!], model)[0]!;
  const layers = model.layers.map(clone);
  return new Sequential(begin ? [begin, ...layers] : layers, {
    name: model.name,
    trainable: model.trainable,
  });
}

function cloneGraph(
  model: Model,
  graph: LayerGraph,
  clone: (layer: Layer) => Layer,
  { callFunction, inputTensors }: CloneOptions,
): Model {
  const begin =
    inputTensors === undefined ? graph.inputs.map(inputLike) : checkInputs(inputTensors, graph.inputs, model);
  const made = new Map<SymbolicTensor, SymbolicTensor>(graph.inputs.map((t, i) => [t, begin[i]!]));
  const fill = (x: unknown): unknown => (x instanceof SymbolicTensor ? made.get(x) : x);
  for (const node of graph.levels.flat()) {
    if (node.outputTensors.every((t) => made.has(t))) continue;
    const layer = clone(node.layer);
    const inputs = mapStruct(node.inputs, (t) => made.get(t)!);
    const options = Object.entries(node.options).map(([k, v]) => [k, mapStruct(v as Struct<unknown>, fill)]);
    const named = Object.fromEntries(options);
    const outputs = callFunction
      ? callFunction(layer, inputs, named)
      : layer.apply<Struct<SymbolicTensor>>(inputs as never, named);
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
