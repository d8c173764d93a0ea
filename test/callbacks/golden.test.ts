import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Callback,
  CSVLogger,
  EarlyStopping,
  type EarlyStoppingOptions,
  type Logs,
  ModelCheckpoint,
  type ModelCheckpointOptions,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
  type TrainedModel,
} from '../../src/callbacks/index.ts';
import { moreIsBetter } from '../../src/callbacks/monitor.ts';
import { formatPython } from '../../src/callbacks/python-format.ts';
import { metrics, optimizers } from '../../src/index.ts';

type Json = number | string;
interface Case {
  options: Record<string, unknown>;
  course: string;
  last: number;
  restored: number | null;
  rates: number[];
  saved: string[];
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/callbacks.json'), 'utf8'));
const part = (name: string) => golden.cases.find((c: { name: string }) => c.name === name);

const real = (x: Json): number => (typeof x === 'number' ? x : Number(x.replace('inf', 'Infinity')));
const camel = (options: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(options).map(([k, v]) => [k.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()), v]),
  );
const courseOf = (name: string): number[] => part('courses')[name].map(real);

/** As much of a model as callbacks look at. */
class FakeModel {
  optimizer = new optimizers.SGD(0.1);
  stopTraining = false;
  metrics = [];
  epoch: number | null = null;
  restored: number | null = null;
  saved: string[] = [];
  getWeights = () => [this.epoch];
  setWeights = ([epoch]: [number]) => {
    this.restored = epoch;
  };
  save = async (path: string) => void this.saved.push(basename(path));
}

async function play(callback: Callback, course: readonly number[], batches = 0) {
  const model = new FakeModel();
  callback.setModel(model as unknown as TrainedModel);
  callback.setParams({ verbose: 0, epochs: course.length, steps: batches, validates: false });
  await callback.onTrainBegin({});
  const rates: number[] = [];
  for (const [epoch, loss] of course.entries()) {
    model.epoch = epoch;
    await callback.onEpochBegin(epoch, {});
    for (let batch = 0; batch < batches; batch++) await callback.onTrainBatchEnd(batch, { loss });
    await callback.onEpochEnd(epoch, { loss });
    rates.push(model.optimizer.learningRate);
    if (model.stopTraining) break;
  }
  await callback.onTrainEnd({});
  return { model, rates, last: rates.length - 1 };
}

const nameOf = (c: Case) => `${c.course} ${JSON.stringify(c.options)}`;
const casesOf = (name: string): [string, Case][] => part(name).cases.map((c: Case) => [nameOf(c), c]);

describe('EarlyStopping, as in Keras', () => {
  it.each(casesOf('early_stopping'))('%s', async (_, c) => {
    const callback = new EarlyStopping({ monitor: 'loss', ...(camel(c.options) as EarlyStoppingOptions) });
    const { last, model } = await play(callback, courseOf(c.course));
    expect([last, model.restored]).toEqual([c.last, c.restored]);
  });
});

describe('ReduceLROnPlateau, as in Keras', () => {
  it.each(casesOf('reduce_lr_on_plateau'))('%s', async (_, c) => {
    const callback = new ReduceLROnPlateau({ monitor: 'loss', ...(camel(c.options) as ReduceLROnPlateauOptions) });
    const { rates } = await play(callback, courseOf(c.course));
    expect(rates).toEqual(c.rates);
  });
});

describe('ModelCheckpoint, as in Keras', () => {
  it.each(casesOf('model_checkpoint'))('%s', async (_, c) => {
    const path = '{epoch:02d}-{loss:.3f}.keras';
    const callback = new ModelCheckpoint(path, { monitor: 'loss', ...(camel(c.options) as ModelCheckpointOptions) });
    const { model } = await play(callback, courseOf(c.course), 4);
    expect(model.saved).toEqual(c.saved);
  });
});

it.each<[number, unknown]>(part('csv_logger').cases.map((c: unknown, i: number) => [i, c]))(
  'CSVLogger, as in Keras: %s',
  async (_, c) => {
    const { logs, separator, text } = c as { logs: Record<string, Json>[]; separator?: string; text: string };
    const folder = mkdtempSync(join(tmpdir(), 'olifant-csv-'));
    const path = join(folder, 'log.csv');
    const callback = new CSVLogger(path, { separator });
    await callback.onTrainBegin();
    for (const [epoch, row] of logs.entries())
      await callback.onEpochEnd(epoch, Object.fromEntries(Object.entries(row).map(([k, v]) => [k, real(v)])) as Logs);
    await callback.onTrainEnd();
    expect(readFileSync(path, 'utf8')).toBe(text);
    rmSync(folder, { recursive: true });
  },
);

describe('whether more is better', () => {
  const { name: _, ...directions } = part('directions') as Record<string, string>;
  it.each(Object.entries(directions))('%s: %s', (name, direction) => {
    for (const monitor of [name, `val_${name}`, `out_${name}`])
      expect(moreIsBetter({ monitor, mode: 'auto', minDelta: 0 }, 'X')).toBe(direction === 'up');
  });

  it('is found by the class of a metric with another name, or must be said', () => {
    const model = { metrics: [new metrics.BinaryAccuracy({ name: 'mine' })] } as unknown as TrainedModel;
    expect(moreIsBetter({ monitor: 'val_mine', mode: 'auto', minDelta: 0 }, 'X', model)).toBe(true);
    expect(() => moreIsBetter({ monitor: 'val_mine', mode: 'auto', minDelta: 0 }, 'X')).toThrow(/mode: 'max' or 'min'/);
    expect(moreIsBetter({ monitor: 'mine', mode: 'max', minDelta: 0 }, 'X')).toBe(true);
  });
});

describe("Python's formats", () => {
  const values = part('values');
  it.each<[string, unknown]>(
    part('formats').cases.map((c: { kind: string; format: string }) => [`${c.kind} '${c.format}'`, c]),
  )('%s', (_, c) => {
    const { kind, format, texts } = c as { kind: 'int' | 'float'; format: string; texts: string[] };
    const numbers: (number | bigint)[] = values[kind].map((v: Json) => (kind === 'int' ? BigInt(v) : real(v)));
    expect(numbers.map((x) => formatPython(`<{x:${format}}>`, { x }, 'X'))).toEqual(texts.map((t) => `<${t}>`));
  });

  it('keep doubled braces, and name what is wrong', () => {
    expect(formatPython('{{{epoch}}}', { epoch: 3n }, 'X')).toBe('{3}');
    const bad = (template: string) => () => formatPython(template, { epoch: 3n, loss: 1 }, 'X');
    expect(bad('{epoch')).toThrow(/no partner/);
    expect(bad('{los}')).toThrow(/no value 'los'; there are epoch, loss/);
    expect(bad('{loss:02d}')).toThrow(/'02d' does not fit 'loss'/);
    expect(bad('{epoch:zz}')).toThrow(/'zz' does not fit/);
  });
});
