import { Bytes } from '../saving/bytes.ts';
import { FileError } from '../saving/index.ts';
import { Picture } from './picture.ts';
import { checkSize } from './reader.ts';

/** How the pixels of a BMP file lie. */
interface Layout {
  readonly width: number;
  readonly height: number;
  /** Whether the first line is the topmost one. */
  readonly downward: boolean;
  readonly bits: number;
  /** Which bits are red, green, blue and opacity, where pixels have 16 or 32 bits. */
  readonly masks: readonly number[];
  readonly palette: { readonly at: number; readonly size: number; readonly entry: 3 | 4 };
  readonly pixels: number;
}

const RGB555 = [0x7c00, 0x3e0, 0x1f, 0];
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
  // Of 40 bytes, the masks stand behind the header; in longer ones they are a part of it, and there is one for opacity.
  const masks = masked ? [54, 58, 62].map((at) => file.u32(at)) : bits === 16 ? RGB555 : RGB888;
  const opacity = masked && header >= 56 ? file.u32(66) : 0;
  const entry = old ? 3 : 4;
  const declared = old || bits > 8 ? 0 : file.u32(46);
  const size = bits > 8 ? 0 : declared === 0 ? 2 ** bits : Math.min(declared, 2 ** bits);
  const at = 14 + header + (masked && header === 40 ? 12 : 0);
  return {
    width,
    height: Math.abs(signed),
    downward: signed < 0,
    bits,
    masks: [...masks.slice(0, 3), opacity],
    palette: { at, size, entry },
    pixels: file.u32(10),
  };
}

/** Reads a BMP picture that is not compressed. */
export function decodeBmp(data: Uint8Array): Picture {
  const file = new Bytes(data);
  const layout = readLayout(file);
  const { width, height, downward, bits, masks, pixels } = layout;
  const line = Math.ceil((width * bits) / 32) * 4;
  file.need(pixels, line * height, 'the pixels');
  const channels = masks[3] === 0 ? 3 : 4;
  const out = new Uint8Array(width * height * channels);
  const read = bits <= 8 ? paletteReader(file, layout) : bits === 24 ? byteReader(data) : maskReader(file, layout);
  for (let y = 0; y < height; y++) {
    const from = pixels + (downward ? y : height - 1 - y) * line;
    for (let x = 0; x < width; x++) read(from, x, out, (y * width + x) * channels);
  }
  return new Picture(width, height, channels === 3 ? 'RGB' : 'RGBA', out);
}

/** Reads pixel `x` of the line at `from`. */
type Reader = (from: number, x: number, out: Uint8Array, to: number) => void;

function byteReader(data: Uint8Array): Reader {
  return (from, x, out, to) => {
    const at = from + 3 * x;
    out[to] = data[at + 2]!;
    out[to + 1] = data[at + 1]!;
    out[to + 2] = data[at]!;
  };
}

function paletteReader(file: Bytes, { bits, palette: { at, size, entry } }: Layout): Reader {
  const colours = file.slice(at, size * entry, 'the palette');
  const { data } = file;
  return (from, x, out, to) => {
    const bit = x * bits;
    const n = (data[from + (bit >> 3)]! >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
    for (let c = 0; c < 3; c++) out[to + c] = colours[n * entry + 2 - c] ?? 0;
  };
}

function maskReader(file: Bytes, { bits, masks }: Layout): Reader {
  const parts = masks
    .filter((mask, i) => i < 3 || mask !== 0)
    .map((mask) => {
      const shift = mask === 0 ? 0 : Math.log2((mask & -mask) >>> 0);
      return { mask, shift, most: mask >>> shift };
    });
  return (from, x, out, to) => {
    const value = bits === 16 ? file.u16(from + 2 * x) : file.u32(from + 4 * x);
    parts.forEach(({ mask, shift, most }, c) => {
      out[to + c] = most === 0 ? 0 : Math.floor((((value & mask) >>> shift) * 255) / most);
    });
  };
}

/** The bytes of a BMP file: 8 bits and a palette of greys, 24 bits, or 32 with opacity. */
export function encodeBmp({ width, height, channels, data }: Picture): Uint8Array {
  const grey = channels === 1;
  const line = Math.ceil((width * channels) / 4) * 4;
  // Only longer headers say that there is opacity.
  const header = channels === 4 ? 56 : 40;
  const start = 14 + header + (grey ? 1024 : 0);
  const out = new Uint8Array(start + line * height);
  const view = new DataView(out.buffer);
  const put = (at: number, ...values: number[]) =>
    values.forEach((v, i) => {
      view.setUint32(at + 4 * i, v, true);
    });
  view.setUint16(0, 0x4d42, true);
  put(2, out.length, 0, start, header, width, height);
  view.setUint16(26, 1, true);
  view.setUint16(28, channels * 8, true);
  // 3780 dots a metre are 96 an inch.
  put(30, channels === 4 ? 3 : 0, line * height, 3780, 3780, grey ? 256 : 0, grey ? 256 : 0);
  if (channels === 4) put(54, 0xff0000, 0xff00, 0xff, 0xff000000);
  for (let v = 0; grey && v < 256; v++) put(54 + 4 * v, v * 0x10101);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [from, to] = [(y * width + x) * channels, start + (height - 1 - y) * line + x * channels];
      for (let c = 0; c < channels; c++) out[to + (c < 3 && !grey ? 2 - c : c)] = data[from + c]!;
    }
  return out;
}
