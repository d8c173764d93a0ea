import { describe, expect, it } from 'vitest';
import { layers, ops, Sequential, tensor } from '../../src/index.ts';
import * as metrics from '../../src/metrics/index.ts';

const { ConfusionMatrix } = metrics;

describe('ConfusionMatrix', () => {
  it('counts over batches, by weights, without what is no class', () => {
    const matrix = new ConfusionMatrix({ numClasses: 3, sparseYPred: true });
    matrix.updateState([0, 1, 2, 2, -1], [0, 2, 2, 7, 0]);
    expect(matrix.result().arraySync()).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
    matrix.updateState([0, 1], [1, 1], [0.5, 2]);
    expect(matrix.result().arraySync()).toEqual([
      [1, 0.5, 0],
      [0, 2, 1],
      [0, 0, 1],
    ]);
    matrix.resetState();
    expect(matrix.result().arraySync()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('gives shares of true classes, of predicted ones, of all; 0 for classes that do not occur', () => {
    const of = (normalize: 'true' | 'pred' | 'all') => {
      const matrix = new ConfusionMatrix({ numClasses: 3, normalize, sparseYTrue: false });
      const onehot = ops.oneHot([0, 0, 1, 1], 3);
      matrix.updateState(onehot, ops.oneHot([0, 1, 1, 1], 3));
      return matrix.result().arraySync();
    };
    const third = Math.fround(1 / 3);
    expect(of('true')).toEqual([
      [0.5, 0.5, 0],
      [0, 1, 0],
      [0, 0, 0],
    ]);
    expect(of('pred')).toEqual([
      [1, third, 0],
      [0, Math.fround(2 / 3), 0],
      [0, 0, 0],
    ]);
    expect(of('all')).toEqual([
      [0.25, 0.25, 0],
      [0, 0.5, 0],
      [0, 0, 0],
    ]);
  });

  it('is saved and found again', () => {
    const matrix = new ConfusionMatrix({ numClasses: 2, normalize: 'true', name: 'm' });
    const again = metrics.deserialize(metrics.serialize(matrix));
    expect(again).toBeInstanceOf(ConfusionMatrix);
    expect(again.getConfig()).toEqual(matrix.getConfig());
  });

  it('agrees with what a model predicts', async () => {
    const model = new Sequential([new layers.Dense(3, { activation: 'softmax' })]);
    const x = ops.reshape(ops.sin(ops.arange(0, 34)), [17, 2]);
    const predictions = await model.predict(x, { verbose: 0 });
    const t = ops.mod(ops.arange(17), 3);
    const matrix = new ConfusionMatrix({ numClasses: 3 });
    matrix.updateState(t, predictions);
    expect(ops.sum(matrix.result()).item()).toBe(17);
    const right = ops.sum(ops.cast(ops.equal(ops.argmax(predictions, -1), t), 'float32')).item();
    expect(ops.trace(matrix.result()).item()).toBe(right);
    const compiled = new ConfusionMatrix({ numClasses: 3 });
    model.compile({ loss: 'sparse_categorical_crossentropy', metrics: [compiled] });
    await model.evaluate(x, t, { batchSize: 4, verbose: 0 });
    expect(compiled.result().arraySync()).toEqual(matrix.result().arraySync());
  });

  it('refuses what does not fit', () => {
    expect(() => new ConfusionMatrix({} as never)).toThrow(/numClasses/);
    expect(() => new ConfusionMatrix({ numClasses: 2, normalize: 'tru' as never })).toThrow(/Did you mean 'true'/);
    expect(() => new ConfusionMatrix({ numClasses: 2, normalize: 3 as never })).toThrow(/or null/);
    const matrix = new ConfusionMatrix({ numClasses: 2, sparseYPred: true });
    expect(() =>
      matrix.updateState(
        [0, 1],
        tensor([
          [0.1, 0.9],
          [0.5, 0.5],
        ]),
      ),
    ).toThrow(/2 targets and 4 predictions/);
  });
});
