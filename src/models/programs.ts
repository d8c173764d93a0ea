import { type Batch, fillRows } from '../data/batches.ts';
import { describe, OlifantError } from '../errors.ts';
import { withScope } from '../graph/build.ts';
import { flatten, mapStruct, type Struct } from '../layers/struct.ts';
import { CompiledFunction, type InputSpec } from '../trace/function.ts';
import { gradient } from '../trace/gradient.ts';
import type { HostTensor } from '../trace/host.ts';
import { Tensor } from '../trace/tensor.ts';
import type { Variable } from '../trace/variable.ts';
import type { Model, StepData } from './model.ts';
import type { Objective } from './objective.ts';
import { inTurn } from './turn.ts';

export type Mode = 'train' | 'test' | 'predict';

type Kind = 'x' | 'y' | 'weights';

/** What an optimizer does in a step. */
export interface StepOptimizer {
  scaleLoss(loss: Tensor): Tensor;
  apply(gradients: readonly Tensor[], variables: readonly Variable[]): void;
}

/** One compiled step for batches of one shape. */
export class StepProgram {
  readonly compiled: CompiledFunction;
  /** What the outputs are called, in a step of the model's own. */
  readonly results: readonly string[] | null;
  /** The structure of what `predictStep` gave. */
  readonly structure: Struct<unknown>;
  readonly #columns: readonly { kind: Kind; index: number }[];

  constructor(
    compiled: CompiledFunction,
    columns: readonly { kind: Kind; index: number }[],
    results: readonly string[] | null,
    structure: Struct<unknown> = null,
  ) {
    this.compiled = compiled;
    this.#columns = columns;
    this.results = results;
    this.structure = structure;
  }

  /**
   * Copies a batch into the program's inputs, runs it once, and lets `read` look at the results before anything else can change
   * them. Gives a promise only where the work is long and the thread has other things to do.
   */
  run(batch: Batch, read?: () => void): Promise<void> | undefined {
    if (this.compiled.isLong) return inTurn(() => this.#runAsync(batch, read));
    this.#fill(batch);
    this.compiled.run();
    read?.();
    return undefined;
  }

  async #runAsync(batch: Batch, read: (() => void) | undefined): Promise<void> {
    await this.compiled.prepare();
    this.#fill(batch);
    await this.compiled.runAsync();
    read?.();
  }

  #fill(batch: Batch): void {
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++) {
      const { kind, index } = columns[i]!;
      fillRows(this.compiled.input(i), batch.samples[kind][index]!, batch);
    }
  }
}

/** What is needed to trace a step. */
export interface StepContext {
  readonly model: Model;
  readonly objective: Objective | null;
  readonly optimizer: StepOptimizer | null;
  /** The weights that training changes. */
  readonly variables: readonly Variable[];
}

/** The columns of a batch that a mode uses. */
function columnsOf(mode: Mode, batch: Batch) {
  const kinds: Kind[] = mode === 'predict' ? ['x'] : ['x', 'y', 'weights'];
  return kinds.flatMap((kind) =>
    batch.samples[kind].flatMap((column, index) => (column === null ? [] : [{ kind, index, column }])),
  );
}

/** What tells apart batches that need programs of their own. */
export function batchKey(mode: Mode, batch: Batch): string {
  const columns = columnsOf(mode, batch).map(
    ({ kind, index, column }) => `${kind}${index}:${column.dtype}[${column.shape.slice(1)}]`,
  );
  return `${mode} ${batch.count} ${columns.join(' ')}`;
}

/** Traces and compiles the step for batches like this one. */
export function buildStep(mode: Mode, batch: Batch, context: StepContext): StepProgram {
  const columns = columnsOf(mode, batch);
  const specs: InputSpec[] = columns.map(
    ({ kind, index, column }: { kind: Kind; index: number; column: HostTensor }) => ({
      name: `${kind}${index}`,
      shape: [batch.count, ...column.shape.slice(1)],
      dtype: column.dtype,
    }),
  );
  let results: string[] | null = null;
  let structure: Struct<unknown> = null;
  const step = (...inputs: Tensor[]): readonly Tensor[] => {
    const pick = (kind: Kind) =>
      batch.samples[kind].map((_, i) => inputs[columns.findIndex((c) => c.kind === kind && c.index === i)] ?? null);
    const { model } = context;
    const x = packInputs(pick('x') as Tensor[], batch.samples.names);
    const data = { x, y: only(pick('y')), sampleWeight: only(pick('weights')) } as unknown as StepData;
    if (mode === 'predict') {
      const outputs = model.predictStep(data);
      structure = mapStruct(outputs, () => null);
      return flatten(outputs);
    }
    const own = model.hasOwnStep(mode);
    const { total, reported } = own ? ownStep(model, mode, data) : defaultStep(mode, context, data);
    if (reported === null) return [total!];
    results = Object.keys(reported);
    return Object.values(reported);
  };
  const compiled = new CompiledFunction(step, specs, { later: true });
  return new StepProgram(compiled, columns, results, structure);
}

/** One thing stands for itself, nothing is `null`. */
const only = <T>(items: readonly T[]): T | readonly T[] | null => (items.length > 1 ? items : (items[0] ?? null));

function checkResults(results: unknown, model: string, method: string): Record<string, Tensor> {
  const isRecord = typeof results === 'object' && results !== null && !(results instanceof Tensor);
  if (!isRecord || Array.isArray(results))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `model '${model}': ${method} must return its metrics as a record of tensors, like { loss }, got ${describe(results)}`,
    );
  for (const [name, value] of Object.entries(results))
    if (!(value instanceof Tensor) || (name === 'loss' && value.rank !== 0))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `model '${model}': ${method} must return tensors, the loss as a scalar; '${name}' is ${describe(value)}`,
      );
  return results as Record<string, Tensor>;
}

function packInputs(x: Tensor[], names: readonly string[] | null): Struct<Tensor> {
  if (names !== null) return Object.fromEntries(names.map((n, i) => [n, x[i]!]));
  return x.length === 1 ? x[0]! : x;
}

interface StepResults {
  /** The loss; a step of the model's own need not have one. */
  readonly total: Tensor | undefined;
  /** What is to be reported, where the model says that itself; else the results of the metrics are read when asked for. */
  readonly reported: Record<string, Tensor> | null;
}

function ownStep(model: Model, mode: 'train' | 'test', data: StepData): StepResults {
  const results = mode === 'train' ? model.trainStep(data) : model.testStep(data);
  const reported = checkResults(results, model.name, `${mode}Step`);
  return { total: reported.loss, reported };
}

/** What Keras's `train_step` and `test_step` do: predict, take the loss, change the weights, gather the metrics. */
export function defaultStep(mode: 'train' | 'test', context: StepContext, data: StepData): StepResults {
  const { model, objective } = context;
  const { x, y, sampleWeight } = data;
  const training = mode === 'train';
  const yPred = model.apply<Struct<Tensor>>(x, { training }) as Tensor;
  const total = withScope('loss', () => {
    const loss = model.computeLoss({ x, y, yPred, sampleWeight, training });
    if (loss === null)
      throw new OlifantError(
        'NOT_COMPILED',
        `model '${model.name}' has no loss: give compile a loss, or call addLoss in a layer`,
      );
    if (loss.rank !== 0)
      throw new OlifantError('SHAPE', `model '${model.name}': the loss must be a scalar, got shape [${loss.shape}]`);
    objective!.total.updateState(loss, flatten<Tensor | null>(x).find((t) => t !== null)!.shape[0]!);
    if (!model.hasOwnMetrics) objective!.update(flatten(y), flatten(yPred), flatten(sampleWeight));
    return loss;
  });
  if (training) update(context, total);
  if (!model.hasOwnMetrics) return { total, reported: null };
  const reported = model.computeMetrics({ x, y, yPred, sampleWeight });
  return { total, reported: checkResults(reported, model.name, 'computeMetrics') };
}

function update({ optimizer, variables }: StepContext, total: Tensor): void {
  if (variables.length === 0) return;
  const gradients = withScope('gradient', () => gradient(optimizer!.scaleLoss(total), variables));
  withScope('optimizer', () => optimizer!.apply(gradients, variables));
}
