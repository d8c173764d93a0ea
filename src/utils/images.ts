import { checkOptions, describe, OlifantError, unknownId } from '../errors.ts';
import { checkFlag, checkNumber } from '../keras-object.ts';
import { readDataFormat } from '../layers/options.ts';
import * as ops from '../ops/index.ts';
import { type PictureFormat, readPicture, writePicture } from '../pictures/files.ts';
import { converted, MAX_PIXELS, Picture } from '../pictures/picture.ts';
import { INTERPOLATIONS, type Part, type PictureInterpolation, resized } from '../pictures/resize.ts';
import type { FileSource } from '../saving/index.ts';
import { writeFile } from '../saving/node-files.ts';
import type { ImageDataFormat } from '../settings.ts';
import { asTensor, isTensorLike, type Tensor, type TensorLike, tensor } from '../trace/index.ts';

function invalid(message: string): OlifantError {
  return new OlifantError('INVALID_ARGUMENT', message);
}

export interface LoadImgOptions {
  /** What the pixels shall be. Default `'rgb'`. */
  colorMode?: 'grayscale' | 'rgb' | 'rgba';
  /** Height and width of the result. Default `null`: as in the file. */
  targetSize?: readonly [height: number, width: number] | null;
  /** How pixels of another size are found. Default `'nearest'`. */
  interpolation?: PictureInterpolation;
  /** Whether what does not fit the target's proportions is cut away at both sides, instead of being distorted. Default `false`. */
  keepAspectRatio?: boolean;
}

const MODES = { grayscale: 'L', rgb: 'RGB', rgba: 'RGBA' } as const;

/**
 * Reads a picture from a PNG, JPEG, BMP (not compressed) or GIF file (its first picture): Keras's `load_img`, with the same pixels.
 * Grey pictures of 16 bits stay so with `colorMode: 'grayscale'`. Pictures of more than 89,478,485 pixels are refused.
 *
 * @param source A path, bytes, or a `Blob`.
 * @throws FileError for damaged and unknown files, and for too large pictures; `INVALID_ARGUMENT` for unknown words.
 * @example
 * const image = imgToArray(await loadImg('cat.jpg', { targetSize: [224, 224] }));
 */
export async function loadImg(source: FileSource, options: LoadImgOptions = {}): Promise<Picture> {
  checkOptions('loadImg', options, ['colorMode', 'targetSize', 'interpolation', 'keepAspectRatio']);
  const { colorMode = 'rgb', targetSize = null, interpolation = 'nearest', keepAspectRatio = false } = options;
  if (!Object.hasOwn(MODES, colorMode)) throw unknownId('colorMode', colorMode, Object.keys(MODES));
  if (!INTERPOLATIONS.includes(interpolation)) throw unknownId('interpolation', interpolation, INTERPOLATIONS);
  checkFlag('loadImg', 'keepAspectRatio', keepAspectRatio);
  if (targetSize !== null) checkTarget(targetSize);
  const read = await readPicture(source);
  const kept = colorMode === 'grayscale' && read.mode === 'I;16';
  const picture = kept ? read : converted(read, MODES[colorMode]);
  if (targetSize === null) return picture;
  const [height, width] = targetSize;
  if (picture.width === width && picture.height === height) return picture;
  return resized(
    picture,
    width,
    height,
    interpolation,
    keepAspectRatio ? middlePart(picture, width, height) : undefined,
  );
}

function checkTarget(size: readonly number[]): void {
  const fine = Array.isArray(size) && size.length === 2 && size.every((n) => Number.isSafeInteger(n) && n > 0);
  if (!fine) throw invalid(`loadImg: targetSize must be [height, width], whole numbers above 0, got ${describe(size)}`);
  if (size[0]! * size[1]! > MAX_PIXELS)
    throw invalid(`loadImg: targetSize has more than ${MAX_PIXELS} pixels: ${size.join(' x ')}`);
}

/** The largest part in the middle with these proportions. */
function middlePart({ width, height }: Picture, toWidth: number, toHeight: number): Part {
  const h = Math.min(height, Math.floor((width * toHeight) / toWidth));
  const w = Math.min(width, Math.floor((height * toWidth) / toHeight));
  if (h === 0 || w === 0)
    throw invalid(
      `loadImg: nothing is left of ${width} x ${height} pixels at the proportions ${toWidth} x ${toHeight}`,
    );
  const [top, left] = [Math.floor((height - h) / 2), Math.floor((width - w) / 2)];
  return [left, top, left + w, top + h];
}

type ArrayDType = 'float32' | 'int32' | 'uint8';

function readDType(owner: string, dtype: unknown): ArrayDType {
  const given = dtype ?? 'float32';
  if (given === 'float32' || given === 'int32' || given === 'uint8') return given;
  throw invalid(`${owner}: dtype must be 'float32', 'int32' or 'uint8', got ${describe(dtype)}`);
}

export interface ImageArrayOptions {
  /** Default `null`: that of `config.imageDataFormat`. */
  dataFormat?: ImageDataFormat | null;
  /** Default `null`: float32. */
  dtype?: ArrayDType | null;
}

/**
 * The numbers of a picture, 0 to 255, as a tensor [height, width, channels], or [channels, height, width]: Keras's `img_to_array`.
 *
 * @param img A picture, or a tensor of 3 axes (or 2: one channel).
 */
export function imgToArray(img: Picture | TensorLike, options: ImageArrayOptions = {}): Tensor {
  const owner = 'imgToArray';
  checkOptions(owner, options, ['dataFormat', 'dtype']);
  const format = readDataFormat(owner, options.dataFormat);
  const dtype = readDType(owner, options.dtype);
  const given = img instanceof Picture ? pixelsOf(img) : readTensor(owner, img);
  if (given.rank !== 2 && given.rank !== 3)
    throw new OlifantError(
      'SHAPE',
      `${owner}: expected a picture, or 2 or 3 axes, got shape [${given.shape.join(', ')}]`,
    );
  const x = ops.cast(given, dtype);
  if (x.rank === 2) return ops.expandDims(x, format === 'channels_last' ? -1 : 0);
  return format === 'channels_last' ? x : ops.transpose(x, [2, 0, 1]);
}

function pixelsOf({ data, width, height, channels }: Picture): Tensor {
  const values = data instanceof Uint16Array ? Int32Array.from(data) : data;
  return tensor(values, [height, width, channels], values instanceof Uint8Array ? 'uint8' : 'int32');
}

function readTensor(owner: string, x: unknown): Tensor {
  if (isTensorLike(x)) return asTensor(x);
  throw invalid(`${owner}: expected a picture or a tensor, got ${describe(x)}. Is an \`await\` missing?`);
}

export interface ArrayToImgOptions extends ImageArrayOptions {
  /** Whether the smallest number becomes 0 and the largest 255; otherwise numbers are cut to whole bytes. Default `true`. */
  scale?: boolean;
}

/**
 * A picture of numbers: Keras's `array_to_img`. One channel is grey, three are red, green and blue, four also say how opaque pixels
 * are. Without `scale`, one channel with numbers above 255 becomes grey of 32 bits.
 *
 * @param x [height, width, channels], or [channels, height, width].
 * @throws OlifantError `SHAPE` for another number of axes or channels.
 */
export function arrayToImg(x: TensorLike, options: ArrayToImgOptions = {}): Picture {
  return pictureOf('arrayToImg', x, checkOptions('arrayToImg', options, ['dataFormat', 'scale', 'dtype']));
}

function pictureOf(owner: string, x: TensorLike, { dataFormat, scale = true, dtype }: ArrayToImgOptions): Picture {
  const format = readDataFormat(owner, dataFormat);
  checkFlag(owner, 'scale', scale);
  const given = ops.cast(readTensor(owner, x), readDType(owner, dtype));
  if (given.rank !== 3)
    throw new OlifantError('SHAPE', `${owner}: expected one image (3 axes), got shape [${given.shape.join(', ')}]`);
  const [height, width, channels] = (format === 'channels_last' ? given : ops.transpose(given, [1, 2, 0])).shape as [
    number,
    number,
    number,
  ];
  if (![1, 3, 4].includes(channels))
    throw new OlifantError(
      'SHAPE',
      `${owner}: expected 1, 3 or 4 channels, got ${channels}; dataFormat is '${format}'`,
    );
  const values = (format === 'channels_last' ? given : ops.transpose(given, [1, 2, 0])).dataSync();
  const numbers = scale ? stretched(values) : values;
  if (channels === 1 && numbers.some((v) => v > 255)) return new Picture(width, height, 'I', Int32Array.from(numbers));
  const mode = channels === 1 ? 'L' : channels === 3 ? 'RGB' : 'RGBA';
  return new Picture(width, height, mode, Uint8Array.from(numbers));
}

/** From 0 to 255; in steps of float32, as in NumPy. */
function stretched(values: ArrayLike<number>): Float32Array {
  const out = Float32Array.from(values);
  let least = Number.POSITIVE_INFINITY;
  for (const v of out) least = Math.min(least, v);
  let most = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = out[i]! - least;
    most = Math.max(most, out[i]!);
  }
  for (let i = 0; i < out.length; i++) out[i] = Math.fround(most === 0 ? out[i]! : out[i]! / most) * 255;
  return out;
}

export interface SaveImgOptions {
  /** Default `null`: that of `config.imageDataFormat`. */
  dataFormat?: ImageDataFormat | null;
  /** Default `null`: by the path's ending. */
  fileFormat?: 'png' | 'jpeg' | 'jpg' | 'bmp' | null;
  /** Whether the smallest number becomes 0 and the largest 255. Default `true`. */
  scale?: boolean;
  /** Of JPEG: 1 to 100. Default 75. */
  quality?: number;
}

/**
 * Writes an image to a PNG, JPEG or BMP file: Keras's `save_img`. At every moment the path holds the old file or the new one, whole.
 *
 * @param x A picture, which stays as it is, or numbers: see `arrayToImg`.
 * @throws OlifantError `UNSUPPORTED` for other formats; FileError for errors of the disk.
 * @example
 * await saveImg('noise.png', random.uniform([28, 28, 1]));
 */
export async function saveImg(path: string, x: Picture | TensorLike, options: SaveImgOptions = {}): Promise<void> {
  const owner = 'saveImg';
  const {
    fileFormat,
    quality = 75,
    ...rest
  } = checkOptions(owner, options, ['dataFormat', 'fileFormat', 'scale', 'quality']);
  if (typeof path !== 'string') throw invalid(`${owner}: expected a path, got ${describe(path)}`);
  const format = readFileFormat(fileFormat ?? /\.(\w+)$/.exec(path)?.[1] ?? '');
  checkNumber(owner, 'quality', quality, { min: 1, max: 100 });
  let picture = x instanceof Picture ? x : pictureOf(owner, x, rest);
  if (picture.channels === 4 && format === 'jpeg') {
    console.warn('saveImg: JPEG files do not say how opaque pixels are; this is lost');
    picture = converted(picture, 'RGB');
  }
  if (format !== 'png' && !(picture.data instanceof Uint8Array))
    throw new OlifantError(
      'UNSUPPORTED',
      `${owner}: numbers above 255 can be written to PNG files only; give scale: true`,
    );
  await writeFile(
    path,
    await writePicture(picture.mode === 'LA' ? converted(picture, 'RGBA') : picture, format, quality),
  );
}

function readFileFormat(name: string): PictureFormat {
  const format = name.toLowerCase() === 'jpg' ? 'jpeg' : name.toLowerCase();
  if (format === 'png' || format === 'jpeg' || format === 'bmp') return format;
  throw new OlifantError(
    'UNSUPPORTED',
    `saveImg: PNG, JPEG and BMP files can be written, got '${name}'; give a fileFormat`,
  );
}

/** Keras's `image_dataset_from_directory`: left for later. */
export function imageDatasetFromDirectory(..._: unknown[]): never {
  throw new OlifantError(
    'UNSUPPORTED',
    'imageDatasetFromDirectory: folders of pictures are not supported yet; extend PyDataset, and read them by loadImg',
  );
}

/** Keras's `audio_dataset_from_directory`: left for later. */
export function audioDatasetFromDirectory(..._: unknown[]): never {
  throw new OlifantError(
    'UNSUPPORTED',
    'audioDatasetFromDirectory: sounds in files are not supported yet; decode them yourself and extend PyDataset',
  );
}
