import { FileError } from '../saving/index.ts';
import { crc32 } from '../saving/zip/crc32.ts';
import { checkInflated, PIECE } from '../saving/zip/inflate.ts';
import { BigEndian, checkSize, concatenated } from './reader.ts';

export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export interface PngHeader {
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

export const samplesOf = ({ kind }: PngHeader): number => KINDS[kind]!.samples;

/**
 * Libraries keep interlaced pictures of fewer than 8 bits with four bytes a pixel, and take a fifth of a second for each
 * million of these.
 */
const MAX_INTERLACED = 2 ** 24;

/** A file that libraries can be given: all that it claims is true, and nothing is in it but pixels. */
export interface CheckedPng {
  readonly header: PngHeader;
  /** The header, the palette with how opaque its colours are, and the data. */
  readonly file: Uint8Array;
  /** Whether colours of the palette have opacity. */
  readonly opacity: boolean;
  /** Of pictures without palette: the one colour that cannot be seen, a number a sample. */
  readonly hidden: readonly number[] | undefined;
}

/**
 * Checks the size, the checksums, and that the data give what the size needs, neither less nor more.
 *
 * The file that comes out is another one, since libraries believe what they find: a second header, a compressed profile that
 * unpacks to gigabytes, a text.
 */
export async function checkPng(data: Uint8Array): Promise<CheckedPng> {
  const file = new BigEndian(data);
  const header = readHeader(file);
  const { palette, opacities, pieces } = readChunks(file);
  const total = sizeOfData(header);
  // A byte of deflate gives 1032 at most.
  if (pieces.reduce((n, piece) => n + piece.length, 0) * 1032 < total)
    throw new FileError(`the data are too few for ${header.width} x ${header.height} pixels`);
  await checkInflated(pieces, total);
  const chunks = [
    chunk('IHDR', data.subarray(16, 29)),
    ...(header.kind === 3 ? paletteChunks(header, palette, opacities) : []),
    ...pieces.map((piece) => chunk('IDAT', piece)),
    chunk('IEND', new Uint8Array(0)),
  ];
  return {
    header,
    file: concatenated([PNG_SIGNATURE, ...chunks.flat()]),
    opacity: header.kind === 3 && opacities !== undefined,
    hidden: hiddenColour(header, opacities),
  };
}

function readHeader(file: BigEndian): PngHeader {
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
  const interlaced = interlace === 1;
  checkSize(width, height, 16, interlaced && depth < 8 ? MAX_INTERLACED : undefined);
  return { width, height, depth, kind, interlaced };
}

interface Chunks {
  readonly palette: Uint8Array | undefined;
  readonly opacities: Uint8Array | undefined;
  /** The data, in pieces so small that a library makes little of one at once. */
  readonly pieces: readonly Uint8Array[];
}

/** What the largest pictures have in chunks of 2 KiB; those of nearly no bytes are somebody's joke. */
const MAX_PIECES = 2 ** 17;

/** What belongs to the pixels of the chunks up to the end mark; all checksums are compared. */
function readChunks(file: BigEndian): Chunks {
  let palette: Uint8Array | undefined;
  let opacities: Uint8Array | undefined;
  const pieces: Uint8Array[] = [];
  for (let at = PNG_SIGNATURE.length, type = ''; type !== 'IEND'; ) {
    const length = file.u32(at);
    const named = file.slice(at + 4, length + 4, 'a chunk');
    const body = named.subarray(4);
    type = String.fromCharCode(...named.subarray(0, 4));
    if (file.u32(at + 8 + length) !== crc32(named))
      throw new FileError(`the chunk '${type}' is damaged`, { offset: at });
    if (type === 'PLTE') palette ??= body;
    if (type === 'tRNS') opacities ??= body;
    if (type === 'IDAT') for (let i = 0; i < length; i += PIECE) pieces.push(body.subarray(i, i + PIECE));
    if (pieces.length > MAX_PIECES) throw new FileError('the data are in too many chunks', { offset: at });
    at += length + 12;
  }
  return { palette, opacities, pieces };
}

/** The seven passes of interlaced pictures (Adam7): where their pixels begin, and the steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The bytes of all lines, each with the number of its filter in front. */
function sizeOfData(header: PngHeader): number {
  const { width, height, depth, interlaced } = header;
  const lines = (columns: number, rows: number) =>
    columns > 0 && rows > 0 ? rows * (1 + Math.ceil((columns * samplesOf(header) * depth) / 8)) : 0;
  if (!interlaced) return lines(width, height);
  return PASSES.reduce(
    (sum, [x, y, stepX, stepY]) => sum + lines(Math.ceil((width - x) / stepX), Math.ceil((height - y) / stepY)),
    0,
  );
}

/** A palette with all the colours that pixels can name: those that the file lacks are black, and opaque. */
function paletteChunks(
  { depth }: PngHeader,
  palette: Uint8Array | undefined,
  opacities: Uint8Array | undefined,
): Uint8Array[][] {
  if (palette === undefined || palette.length % 3 !== 0) throw new FileError('a PNG file without its palette');
  const colours = 2 ** depth;
  const all = new Uint8Array(3 * colours);
  all.set(palette.subarray(0, all.length));
  const opaque = new Uint8Array(colours).fill(255);
  opaque.set(opacities?.subarray(0, colours) ?? []);
  return [chunk('PLTE', all), ...(opacities === undefined ? [] : [chunk('tRNS', opaque)])];
}

function hiddenColour(header: PngHeader, opacities: Uint8Array | undefined): number[] | undefined {
  const n = samplesOf(header);
  if (opacities === undefined || header.kind > 2 || opacities.length !== 2 * n) return undefined;
  return Array.from({ length: n }, (_, c) => (opacities[2 * c]! << 8) | opacities[2 * c + 1]!);
}

/** The parts of a chunk whose checksum nobody will look at. */
function chunk(type: string, data: Uint8Array): Uint8Array[] {
  const { length } = data;
  const name = Array.from(type, (c) => c.charCodeAt(0));
  return [Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length, ...name), data, new Uint8Array(4)];
}
