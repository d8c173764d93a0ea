import { formatShape, OlifantError } from '../errors.ts';
import { InputLayer } from '../layers/core/input-layer.ts';
import type { Layer } from '../layers/layer.ts';
import { flatten, mapStruct, type Struct } from '../layers/struct.ts';
import { type CallNode, SymbolicTensor } from '../layers/symbolic.ts';
import type { Tensor } from '../trace/tensor.ts';

function nodeOf(t: SymbolicTensor): CallNode {
  return t.history.layer.inboundNodes[t.history.nodeIndex]!;
}

const isInput = (node: CallNode) => node.inputTensors.length === 0;

/**
 * The calls between some symbolic inputs and outputs, in the order and with the depths that Keras gives them (they decide
 * the order of layers, weights and lines of a summary): the depth of a call is its longest distance from an output.
 */
export class LayerGraph {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  readonly inputStruct: Struct<SymbolicTensor>;
  readonly outputStruct: Struct<SymbolicTensor>;
  /** By depth, deepest (nearest to the inputs) first. */
  readonly levels: readonly (readonly CallNode[])[];
  /** Each layer once, inputs first. */
  readonly layers: readonly Layer[];
  readonly #nodes: ReadonlySet<CallNode>;

  constructor(inputs: Struct<SymbolicTensor>, outputs: Struct<SymbolicTensor>, model: string) {
    this.inputStruct = inputs;
    this.outputStruct = outputs;
    this.inputs = flatten(inputs);
    this.outputs = flatten(outputs);
    const { order, first } = traverse(this.inputs, this.outputs, model);
    const { nodeDepth, layerDepth } = depths(order);
    for (const t of this.inputs) {
      const node = nodeOf(t);
      if (layerDepth.has(node.layer) || !isInput(node)) continue;
      layerDepth.set(node.layer, 0);
      first.set(node.layer, -1);
      nodeDepth.set(node, 0);
    }
    this.levels = byDepth(nodeDepth);
    this.layers = byDepth(layerDepth).flatMap((level) => level.sort((a, b) => first.get(a)! - first.get(b)!));
    this.#nodes = new Set(nodeDepth.keys());
    this.#checkConnected(model);
    this.#checkNames(model);
  }

  has(node: CallNode): boolean {
    return this.#nodes.has(node);
  }

  /** The number of a call of a layer among those that belong to this graph. */
  ownIndex(layer: Layer, nodeIndex: number): number {
    return layer.inboundNodes.slice(0, nodeIndex).filter((n) => this.has(n)).length;
  }

  #checkConnected(model: string): void {
    const known = new Set<SymbolicTensor>(this.inputs);
    for (const node of this.levels.flat()) {
      if (isInput(node) && !known.has(node.outputTensors[0]!))
        throw new OlifantError(
          'INVALID_ARGUMENT',
          `model '${model}': its outputs depend on the input '${node.layer.name}', which is not among its inputs. ` +
            `Add it: new Model({ inputs: [..., ${node.layer.name}], outputs })`,
        );
      for (const t of node.outputTensors) known.add(t);
    }
  }

  #checkNames(model: string): void {
    const seen = new Set<string>();
    for (const { name } of this.layers) {
      if (seen.has(name))
        throw new OlifantError(
          'INVALID_ARGUMENT',
          `model '${model}': two of its layers are named '${name}'; give one of them another name`,
        );
      seen.add(name);
    }
  }

  /** Runs the layers on tensors, which come in the order of `inputs`; null where one may be left out. */
  run(values: readonly (Tensor | null)[]): Struct<Tensor> {
    const computed = this.compute(values, this.levels.flat());
    return mapStruct(this.outputStruct, (t) => computed.get(t)!);
  }

  /** Runs some of the calls, given in an order in which they can be made. */
  compute(values: readonly (Tensor | null)[], calls: readonly CallNode[]): ReadonlyMap<SymbolicTensor, Tensor> {
    const computed = new Map(this.inputs.map((t, i) => [t, values[i]!]));
    const fill = (x: unknown) => (x instanceof SymbolicTensor ? computed.get(x)! : x);
    for (const node of calls) {
      if (isInput(node) || node.outputTensors.every((t) => computed.has(t))) continue;
      const inputs = mapStruct(node.inputs, (t) => computed.get(t)!);
      const options = Object.fromEntries(
        Object.entries(node.options).map(([k, v]) => [k, mapStruct(v as Struct<unknown>, fill)]),
      );
      const outputs = flatten(named(node.layer, () => node.layer.apply<Struct<Tensor>>(inputs, options)));
      node.outputTensors.forEach((t, i) => {
        computed.set(t, outputs[i]!);
      });
    }
    return computed;
  }

  /** Whether the data of an input may be left out. */
  isOptional(index: number): boolean {
    const { layer } = this.inputs[index]!.history;
    return layer instanceof InputLayer && layer.optional;
  }

  get hasOptional(): boolean {
    return this.inputs.some((_, i) => this.isOptional(i));
  }

  /** @throws OlifantError `INVALID_ARGUMENT` for null in the place of an input that is not optional. */
  checkGiven(values: readonly unknown[], model: string): void {
    const gap = values.findIndex((v, i) => v === null && !this.isOptional(i));
    if (gap >= 0)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `model '${model}': the input '${this.inputNames[gap]}' is not optional, but null was given for it. Give it data, or ` +
          'make it by Input({ ..., optional: true })',
      );
  }

  /** The names of the layers that make the outputs, as Keras names outputs. */
  get outputNames(): string[] {
    return this.outputs.map((t) => t.history.layer.name);
  }

  get inputNames(): string[] {
    return this.inputs.map((t) => (t.history.layer instanceof InputLayer ? t.history.layer.name : t.name));
  }
}

/** Errors of operations in a layer say in which one. */
function named<T>(layer: Layer, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof OlifantError) || error.message.includes(`'${layer.name}'`)) throw error;
    throw new OlifantError(error.code, `${layer.label}: ${error.message}`, { cause: error });
  }
}

/** Depth-first from the outputs: the calls, inputs first, and the order in which layers are met. */
function traverse(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[], model: string) {
  const declared = new Set(inputs);
  const finished = new Set<CallNode>();
  const order: CallNode[] = [];
  const first = new Map<Layer, number>();
  const visit = (t: SymbolicTensor): void => {
    if (!(t instanceof SymbolicTensor) || t.history === undefined)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `model '${model}': inputs and outputs must come from Input and from layers' apply`,
      );
    const node = nodeOf(t);
    if (finished.has(node)) return;
    finished.add(node);
    if (!isInput(node) && declared.has(t)) return;
    if (!first.has(node.layer)) first.set(node.layer, first.size);
    node.inputTensors.forEach(visit);
    order.push(node);
  };
  outputs.forEach(visit);
  return { order, first };
}

function depths(order: readonly CallNode[]) {
  const inGraph = new Set(order);
  const nodeDepth = new Map<CallNode, number>();
  const layerDepth = new Map<Layer, number>();
  for (const node of order.toReversed()) {
    const depth = Math.max(nodeDepth.get(node) ?? 0, layerDepth.get(node.layer) ?? 0);
    layerDepth.set(node.layer, depth);
    nodeDepth.set(node, depth);
    for (const parent of new Set(node.inputTensors.map(nodeOf)))
      if (inGraph.has(parent)) nodeDepth.set(parent, Math.max(depth + 1, nodeDepth.get(parent) ?? 0));
  }
  return { nodeDepth, layerDepth };
}

function byDepth<T>(depth: ReadonlyMap<T, number>): T[][] {
  const levels = new Map<number, T[]>();
  for (const [item, d] of depth) levels.set(d, [...(levels.get(d) ?? []), item]);
  return [...levels].sort(([a], [b]) => b - a).map(([, items]) => items);
}

/** Puts tensors given by order, by name or alone into the order of a graph's inputs. */
export function matchInputs<T>(graph: LayerGraph, given: Struct<T>, model: string): T[] {
  const { inputStruct, inputNames } = graph;
  const record = isRecord(given);
  if (record) {
    const names = isRecord(inputStruct) ? Object.keys(inputStruct) : inputNames;
    const missing = names.filter((n) => !(n in (given as object)));
    if (missing.length > 0)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `model '${model}': expected inputs named ${names.join(', ')}; missing ${missing.join(', ')}`,
      );
    return names.map((n) => (given as Record<string, T>)[n]!);
  }
  const list = flatten(given);
  if (list.length !== graph.inputs.length)
    throw new OlifantError(
      'SHAPE',
      `model '${model}': expected ${graph.inputs.length} input(s) (${inputNames.join(', ')}), got ${list.length}`,
    );
  return list;
}

export function isRecord(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype;
}

/** The message for an input of a wrong shape. */
export function inputMismatch(model: string, input: SymbolicTensor, got: readonly (number | null)[]): OlifantError {
  return new OlifantError(
    'SHAPE',
    `model '${model}': expected data of shape ${formatShape(input.shape)} for the input '${input.name}', got ${formatShape(got)}`,
  );
}
