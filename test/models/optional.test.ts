import { describe, expect, it } from 'vitest';
import { registerKerasSerializable } from '../../src/custom-objects.ts';
import {
  Add,
  type CallOptions,
  Dense,
  Input,
  Layer,
  MultiHeadAttention,
  StringLookup,
  type SymbolicTensor,
} from '../../src/layers/index.ts';
import { cloneModel } from '../../src/models/clone.ts';
import { Model } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import { setRandomSeed, type Tensor, tensor } from '../../src/trace/index.ts';
import { expectCloseToScale } from '../support/close.ts';

/** x, and y where there is one. */
class MaybeAdd extends Layer {
  static override className = 'MaybeAdd';
  static override callArguments: readonly string[] = ['x', 'y'];
  override call(x: Tensor, { y }: CallOptions): Tensor {
    return y === null || y === undefined ? x : ops.add(x, y as Tensor);
  }
  override computeOutputShape(shape: readonly (number | null)[]) {
    return shape;
  }
}
registerKerasSerializable(MaybeAdd);

const quiet = { verbose: 0 } as const;
const a = tensor([
  [1, 2],
  [3, 4],
]);
const b = tensor([
  [10, 20],
  [30, 40],
]);

function inputs(): [SymbolicTensor, SymbolicTensor] {
  return [Input({ shape: [2], name: 'a' }), Input({ shape: [2], name: 'b', optional: true })];
}

function plain(): Model {
  const [x, y] = inputs();
  return new Model({ inputs: [x, y], outputs: new MaybeAdd().apply(x, { y }) });
}

const learning = (): Model => {
  setRandomSeed(1);
  const [x, y] = inputs();
  const model = new Model({
    inputs: [x, y],
    outputs: new Dense(1, { name: 'd' }).apply(new MaybeAdd().apply(x, { y })),
  });
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] });
  return model;
};

describe('optional inputs', () => {
  it('may be null where a model is applied, and where it predicts, one after the other', async () => {
    const model = plain();
    expect(model.apply([a, b]).arraySync()).toEqual([
      [11, 22],
      [33, 44],
    ]);
    expect(model.apply([a, null]).dataSync()).toEqual(a.dataSync());
    expect((await model.predict([a, null], quiet)).dataSync()).toEqual(a.dataSync());
    expect((await model.predict([a, b], quiet)).dataSync()).toEqual(Float32Array.of(11, 22, 33, 44));
    expect((await model.predict({ a }, quiet)).dataSync()).toEqual(a.dataSync());
    expect((await model.predict({ a, b: null }, { ...quiet, batchSize: 1 })).dataSync()).toEqual(a.dataSync());
    expect((await model.predictOnBatch([a, null])).dataSync()).toEqual(a.dataSync());
  });

  it('may stand first', async () => {
    const [x, y] = inputs();
    const model = new Model({ inputs: [y, x], outputs: new MaybeAdd().apply(x, { y }) });
    expect((await model.predict([null, a], quiet)).dataSync()).toEqual(a.dataSync());
    expect(model.apply([null, a]).dataSync()).toEqual(a.dataSync());
  });

  it('may be the mask of an attention', async () => {
    const x = Input({ shape: [3, 4], name: 'x' });
    const mask = Input({ shape: [3, 3], dtype: 'bool', optional: true });
    const attention = new MultiHeadAttention(2, 2);
    const model = new Model({ inputs: [x, mask], outputs: attention.apply(x, { value: x, attentionMask: mask }) });
    const values = ops.reshape(ops.sin(ops.arange(24)), [2, 3, 4]);
    const [free, all, some] = await Promise.all(
      [null, ops.ones([2, 3, 3], 'bool'), ops.tile(ops.cast(ops.tri(3), 'bool'), [2, 1, 1])].map(async (m) =>
        (await model.predict([values, m], quiet)).dataSync(),
      ),
    );
    expectCloseToScale(free!, all!, 1e-6, 'attention');
    expect(some).not.toEqual(all);
  });

  it('may be null in training, which is then that of a model without them', async () => {
    const y = tensor([[1], [2]]);
    const model = learning();
    const other = (() => {
      const x = Input({ shape: [2] });
      const m = new Model({ inputs: x, outputs: new Dense(1, { name: 'd' }).apply(x) });
      m.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] });
      m.setWeights(model.getWeights());
      return m;
    })();
    const { history } = await model.fit([a, null], y, { epochs: 3, batchSize: 1, shuffle: false, ...quiet });
    const expected = await other.fit(a, y, { epochs: 3, batchSize: 1, shuffle: false, ...quiet });
    expect(history).toEqual(expected.history);
    expect(await model.evaluate([a, null], y, quiet)).toEqual(await other.evaluate(a, y, quiet));
    expect(await model.trainOnBatch([a, null], y)).toEqual(await other.trainOnBatch(a, y));
    // A step with the input is another program on the same weights.
    expect(await model.evaluate([a, b], y, quiet)).not.toEqual(await model.evaluate([a, null], y, quiet));
  });

  it('stay optional in files, clones and models of models', async () => {
    const model = plain();
    expect(model.layers.map((l) => l.getConfig().optional)).toEqual([false, true, undefined]);
    for (const again of [await loadModel(await saveModelToBytes(model)), cloneModel(model)])
      expect((await again.predict([a, null], quiet)).dataSync()).toEqual(a.dataSync());
    const copied = cloneModel(model, { cloneFunction: (l) => l });
    expect((await copied.predict([a, null], quiet)).dataSync()).toEqual(a.dataSync());
    const [x, y] = inputs();
    const outer = new Model({ inputs: [x, y], outputs: model.apply([x, y]) });
    expect((await outer.predict([a, null], quiet)).dataSync()).toEqual(a.dataSync());
  });

  it('are the only ones that may be null', async () => {
    const model = plain();
    expect(() => model.apply([null, b])).toThrow(
      /the input 'a' is not optional, but null was given for it\. Give it data, or make it by Input/,
    );
    await expect(model.predict([null, b], quiet)).rejects.toThrow(/x\[0\] is null; every input needs data/);
    await expect(model.predict({ b }, quiet)).rejects.toThrow(/x\[0\] is null/);
    await expect(model.predict([a, tensor([[1, 2]])], quiet)).rejects.toThrow(/equally many samples/);
    expect(() => Input({ shape: [2], optional: 'yes' as never })).toThrow(/optional must be true or false, got 'yes'/);
    const [x, y] = inputs();
    const adds = new Model({ inputs: [x, y], outputs: new Add({ name: 'add' }).apply([x, y]) });
    expect(() => adds.apply([a, null])).toThrow(/layer 'add' \(Add\): expected tensors as inputs, got null/);
    const words = Input({ shape: [1], dtype: 'string' });
    const place = new StringLookup({ vocabulary: ['p', 'q'] }).apply(words);
    const host = new Model({ inputs: [words, y], outputs: [place, y] as SymbolicTensor[] });
    await expect(host.predict([[['p']], null] as never, quiet)).rejects.toThrow(/needs data for all its inputs/);
  });
});
