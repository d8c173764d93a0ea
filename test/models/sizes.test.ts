import { describe, expect, it } from 'vitest';
import {
  BatchNormalization,
  Concatenate,
  Conv1D,
  Dense,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  Input,
  LSTM,
  Reshape,
} from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';

const data = (...shape: number[]) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7) % 13) / 13 - 0.5),
    shape,
  );
const y = data(6, 2);
const silent = { verbose: 0 } as const;

type Body = (x: never) => never;
const body = {
  lstm: (x: never) => new Dense(2).apply(new LSTM(3).apply(x)),
  conv: (x: never) => new Dense(2).apply(new GlobalAveragePooling1D().apply(new Conv1D(3, 3).apply(x))),
} as unknown as Record<'lstm' | 'conv', Body>;

function functional(kind: keyof typeof body, shape: (number | null)[] = [10, 4]): Model {
  const x = Input({ shape });
  const model = new Model({ inputs: x, outputs: body[kind](x as never) });
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  return model;
}

function sequential(
  layers: readonly ConstructorParameters<typeof Sequential>[0][] | unknown[],
  input = [10, 4],
): Sequential {
  const model = new Sequential([Input({ shape: input }), ...(layers as never[])]);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  return model;
}

/** What `fit`, `evaluate`, `predict` and single batches say; '' for nothing. */
async function tried(work: () => unknown): Promise<string> {
  try {
    await work();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('data of other sizes than the inputs', () => {
  it.each([
    ['recurrent', () => [new LSTM(3), new Dense(2)]],
    ['convolutional', () => [new Conv1D(3, 3), new GlobalAveragePooling1D(), new Dense(2)]],
  ])('goes through sequential models whose layers take it: %s', async (_, layers) => {
    const model = sequential(layers());
    const x = data(6, 12, 4);
    const direct = model.apply(x).arraySync();
    expect((await model.predict(x, silent)).arraySync()).toEqual(direct);
    expect((await model.predictOnBatch(x)).arraySync()).toEqual(direct);
    expect(await tried(() => model.fit(x, y, silent))).toBe('');
    expect(await tried(() => model.evaluate(x, y, silent))).toBe('');
    expect(await tried(() => model.trainOnBatch(data(6, 10, 4), y))).toBe('');
    expect(await tried(() => model.apply(Input({ shape: [12, 4] })))).toMatch(/expected data of shape \(None, 10, 4\)/);
  });

  it('goes through functional models in predict, and in training after a first batch that fits', async () => {
    const x = data(6, 12, 4);
    const model = functional('lstm');
    expect((await model.predict(x, silent)).shape).toEqual([6, 2]);
    const refused =
      /expects data of shape \(None, 10, 4\), got \(6, 12, 4\)\. Sizes that vary are null in the shape of Input: \[null, 4\]/;
    expect(await tried(() => model.fit(x, y, silent))).toMatch(refused);
    expect(await tried(() => model.evaluate(x, y, silent))).toMatch(refused);
    expect(await tried(() => model.trainOnBatch(x, y))).toMatch(refused);
    expect(await tried(() => model.apply(x))).toMatch(/expected data of shape \(None, 10, 4\)/);
    expect(await tried(() => model.fit(data(6, 10, 4), y, silent))).toBe('');
    expect(await tried(() => model.fit(x, y, silent))).toBe('');
    expect(await tried(() => model.evaluate(data(6, 15, 4), y, silent))).toBe('');
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    expect(await tried(() => model.evaluate(x, y, silent))).toMatch(refused);
  });

  it('is refused by a functional model inside of another one, not by a sequential one', async () => {
    const x = data(6, 12, 4);
    const outer = sequential([functional('lstm')]);
    expect(await tried(() => outer.predict(x, silent))).toMatch(
      /expected data of shape \(None, 10, 4\).*got \(.*12, 4\)/,
    );
    const input = Input({ shape: [10, 4] });
    const model = new Model({ inputs: input, outputs: sequential([new LSTM(3)]).apply(input) });
    expect((await model.predict(x, silent)).shape).toEqual([6, 3]);
  });

  it('is refused where a layer cannot take it, by model and layer, before anything is computed', async () => {
    const models: [Model, Tensor, RegExp][] = [
      [
        sequential([new Flatten(), new Dense(2)]),
        data(6, 12, 4),
        /\(None, 10, 4\), got \(6, 12, 4\).*layer 'dense.*40/,
      ],
      [sequential([new LSTM(3)]), data(6, 10, 5), /\(None, 10, 4\), got \(6, 10, 5\).*layer 'lstm/],
      [sequential([new Conv1D(3, 3)]), data(6, 10, 5), /\(None, 10, 4\), got \(6, 10, 5\).*layer 'conv1d/],
      [
        sequential([new Reshape([40]), new Dense(2)]),
        data(6, 12, 4),
        /\(None, 10, 4\), got \(6, 12, 4\).*layer 'reshape/,
      ],
      [
        sequential([new BatchNormalization()], [4]),
        data(6, 5),
        /\(None, 4\), got \(6, 5\).*layer 'batch_normalization/,
      ],
      [sequential([new LSTM(3)]), data(6, 10), /\(None, 10, 4\), got \(6, 10\)/],
      [functional('lstm'), data(6, 10, 5), /\(None, 10, 4\), got \(6, 10, 5\)/],
    ];
    for (const [model, x, message] of models) {
      expect(await tried(() => model.predict(x, silent))).toMatch(message);
      expect(await tried(() => model.fit(x, y, silent))).toMatch(message);
    }
  });

  it('gives outputs of other sizes, and takes indices of other lengths', async () => {
    const model = sequential([new LSTM(3, { returnSequences: true })]);
    expect((await model.predict(data(6, 12, 4), silent)).shape).toEqual([6, 12, 3]);
    expect(await tried(() => model.fit(data(6, 12, 4), data(6, 12, 3), silent))).toBe('');
    const words = sequential([new Embedding(5, 3), new LSTM(2)], [10]);
    expect((await words.predict(tensor(new Int32Array(72).fill(2), [6, 12]), silent)).shape).toEqual([6, 2]);
    await expect(words.predict(tensor(new Int32Array(72).fill(7), [6, 12]), silent)).rejects.toThrow(
      /vectors for 0 to 4/,
    );
  });

  it('is taken for each input alone', async () => {
    const a = Input({ shape: [10, 4], name: 'a' });
    const b = Input({ shape: [5], name: 'b' });
    const model = new Model({ inputs: [a, b], outputs: new Concatenate().apply([new LSTM(3).apply(a), b]) });
    expect((await model.predict([data(6, 12, 4), data(6, 7)], silent)).shape).toEqual([6, 10]);
  });
});

describe('lengths that vary', () => {
  it('each have a program, of which the last are kept', async () => {
    const model = functional('lstm', [null, 4]);
    const lengths = Array.from({ length: 40 }, (_, i) => i + 1);
    async function* batches() {
      for (const n of lengths) yield [data(6, n, 4), y] as [Tensor, Tensor];
    }
    await model.fit(batches(), { ...silent, epochs: 1, stepsPerEpoch: 40 });
    expect(model.trainer.programs.length).toBe(32);
    const last = model.trainer.programs.at(-1);
    await model.trainOnBatch(data(6, 40, 4), y);
    expect(model.trainer.programs.at(-1)).toBe(last);
    const first = model.trainer.programs[0];
    await model.trainOnBatch(data(6, 9, 4), y);
    expect(model.trainer.programs.at(-1)).toBe(first);
    const before = (await model.predict(data(6, 3, 4), silent)).arraySync();
    for (const n of lengths) await model.predict(data(6, n, 4), silent);
    expect((await model.predict(data(6, 3, 4), silent)).arraySync()).toEqual(before);
  }, 120_000);
});
