import { describe, expect, it } from 'vitest';
import { Activation, Conv1D, Dense, ELU, GRU, Input, Layer, LeakyReLU, PReLU } from '../../src/layers/index.ts';
import { cloneModel } from '../../src/models/clone.ts';
import { Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import { findSaveables } from '../../src/saving/saveable.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';

const x = tensor([1, -2, 0.5, -1, 3, -0.25], [2, 3]);

describe('layers as activations', () => {
  it('compute what they compute after the layer', () => {
    const leaky = new LeakyReLU({ negativeSlope: 0.25 });
    const dense = new Dense(3, { kernelInitializer: 'identity', activation: leaky });
    expect(dense.apply(x).arraySync()).toEqual([
      [1, -0.5, 0.5],
      [-0.25, 3, -0.0625],
    ]);
    const same = { activation: leaky };
    const steps = ops.reshape(x, [2, 3, 1]);
    for (const layer of [new Conv1D(2, 1, same), new GRU(2, same), new Activation(leaky)]) {
      expect(layer.apply<Tensor>(steps).shape[0]).toBe(2);
      expect(layer.getConfig().activation).toMatchObject({ class_name: 'LeakyReLU', config: { negative_slope: 0.25 } });
    }
  });

  it('are saved as Keras saves them, with their weights, and train', async () => {
    const model = new Sequential([
      Input({ shape: [3] }),
      new Dense(2, { activation: new LeakyReLU({ name: 'leaky' }) }),
      new Dense(4, { name: 'last', activation: new PReLU({ name: 'p' }) }),
      new Activation(new ELU()),
    ]);
    expect(model.layers[1]!.getConfig().activation).toEqual({
      module: 'keras.layers',
      class_name: 'PReLU',
      config: new PReLU({ name: 'p' }).getConfig(),
      registered_name: null,
    });
    expect(model.weights.map((w) => w.shape)).toEqual([[3, 2], [2], [2, 4], [4], [4]]);
    expect(findSaveables(model).map((s) => s.path)).toContain('layers/dense_1/activation');
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    await model.fit(x, ops.ones([2, 4]), { verbose: 0, epochs: 3 });
    expect(Math.max(...model.weights[4]!.read().map(Math.abs))).toBeGreaterThan(0);
    const bytes = await saveModelToBytes(model);
    for (const twin of [await loadModel(bytes), cloneModel(model)]) {
      twin.setWeights(model.getWeights());
      expect(twin.getConfig()).toEqual(model.getConfig());
      expect((twin.apply(x) as Tensor).dataSync()).toEqual((model.apply(x) as Tensor).dataSync());
    }
    const again = await loadModel(bytes);
    expect(again.weights.map((w) => [...w.read()])).toEqual(model.weights.map((w) => [...w.read()]));
  });

  it('may be of a class of one\u2019s own, and of nothing else', () => {
    class Cube extends Layer {
      static override className = 'Cube';
      override call(x: Tensor): Tensor {
        return ops.multiply(ops.square(x), x);
      }
    }
    const model = new Sequential([Input({ shape: [3] }), new Dense(1, { activation: new Cube() })]);
    const config = JSON.parse(JSON.stringify(model.getConfig()));
    expect(() => Sequential.fromConfig(config)).toThrow(/unknown layer class 'Cube'/);
    const twin = Sequential.fromConfig(config, { Cube });
    twin.setWeights(model.getWeights());
    expect((twin.apply(x) as Tensor).dataSync()).toEqual((model.apply(x) as Tensor).dataSync());
    expect(() => new Dense(1, { activation: {} as never })).toThrow(/unknown activation/);
  });
});
