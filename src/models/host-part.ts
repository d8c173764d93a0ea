import { OlifantError } from '../errors.ts';
import { flatten, type Struct } from '../layers/struct.ts';
import type { CallNode, SymbolicTensor } from '../layers/symbolic.ts';
import * as ops from '../ops/index.ts';
import type { HostTensor } from '../trace/host.ts';
import { type HostColumn, StringTensor, stringTensor } from '../trace/string-tensor.ts';
import { literal, type Tensor } from '../trace/tensor.ts';
import { fitsInput } from './check-data.ts';
import { inputMismatch, LayerGraph } from './graph.ts';

/**
 * The part of a functional model that is computed on the host, batch by batch, before the compiled program: the layers that
 * work there (on strings), and whatever they need of the layers before them. What crosses from there into the rest of the
 * graph are the inputs of the compiled program.
 */
export class HostPart {
  /** What the compiled program computes. */
  readonly rest: LayerGraph;
  readonly #graph: LayerGraph;
  readonly #calls: readonly CallNode[];
  readonly #model: string;

  private constructor(graph: LayerGraph, calls: ReadonlySet<CallNode>, model: string) {
    this.#graph = graph;
    this.#model = model;
    const order = graph.levels.flat();
    this.#calls = order.filter((n) => calls.has(n));
    const made = new Set([...graph.inputs, ...this.#calls.flatMap((n) => n.outputTensors)]);
    const wanted = new Set([...order.filter((n) => !calls.has(n)).flatMap((n) => n.inputTensors), ...graph.outputs]);
    const ends = [...made].filter((t) => wanted.has(t));
    refuseStringOutputs(graph, model);
    this.rest = new LayerGraph(ends.length === 1 ? ends[0]! : ends, graph.outputStruct, model);
  }

  /** The part of a graph, if there is one. */
  static of(graph: LayerGraph, model: string): HostPart | undefined {
    const order = graph.levels.flat();
    const calls = new Set(order.filter((n) => n.layer.runsOnHost));
    if (calls.size === 0) return undefined;
    const inputs = new Set(graph.inputs);
    const need = (t: SymbolicTensor, by: CallNode): void => {
      if (inputs.has(t)) return;
      const node = order.find((n) => n.outputTensors.includes(t))!;
      if (calls.has(node) && node.layer.runsOnHost) return;
      if (node.layer.trainableWeights.length > 0)
        throw new OlifantError(
          'UNSUPPORTED',
          `model '${model}': ${by.layer.label} works on the host, before training's compiled program, but gets what ` +
            `${node.layer.label} computes with weights that training changes. Put it before layers with weights`,
        );
      calls.add(node);
      for (const before of node.inputTensors) need(before, by);
    };
    for (const node of [...calls]) {
      if (node.layer.trainableWeights.length > 0)
        throw new OlifantError(
          'UNSUPPORTED',
          `model '${model}': ${node.layer.label} begins with layers on strings and has weights to train; put its layers ` +
            'into this model one by one, or freeze it (trainable = false)',
        );
      for (const t of node.inputTensors) need(t, node);
    }
    return new HostPart(graph, calls, model);
  }

  /** @throws OlifantError where the data is not of the kind and shape of the inputs. */
  check(columns: readonly (HostColumn | null)[], method: string): void {
    this.#checkGiven(columns);
    this.#graph.inputs.forEach((input, i) => {
      const column = columns[i]!;
      checkKind(input, column.dtype, `${method}: model '${this.#model}'`);
      if (!fitsInput(input.shape, column.shape)) throw inputMismatch(this.#model, input, column.shape);
    });
  }

  /** The columns for the compiled program. */
  run(columns: readonly (HostColumn | null)[], method: string): HostTensor[] {
    this.check(columns, method);
    const values = (columns as readonly HostColumn[]).map((c) =>
      c.dtype === 'string' ? c : literal(c.data, c.shape, c.dtype),
    );
    return this.#compute(values).map((t) => ({ data: t.dataSync(), shape: t.shape, dtype: t.dtype }));
  }

  /** The outputs of the whole model for values that are there. */
  apply(values: readonly unknown[], model: string): Struct<Tensor> {
    this.#checkGiven(values);
    this.#graph.inputs.forEach((input, i) => {
      const value = values[i] as Tensor | StringTensor;
      checkKind(input, value.dtype, `model '${model}'`);
      if (!fitsInput(input.shape, value.shape)) throw inputMismatch(model, input, value.shape);
    });
    return this.rest.run(this.#compute(values as (Tensor | StringTensor)[]));
  }

  #checkGiven(values: readonly unknown[]): void {
    if (!values.includes(null)) return;
    throw new OlifantError(
      'UNSUPPORTED',
      `model '${this.#model}': a model that begins with layers on the host needs data for all its inputs, optional ones too`,
    );
  }

  #compute(values: readonly (Tensor | StringTensor)[]): Tensor[] {
    const given = values.map((v, i) => adapt(v, this.#graph.inputs[i]!));
    const computed = this.#graph.compute(given as Tensor[], this.#calls);
    return flatten<SymbolicTensor>(this.rest.inputStruct).map((t) => computed.get(t)!);
  }
}

function checkKind(input: SymbolicTensor, got: string, who: string): void {
  const strings = input.dtype === 'string';
  if (strings === (got === 'string')) return;
  throw new OlifantError(
    'DTYPE',
    `${who}: expected ${strings ? 'strings' : 'numbers'} for the input '${input.name}', got ${strings ? `${got} numbers` : 'strings'}`,
  );
}

function refuseStringOutputs(graph: LayerGraph, model: string): void {
  const odd = graph.outputs.findIndex((t) => t.dtype === 'string');
  if (odd >= 0)
    throw new OlifantError(
      'UNSUPPORTED',
      `model '${model}': its output '${graph.outputNames[odd]}' is strings; models give numbers. Apply that layer to what the model predicts`,
    );
}

/** Brings data to the dtype of an input; an axis of size 1 at the end is added or dropped. */
function adapt(x: Tensor | StringTensor, input: SymbolicTensor): Tensor | StringTensor {
  const shape = x.rank > input.rank ? x.shape.slice(0, -1) : x.rank < input.rank ? [...x.shape, 1] : x.shape;
  if (x instanceof StringTensor) return stringTensor(x, shape);
  const cast = x.dtype === input.dtype ? x : ops.cast(x, input.dtype as Tensor['dtype']);
  return ops.reshape(cast, shape);
}
