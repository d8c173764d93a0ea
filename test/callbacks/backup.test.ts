import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BackupAndRestore,
  type CallbackHooks,
  CSVLogger,
  EarlyStopping,
  LearningRateScheduler,
  ModelCheckpoint,
  ReduceLROnPlateau,
} from '../../src/callbacks/index.ts';
import {
  FileError,
  gradient,
  Input,
  layers,
  Model,
  optimizers,
  SeedGenerator,
  Sequential,
  type StepData,
  setRandomSeed,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import type { FitOptions } from '../../src/models/index.ts';
import { add, multiply } from '../../src/ops/index.ts';
import { normal } from '../../src/ops/random.ts';
import { globalRandom, HostRandom } from '../../src/trace/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'olifant-backup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 22;
const random = new HostRandom(7);
const xs = Float32Array.from({ length: ROWS * 3 }, () => random.normal());
const ys = Int32Array.from({ length: ROWS }, () => random.below(3));
const x = tensor(xs, [ROWS, 3]);
const y = tensor(ys, [ROWS]);

/** As a program does that is started again: the same seed, the same model. */
function begin(): Model {
  setRandomSeed(11);
  const model = new Sequential([
    Input({ shape: [3] }),
    new layers.Dense(5, { activation: 'tanh', name: 'a' }),
    new layers.BatchNormalization({ name: 'b' }),
    new layers.Dropout(0.3, { name: 'c' }),
    new layers.Dense(3, { activation: 'softmax', name: 'd' }),
  ]);
  model.compile({
    optimizer: new optimizers.Adam({ learningRate: 0.05, useEma: true }),
    loss: 'sparse_categorical_crossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

/** All that there is, after training and in what follows from it. */
function stateOf(model: Model) {
  return {
    weights: model.getWeights().map((w) => [...w.dataSync()]),
    optimizer: model.optimizer!.variables.map((v) => [...v.read()]),
    history: model.history!.history,
    epochs: model.history!.epoch,
    random: globalRandom().state,
  };
}

type Extra = (path: string) => CallbackHooks[];

async function train(model: Model, callbacks: CallbackHooks[], options: FitOptions = {}) {
  await model.fit(x, y, {
    verbose: 0,
    epochs: 4,
    batchSize: 4,
    validationSplit: 0.2,
    ...options,
    callbacks: [...callbacks, ...((options.callbacks ?? []) as CallbackHooks[])],
  });
}

class Killed extends Error {}

/** Ends training at the `n`-th of all moments at which callbacks are called. */
function killer(n: number): CallbackHooks {
  let left = n;
  const strike = () => {
    if (--left < 0) throw new Killed();
  };
  return {
    onEpochBegin: strike,
    onTrainBatchBegin: strike,
    onTrainBatchEnd: strike,
    onTestEnd: strike,
    onEpochEnd: strike,
  };
}
const harmless = () => killer(Number.POSITIVE_INFINITY);

/** Interrupts at every `stride`-th moment and compares what comes of it with a training that went through. */
async function compare(saveFreq: 'epoch' | number, extra: Extra, options: FitOptions = {}, stride = 1) {
  const whole = begin();
  await train(whole, [...extra(join(folder, 'whole')), harmless()], options);
  const expected = stateOf(whole);
  let kills = 0;
  for (let moment = 0; ; moment += stride) {
    const at = join(folder, `run${moment}`);
    const backup = () => new BackupAndRestore(join(at, 'backup'), { saveFreq });
    mkdirSync(at);
    let model = begin();
    const killed = await train(model, [backup(), ...extra(join(at, 'log')), killer(moment)], options).then(
      () => false,
      (error) => {
        expect(error).toBeInstanceOf(Killed);
        return true;
      },
    );
    if (killed) {
      kills++;
      model = begin();
      await train(model, [backup(), ...extra(join(at, 'log')), harmless()], options);
    }
    expect(stateOf(model), `killed at ${moment}`).toEqual(expected);
    expect(existsSync(join(at, 'backup'))).toBe(false);
    const files = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
    expect(files(join(at, 'log'))).toBe(files(join(folder, 'whole')));
    if (!killed) break;
  }
  return kills;
}

describe('a training that was killed goes on as if it had not been', () => {
  it('with a backup after each epoch', async () => {
    expect(await compare('epoch', () => [], {}, 11)).toBeGreaterThan(3);
  });

  it.each([1, 3])('with a backup every %s batches', async (freq) => {
    expect(await compare(freq, () => [], {}, 13)).toBeGreaterThan(2);
  });

  it('with callbacks that remember things, and change the model when epochs begin', async () => {
    const extra: Extra = (log) => [
      new LearningRateScheduler((_, rate) => rate * 0.9),
      new EarlyStopping({ monitor: 'accuracy', patience: 1, restoreBestWeights: true }),
      new ReduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5, minDelta: 0.2 }),
      new CSVLogger(log),
    ];
    expect(await compare(2, extra, { epochs: 5 }, 13)).toBeGreaterThan(1);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    expect(await compare('epoch', extra, { epochs: 5 }, 13)).toBeGreaterThan(1);
  });

  it('where epochs end in the middle of the samples', async () => {
    expect(await compare(2, () => [], { stepsPerEpoch: 3, validationSteps: 1 }, 7)).toBeGreaterThan(3);
  });

  it('with another order of the batches', async () => {
    expect(await compare(2, () => [], { shuffle: 'batch' }, 11)).toBeGreaterThan(3);
  });

  it('with a stream of batches that draws at random', async () => {
    function* batches() {
      for (let i = 0; i < 3; i++) {
        const data = Float32Array.from({ length: 4 * 3 }, () => globalRandom().normal());
        yield [tensor(data, [4, 3]), [0, 1, 2, globalRandom().below(3)]];
      }
    }
    const run = async (callbacks: CallbackHooks[], stepsPerEpoch: number | null) => {
      const model = begin();
      await model.fit(batches, { verbose: 0, epochs: 3, stepsPerEpoch, callbacks });
      return stateOf(model);
    };
    for (const steps of [null, 4]) {
      const expected = await run([harmless()], steps);
      for (let moment = 0; moment < 20; moment += 7) {
        const backup = () => new BackupAndRestore(join(folder, `s${steps}-${moment}`), { saveFreq: 1 });
        await run([backup(), killer(moment)], steps).catch((error) => expect(error).toBeInstanceOf(Killed));
        expect(await run([backup(), harmless()], steps), `${steps} steps, ${moment}`).toEqual(expected);
      }
    }
  });
});

describe('a model that says itself what a step is', () => {
  /** Two optimizers, one for each half of the weights, and noise from a source that nobody else sees. */
  class Own extends Model {
    readonly first = new layers.Dense(4);
    readonly second = new layers.Dense(1);
    readonly other = new optimizers.Adam(0.02);
    readonly #noise = new SeedGenerator(5);

    override call(inputs: Tensor): Tensor {
      return this.second.apply(this.first.apply(inputs));
    }

    override trainStep({ x, y }: StepData): Record<string, Tensor> {
      const noise = normal(this.#noise.next(), x.shape);
      const yPred = this.apply(add(x, multiply(noise, 0.1)), { training: true });
      const loss = this.computeLoss({ y, yPred })!;
      const [a, b] = [this.first.trainableWeights, this.second.trainableWeights];
      const gradients = gradient(loss, [...a, ...b]);
      this.optimizer!.apply(gradients.slice(0, a.length), a);
      this.other.apply(gradients.slice(a.length), b);
      return { loss };
    }
  }

  it('goes on, too', async () => {
    const run = async (callbacks: CallbackHooks[]) => {
      setRandomSeed(6);
      const model = new Own();
      model.compile({ optimizer: new optimizers.Adam(0.01), loss: 'mse' });
      model.build([null, 3]);
      const reduce = new ReduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5, minDelta: 1e9 });
      await model.fit(x, y, { verbose: 0, epochs: 3, batchSize: 6, callbacks: [reduce, ...callbacks] });
      return { ...stateOf(model), other: model.other.variables.map((v) => [...v.read()]) };
    };
    const expected = await run([harmless()]);
    for (const moment of [0, 6, 13, 19, 25]) {
      const backup = () => new BackupAndRestore(join(folder, String(moment)), { saveFreq: 2 });
      await expect(run([backup(), killer(moment)])).rejects.toThrow(Killed);
      expect(await run([backup(), harmless()]), `killed at ${moment}`).toEqual(expected);
    }
  });
});

describe('the backup', () => {
  it('is kept where asked for, and a training that had ended is not begun again', async () => {
    const options = { deleteCheckpoint: false };
    const first = begin();
    await train(first, [new BackupAndRestore(folder, options)]);
    expect(readdirSync(folder)).toEqual(['latest.backup']);
    const again = begin();
    let steps = 0;
    await train(again, [new BackupAndRestore(folder, options), { onTrainBatchEnd: () => void steps++ }]).catch((e) => {
      expect(String(e)).toMatch(/callbacks/);
    });
    expect(steps).toBe(0);
    const third = begin();
    await train(third, [new BackupAndRestore(folder, options)]);
    expect(third.history!.epoch).toEqual([0, 1, 2, 3]);
    expect(third.history!.history).toEqual(first.history!.history);
    // Training that is given more epochs goes on.
    const more = begin();
    await train(more, [new BackupAndRestore(folder, options)], { epochs: 6 });
    const straight = begin();
    await train(straight, [], { epochs: 6 });
    expect(more.history!.epoch).toEqual([0, 1, 2, 3, 4, 5]);
    expect(Object.keys(straight.history!.history)).toEqual(Object.keys(more.history!.history));
  });

  it('before the last is taken where the last is damaged', async () => {
    const make = () => new BackupAndRestore(folder, { doubleCheckpoint: true });
    const whole = begin();
    await train(whole, [harmless()]);
    await expect(train(begin(), [make(), killer(30)])).rejects.toThrow(Killed);
    expect(readdirSync(folder).sort()).toEqual(['latest.backup', 'previous.backup']);
    const bytes = readFileSync(join(folder, 'latest.backup'));
    writeFileSync(join(folder, 'latest.backup'), bytes.subarray(0, bytes.length / 2));
    const model = begin();
    await train(model, [make(), harmless()]);
    expect(stateOf(model)).toEqual(stateOf2(whole, model));
    expect(existsSync(folder)).toBe(false);
  });

  it('that is damaged, without another, is an error', async () => {
    writeFileSync(join(folder, 'latest.backup'), 'nonsense');
    await expect(train(begin(), [new BackupAndRestore(folder)])).rejects.toThrow(FileError);
  });

  it('leaves alone what else is in its folder', async () => {
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    await train(begin(), [new BackupAndRestore(folder)]);
    expect(readdirSync(folder)).toEqual(['mine.txt']);
  });

  it('goes with checkpoints, which remember the best model', async () => {
    const path = join(folder, 'best.keras');
    const make = () => [
      new BackupAndRestore(join(folder, 'b')),
      new ModelCheckpoint(path, { monitor: 'loss', saveBestOnly: true }),
    ];
    await expect(train(begin(), [...make(), killer(25)])).rejects.toThrow(Killed);
    const after = make();
    await train(begin(), [...after, harmless()]);
    expect((after[1] as ModelCheckpoint).best).not.toBeNull();
  });

  it('refuses what cannot be', () => {
    expect(() => new BackupAndRestore('')).toThrow(/folder/);
    expect(() => new BackupAndRestore('a', { saveFreq: 0 })).toThrow(/saveFreq/);
    expect(() => new BackupAndRestore('a', { savefreq: 1 } as never)).toThrow(/saveFreq/);
  });
});

/** What random numbers come next is the same, too, but `whole` was not the last to draw any. */
function stateOf2(whole: Model, model: Model) {
  return { ...stateOf(whole), random: stateOf(model).random };
}
