import { readFileSync } from 'node:fs';
import { unzlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { layers, loadWeights, ops, Sequential } from '../../src/index.ts';
import { FileError } from '../../src/saving/file-error.ts';
import { fletcher32 } from '../../src/saving/hdf5/fletcher32.ts';
import { findObject, readTree } from '../../src/saving/hdf5/tree.ts';
import { readValues } from '../../src/saving/hdf5/values.ts';

interface Case {
  readonly name: string;
  readonly dtype: string;
  readonly size: number;
  readonly chunk: number;
  readonly file: string;
}

const { cases } = JSON.parse(readFileSync(new URL('../golden/checksums.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

const bytesOf = (c: Case): Uint8Array => unzlibSync(new Uint8Array(Buffer.from(c.file, 'base64')));
const valuesOf = ({ size }: Case): number[] => Array.from({ length: size }, (_, i) => (i * 37) % 251);

async function read(bytes: Uint8Array, size: number): Promise<number[]> {
  const file = readTree(bytes);
  const found = findObject(file.root, 'layers/bias/vars/0');
  if (found?.kind !== 'dataset') return expect.fail('no dataset');
  const target = new Float32Array(size);
  await readValues(file, found, target);
  return [...target];
}

/** Where the values of the first chunk lie, in a file whose chunks are not compressed. */
function placeOf(c: Case, bytes: Uint8Array): number {
  const values = valuesOf(c).slice(0, c.chunk);
  const array = { '<i4': Int32Array, u1: Uint8Array, '<f4': Float32Array, '<u2': Uint16Array }[c.dtype]!.from(values);
  const at = Buffer.from(bytes).indexOf(Buffer.from(array.buffer));
  expect(at).toBeGreaterThan(0);
  return at;
}

describe('Fletcher-32', () => {
  // By hand: the words 0x6162, 0x6364, 0x6566 have the sums 0x6162, 0xc4c6, 0x2a2d (with its carry) and so on.
  it.each([
    ['', 0],
    ['\x00\x01', 0x00010001],
    ['a', 0x61006100],
    ['abcd', 0x2629c4c6],
  ])('of %j', (text, sum) => {
    expect(fletcher32(new Uint8Array(Buffer.from(text, 'latin1')))).toBe(sum);
  });

  it('does not become 0 where the sums are 65535', () => {
    expect(fletcher32(Uint8Array.of(0xff, 0xff))).toBe(0xffffffff);
    expect(fletcher32(new Uint8Array(100_000).fill(0xff))).toBe(0xffffffff);
  });
});

describe.each(cases)('a file of the HDF5 library with checksums: $name', (c) => {
  it('is read', async () => {
    expect(await read(bytesOf(c), c.size)).toEqual(valuesOf(c));
  });
});

describe.each(cases.filter((c) => ['odd', 'float32', 'long'].includes(c.name)))('a damaged chunk: $name', (c) => {
  it('is refused with both checksums', async () => {
    const bytes = bytesOf(c);
    const at = placeOf(c, bytes);
    const sum = at + (c.chunk * (c.dtype === 'u1' ? 8 : Number(c.dtype[2]) * 8)) / 8;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const expected = view.getUint32(sum, true).toString(16).padStart(8, '0');
    bytes[at + (c.chunk >> 1)]! ^= 0x10;
    const got = fletcher32(bytes.subarray(at, sum)).toString(16).padStart(8, '0');
    expect(got).not.toBe(expected);
    await expect(read(bytes, c.size)).rejects.toThrow(
      new RegExp(`the chunk at \\[0\\] is damaged.*${expected} expected, got ${got}`),
    );
  });

  it('is refused where the checksum is damaged', async () => {
    const bytes = bytesOf(c);
    const at = placeOf(c, bytes) + c.chunk * (c.dtype === 'u1' ? 1 : Number(c.dtype[2]));
    bytes[at]! ^= 1;
    await expect(read(bytes, c.size)).rejects.toThrow(/checksum/);
  });

  it('is taken with the swapped checksum of old libraries', async () => {
    const bytes = bytesOf(c);
    const at = placeOf(c, bytes) + c.chunk * (c.dtype === 'u1' ? 1 : Number(c.dtype[2]));
    for (const i of [at, at + 2]) [bytes[i], bytes[i + 1]] = [bytes[i + 1]!, bytes[i]!];
    expect(await read(bytes, c.size)).toEqual(valuesOf(c));
  });
});

it('a damaged chunk leaves the weights as they were, and the error names dataset and place', async () => {
  class Bias extends layers.Layer {
    static override className = 'Bias';
    weight = this.addWeight({ name: 'bias', shape: [33], initializer: 'ones' });
    override call(x: never) {
      return ops.add(x, this.weight);
    }
  }
  const model = new Sequential([new Bias()]);
  model.build([null, 33]);
  const weights = () => model.weights.map((w) => [...w.read()]);
  const c = cases.find(({ name }) => name === 'float32')!;
  const bytes = bytesOf(c);
  await loadWeights(model, bytes);
  expect(weights()).toEqual([valuesOf(c)]);
  bytes[placeOf(c, bytes) + 4]! ^= 1;
  const error = await loadWeights(model, bytes).then(
    () => expect.fail('it was loaded'),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(FileError);
  expect((error as FileError).message).toMatch(/layers\/bias\/vars\/0.*byte \d+.*damaged.*expected, got/);
  expect(weights()).toEqual([valuesOf(c)]);
});
