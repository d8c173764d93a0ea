import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CallbackList,
  CSVLogger,
  History,
  LearningRateScheduler,
  ModelCheckpoint,
  OrbaxCheckpoint,
  ProgbarLogger,
  ReduceLROnPlateau,
  RemoteMonitor,
  SwapEMAWeights,
  TerminateOnNaN,
} from '../../src/callbacks/index.ts';
import { Input, layers, loadModel, ops, optimizers, Sequential, setRandomSeed, tensor } from '../../src/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'olifant-callbacks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const x = tensor(
  Float32Array.from({ length: 20 * 3 }, (_, i) => Math.sin(i)),
  [20, 3],
);
const y = tensor(
  Float32Array.from({ length: 20 }, (_, i) => Math.cos(i)),
  [20, 1],
);

function line(optimizer: optimizers.Optimizer = new optimizers.Adam(0.05)): Sequential {
  setRandomSeed(4);
  const model = new Sequential([Input({ shape: [3] }), new layers.Dense(4), new layers.Dense(1)]);
  model.compile({ optimizer, loss: 'mse', metrics: ['mae'] });
  return model;
}
const weightsOf = (model: Sequential) => model.getWeights().map((w) => [...w.dataSync()]);

describe('ModelCheckpoint', () => {
  it('saves models that load, in folders that it makes', async () => {
    const model = line();
    const path = join(folder, 'a/b', 'm-{epoch:02d}-{val_loss:.2f}.keras');
    const { history } = await model.fit(x, y, {
      epochs: 2,
      verbose: 0,
      validationSplit: 0.2,
      callbacks: new ModelCheckpoint(path),
    });
    const names = history.val_loss!.map((v, i) => `m-0${i + 1}-${v.toFixed(2)}.keras`);
    expect(readdirSync(join(folder, 'a/b')).sort()).toEqual(names);
    const loaded = (await loadModel(join(folder, 'a/b', names[1]!))) as Sequential;
    expect(weightsOf(loaded)).toEqual(weightsOf(model));
  });

  it('saves weights after so many batches', async () => {
    const model = line();
    const path = join(folder, '{epoch}-{batch}.weights.h5');
    const callbacks = new ModelCheckpoint(path, { saveWeightsOnly: true, saveFreq: 3 });
    await model.fit(x, y, { epochs: 2, batchSize: 5, verbose: 0, callbacks });
    expect(readdirSync(folder).sort()).toEqual(['1-3.weights.h5', '2-2.weights.h5']);
    await line().loadWeights(join(folder, '2-2.weights.h5'));
  });

  it('skips epochs without validation, and says which metrics there are', async () => {
    const callbacks = new ModelCheckpoint(join(folder, '{epoch}.keras'), { saveBestOnly: true });
    await line().fit(x, y, { epochs: 3, verbose: 0, validationSplit: 0.2, validationFreq: 2, callbacks });
    expect(readdirSync(folder)).toEqual(['2.keras']);
    await expect(line().fit(x, y, { verbose: 0, callbacks })).rejects.toThrow(/'val_loss'.*validationSplit.*loss, mae/);
  });

  it('refuses what cannot be', () => {
    expect(() => new ModelCheckpoint('a.h5')).toThrow(/'.keras', got 'a.h5'/);
    expect(() => new ModelCheckpoint('a.keras', { saveWeightsOnly: true })).toThrow(/'.weights.h5'/);
    expect(() => new ModelCheckpoint('a.keras', { saveFreq: 'batch' as never })).toThrow(/saveFreq/);
    expect(() => new ModelCheckpoint('a.keras', { mode: 'maxx' as never })).toThrow(/'max'/);
    expect(() => new ModelCheckpoint('a.keras', { save_best_only: true } as never)).toThrow(/saveBestOnly/);
    expect(() => new OrbaxCheckpoint('a')).toThrow(/ModelCheckpoint/);
  });
});

describe('CSVLogger', () => {
  it('adds to a file where asked to', async () => {
    const path = join(folder, 'log.csv');
    for (const append of [false, false, true])
      await line().fit(x, y, { verbose: 0, callbacks: new CSVLogger(path, { append }) });
    const rows = readFileSync(path, 'utf8').split('\r\n');
    expect(rows[0]).toBe('epoch,loss,mae,val_loss,val_mae');
    expect(rows.map((row) => row.split(',')[0])).toEqual(['epoch', '0', '0', '']);
    expect(rows[1]).toMatch(/,NA,NA$/);
  });

  it('refuses what cannot be', () => {
    expect(() => new CSVLogger('')).toThrow(/path/);
    expect(() => new CSVLogger('a', { separator: ', ' })).toThrow(/one character/);
  });
});

describe('RemoteMonitor', () => {
  async function serve(options: { sendAsJson?: boolean; headers?: Record<string, string> }) {
    const seen: { url?: string; type?: string; key?: string; body: string }[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      let body = '';
      request.on('data', (data) => {
        body += data;
      });
      request.on('end', () => {
        seen.push({
          url: request.url,
          type: request.headers['content-type'],
          key: request.headers['x-key'] as string,
          body,
        });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const callbacks = new RemoteMonitor({ root, ...options });
    const { history } = await line().fit(x, y, { epochs: 2, verbose: 0, callbacks });
    await new Promise((resolve) => server.close(resolve));
    return { seen, losses: history.loss! };
  }

  it('posts a form', async () => {
    const { seen, losses } = await serve({ headers: { 'x-key': 'k' } });
    expect(seen.map((s) => [s.url, s.type, s.key])).toEqual(
      Array(2).fill(['/publish/epoch/end/', 'application/x-www-form-urlencoded;charset=UTF-8', 'k']),
    );
    const sent = seen.map((s) => JSON.parse(new URLSearchParams(s.body).get('data')!));
    expect(sent.map((s) => [s.epoch, s.loss])).toEqual(losses.map((loss, i) => [i, loss]));
  });

  it('posts JSON', async () => {
    const { seen, losses } = await serve({ sendAsJson: true });
    expect(seen.map((s) => [s.type, JSON.parse(s.body).loss])).toEqual(losses.map((l) => ['application/json', l]));
  });

  it('does not end a training when nobody listens, and says so once', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      const callbacks = new RemoteMonitor({ root: 'http://127.0.0.1:9' });
      expect((await line().fit(x, y, { epochs: 2, verbose: 0, callbacks })).epoch).toEqual([0, 1]);
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
    expect(() => new RemoteMonitor({ root: 'nowhere' })).toThrow(/address/);
  });
});

describe('SwapEMAWeights', () => {
  const averaged = () => new optimizers.SGD({ learningRate: 0.1, useEma: true, emaMomentum: 0.5 });

  it('validates with the averages, and trains on with the weights', async () => {
    const plain = line(averaged());
    const kept: { weights: number[][]; averages: number[][] }[] = [];
    const read = (model: Sequential) =>
      kept.push({
        weights: weightsOf(model),
        averages: model.optimizer!.averages.map((p) => [...p.average.read()]),
      });
    await plain.fit(x, y, { epochs: 2, verbose: 0, callbacks: { onEpochEnd: () => void read(plain) } });
    const model = line(averaged());
    const inTest: number[][][] = [];
    const after: number[][][] = [];
    const { history } = await model.fit(x, y, {
      epochs: 2,
      verbose: 0,
      validationData: [x, y],
      callbacks: [
        new SwapEMAWeights(),
        {
          onTestBatchBegin: () => void inTest.push(weightsOf(model)),
          onEpochEnd: () => void after.push(weightsOf(model)),
        },
      ],
    });
    expect(inTest).toEqual(kept.map((k) => k.averages));
    expect(after).toEqual(kept.map((k) => k.weights));
    const other = line();
    other.setWeights(kept[1]!.averages.map((w, i) => tensor(Float32Array.from(w), model.weights[i]!.shape)));
    expect((await other.evaluate(x, y, { verbose: 0 })).loss).toBe(history.val_loss![1]);
  });

  it('lets checkpoints save the averages', async () => {
    const model = line(averaged());
    const averages: number[][][] = [];
    await model.fit(x, y, {
      epochs: 2,
      verbose: 0,
      callbacks: [
        { onEpochEnd: () => void averages.push(model.optimizer!.averages.map((p) => [...p.average.read()])) },
        new SwapEMAWeights({ swapOnEpoch: true }),
        new ModelCheckpoint(join(folder, '{epoch}.keras')),
      ],
    });
    for (const epoch of [1, 2])
      expect(weightsOf((await loadModel(join(folder, `${epoch}.keras`))) as Sequential)).toEqual(averages[epoch - 1]);
    expect(weightsOf(model)).toEqual(averages[1]);
  });

  it('gives the weights back after predict, and needs averages', async () => {
    const model = line(averaged());
    await model.fit(x, y, {
      verbose: 0,
      callbacks: { onTrainEnd: () => model.weights[0]!.assignAdd(ops.ones([3, 4])) },
    });
    const before = weightsOf(model);
    await model.predict(x, { verbose: 0, callbacks: new SwapEMAWeights() });
    expect(weightsOf(model)).toEqual(before);
    await expect(line().fit(x, y, { verbose: 0, callbacks: new SwapEMAWeights() })).rejects.toThrow(/useEma: true/);
  });
});

describe('TerminateOnNaN', () => {
  it('rejects fit where asked to', async () => {
    const model = line();
    model.weights[0]!.assign(ops.full([3, 4], Number.NaN));
    const fit = model.fit(x, y, { verbose: 0, callbacks: new TerminateOnNaN({ raiseError: true }) });
    await expect(fit).rejects.toMatchObject({ code: 'NOT_FINITE' });
  });
});

describe('ReduceLROnPlateau', () => {
  it('reduces the rate of the compiled step, and reports it', async () => {
    const callbacks = new ReduceLROnPlateau({ monitor: 'loss', patience: 1, minDelta: 1e9, factor: 0.5 });
    const { history } = await line(new optimizers.SGD(0.5)).fit(x, y, { epochs: 4, verbose: 0, callbacks });
    expect(history.learning_rate).toEqual([0.5, 0.5, 0.25, 0.125]);
    expect(() => new ReduceLROnPlateau({ factor: 1 })).toThrow(/factor/);
  });
});

describe('several optimizers', () => {
  it('each have their learning rate set and logged', async () => {
    const [a, b] = [
      new optimizers.SGD({ learningRate: 0.5, name: 'a' }),
      new optimizers.SGD({ learningRate: 0.25, name: 'b' }),
    ];
    const both = new optimizers.MultiOptimizer((weight) => (weight.name === 'bias' ? b : a));
    const callbacks = new ReduceLROnPlateau({ monitor: 'loss', patience: 1, minDelta: 1e9, factor: 0.5 });
    const { history } = await line(both).fit(x, y, { epochs: 3, verbose: 0, callbacks });
    expect([history.learning_rate_a, history.learning_rate_b]).toEqual([
      [0.5, 0.5, 0.25],
      [0.25, 0.25, 0.125],
    ]);
    const scaled = new optimizers.LossScaleOptimizer(new optimizers.SGD(0.5));
    const schedule = new LearningRateScheduler((_, rate) => rate / 2);
    expect(
      (await line(scaled).fit(x, y, { epochs: 2, verbose: 0, callbacks: schedule })).history.learning_rate,
    ).toEqual([0.25, 0.125]);
  });
});

describe('CallbackList', () => {
  it('drives callbacks of a training loop of one’s own', async () => {
    const model = line();
    const calls: string[] = [];
    const list = new CallbackList([{ onEpochEnd: (epoch) => void calls.push(`end ${epoch}`) }], {
      model,
      addHistory: true,
      addProgbar: true,
      epochs: 2,
    });
    expect(list.callbacks.map((c) => c.constructor)).toEqual([Object, History, ProgbarLogger]);
    await list.onTrainBegin();
    for (let epoch = 0; epoch < 2; epoch++) {
      await list.onEpochBegin(epoch);
      await list.onEpochEnd(epoch, await model.trainOnBatch(x, y));
    }
    await list.onTrainEnd();
    expect(calls).toEqual(['end 0', 'end 1']);
    expect((list.callbacks[1] as History).history.loss).toHaveLength(2);
    expect(() => new CallbackList([{ onEpochEnds() {} } as never])).toThrow(/'onEpochEnd'/);
  });
});

it('a callback can look at other callbacks’ files at once', async () => {
  writeFileSync(join(folder, 'old.csv'), 'old');
  const seen: boolean[] = [];
  await line().fit(x, y, {
    verbose: 0,
    callbacks: [
      new CSVLogger(join(folder, 'old.csv')),
      { onEpochEnd: () => void seen.push(existsSync(join(folder, 'old.csv'))) },
    ],
  });
  expect(seen).toEqual([true]);
  expect(readFileSync(join(folder, 'old.csv'), 'utf8')).not.toContain('old');
});
