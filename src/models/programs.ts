import { type Batch, fillRows } from '../data/batches.ts';
import { OlifantError } from '../errors.ts';
import { withScope } from '../graph/build.ts';
import { flatten, type Struct } from '../layers/struct.ts';
import * as ops from '../ops/index.ts';
import { currentTrace } from '../trace/context.ts';
import { CompiledFunction, type InputSpec } from '../trace/function.ts';
import type { HostTensor } from '../trace/host.ts';
import { Tensor } from '../trace/tensor.ts';
import type { Variable } from '../trace/variable.ts';
import { gradient } from '../transform/gradient.ts';
import type { Model } from './model.ts';
import type { Objective } from './objective.ts';

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
  readonly #columns: readonly { kind: Kind; index: number }[];

  constructor(compiled: CompiledFunction, columns: readonly { kind: Kind; index: number }[]) {
    this.compiled = compiled;
    this.#columns = columns;
  }

  /** Copies a batch into the program's inputs and runs it once. */
  run(batch: Batch): void {
    this.#columns.forEach(({ kind, index }, i) => {
      fillRows(this.compiled.input(i), batch.samples[kind][index]!, batch);
    });
    this.compiled.run();
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
  const step = (...inputs: Tensor[]): readonly Tensor[] => {
    const pick = (kind: Kind) =>
      batch.samples[kind].map((_, i) => inputs[columns.findIndex((c) => c.kind === kind && c.index === i)] ?? null);
    const x = packInputs(pick('x') as Tensor[], batch.samples.names);
    const y = pick('y');
    const weights = pick('weights');
    if (mode === 'predict') return predictions(context.model, x, false);
    const total = lossOf(mode, context, x, y, weights, batch.count);
    if (mode === 'train') update(context, total);
    return [total];
  };
  return new StepProgram(new CompiledFunction(step, specs), columns);
}

function packInputs(x: Tensor[], names: readonly string[] | null): Struct<Tensor> {
  if (names !== null) return Object.fromEntries(names.map((n, i) => [n, x[i]!]));
  return x.length === 1 ? x[0]! : x;
}

function predictions(model: Model, x: Struct<Tensor>, training: boolean): Tensor[] {
  return flatten(model.apply<Struct<Tensor>>(x, { training }));
}

function lossOf(
  mode: Mode,
  { model, objective }: StepContext,
  x: Struct<Tensor>,
  y: readonly (Tensor | null)[],
  weights: readonly (Tensor | null)[],
  count: number,
): Tensor {
  const training = mode === 'train';
  const yPred = predictions(model, x, training);
  return withScope('loss', () => {
    const own = model.computeLoss({ x, y, yPred, sampleWeight: weights, training });
    const added = [...currentTrace()!.losses, ...model.regularizationLosses()].map((l) =>
      ops.sum(ops.cast(l, 'float32')),
    );
    const terms = own === null ? added : [own, ...added];
    if (terms.length === 0)
      throw new OlifantError(
        'NOT_COMPILED',
        `model '${model.name}' has no loss: give compile a loss, or call addLoss in a layer`,
      );
    const total = terms.reduce((a, b) => ops.add(a, b));
    if (total.rank !== 0)
      throw new OlifantError('SHAPE', `model '${model.name}': the loss must be a scalar, got shape [${total.shape}]`);
    objective!.total.updateState(total, count);
    objective!.update(y, yPred, weights);
    return total;
  });
}

function update({ optimizer, variables }: StepContext, total: Tensor): void {
  const wrt = variables.map((v) => v.input);
  const gradients = withScope('gradient', () => gradient(optimizer!.scaleLoss(total).node, wrt));
  withScope('optimizer', () =>
    optimizer!.apply(
      gradients.map((g) => new Tensor(g)),
      variables,
    ),
  );
}
