import { describe, expect, it } from 'vitest';
import { Bytes } from '../../src/saving/bytes.ts';
import { type Message, readMessages, Visited } from '../../src/saving/hdf5/header.ts';
import { type Dataset, findObject, readTree } from '../../src/saving/hdf5/tree.ts';
import { readValues } from '../../src/saving/hdf5/values.ts';
import { loadModel } from '../../src/saving/index.ts';
import { expectRefused, goldenBytes, kerasFile, membersOf } from './files.ts';
import { makeHdf5 } from './make-hdf5.ts';

const WEIGHTS = 'model.weights.h5';
const KERNEL = 'layers/dense/vars/0';
const good = membersOf(goldenBytes('mlp.keras'))[WEIGHTS]!;

/** The weights of `mlp.keras` with bytes changed. */
function patched(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(good);
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

const refused = (weights: Uint8Array, message: RegExp) =>
  expectRefused(kerasFile('mlp', { [WEIGHTS]: weights }), message);

const kernel = findObject(readTree(good).root, KERNEL) as Dataset;

function message(type: number, address = kernel.address): Message {
  const file = new Bytes(good);
  return readMessages(file, address, new Visited(file.length)).find((m) => m.type === type)!;
}

const [SHAPE, TYPE, FILL, LAYOUT, TABLE] = [0x01, 0x03, 0x05, 0x08, 0x11] as const;
const at = {
  shape: message(SHAPE).start,
  type: message(TYPE).start,
  fill: message(FILL).start - 8,
  layout: message(LAYOUT).start,
};
/** The root's header, its B-tree and its names. */
const root = { header: 96, ...table(96) };

function table(header: number): { tree: number; heap: number } {
  const { start } = message(TABLE, header);
  const view = new DataView(good.buffer, good.byteOffset);
  return { tree: Number(view.getBigUint64(start, true)), heap: Number(view.getBigUint64(start + 8, true)) };
}

/** The first leaf of the root. */
const leaf = Number(new DataView(good.buffer, good.byteOffset).getBigUint64(root.tree + 32, true));

const u64 = (where: number, value: bigint | number) => (view: DataView) =>
  view.setBigUint64(where, BigInt(value), true);
const u32 = (where: number, value: number) => (view: DataView) => view.setUint32(where, value, true);
const u8 = (where: number, value: number) => (view: DataView) => view.setUint8(where, value);

/** Makes the message of the fill value one of a filter (version 2). */
function filter(view: DataView, id: number): void {
  view.setUint16(at.fill, 0x0b, true);
  for (const [i, value] of [0x0102, id, 0, 0].entries()) view.setUint16(at.fill + 8 + 2 * i, value, true);
}

it('the places are right', async () => {
  expect(kernel.shape).toEqual([8, 16]);
  expect((await loadModel(kerasFile('mlp', { [WEIGHTS]: patched(() => {}) }))).name).toBe('mlp');
  expect(new TextDecoder().decode(good.subarray(root.tree, root.tree + 4))).toBe('TREE');
  expect(new TextDecoder().decode(good.subarray(leaf, leaf + 4))).toBe('SNOD');
});

describe('patched files', () => {
  it.each<[string, (view: DataView, bytes: Uint8Array) => void, RegExp]>([
    [
      'another shape of as many elements',
      (v) => [u64(at.shape + 8, 16)(v), u64(at.shape + 16, 8)(v)],
      /\(8, 16\), the file has \(16, 8\)/,
    ],
    ['2^40 elements', u64(at.shape + 8, 2 ** 36), /the shape needs/],
    ['2^64 - 1 elements', u64(at.shape + 8, 2n ** 64n - 1n), /too large/],
    ['a product beyond 2^53', (v) => [u64(at.shape + 8, 2 ** 40)(v), u64(at.shape + 16, 2 ** 40)(v)], /fits no file/],
    [
      'a product beyond all numbers',
      (v) => [u64(at.shape + 8, 2 ** 52)(v), u64(at.shape + 16, 2 ** 52)(v)],
      /fits no file/,
    ],
    ['too many axes', u8(at.shape + 1, 200), /200 axes/],
    ['values that were never written', u64(at.layout + 2, 2n ** 64n - 1n), /never written/],
    ['values beyond the end', u64(at.layout + 2, 2 ** 40), /beyond the end/],
    ['values that reach beyond the end', u64(at.layout + 2, good.length - 8), /beyond the end/],
    ['fewer bytes than the shape needs', u64(at.layout + 10, 4), /512 bytes, 4 are stored/],
    ['a virtual dataset', u8(at.layout + 1, 3), /virtual/],
    ['an unknown layout', u8(at.layout + 1, 9), /layout/],
    ['values in another file', (v) => v.setUint16(at.fill, 7, true), /in other files/],
    ['a filter without chunks', (v) => filter(v, 1), /filters without chunks/],
    ['an unknown filter', (v) => filter(v, 257), /the filter 257 is not supported/],
    ['another unknown filter', (v) => filter(v, 4), /the filter 4 is not supported/],
    ['strings as values', u8(at.type, 0x13), /class 3/],
    ['floats with another bias', u32(at.type + 16, 126), /another kind/],
    ['elements of 3 bytes', u32(at.type + 4, 3), /3 bytes/],
    ['half of the elements', u32(at.type + 4, 8), /widths|needs/],
    ['a shared type', u8(at.type - 4, 2), /kept elsewhere/],
    ['a soft link', u32(leaf + 8 + 16, 2), /soft and external/],
    ['a group in itself', u64(leaf + 8 + 8, root.header), /used twice: a cycle/],
    ['an index in itself', u64(root.tree + 32, root.tree), /used twice/],
    ['an index with a wrong level', u8(root.tree + 5, 1), /wrong levels|used twice|no index/],
    [
      'two members of one name',
      u64(leaf + 8 + 40, new DataView(good.buffer, good.byteOffset).getBigUint64(leaf + 8, true)),
      /two members named/,
    ],
    ['names beyond the end', u64(root.heap + 24, 2 ** 40), /beyond the end/],
    ['a name beyond the heap', u64(leaf + 8, 2 ** 30), /without a name/],
    ['an object beyond the end', u64(leaf + 8 + 8, 2n ** 63n), /too large/],
    ['a header that is none', u64(leaf + 8 + 8, 8), /no object header/],
    ['more messages than bytes', u32(kernel.address + 8, 2 ** 31), /beyond the end/],
    [
      'a header of itself again',
      (v) => [v.setUint16(at.fill, 0x10, true), u64(at.fill + 8, kernel.address)(v)],
      /used twice|beyond/,
    ],
    ['a newer superblock', u8(8, 9), /version 9/],
    ['4-byte offsets', u8(13, 4), /8-byte/],
    ['another end', u64(40, 2 ** 40), /cut off/],
    ['another start', u64(24, 512), /inside another/],
    ['a root beyond the end', u64(64, 2 ** 50), /beyond the end/],
  ])('%s', async (_, change, expected) => {
    const error = await refused(patched(change), expected);
    expect(error.member).toMatch(/^model\.weights\.h5/);
  });

  it('every length', async () => {
    for (let length = 0; length < good.length; length += 997)
      await refused(good.slice(0, length), /model\.weights\.h5: /);
  });
});

describe('files of the library', () => {
  it.each(['earliest', 'latest'] as const)('with soft links (%s)', async (low) => {
    const bytes = await makeHdf5((f) => f.create_soft_link('/etc', 'layers'), { libver: [low, 'latest'] });
    await refused(bytes, /soft and external links/);
  });

  it('with external links', async () => {
    const bytes = await makeHdf5((f) => f.create_external_link('/etc/passwd', '/', 'layers'));
    await refused(bytes, /soft and external links|links are not allowed/);
  });

  it('with objects that are reached twice', async () => {
    const bytes = await makeHdf5((f) => {
      f.create_group('a');
      f.create_hard_link('/a', 'b');
    });
    await refused(bytes, /used twice/);
  });

  it('with hard links in circles', async () => {
    const bytes = await makeHdf5((f) => {
      f.create_group('a');
      f.create_hard_link('/', 'a/b');
    });
    await refused(bytes, /used twice/);
  });

  it('nested too deep', async () => {
    const bytes = await makeHdf5((f) => {
      let path = '';
      for (let i = 0; i < 120; i++) {
        path += '/a';
        f.create_group(path.slice(1));
      }
    });
    await refused(bytes, /nested deeper/);
  });

  it('of another model', async () => {
    await refused(await makeHdf5(() => {}), /'dense' has 2 weights, the file has 0/);
  });
});

describe('compressed chunks', () => {
  const shape = [64, 64];
  const make = () =>
    makeHdf5((f) => {
      f.create_dataset({ name: 'x', data: new Float32Array(64 * 64), shape, chunks: [64, 64], compression: 'gzip' });
    });
  const read = async (bytes: Uint8Array) => {
    const file = readTree(bytes);
    await readValues(file, file.root.members.get('x') as Dataset, new Float32Array(64 * 64));
  };
  /** Where the dataset's messages are. */
  const places = (bytes: Uint8Array) => {
    const { address, layout } = readTree(bytes).root.members.get('x') as Dataset;
    const messages = readMessages(new Bytes(bytes), address, new Visited(bytes.length));
    const start = (type: number) => messages.find((m) => m.type === type)!.start;
    return { layout: start(0x08), filters: start(0x0b), tree: layout.address! };
  };

  it.each<[string, (v: DataView, p: ReturnType<typeof places>) => void, RegExp]>([
    ['an unknown filter', (v, p) => v.setUint16(p.filters + 8, 32_001, true), /the filter 32001/],
    [
      'chunks of 16 GiB',
      (v, p) => [u32(p.layout + 11, 65_535)(v), u32(p.layout + 15, 65_535)(v)],
      /too large|chunks of \d+/,
    ],
    ['chunks of no size', (v, p) => u32(p.layout + 11, 0)(v), /does not fit the type/],
    ['smaller chunks than the data', (v, p) => u32(p.layout + 11, 32)(v), /1 chunks of 2|give more/],
    ['a chunk beyond the dataset', (v, p) => u64(p.tree + 24 + 8, 64)(v), /outside of its dataset/],
    ['a chunk between chunks', (v, p) => u64(p.tree + 24 + 8, 3)(v), /outside of its dataset/],
    ['a chunk beyond the end', (v, p) => u64(p.tree + 24 + 32, 2 ** 40)(v), /beyond the end/],
    ['bytes that are not compressed', (v, p) => u64(p.tree + 24 + 32, 0)(v), /./],
    ['an index in itself', (v, p) => [u8(p.tree + 5, 1)(v), u64(p.tree + 24 + 32, p.tree)(v)], /used twice/],
    ['no index', (v, p) => u64(p.layout + 3, 8)(v), /no index of chunks/],
    ['no chunks', (v, p) => v.setUint16(p.tree + 6, 0, true), /0 chunks of 1/],
  ])('%s', async (_, change, expected) => {
    const bytes = await make();
    await expect(read(bytes.slice())).resolves.toBeUndefined();
    change(new DataView(bytes.buffer), places(bytes));
    await expect(read(bytes)).rejects.toThrow(expected);
    await expect(read(bytes)).rejects.toHaveProperty('code', 'FILE');
  });
});
