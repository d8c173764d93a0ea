import { checkOptions } from '../errors.ts';
import { checkFlag } from '../keras-object.ts';
import { readDataFormat } from '../layers/options.ts';
import * as ops from '../ops/index.ts';
import type { Color } from '../pictures/canvas.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import type { BoundingBoxFormat } from '../utils/bounding-boxes.ts';
import { readBoxFormat } from '../utils/box-format.ts';
import { drawBoundingBoxes, type ShownBoxes } from './draw-bounding-boxes.ts';
import { invalid, type Names, readColor, readImages } from './options.ts';
import { GALLERY_OPTIONS, type GalleryOptions, plotImageGallery } from './plot-image-gallery.ts';

export interface BoundingBoxGalleryOptions extends Omit<GalleryOptions, 'yTrue' | 'yPred' | 'labelMap'> {
  /** The boxes that there are. Default `null`. */
  yTrue?: ShownBoxes | null;
  /** The boxes that were predicted. Default `null`. */
  yPred?: ShownBoxes | null;
  /** Red, green and blue. Default `[0, 188, 212]`. */
  trueColor?: Color;
  /** Default `[255, 235, 59]`. */
  predColor?: Color;
  /** Default 2. */
  lineThickness?: number;
  /** Default 1. */
  fontScale?: number;
  /** Default `null`: that of the lines. */
  textThickness?: number | null;
  /** Names by labels. Default `null`. */
  classMapping?: Names | null;
  /** For `yTrue` alone. Default `null`: `classMapping`. */
  groundTruthMapping?: Names | null;
  /** For `yPred` alone. Default `null`: `classMapping`. */
  predictionMapping?: Names | null;
  /** Whether it is said which colour is which. Default `false`. */
  legend?: boolean;
}

const OWN = [
  'trueColor',
  'predColor',
  'lineThickness',
  'fontScale',
  'textThickness',
  'classMapping',
  'groundTruthMapping',
  'predictionMapping',
  'legend',
] as const;

/**
 * Images in rows and columns, with boxes drawn on them: Keras's `plot_bounding_box_gallery`.
 *
 * @param images [batch, height, width, channels].
 * @returns The text of an SVG picture: see `plotImageGallery`.
 * @throws OlifantError for what does not fit; FileError for errors of the disk.
 */
export async function plotBoundingBoxGallery(
  images: TensorLike,
  boundingBoxFormat: BoundingBoxFormat,
  options: BoundingBoxGalleryOptions = {},
): Promise<string> {
  const owner = 'plotBoundingBoxGallery';
  checkOptions(owner, options, [...GALLERY_OPTIONS.filter((name) => name !== 'labelMap'), ...OWN]);
  const { trueColor = [0, 188, 212], predColor = [255, 235, 59], lineThickness = 2, fontScale = 1 } = options;
  const { yTrue, yPred, textThickness = null, classMapping = null, legend = false } = options;
  readBoxFormat(owner, 'boundingBoxFormat', boundingBoxFormat);
  checkFlag(owner, 'legend', legend);
  if (legend && options.legendHandles) throw invalid(owner, 'give legend or legendHandles, not both');
  const range = options.valueRange ?? [0, 255];
  let drawn = inBytes(readImages(owner, images, readDataFormat(owner, options.dataFormat)), range);
  const draw = (boxes: ShownBoxes, color: Color, names: Names | null) => {
    const pen = { color, classMapping: names, lineThickness, textThickness, fontScale };
    drawn = drawBoundingBoxes(drawn, boxes, boundingBoxFormat, { ...pen, dataFormat: 'channels_last' });
  };
  if (yTrue) draw(yTrue, trueColor, options.groundTruthMapping ?? classMapping);
  if (yPred) draw(yPred, predColor, options.predictionMapping ?? classMapping);
  const handles = [
    { color: readColor(owner, 'trueColor', trueColor), label: 'Ground Truth' },
    { color: readColor(owner, 'predColor', predColor), label: 'Prediction' },
  ];
  return plotImageGallery(drawn, {
    ...sharedOf(options),
    dataFormat: 'channels_last',
    legendHandles: legend ? handles : (options.legendHandles ?? null),
  });
}

/** Images of another range as numbers 0 to 255. */
export function inBytes(images: Tensor, [low, high]: readonly [number, number]): Tensor {
  if (low === 0 && high === 255) return images;
  const share = ops.divide(ops.subtract(ops.cast(images, 'float32'), low), high - low);
  return ops.cast(ops.clip(ops.multiply(share, 255), 0, 255), 'uint8');
}

/** The options that are the gallery's own; images are bytes by then. */
export function sharedOf(
  options: Pick<GalleryOptions, 'rows' | 'cols' | 'scale' | 'path' | 'show' | 'transparent' | 'dpi'>,
) {
  const { rows, cols, scale, path, show, transparent, dpi } = options;
  const given = Object.entries({ rows, cols, scale, path, show, transparent, dpi }).filter(([, v]) => v !== undefined);
  return Object.fromEntries(given) as GalleryOptions;
}
