import { Picture, type PictureMode } from './picture.ts';
import { type CheckedPng, checkPng, type PngHeader } from './png-file.ts';
import { decodedBy } from './reader.ts';

/** Numbers of 8 bits or less, or of 16. */
type Samples = Uint8Array | Uint16Array;

/** Reads a PNG picture; those of 16 bits as bytes, but for grey ones. */
export async function decodePng(data: Uint8Array): Promise<Picture> {
  const checked = await checkPng(data);
  const { width, height, kind, depth, interlaced } = checked.header;
  // fast-png reads interlaced pictures only of whole bytes a sample.
  const samples = await (interlaced && depth < 8 ? byPngjs(checked) : byFastPng(checked));
  if (kind === 3) return new Picture(width, height, checked.opacity ? 'RGBA' : 'RGB', samples);
  if (kind === 0 && depth === 16) return new Picture(width, height, 'I;16', samples);
  const bytes = toBytes(samples, depth);
  if (checked.hidden !== undefined) return withOpacity(checked, samples, bytes);
  const mode = ({ 0: 'L', 2: 'RGB', 4: 'LA', 6: 'RGBA' } as Readonly<Record<number, PictureMode>>)[kind]!;
  return new Picture(width, height, mode, bytes);
}

/** Colours of a palette, or samples as they are. */
async function byFastPng({ header, file }: CheckedPng): Promise<Samples> {
  const { decode, convertIndexedToRgb } = await import('fast-png');
  return decodedBy('PNG', () => {
    const picture = decode(file);
    if (header.kind === 3) return convertIndexedToRgb(picture);
    const data = picture.data as Samples;
    return header.depth < 8 ? unpacked(data, header) : data;
  });
}

/** The same by pngjs, which gives red, green, blue and opacity whatever the file has. */
async function byPngjs({ header, file, opacity }: CheckedPng): Promise<Samples> {
  // The file for browsers: it needs nothing of Node's, but has a `Buffer` of its own.
  const { PNG } = (await import('pngjs/browser.js')).default;
  const Buffer = new PNG({ width: 1, height: 1 }).data.constructor;
  const data = decodedBy('PNG', () => PNG.sync.read(Buffer.from(file), { checkCRC: false, skipRescale: true }).data);
  const channels = header.kind !== 3 ? 1 : opacity ? 4 : 3;
  const out = new Uint8Array(header.width * header.height * channels);
  for (let i = 0, at = 0; i < data.length; i += 4) for (let c = 0; c < channels; c++) out[at++] = data[i + c]!;
  return out;
}

/** Samples of fewer than 8 bits, a byte for each; fast-png leaves them as they are in the file, each line in whole bytes. */
function unpacked(data: Samples, { width, height, depth }: PngHeader): Uint8Array {
  const line = Math.ceil((width * depth) / 8);
  const out = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      out[at++] = (data[y * line + (bit >> 3)]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  return out;
}

/** Samples as bytes: the upper one of 16 bits, or 0 to 255 for fewer than 8. */
function toBytes(samples: Samples, depth: number): Uint8Array {
  if (depth === 8) return samples as Uint8Array;
  const factor = 255 / (2 ** Math.min(depth, 8) - 1);
  const out = new Uint8Array(samples.length);
  for (let i = 0; i < out.length; i++) out[i] = depth === 16 ? samples[i]! >> 8 : samples[i]! * factor;
  return out;
}

/** Opaque but for the pixels of one colour. */
function withOpacity({ header: { width, height }, hidden }: CheckedPng, samples: Samples, bytes: Uint8Array): Picture {
  const n = hidden!.length;
  const out = new Uint8Array(width * height * (n + 1));
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < n; c++) out[i * (n + 1) + c] = bytes[i * n + c]!;
    out[i * (n + 1) + n] = hidden!.every((v, c) => v === samples[i * n + c]) ? 0 : 255;
  }
  return new Picture(width, height, n === 1 ? 'LA' : 'RGBA', out);
}

/** The bytes of a PNG file; grey of 32 bits is written with 16. */
export async function encodePng({ width, height, channels, data }: Picture): Promise<Uint8Array> {
  const { encode } = await import('fast-png');
  if (data instanceof Uint8Array) return encode({ width, height, channels, depth: 8, data });
  const wide = new Uint16Array(data.length);
  for (let i = 0; i < wide.length; i++) wide[i] = Math.min(65535, Math.max(0, data[i]!));
  return encode({ width, height, channels, depth: 16, data: wide });
}
