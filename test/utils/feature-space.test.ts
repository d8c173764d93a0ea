import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Dense, Normalization, TextVectorization } from '../../src/layers/index.ts';
import { Model } from '../../src/models/index.ts';
import { loadModel } from '../../src/saving/index.ts';
import { type StringTensor, stringTensor, type Tensor, tensor } from '../../src/trace/index.ts';
import { FeatureSpace } from '../../src/utils/index.ts';
import { expectCloseToScale } from '../support/close.ts';

interface Values {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: readonly (number | string)[];
}

const quiet = { verbose: 0 } as const;
const path = (name: string) => new URL(`../golden/preprocessing/${name}`, import.meta.url);
const golden = JSON.parse(readFileSync(path('space.json'), 'utf8')) as {
  adapt: Record<string, Values>;
  rows: Record<string, Values>;
  output: Values;
  predictions: Values;
};

function read({ shape, dtype, values }: Values): Tensor | StringTensor {
  if (dtype === 'string') return stringTensor(values as string[], shape);
  const numbers = values.map(Number);
  return tensor(dtype.startsWith('int') ? Int32Array.from(numbers) : Float32Array.from(numbers), shape);
}

const columns = (data: Record<string, Values>) =>
  Object.fromEntries(Object.entries(data).map(([k, v]) => [k, read(v)]));

function check(got: Tensor, expected: Values): void {
  expect(got.shape).toEqual(expected.shape);
  expectCloseToScale(got.dataSync(), expected.values as number[], 1e-5);
}

function makeSpace(): FeatureSpace {
  return new FeatureSpace({
    features: {
      f: 'float',
      n: 'float_normalized',
      d: FeatureSpace.floatDiscretized({ numBins: 4 }),
      r: FeatureSpace.floatRescaled({ scale: 2, offset: 1 }),
      s: 'string_categorical',
      i: FeatureSpace.integerCategorical({ maxTokens: 5 }),
      h: 'string_hashed',
      k: FeatureSpace.integerHashed({ numBins: 4 }),
    },
    crosses: [['s', 'i'], FeatureSpace.cross({ featureNames: ['s', 'h'], crossingDim: 5 })],
    crossingDim: 6,
    hashingDim: 7,
  });
}

const first = (data: Record<string, Values>, from: number, to: number) =>
  Object.fromEntries(
    Object.entries(data).map(([k, v]) => [k, read({ ...v, shape: [to - from], values: v.values.slice(from, to) })]),
  );

describe('a feature space', () => {
  it('encodes as that of Keras, from arrays and from streams', async () => {
    const space = makeSpace();
    await space.adapt(columns(golden.adapt));
    check(space.apply(columns(golden.rows)), golden.output);
    const streamed = makeSpace();
    await streamed.adapt(async function* () {
      for (let at = 0; at < 70; at += 32) yield first(golden.adapt, at, Math.min(70, at + 32));
    });
    check(streamed.apply(columns(golden.rows)), golden.output);
  });

  it('works as its documentation says', async () => {
    const space = new FeatureSpace({ features: { age: 'float_normalized', city: 'string_categorical' } });
    await space.adapt({ age: [20, 30, 40], city: ['Ghent', 'Delft', 'Ghent'] });
    expect(space.apply({ age: [30], city: ['Ghent'] }).arraySync()).toEqual([[0, 0, 1, 0]]);
  });

  it('encodes a single row', async () => {
    const space = makeSpace();
    await space.adapt(columns(golden.adapt));
    const row = Object.fromEntries(Object.entries(golden.rows).map(([k, v]) => [k, v.values[0]]));
    const width = golden.output.shape[1]!;
    check(space.apply(row), { ...golden.output, shape: [width], values: golden.output.values.slice(0, width) });
  });

  it('is the beginning of a model, which learns', async () => {
    const space = makeSpace();
    await space.adapt(columns(golden.adapt));
    const outputs = new Dense(1).apply(space.getEncodedFeatures());
    const model = new Model({ inputs: space.getInputs(), outputs });
    model.compile({ optimizer: 'adam', loss: 'mse' });
    const y = new Float32Array(70).map((_, i) => i % 3);
    const { history } = await model.fit(columns(golden.adapt), y, { epochs: 3, ...quiet });
    expect(history.loss!.at(-1)!).toBeLessThan(history.loss![0]!);
  });

  it('goes to files and comes back, and so does a model that begins with it', async () => {
    const fromKeras = await loadModel<FeatureSpace>(new Uint8Array(readFileSync(path('space.keras'))));
    check(fromKeras.apply(columns(golden.rows)), golden.output);
    const again = await loadModel<FeatureSpace>(await fromKeras.save());
    check(again.apply(columns(golden.rows)), golden.output);
    expect(again.getConfig()).toEqual(fromKeras.getConfig());
    const model = await loadModel(new Uint8Array(readFileSync(path('space-model.keras'))));
    check(await model.predict(columns(golden.rows), quiet), golden.predictions);
  });

  it('gives a record, with layers of one’s own', async () => {
    const texts = new TextVectorization({ outputMode: 'count' });
    const space = new FeatureSpace({
      features: {
        text: FeatureSpace.feature({ dtype: 'string', preprocessor: texts, outputMode: 'float' }),
        code: FeatureSpace.stringCategorical({ outputMode: 'int', numOovIndices: 2 }),
        size: FeatureSpace.feature({
          dtype: 'float32',
          preprocessor: new Normalization({ mean: 1, variance: 4 }),
          outputMode: 'float',
        }),
      },
      outputMode: 'dict',
    });
    await space.adapt({ text: ['a b', 'b'], code: ['x', 'y'], size: [1, 2] });
    const out = space.apply<Record<string, Tensor>>({ text: ['b b'], code: ['x'], size: [5] });
    expect(Object.keys(out)).toEqual(['code', 'size', 'text']);
    expect(out.text!.arraySync()).toEqual([[0, 2, 0]]);
    expect(out.code!.arraySync()).toEqual([[3]]);
    expect(out.size!.arraySync()).toEqual([[2]]);
  });

  it('refuses what cannot be', async () => {
    expect(() => new FeatureSpace({ features: {} })).toThrow(/features must be a record/);
    expect(() => new FeatureSpace({ features: { a: 'flaot' as never } })).toThrow(/Did you mean 'float'/);
    expect(() => new FeatureSpace({ features: { a: 'float' }, crosses: [['a', 'b']] })).toThrow(/a cross names two/);
    expect(() => new FeatureSpace({ features: { a: 'float' }, outputMode: 'list' as never })).toThrow(/outputMode/);
    const space = new FeatureSpace({ features: { a: 'string_categorical' } });
    expect(() => space.apply({ a: ['x'] })).toThrow(/call `await space.adapt/);
    await expect(space.adapt({ a: [1, 2] })).rejects.toThrow(/'a' is string, got numbers/);
    await expect(space.adapt({ b: ['x'] })).rejects.toThrow(/expected a record with the columns a/);
    const ints = new FeatureSpace({ features: { a: FeatureSpace.integerHashed({ numBins: 3, outputMode: 'int' }) } });
    expect(() => ints.apply({ a: [1] })).toThrow(/cannot stand beside others/);
    const floats = FeatureSpace.feature({
      dtype: 'float32',
      preprocessor: new Normalization({ mean: 0, variance: 1 }),
      outputMode: 'one_hot',
    });
    expect(() => new FeatureSpace({ features: { a: floats } }).apply({ a: [1] })).toThrow(
      /cannot be encoded as one_hot/,
    );
  });
});
