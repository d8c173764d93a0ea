import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import {
  CategoryEncoding,
  Dense,
  Embedding,
  GlobalAveragePooling1D,
  HashedCrossing,
  Hashing,
  Input,
  IntegerLookup,
  Normalization,
  StringLookup,
  type SymbolicTensor,
  TextVectorization,
} from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { Adam } from '../../src/optimizers/index.ts';
import { FileError, loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import { type StringTensor, setRandomSeed, stringTensor, type Tensor, tensor } from '../../src/trace/index.ts';
import { textDatasetFromDirectory } from '../../src/utils/index.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface Values {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: readonly (number | string)[];
}

const quiet = { verbose: 0 } as const;
const golden = (name: string) => new URL(`../golden/preprocessing/${name}`, import.meta.url);

function read({ shape, dtype, values }: Values): Tensor | StringTensor {
  if (dtype === 'string') return stringTensor(values as string[], shape);
  const numbers = values.map(Number);
  return tensor(dtype.startsWith('int') ? Int32Array.from(numbers) : Float32Array.from(numbers), shape);
}

describe('files of Keras that begin with preprocessing', () => {
  it.each(['text', 'table'])('%s.keras predicts the same, and again after it was saved here', async (name) => {
    const { inputs, predictions } = JSON.parse(readFileSync(golden(`${name}.json`), 'utf8')) as Record<
      string,
      Values[]
    >;
    const x = inputs!.map(read) as Tensor[];
    const given = x.length === 1 ? x[0]! : x;
    const expected = predictions![0]!;
    const model = await loadModel(new Uint8Array(readFileSync(golden(`${name}.keras`))));
    const check = (got: Tensor) => {
      expect(got.shape).toEqual(expected.shape);
      expectCloseToScale(got.dataSync(), expected.values as number[], TOLERANCES.prediction.relative);
    };
    check(await model.predict(given, quiet));
    check(await model.predict(given, { batchSize: 2, verbose: 0 }));
    check(await model.predictOnBatch(given));
    check(model.apply<Tensor>(given));
    const again = await loadModel(await saveModelToBytes(model));
    check(await again.predict(given, quiet));
    expect(again.getConfig()).toEqual(model.getConfig());
  });
});

const texts = ['good film', 'bad film', 'very good', 'very bad', 'so good', 'so bad', 'bad', 'good', 'good good film'];
const labels = texts.map((t) => [t.includes('good') ? 1 : 0]);

function textModel(): Sequential {
  setRandomSeed(7);
  const vectorize = new TextVectorization({ vocabulary: ['good', 'bad', 'film', 'very', 'so'] });
  return new Sequential([
    vectorize,
    new Embedding(8, 4),
    new GlobalAveragePooling1D(),
    new Dense(1, { activation: 'sigmoid' }),
  ]);
}

describe('models on strings', () => {
  it('learn from arrays, without Input too', async () => {
    const model = textModel();
    model.compile({ optimizer: new Adam(0.05), loss: 'binary_crossentropy', metrics: ['accuracy'] });
    const history = await model.fit(texts, labels, { epochs: 60, batchSize: 4, verbose: 0, validationSplit: 0.2 });
    const { loss, val_loss } = history.history as { loss: number[]; val_loss: number[] };
    expect(loss.length).toBe(60);
    expect(loss.at(-1)!).toBeLessThan(loss[0]! * 0.8);
    expect(val_loss.length).toBe(60);
    const result = await model.evaluate(texts, labels, { verbose: 0 });
    expect(result.accuracy).toBeGreaterThan(0.8);
    const all = await model.predict(texts, { batchSize: 4, verbose: 0 });
    expect(all.shape).toEqual([9, 1]);
    expect(model.inputs![0]!.dtype).toBe('string');
  });

  it('give the same from arrays, streams and data that was mapped before', async () => {
    const fit = async (data: (model: Sequential) => [unknown, unknown]) => {
      const model = textModel();
      model.buildForStrings([9]);
      model.compile({ optimizer: 'sgd', loss: 'mse' });
      const [x, y] = data(model);
      const options = { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 as const };
      await (y === null
        ? model.fit(x as never, { epochs: 3, verbose: 0 })
        : model.fit(x as never, y as never, options));
      return model.getWeights().flatMap((w) => [...w.dataSync()]);
    };
    const parts = [0, 4, 8].map((at) => [texts.slice(at, at + 4), labels.slice(at, at + 4)]);
    const fromArrays = await fit(() => [texts, labels]);
    const fromTensors = await fit(() => [stringTensor(texts, [9, 1]), tensor(labels)]);
    const fromStream = await fit(() => [
      async function* () {
        yield* parts;
      },
      null,
    ]);
    expect(fromTensors).toEqual(fromArrays);
    expect(fromStream).toEqual(fromArrays);
  });

  it('learn from a folder of texts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'olifant-'));
    try {
      for (const [i, text] of texts.entries()) {
        mkdirSync(join(folder, labels[i]![0] === 1 ? 'good' : 'bad'), { recursive: true });
        writeFileSync(join(folder, labels[i]![0] === 1 ? 'good' : 'bad', `${i}.txt`), text);
      }
      const dataset = await textDatasetFromDirectory(folder, { batchSize: 4, shuffle: false, verbose: false });
      const vectorize = new TextVectorization({ outputMode: 'multi_hot' });
      await vectorize.adapt(dataset);
      expect(vectorize.getVocabulary()).toEqual(['[UNK]', 'good', 'bad', 'film', 'very', 'so']);
      const model = new Sequential([Input({ shape: [1], dtype: 'string' }), vectorize, new Dense(1)]);
      model.compile({ optimizer: new Adam(0.1), loss: 'mse' });
      const { history } = await model.fit(dataset, { epochs: 30, ...quiet });
      expect(history.loss!.at(-1)!).toBeLessThan(history.loss![0]! / 4);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('predict streams, also batches of one text', async () => {
    const model = textModel();
    model.buildForStrings([1]);
    const whole = await model.predict(texts, { batchSize: 4, ...quiet });
    const stream = [0, 4, 8].map((at) => texts.slice(at, at + 4));
    expect((await model.predict(new Set(stream), quiet)).arraySync()).toEqual(whole.arraySync());
    const tensors = new Set(stream.map((t) => [stringTensor(t)]));
    expect((await model.predict(tensors, quiet)).arraySync()).toEqual(whole.arraySync());
  });

  it('learn with layers on the host between inputs, in trainOnBatch and with class weights too', async () => {
    const city = Input({ shape: [1], dtype: 'string', name: 'city' });
    const day = Input({ shape: [1], dtype: 'int32', name: 'day' });
    const days = new IntegerLookup({ vocabulary: [3, 4, 5] }).apply(day);
    const crossed = new HashedCrossing(8, { outputMode: 'one_hot' }).apply<SymbolicTensor>([city, days]);
    const model = new Model({ inputs: [city, day], outputs: new Dense(1).apply(crossed) });
    expect(model.compiledGraph!.inputs.length).toBe(1);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const x = { city: ['A', 'B', 'C'], day: Int32Array.of(3, 4, 9) };
    const logs = await model.trainOnBatch(x, [0, 1, 2], { classWeight: { 0: 1, 1: 2, 2: 0.5 } });
    expect(Number.isFinite(logs.loss)).toBe(true);
    await model.fit(x, [0, 1, 2], { epochs: 2, verbose: 0, classWeight: { 0: 1, 1: 2, 2: 0.5 } });
    expect((await model.predict([['A'], Int32Array.of(3)], quiet)).shape).toEqual([1, 1]);
  });

  it('are layers of other models', async () => {
    const x = Input({ shape: [1], dtype: 'string' });
    const encode = new Model({
      inputs: x,
      outputs: new StringLookup({ vocabulary: ['a', 'b'], outputMode: 'one_hot' }).apply(x),
    });
    const y = Input({ shape: [1], dtype: 'string' });
    const model = new Model({ inputs: y, outputs: new Dense(1, { kernelInitializer: 'ones' }).apply(encode.apply(y)) });
    expect((await model.predict(['a', 'z'], quiet)).arraySync()).toEqual([[1], [1]]);
    expect(encode.apply<Tensor>(['b', 'q']).arraySync()).toEqual([
      [0, 0, 1],
      [1, 0, 0],
    ]);
  });

  it('of a layer on strings alone give its numbers', async () => {
    const x = Input({ shape: [2], dtype: 'string' });
    const model = new Model({ inputs: x, outputs: new Hashing(5).apply(x) });
    const data = [['a', 'b']];
    expect((await model.predict(data, quiet)).arraySync()).toEqual(new Hashing(5).apply<Tensor>(data).arraySync());
  });

  it('follow a layer that adapts anew', async () => {
    const layer = new IntegerLookup();
    await layer.adapt([[1], [1], [2]]);
    const statistics = new Normalization({ axis: null });
    const model = new Sequential([Input({ shape: [1], dtype: 'int32' }), layer, statistics]);
    const x = [[1], [2], [7]];
    expect((await model.predict(x, quiet)).arraySync()).toEqual([[1], [2], [0]]);
    await layer.adapt([[7], [7], [7], [2], [2], [1]]);
    expect((await model.predict(x, quiet)).arraySync()).toEqual([[3], [2], [1]]);
    await statistics.adapt([[1], [3]]);
    expect((await model.predict(x, quiet)).arraySync()).toEqual([[1], [0], [-1]]);
  });

  it('keep vocabularies in files', async () => {
    const vectorize = new TextVectorization({ outputMode: 'tf_idf', maxTokens: 12, padToMaxTokens: true, ngrams: 2 });
    await vectorize.adapt(texts);
    const model = new Sequential([Input({ shape: [1], dtype: 'string' }), vectorize, new Dense(2)]);
    const bytes = await saveModelToBytes(model);
    const again = await loadModel(bytes);
    expect((await again.predict(texts, quiet)).arraySync()).toEqual((await model.predict(texts, quiet)).arraySync());
    const loaded = again.layers[0] as TextVectorization;
    expect(loaded.getVocabulary()).toEqual(vectorize.getVocabulary());
  });
});

describe('files with vocabularies', () => {
  const table = new Uint8Array(readFileSync(golden('table.keras')));
  const change = (name: string, text: string | null): Uint8Array => {
    const members = unzipSync(table);
    expect(members[name]).toBeDefined();
    if (text === null) delete members[name];
    else members[name] = new TextEncoder().encode(text);
    return zipSync(members, { level: 0 });
  };
  const strings = 'assets/layers/string_lookup/vocabulary.txt';
  const numbers = 'assets/layers/integer_lookup/vocabulary.txt';
  const texts = 'assets/layers/text_vectorization/vocabulary.txt';

  it.each([
    [strings, 'a\nb\na', /repeated term/],
    [strings, '', /the vocabulary is empty/],
    [numbers, '-1\n-1\nx', /must be a whole number/],
    [numbers, '-1\n-1\n99999999999', /fits 32 bits/],
    [strings, '[UNK]\na\nb', /stored vocabulary has 2 terms.*configuration says 18/],
    [texts, '[UNK]\na\nb', /stored vocabulary has 2 terms/],
  ])('%s cannot be %j', async (name, text, message) => {
    const error = await loadModel(change(name, text)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(message);
  });

  it('are refused by use, where one is missing', async () => {
    const model = await loadModel(change(strings, null));
    const { inputs } = JSON.parse(readFileSync(golden('table.json'), 'utf8')) as Record<string, Values[]>;
    await expect(model.predict(inputs!.map(read) as Tensor[], quiet)).rejects.toThrow(/has no vocabulary yet/);
  });
});

describe('models on strings refuse', () => {
  const model = textModel();
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  model.buildForStrings([1]);
  const numeric = new Sequential([Input({ shape: [2] }), new Dense(1)]);
  numeric.compile({ loss: 'mse' });

  it('numbers', async () => {
    await expect(model.predict([[1], [2]])).rejects.toThrow(/expected strings for the input .*, got float32 numbers/);
    expect(() => model.apply(tensor([[1]]))).toThrow(/expected strings/);
  });

  it('strings where numbers are expected', async () => {
    await expect(numeric.predict([['a', 'b']])).rejects.toThrow(/x has strings .*, and the model takes numbers/);
    await expect(numeric.fit([[1, 2]], ['a'])).rejects.toThrow(/y has strings .*; make numbers/);
    expect(() => new Dense(1).apply(['a'] as never)).toThrow(/expected numbers, got strings/);
    const x = Input({ shape: [1], dtype: 'string' });
    expect(() => new Dense(1).apply(x)).toThrow(/expected numbers, got strings/);
  });

  it('other shapes', async () => {
    await expect(model.predict([['a', 'b']])).rejects.toThrow(/expected data of shape \(None,\) .*got \(1, 2\)/);
  });

  it('layers with weights before layers on the host', async () => {
    const x = Input({ shape: [1] });
    const after = new Hashing(3, { outputMode: 'one_hot' }).apply(new Dense(1).apply(x));
    const odd = new Model({ inputs: x, outputs: new Dense(1).apply(after) });
    await expect(odd.predict([[1]])).rejects.toThrow(/works on the host.*weights that training changes/);
  });

  it('strings as outputs', async () => {
    const x = Input({ shape: [1], dtype: 'string' });
    const codes = new StringLookup({ vocabulary: ['a'] });
    const words = new StringLookup({ vocabulary: ['a'], invert: true });
    const odd = new Model({ inputs: x, outputs: words.apply(codes.apply(x)) });
    await expect(odd.predict(['a'])).rejects.toThrow(/is strings; models give numbers/);
  });

  it('layers on the host inside of a step', async () => {
    class Odd extends Model {
      readonly hash = new Hashing(3, { outputMode: 'one_hot' });
      readonly dense = new Dense(1);
      override call(x: Tensor) {
        return this.dense.apply(this.hash.apply<Tensor>(x));
      }
    }
    await expect(new Odd().predict([[1]])).rejects.toThrow(/works on the host and cannot be called inside/);
  });

  it('category encodings of strings', () => {
    const x = Input({ shape: [1], dtype: 'string' });
    expect(() => new CategoryEncoding(3).apply(x)).toThrow(/expected numbers, got strings/);
  });
});
