import { describe, expect, it } from 'vitest';
import { type Config, Dense, deserializeLayer, Embedding, Input, Layer, LSTM } from '../../src/layers/index.ts';
import { maskOf, withMask } from '../../src/layers/mask.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface Case {
  readonly name: string;
  readonly class_name: string;
  readonly config: Config;
  readonly inputs: readonly GoldenTensor[];
  readonly masks: readonly (GoldenTensor | null)[];
  readonly weights: readonly GoldenTensor[];
  readonly output: GoldenTensor;
  readonly output_mask: GoldenTensor | null;
}

const bool = (t: GoldenTensor) => ops.cast(fromGolden(t), 'bool');

describe('masks as in Keras', () => {
  it.each(golden<Case>('masks').cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const layer = deserializeLayer({ module: 'keras.layers', class_name: c.class_name, config: c.config });
    const inputs = c.inputs.map((x, i) => (c.masks[i] ? withMask(fromGolden(x), bool(c.masks[i]!)) : fromGolden(x)));
    const [shape, given] = inputs.length > 1 ? [inputs.map((x) => x.shape), inputs] : [inputs[0]!.shape, inputs[0]!];
    layer.ensureBuilt(shape as never);
    layer.setWeights(c.weights.map(fromGolden));
    const output = layer.apply(given);
    expectCloseToScale(output.dataSync(), numbers(c.output), TOLERANCES.layer.relative, 'output');
    expect(maskOf(output)?.arraySync() ?? null).toEqual(c.output_mask && bool(c.output_mask).arraySync());
  });
});

describe('masks on their way', () => {
  const ids = tensor([
    [3, 0, 1, 0],
    [2, 2, 2, 2],
  ]);

  it('come from an Embedding where it is asked for them', () => {
    expect(maskOf(new Embedding(4, 2, { maskZero: true }).apply(ids))!.arraySync()).toEqual([
      [true, false, true, false],
      [true, true, true, true],
    ]);
    expect(maskOf(new Embedding(4, 2).apply(ids))).toBeUndefined();
  });

  it("go through layers of the user's that say what becomes of them", () => {
    class Halves extends Layer {
      override call(x: Tensor): Tensor {
        return ops.split(x, 2, 1)[0]!;
      }
      override computeMask(_: Tensor, mask: Tensor | null): Tensor | null {
        return mask && ops.split(mask, 2, 1)[0]!;
      }
    }
    class Plain extends Layer {
      override call(x: Tensor): Tensor {
        return ops.multiply(x, 2);
      }
    }
    const x = withMask(ops.ones([1, 4, 2]), tensor([[true, false, true, true]], undefined, 'bool'));
    expect(maskOf(new Halves().apply(x))!.arraySync()).toEqual([[true, false]]);
    expect(maskOf(new Plain().apply(x))).toBeUndefined();
  });

  it('go into models inside of models, and out of them', async () => {
    const words = Input({ shape: [4], dtype: 'int32' });
    const embedding = new Embedding(4, 2, { maskZero: true });
    const vectors = Input({ shape: [4, 2] });
    const lstm = new LSTM(3, { returnSequences: true });
    const inner = new Model({ inputs: vectors, outputs: lstm.apply(vectors) });
    const last = new LSTM(2);
    const model = new Model({ inputs: words, outputs: last.apply(inner.apply(embedding.apply(words))) });
    const alike = new Sequential([Input({ shape: [4], dtype: 'int32' }), embedding, lstm, last]);
    const y = await model.predict(ids, { verbose: 0 });
    expect(y.arraySync()).toEqual((await alike.predict(ids, { verbose: 0 })).arraySync());
    // Steps that do not count may hold anything.
    const other = tensor([
      [3, 1, 0, 0],
      [2, 2, 2, 2],
    ]);
    expect([...(await model.predict(other, { verbose: 0 })).dataSync()].slice(0, 2)).toEqual(
      [...y.dataSync()].slice(0, 2),
    );
  });

  it('leave padding out of losses and metrics, with weights of samples too', async () => {
    const model = new Sequential([
      Input({ shape: [4], dtype: 'int32' }),
      new Embedding(4, 1, { maskZero: true, embeddingsInitializer: 'ones' }),
      new Dense(1, { kernelInitializer: 'ones' }),
    ]);
    model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'], weightedMetrics: ['mse'] });
    // Predictions are 1 everywhere; 5 of 8 steps count, with targets 0, 2 and 1.
    const y = tensor([
      [[0], [9], [2], [9]],
      [[1], [1], [1], [9]],
    ]);
    const x = tensor([
      [3, 0, 1, 0],
      [2, 2, 2, 0],
    ]);
    const found = await model.evaluate(x, y, { verbose: 0 });
    expect(found.mae).toBeCloseTo(2 / 5, 6);
    expect(found.loss).toBeCloseTo(2 / 5, 6);
    const weighted = await model.evaluate(x, y, { sampleWeight: tensor([[3], [1]]), verbose: 0 });
    expect(weighted.mae).toBeCloseTo(2 / 5, 6);
    expect(weighted.mse).toBeCloseTo(6 / 9, 6);
  });
});
