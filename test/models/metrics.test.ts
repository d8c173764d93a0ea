import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CSVLogger, EarlyStopping } from '../../src/callbacks/index.ts';
import { ProgressBar } from '../../src/callbacks/progress-bar.ts';
import { type CallOptions, Dense, Input, Layer } from '../../src/layers/index.ts';
import { FBetaScore, Mean, Metric, R2Score, Sum } from '../../src/metrics/index.ts';
import { Model, Sequential, type StepData } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { type Tensor, tensor, Variable } from '../../src/trace/index.ts';

const rows = (count: number, width: number, f: (i: number, j: number) => number) =>
  tensor(
    Float32Array.from({ length: count * width }, (_, k) => f(Math.floor(k / width), k % width)),
    [count, width],
  );
const x = rows(10, 4, (i, j) => ((i * 3 + j * 5) % 7) / 7);
const y = rows(10, 3, (i, j) => (i % 3 === j ? 1 : 0));
const once = { verbose: 0, batchSize: 4 } as const;
const quiet = { ...once, shuffle: false } as const;

function classifier(metrics: Metric[]): Sequential {
  const model = new Sequential([Input({ shape: [4] }), new Dense(3, { activation: 'softmax' })]);
  model.compile({ optimizer: 'sgd', loss: 'categorical_crossentropy', metrics });
  return model;
}

describe('a metric that gives a vector', () => {
  const values = (logs: Record<string, number>, name: string) => logs[name] as unknown as number[];

  it('is reported as an array, in the history, by evaluate and by single batches', async () => {
    const model = classifier([new FBetaScore({ average: null }), new R2Score({ classAggregation: null })]);
    const { history } = await model.fit(x, y, { ...quiet, epochs: 2, validationData: [x, y] });
    expect(Object.keys(history)).toEqual([
      'fbeta_score',
      'loss',
      'r2_score',
      'val_fbeta_score',
      'val_loss',
      'val_r2_score',
    ]);
    for (const name of ['fbeta_score', 'val_fbeta_score', 'r2_score'])
      expect(history[name]!.map((v) => (v as unknown as number[]).length)).toEqual([3, 3]);
    const logs = await model.evaluate(x, y, once);
    expect(logs.loss).toBeTypeOf('number');
    expect(values(history as never, 'val_r2_score')[1]).toEqual(logs.r2_score);
    const direct = new FBetaScore({ average: null });
    direct.updateState(y, model.apply(x));
    expect(values(logs, 'fbeta_score')).toEqual(direct.result().arraySync());
    model.resetMetrics();
    expect((await model.testOnBatch(x, y)).fbeta_score).toEqual(logs.fbeta_score);
    expect(values(await model.trainOnBatch(x, y), 'fbeta_score')).toHaveLength(3);
  });

  it('stands in lists where these are asked for', async () => {
    const model = classifier([new FBetaScore({ average: null })]);
    const { loss, fbeta_score } = await model.evaluate(x, y, once);
    expect(await model.evaluate(x, y, { ...once, returnDict: false })).toEqual([loss, fbeta_score]);
    expect(await model.evaluate(x, y, { ...once, returnDict: true })).toEqual({ loss, fbeta_score });
    expect(await model.testOnBatch(x, y, { returnDict: false })).toHaveLength(2);
    expect(await model.trainOnBatch(x, y, { returnDict: false })).toHaveLength(2);
    model.compile({ loss: 'mse' });
    expect(await model.testOnBatch(x, y, { returnDict: false })).toBeTypeOf('number');
    await expect(model.testOnBatch(x, y, { returnDict: 1 as never })).rejects.toThrow(
      /returnDict must be true or false/,
    );
  });

  it('may give a matrix, and a step of the model\u2019s own too', async () => {
    class Pairs extends Metric {
      readonly counts = this.addVariable([3, 3], 'counts');
      override updateState(target: Tensor, prediction: Tensor): void {
        this.counts.assignAdd(ops.matmul(ops.transpose(target), ops.cast(ops.greater(prediction, 0), 'float32')));
      }
      override result(): Tensor {
        return this.counts.value();
      }
    }
    const model = classifier([new Pairs({ name: 'pairs' })]);
    const logs = await model.evaluate(x, y, once);
    expect(logs.pairs).toEqual([4, 3, 3].map((n) => [n, n, n]));
    class Own extends Model {
      readonly dense = new Dense(3);
      override call(inputs: Tensor, _options: CallOptions) {
        return this.dense.apply(inputs);
      }
      override testStep({ x: inputs }: StepData) {
        return { low: ops.min(inputs, 0), loss: ops.sum(inputs) };
      }
    }
    const own = new Own();
    own.compile({ loss: 'mse' });
    expect((await own.evaluate(x, y, { ...once, batchSize: 10 })).low).toEqual(ops.min(x, 0).arraySync());
  });

  it('is shown as its mean, and written to CSV as Keras writes it', async () => {
    let text = '';
    const write = (t: string) => {
      text += t;
    };
    const bar = new ProgressBar({ target: 1, verbose: 2, write, now: () => 0 });
    bar.update(1, { f: [0.5, 0.25, 0.75] as unknown as number, m: [[1, 3]] as unknown as number }, true);
    expect(text).toContain(' - f: 0.5000 - m: 2.0000');
    const folder = mkdtempSync(join(tmpdir(), 'olifant-'));
    try {
      const path = join(folder, 'log.csv');
      const logger = new CSVLogger(path);
      logger.onTrainBegin();
      logger.onEpochEnd(0, { f: [Math.fround(0.1), 1, 1e-5] as unknown as number, loss: Math.fround(0.1) });
      logger.onTrainEnd();
      expect(existsSync(path)).toBe(true);
      // Python's csv.writer, given '"[0.1, 1.0, 1e-05]"' and 0.10000000149011612
      expect(readFileSync(path, 'utf8').split('\r\n')[1]).toBe('0,"""[0.1, 1.0, 1e-05]""",0.10000000149011612,NA,NA');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('cannot be watched', async () => {
    const model = classifier([new FBetaScore({ average: null })]);
    const callbacks = new EarlyStopping({ monitor: 'fbeta_score', mode: 'max' });
    await expect(model.fit(x, y, { ...quiet, callbacks })).rejects.toThrow(
      /EarlyStopping: the metric 'fbeta_score' gives several numbers/,
    );
  });
});

describe('metrics of layers', () => {
  const sumOfX = [...x.dataSync()].reduce((a, b) => a + b, 0);

  class Watching extends Layer {
    readonly size = new Mean({ name: 'size' });
    readonly more = { list: [new Sum({ name: 'total' })] };
    override call(inputs: Tensor) {
      this.size.updateState(inputs);
      this.more.list[0]!.updateState(inputs);
      return inputs;
    }
  }

  it('are found in fields, lists and records, also of layers inside, and set back each epoch', async () => {
    class Outer extends Layer {
      readonly inner = [new Watching()];
      override call(inputs: Tensor) {
        return this.inner[0]!.apply(inputs);
      }
    }
    const outer = new Outer();
    const model = new Sequential([Input({ shape: [4] }), outer, new Dense(3)]);
    model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] });
    const { history } = await model.fit(x, y, { ...quiet, epochs: 2, validationData: [x, y] });
    expect(model.metrics.map((m) => m.name)).toEqual(['loss', 'mae', 'size', 'total']);
    expect(outer.metrics.map((m) => m.name)).toEqual(['size', 'total']);
    for (const name of ['total', 'val_total']) for (const v of history[name]!) expect(v).toBeCloseTo(sumOfX, 4);
    for (const v of history.size!) expect(v).toBeCloseTo(sumOfX / x.size, 5);
  });

  it('of addMetric are means over the epoch', async () => {
    class Adding extends Layer {
      override call(inputs: Tensor) {
        this.addMetric(ops.sum(inputs, -1), 'row');
        this.addMetric(3, 'three', 'mean');
        return inputs;
      }
    }
    const layer = new Adding();
    const model = new Sequential([layer, new Dense(3)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const { history } = await model.fit(x, y, { ...quiet, epochs: 3 });
    expect(Object.keys(history)).toEqual(['loss', 'row', 'three']);
    for (const v of history.row!) expect(v).toBeCloseTo(sumOfX / 10, 4);
    expect(history.three).toEqual([3, 3, 3]);
    expect(layer.metrics.map((m) => m.name)).toEqual(['row', 'three']);
    const logs = await model.evaluate(x, y, once);
    expect(logs.row).toBeCloseTo(sumOfX / 10, 4);
    expect(() => layer.addMetric(1, '')).toThrow(/addMetric expected a name/);
    expect(() => layer.addMetric(1, 'a', 'sum' as never)).toThrow(/knows the aggregation 'mean' alone/);
    expect(() => layer.addMetric(Input({ shape: [1] }) as never, 'a')).toThrow(/expected a tensor/);
  });

  it('of a model inside of a model are not reported, but for those of its layers', async () => {
    class Inner extends Model {
      readonly own = new Mean({ name: 'own' });
      readonly watching = new Watching();
      override call(inputs: Tensor, _options: CallOptions) {
        this.own.updateState(inputs);
        return this.watching.apply(inputs);
      }
    }
    const model = new Sequential([Input({ shape: [4] }), new Inner(), new Dense(3)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    expect(Object.keys(await model.evaluate(x, y, once))).toEqual(['loss', 'size', 'total']);
    const alone = new Inner();
    alone.compile({ optimizer: 'sgd', loss: 'mse' });
    expect(Object.keys(await alone.evaluate(x, x, once))).toEqual(['loss', 'own', 'size', 'total']);
  });

  it('stay out of weights and files', () => {
    const layer = new Watching();
    layer.apply(x);
    expect(layer.weights).toEqual([]);
    expect(layer.size.result().item()).toBeCloseTo(sumOfX / x.size, 5);
    expect(new Variable(1).trainable).toBe(true);
  });
});
