import { OlifantError } from '../errors.ts';

/** What these functions of Keras need and this package does not have yet: a decoder and an encoder of pictures. */
function later(name: string, fix: string): never {
  throw new OlifantError('UNSUPPORTED', `${name}: pictures in files are not supported yet. ${fix}`);
}

const DECODE =
  "Decode them yourself, for example with the package 'sharp', and pass the pixels: tensor(pixels, [height, width, 3])";
const ENCODE = "Encode them yourself, for example with the package 'sharp', from await x.data()";

/** Keras's `load_img`: left for later. */
export const loadImg = (..._: unknown[]): never => later('loadImg', DECODE);
/** Keras's `img_to_array`: left for later. */
export const imgToArray = (..._: unknown[]): never => later('imgToArray', DECODE);
/** Keras's `array_to_img`: left for later. */
export const arrayToImg = (..._: unknown[]): never => later('arrayToImg', ENCODE);
/** Keras's `save_img`: left for later. */
export const saveImg = (..._: unknown[]): never => later('saveImg', ENCODE);
/** Keras's `image_dataset_from_directory`: left for later. */
export const imageDatasetFromDirectory = (..._: unknown[]): never => later('imageDatasetFromDirectory', DECODE);

/** Keras's `audio_dataset_from_directory`: left for later. */
export function audioDatasetFromDirectory(..._: unknown[]): never {
  throw new OlifantError(
    'UNSUPPORTED',
    'audioDatasetFromDirectory: sounds in files are not supported yet; decode them yourself and extend PyDataset',
  );
}
