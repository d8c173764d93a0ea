import { toFileError } from '../saving/file-error.ts';
import { FileError } from '../saving/index.ts';
import { type FileSource, readSource, sourceName } from '../saving/source.ts';
import { decodeBmp, encodeBmp } from './bmp.ts';
import { decodeGif } from './gif.ts';
import { decodeJpeg, encodeJpeg } from './jpeg.ts';
import type { Picture } from './picture.ts';
import { decodePng, encodePng } from './png.ts';
import { PNG_SIGNATURE } from './png-file.ts';

const starts = (data: Uint8Array, ...bytes: readonly number[]) => bytes.every((b, i) => data[i] === b);

/**
 * Reads a picture: PNG, JPEG, BMP (not compressed) or GIF (its first picture), told by its first bytes. Sizes are checked before
 * anything is allocated.
 *
 * @throws FileError for other kinds of files, damaged ones, and those with too many pixels.
 */
export async function readPicture(source: FileSource): Promise<Picture> {
  const file = sourceName(source);
  try {
    const data = await readSource(source);
    if (starts(data, ...PNG_SIGNATURE)) return await decodePng(data);
    if (starts(data, 0xff, 0xd8, 0xff)) return await decodeJpeg(data);
    if (starts(data, 0x47, 0x49, 0x46, 0x38)) return await decodeGif(data);
    if (starts(data, 0x42, 0x4d)) return await decodeBmp(data);
    throw new FileError('expected a PNG, JPEG, BMP or GIF file, got something else', { offset: 0 });
  } catch (error) {
    throw toFileError(error, { file });
  }
}

/** What pictures are written as. */
export type PictureFormat = 'png' | 'jpeg' | 'bmp';

/** The bytes of a picture's file. @param quality Of JPEG: 1 to 100. */
export async function writePicture(picture: Picture, format: PictureFormat, quality = 75): Promise<Uint8Array> {
  if (format === 'png') return encodePng(picture);
  return format === 'jpeg' ? encodeJpeg(picture, quality) : encodeBmp(picture);
}
