import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ArraySource, type Batch, type BatchSource, fillRows, StreamSource } from '../../src/data/batches.ts';
import { makeSamples, type Samples, sliceRows, toColumns, toHost } from '../../src/data/columns.ts';
import type { HostTensor } from '../../src/trace/host.ts';
import { setRandomSeed, tensor } from '../../src/trace/index.ts';

const column = (rows: number, width = 1) =>
  toHost(
    tensor(
      Float32Array.from({ length: rows * width }, (_, i) => i),
      width === 1 ? [rows] : [rows, width],
    ),
    'x',
  );
const samplesOf = (rows: number, width = 1) => makeSamples([column(rows, width)], [], [], 'test');

/** The first element of each row, batch by batch. */
async function passes(source: BatchSource, n = 1): Promise<number[][][]> {
  const out: number[][][] = [];
  for (let i = 0; i < n; i++) {
    const pass: number[][] = [];
    for await (const b of source.pass()) pass.push(rowsOf(b));
    out.push(pass);
  }
  return out;
}

function rowsOf(b: Batch): number[] {
  const c = b.samples.x[0]!;
  const width = c.shape[1] ?? 1;
  const into = new Float32Array(b.count * width);
  fillRows(into, c, b);
  return Array.from({ length: b.count }, (_, i) => into[i * width]! / width);
}

describe('ArraySource', () => {
  it.each([
    [1, 1],
    [15, 16],
    [16, 16],
    [17, 16],
    [33, 8],
  ])('gives %i rows in batches of %i, the last one partial', async (rows, batchSize) => {
    for (const width of [1, 3]) {
      const source = new ArraySource(samplesOf(rows, width), { batchSize, shuffle: false });
      const [pass] = await passes(source);
      expect(pass!.flat()).toEqual([...Array(rows).keys()]);
      expect(pass!.map((b) => b.length)).toEqual([
        ...Array(Math.floor(rows / batchSize)).fill(batchSize),
        ...(rows % batchSize ? [rows % batchSize] : []),
      ]);
      expect(source.steps).toBe(Math.ceil(rows / batchSize));
    }
  });

  it('shuffles every row once, anew in each pass, and the same for the same seed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 1, max: 9 }), async (rows, batchSize) => {
        const run = async () => {
          setRandomSeed(rows);
          return passes(new ArraySource(samplesOf(rows, 2), { batchSize, shuffle: true }), 2);
        };
        const [first, second] = await run();
        expect([...first!.flat()].sort((a, b) => a - b)).toEqual([...Array(rows).keys()]);
        if (rows > 12) expect(first).not.toEqual(second);
        expect(await run()).toEqual([first, second]);
      }),
    );
  });

  it("shuffles batches as a whole with 'batch'", async () => {
    const [pass] = await passes(new ArraySource(samplesOf(20), { batchSize: 4, shuffle: 'batch' }));
    for (const batch of pass!) expect(batch.map((r) => r - batch[0]!)).toEqual([0, 1, 2, 3]);
    expect(pass!.flat().sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
  });

  it('goes on where the pass before stopped, and ends a pass where the data ends', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const source = new ArraySource(samplesOf(5), { batchSize: 2, shuffle: false, steps: 2 });
    expect(await passes(source, 3)).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [[4]],
      [
        [0, 1],
        [2, 3],
      ],
    ]);
    expect(warn.mock.calls.flat()).toEqual([expect.stringMatching(/the data ended after 1 of 2 steps/)]);
    const more = new ArraySource(samplesOf(3), { batchSize: 2, shuffle: false, steps: 5 });
    expect(await passes(more, 2)).toEqual([
      [[0, 1], [2]],
      [[0, 1], [2]],
    ]);
    warn.mockRestore();
  });

  it('begins anew with each pass where it is to', async () => {
    const source = new ArraySource(samplesOf(5), { batchSize: 2, shuffle: false, steps: 1, restarts: true });
    expect(await passes(source, 2)).toEqual([[[0, 1]], [[0, 1]]]);
  });
});

describe('StreamSource', () => {
  const read = (item: unknown) => samplesOf(item as number) as Samples;

  it('starts an iterable again for each pass', async () => {
    expect(await passes(new StreamSource([1, 2], read, null, 'fit'), 2)).toEqual([
      [[0], [0, 1]],
      [[0], [0, 1]],
    ]);
  });

  it('takes functions that give generators, async ones too', async () => {
    async function* stream() {
      yield 1;
      yield 2;
    }
    expect(await passes(new StreamSource(stream, read, null, 'fit'), 2)).toEqual([
      [[0], [0, 1]],
      [[0], [0, 1]],
    ]);
  });

  it('goes through an endless generator by steps, without losing batches', async () => {
    function* endless() {
      for (let i = 1; ; i++) yield i;
    }
    const source = new StreamSource(endless(), read, 2, 'fit');
    expect((await passes(source, 2)).map((p) => p.map((b) => b.length))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await source.close();
  });

  it('ends a pass with a generator that has fewer batches, as Keras does, with a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      const three = [1, 2, 3].values();
      const source = new StreamSource(three, read, 2, 'fit');
      expect((await passes(source, 2)).map((p) => p.map((b) => b.length))).toEqual([[1, 2], [3]]);
      expect(warn.mock.calls.map(([text]) => text)).toEqual([expect.stringMatching(/ended after 1 of 2 steps/)]);
      await expect(passes(source)).rejects.toThrow(/a generator runs only once/);
    } finally {
      warn.mockRestore();
    }
  });

  it('says so when a generator has run out, or gives nothing', async () => {
    const once = (function* () {
      yield 1;
    })();
    const source = new StreamSource(once, read, null, 'fit');
    await passes(source);
    await expect(passes(source)).rejects.toThrow(/a generator runs only once/);
    await expect(passes(new StreamSource([], read, null, 'fit'))).rejects.toThrow(/gave no batch/);
  });
});

describe('columns', () => {
  it('reads one array, lists and records', () => {
    expect(
      toColumns(
        [
          [1, 2],
          [3, 4],
        ],
        null,
        'x',
      ),
    ).toHaveLength(1);
    expect(toColumns([tensor([1]), tensor([2])], null, 'x')).toHaveLength(2);
    expect(
      toColumns(
        [
          [[1], [2]],
          [[3], [4]],
        ],
        ['a', 'b'],
        'x',
      ).map((c) => c!.shape),
    ).toEqual([
      [2, 1],
      [2, 1],
    ]);
    const record = toColumns({ b: [1], a: [2] }, ['a', 'b'], 'x');
    expect(record.map((c) => c!.data[0])).toEqual([2, 1]);
    expect(toColumns({ data: new Uint8Array(6), shape: [2, 3] }, null, 'x')[0]!.shape).toEqual([2, 3]);
    expect(toColumns(new Uint8Array(3), null, 'x')[0]!.dtype).toBe('uint8');
  });

  it.each([
    ['a promise', () => toColumns(Promise.resolve([1]), null, 'x'), /await/],
    ['a wrong name', () => toColumns({ c: [1] }, ['a', 'b'], 'x'), /missing a, b; unknown c/],
    ['too few', () => toColumns([tensor([1])], ['a', 'b'], 'x'), /expected 2 array\(s\) \(a, b\)/],
    ['a string', () => makeSamples(toColumns('x', null, 'x') as HostTensor[], [], [], 'fit'), /x is a single string/],
    ['a symbol', () => toColumns(Symbol('x'), null, 'x'), /expected a tensor/],
    ['uneven rows', () => makeSamples([column(3)], [column(2)], [], 'fit'), /x has 3 .* y has 2/],
    ['no rows', () => makeSamples([column(0)], [], [], 'fit'), /empty/],
    ['a number', () => makeSamples([toHost(tensor(1), 'x')], [], [], 'fit'), /first axis must count samples/],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message);
  });

  it('slices without a copy', () => {
    const all = samplesOf(6, 2);
    const part = sliceRows(all, 4, 6);
    expect([...part.x[0]!.data]).toEqual([8, 9, 10, 11]);
    expect(part.x[0]!.data.buffer).toBe(all.x[0]!.data.buffer);
  });
});
