import { halfValue } from '../../graph/half.ts';
import type { Bytes } from '../bytes.ts';
import { FileError } from '../file-error.ts';
import { inflate } from '../zip/inflate.ts';
import { fletcher32, swapHalves } from './fletcher32.ts';
import { Visited } from './header.ts';
import type { Dataset, Hdf5File } from './tree.ts';

/** Arrays into which values can be read. */
export type Target = Float32Array | Int32Array | Uint8Array;

/** Expanding a chunk takes this much memory at most. */
const MAX_CHUNK = 64 * 2 ** 20;

/**
 * Reads all values of a dataset into an array of as many elements, converting numbers to its type.
 *
 * @throws FileError for values that are not there, damaged chunks, and whole numbers that do not fit.
 */
export async function readValues({ file }: Hdf5File, dataset: Dataset, target: Target): Promise<void> {
  const { layout, shape, type } = dataset;
  const count = shape.reduce((n, d) => n * d, 1);
  if (target.length !== count)
    throw new FileError(`a dataset of ${count} elements for ${target.length}`, { offset: dataset.address });
  if (count === 0) return;
  if (layout.address === undefined)
    throw new FileError('a dataset whose values were never written', { offset: dataset.address });
  if (layout.kind === 'block') {
    const bytes = file.slice(layout.address, count * type.size, 'a dataset');
    convert(bytes, dataset, target, 0);
  } else await readChunks(file, dataset, layout.address, layout.chunk, target);
}

/** Converts elements that lie one after the other in `bytes` to `target[at ...]`. */
function convert(bytes: Uint8Array, { type, address }: Dataset, target: Target, at: number): void {
  const { kind, size, bigEndian } = type;
  const count = bytes.length / size;
  const same =
    !bigEndian &&
    ((target instanceof Float32Array && kind === 'float' && size === 4) ||
      (target instanceof Int32Array && kind === 'int' && size === 4));
  if (same) {
    new Uint8Array(target.buffer, target.byteOffset + at * 4, bytes.length).set(bytes);
    return;
  }
  if (!(target instanceof Float32Array) && (kind === 'float' || kind === 'bfloat'))
    throw new FileError('floating-point values for a weight of whole numbers', { offset: address });
  const read = elementReader(bytes, kind, size, !bigEndian);
  for (let i = 0; i < count; i++) {
    const value = read(i * size);
    target[at + i] = value;
    if (!(target instanceof Float32Array) && target[at + i] !== value)
      throw new FileError(`the number ${value} does not fit the weight's type`, { offset: address });
  }
}

function elementReader(bytes: Uint8Array, kind: string, size: number, little: boolean): (at: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readers: Readonly<Record<string, (at: number) => number>> = {
    float2: (at) => halfValue('float16', view.getUint16(at, little)),
    bfloat2: (at) => halfValue('bfloat16', view.getUint16(at, little)),
    float4: (at) => view.getFloat32(at, little),
    float8: (at) => view.getFloat64(at, little),
    int1: (at) => view.getInt8(at),
    int2: (at) => view.getInt16(at, little),
    int4: (at) => view.getInt32(at, little),
    int8: (at) => Number(view.getBigInt64(at, little)),
    uint1: (at) => view.getUint8(at),
    uint2: (at) => view.getUint16(at, little),
    uint4: (at) => view.getUint32(at, little),
    uint8: (at) => Number(view.getBigUint64(at, little)),
  };
  return readers[`${kind}${size}`]!;
}

interface Chunk {
  readonly address: number;
  readonly bytes: number;
  readonly skippedFilters: number;
  readonly start: readonly number[];
}

async function readChunks(file: Bytes, dataset: Dataset, root: number, chunk: readonly number[], target: Target) {
  const { shape, type, filters } = dataset;
  const size = chunk.reduce((n, d) => n * d, type.size);
  if (size > MAX_CHUNK || size > 2 * target.byteLength * (type.size / target.BYTES_PER_ELEMENT) + 2 ** 20)
    throw new FileError(`chunks of ${size} bytes are too large`, { offset: dataset.address });
  const wanted = shape.reduce((n, d, i) => n * Math.ceil(d / chunk[i]!), 1);
  const chunks = listChunks(file, root, shape, chunk, wanted);
  if (chunks.length !== wanted)
    throw new FileError(`${chunks.length} chunks of ${wanted} are there`, { offset: dataset.address });
  for (const c of chunks) {
    let data = file.slice(c.address, c.bytes, 'a chunk');
    // Filters in the order of writing, so they are undone from the last to the first.
    for (let i = filters.length - 1; i >= 0; i--) {
      if (c.skippedFilters & (1 << i)) continue;
      const { id } = filters[i]!;
      if (id === 'fletcher32') data = withoutChecksum(data, c);
      else if (id === 'shuffle') data = unshuffle(data, type.size);
      else data = await inflate(data, size, true);
    }
    if (data.length !== size)
      throw new FileError(`a chunk of ${data.length} bytes, ${size} expected`, { offset: c.address });
    placeChunk(data, dataset, chunk, c.start, target);
  }
}

/** The bytes before the checksum that stands behind them. */
function withoutChecksum(data: Uint8Array, { address, start }: Chunk): Uint8Array {
  const where = `the chunk at [${start.join(', ')}]`;
  if (data.length < 4) throw new FileError(`${where} is too short for its checksum`, { offset: address });
  const bytes = data.subarray(0, data.length - 4);
  const expected = new DataView(data.buffer, data.byteOffset + bytes.length, 4).getUint32(0, true);
  const got = fletcher32(bytes);
  // The HDF5 library accepts these, too: before version 1.6.3 it swapped the bytes of each half on little-endian machines.
  if (got === expected || swapHalves(got) === expected) return bytes;
  const hex = (n: number) => n.toString(16).padStart(8, '0');
  throw new FileError(`${where} is damaged: checksum (fletcher32) ${hex(expected)} expected, got ${hex(got)}`, {
    offset: address,
  });
}

/** Byte k of all elements lies together: brings the elements' bytes together again. */
function unshuffle(data: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(data.length / size);
  const out = data.slice();
  for (let k = 0; k < size; k++) for (let i = 0; i < count; i++) out[i * size + k] = data[k * count + i]!;
  return out;
}

/** The chunks in the leaves of a B-tree (specification, III.A.1, node type 1). */
function listChunks(
  file: Bytes,
  root: number,
  shape: readonly number[],
  chunk: readonly number[],
  limit: number,
): Chunk[] {
  const visited = new Visited(file.length);
  const chunks: Chunk[] = [];
  const starts = new Set<string>();
  const keySize = 8 + 8 * (shape.length + 1);
  const nodes = [{ address: root, level: undefined as number | undefined }];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const { address, level: expected } = node;
    visited.enter(address, 'an index of chunks');
    if (!file.has(address, 'TREE') || file.u8(address + 4) !== 1)
      throw new FileError('no index of chunks here', { offset: address });
    const level = file.u8(address + 5);
    if (expected !== undefined && level !== expected)
      throw new FileError('an index of chunks with wrong levels', { offset: address });
    for (let i = 0; i < file.u16(address + 6); i++) {
      const key = address + 24 + i * (keySize + 8);
      const child = file.u64(key + keySize);
      if (level > 0) {
        nodes.push({ address: child, level: level - 1 });
        continue;
      }
      const start = shape.map((_, k) => file.u64(key + 8 + 8 * k));
      const fits = start.every((s, k) => s < shape[k]! && s % chunk[k]! === 0) && !starts.has(start.join());
      if (!fits || chunks.length >= limit)
        throw new FileError('a chunk outside of its dataset, or one that comes twice', { offset: key });
      starts.add(start.join());
      chunks.push({ address: child, bytes: file.u32(key), skippedFilters: file.u32(key + 4), start });
    }
  }
  return chunks;
}

/** Copies the rows of a chunk to where they belong; chunks at the borders reach beyond the dataset. */
function placeChunk(
  data: Uint8Array,
  dataset: Dataset,
  chunk: readonly number[],
  start: readonly number[],
  target: Target,
) {
  const { shape, type } = dataset;
  const rank = shape.length;
  const extent = chunk.map((c, k) => Math.min(c, shape[k]! - start[k]!));
  const row = extent[rank - 1]!;
  const rows = extent.slice(0, -1).reduce((n, d) => n * d, 1);
  const index = new Array<number>(Math.max(0, rank - 1)).fill(0);
  for (let r = 0; r < rows; r++) {
    let from = 0;
    let to = 0;
    for (let k = 0; k < rank; k++) {
      const i = k < rank - 1 ? index[k]! : 0;
      from = from * chunk[k]! + i;
      to = to * shape[k]! + start[k]! + i;
    }
    convert(data.subarray(from * type.size, (from + row) * type.size), dataset, target, to);
    for (let k = rank - 2; k >= 0; k--) {
      if (++index[k]! < extent[k]!) break;
      index[k] = 0;
    }
  }
}
