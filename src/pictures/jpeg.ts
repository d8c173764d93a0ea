import { FileError } from '../saving/index.ts';
import { converted, Picture } from './picture.ts';
import { BigEndian, checkSize } from './reader.ts';

type Library = Awaited<ReturnType<typeof import('@cornerstonejs/codec-libjpeg-turbo-8bit/decode')['default']>>;

let library: Promise<Library> | undefined;

/** libjpeg-turbo, the library that PIL uses, so that pixels are the same; loaded at the first use. */
function libjpeg(): Promise<Library> {
  library ??= import('@cornerstonejs/codec-libjpeg-turbo-8bit/decode').then(({ default: load }) => load());
  return library;
}

/** Above this many pixels, the library's memory is given back after use. */
const LARGE = 2 ** 23;

/** Each scan of a progressive picture goes over all pixels: so many at most, together. A dozen scans are usual. */
const MAX_VISITS = 2 ** 31;

interface Frame {
  readonly width: number;
  readonly height: number;
}

/** Looks at the segments of a file: its size, its colours, and whether it ends where it should. */
function checkFile(data: Uint8Array): Frame {
  const file = new BigEndian(data);
  let frame: Frame | undefined;
  let scans = 0;
  for (let at = 2; ; ) {
    if (at + 2 > file.length) throw new FileError('the file is cut off', { offset: file.length });
    const marker = data[at + 1]!;
    if (data[at] !== 0xff) throw new FileError('no segment of a JPEG file here', { offset: at });
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xd9) break;
    const length = file.u16(at + 2);
    if (length < 2) throw new FileError('a segment without length', { offset: at });
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) frame = readFrame(file, at);
    at += 2 + length;
    if (marker !== 0xda) continue;
    scans++;
    at = endOfScan(data, at);
  }
  if (frame === undefined || scans === 0) throw new FileError('a JPEG file without a picture');
  if (scans * frame.width * frame.height > MAX_VISITS)
    throw new FileError(`${scans} scans of ${frame.width} x ${frame.height} pixels would take too long`);
  return frame;
}

function readFrame(file: BigEndian, at: number): Frame {
  const [depth, height, width, components] = [file.u8(at + 4), file.u16(at + 5), file.u16(at + 7), file.u8(at + 9)];
  if (depth !== 8) throw new FileError(`samples of ${depth} bits are not supported`, { offset: at + 4 });
  if (components !== 1 && components !== 3)
    throw new FileError(`${components} colours are not supported (CMYK?); save the picture as RGB`, { offset: at + 9 });
  checkSize(width, height, at + 5);
  return { width, height };
}

/** Where the next segment begins: after 0xff, a 0 and restart marks belong to the scan. */
function endOfScan(data: Uint8Array, from: number): number {
  for (let at = data.indexOf(0xff, from); at >= 0; at = data.indexOf(0xff, at + 1)) {
    const next = data[at + 1];
    if (next !== undefined && next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return data.length;
}

/** Reads a JPEG picture: grey or red, green and blue. */
export async function decodeJpeg(data: Uint8Array): Promise<Picture> {
  const { width, height } = checkFile(data);
  const { JPEGDecoder } = await libjpeg();
  const decoder = new JPEGDecoder();
  try {
    decoder.getEncodedBuffer(data.length).set(data);
    decoder.decode();
    const frame = decoder.getFrameInfo();
    const pixels = new Uint8Array(decoder.getDecodedBuffer());
    decoder.delete();
    if (width * height > LARGE) library = undefined;
    return new Picture(frame.width, frame.height, frame.componentCount === 1 ? 'L' : 'RGB', pixels);
  } catch {
    // The library throws numbers, and is not to be trusted with anything afterwards.
    library = undefined;
    throw new FileError('the JPEG data are damaged');
  }
}

/** The bytes of a JPEG file of a grey picture or one of red, green and blue. */
export async function encodeJpeg(picture: Picture, quality: number): Promise<Uint8Array> {
  const { default: jpeg } = await import('jpeg-js');
  const { width, height, data } = converted(picture, 'RGBA');
  return new Uint8Array(jpeg.encode({ width, height, data: data as Uint8Array }, quality).data);
}
