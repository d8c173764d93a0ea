import { describe, expect, it } from 'vitest';
import type { Logs } from '../../src/callbacks/callback.ts';
import {
  Callback,
  EarlyStopping,
  LambdaCallback,
  LearningRateScheduler,
  TerminateOnNaN,
} from '../../src/callbacks/index.ts';
import { Add, Dense, Input, Layer } from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { SLICE } from '../../src/runtime/turns.ts';
import { HostRandom, SeedGenerator, setRandomSeed, type Tensor, tensor, Variable } from '../../src/trace/index.ts';

const ROWS = 20;

function numbers(count: number, seed = 1): Float32Array {
  const random = new HostRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal());
}

const x = tensor(numbers(ROWS * 3), [ROWS, 3]);
const y = Int32Array.from({ length: ROWS }, (_, i) => (x.dataSync()[3 * i]! > 0 ? 1 : 0));

function classifier(metrics: 'accuracy'[] = ['accuracy']): Sequential {
  setRandomSeed(1);
  const model = new Sequential([
    Input({ shape: [3] }),
    new Dense(4, { activation: 'tanh' }),
    new Dense(2, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'sgd', loss: 'sparse_categorical_crossentropy', metrics });
  return model;
}

const weightsOf = (model: Model) => model.weights.map((w) => [...w.read()]);

describe('fit', () => {
  it('lowers the loss, and reports under Keras\u2019s keys in its order', async () => {
    const model = classifier();
    const { history, epoch } = await model.fit(x, y, { epochs: 3, batchSize: 6, verbose: 0, validationSplit: 0.25 });
    expect(Object.keys(history)).toEqual(['accuracy', 'loss', 'val_accuracy', 'val_loss']);
    expect(epoch).toEqual([0, 1, 2]);
    expect(history.loss![2]!).toBeLessThan(history.loss![0]!);
    expect(Object.keys(await model.evaluate(x, y, { verbose: 0 }))).toEqual(['loss', 'accuracy']);
  });

  it('is the same for the same seed, shuffling included', async () => {
    const run = async (seed: number) => {
      setRandomSeed(seed);
      const model = new Sequential([Input({ shape: [3] }), new Dense(2)]);
      model.compile({ optimizer: 'sgd', loss: 'mse' });
      await model.fit(x, tensor(numbers(ROWS * 2, 2), [ROWS, 2]), { epochs: 2, batchSize: 7, verbose: 0 });
      return weightsOf(model);
    };
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });

  it('means the loss over samples, not over batches, where the last batch is partial', async () => {
    const model = classifier([]);
    const whole = await model.evaluate(x, y, { verbose: 0, batchSize: ROWS });
    const parts = await model.evaluate(x, y, { verbose: 0, batchSize: 6 });
    expect(parts.loss!).toBeCloseTo(whole.loss!, 5);
  });

  it('validates on the last samples', async () => {
    const model = classifier([]);
    const { history } = await model.fit(x, y, { verbose: 0, validationSplit: 0.25, shuffle: false });
    const last = tensor(x.dataSync().slice(15 * 3), [5, 3]);
    const { loss } = await model.evaluate(last, y.slice(15), { verbose: 0 });
    expect(history.val_loss![0]!).toBeCloseTo(loss!, 5);
  });

  it('validates after the epochs that validationFreq names', async () => {
    const model = classifier([]);
    const options = { epochs: 4, verbose: 0, validationData: [x, y] } as const;
    expect((await model.fit(x, y, { ...options, validationFreq: 2 })).history.val_loss).toHaveLength(2);
    expect((await model.fit(x, y, { ...options, validationFreq: [1, 2, 4] })).history.val_loss).toHaveLength(3);
  });

  it('weighs samples: weight 0 is as if they were not there', async () => {
    const weight = Float32Array.from({ length: ROWS }, (_, i) => (i < 10 ? 2 : 0));
    const [a, b] = [classifier([]), classifier([])];
    await a.fit(x, y, { verbose: 0, batchSize: ROWS, shuffle: false, sampleWeight: weight });
    await b.fit(tensor(x.dataSync().slice(0, 30), [10, 3]), y.slice(0, 10), {
      verbose: 0,
      batchSize: 10,
      shuffle: false,
    });
    weightsOf(a).forEach((w, i) => {
      w.forEach((v, j) => {
        expect(v).toBeCloseTo(weightsOf(b)[i]![j]!, 5);
      });
    });
  });

  it('weighs classes as samples of these weights', async () => {
    const classWeight = { 0: 0.5, 1: 3 };
    const sampleWeight = Float32Array.from(y, (c) => classWeight[c as 0 | 1]);
    const [a, b] = [classifier([]), classifier([])];
    await a.fit(x, y, { verbose: 0, shuffle: false, classWeight });
    await b.fit(x, y, { verbose: 0, shuffle: false, sampleWeight });
    expect(weightsOf(a)).toEqual(weightsOf(b));
  });

  it('goes on at initialEpoch, and takes streams', async () => {
    const model = classifier([]);
    const seen: number[] = [];
    function* batches() {
      for (;;) yield [tensor(x.dataSync().slice(0, 12), [4, 3]), y.slice(0, 4)];
    }
    const history = await model.fit(batches, {
      epochs: 4,
      initialEpoch: 2,
      stepsPerEpoch: 3,
      verbose: 0,
      callbacks: { onTrainBatchEnd: (batch) => void seen.push(batch) },
    });
    expect(history.epoch).toEqual([2, 3]);
    expect(seen).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('compiles one program for each shape of batch and mode', async () => {
    const model = classifier();
    await model.fit(x, y, { verbose: 0, epochs: 3, batchSize: 8 });
    const program = (count: number) =>
      model.trainer.program('train', {
        samples: {
          x: [{ data: x.dataSync(), shape: x.shape, dtype: 'float32' }],
          y: [{ data: y, shape: [ROWS], dtype: 'int32' }],
          weights: [],
          rows: ROWS,
          names: null,
        },
        order: null,
        start: 0,
        count,
      });
    expect(program(8)).toBe(program(8));
    expect(program(8)).not.toBe(program(4));
  });
});

describe('callbacks', () => {
  it('are called in order, async ones awaited, with the values of the moment', async () => {
    const calls: string[] = [];
    const log = (name: string) => () => void calls.push(name);
    class Slow extends Callback {
      override async onEpochBegin() {
        await new Promise((resolve) => setTimeout(resolve, 1));
        calls.push('slow epochBegin');
      }
    }
    const hooks = {
      onTrainBegin: log('trainBegin'),
      onEpochBegin: log('epochBegin'),
      onTrainBatchBegin: log('batchBegin'),
      onTrainBatchEnd: log('batchEnd'),
      onTestBegin: log('testBegin'),
      onTestEnd: log('testEnd'),
      onEpochEnd: log('epochEnd'),
      onTrainEnd: log('trainEnd'),
    };
    await classifier([]).fit(x, y, {
      verbose: 0,
      batchSize: 10,
      validationSplit: 0.5,
      callbacks: [new Slow(), new LambdaCallback(hooks)],
    });
    expect(calls).toEqual([
      'trainBegin',
      'slow epochBegin',
      'epochBegin',
      'batchBegin',
      'batchEnd',
      'testBegin',
      'testEnd',
      'epochEnd',
      'trainEnd',
    ]);
  });

  it('see the metrics since the beginning of the epoch', async () => {
    const losses: number[] = [];
    const model = classifier();
    const { history } = await model.fit(x, y, {
      verbose: 0,
      batchSize: 5,
      callbacks: { onTrainBatchEnd: (_, logs) => void losses.push({ ...logs }.loss!) },
    });
    expect(losses).toHaveLength(4);
    expect(losses[3]).toBe(history.loss![0]);
  });

  it('stop training: at once by stopTraining, early by EarlyStopping, which restores the best weights', async () => {
    const model = classifier([]);
    const once = await model.fit(x, y, {
      verbose: 0,
      epochs: 5,
      batchSize: 5,
      callbacks: {
        onTrainBatchEnd: (batch) => {
          if (batch === 1) model.stopTraining = true;
        },
      },
    });
    expect(once.epoch).toEqual([0]);
    const kept: number[][][] = [];
    // Without learning, no epoch is better than the first.
    model.optimizer!.learningRate = 0;
    const stopper = new EarlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true });
    const history = await model.fit(x, y, {
      verbose: 0,
      epochs: 9,
      shuffle: false,
      callbacks: [
        {
          onEpochEnd: (epoch) => {
            if (epoch === 0) kept.push(weightsOf(model));
            else model.weights[0]!.assignAdd(ops.ones([3, 4]));
          },
        },
        stopper,
      ],
    });
    expect(stopper.stoppedEpoch).toBe(history.epoch.at(-1));
    expect(history.epoch.length).toBeLessThan(9);
    expect(stopper.bestEpoch).toBeLessThan(stopper.stoppedEpoch);
    if (stopper.bestEpoch === 0) expect(weightsOf(model)).toEqual(kept[0]);
  });

  it('end evaluation and prediction at once, too', async () => {
    const model = classifier();
    const seen: string[] = [];
    const stop = {
      onBatchEnd: (batch: number) => void seen.push(`train ${batch}`),
      onTestBatchEnd(batch: number) {
        seen.push(`test ${batch}`);
        model.stopEvaluating = batch === 1;
      },
      onPredictBatchEnd(batch: number, logs: Logs) {
        seen.push(`predict ${batch} [${(logs.outputs as unknown as Tensor).shape}]`);
        model.stopPredicting = batch === 2;
      },
    };
    const quiet = { verbose: 0, batchSize: 4, callbacks: stop } as const;
    await model.fit(x, y, { ...quiet, stepsPerEpoch: 1, validationData: [x, y] });
    await model.evaluate(x, y, quiet);
    expect((await model.predict(x, quiet)).shape).toEqual([12, 2]);
    expect(seen).toEqual([
      'train 0',
      ...['test 0', 'test 1', 'test 0', 'test 1'],
      ...['predict 0 [4,2]', 'predict 1 [4,2]', 'predict 2 [4,2]'],
    ]);
  });

  it('are called after several steps where stepsPerExecution says so, with the outputs of all of them', async () => {
    const model = classifier();
    model.compile({ loss: 'sparse_categorical_crossentropy', stepsPerExecution: 3 });
    const [begun, ended]: [number[], string[]] = [[], []];
    class Watch extends Callback {
      override onTestBatchBegin = (batch: number) => void begun.push(batch);
      override onPredictBatchBegin = (batch: number) => void begun.push(batch);
      override onPredictBatchEnd = (batch: number, logs: Logs) =>
        void ended.push(`${batch} [${(logs.outputs as unknown as Tensor).shape}]`);
    }
    const quiet = { verbose: 0, batchSize: 3, callbacks: new Watch() } as const;
    await model.evaluate(x, y, quiet);
    await model.predict(x, quiet);
    expect(begun).toEqual([0, 3, 6, 0, 3, 6]);
    expect(ended).toEqual(['2 [9,2]', '5 [9,2]', '6 [2,2]']);
  });

  it('predict batches of [x, y] as training takes them', async () => {
    const model = classifier();
    const two = [Input({ shape: [3] }), Input({ shape: [3] })] as const;
    const sum = new Model({ inputs: [...two], outputs: new Add().apply([...two]) });
    const all = model.predict(x, { verbose: 0 });
    const of = (...batches: unknown[]) => model.predict(batches, { verbose: 0 });
    for (const batch of [[x], [x, y], [x, y, y]])
      expect((await model.predict([batch].values(), { verbose: 0 })).dataSync()).toEqual((await all).dataSync());
    await expect(of()).rejects.toThrow();
    const doubled = ops.multiply(x, 2).dataSync();
    for (const batch of [[x, x], [[x, x]], [[x, x], y]])
      expect((await sum.predict([batch].values(), { verbose: 0 })).dataSync()).toEqual(doubled);
  });

  it('set the learning rate for the same compiled step', async () => {
    const model = classifier([]);
    const { history } = await model.fit(x, y, {
      verbose: 0,
      epochs: 3,
      callbacks: [new LearningRateScheduler((epoch, rate) => (epoch < 2 ? rate : 0))],
    });
    history.learning_rate!.forEach((rate, i) => expect(rate).toBeCloseTo([0.01, 0.01, 0][i]!, 6));
    const before = weightsOf(model);
    await model.fit(x, y, { verbose: 0 });
    expect(weightsOf(model)).toEqual(before);
  });

  it('stop at NaN', async () => {
    const model = classifier([]);
    model.weights[0]!.assign(ops.full([3, 4], Number.NaN));
    expect((await model.fit(x, y, { verbose: 0, epochs: 3, callbacks: new TerminateOnNaN() })).epoch).toEqual([0]);
  });
});

describe('abort', () => {
  it('ends after the step with the reason, and leaves the model usable', async () => {
    const model = classifier([]);
    const stop = new AbortController();
    let steps = 0;
    const fit = model.fit(x, y, {
      verbose: 0,
      epochs: 1000,
      batchSize: 4,
      signal: stop.signal,
      callbacks: {
        onTrainBatchEnd: () => {
          if (++steps === 3) stop.abort(new Error('enough'));
        },
      },
    });
    await expect(fit).rejects.toThrow('enough');
    expect(steps).toBe(3);
    expect((await model.fit(x, y, { verbose: 0 })).epoch).toEqual([0]);
    await expect(model.predict(x, { signal: stop.signal, verbose: 0 })).rejects.toThrow('enough');
  });

  it('lets timers run', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    // Steps so long that each of them is followed by a pause: a timer is due in every one.
    const onTrainBatchEnd = () => {
      for (const begun = performance.now(); performance.now() - begun < 2 * SLICE; );
    };
    await classifier([]).fit(x, y, { verbose: 0, batchSize: 2, callbacks: { onTrainBatchEnd } });
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(ROWS / 2 - 1);
  });
});

describe('models', () => {
  function twoOutputs() {
    setRandomSeed(2);
    const [a, b] = [Input({ shape: [3], name: 'a' }), Input({ shape: [2], name: 'b' })];
    const shared = new Dense(4, { name: 'shared', activation: 'relu' });
    const h = shared.apply(new Dense(3, { name: 'first' }).apply(a));
    const k = shared.apply(new Dense(3, { name: 'second' }).apply(b));
    const sum = new Plus().apply([h, k]);
    return new Model({
      inputs: [a, b],
      outputs: [
        new Dense(1, { name: 'price' }).apply(sum),
        new Dense(2, { name: 'kind', activation: 'softmax' }).apply(sum),
      ],
    });
  }

  class Plus extends Layer {
    static override className = 'Plus';
    override call(inputs: Tensor | Tensor[]) {
      const [p, q] = inputs as Tensor[];
      return ops.add(p!, q!);
    }
  }

  it('have several inputs and outputs, by order or by name', async () => {
    const model = twoOutputs();
    model.compile({
      optimizer: 'sgd',
      loss: { price: 'mse', kind: 'sparse_categorical_crossentropy' },
      lossWeights: { price: 0.5, kind: 2 },
      metrics: { price: ['mae'], kind: 'accuracy' },
    });
    const b = tensor(numbers(ROWS * 2, 3), [ROWS, 2]);
    const price = numbers(ROWS, 4);
    const byName = await model.evaluate({ b, a: x }, { kind: y, price }, { verbose: 0 });
    const byOrder = await model.evaluate([x, b], [price, y], { verbose: 0 });
    expect(byName).toEqual(byOrder);
    expect(Object.keys(byName).sort()).toEqual(['kind_accuracy', 'kind_loss', 'loss', 'price_loss', 'price_mae']);
    expect(byName.loss!).toBeCloseTo(0.5 * byName.price_loss! + 2 * byName.kind_loss!, 5);
    const outputs = await model.predict<Tensor[]>([x, b], { verbose: 0 });
    expect(outputs.map((t) => t.shape)).toEqual([
      [ROWS, 1],
      [ROWS, 2],
    ]);
    expect(model.weights.map((w) => w.path)).toEqual([
      'first/kernel',
      'first/bias',
      'second/kernel',
      'second/bias',
      'shared/kernel',
      'shared/bias',
      'price/kernel',
      'price/bias',
      'kind/kernel',
      'kind/bias',
    ]);
  });

  it('can be classes with a call of their own, built by the first data', async () => {
    class Net extends Model {
      blocks = [new Dense(3, { activation: 'tanh' }), new Dense(4)];
      end = new Dense(2, { activation: 'softmax' });
      override call(inputs: Tensor, { training }: { training?: boolean }) {
        expect(typeof training).toBe('boolean');
        return this.end.apply(this.blocks.reduce((h, block) => block.apply(h), inputs));
      }
    }
    const model = new Net();
    model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
    const { history } = await model.fit(x, y, { verbose: 0, epochs: 2 });
    expect(history.accuracy).toHaveLength(2);
    expect(model.layers.map((l) => l.className)).toEqual(['Dense', 'Dense', 'Dense']);
    expect(model.countParams()).toBe(12 + 16 + 10);
    expect(model.weights[0]!.path).toBe('net/dense/kernel'.replace('dense', model.layers[0]!.name));
    expect((await model.predict(x, { verbose: 0 })).shape).toEqual([ROWS, 2]);
  });

  it('nest, share weights, freeze', async () => {
    const inner = new Sequential([Input({ shape: [3] }), new Dense(4, { name: 'inside' })], { name: 'inner' });
    const input = Input({ shape: [3] });
    const model = new Model({ inputs: input, outputs: new Dense(2, { name: 'outside' }).apply(inner.apply(input)) });
    inner.trainable = false;
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const before = weightsOf(inner);
    await model.fit(x, tensor(numbers(ROWS * 2), [ROWS, 2]), { verbose: 0 });
    expect(weightsOf(inner)).toEqual(before);
    expect(model.trainableWeights.map((w) => w.path)).toEqual(['outside/kernel', 'outside/bias']);
    expect(model.nonTrainableWeights).toHaveLength(2);
    expect(model.getLayer('inner')).toBe(inner);
    expect(model.getLayer(0).className).toBe('InputLayer');
  });

  it('add losses of layers and regularizers, in training and evaluation', async () => {
    class Penalty extends Layer {
      static override className = 'Penalty';
      override call(inputs: Tensor) {
        this.addLoss(ops.multiply(ops.sum(ops.ones([2])), 3));
        return inputs;
      }
    }
    const make = (regularizer: 'l2' | null, extra: Layer[]) => {
      setRandomSeed(1);
      const model = new Sequential([Input({ shape: [3] }), new Dense(2, { kernelRegularizer: regularizer }), ...extra]);
      model.compile({ optimizer: 'sgd', loss: 'mse' });
      return model;
    };
    const target = tensor(numbers(ROWS * 2), [ROWS, 2]);
    const plain = make(null, []);
    const squares = Array.from(plain.weights[0]!.read()).reduce((s, w) => s + w * w, 0);
    const loss = async (m: Model) => (await m.evaluate(x, target, { verbose: 0 })).loss!;
    expect(await loss(make('l2', [new Penalty()]))).toBeCloseTo((await loss(plain)) + 0.01 * squares + 6, 4);
    expect((await make('l2', [new Penalty()]).trainOnBatch(x, target)).loss!).toBeCloseTo(
      (await loss(plain)) + 0.01 * squares + 6,
      4,
    );
  });

  it('draw random numbers anew in each step', async () => {
    class Noise extends Layer {
      static override className = 'Noise';
      seeds = new SeedGenerator(1);
      seen = new Variable([0, 0], { dtype: 'int32', trainable: false });
      override call(inputs: Tensor) {
        this.seen.assign(this.seeds.next());
        return inputs;
      }
    }
    const noise = new Noise();
    const model = new Sequential([Input({ shape: [3] }), noise, new Dense(2)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    await model.fit(x, tensor(numbers(ROWS * 2), [ROWS, 2]), { verbose: 0, batchSize: 10, epochs: 2 });
    expect([...noise.seen.read()]).toEqual([1, 3]);
  });

  it('take data of integers, and data without the axis of one channel', async () => {
    const model = new Sequential([Input({ shape: [4, 1] }), new Dense(2)]);
    const bytes = tensor(new Uint8Array(8).fill(255), [2, 4]);
    const floats = tensor(new Float32Array(8).fill(255), [2, 4, 1]);
    expect([...(await model.predict(bytes, { verbose: 0 })).dataSync()]).toEqual([
      ...(await model.predict(floats, { verbose: 0 })).dataSync(),
    ]);
  });

  it('take layers off and on', async () => {
    const model = new Sequential([Input({ shape: [3] }), new Dense(2, { name: 'one' }), new Dense(5, { name: 'two' })]);
    expect(model.outputShape).toEqual([null, 5]);
    expect(model.pop()!.name).toBe('two');
    model.add(new Dense(7));
    expect(model.outputShape).toEqual([null, 7]);
    expect((await model.predict(x, { verbose: 0 })).shape).toEqual([ROWS, 7]);
  });

  it('can be disposed of and used again', async () => {
    const model = classifier();
    await model.fit(x, y, { verbose: 0 });
    const before = weightsOf(model);
    model.dispose();
    expect(weightsOf(model)).toEqual(before);
    await model.fit(x, y, { verbose: 0 });
    expect(weightsOf(model)).not.toEqual(before);
  });

  it('get weights and set them', () => {
    const [a, b] = [classifier(), classifier()];
    a.weights[0]!.assign(ops.ones([3, 4]));
    b.setWeights(a.getWeights());
    expect(weightsOf(b)).toEqual(weightsOf(a));
    expect(() => b.setWeights([])).toThrow(/expected 4 tensors, got 0/);
    expect(() => b.setWeights(a.getWeights().reverse())).toThrow(/expected shape \(3, 4\)/);
  });

  it('say in which layer and step a NaN began', async () => {
    class Log extends Layer {
      static override className = 'Log';
      override call(inputs: Tensor) {
        return ops.log(inputs);
      }
    }
    const model = new Sequential([Input({ shape: [1] }), new Log({ name: 'bad_log' }), new Dense(1)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const data = tensor([1, 2, 3, -1], [4, 1]);
    await expect(
      model.fit(data, [1, 1, 1, 1], { verbose: 0, batchSize: 2, shuffle: false, debugNaN: true }),
    ).rejects.toThrow(
      /the loss became NaN in step 2 of epoch 1.*began in 'bad_log', where log of shape \[2, 1\] gave NaN/,
    );
  });

  it('report a custom loss and custom metrics by their names', async () => {
    const model = new Sequential([Input({ shape: [3] }), new Dense(1)]);
    const meanGap = (t: Tensor, p: Tensor) => ops.mean(ops.abs(ops.subtract(t, p)), { axis: -1 });
    model.compile({ optimizer: 'sgd', loss: meanGap, metrics: [meanGap, 'mse'], weightedMetrics: ['mse'] });
    const logs: Logs = await model.evaluate(x, tensor(numbers(ROWS), [ROWS, 1]), { verbose: 0 });
    expect(Object.keys(logs)).toEqual(['loss', 'mean_gap', 'mse', 'weighted_mse']);
    expect(logs.mean_gap!).toBeCloseTo(logs.loss!, 5);
  });
});
