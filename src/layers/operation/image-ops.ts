import type { ExtractPatchesOptions } from '../../ops/image.ts';
import { image } from '../../ops/index.ts';
import { both } from './symbolic-call.ts';

// `keras.ops.image` for users: with tensors and with symbolic tensors.
export * from '../../ops/image.ts';
export const affineTransform = /* @__PURE__ */ both(image.affineTransform, 'AffineTransform');
export const cropImages = /* @__PURE__ */ both(image.cropImages, 'CropImages');
export const elasticTransform = /* @__PURE__ */ both(image.elasticTransform, 'ElasticTransform');
export const extractPatches = /* @__PURE__ */ both(image.extractPatches, 'ExtractPatches');
export const gaussianBlur = /* @__PURE__ */ both(image.gaussianBlur, 'GaussianBlur');
export const hsvToRgb = /* @__PURE__ */ both(image.hsvToRgb, 'HSVToRGB');
export const mapCoordinates = /* @__PURE__ */ both(image.mapCoordinates, 'MapCoordinates');
export const padImages = /* @__PURE__ */ both(image.padImages, 'PadImages');
export const perspectiveTransform = /* @__PURE__ */ both(image.perspectiveTransform, 'PerspectiveTransform');
export const resize = /* @__PURE__ */ both(image.resize, 'Resize');
export const rgbToGrayscale = /* @__PURE__ */ both(image.rgbToGrayscale, 'RGBToGrayscale');
export const rgbToHsv = /* @__PURE__ */ both(image.rgbToHsv, 'RGBToHSV');
export const scaleAndTranslate = /* @__PURE__ */ both(image.scaleAndTranslate, 'ScaleAndTranslate');
export const sobelEdges = /* @__PURE__ */ both(image.sobelEdges, 'SobelEdges');
export const ssim = /* @__PURE__ */ both(image.ssim, 'SSIM');

/** Keras's class of operations is the same for images and volumes: there, a size of three numbers says that it is volumes. */
export const extractPatches3d = ((volumes: never, size: number | readonly number[], options?: ExtractPatchesOptions) =>
  extractPatches(volumes, typeof size === 'number' ? [size, size, size] : size, options)) as typeof extractPatches;
