import { checkOptions } from '../errors.ts';
import { readDataFormat } from '../layers/options.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { asTensor } from '../trace/index.ts';
import {
  DRAW_MASK_OPTIONS,
  type DrawSegmentationMasksOptions,
  drawSegmentationMasks,
} from './draw-segmentation-masks.ts';
import { readImages } from './options.ts';
import { inBytes, sharedOf } from './plot-bounding-box-gallery.ts';
import { GALLERY_OPTIONS, type GalleryOptions, plotImageGallery } from './plot-image-gallery.ts';

export interface SegmentationMaskGalleryOptions
  extends Omit<GalleryOptions, 'labelMap' | 'rows' | 'cols'>,
    Omit<DrawSegmentationMasksOptions, 'numClasses'> {}

/**
 * A row for each image: the image, and beside it with the masks `yTrue` and `yPred` over it, where they are given. Keras's
 * `plot_segmentation_mask_gallery`.
 *
 * @param images [batch, height, width, channels].
 * @param numClasses Classes 0 to this, without it, are drawn.
 * @param options.yTrue Masks [batch, height, width, 1] or [batch, height, width]. @param options.yPred Likewise.
 * @returns The text of an SVG picture: see `plotImageGallery`.
 * @throws OlifantError for what does not fit; FileError for errors of the disk.
 */
export async function plotSegmentationMaskGallery(
  images: TensorLike,
  numClasses: number,
  options: SegmentationMaskGalleryOptions = {},
): Promise<string> {
  const owner = 'plotSegmentationMaskGallery';
  const known = [...GALLERY_OPTIONS, ...DRAW_MASK_OPTIONS].filter(
    (name) => !['labelMap', 'rows', 'cols', 'numClasses'].includes(name),
  );
  checkOptions(owner, options, known);
  const format = readDataFormat(owner, options.dataFormat);
  const shown = inBytes(readImages(owner, images, format), options.valueRange ?? [0, 255]);
  const { colorMapping, alpha, blend, ignoreIndex } = options;
  const given = Object.entries({ colorMapping, alpha, blend, ignoreIndex }).filter(([, v]) => v !== undefined);
  const masked = [options.yTrue, options.yPred].flatMap((masks): Tensor[] => {
    if (masks === null || masks === undefined) return [];
    const whole = ops.cast(asTensor(masks), 'int32');
    const last = format === 'channels_first' && whole.rank === 4 ? ops.transpose(whole, [0, 2, 3, 1]) : whole;
    const drawn = drawSegmentationMasks(shown, last, {
      ...Object.fromEntries(given),
      numClasses,
      dataFormat: 'channels_last',
    });
    return [ops.cast(drawn, 'float32')];
  });
  const columns = [ops.cast(shown, 'float32'), ...masked];
  const [batch, ...size] = shown.shape as [number, number, number, number];
  const cells = ops.reshape(ops.stack(columns, 1), [batch * columns.length, ...size]);
  return plotImageGallery(cells, {
    ...sharedOf(options),
    legendHandles: options.legendHandles ?? null,
    dataFormat: 'channels_last',
    rows: batch,
    cols: columns.length,
  });
}
