import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PyDataset } from '../../src/data/dataset.ts';
import { numpyShuffled, pythonShuffled } from '../../src/data/mersenne-twister.ts';
import { padSequences } from '../../src/data/sequences.ts';
import { splitDataset } from '../../src/data/split.ts';
import { type TextDataset, textDatasetFromDirectory } from '../../src/data/text-directory.ts';
import { timeseriesDatasetFromArray } from '../../src/data/timeseries.ts';
import { Input, layers, Sequential, setRandomSeed, type Tensor, tensor } from '../../src/index.ts';
import type { StringTensor } from '../../src/trace/string-tensor.ts';

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/utilities.json'), 'utf8'));
const part = (name: string) => golden.cases.find((c: { name: string }) => c.name === name);
const camel = (options: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(options).map(([k, v]) => [k.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()), v]),
  );
const count = (n: number) => Array.from({ length: n }, (_, i) => i);
const values = (t: unknown) => [...(t as Tensor).dataSync()];

describe('shuffles', () => {
  it('give what NumPy and Python give', () => {
    for (const [n, seed, order] of part('numpy').cases) expect(numpyShuffled(count(n), seed)).toEqual(order);
    for (const [n, seed, order] of part('python').cases) expect(pythonShuffled(count(n), seed)).toEqual(order);
  });
});

describe('padSequences', () => {
  it.each<[string, unknown]>(
    part('pad_sequences').cases.map((c: { sequences: unknown; options: unknown }) => [
      JSON.stringify([c.sequences, c.options]),
      c,
    ]),
  )('as Keras: %s', (_, c) => {
    const { sequences, options, result } = c as {
      sequences: never[];
      options: object;
      result: { shape: number[]; dtype: string; values: number[] };
    };
    const made = padSequences(sequences, options);
    expect([made.shape, made.dtype, values(made)]).toEqual([
      result.shape,
      result.dtype,
      result.values.map(Math.fround),
    ]);
  });

  it('takes typed arrays, and refuses what cannot be', () => {
    expect(padSequences([Int32Array.of(1), Float32Array.of(2, 3)]).arraySync()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(padSequences([]).shape).toEqual([0, 0]);
    const words = [['a'], ['a', 'b'], [], ['a', 'b', 'c']];
    expect(padSequences(words, { dtype: 'string', value: 'pad', maxlen: 2, padding: 'post' }).arraySync()).toEqual([
      ['a', 'pad'],
      ['a', 'b'],
      ['pad', 'pad'],
      ['b', 'c'],
    ]);
    expect(() => padSequences(words, { value: 'pad' } as never)).toThrow(/value must be a number, or dtype 'string'/);
    expect(() => padSequences([[1]], { dtype: 'string', value: 'pad' })).toThrow(/sequence 0/);
    expect(() => padSequences([[[1, 2]], [[3]]] as never)).toThrow(/sequence 1 have the shape \(1,\)/);
    expect(() => padSequences([1] as never)).toThrow(/sequence 0 is number 1/);
    expect(() => padSequences([[1]], { padding: 'left' as never })).toThrow(/'pre' or 'post'/);
    expect(() => padSequences([[1]], { maxLen: 3 } as never)).toThrow(/maxlen/);
  });
});

describe('timeseriesDatasetFromArray', () => {
  const rowsOf = (t: Tensor) => t.arraySync() as number[][];

  it('cuts sequences with their targets', async () => {
    const data = tensor(Float32Array.from(count(10)));
    const dataset = timeseriesDatasetFromArray(data, tensor(Float32Array.from(count(10), (i) => i * 10)), 3, {
      samplingRate: 2,
      sequenceStride: 2,
      batchSize: 2,
    });
    expect(dataset.length).toBe(2);
    const found: unknown[] = [];
    for await (const [x, y] of dataset as AsyncIterable<[Tensor, Tensor]>) found.push([rowsOf(x), values(y)]);
    expect(found).toEqual([
      [
        [
          [0, 2, 4],
          [2, 4, 6],
        ],
        [0, 20],
      ],
      [[[4, 6, 8]], [40]],
    ]);
  });

  it('begins and ends where it is told, without targets, one by one', async () => {
    const data = tensor(Float32Array.from(count(20)), [10, 2]);
    const options = { startIndex: 2, endIndex: 6, batchSize: null };
    const found: unknown[] = [];
    for await (const x of timeseriesDatasetFromArray(data, null, 2, options)) found.push(values(x));
    expect(found).toEqual([
      [4, 5, 6, 7],
      [6, 7, 8, 9],
      [8, 9, 10, 11],
    ]);
  });

  it('shuffles each pass anew, the same for the same seed', async () => {
    const orders = async () => {
      const dataset = timeseriesDatasetFromArray(Float32Array.from(count(33)), null, 1, { shuffle: true, seed: 4 });
      const found: number[][] = [];
      for (let pass = 0; pass < 2; pass++) for await (const x of dataset) found.push(values(x));
      return found;
    };
    const [a, b] = await orders();
    expect(a).not.toEqual(b);
    expect([...a!].sort((x, y) => x - y)).toEqual(count(33));
    expect(await orders()).toEqual([a, b]);
  });

  it('refuses what cannot be', () => {
    const data = Float32Array.from(count(5));
    expect(() => timeseriesDatasetFromArray(data, null, 6)).toThrow(/no sequence of 6/);
    expect(() => timeseriesDatasetFromArray(data, null, 2, { startIndex: 5 })).toThrow(/startIndex .* from 0 to 4/);
    expect(() => timeseriesDatasetFromArray(data, null, 2, { startIndex: 3, endIndex: 3 })).toThrow(
      /endIndex .* from 4/,
    );
    expect(() => timeseriesDatasetFromArray(data, null, 2, { samplingRate: 0 })).toThrow(/samplingRate/);
    expect(() => timeseriesDatasetFromArray(data, null, 0)).toThrow(/sequenceLength/);
  });
});

describe('splitDataset', () => {
  const x = tensor(Float32Array.from(count(10)));
  const y = tensor(Int32Array.from(count(20)), [10, 2]);

  it('divides arrays', async () => {
    const [left, right] = await splitDataset(x, { leftSize: 0.25 });
    expect([values(left), values(right)]).toEqual([
      [0, 1],
      [2, 3, 4, 5, 6, 7, 8, 9],
    ]);
    const [[xl], [xr, yr]] = (await splitDataset([x, y], { leftSize: 3, rightSize: 2 })) as [Tensor[], Tensor[]];
    expect([values(xl), values(xr), values(yr)]).toEqual([
      [0, 1, 2],
      [8, 9],
      [16, 17, 18, 19],
    ]);
  });

  it('shuffles as Python', async () => {
    const [left, right] = await splitDataset(x, { rightSize: 3, shuffle: true, seed: 42 });
    expect([...values(left), ...values(right)]).toEqual(pythonShuffled(count(10), 42));
  });

  it('divides datasets', async () => {
    const dataset = timeseriesDatasetFromArray(x, y, 2, { batchSize: null });
    const [[xl, yl], [xr]] = (await splitDataset(dataset, { leftSize: 4 })) as [Tensor[], Tensor[]];
    expect([xl!.shape, yl!.shape, xr!.shape]).toEqual([
      [4, 2],
      [4, 2],
      [5, 2],
    ]);
  });

  it('refuses what cannot be', async () => {
    await expect(splitDataset(x)).rejects.toThrow(/leftSize or rightSize/);
    await expect(splitDataset(x, { leftSize: 10 })).rejects.toThrow(/below the 10 samples/);
    await expect(splitDataset(x, { leftSize: 0.6, rightSize: 0.6 })).rejects.toThrow(/6 and 6/);
    await expect(splitDataset(x, { leftSize: 0.01 })).rejects.toThrow(/one side/);
    await expect(splitDataset([x, tensor([1])], { leftSize: 0.5 })).rejects.toThrow(/10 and 1 samples/);
  });
});

describe('PyDataset', () => {
  class Numbers extends PyDataset {
    readonly calls: string[] = [];
    readonly size: number | null;
    constructor(size: number | null, workers = 1) {
      super({ workers });
      this.size = size;
    }
    get length() {
      return this.size;
    }
    async getItem(i: number) {
      this.calls.push(`get ${i}`);
      // The later, the sooner: batches come in their order all the same.
      for (let n = 20 - i; n > 0; n--) await null;
      return [[[i]], [[2 * i]]];
    }
    override onEpochEnd() {
      this.calls.push('end');
    }
  }
  const model = () => {
    setRandomSeed(2);
    const m = new Sequential([Input({ shape: [1] }), new layers.Dense(1)]);
    m.compile({ optimizer: 'sgd', loss: 'mse' });
    return m;
  };
  const gets = (data: Numbers) => data.calls.filter((c) => c !== 'end').map((c) => Number(c.slice(4)));

  it('is trained on in another order each epoch, or in its own', async () => {
    const data = new Numbers(17);
    await model().fit(data, { epochs: 2, verbose: 0 });
    const [a, b] = [gets(data).slice(0, 17), gets(data).slice(17)];
    expect(a).not.toEqual(b);
    for (const order of [a, b]) expect([...order].sort((p, q) => p - q)).toEqual(count(17));
    expect(data.calls.filter((c) => c === 'end')).toHaveLength(2);
    expect(data.calls.indexOf('end')).toBe(17);
    const plain = new Numbers(4);
    await model().fit(plain, { verbose: 0, shuffle: false });
    expect(gets(plain)).toEqual([0, 1, 2, 3]);
  });

  it('is evaluated and predicted in its own order, with workers too', async () => {
    const m = model();
    const weight = m.weights[0]!.read()[0]!;
    for (const workers of [1, 4]) {
      const out = (await m.predict(
        new (class extends Numbers {
          override async getItem(i: number) {
            return (await super.getItem(i))[0] as never;
          }
        })(5, workers) as never,
        { verbose: 0 },
      )) as Tensor;
      values(out).forEach((v, i) => expect(v).toBeCloseTo(i * weight, 5));
    }
    const data = new Numbers(5);
    const { loss } = await m.evaluate(data, { verbose: 0 });
    expect(loss).toBeCloseTo(count(5).reduce((s, i) => s + (i * weight - 2 * i) ** 2, 0) / 5, 3);
    expect(gets(data)).toEqual(count(5));
  });

  it('goes on where the last epoch ended, and need not end', async () => {
    const data = new Numbers(5);
    await model().fit(data, { epochs: 2, stepsPerEpoch: 3, shuffle: false, verbose: 0 });
    expect(gets(data)).toEqual([0, 1, 2, 3, 4]);
    const endless = new Numbers(null);
    await model().fit(endless, { epochs: 2, stepsPerEpoch: 2, verbose: 0 });
    expect(gets(endless)).toEqual([0, 1, 2, 3]);
    await expect(model().fit(new Numbers(null), { verbose: 0 })).rejects.toThrow(/stepsPerEpoch/);
    await expect(model().fit(new Numbers(0), { verbose: 0 })).rejects.toThrow(/length/);
  });

  it('tells what getItem throws', async () => {
    class Bad extends Numbers {
      override async getItem(i: number) {
        if (i === 3) throw new Error('no number 3');
        return super.getItem(i);
      }
    }
    for (const workers of [1, 8])
      await expect(model().fit(new Bad(5, workers), { verbose: 0, shuffle: false })).rejects.toThrow('no number 3');
  });
});

describe('textDatasetFromDirectory', () => {
  let folder: string;
  const { files } = part('directories');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'olifant-texts-'));
    for (const name of files as string[]) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), `text of ${name}`);
    }
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const namesOf = (d: TextDataset) => d.filePaths.map((p) => p.slice(folder.length + 1));
  const labelsOf = async (d: TextDataset) => {
    const found: number[] = [];
    for (let i = 0; i < d.length; i++) found.push(...values(((await d.getItem(i)) as [unknown, Tensor])[1]));
    return found;
  };

  it.each<[string, unknown]>(part('directories').cases.map((c: { options: object }) => [JSON.stringify(c.options), c]))(
    'takes the files that Keras takes: %s',
    async (_, given) => {
      const c = given as {
        options: Record<string, unknown>;
        split: number | null;
        class_names: string[] | null;
      } & Record<string, { paths: string[]; labels: number[] | null }>;
      const options = { ...camel(c.options), verbose: false, validationSplit: c.split };
      const made =
        c.split === null
          ? { all: textDatasetFromDirectory(folder, options) }
          : {
              training: textDatasetFromDirectory(folder, { ...options, subset: 'training' }),
              validation: textDatasetFromDirectory(folder, { ...options, subset: 'validation' }),
            };
      for (const [subset, dataset] of Object.entries(made)) {
        expect(namesOf(dataset)).toEqual(c[subset]!.paths);
        expect(dataset.classNames).toEqual(c.class_names);
        const { labels } = c[subset]!;
        if (labels !== null) expect(await labelsOf(dataset)).toEqual(labels);
      }
      if (c.split === null) return;
      const both = textDatasetFromDirectory(folder, { ...options, subset: 'both' });
      expect(both.map(namesOf)).toEqual([c.training!.paths, c.validation!.paths]);
    },
  );

  it('gives texts and labels in the form asked for', async () => {
    const only = { classNames: ['neg', 'pos'], shuffle: false, verbose: false } as const;
    const [texts, labels] = (await textDatasetFromDirectory(folder, {
      ...only,
      labelMode: 'binary',
      maxLength: 4,
    }).getItem(0)) as [StringTensor, Tensor];
    expect([texts.dtype, texts.data[0], labels.shape, labels.dtype]).toEqual(['string', 'text', [14, 1], 'float32']);
    const hot = (await textDatasetFromDirectory(folder, { ...only, labelMode: 'categorical', batchSize: 8 }).getItem(
      0,
    )) as [unknown, Tensor];
    expect(hot[1].arraySync()).toEqual([...Array(7).fill([1, 0]), [0, 1]]);
    const plain = await textDatasetFromDirectory(folder, {
      ...only,
      classNames: null,
      labels: null,
      batchSize: 2,
    }).getItem(0);
    expect((plain as StringTensor).shape).toEqual([2]);
  });

  it('says what it found, and refuses what cannot be', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    textDatasetFromDirectory(folder);
    expect(log).toHaveBeenCalledWith('15 files of 3 classes found');
    log.mockRestore();
    const quiet = { verbose: false };
    const bad = (options: object) => () => textDatasetFromDirectory(folder, { ...quiet, ...options });
    expect(bad({ validationSplit: 0.2 })).toThrow(/subset/);
    expect(bad({ validationSplit: 0.2, subset: 'training' })).toThrow(/seed/);
    expect(bad({ labelMode: 'binary' })).toThrow(/two classes, got 3/);
    expect(bad({ classNames: ['neg', 'none'] })).toThrow(/no subfolder none/);
    expect(bad({ labels: [1, 2] })).toThrow(/2 labels .* 17 files/);
    expect(() => textDatasetFromDirectory(join(folder, 'neg'), quiet)).toThrow(/no files that end with .txt/);
    expect(() => textDatasetFromDirectory(join(folder, 'no'), quiet)).toThrow(/path of a folder/);
    writeFileSync(join(folder, 'neg', '0.txt'), Uint8Array.of(0xff, 0xfe, 0x00));
    await expect(textDatasetFromDirectory(folder, { ...quiet, shuffle: false }).getItem(0)).rejects.toThrow(/UTF-8/);
  });
});

it('a PyDataset is gone on with after an interruption', async () => {
  const { BackupAndRestore } = await import('../../src/callbacks/index.ts');
  const folder = mkdtempSync(join(tmpdir(), 'olifant-py-'));
  class Squares extends PyDataset {
    get length() {
      return 5;
    }
    getItem(i: number) {
      return [[[i / 5]], [[(i * i) / 25]]];
    }
  }
  const run = async (callbacks: object[]) => {
    setRandomSeed(8);
    const m = new Sequential([Input({ shape: [1] }), new layers.Dense(3), new layers.Dense(1)]);
    m.compile({ optimizer: 'adam', loss: 'mse' });
    const { history } = await m.fit(new Squares({ workers: 2 }), {
      epochs: 3,
      verbose: 0,
      callbacks: callbacks as never,
    });
    return [history, m.getWeights().map(values)];
  };
  const expected = await run([]);
  for (const moment of [0, 3, 4, 7, 12]) {
    let n = 0;
    const killer = {
      onTrainBatchEnd: () =>
        void (
          n++ === moment &&
          (() => {
            throw new Error('killed');
          })()
        ),
    };
    const backup = () => new BackupAndRestore(join(folder, String(moment)), { saveFreq: 1 });
    await expect(run([backup(), killer])).rejects.toThrow('killed');
    expect(await run([backup(), { onTrainBatchEnd() {} }]), `killed at ${moment}`).toEqual(expected);
  }
  rmSync(folder, { recursive: true, force: true });
});
