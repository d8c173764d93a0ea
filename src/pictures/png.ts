import { FileError } from '../saving/index.ts';
import { crc32 } from '../saving/zip/crc32.ts';
import { inflate } from '../saving/zip/inflate.ts';
import { Picture, type PictureMode } from './picture.ts';
import { BigEndian, checkSize } from './reader.ts';

export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** 0 grey, 2 red green blue, 3 numbers of a palette, 4 and 6 the first two with opacity. */
  readonly kind: number;
  readonly interlaced: boolean;
}

/** Samples a pixel, and the depths that there are. */
const KINDS: Readonly<Record<number, { readonly samples: number; readonly depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

interface Chunk {
  readonly type: string;
  readonly at: number;
  readonly data: Uint8Array;
}

/** The chunks of the file, up to the end mark; their checksums are compared. */
function chunksOf(file: BigEndian): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = PNG_SIGNATURE.length; chunks.at(-1)?.type !== 'IEND'; ) {
    const length = file.u32(at);
    const body = file.slice(at + 4, length + 4, 'a chunk');
    const type = String.fromCharCode(...body.subarray(0, 4));
    if (file.u32(at + 8 + length) !== crc32(body))
      throw new FileError(`the chunk '${type}' is damaged`, { offset: at });
    chunks.push({ type, at, data: body.subarray(4) });
    at += length + 12;
  }
  return chunks;
}

function readHeader(file: BigEndian): Header {
  if (!file.has(12, 'IHDR') || file.u32(8) !== 13) throw new FileError('a PNG file without header', { offset: 8 });
  const [width, height] = [file.u32(16), file.u32(20)];
  const [depth, kind, compression, filter, interlace] = [24, 25, 26, 27, 28].map((at) => file.u8(at)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (KINDS[kind]?.depths.includes(depth) !== true || compression !== 0 || filter !== 0 || interlace > 1)
    throw new FileError(`an unknown kind of PNG: depth ${depth}, colours ${kind}, interlacing ${interlace}`, {
      offset: 24,
    });
  checkSize(width, height, 16);
  return { width, height, depth, kind, interlaced: interlace === 1 };
}

/** Where the pixels of a pass lie: first column and row, and the steps. */
type Pass = readonly [x: number, y: number, stepX: number, stepY: number];

const WHOLE: readonly Pass[] = [[0, 0, 1, 1]];
/** The seven passes of interlaced pictures (Adam7). */
const PASSES: readonly Pass[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** Reads a PNG picture; those of 16 bits as bytes, but for grey ones. */
export async function decodePng(data: Uint8Array): Promise<Picture> {
  const file = new BigEndian(data);
  const header = readHeader(file);
  const { width, height, depth, kind, interlaced } = header;
  const bits = KINDS[kind]!.samples * depth;
  const passes = (interlaced ? PASSES : WHOLE)
    .map(([x, y, stepX, stepY]) => ({
      x,
      y,
      stepX,
      stepY,
      columns: Math.ceil((width - x) / stepX),
      rows: Math.ceil((height - y) / stepY),
    }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
  const lineBytes = (columns: number) => Math.ceil((columns * bits) / 8);
  const total = passes.reduce((sum, { columns, rows }) => sum + rows * (1 + lineBytes(columns)), 0);
  const chunks = chunksOf(file);
  const packed = joined(chunks.filter(({ type }) => type === 'IDAT').map((c) => c.data));
  // A byte of deflate gives 1032 at most.
  if (packed.length * 1032 < total) throw new FileError(`the data are too few for ${width} x ${height} pixels`);
  const raw = await inflate(packed, total, true);
  const samples = new (depth === 16 ? Uint16Array : Uint8Array)(width * height * KINDS[kind]!.samples);
  let at = 0;
  for (const { x, y, stepX, stepY, columns, rows } of passes) {
    const line = lineBytes(columns);
    unfilter(raw.subarray(at, at + rows * (line + 1)), line, Math.max(1, bits >> 3));
    for (let r = 0; r < rows; r++)
      unpack(
        raw.subarray(at + r * (line + 1) + 1, at + (r + 1) * (line + 1)),
        header,
        columns,
        samples,
        (y + r * stepY) * width + x,
        stepX,
      );
    at += rows * (line + 1);
  }
  return pictureOf(header, samples, chunks);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Undoes the prediction of each line from the bytes to the left and above (PNG specification, 9.2). */
function unfilter(raw: Uint8Array, line: number, pixel: number): void {
  let above: Uint8Array = new Uint8Array(line);
  for (let start = 0; start < raw.length; start += line + 1) {
    const bytes = raw.subarray(start + 1, start + 1 + line);
    const filter = raw[start]!;
    if (filter > 4) throw new FileError(`a line has the unknown filter ${filter}`);
    if (filter === 1) for (let i = pixel; i < line; i++) bytes[i] = bytes[i]! + bytes[i - pixel]!;
    else if (filter === 2) for (let i = 0; i < line; i++) bytes[i] = bytes[i]! + above[i]!;
    else if (filter === 3)
      for (let i = 0; i < line; i++) bytes[i] = bytes[i]! + (((i < pixel ? 0 : bytes[i - pixel]!) + above[i]!) >> 1);
    else if (filter === 4)
      for (let i = 0; i < line; i++)
        bytes[i] = bytes[i]! + (i < pixel ? above[i]! : paeth(bytes[i - pixel]!, above[i]!, above[i - pixel]!));
    above = bytes;
  }
}

/** Of left, up and corner the one nearest to left + up - corner. */
function paeth(left: number, up: number, corner: number): number {
  const p = Math.abs(up - corner);
  const q = Math.abs(left - corner);
  const r = Math.abs(left + up - 2 * corner);
  if (p <= q && p <= r) return left;
  return q <= r ? up : corner;
}

/** Numbers of 8 bits or less, or of 16. */
type Samples = Uint8Array | Uint16Array;

/** The samples of a line, to every `step`th pixel of `out` from pixel `at` on. */
function unpack(line: Uint8Array, { depth, kind }: Header, columns: number, out: Samples, at: number, step: number) {
  const { samples } = KINDS[kind]!;
  if (depth === 8 && step === 1) {
    out.set(line, at * samples);
    return;
  }
  for (let x = 0, i = 0; x < columns; x++)
    for (let c = 0; c < samples; c++, i++) out[(at + x * step) * samples + c] = sampleOf(line, depth, i);
}

function sampleOf(line: Uint8Array, depth: number, i: number): number {
  if (depth === 16) return (line[2 * i]! << 8) | line[2 * i + 1]!;
  const bit = i * depth;
  return (line[bit >> 3]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

/** Samples as bytes: the upper one of 16 bits, or 0 to 255 for fewer than 8. */
function toBytes(samples: Samples, depth: number): Uint8Array {
  if (depth === 8) return samples as Uint8Array;
  const factor = 255 / (2 ** Math.min(depth, 8) - 1);
  return Uint8Array.from(samples, depth === 16 ? (v) => v >> 8 : (v) => v * factor);
}

function pictureOf({ width, height, depth, kind }: Header, samples: Samples, chunks: readonly Chunk[]): Picture {
  const transparent = chunks.find(({ type }) => type === 'tRNS')?.data;
  if (kind === 3) return ofPalette(width, height, samples, chunks, transparent);
  if (kind === 0 && depth === 16) return new Picture(width, height, 'I;16', samples);
  const bytes = toBytes(samples, depth);
  const mode = ({ 0: 'L', 2: 'RGB', 4: 'LA', 6: 'RGBA' } as Readonly<Record<number, PictureMode>>)[kind]!;
  const n = KINDS[kind]!.samples;
  if (transparent === undefined || transparent.length !== 2 * n || kind > 2)
    return new Picture(width, height, mode, bytes);
  // One colour that cannot be seen.
  const key = Array.from({ length: n }, (_, c) => (transparent[2 * c]! << 8) | transparent[2 * c + 1]!);
  const out = new Uint8Array(width * height * (n + 1));
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < n; c++) out[i * (n + 1) + c] = bytes[i * n + c]!;
    out[i * (n + 1) + n] = key.every((v, c) => v === samples[i * n + c]) ? 0 : 255;
  }
  return new Picture(width, height, n === 1 ? 'LA' : 'RGBA', out);
}

function ofPalette(
  width: number,
  height: number,
  numbers: Samples,
  chunks: readonly Chunk[],
  transparent: Uint8Array | undefined,
): Picture {
  const palette = chunks.find(({ type }) => type === 'PLTE')?.data;
  if (palette === undefined || palette.length % 3 !== 0) throw new FileError('a PNG file without its palette');
  const channels = transparent === undefined ? 3 : 4;
  const out = new Uint8Array(width * height * channels);
  numbers.forEach((n, i) => {
    for (let c = 0; c < 3; c++) out[i * channels + c] = palette[3 * n + c] ?? 0;
    if (channels === 4) out[i * 4 + 3] = transparent![n] ?? 255;
  });
  return new Picture(width, height, channels === 3 ? 'RGB' : 'RGBA', out);
}

/** The bytes of a PNG file; grey of 32 bits is written with 16. */
export async function encodePng({ width, height, channels, data }: Picture): Promise<Uint8Array> {
  const { encode } = await import('fast-png');
  const wide = !(data instanceof Uint8Array);
  const values = wide ? Uint16Array.from(data, (v) => Math.min(65535, Math.max(0, v))) : data;
  return encode({ width, height, channels, depth: wide ? 16 : 8, data: values });
}
