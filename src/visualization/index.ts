import { OlifantError } from '../errors.ts';

/** Keras draws with matplotlib and OpenCV; nothing here draws on pictures yet. */
function later(name: string): never {
  throw new OlifantError(
    'UNSUPPORTED',
    `${name}: drawing on pictures is not supported yet. In a browser, draw on a canvas with the pixels of await x.data()`,
  );
}

/** Keras's `draw_bounding_boxes`: left for later. */
export const drawBoundingBoxes = (..._: unknown[]): never => later('drawBoundingBoxes');
/** Keras's `draw_segmentation_masks`: left for later. */
export const drawSegmentationMasks = (..._: unknown[]): never => later('drawSegmentationMasks');
/** Keras's `plot_bounding_box_gallery`: left for later. */
export const plotBoundingBoxGallery = (..._: unknown[]): never => later('plotBoundingBoxGallery');
/** Keras's `plot_image_gallery`: left for later. */
export const plotImageGallery = (..._: unknown[]): never => later('plotImageGallery');
/** Keras's `plot_segmentation_mask_gallery`: left for later. */
export const plotSegmentationMaskGallery = (..._: unknown[]): never => later('plotSegmentationMaskGallery');
