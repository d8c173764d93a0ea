import { Bytes } from '../saving/bytes.ts';
import { FileError } from '../saving/index.ts';
import { Picture } from './picture.ts';
import { checkSize, concatenated, decodedBy } from './reader.ts';

/** The first picture of a file. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** Red, green and blue of each colour. */
  readonly palette: Uint8Array;
  /** The number of the colour that cannot be seen. */
  readonly transparent: number | undefined;
  /** The bits of the first codes but one, and the codes of the pixels. */
  readonly first: number;
  readonly codes: Uint8Array;
}

const paletteAt = (file: Bytes, flags: number, at: number): Uint8Array | undefined =>
  flags & 0x80 ? file.slice(at, 3 * 2 ** ((flags & 7) + 1), 'the palette') : undefined;

/** The place behind blocks, each of which says its length. */
function skipBlocks(file: Bytes, at: number): number {
  let next = at;
  for (let length = file.u8(next); length > 0; length = file.u8(next)) next += length + 1;
  return next + 1;
}

function firstFrame(file: Bytes): Frame {
  const common = paletteAt(file, file.u8(10), 13);
  let transparent: number | undefined;
  for (let at = 13 + (common?.length ?? 0); ; ) {
    const mark = file.u8(at);
    if (mark === 0x21) {
      if (file.u8(at + 1) === 0xf9) transparent = file.u8(at + 3) & 1 ? file.u8(at + 6) : undefined;
      at = skipBlocks(file, at + 2);
      continue;
    }
    if (mark !== 0x2c) throw new FileError('a GIF file without a picture', { offset: at });
    const [left, top, width, height] = [1, 3, 5, 7].map((d) => file.u16(at + d)) as [number, number, number, number];
    const flags = file.u8(at + 9);
    const own = paletteAt(file, flags, at + 10);
    const palette = own ?? common;
    if (palette === undefined) throw new FileError('a GIF file without a palette', { offset: at });
    checkSize(width, height, at + 5);
    const start = at + 10 + (own?.length ?? 0);
    const first = file.u8(start);
    if (first < 1 || first > 8) throw new FileError(`codes of ${first} bits`, { offset: start });
    const codes = checkedCodes(joinedBlocks(file, start + 1), first, width * height);
    return { left, top, width, height, palette, transparent, interlaced: (flags & 0x40) > 0, first, codes };
  }
}

/** The bytes of blocks that are whole, up to the empty one; files without it are read, too. */
function joinedBlocks({ data }: Bytes, start: number): Uint8Array {
  const out = new Uint8Array(data.length - start);
  let size = 0;
  for (let at = start; at < data.length && data[at]! > 0 && at + data[at]! < data.length; at += data[at]! + 1) {
    out.set(data.subarray(at + 1, at + 1 + data[at]!), size);
    size += data[at]!;
  }
  return out.subarray(0, size);
}

/** The most codes that there are at a time. */
const CODES = 4096;

/**
 * The LZW codes (GIF89a specification, appendix F) of `count` pixels, and the one for their end. They are checked without expanding
 * them: the library says on the console that there are more or fewer, and never returns from codes that are made of themselves.
 */
function checkedCodes(data: Uint8Array, first: number, count: number): Uint8Array {
  const clear = 2 ** first;
  const lengths = new Uint16Array(CODES).fill(1, 0, clear);
  let [known, bits, previous, pixels, done] = [clear + 2, first + 1, -1, 0, 0];
  for (const code of codesOf(data, () => bits)) {
    done += bits;
    if (code === clear) {
      [known, bits, previous] = [clear + 2, first + 1, -1];
      continue;
    }
    if (code === clear + 1) break;
    if (code > known || (code === known && previous < 0)) throw new FileError(`an unknown code ${code}`);
    const next = previous < 0 ? 0 : lengths[previous]! + 1;
    pixels += code === known ? next : lengths[code]!;
    if (pixels > count) throw new FileError(`the data are too many for ${count} pixels`);
    if (previous >= 0 && known < CODES) {
      lengths[known++] = next;
      if (known >= 2 ** bits && bits < 12) bits++;
    }
    previous = code;
    // What comes after the last pixel is nothing to look at.
    if (pixels === count) return endedAt(data, done, clear + 1, bits);
  }
  throw new FileError(`the file is cut off: ${pixels} of ${count} pixels are there`);
}

/** The codes, each with as many bits as are due then. */
function* codesOf(data: Uint8Array, width: () => number): Generator<number> {
  let [buffer, filled] = [0, 0];
  for (const byte of data) {
    buffer |= byte << filled;
    filled += 8;
    for (let bits = width(); filled >= bits; bits = width()) {
      yield buffer & (2 ** bits - 1);
      buffer >>>= bits;
      filled -= bits;
    }
  }
}

/** The first `done` bits, and this code. */
function endedAt(data: Uint8Array, done: number, code: number, bits: number): Uint8Array {
  const out = new Uint8Array(Math.ceil((done + bits) / 8));
  const at = done >> 3;
  out.set(data.subarray(0, at + 1));
  const value = (out[at]! & (2 ** (done & 7) - 1)) | (code << (done & 7));
  for (let i = at; i < out.length; i++) out[i] = value >> (8 * (i - at));
  return out;
}

/** Reads the first picture of a GIF file; with opacity, where a colour of it cannot be seen. */
export async function decodeGif(data: Uint8Array): Promise<Picture> {
  const file = new Bytes(data);
  const frame = firstFrame(file);
  const { palette, transparent } = frame;
  const width = Math.max(file.u16(6), frame.left + frame.width);
  const height = Math.max(file.u16(8), frame.top + frame.height);
  checkSize(width, height, 6);
  if (Math.max(width, height) > 0xffff) throw new FileError('the picture lies outside of what a GIF file can hold');
  const { GifReader } = await import('omggif');
  const pixels = new Uint8Array(width * height * 4);
  // What is around a smaller picture, and where one can be looked through.
  const behind = transparent ?? 0;
  const colour = [0, 1, 2].map((c) => palette[3 * behind + c] ?? 0);
  new Uint32Array(pixels.buffer).fill(
    new Uint32Array(Uint8Array.of(...colour, transparent === undefined ? 255 : 0).buffer)[0]!,
  );
  decodedBy('GIF', () => new GifReader(fileOf(frame, width, height)).decodeAndBlitFrameRGBA(0, pixels));
  if (transparent !== undefined) return new Picture(width, height, 'RGBA', pixels);
  const out = new Uint8Array(width * height * 3);
  for (let i = 0, at = 0; i < pixels.length; i += 4) for (let c = 0; c < 3; c++) out[at++] = pixels[i + c]!;
  return new Picture(width, height, 'RGB', out);
}

/** A file of this picture only: libraries look at all that is in a file, and stop at what they do not know. */
function fileOf(frame: Frame, width: number, height: number): Uint8Array {
  const { left, top, palette, transparent, interlaced, first, codes } = frame;
  const u16 = (...values: readonly number[]) => values.flatMap((v) => [v & 255, v >> 8]);
  const colours = new Uint8Array(768);
  colours.set(palette);
  const control = transparent === undefined ? [] : [0x21, 0xf9, 4, 1, 0, 0, transparent, 0];
  const blocks = Array.from({ length: Math.ceil(codes.length / 255) }, (_, i) => {
    const block = codes.subarray(255 * i, 255 * (i + 1));
    return [[block.length], block];
  });
  return concatenated([
    // GIF89a; a palette of 256 colours, since pixels may have the numbers of colours that are not there.
    [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, ...u16(width, height), 0xf7, 0, 0],
    colours,
    [...control, 0x2c, ...u16(left, top, frame.width, frame.height), interlaced ? 0x40 : 0, first],
    ...blocks.flat(),
    [0, 0x3b],
  ]);
}
