import { config, type Tensor, tensor } from '../../src/index.ts';
import type { Model } from '../../src/models/index.ts';
import { readSamples } from '../../src/models/sources.ts';
import type { Trainer } from '../../src/models/trainer.ts';
import type { ModelKind } from '../model-flop.ts';
import { examplesFor } from './data.ts';
import { buildModel } from './models/index.ts';

/** Ways of doing one step; each does `reps` of them and gives the time of each, in milliseconds. */
export interface Modes {
  readonly [mode: string]: (reps: number) => Promise<number[]> | number[];
}

export interface Prepared {
  readonly modes: Modes;
  /** The loss of the last step, for models. */
  loss?(): number;
  /** Steps of a model that each repetition takes, all modes together. */
  readonly steps?: number;
}

/** A samples' type that what is measured takes, whatever else its reader can give. */
type Batch = Parameters<Trainer['program']>[1];

/** Steps in an epoch of `fit`, for each repetition asked for: an epoch has costs of its own, which belong to it. */
const FIT_STEPS = 4;

/** Training steps through the public face: `trainOnBatch`, `fit`, and the program that both of them run. */
export function prepareModel(kind: ModelKind, batch: number, half = false): Prepared {
  const model = half ? halved(() => buildModel(kind)) : buildModel(kind);
  const { x, y } = examplesFor(kind, batch);
  const [xs, ys] = [tensor(x.data, x.shape), tensor(y.data, y.shape)];
  const { step, loss } = bareStep(model, xs, ys);
  const modes: Modes = {
    step: (reps) => timeEach(reps, step),
    trainOnBatch: async (reps) => {
      const times: number[] = [];
      for (let i = 0; i < reps; i++) {
        const start = performance.now();
        await model.trainOnBatch(xs, ys);
        times.push(performance.now() - start);
      }
      return times;
    },
    fit: fitEpochs(model, kind, batch),
  };
  if (kind !== 'xor') return { modes, loss, steps: 2 + FIT_STEPS };
  return { modes: { ...modes, 'fit, 500 epochs': () => timeEpochs(model, xs, ys, 500) }, loss };
}

/** What is made under the policy 'mixed_bfloat16'. */
function halved<T>(make: () => T): T {
  const before = config.dtypePolicy();
  config.setDtypePolicy('mixed_bfloat16');
  try {
    return make();
  } finally {
    config.setDtypePolicy(before);
  }
}

/** What `fit` does for a batch: copy it into the program's inputs, run the program. The loss is read as well. */
export function bareStep(model: Model, x: Tensor, y: Tensor): { step(): void; loss(): number } {
  const { trainer } = model;
  const samples = readSamples(trainer, x, y, null, 'trainOnBatch') as Batch['samples'];
  trainer.prepare('train', samples, 'trainOnBatch');
  const batch = { samples, order: null, start: 0, count: samples.rows };
  let loss = Number.NaN;
  const step = () => {
    const program = trainer.program('train', batch);
    program.run(batch);
    loss = program.compiled.outputView(0)[0]!;
  };
  return { step, loss: () => loss };
}

/** An epoch of `fit` with its shuffling, callbacks and metrics, divided by its steps. */
function fitEpochs(model: Model, kind: ModelKind, batch: number): (reps: number) => Promise<number[]> {
  let rows = 0;
  let data: [x: Tensor, y: Tensor];
  return async (reps) => {
    const steps = FIT_STEPS * reps;
    if (rows !== batch * steps) {
      rows = batch * steps;
      const { x, y } = examplesFor(kind, rows);
      data = [tensor(x.data, x.shape), tensor(y.data, y.shape)];
    }
    const start = performance.now();
    await model.fit(...data, { batchSize: batch, epochs: 1, verbose: 0 });
    return [(performance.now() - start) / steps];
  };
}

async function timeEpochs(model: Model, x: Tensor, y: Tensor, epochs: number): Promise<number[]> {
  const start = performance.now();
  await model.fit(x, y, { batchSize: 4, epochs, verbose: 0 });
  return [performance.now() - start];
}

export function timeEach(reps: number, step: () => void): number[] {
  return Array.from({ length: reps }, () => {
    const start = performance.now();
    step();
    return performance.now() - start;
  });
}
