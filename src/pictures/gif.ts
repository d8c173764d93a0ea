import { Bytes } from '../saving/bytes.ts';
import { FileError } from '../saving/index.ts';
import { Picture } from './picture.ts';
import { checkSize } from './reader.ts';

/** Where colours lie, and how many there are. */
interface Palette {
  readonly at: number;
  readonly size: number;
}

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  readonly palette: Palette;
  /** The number of the colour that cannot be seen. */
  readonly transparent: number | undefined;
  /** Where the compressed numbers of colours begin. */
  readonly data: number;
}

const paletteOf = (flags: number, at: number): Palette | undefined =>
  flags & 0x80 ? { at, size: 2 ** ((flags & 7) + 1) } : undefined;

const after = (palette: Palette | undefined) => (palette === undefined ? 0 : palette.size * 3);

/** The place behind blocks, each of which says its length. */
function skipBlocks(file: Bytes, at: number): number {
  let next = at;
  for (let length = file.u8(next); length > 0; length = file.u8(next)) next += length + 1;
  return next + 1;
}

function firstFrame(file: Bytes): Frame {
  const common = paletteOf(file.u8(10), 13);
  let transparent: number | undefined;
  for (let at = 13 + after(common); ; ) {
    const mark = file.u8(at);
    if (mark === 0x21) {
      if (file.u8(at + 1) === 0xf9) transparent = file.u8(at + 3) & 1 ? file.u8(at + 6) : undefined;
      at = skipBlocks(file, at + 2);
      continue;
    }
    if (mark !== 0x2c) throw new FileError('a GIF file without a picture', { offset: at });
    const [left, top, width, height] = [1, 3, 5, 7].map((d) => file.u16(at + d)) as [number, number, number, number];
    const flags = file.u8(at + 9);
    const own = paletteOf(flags, at + 10);
    const palette = own ?? common;
    if (palette === undefined) throw new FileError('a GIF file without a palette', { offset: at });
    checkSize(width, height, at + 5);
    return {
      left,
      top,
      width,
      height,
      palette,
      transparent,
      interlaced: (flags & 0x40) > 0,
      data: at + 10 + after(own),
    };
  }
}

/** Reads the first picture of a GIF file; with opacity, where a colour of it cannot be seen. */
export function decodeGif(data: Uint8Array): Picture {
  const file = new Bytes(data);
  const frame = firstFrame(file);
  const [width, height] = [
    Math.max(file.u16(6), frame.left + frame.width),
    Math.max(file.u16(8), frame.top + frame.height),
  ];
  checkSize(width, height, 6);
  const { palette, transparent } = frame;
  const colours = file.slice(palette.at, palette.size * 3, 'the palette');
  const numbers = expand(file, frame.data, frame.width * frame.height);
  const channels = transparent === undefined ? 3 : 4;
  const out = new Uint8Array(width * height * channels);
  const paint = (at: number, n: number) => {
    for (let c = 0; c < 3; c++) out[at * channels + c] = colours[3 * n + c] ?? 0;
    if (channels === 4) out[at * 4 + 3] = n === transparent ? 0 : 255;
  };
  // Around a picture that is smaller than the whole.
  for (let i = 0; i < width * height; i++) paint(i, transparent ?? 0);
  const rows = rowOrder(frame);
  rows.forEach((y, r) => {
    for (let x = 0; x < frame.width; x++)
      paint((frame.top + y) * width + frame.left + x, numbers[r * frame.width + x]!);
  });
  return new Picture(width, height, channels === 3 ? 'RGB' : 'RGBA', out);
}

/** The rows in the order of the file: every eighth, those in the middle of these, and so on. */
function rowOrder({ height, interlaced }: Frame): number[] {
  const every = (first: number, step: number) => {
    const rows: number[] = [];
    for (let y = first; y < height; y += step) rows.push(y);
    return rows;
  };
  return interlaced ? [...every(0, 8), ...every(4, 8), ...every(2, 4), ...every(1, 2)] : every(0, 1);
}

/** The most that a code of the dictionary stands for. */
const CODES = 4096;

/** Expands LZW codes of growing width to exactly `count` numbers (GIF89a specification, appendix F). */
function expand(file: Bytes, start: number, count: number): Uint8Array {
  const first = file.u8(start);
  if (first < 1 || first > 11) throw new FileError(`codes of ${first} bits`, { offset: start });
  // Each code has 2 bits or more, and is a text no longer than the dictionary.
  if (count / CODES > (file.length - start) * 4) throw new FileError(`the data are too few for ${count} pixels`);
  const out = new Uint8Array(count);
  const clear = 2 ** first;
  const before = new Uint16Array(CODES);
  const last = new Uint8Array(CODES);
  const text = new Uint8Array(CODES + 1);
  let [known, bits, previous, at] = [clear + 2, first + 1, -1, 0];
  for (const code of codesOf(file, start + 1, () => bits)) {
    if (code === clear) {
      [known, bits, previous] = [clear + 2, first + 1, -1];
      continue;
    }
    if (code === clear + 1) break;
    if (code > known || (code === known && previous < 0))
      throw new FileError(`an unknown code ${code}`, { offset: start });
    // A code that is being defined: the text before, and its own first letter.
    let length = 0;
    let rest = code;
    if (code === known) {
      rest = previous;
      length = 1;
    }
    while (rest >= clear) {
      text[length++] = last[rest]!;
      rest = before[rest]!;
    }
    text[length++] = rest;
    if (code === known) text[0] = rest;
    for (let i = length - 1; i >= 0 && at < count; i--) out[at++] = text[i]!;
    if (previous >= 0 && known < CODES) {
      before[known] = previous;
      last[known++] = rest;
      if (known === 2 ** bits && bits < 12) bits++;
    }
    previous = code;
    if (at === count) break;
  }
  if (at < count)
    throw new FileError(`the file is cut off: ${at} of ${count} pixels are there`, { offset: file.length });
  return out;
}

/** The codes in the blocks of bytes from `start` on, each with as many bits as are due then. */
function* codesOf(file: Bytes, start: number, width: () => number): Generator<number> {
  let [buffer, filled] = [0, 0];
  for (let at = start, length = file.u8(start); length > 0 && at + length < file.length; ) {
    for (let i = 1; i <= length; i++) {
      buffer |= file.data[at + i]! << filled;
      filled += 8;
      for (let bits = width(); filled >= bits; bits = width()) {
        yield buffer & (2 ** bits - 1);
        buffer >>>= bits;
        filled -= bits;
      }
    }
    at += length + 1;
    length = at < file.length ? file.u8(at) : 0;
  }
}
