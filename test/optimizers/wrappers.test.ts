import { describe, expect, it } from 'vitest';
import {
  layers,
  loadModel,
  ops,
  optimizers,
  type Sequential,
  Sequential as Stack,
  setRandomSeed,
} from '../../src/index.ts';

const { Adam, LossScaleOptimizer, MultiOptimizer, Muon, OptimizerMap, ScheduleFreeAdamW, SGD } = optimizers;

const x = ops.reshape(ops.sin(ops.arange(0, 40)), [10, 4]);
const y = ops.cos(ops.sum(x, { axis: 1, keepdims: true }));

function model(optimizer: optimizers.Optimizer): Stack {
  setRandomSeed(3);
  const m = new Stack([
    new layers.Dense(5, { name: 'first', activation: 'tanh' }),
    new layers.Dense(1, { name: 'last' }),
  ]);
  m.compile({ optimizer, loss: 'mse' });
  return m;
}

const train = async (m: Stack, epochs = 3) =>
  (await m.fit(x, y, { epochs, batchSize: 4, shuffle: false, verbose: 0 })).history.loss as number[];

describe('optimizers made of others', () => {
  it('a scaled loss trains as the inner optimizer does', async () => {
    const [plain, scaled] = [model(new Adam(0.01)), model(new LossScaleOptimizer(new Adam(0.01)))];
    const [a, b] = [await train(plain), await train(scaled)];
    a.forEach((loss, i) => {
      expect(b[i]).toBeCloseTo(loss, 5);
    });
    expect(scaled.optimizer!.learningRate).toBeCloseTo(0.01);
    expect(scaled.optimizer!.iteration.read()[0]).toBe(9);
  });

  it('several optimizers change their own weights', async () => {
    const m = model(new MultiOptimizer((w) => (w.path.includes('first') ? still : new SGD(0.1)), { name: 'both' }));
    const still = new SGD(0);
    m.build([null, 4]);
    const before = m.getWeights().map((w) => Array.from(w.dataSync()));
    await train(m, 1);
    const after = m.getWeights().map((w) => Array.from(w.dataSync()));
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).not.toEqual(before[2]);
    expect(() => m.optimizer!.learningRate).toThrow(/several learning rates/);
    expect(() => optimizers.serialize(m.optimizer!)).toThrow(/a function cannot be saved/);
  });

  it.each([
    [
      'LossScaleOptimizer',
      () => new LossScaleOptimizer(new SGD({ learningRate: 0.1, momentum: 0.9 }), { initialScale: 8 }),
    ],
    ['MultiOptimizer', () => new MultiOptimizer(new OptimizerMap(new SGD(0.1), { '.*first.*': new Adam(0.01) }))],
    ['Muon', () => new Muon({ learningRate: 0.02, excludeLayers: ['last'] })],
    ['ScheduleFreeAdamW', () => new ScheduleFreeAdamW(0.01)],
  ] as const)('%s goes on from a file as if it had not stopped', async (_, make) => {
    const whole = model(make());
    const losses = await train(whole, 4);
    const half = model(make());
    await train(half, 2);
    const again = (await loadModel(await half.save())) as Sequential;
    expect(again.optimizer!.getConfig()).toEqual(half.optimizer!.getConfig());
    expect(await train(again, 2)).toEqual(losses.slice(2));
  });

  it('a map finds optimizers by whole paths, first those written out', () => {
    const [a, b, c] = [new SGD(), new SGD(), new SGD()];
    const map = new OptimizerMap(a, { 'encoder/.*': b, 'encoder/dense/kernel': c });
    expect(map.get('encoder/dense/kernel')).toBe(c);
    expect(map.get('encoder/dense/bias')).toBe(b);
    expect(map.get('my/encoder/dense')).toBe(a);
    expect(() => map.set('enc.*', c).get('encoder/x')).toThrow(/fits several patterns/);
    expect(() => map.set('enc.*', c)).toThrow(/has an optimizer already/);
    expect(() => map.set('(', c)).toThrow(/no regular expression/);
  });

  it('refuse what they cannot hold', () => {
    expect(() => new LossScaleOptimizer('adam' as never)).toThrow(/expected an optimizer as the inner one/);
    expect(() => new MultiOptimizer(new SGD() as never)).toThrow(/OptimizerMap or a function/);
    expect(() => new OptimizerMap(new LossScaleOptimizer(new SGD()))).toThrow(/cannot be one of several/);
    expect(() => new OptimizerMap(3 as never)).toThrow(/expected an optimizer, got/);
    expect(() => new Muon({ excludeLayers: ['['] })).toThrow(/regular expressions/);
    expect(() => new Muon({ rate: 1 } as never)).toThrow(/unknown option 'rate'/);
    expect(() => optimizers.get('lossscaleoptimizer' as never)).toThrow(/needs an inner optimizer/);
  });

  it('decay spares weights that are named themselves', () => {
    const m = model(new SGD({ learningRate: 1, weightDecay: 0.5 }));
    m.build([null, 4]);
    const [kernel] = m.trainableWeights;
    m.optimizer!.excludeFromWeightDecay({ variables: [kernel!] });
    const before = m.trainableWeights.map((w) => w.read());
    m.optimizer!.apply(
      m.trainableWeights.map((w) => ops.zeros(w.shape)),
      m.trainableWeights,
    );
    m.trainableWeights.forEach((w, i) => {
      expect(Array.from(w.read())).toEqual(Array.from(before[i]!, (v) => (i === 0 ? v : v / 2)));
    });
  });
});
