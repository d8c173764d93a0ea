import type { Bytes } from '../bytes.ts';
import { FileError } from '../file-error.ts';
import type { Message } from './header.ts';

/** Element types that weights can have. */
export interface ElementType {
  readonly kind: 'float' | 'bfloat' | 'int' | 'uint';
  /** Bytes an element. */
  readonly size: 1 | 2 | 4 | 8;
  readonly bigEndian: boolean;
}

/** One filter that chunks went through, in the order of writing. */
export interface Filter {
  readonly id: 'deflate' | 'shuffle' | 'fletcher32';
}

/** Where the elements are. */
export type Layout =
  | { readonly kind: 'block'; readonly address: number | undefined; readonly bytes: number }
  | { readonly kind: 'chunks'; readonly address: number | undefined; readonly chunk: readonly number[] };

/** What a file says of a dataset, checked but for its elements. */
export interface DatasetHeader {
  readonly address: number;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly layout: Layout;
  readonly filters: readonly Filter[];
}

const DATASPACE = 0x01;
const DATATYPE = 0x03;
const EXTERNAL_FILES = 0x07;
const LAYOUT = 0x08;
const FILTERS = 0x0b;
const MAX_RANK = 32;
const SHARED = 2;

/** Reads and checks what describes a dataset (specification, IV.A.2). */
export function readDataset(file: Bytes, address: number, messages: readonly Message[]): DatasetHeader {
  const find = (type: number, what: string): Message => {
    const found = messages.filter((m) => m.type === type);
    if (found.length !== 1)
      throw new FileError(`a dataset with ${found.length} messages for its ${what}`, { offset: address });
    if (found[0]!.flags & SHARED)
      throw new FileError(`a ${what} that is kept elsewhere is not supported`, { offset: found[0]!.start });
    return found[0]!;
  };
  if (messages.some((m) => m.type === EXTERNAL_FILES))
    throw new FileError('a dataset whose values are in other files is not allowed', { offset: address });
  const shape = readShape(file, find(DATASPACE, 'shape'));
  const type = readType(file, find(DATATYPE, 'type'));
  const bytes = shape.reduce((n, d) => n * d, type.size);
  if (!Number.isSafeInteger(bytes))
    throw new FileError(`a dataset of shape [${shape.join(', ')}] fits no file`, { offset: address });
  const filters = messages.some((m) => m.type === FILTERS) ? readFilters(file, find(FILTERS, 'filters')) : [];
  const layout = readLayout(file, find(LAYOUT, 'layout'), { rank: shape.length, bytes, elementSize: type.size });
  if (layout.kind === 'block' && filters.length > 0) throw new FileError('filters without chunks', { offset: address });
  return { address, shape, type, layout, filters };
}

function readShape(file: Bytes, { start, size }: Message): number[] {
  const version = file.u8(start);
  const rank = file.u8(start + 1);
  if (version !== 1 && version !== 2) throw new FileError(`a shape of unknown version ${version}`, { offset: start });
  if (version === 2 && file.u8(start + 3) === 2) throw new FileError('a dataset without elements', { offset: start });
  if (rank > MAX_RANK) throw new FileError(`a dataset of ${rank} axes`, { offset: start });
  const first = start + (version === 1 ? 8 : 4);
  if (first + 8 * rank > start + size) throw new FileError('a shape that is cut off', { offset: start });
  return Array.from({ length: rank }, (_, i) => file.u64(first + 8 * i));
}

/** IEEE 754: sign bit, then places and widths of exponent and mantissa, then the bias. */
const FLOATS: Readonly<Record<number, readonly number[]>> = {
  2: [15, 10, 5, 0, 10, 15],
  4: [31, 23, 8, 0, 23, 127],
  8: [63, 52, 11, 0, 52, 1023],
};

const OPAQUE = 5;

function readType(file: Bytes, { start, size: length }: Message): ElementType {
  const kind = file.u8(start) & 0x0f;
  const bits = file.u8(start + 1);
  const size = file.u32(start + 4);
  const fail = (what: string): never => {
    throw new FileError(`${what} are not supported; weights are bfloat16, float16, float32, float64 or whole numbers`, {
      offset: start,
    });
  };
  // bfloat16 has no class of its own: Keras writes two bytes that say nothing of themselves.
  if (kind === OPAQUE && size === 2) return { kind: 'bfloat', size: 2, bigEndian: false };
  if (kind > 1) fail(`elements of class ${kind} (strings, records, references ...)`);
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) fail(`elements of ${size} bytes`);
  if (length < (kind === 0 ? 12 : 20)) fail('elements whose description is cut off');
  const full = file.u16(start + 8) === 0 && file.u16(start + 10) === 8 * size;
  if (!full) fail('numbers of other widths than their bytes');
  const bigEndian = (bits & 1) !== 0;
  if (kind === 0) return { kind: bits & 8 ? 'int' : 'uint', size: size as ElementType['size'], bigEndian };
  const parts = [file.u8(start + 2), ...[12, 13, 14, 15].map((i) => file.u8(start + i)), file.u32(start + 16)];
  if (!FLOATS[size]?.every((v, i) => v === parts[i]) || bits & 0x40) fail('floating-point numbers of another kind');
  return { kind: 'float', size: size as ElementType['size'], bigEndian };
}

const FILTER_IDS: Readonly<Record<number, Filter['id']>> = { 1: 'deflate', 2: 'shuffle', 3: 'fletcher32' };

function readFilters(file: Bytes, { start, size }: Message): Filter[] {
  const version = file.u8(start);
  if (version !== 1 && version !== 2) throw new FileError('filters of unknown version', { offset: start });
  const filters: Filter[] = [];
  let at = start + (version === 1 ? 8 : 2);
  for (let n = file.u8(start + 1); n > 0; n--) {
    const id = file.u16(at);
    const known = FILTER_IDS[id];
    if (known === undefined)
      throw new FileError(`the filter ${id} is not supported; deflate (gzip), shuffle and fletcher32 are`, {
        offset: at,
      });
    const named = version === 1 || id >= 256;
    const nameLength = named ? file.u16(at + 2) : 0;
    const values = file.u16(at + (named ? 6 : 4));
    at += (named ? 8 : 6) + nameLength + 4 * (version === 1 ? values + (values & 1) : values);
    if (at > start + size) throw new FileError('filters that are cut off', { offset: start });
    filters.push({ id: known });
  }
  return filters;
}

interface Extent {
  readonly rank: number;
  readonly bytes: number;
  readonly elementSize: number;
}

function readLayout(file: Bytes, { start, size }: Message, { rank, bytes, elementSize }: Extent): Layout {
  const version = file.u8(start);
  const kind = file.u8(start + 1);
  if (kind === 3) throw new FileError('a virtual dataset, made of other files, is not allowed', { offset: start });
  if (version !== 3 && !(version === 4 && kind < 2))
    throw new FileError(`the layout ${kind} of version ${version} is not supported`, { offset: start });
  if (kind === 0) return { kind: 'block', ...block(file, start + 4, file.u16(start + 2), bytes) };
  if (kind === 1) {
    const address = file.address(start + 2);
    return address === undefined
      ? { kind: 'block', address, bytes: 0 }
      : { kind: 'block', ...block(file, address, file.u64(start + 10), bytes) };
  }
  if (kind !== 2 || file.u8(start + 2) !== rank + 1 || 11 + 4 * (rank + 1) > size)
    throw new FileError('a layout in chunks that does not fit the shape', { offset: start });
  const dims = Array.from({ length: rank + 1 }, (_, i) => file.u32(start + 11 + 4 * i));
  if (dims.includes(0) || dims[rank] !== elementSize)
    throw new FileError('a layout in chunks that does not fit the type', { offset: start });
  return { kind: 'chunks', address: file.address(start + 3), chunk: dims.slice(0, rank) };
}

function block(file: Bytes, address: number, size: number, wanted: number): { address: number; bytes: number } {
  if (size < wanted) throw new FileError(`the shape needs ${wanted} bytes, ${size} are stored`, { offset: address });
  file.need(address, size, 'a dataset');
  return { address, bytes: wanted };
}
