export type { Color } from '../pictures/canvas.ts';
export { type DrawBoundingBoxesOptions, drawBoundingBoxes, type ShownBoxes } from './draw-bounding-boxes.ts';
export {
  type ColorMapping,
  type DrawSegmentationMasksOptions,
  drawSegmentationMasks,
} from './draw-segmentation-masks.ts';
export type { Names } from './options.ts';
export { type BoundingBoxGalleryOptions, plotBoundingBoxGallery } from './plot-bounding-box-gallery.ts';
export { type GalleryOptions, type LegendHandle, plotImageGallery } from './plot-image-gallery.ts';
export { plotSegmentationMaskGallery, type SegmentationMaskGalleryOptions } from './plot-segmentation-mask-gallery.ts';
