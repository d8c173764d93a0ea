import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registerKerasSerializable } from '../../src/custom-objects.ts';
import {
  CategoryEncoding,
  Discretization,
  deserializeLayer,
  HashedCrossing,
  Hashing,
  IntegerLookup,
  type Layer,
  Normalization,
  StringLookup,
  serializeLayer,
  TextVectorization,
} from '../../src/layers/index.ts';
import { sipHash24 } from '../../src/layers/preprocessing/siphash.ts';
import { compareText, vocabularyLines } from '../../src/layers/preprocessing/vocabulary-text.ts';
import { compileFunction, type StringTensor, stringTensor, Tensor, tensor } from '../../src/trace/index.ts';
import { checkGradient, operand } from '../support/gradcheck.ts';
import { Rng } from '../support/rng.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const list = (x: Tensor | StringTensor) => x.arraySync();
const copy = <L extends Layer>(layer: L): L => deserializeLayer(serializeLayer(layer)) as L;

describe('adapt', () => {
  const words = ['b', 'a', 'b', 'c', 'a', 'b', 'é', '😀', 'ﬀ'];
  const order = ['[UNK]', 'b', 'a', '😀', 'ﬀ', 'é', 'c'];

  it('takes arrays, tensors, lists of tensors, iterables, async iterables and functions that give them', async () => {
    const halves = [words.slice(0, 4), words.slice(4)];
    const batches = async function* () {
      yield* halves;
    };
    const given = [
      words,
      [words],
      stringTensor(words, [9, 1]),
      halves.map((h) => stringTensor(h)),
      new Set(halves),
      batches(),
      batches,
      (function* () {
        for (const h of halves) yield [stringTensor(h), tensor([1])];
      })(),
    ];
    for (const data of given) {
      const layer = new StringLookup();
      await layer.adapt(data);
      expect(layer.getVocabulary()).toEqual(order);
    }
  });

  it('stops after `steps` batches', async () => {
    const endless = function* () {
      for (;;) yield tensor([[1], [2]]);
    };
    const layer = new IntegerLookup();
    await layer.adapt(endless, { steps: 3 });
    expect(layer.getVocabulary()).toEqual([-1, 2, 1]);
    const statistics = new Normalization({ axis: null });
    await statistics.adapt(endless(), { steps: 2 });
    expect(statistics.mean!.read()[0]).toBe(1.5);
    const pairs = [1, 5].map((v) => [tensor([[v]]), tensor([0])]);
    await statistics.adapt(pairs);
    expect(statistics.mean!.read()[0]).toBe(3);
    await expect(layer.adapt(endless, { steps: 0 })).rejects.toThrow(/steps must be a whole number/);
    await expect(layer.adapt([1], 2 as never)).rejects.toThrow(/expected options as an object, like \{ steps/);
    await expect(layer.adapt([1], { batchSize: 2 } as never)).rejects.toThrow(/unknown option 'batchSize'/);
    const weighted = new StringLookup({ vocabulary: ['a', 'b'], idfWeights: tensor([0.5, 2]), outputMode: 'tf_idf' });
    expect(list(weighted.apply(['b', 'b']))).toEqual([0, 0, 4]);
  });

  it('begins anew each time', async () => {
    const layer = new StringLookup();
    await layer.adapt(['a', 'a', 'b']);
    await layer.adapt(['c']);
    expect(layer.getVocabulary()).toEqual(['[UNK]', 'c']);
    expect(list(layer.apply(['a', 'c']))).toEqual([0, 1]);
  });

  it('refuses what cannot be', async () => {
    const given = new StringLookup({ vocabulary: ['a'] });
    await expect(given.adapt(['b'])).rejects.toThrow(/its vocabulary was given/);
    await expect(new StringLookup().adapt([1, 2])).rejects.toThrow(/expected strings, got float32/);
    await expect(new IntegerLookup().adapt(['a'])).rejects.toThrow(/expected numbers, got strings/);
    await expect(new StringLookup().adapt([['a'], ['b', 'c']])).rejects.toThrow(/rows must all be alike/);
    await expect(new StringLookup().adapt(function* () {})).rejects.toThrow(/the data is empty/);
    await expect(new StringLookup().adapt(Promise.resolve(['a']) as never)).rejects.toThrow(/Is an `await` missing/);
    await expect(new Discretization({ binBoundaries: [1] }).adapt([1])).rejects.toThrow(/its bounds were given/);
    await expect(new Normalization({ mean: 0, variance: 1 }).adapt([1])).rejects.toThrow(/were given/);
    await expect(new TextVectorization({ vocabulary: ['a'] }).adapt(['a'])).rejects.toThrow(/was given/);
    const built = new Normalization();
    await built.adapt([[1, 2]]);
    await expect(built.adapt([[1, 2, 3]])).rejects.toThrow(/adapt expected data of shape \(1, 2\), got \(1, 3\)/);
    const hot = new StringLookup({ outputMode: 'multi_hot' });
    await hot.adapt(['a']);
    await expect(hot.adapt(['a', 'b'])).rejects.toThrow(/its vectors have 2 elements/);
  });
});

describe('lookups', () => {
  it('refuse to work without a vocabulary', () => {
    for (const outputMode of ['int', 'multi_hot'] as const) {
      expect(() => new StringLookup({ outputMode }).apply(['a'])).toThrow(/has no vocabulary yet/);
      expect(() => new IntegerLookup({ outputMode }).apply([[1]])).toThrow(/has no vocabulary yet/);
      expect(() => new TextVectorization({ outputMode }).apply(['a'])).toThrow(/has no vocabulary yet/);
    }
    expect(() => new Discretization({ numBins: 2 }).apply([1])).toThrow(/has no bounds yet/);
  });

  it('refuse vocabularies that cannot be', () => {
    const make = (options: object) => () => new StringLookup(options);
    expect(make({ vocabulary: [] })).toThrow(/the vocabulary is empty/);
    expect(make({ vocabulary: ['a', 'b', 'a'] })).toThrow(/1 repeated term\(s\): \["a"\]/);
    expect(make({ vocabulary: ['a', ''], maskToken: '' })).toThrow(/has the maskToken \[""\] at index 1/);
    expect(make({ vocabulary: ['a', '[UNK]'], invert: true })).toThrow(/has the oovToken/);
    expect(make({ vocabulary: ['a', 'b'], maxTokens: 2 })).toThrow(/has 3 terms with special ones; maxTokens allows 2/);
    expect(make({ vocabulary: ['a', 3] })).toThrow(/vocabulary\[1\] must be a string/);
    expect(make({ vocabulary: { a: 1 } })).toThrow(/must be an array of terms or the path/);
    expect(make({ vocabulary: '/nowhere/at/all.txt' })).toThrow(/cannot read the vocabulary file/);
    expect(() => new IntegerLookup({ vocabulary: [1.5] })).toThrow(/must be a whole number that fits 32 bits/);
    expect(() => new IntegerLookup({ vocabulary: [2 ** 40] })).toThrow(/fits 32 bits/);
    const config = { ...new StringLookup().getConfig(), vocabulary: 'secret.txt' };
    expect(() => StringLookup.fromConfig(config)).toThrow(
      /names the vocabulary file 'secret.txt', which is not opened/,
    );
  });

  it('refuse options that do not go together', () => {
    const make = (options: object) => () => new StringLookup(options);
    expect(make({ maxTokens: 1 })).toThrow(/maxTokens must be a whole number of at least 2/);
    expect(make({ padToMaxTokens: true })).toThrow(/padToMaxTokens needs maxTokens/);
    expect(make({ invert: true, outputMode: 'count' })).toThrow(/invert needs outputMode 'int'/);
    expect(make({ idfWeights: [1] })).toThrow(/idfWeights need outputMode 'tf_idf'/);
    expect(make({ outputMode: 'tf_idf', vocabulary: ['a'] })).toThrow(/needs idfWeights/);
    expect(make({ outputMode: 'tf_idf', vocabulary: ['a'], idfWeights: [1, 2] })).toThrow(/as many idfWeights, got 2/);
    expect(make({ outputMode: 'multihot' })).toThrow(/Did you mean 'multi_hot'/);
    expect(make({ sparse: true, outputMode: 'count' })).toThrow(/sparse outputs are not supported/);
    expect(make({ encoding: 'latin-1' })).toThrow(/strings are UTF-8/);
    expect(make({ salt: [1, 2, 3] })).toThrow(/salt must be a whole number or two/);
    expect(make({ tokens: 3 })).toThrow(/unknown option/);
    expect(() => new IntegerLookup({ salt: 1, vocabulary: [1] })).toThrow(/salt needs oovMethod 'farmhash'/);
  });

  it('refuse unknown tokens where there is no index for them', () => {
    const strings = new StringLookup({ vocabulary: ['a'], numOovIndices: 0 });
    expect(() => strings.apply(['a', 'q', 'q', 'r'])).toThrow(/unknown: \["q","r"\]/);
    const numbers = new IntegerLookup({ vocabulary: [1], numOovIndices: 0 });
    expect(numbers.runsOnHost).toBe(true);
    expect(() => numbers.apply([[1], [2]])).toThrow(/unknown: \[2\]/);
    expect(list(numbers.apply([[1]]))).toEqual([[0]]);
  });

  it('read vocabularies from files, one term a line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'olifant-'));
    try {
      const file = join(folder, 'terms.txt');
      writeFileSync(file, 'earth\r\nwind\nfire é\n\n');
      const layer = new StringLookup({ vocabulary: file, maskToken: '' });
      expect(layer.getVocabulary()).toEqual(['', '[UNK]', 'earth', 'wind', 'fire é']);
      expect(layer.getVocabulary({ includeSpecialTokens: false })).toEqual(['earth', 'wind', 'fire é']);
      expect(layer.vocabularySize()).toBe(5);
      // The path stays out of the configuration; the terms are kept as a file of the archive.
      expect(layer.getConfig().vocabulary).toBe(null);
      const back = copy(layer);
      back.loadAssets(new Map(Object.entries(layer.saveAssets())));
      expect(back.getVocabulary()).toEqual(layer.getVocabulary());
      writeFileSync(file, '3\n-5\n');
      expect(list(new IntegerLookup({ vocabulary: file }).apply([[-5, 4]]))).toEqual([[2, 0]]);
      writeFileSync(file, '3\nx\n');
      expect(() => new IntegerLookup({ vocabulary: file })).toThrow(/must be a whole number.*got 'x'/);
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(vocabularyLines('a\n\nb\u2028c\n')).toEqual(['a', '', 'b\u2028c']);
  });

  it('take vocabularies anew, with weights', () => {
    const layer = new StringLookup({ outputMode: 'tf_idf' });
    layer.setVocabulary(['[UNK]', 'a', 'b'], [0.5, 1, 2]);
    expect(list(layer.apply([['a', 'b', 'q', 'b']]))).toEqual([[0.5, 1, 4]]);
    expect(() => layer.setVocabulary(['a', 'b'])).toThrow(/setVocabulary needs idfWeights/);
    layer.setVocabulary(['c', 'd'], Float32Array.of(1, 3));
    expect(list(layer.apply([['c', 'q']]))).toEqual([[2, 1, 0]]);
  });

  it('undo each other', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 33 }),
        fc.constantFrom(null, ''),
        fc.integer({ min: 1, max: 3 }),
        (terms, maskToken, numOovIndices) => {
          const vocabulary = terms.filter((t) => t !== '[UNK]');
          if (vocabulary.length === 0) return;
          const options = { vocabulary, maskToken, numOovIndices };
          const there = new StringLookup(options).apply<Tensor>(vocabulary);
          expect(list(new StringLookup({ ...options, invert: true }).apply<StringTensor>(there))).toEqual(vocabulary);
        },
      ),
    );
  });

  it.each([0, 1, 15, 16, 17, 33])('are the same compiled as a table and as a search, for %d numbers', (n) => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: n, maxLength: n }),
        fc.boolean(),
        (terms, others, near) => {
          const vocabulary = near ? [...new Set(terms.map((t) => t % 100))] : terms;
          const values = others.map((v, i) => (i % 2 === 0 ? vocabulary[i % vocabulary.length]! : near ? v % 100 : v));
          const layer = new IntegerLookup({ vocabulary, numOovIndices: 2 });
          const expected = values.map((v) => (vocabulary.includes(v) ? vocabulary.indexOf(v) + 2 : ((v % 2) + 2) % 2));
          const x = tensor(Int32Array.from(values));
          expect(list(layer.apply(x))).toEqual(expected);
          const compiled = compileFunction(
            (t) => [layer.apply<Tensor>(t!)],
            [{ shape: [n], dtype: 'int32', name: 'x' }],
          );
          compiled.input(0).set(Int32Array.from(values));
          compiled.run();
          expect([...compiled.output(0)]).toEqual(expected);
          compiled.dispose();
        },
      ),
      { numRuns: 4 },
    );
  });

  it('work on nothing', () => {
    const layer = new StringLookup({ vocabulary: ['a'] });
    expect(layer.apply<Tensor>(stringTensor([], [0, 3])).shape).toEqual([0, 3]);
    const vectors = new TextVectorization({ vocabulary: ['a'], outputMode: 'count' });
    expect(vectors.apply<Tensor>(stringTensor([], [0, 1])).shape).toEqual([0, 2]);
    expect(new Hashing(3, { outputMode: 'one_hot' }).apply<Tensor>(stringTensor([], [0, 1])).shape).toEqual([0, 3]);
  });
});

describe('text vectorization', () => {
  it('takes functions, and files name them', () => {
    const reverse = registerKerasSerializable((t: string) => [...t].reverse().join(''), 'Test', 'reverse');
    const commas = registerKerasSerializable((t: string) => t.split(','), 'Test', 'commas');
    const layer = new TextVectorization({ vocabulary: ['ba', 'c'], standardize: reverse, split: commas });
    expect(list(layer.apply(['c,ab', 'x']))).toEqual([
      [2, 3],
      [1, 0],
    ]);
    expect(list(copy(layer).apply(['c,ab']))).toEqual([[2, 3]]);
    const nameless = new TextVectorization({ vocabulary: ['a'], standardize: (t) => t });
    expect(() => nameless.getConfig()).toThrow(/its standardize, .*cannot be saved; register it/);
    const config = { ...layer.getConfig(), split: { class_name: 'function', config: 'Test>unknown' } };
    expect(() => TextVectorization.fromConfig(config)).toThrow(/function 'Test>unknown' of its split is not known/);
  });

  it('refuses what cannot be', () => {
    const make = (options: object) => () => new TextVectorization(options);
    expect(make({ standardize: 'upper' })).toThrow(/unknown standardize 'upper'/);
    expect(make({ split: 'words' })).toThrow(/unknown split 'words'/);
    expect(make({ ngrams: 0 })).toThrow(/ngrams must be a whole number/);
    expect(make({ ngrams: [] })).toThrow(/ngrams/);
    expect(make({ outputMode: 'count', outputSequenceLength: 3 })).toThrow(
      /outputSequenceLength needs outputMode 'int'/,
    );
    expect(make({ ragged: true })).toThrow(/ragged outputs are not supported/);
    const layer = new TextVectorization({ vocabulary: ['a'] });
    expect(() => layer.apply([['a', 'b']])).toThrow(/texts that are split come one by one.*got shape \(1, 2\)/);
    expect(() => layer.apply([[1]])).toThrow(/expected strings, got float32/);
    const odd = new TextVectorization({ vocabulary: ['a'], split: () => [1] as never });
    expect(() => odd.apply(['a'])).toThrow(/the function split must return strings/);
  });

  it('splits at ASCII white space and into code points', () => {
    const words = new TextVectorization({ vocabulary: ['a', 'b\u00a0c'] });
    expect(list(words.apply([' a\t\n\v\f\r b\u00a0c ', '']))).toEqual([
      [2, 3],
      [0, 0],
    ]);
    const characters = new TextVectorization({ vocabulary: ['😀', 'é'], split: 'character' });
    expect(list(characters.apply(['É😀é']))).toEqual([[1, 2, 3]]);
  });
});

describe('hashes', () => {
  it('are those of the paper: SipHash-2-4 of 0, 1, ... 14 with the key 0, 1, ... 15', () => {
    const bytes = Uint8Array.from({ length: 15 }, (_, i) => i);
    expect(sipHash24(bytes, [0x0706050403020100n, 0x0f0e0d0c0b0a0908n])).toBe(0xa129ca6149be45e5n);
  });

  it('refuse what cannot be', () => {
    expect(() => new Hashing(0)).toThrow(/numBins must be a whole number of at least 1/);
    expect(() => new Hashing(3, { outputMode: 'tf_idf' as never })).toThrow(/unknown outputMode/);
    expect(() => new Hashing(3, { dtype: 'float32' })).toThrow(/with outputMode 'int', dtype must be int32 or int64/);
    expect(() => new Hashing(3, { maskValue: [1] as never })).toThrow(/maskValue must be a string or a number/);
    for (const make of [HashedCrossing as unknown as typeof Hashing, Hashing]) {
      const read = (dtype?: string) => JSON.stringify(make.fromConfig(new make(3, { dtype }).getConfig()).getConfig());
      expect([read(), read('int32')]).toEqual([expect.stringContaining('"int64"'), expect.stringContaining('"int32"')]);
    }
    const crossing = new HashedCrossing(3);
    expect(
      list(
        crossing.apply([
          ['a', 'b'],
          [1, 2],
        ]),
      ),
    ).toEqual(list(crossing.apply([stringTensor(['a', 'b']), tensor([1, 2])])));
    expect(() => crossing.apply([stringTensor(['a'])])).toThrow(/a list of two or more inputs, got 1/);
    expect(() => crossing.apply([stringTensor(['a']), stringTensor(['a', 'b'])])).toThrow(/inputs of one shape/);
    expect(() => crossing.apply([stringTensor([['a', 'b']]), stringTensor([['a', 'b']])])).toThrow(/\(batch, 1\), got/);
    expect(() => crossing.apply([stringTensor(['a']), tensor([1.5])])).toThrow(
      /expected strings or whole numbers, got 1.5/,
    );
  });
});

describe('numbers', () => {
  it('have gradients through a normalization', async () => {
    const layer = new Normalization();
    await layer.adapt([
      [1, 2, 3],
      [2, 5, 9],
    ]);
    const inverse = new Normalization({ mean: [1, 2, 3], variance: [4, 9, 0.25], invert: true });
    for (const l of [layer, inverse]) {
      l.apply<Tensor>([[0, 0, 0]]);
      checkGradient((x) => l.apply<Tensor>(new Tensor(x)).node, [operand(new Rng(3), [4, 3])]);
    }
  });

  it('may be tensors, and are normalized in the dtype of the layer', () => {
    const given = { mean: tensor([1, 2]), variance: Float32Array.of(4, 1) };
    const layer = new Normalization({ ...given, dtype: 'mixed_float16' });
    const y = layer.apply<Tensor>([[3, 3]]);
    expect([y.dtype, y.arraySync()]).toEqual(['float16', [[1, 1]]]);
    expect(layer.getConfig()).toMatchObject({ mean: [1, 2], variance: [4, 1] });
    expect(new Normalization({ dtype: 'float16' }).apply<Tensor>([[1]]).dtype).toBe('float16');
  });

  it('refuse what cannot be', () => {
    expect(() => new Normalization({ mean: 1 })).toThrow(/mean and variance go together/);
    expect(() => new Normalization({ mean: [1, 2], variance: [1] })).toThrow(/must have one shape/);
    expect(() => new Normalization({ axis: null, mean: [1], variance: [1] })).toThrow(/at most as many axes/);
    expect(() => new Normalization({ axis: 2 }).build([null, 3])).toThrow(/axis \[2\] does not exist/);
    expect(() => new Normalization().build([2, null])).toThrow(/the size along axis 1 must be known/);
    expect(() => new Discretization()).toThrow(/got neither/);
    expect(() => new Discretization({ numBins: 2, binBoundaries: [1] })).toThrow(/got both/);
    expect(() => new Discretization({ binBoundaries: [2, 1] })).toThrow(/ascending/);
    expect(() => new Discretization({ numBins: 2, epsilon: 0 })).toThrow(/epsilon must be above 0/);
    expect(() => new CategoryEncoding(0)).toThrow(/numTokens must be a whole number/);
    const hot = new CategoryEncoding(3);
    expect(() => hot.apply([[1]], { countWeights: tensor([[1]]) })).toThrow(/countWeights need outputMode 'count'/);
    const count = new CategoryEncoding(3, { outputMode: 'count' });
    expect(() => count.apply([[1, 2]], { countWeights: tensor([[1]]) })).toThrow(
      /countWeights of the shape of the inputs/,
    );
    expect(() => hot.apply([['a']])).toThrow(/expected numbers, got strings/);
  });

  it('fall into bins at any size', () => {
    const layer = new Discretization({ binBoundaries: [-1, 0, 0.5] });
    for (const n of [0, 1, 15, 16, 17, 33]) {
      const x = Float32Array.from({ length: n }, (_, i) => (i - 8) / 7);
      const bins = [...x].map((v) => [-1, 0, 0.5].filter((b) => b <= v).length);
      expect(list(layer.apply(tensor(x)))).toEqual(bins);
    }
  });
});

describe('layers on numbers in models', () => {
  runLayerTest('Normalization', {
    make: () => new Normalization(),
    input: [5, 3],
    output: [5, 3],
    weights: { mean: [3], variance: [3], count: [] },
    fixed: 3,
    masks: true,
  });
  runLayerTest('Normalization with numbers given', {
    make: () => new Normalization({ axis: [1], mean: [1, 2], variance: [4, 0.5] }),
    input: [3, 2, 2],
    output: [3, 2, 2],
    masks: true,
  });
  runLayerTest('Discretization', {
    make: () => new Discretization({ binBoundaries: [-1, 0, 1] }),
    input: [5, 3],
    output: [5, 3],
    outputDType: 'int32',
    modes: [],
  });
  runLayerTest('Discretization to vectors', {
    make: () => new Discretization({ binBoundaries: [-1, 0, 1], outputMode: 'count' }),
    input: [5, 3],
    output: [5, 4],
    modes: [],
  });
  runLayerTest('CategoryEncoding', {
    make: () => new CategoryEncoding(7, { outputMode: 'one_hot' }),
    input: [5, 3],
    output: [5, 3, 7],
    dtype: 'int32',
    range: [0, 6],
  });
  runLayerTest('IntegerLookup', {
    make: () => new IntegerLookup({ vocabulary: [1, 2, 5], numOovIndices: 2, outputMode: 'multi_hot' }),
    input: [5, 3],
    output: [5, 5],
    dtype: 'int32',
    range: [0, 6],
  });
});

describe('strings', () => {
  it('are ordered by code points', () => {
    const words = ['\u{10000}', '\uffff', 'a', 'ab', '', 'z', '\ud7ff'];
    const bytes = (w: string) => Buffer.from(w, 'utf8');
    expect([...words].sort(compareText)).toEqual([...words].sort((a, b) => Buffer.compare(bytes(a), bytes(b))));
  });

  it('keep their shape', () => {
    const t = stringTensor(['a', 'b', 'c', 'd'], [2, 2]);
    expect(list(t)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(String(t)).toBe('StringTensor(shape=[2, 2], [["a","b"],["c","d"]])');
    expect(() => stringTensor(['a'], [2])).toThrow(/needs 2 strings, but the data has 1/);
    expect(() => stringTensor([['a'], [3 as never]])).toThrow(/expected strings, but value\[1\]\[0\] is number 3/);
  });
});
