import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { crc32 } from '../../src/saving/zip/crc32.ts';

interface Loaded {
  readonly name: string;
  readonly file: string;
  readonly bytes: string;
}

let files: ReadonlyMap<string, string> | undefined;

function kerasFiles(): ReadonlyMap<string, string> {
  if (files === undefined) {
    const text = readFileSync(join(import.meta.dirname, '../golden/pictures.json'), 'utf8');
    const { cases } = JSON.parse(text) as { cases: Loaded[] };
    files = new Map(cases.filter(({ name }) => name === 'load_img').map(({ file, bytes }) => [file, bytes]));
  }
  return files;
}

/** The names of the files that Keras has read, of this kind. */
export const fileNames = (ending: string): string[] => [...kerasFiles().keys()].filter((n) => n.endsWith(ending));

export const fileBytes = (name: string): Uint8Array => Uint8Array.from(Buffer.from(kerasFiles().get(name)!, 'base64'));

/** Makes the checksums of a PNG file right, so that damage reaches what is behind them. */
export function repairChecksums(data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (let at = 8; at + 12 <= data.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > data.length) return;
    view.setUint32(at + 8 + length, crc32(data.subarray(at + 4, at + 8 + length)));
    at += 12 + length;
  }
}

export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly kind: number;
  readonly interlaced?: boolean;
  /** Chunks before the data. */
  readonly before?: readonly Uint8Array[];
}

export function pngHeader({ width, height, depth, kind, interlaced = false }: PngOptions): Uint8Array {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  data.set([depth, kind, 0, 0, interlaced ? 1 : 0], 8);
  return pngChunk('IHDR', data);
}

/** A PNG file of one sample a pixel, without prediction. */
export function pngFile(options: PngOptions, sample: (x: number, y: number) => number): Uint8Array {
  const { width, height, depth, interlaced = false, before = [] } = options;
  const bytes: number[] = [];
  const passes = ['00 88', '40 88', '04 48', '20 44', '02 24', '10 22', '01 12'];
  for (const pass of interlaced ? passes : ['00 11']) {
    const [x0, y0, , stepX, stepY] = Array.from(pass, Number) as [number, number, number, number, number];
    for (let y = y0; y < height && x0 < width; y += stepY) {
      let bits = '';
      for (let x = x0; x < width; x += stepX) bits += sample(x, y).toString(2).padStart(depth, '0');
      bytes.push(0);
      for (let i = 0; i < bits.length; i += 8) bytes.push(Number.parseInt(bits.slice(i, i + 8).padEnd(8, '0'), 2));
    }
  }
  const data = pngChunk('IDAT', deflateSync(Uint8Array.from(bytes)));
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  const end = pngChunk('IEND', new Uint8Array(0));
  return joined([signature, pngHeader(options), ...before, data, end]);
}

export const joined = (parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

export interface GifOptions {
  readonly screen: readonly [width: number, height: number];
  readonly frame: readonly [left: number, top: number, width: number, height: number];
  readonly palette: readonly number[];
  /** The width of the first codes but one. */
  readonly first: number;
  readonly codes: readonly (readonly [code: number, bits: number])[];
}

/** A GIF file of these codes. */
export function gifFile({ screen, frame, palette, first, codes }: GifOptions): Uint8Array {
  const u16 = (values: readonly number[]) => values.flatMap((v) => [v & 255, v >> 8]);
  const bits = codes.map(([code, width]) => [...code.toString(2).padStart(width, '0')].reverse().join('')).join('');
  const data: number[] = [];
  for (let i = 0; i < bits.length; i += 8)
    data.push(Number.parseInt([...bits.slice(i, i + 8).padEnd(8, '0')].reverse().join(''), 2));
  const flags = 0x80 | (Math.log2(palette.length / 3) - 1);
  const text = new TextEncoder().encode('GIF89a');
  return joined([
    [...text, ...u16(screen), flags, 0, 0, ...palette, 0x2c, ...u16(frame), 0, first],
    [data.length, ...data, 0, 0x3b],
  ]);
}

export interface BmpOptions {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** What stands between the header and the pixels: masks, or a palette. */
  readonly between?: readonly number[];
  readonly packing?: number;
  readonly downward?: boolean;
  /** The header of OS/2, of 12 bytes. */
  readonly old?: boolean;
}

/** A BMP file; the bits of a pixel as a number. */
export function bmpFile(options: BmpOptions, pixel: (x: number, y: number) => number): Uint8Array {
  const { width, height, bits, between = [], packing = 0, downward = false, old = false } = options;
  const start = 14 + (old ? 12 : 40) + between.length;
  const head = new Uint8Array(start - between.length);
  const view = new DataView(head.buffer);
  view.setUint16(0, 0x4d42, true);
  view.setUint32(10, start, true);
  view.setUint32(14, old ? 12 : 40, true);
  const [rows, planes] = old ? [20, 22] : [22, 26];
  if (old) view.setUint16(18, width, true);
  else view.setUint32(18, width, true);
  if (old) view.setUint16(rows, height, true);
  else view.setInt32(rows, downward ? -height : height, true);
  view.setUint16(planes, 1, true);
  view.setUint16(planes + 2, bits, true);
  if (!old) view.setUint32(30, packing, true);
  const lines: number[] = [];
  for (let row = 0; row < height; row++) {
    let line = '';
    for (let x = 0; x < width; x++) {
      const text = pixel(x, downward ? row : height - 1 - row)
        .toString(2)
        .padStart(bits, '0');
      // Numbers of several bytes begin with the lowest one.
      line += bits < 8 ? text : text.match(/.{8}/g)!.reverse().join('');
    }
    line = line.padEnd(Math.ceil(line.length / 32) * 32, '0');
    for (let i = 0; i < line.length; i += 8) lines.push(Number.parseInt(line.slice(i, i + 8), 2));
  }
  return joined([head, between, lines]);
}
