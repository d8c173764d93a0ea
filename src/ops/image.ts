/** `keras.ops.image`: operations on images [height, width, channels], or batches of them. */

export {
  hsvToRgb,
  rgbToGrayscale,
  rgbToHsv,
} from './image-color.ts';
export type { ImageFillMode, ImageOptions, Interpolation } from './image-core.ts';
export { type CropImagesOptions, cropImages, type PadImagesOptions, padImages } from './image-crop.ts';
export {
  type ExtractPatchesOptions,
  extractPatches,
  extractPatches3d,
  type GaussianBlurOptions,
  gaussianBlur,
  type SsimOptions,
  sobelEdges,
  ssim,
} from './image-filter.ts';
export {
  type ResizeInterpolation,
  type ResizeOptions,
  resize,
  type ScaleMethod,
  scaleAndTranslate,
} from './image-resize.ts';
export {
  affineTransform,
  type ElasticOptions,
  elasticTransform,
  type FillOptions,
  mapCoordinates,
  type OperationSeed,
  perspectiveTransform,
  type TransformOptions,
} from './image-transform.ts';
