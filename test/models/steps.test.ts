import { describe, expect, it } from 'vitest';
import { OlifantError } from '../../src/errors.ts';
import { Dense, Input, Layer } from '../../src/layers/index.ts';
import { Mean, MeanAbsoluteError } from '../../src/metrics/index.ts';
import { type LossInputs, Model, Sequential, type StepData } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { Adam, SGD, schedules } from '../../src/optimizers/index.ts';
import { gradient, HostRandom, setRandomSeed, type Tensor, tensor } from '../../src/trace/index.ts';

function numbers(count: number, seed = 1): Float32Array {
  const random = new HostRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal());
}

const ROWS = 18;
const x = tensor(numbers(ROWS * 3), [ROWS, 3]);
const y = tensor(numbers(ROWS * 2, 2), [ROWS, 2]);
const silent = { verbose: 0, batchSize: 6 } as const;
const quiet = { ...silent, shuffle: false } as const;

const weightsOf = (model: Model) => model.weights.map((w) => [...w.read()]);

/** The same small net in any class of models. */
function net<T extends Model>(cls: new (options: { inputs: never; outputs: never }) => T): T {
  setRandomSeed(3);
  const input = Input({ shape: [3] });
  const hidden = new Dense(4, { activation: 'tanh', kernelRegularizer: 'l2' }).apply(input);
  return new cls({ inputs: input as never, outputs: new Dense(2).apply(hidden) as never });
}

class Spelled extends Model {
  override trainStep({ x, y, sampleWeight }: StepData): Record<string, Tensor> {
    const yPred = this.apply(x, { training: true });
    const loss = this.computeLoss({ x, y, yPred, sampleWeight, training: true })!;
    this.optimizer!.apply(gradient(loss, this.trainableWeights), this.trainableWeights);
    for (const metric of this.metrics)
      if (metric.name === 'loss') metric.updateState(loss, x.shape[0]!);
      else metric.updateState(y, yPred);
    return Object.fromEntries(this.metrics.map((m) => [m.name, m.result()]));
  }
}

describe('steps of a model\u2019s own', () => {
  it('train as the ordinary step does where they say the same', async () => {
    const [own, plain] = [net(Spelled), net(Model)];
    for (const m of [own, plain]) m.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
    const histories = [await own.fit(x, y, { ...quiet, epochs: 3 }), await plain.fit(x, y, { ...quiet, epochs: 3 })];
    expect(weightsOf(own)).toEqual(weightsOf(plain));
    expect(histories[0]!.history).toEqual(histories[1]!.history);
    expect(await own.evaluate(x, y, silent)).toEqual(await plain.evaluate(x, y, silent));
  });

  it('may call the ordinary step, and report more', async () => {
    class More extends Model {
      override trainStep(data: StepData) {
        return { ...super.trainStep(data), two: ops.add(1, ops.multiply(0, ops.sum(data.x))) };
      }
    }
    const [own, plain] = [net(More), net(Model)];
    for (const m of [own, plain]) m.compile({ optimizer: 'sgd', loss: 'mse' });
    const { history } = await own.fit(x, y, quiet);
    await plain.fit(x, y, quiet);
    expect(weightsOf(own)).toEqual(weightsOf(plain));
    expect(Object.keys(history)).toEqual(['loss', 'two']);
    expect(history.two).toEqual([1]);
    expect(await own.trainOnBatch(x, y)).toMatchObject({ two: 1 });
  });

  it('need no call: two networks that train against each other', async () => {
    class Rivals extends Model {
      readonly maker = new Dense(3, { name: 'maker' });
      readonly judge = new Dense(1, { name: 'judge' });
      readonly makerOptimizer = new Adam(0.1);
      readonly judgeOptimizer = new SGD(0.1);
      readonly judged = new Mean({ name: 'judged' });

      override trainStep({ x }: StepData) {
        const fake = () => this.judge.apply(this.maker.apply(x));
        const judgeLoss = ops.subtract(ops.mean(fake()), ops.mean(this.judge.apply(x)));
        const judges = this.judge.trainableWeights;
        this.judgeOptimizer.apply(gradient(judgeLoss, judges), judges);
        // With the judge as it is now, after its step.
        const makerLoss = ops.negative(ops.mean(fake()));
        const makers = this.maker.trainableWeights;
        this.makerOptimizer.apply(gradient(makerLoss, makers), makers);
        this.judged.updateState(judgeLoss);
        return { judge: this.judged.result(), maker: makerLoss };
      }
    }
    setRandomSeed(1);
    const model = new Rivals();
    model.compile();
    const { history } = await model.fit(x, undefined, { ...quiet, epochs: 2 });
    expect(Object.keys(history)).toEqual(['judge', 'maker']);
    expect(model.makerOptimizer.iteration.read()[0]).toBe(6);
    expect(history.maker!.every(Number.isFinite)).toBe(true);
    expect(model.metrics.map((m) => m.name)).toEqual(['loss', 'judged']);
  });

  it('test and predict as they say', async () => {
    class Odd extends Model {
      override testStep({ x, y }: StepData) {
        return { gap: ops.max(ops.absolute(ops.subtract(this.apply(x), y))) };
      }
      override predictStep({ x }: Pick<StepData, 'x'>) {
        return ops.multiply(this.apply(x), 10);
      }
    }
    const model = net(Odd);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const outputs = model.apply(x).dataSync();
    const gap = Math.max(...outputs.map((v, i) => Math.abs(v - y.dataSync()[i]!)));
    const logs = await model.evaluate(x, y, { ...silent, batchSize: ROWS });
    expect(Object.keys(logs)).toEqual(['gap']);
    expect(logs.gap).toBeCloseTo(gap, 5);
    const { history } = await model.fit(x, y, { ...quiet, validationData: [x, y], validationBatchSize: ROWS });
    expect(Object.keys(history)).toEqual(['loss', 'val_gap']);
    const predicted = (await model.predict(x, { verbose: 0 })).dataSync();
    expect(predicted[5]).toBeCloseTo(10 * model.apply(x).dataSync()[5]!, 4);
  });

  it('report metrics in fields of layers, set back before each epoch', async () => {
    class Watched extends Layer {
      readonly size = new MeanAbsoluteError({ name: 'size' });
      override call(inputs: Tensor) {
        this.size.updateState(ops.zerosLike(inputs), inputs);
        return inputs;
      }
    }
    const layer = new Watched();
    const model = new Sequential([Input({ shape: [3] }), layer, new Dense(2)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const { history } = await model.fit(x, y, { ...quiet, epochs: 2 });
    const size = [...x.dataSync()].reduce((s, v) => s + Math.abs(v), 0) / x.size;
    for (const value of history.size!) expect(value).toBeCloseTo(size, 5);
  });

  it('must return tensors by name, the loss as a scalar', async () => {
    class Bad extends Model {
      override trainStep({ x, y }: StepData) {
        return { loss: ops.subtract(this.apply(x), y) };
      }
    }
    class Worse extends Model {
      override trainStep({ x }: StepData) {
        return ops.sum(x) as never;
      }
    }
    for (const [model, message] of [
      [net(Bad), /trainStep must return tensors, the loss as a scalar; 'loss' is Tensor of shape \(6, 2\)/],
      [net(Worse), /must return its metrics as a record of tensors, like { loss }, got Tensor/],
    ] as const) {
      model.compile({ optimizer: 'sgd', loss: 'mse' });
      await expect(model.fit(x, y, quiet)).rejects.toThrow(OlifantError);
      await expect(model.fit(x, y, quiet)).rejects.toThrow(message);
    }
  });
});

describe('gradient', () => {
  it('works outside of traces', () => {
    const layer = new Dense(2);
    const loss = ops.sum(layer.apply(x));
    const [kernel, bias] = gradient(loss, layer.trainableWeights);
    expect([...bias!.dataSync()]).toEqual([ROWS, ROWS]);
    const first = [...x.dataSync()].reduce((s, v, i) => (i % 3 === 0 ? s + v : s), 0);
    expect(kernel!.dataSync()[0]).toBeCloseTo(first, 4);
  });

  it('refuses what is no scalar, and no variables', () => {
    expect(() => gradient(x, [])).toThrow(/expected a scalar as loss, got shape \(18, 3\)/);
    expect(() => gradient(ops.sum(x), x as never)).toThrow(/expected a list of variables/);
    expect(() => gradient(1 as never, [])).toThrow(/expected a tensor as loss/);
    expect(() => gradient(ops.sum(ops.cast(x, 'int32')), [])).toThrow(/must be floating/);
  });
});

describe('an optimizer changed after compile', () => {
  const run = async (change: (optimizer: SGD) => void) => {
    const model = net(Model);
    const optimizer = new SGD(0.5);
    model.compile({ optimizer, loss: 'mse' });
    await model.fit(x, y, quiet);
    const before = weightsOf(model);
    change(optimizer);
    await model.fit(x, y, quiet);
    return { before, after: weightsOf(model) };
  };

  it('follows a schedule that takes the place of a rate', async () => {
    const { before, after } = await run((o) => {
      o.learningRate = new schedules.PiecewiseConstantDecay({ boundaries: [1000], values: [0, 0] });
    });
    expect(after).toEqual(before);
  });

  it('heeds another rate and another weight decay', async () => {
    const still = await run((o) => {
      o.learningRate = 0;
    });
    expect(still.after).toEqual(still.before);
    const [plain, decayed] = [await run(() => {}), await run((o) => (o.weightDecay = 0.5))];
    expect(decayed.before).toEqual(plain.before);
    expect(decayed.after).not.toEqual(plain.after);
  });

  it('scales the loss up and the gradients down', async () => {
    const [plain, scaled] = [net(Model), net(Model)];
    plain.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: 'mse' });
    scaled.compile({ optimizer: new SGD({ learningRate: 0.1, lossScaleFactor: 1024 }), loss: 'mse' });
    for (const m of [plain, scaled]) await m.fit(x, y, quiet);
    // A power of two changes no bit.
    expect(weightsOf(scaled)).toEqual(weightsOf(plain));
  });

  it('gives the averages of the weights when training ends', async () => {
    const model = net(Model);
    model.compile({ optimizer: new SGD({ learningRate: 0.5, useEma: true, emaMomentum: 0.9 }), loss: 'mse' });
    await model.fit(x, y, quiet);
    const averages = model.optimizer!.variables.filter((v) => v.name.endsWith('_average')).map((v) => [...v.read()]);
    expect(averages).toHaveLength(4);
    expect(weightsOf(model)).toEqual(averages);
  });
});

describe('models without targets', () => {
  class Adding extends Layer {
    override call(inputs: Tensor) {
      this.addLoss(ops.mean(ops.square(inputs)));
      return inputs;
    }
  }
  function made(): Sequential {
    setRandomSeed(5);
    const model = new Sequential([Input({ shape: [3] }), new Dense(2), new Adding()]);
    model.compile({ optimizer: 'sgd' });
    return model;
  }

  it('train on inputs alone: arrays, and streams of tensors or of lists of one', async () => {
    const streams = [x, [x]].map((item) =>
      (async function* () {
        yield item;
      })(),
    );
    const models = [made(), made(), made()];
    const losses = [
      (await models[0]!.fit(x, null, { ...quiet, batchSize: ROWS })).history.loss,
      (await models[1]!.fit(streams[0]!, { verbose: 0 })).history.loss,
      (await models[2]!.fit(streams[1]!, { verbose: 0 })).history.loss,
    ];
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).toEqual(losses[0]);
    expect(weightsOf(models[1]!)).toEqual(weightsOf(models[0]!));
    expect((await models[0]!.evaluate(x, null, silent)).loss).toBeLessThan(losses[0]![0]!);
  });

  it('are the only ones that can', async () => {
    const model = net(Model);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    async function* batches() {
      yield [x];
    }
    await expect(model.fit(batches(), { verbose: 0 })).rejects.toThrow(/each batch of a stream must be \[x, y\]/);
  });
});

describe('what a model reports', () => {
  it('may be said by computeMetrics and getMetricsResult', async () => {
    class Own extends Model {
      readonly largest = new Mean({ name: 'largest' });

      override computeMetrics(batch: LossInputs) {
        this.largest.updateState(ops.max(batch.yPred));
        const { mae, ...results } = super.computeMetrics(batch);
        return { ...results, twice: ops.multiply(mae!, 2) };
      }
    }
    const [own, plain] = [net(Own), net(Model)];
    for (const m of [own, plain]) m.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] });
    const { history } = await own.fit(x, y, { ...quiet, epochs: 2, validationData: [x, y] });
    const { history: expected } = await plain.fit(x, y, { ...quiet, epochs: 2, validationData: [x, y] });
    expect(Object.keys(history).sort()).toEqual(
      ['largest', 'loss', 'twice', 'val_largest', 'val_loss', 'val_twice'].sort(),
    );
    expect(history.loss).toEqual(expected.loss);
    expect(history.val_twice).toEqual(expected.val_mae!.map((v) => 2 * v));
    const largest = Math.max(...(await own.predict(x, silent)).dataSync());
    expect((await own.evaluate(x, y, { ...silent, batchSize: ROWS })).largest).toBeCloseTo(largest, 6);
    expect(own.metricsVariables).toHaveLength(6);

    class Fewer extends Model {
      override getMetricsResult() {
        return { loss: super.getMetricsResult().loss! };
      }
    }
    const fewer = net(Fewer);
    fewer.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] });
    expect(Object.keys((await fewer.fit(x, y, quiet)).history)).toEqual(['loss']);
  });

  it('says what computeMetrics must return', async () => {
    class Wrong extends Model {
      override computeMetrics() {
        return { two: 2 } as unknown as Record<string, Tensor>;
      }
    }
    const model = net(Wrong);
    model.compile({ loss: 'mse' });
    await expect(model.evaluate(x, y, silent)).rejects.toThrow(/computeMetrics must return tensors.*'two' is number 2/);
  });
});
