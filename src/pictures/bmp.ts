import { Bytes } from '../saving/bytes.ts';
import { FileError } from '../saving/index.ts';
import { Picture } from './picture.ts';
import { checkSize, decodedBy } from './reader.ts';

/** How the pixels of a BMP file lie. */
interface Layout {
  readonly width: number;
  readonly height: number;
  /** Whether the first line is the topmost one. */
  readonly downward: boolean;
  readonly bits: number;
  /** Which bits are red, green, blue and opacity, where pixels have 16 or 32 bits. */
  readonly masks: readonly number[];
  /** Blue, green, red of each colour, and of newer files a byte more. */
  readonly palette: { readonly at: number; readonly size: number; readonly entry: 3 | 4 };
  readonly pixels: number;
}

const RGB555 = [0x7c00, 0x3e0, 0x1f, 0];
const RGB565 = [0xf800, 0x7e0, 0x1f, 0];
const RGB888 = [0xff0000, 0xff00, 0xff, 0];

function readLayout(file: Bytes): Layout {
  const header = file.u32(14);
  const old = header === 12;
  if (!old && header < 40) throw new FileError(`a header of ${header} bytes is unknown`, { offset: 14 });
  const width = old ? file.u16(18) : file.u32(18);
  const signed = old ? file.u16(20) : file.u32(22) | 0;
  const bits = file.u16(old ? 24 : 28);
  const packing = old ? 0 : file.u32(30);
  checkSize(width, Math.abs(signed), 18);
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new FileError(`pixels of ${bits} bits`, { offset: old ? 24 : 28 });
  const masked = packing === 3 && (bits === 16 || bits === 32);
  if (packing !== 0 && !masked)
    throw new FileError(`compressed pixels (kind ${packing}) are not supported`, { offset: 30 });
  const entry = old ? 3 : 4;
  const declared = old || bits > 8 ? 0 : file.u32(46);
  const size = bits > 8 ? 0 : declared === 0 ? 2 ** bits : Math.min(declared, 2 ** bits);
  return {
    width,
    height: Math.abs(signed),
    downward: signed < 0,
    bits,
    masks: masked ? readMasks(file, header, bits) : bits === 16 ? RGB555 : RGB888,
    palette: { at: 14 + header, size, entry },
    pixels: file.u32(10),
  };
}

/** The masks stand behind headers of 40 bytes; in longer ones they are a part, and there is one for opacity. */
function readMasks(file: Bytes, header: number, bits: number): number[] {
  const masks = [54, 58, 62].map((at) => file.u32(at));
  const opacity = bits === 32 && header >= 56 ? file.u32(66) : 0;
  const known =
    bits === 32
      ? masks.every((mask) => byteOf(mask) >= 0) && (opacity === 0 || byteOf(opacity) >= 0)
      : [RGB555, RGB565].some((all) => masks.every((mask, c) => mask === all[c]));
  if (!known)
    throw new FileError(`colours in the bits ${masks.map((m) => m.toString(16)).join(', ')} are not supported`, {
      offset: 54,
    });
  return [...masks, opacity];
}

/** Which byte of a number a mask is, or -1. */
const byteOf = (mask: number): number => [0xff, 0xff00, 0xff0000, 0xff000000].indexOf(mask);

/** Reads a BMP picture that is not compressed. */
export async function decodeBmp(data: Uint8Array): Promise<Picture> {
  const file = new Bytes(data);
  const layout = readLayout(file);
  const { width, height, downward, bits, masks } = layout;
  const numbers = await byFastBmp(file, layout);
  const perLine = numbers.length / height;
  const channels = masks[3] === 0 ? 3 : 4;
  const out = new Uint8Array(width * height * channels);
  const read = (bits <= 8 ? paletteReader : bits === 16 ? maskReader : byteReader)(numbers, file, layout);
  for (let y = 0; y < height; y++) {
    // The library takes the first line for the lowest one.
    const from = (downward ? height - 1 - y : y) * perLine;
    for (let x = 0; x < width; x++) read(from, x, out, (y * width + x) * channels);
  }
  return new Picture(width, height, channels === 3 ? 'RGB' : 'RGBA', out);
}

/** What fast-bmp takes the picture for: it knows no pixels of 4 and 16 bits, for which it reads lines of bytes. */
const TAKEN: Readonly<Record<number, { readonly bits: number; readonly perPixel: number }>> = {
  1: { bits: 1, perPixel: 1 },
  4: { bits: 8, perPixel: 1 / 2 },
  8: { bits: 8, perPixel: 1 },
  16: { bits: 8, perPixel: 2 },
  24: { bits: 24, perPixel: 1 },
  32: { bits: 32, perPixel: 1 },
};

/** The header that fast-bmp reads: the simplest one, and masks. */
const HEADER = 66;

/** The numbers of colours, or red, green and blue (of 32 bits a fourth byte, too), line by line from the last one on. */
async function byFastBmp(file: Bytes, { width, height, bits, pixels }: Layout): Promise<Uint8Array> {
  const { decode } = await import('fast-bmp');
  const lines = file.slice(pixels, Math.ceil((width * bits) / 32) * 4 * height, 'the pixels');
  const taken = TAKEN[bits]!;
  const copy = new Uint8Array(HEADER + lines.length);
  copy.set(lines, HEADER);
  const view = new DataView(copy.buffer);
  view.setUint16(0, 0x4d42, true);
  view.setUint32(10, HEADER, true);
  view.setUint32(18, Math.ceil(width * taken.perPixel), true);
  view.setUint32(22, height, true);
  view.setUint16(28, taken.bits, true);
  for (const [i, mask] of RGB888.slice(0, 3).entries()) view.setUint32(54 + 4 * i, mask, true);
  return decodedBy('BMP', () => decode(copy).data as Uint8Array);
}

/** Reads pixel `x` of the line at `from`. */
type Reader = (from: number, x: number, out: Uint8Array, to: number) => void;

function paletteReader(numbers: Uint8Array, file: Bytes, { bits, palette: { at, size, entry } }: Layout): Reader {
  const colours = file.slice(at, size * entry, 'the palette');
  return (from, x, out, to) => {
    const n = bits === 4 ? (numbers[from + (x >> 1)]! >> (x & 1 ? 0 : 4)) & 15 : numbers[from + x]!;
    for (let c = 0; c < 3; c++) out[to + c] = colours[n * entry + 2 - c] ?? 0;
  };
}

function maskReader(numbers: Uint8Array, _file: Bytes, { masks }: Layout): Reader {
  const parts = masks.slice(0, 3).map((mask) => ({ mask, most: mask / (mask & -mask) }));
  return (from, x, out, to) => {
    const value = numbers[from + 2 * x]! | (numbers[from + 2 * x + 1]! << 8);
    for (let c = 0; c < 3; c++) {
      const { mask, most } = parts[c]!;
      // As PIL: cut off, not rounded.
      out[to + c] = Math.floor((((value & mask) / (mask & -mask)) * 255) / most);
    }
  };
}

/** Where the library puts the bytes of a pixel: the lowest of the file is blue to it. */
const PLACES = [2, 1, 0, 3];

function byteReader(numbers: Uint8Array, _file: Bytes, { bits, masks }: Layout): Reader {
  const places = masks.filter((mask) => mask !== 0).map((mask) => PLACES[byteOf(mask)]!);
  const step = bits / 8;
  return (from, x, out, to) => {
    for (let c = 0; c < places.length; c++) out[to + c] = numbers[from + x * step + places[c]!]!;
  };
}

/** The bytes of a BMP file: 8 bits and a palette of greys, 24 bits, or 32 with opacity. */
export async function encodeBmp({ width, height, channels, data }: Picture): Promise<Uint8Array> {
  const { encode } = await import('fast-bmp');
  // The masks, one of them for opacity, count only for this kind of packing.
  const compression = channels === 4 ? 3 : 0;
  return encode({ width, height, channels, bitsPerPixel: channels * 8, compression, data: data as Uint8Array });
}
