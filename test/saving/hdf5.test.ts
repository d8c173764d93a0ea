import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findObject, readTree } from '../../src/saving/hdf5/tree.ts';
import { readValues, type Target } from '../../src/saving/hdf5/values.ts';
import { writeHdf5 } from '../../src/saving/hdf5/write.ts';
import { makeHdf5 } from './make-hdf5.ts';

async function valuesAt(bytes: Uint8Array, path: string, target: Target): Promise<number[]> {
  const file = readTree(bytes);
  const found = findObject(file.root, path);
  if (found?.kind !== 'dataset') return expect.fail(`no dataset ${path}`);
  await readValues(file, found, target);
  return [...target];
}

describe('reading what the HDF5 library writes', () => {
  it.each(['<f', '<d', '<b', '<h', '<i', '<q', '<B', '<H', '<I', '<Q'])('elements %s', async (dtype) => {
    const numbers = [0, 1, 2, 100, 127];
    const big = /q/i.test(dtype);
    const bytes = await makeHdf5((f) => {
      f.create_dataset({
        name: 'x',
        data: big ? BigInt64Array.from(numbers, BigInt) : (numbers as never),
        shape: [5],
        dtype,
      });
    });
    expect(await valuesAt(bytes, 'x', new Float32Array(5))).toEqual(numbers);
    if (!/[fd]/.test(dtype)) expect(await valuesAt(bytes, 'x', new Int32Array(5))).toEqual(numbers);
  });

  it('keeps NaN, infinities, negative zero and denormals', async () => {
    const special = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-45, 3.4e38);
    const bytes = await makeHdf5((f) => f.create_dataset({ name: 'x', data: special }));
    expect(await valuesAt(bytes, 'x', new Float32Array(6))).toEqual([...special]);
  });

  it('refuses to round: fractions and large numbers for weights of whole numbers', async () => {
    const bytes = await makeHdf5((f) => {
      f.create_dataset({ name: 'f', data: Float32Array.of(1) });
      f.create_dataset({ name: 'i', data: BigInt64Array.of(2n ** 31n) });
    });
    await expect(valuesAt(bytes, 'f', new Int32Array(1))).rejects.toThrow(/floating-point values/);
    await expect(valuesAt(bytes, 'i', new Int32Array(1))).rejects.toThrow(/2147483648 does not fit/);
    await expect(valuesAt(bytes, 'i', new Uint8Array(1))).rejects.toThrow(/does not fit/);
  });

  it.each([
    { shape: [17], chunks: [5] },
    { shape: [16, 33], chunks: [16, 16] },
    { shape: [7, 5, 3], chunks: [2, 3, 3] },
    { shape: [300, 40], chunks: [1, 7] },
    { shape: [1], chunks: [1] },
  ])('chunks: $shape in $chunks, compressed', async ({ shape, chunks }) => {
    const size = shape.reduce((n, d) => n * d, 1);
    const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
    const bytes = await makeHdf5((f) => f.create_dataset({ name: 'x', data, shape, chunks, compression: 'gzip' }));
    expect(await valuesAt(bytes, 'x', new Float32Array(size))).toEqual([...data]);
  });

  it('groups of any number of members', async () => {
    for (const count of [0, 1, 8, 9, 100, 1000]) {
      const bytes = await makeHdf5((f) => {
        for (let i = 0; i < count; i++) f.create_group(`member_${i}`);
      });
      const { members } = readTree(bytes).root;
      expect([...members.keys()].sort()).toEqual(Array.from({ length: count }, (_, i) => `member_${i}`).sort());
    }
  });

  it('the newer format too, as long as groups are small', async () => {
    const make = (count: number) =>
      makeHdf5(
        (f) => {
          for (let i = 0; i < count; i++)
            f.create_group(`g${i}`).create_dataset({ name: 'x', data: Float32Array.of(i) });
        },
        { libver: 'latest' },
      );
    expect(await valuesAt(await make(5), 'g3/x', new Float32Array(1))).toEqual([3]);
    const dense = await make(50);
    expect(() => readTree(dense)).toThrow(/dense format/);
  });
});

describe('writeHdf5', () => {
  it('writes what the HDF5 library reads', async () => {
    const { ready, File } = await import('h5wasm');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(0, 1, 2, 15, 16, 17, 33), fc.constantFrom('f', 'i')), { maxLength: 4 }),
        async (list) => {
          const arrays = list.map(([n, kind], k) =>
            kind === 'f'
              ? Float32Array.from({ length: n }, (_, i) => i / 3 + k)
              : Int32Array.from({ length: n }, (_, i) => i * k - 5),
          );
          const datasets = arrays.map((a, i) => ({ name: String(i), shape: [a.length], read: () => a }));
          const bytes = await writeHdf5([{ path: 'layers/größe/vars', name: 'größe', datasets }]);
          const { FS } = await ready;
          FS.writeFile('check.h5', bytes);
          const file = new File('check.h5', 'r');
          const group = file.get('layers/größe/vars') as import('h5wasm').Group;
          expect(group.attrs.name!.value).toBe('größe');
          const read = arrays.map((_, i) => (file.get(`layers/größe/vars/${i}`) as import('h5wasm').Dataset).value);
          expect(read).toEqual(arrays);
          file.close();
          for (const [i, a] of arrays.entries())
            expect(await valuesAt(bytes, `layers/größe/vars/${i}`, a.slice().fill(9))).toEqual([...a]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('writes scalars', async () => {
    const bytes = await writeHdf5([
      { path: 'vars', name: 'm', datasets: [{ name: '0', shape: [], read: () => Int32Array.of(7) }] },
    ]);
    expect(await valuesAt(bytes, 'vars/0', new Int32Array(1))).toEqual([7]);
  });

  it('leaves no files in the memory of the library', async () => {
    const { FS } = await (await import('h5wasm')).ready;
    const before = FS.readdir('.').length;
    await writeHdf5([{ path: 'vars', name: 'm', datasets: [] }]);
    const broken = () => {
      throw new Error('no value');
    };
    await expect(
      writeHdf5([{ path: 'vars', name: 'm', datasets: [{ name: '0', shape: [], read: broken }] }]),
    ).rejects.toThrow(/no value/);
    expect(FS.readdir('.').length).toBe(before);
  });
});
