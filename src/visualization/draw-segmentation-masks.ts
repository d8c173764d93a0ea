import { checkOptions, describe, OlifantError } from '../errors.ts';
import { isFloating } from '../graph/dtype.ts';
import { checkFlag, checkNumber, checkWhole } from '../keras-object.ts';
import { readDataFormat } from '../layers/options.ts';
import * as ops from '../ops/index.ts';
import type { Color } from '../pictures/canvas.ts';
import type { ImageDataFormat } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike, tensor } from '../trace/index.ts';
import { invalid, readColor, readImages } from './options.ts';

/** Colours by the numbers of classes. */
export type ColorMapping = Readonly<Record<number, Color>> | ReadonlyMap<number, Color>;

export interface DrawSegmentationMasksOptions {
  /** Classes 0 to this, without it, are drawn. Default `null`: the largest number in the masks. */
  numClasses?: number | null;
  /** Default `null`: colours that Keras makes of the classes' numbers; that of class 0 is black. */
  colorMapping?: ColorMapping | null;
  /** How much of the mask is seen, 0 to 1. Default 0.8. */
  alpha?: number;
  /** Whether the image is seen through the masks. Default `true`. */
  blend?: boolean;
  /** A class that is not drawn. Default -1. */
  ignoreIndex?: number;
  /** Default `null`: that of `config.imageDataFormat`. */
  dataFormat?: ImageDataFormat | null;
}

export const DRAW_MASK_OPTIONS = ['numClasses', 'colorMapping', 'alpha', 'blend', 'ignoreIndex', 'dataFormat'] as const;

/** The colours that Keras gives to classes: their number times these, modulo 255. */
const PALETTE = [2 ** 25 - 1, 2 ** 15 - 1, 2 ** 21 - 1];

/**
 * Images with the classes of their pixels as colours over them, channels last: Keras's `draw_segmentation_masks`. With `blend`, image (1 -
 * alpha) + colour alpha as whole numbers (uint8), and the image where the class is `ignoreIndex`; without, the colours themselves (float32).
 *
 * @param images [batch, height, width, channels], 0 to 255.
 * @param segmentationMasks [batch, height, width, 1] or [batch, height, width] of whole numbers.
 * @throws OlifantError `DTYPE` for masks of fractions, `SHAPE` for those of another size.
 * @example
 * const masks = tensor([[[0, 1], [1, 2]]], undefined, 'int32');
 * const drawn = visualization.drawSegmentationMasks(ops.zeros([1, 2, 2, 3]), masks, { numClasses: 3 });
 */
export function drawSegmentationMasks(
  images: TensorLike,
  segmentationMasks: TensorLike,
  options: DrawSegmentationMasksOptions = {},
): Tensor {
  const owner = 'drawSegmentationMasks';
  const { alpha = 0.8, blend = true, ignoreIndex = -1 } = checkOptions(owner, options, DRAW_MASK_OPTIONS);
  checkNumber(owner, 'alpha', alpha, { min: 0, max: 1 });
  checkFlag(owner, 'blend', blend);
  const format = readDataFormat(owner, options.dataFormat);
  const x = ops.cast(readImages(owner, images, format), 'float32');
  const classes = readMasks(owner, segmentationMasks, x.shape, format);
  const colors = readColors(owner, options, classes, x.shape[3]!);
  return blended(x, classes, colors, blend ? { alpha, ignoreIndex } : null);
}

function readMasks(
  owner: string,
  masks: TensorLike,
  [batch, height, width]: readonly number[],
  format: ImageDataFormat,
): ArrayLike<number> {
  const t = asTensor(masks);
  if (isFloating(t.dtype) || t.dtype === 'bool')
    throw new OlifantError(
      'DTYPE',
      `${owner}: expected masks of whole numbers, got ${t.dtype}; cast them: ops.cast(masks, 'int32')`,
    );
  const wanted = [batch, height, width];
  const axis = format === 'channels_last' ? 3 : 1;
  const flat = t.rank === 4 && t.shape[axis] === 1 ? t.shape.filter((_, i) => i !== axis) : t.shape;
  if (flat.join() !== wanted.join())
    throw new OlifantError(
      'SHAPE',
      `${owner}: expected masks of shape [${wanted.join(', ')}, 1], got [${t.shape.join(', ')}]`,
    );
  return t.dataSync();
}

function readColors(
  owner: string,
  { numClasses = null, colorMapping = null }: DrawSegmentationMasksOptions,
  classes: ArrayLike<number>,
  channels: number,
): Color[] {
  let count = numClasses ?? 0;
  if (numClasses === null) for (let i = 0; i < classes.length; i++) count = Math.max(count, classes[i]!);
  checkWhole(owner, 'numClasses', count);
  return Array.from({ length: count }, (_, k) => {
    if (colorMapping === null) return PALETTE.map((v) => (k * v) % 255).slice(0, channels);
    const color =
      colorMapping instanceof Map ? colorMapping.get(k) : (colorMapping as Readonly<Record<number, Color>>)[k];
    if (color === undefined)
      throw invalid(owner, `colorMapping has no colour for class ${k}, got ${describe(colorMapping)}`);
    return readColor(owner, `colorMapping[${k}]`, color);
  });
}

/** In steps of float32, since Keras cuts the results to whole numbers. */
function blended(
  images: Tensor,
  classes: ArrayLike<number>,
  colors: readonly Color[],
  blend: { readonly alpha: number; readonly ignoreIndex: number } | null,
): Tensor {
  const given = images.dataSync();
  const channels = images.shape[3]!;
  const out = new Float32Array(given.length);
  const [kept, laid] = blend === null ? [0, 1] : [Math.fround(1 - blend.alpha), Math.fround(blend.alpha)];
  for (let i = 0; i < classes.length; i++) {
    const color = colors[classes[i]!];
    for (let c = 0; c < channels; c++) {
      const at = i * channels + c;
      const over = color === undefined ? given[at]! : (color[c] ?? 255);
      if (blend === null) out[at] = over;
      else if (classes[i] === blend.ignoreIndex) out[at] = given[at]!;
      else out[at] = Math.fround(given[at]! * kept) + Math.fround(over * laid);
    }
  }
  return blend === null ? tensor(out, images.shape) : tensor(Uint8Array.from(out), images.shape, 'uint8');
}
