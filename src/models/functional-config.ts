import { describe, OlifantError } from '../errors.ts';
import { InputLayer } from '../layers/core/input-layer.ts';
import type { CallOptions, Config, Layer } from '../layers/layer.ts';
import { Operation } from '../layers/operation/operation.ts';
import {
  type CustomObjects,
  deserializeLayer,
  findLayerClass,
  type SerializedObject,
  serializeLayer,
} from '../layers/registry.ts';
import { flatten, mapStruct, type Struct } from '../layers/struct.ts';
import { type CallNode, SymbolicTensor } from '../layers/symbolic.ts';
import { camelKey, snakeKey } from '../trace/names.ts';
import { isSavedTensor, savedTensor } from '../trace/saved-tensor.ts';
import { isRecord, type LayerGraph } from './graph.ts';

/** [layer, call, output], as Keras writes a place in the graph. */
type Place = [string, number, number];

/**
 * Whether a layer is a functional model. Keras's places of inputs and outputs (not those in calls) count one call more for
 * them: once, such models began with a call of their own.
 */
type IsFunctional = (layer: Layer) => boolean;

/** The part of a functional model's configuration that describes its graph. */
export function graphConfig(graph: LayerGraph, isFunctional: IsFunctional): Config {
  const place = (t: SymbolicTensor): Place => {
    const { layer, nodeIndex, tensorIndex } = t.history;
    return [layer.name, graph.ownIndex(layer, nodeIndex), tensorIndex];
  };
  const end = (t: SymbolicTensor): Place => {
    const [name, node, tensor] = place(t);
    return [name, isFunctional(t.history.layer) ? node + 1 : node, tensor];
  };
  const write = (x: unknown): unknown =>
    x instanceof SymbolicTensor
      ? {
          class_name: '__keras_tensor__',
          config: { shape: [...x.shape], dtype: x.dtype, keras_history: place(x) },
        }
      : (x ?? null);
  return {
    layers: graph.layers.map((layer) => ({
      ...serializeLayer(layer),
      name: layer.name,
      inbound_nodes: layer.inboundNodes
        .filter((n) => graph.has(n) && n.inputTensors.length > 0)
        .map((n) => ({
          args:
            layer instanceof Operation
              ? layer.writeOperands(write)
              : positional(layer, n).map((x) => mapStruct(x, write)),
          kwargs: {
            ...(layer instanceof Operation ? layer.writeKeywords(write) : byDefault(layer, n)),
            ...Object.fromEntries(
              named(layer, n).map(([k, v]) => [snakeKey(k), mapStruct(v as Struct<unknown>, write)]),
            ),
          },
        })),
    })),
    input_layers: places(graph.inputStruct, end),
    output_layers: places(graph.outputStruct, end),
  };
}

type Call = Pick<typeof Layer, 'callArguments' | 'tensorArguments'>;

const callOf = (layer: Layer) => layer.constructor as unknown as Call;

/** The arguments that come by position, as users of Keras give them: the inputs, and tensors that follow them. */
function positional(layer: Layer, call: CallNode): Struct<unknown>[] {
  const { callArguments, tensorArguments } = callOf(layer);
  const more = callArguments.slice(1, tensorArguments).map((name) => call.options[name]);
  const given = more.findIndex((x) => x === undefined || x === null);
  return [call.inputs, ...(given < 0 ? more : more.slice(0, given))] as Struct<unknown>[];
}

/** The other arguments. */
function named(layer: Layer, call: CallNode): [string, unknown][] {
  const first = callOf(layer).callArguments.slice(1, positional(layer, call).length);
  return Object.entries(call.options).filter(([k, v]) => v !== undefined && !first.includes(k));
}

/** What Keras writes that nobody gave: that there is no mask, where a call of one tensor could have one. */
function byDefault(layer: Layer, call: CallNode): Config {
  return callOf(layer).callArguments.includes('mask') && call.inputTensors.length === 1 ? { mask: null } : {};
}

/** One tensor stands as a place, several as a list or record of places. */
function places(struct: Struct<SymbolicTensor>, place: (t: SymbolicTensor) => Place): unknown {
  return mapStruct(struct, (t) => place(t) as unknown);
}

/**
 * The tensor of a place; `undefined` before its call has been made. Where Keras computed a mask by operations that stand
 * among the layers, they are read like any others: a mask may come of other inputs, and none travels by itself into a call
 * with other tensors.
 */
type Find = (place: Place) => SymbolicTensor | undefined;

interface SerializedCall {
  args: unknown[];
  kwargs: Record<string, unknown>;
}

/** Makes the layers of a functional model's configuration, calls them as it says, and gives its inputs and outputs. */
export function graphFromConfig(config: Config, customObjects: CustomObjects, isFunctional: IsFunctional) {
  const layers = new Map<string, Layer>();
  const waiting: { layer: Layer; cls: readonly string[]; calls: SerializedCall[] }[] = [];
  for (const item of arrayOf(config.layers, 'layers')) {
    const object = item as SerializedObject & { inbound_nodes?: unknown };
    const layer = deserializeLayer(object, customObjects);
    layers.set(String(object.name ?? layer.name), layer);
    const cls = findLayerClass(object, customObjects) as { callArguments?: readonly string[] };
    const calls = arrayOf(object.inbound_nodes ?? [], 'inbound_nodes').map(readCall);
    waiting.push({ layer, cls: cls.callArguments ?? ['inputs'], calls });
  }
  // A layer that another model has, too, has calls there already; those of a configuration are counted by themselves.
  const earlier = new Map(
    [...layers.values()].map((layer) => [layer, layer instanceof InputLayer ? 0 : layer.inboundNodes.length]),
  );
  // A shared layer may be called before and after others, so calls are made as their inputs come to be.
  const find: Find = ([name, node, tensor]) => {
    const layer = layers.get(name);
    if (layer === undefined)
      throw new OlifantError('INVALID_CONFIG', `a call refers to the layer '${name}', which is not there`);
    return layer.inboundNodes[earlier.get(layer)! + node]?.outputTensors[tensor];
  };
  const findEnd: Find = ([name, node, tensor]) => {
    const layer = layers.get(name);
    return find([name, layer !== undefined && isFunctional(layer) ? node - 1 : node, tensor]);
  };
  for (let left = waiting.length; left > 0; ) {
    let progress = false;
    for (const w of waiting)
      while (w.calls.length > 0 && makeCall(w.layer, w.cls, w.calls[0]!, find)) {
        w.calls.shift();
        progress = true;
      }
    left = waiting.filter((w) => w.calls.length > 0).length;
    if (left > 0 && !progress)
      throw new OlifantError(
        'INVALID_CONFIG',
        `the graph has a loop or loose ends at ${waiting
          .filter((w) => w.calls.length > 0)
          .map((w) => w.layer.name)
          .join(', ')}`,
      );
  }
  return {
    inputs: readPlaces(config.input_layers, findEnd),
    outputs: readPlaces(config.output_layers, findEnd),
    layers,
  };
}

function arrayOf(x: unknown, key: string): unknown[] {
  if (!Array.isArray(x)) throw new OlifantError('INVALID_CONFIG', `expected an array for '${key}', got ${describe(x)}`);
  return x;
}

/** A call in today's format, or in that of Keras 2 (`[["layer", 0, 0, {}], ...]`). */
function readCall(node: unknown): SerializedCall {
  if (isRecord(node) && Array.isArray(node.args)) return node as unknown as SerializedCall;
  if (Array.isArray(node) && node.every((p) => Array.isArray(p))) {
    const tensors = node.map((p) => ({ class_name: '__keras_tensor__', config: { keras_history: p.slice(0, 3) } }));
    return {
      args: [tensors.length === 1 ? tensors[0] : tensors],
      kwargs: (node[0]?.[3] as Record<string, unknown>) ?? {},
    };
  }
  throw new OlifantError('INVALID_CONFIG', `expected a call with args and kwargs, got ${describe(node)}`);
}

const MISSING = Symbol('missing');

function revive(x: unknown, find: Find): unknown {
  if (Array.isArray(x)) return x.map((v) => revive(v, find));
  if (!isRecord(x)) return x;
  if (x.class_name === '__keras_tensor__') {
    const history = (x.config as Record<string, unknown> | undefined)?.keras_history;
    const tensor = find(arrayOf(history, 'keras_history') as Place);
    return tensor === undefined ? MISSING : tensor;
  }
  if (isSavedTensor(x)) return savedTensor(x);
  if (x.class_name === '__tuple__' || x.class_name === '__list__')
    return revive((x.config as Config)?.value ?? x.items, find);
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, revive(v, find)]));
}

/** Makes one call unless inputs of it are still to be made. */
function makeCall(layer: Layer, names: readonly string[], call: SerializedCall, find: Find): boolean {
  const args = revive(call.args, find) as unknown[];
  const kwargs = revive(call.kwargs ?? {}, find) as Record<string, unknown>;
  if (flatten<unknown>([args, kwargs] as Struct<unknown>).includes(MISSING)) return false;
  if (layer instanceof Operation) {
    const given = Object.fromEntries(Object.entries(kwargs).filter(([, value]) => value !== null));
    const extra = Object.keys(given).find((k) => !layer.takesKeyword(k));
    if (extra !== undefined)
      throw new OlifantError('UNSUPPORTED', `${layer.label}: the argument '${extra}' cannot be read`);
    layer.applyTo(args, given);
    return true;
  }
  const options: Record<string, unknown> = {};
  // Keras records a `training` of its own accord, and does not heed it when the model is called.
  for (const [key, value] of Object.entries(kwargs))
    if (value !== null && key !== 'training') options[camelKey(key)] = value;
  args.slice(1).forEach((value, i) => {
    const name = names[i + 1];
    if (name === undefined)
      throw new OlifantError('INVALID_CONFIG', `${layer.label}: its call takes ${names.length} positional argument(s)`);
    if (value !== null) options[name] = value;
  });
  const first = args.length > 0 ? args[0] : options[camelKey(names[0]!)];
  if (args.length === 0) delete options[camelKey(names[0]!)];
  layer.apply(first as Struct<SymbolicTensor>, options as CallOptions);
  return true;
}

function readPlaces(x: unknown, find: Find): Struct<SymbolicTensor> {
  if (Array.isArray(x) && x.length === 3 && typeof x[0] === 'string') {
    const t = find(x as Place);
    if (!t) throw new OlifantError('INVALID_CONFIG', `no output ${x[2]} of call ${x[1]} of the layer '${x[0]}'`);
    return t;
  }
  if (Array.isArray(x)) return x.map((v) => readPlaces(v, find));
  if (isRecord(x)) return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, readPlaces(v, find)]));
  throw new OlifantError('INVALID_CONFIG', `expected a place like ["dense", 0, 0], got ${describe(x)}`);
}
