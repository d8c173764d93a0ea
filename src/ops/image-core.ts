import { imageDataFormat } from '../settings.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { fail, lift, wrap } from './core.ts';
import { cast } from './elementwise.ts';
import { expandDims, squeeze, transpose } from './movement.ts';
import type { DataFormat } from './nn-conv.ts';

/** Where the pixels of images lie: their channels come last or before height and width. */
export interface ImageOptions {
  /** Default `'channels_last'`. */
  dataFormat?: DataFormat | null;
}

/** How values between pixels are found. */
export type Interpolation = 'nearest' | 'bilinear';

/** What lies beyond the edges of an image: see `mapCoordinates`. */
export type ImageFillMode = 'constant' | 'nearest' | 'wrap' | 'mirror' | 'reflect';

/** The axes of height, width and channels of one image, or of a batch of them. */
export interface ImageAxes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** One of some words, or an error. */
export function oneOf<T extends string>(op: string, name: string, value: unknown, words: readonly T[]): T {
  if (words.includes(value as T)) return value as T;
  return fail(
    op,
    `${name}: expected one of ${words.map((w) => `'${w}'`).join(', ')}, got ${JSON.stringify(value) ?? String(value)}`,
    'INVALID_ARGUMENT',
  );
}

export function formatOf(op: string, format: unknown): DataFormat {
  return oneOf(op, 'dataFormat', format ?? imageDataFormat(), ['channels_last', 'channels_first']);
}

/** Checks that there is one image, or a batch of them. */
export function imageAxes(op: string, x: Tensor, format: unknown): ImageAxes {
  const { rank } = x;
  if (rank !== 3 && rank !== 4)
    fail(op, `expected one image (3 axes) or a batch of images (4 axes), got shape [${x.shape.join(', ')}]`);
  return formatOf(op, format) === 'channels_last'
    ? { height: rank - 3, width: rank - 2, channels: rank - 1 }
    : { height: rank - 2, width: rank - 1, channels: rank - 3 };
}

/** A batch [batch, height, width, channels], and the way back to the shape that was given. */
export interface Batch {
  readonly images: Tensor;
  restore(y: Tensor): Tensor;
}

export function asBatch(op: string, images: TensorLike, format: unknown): Batch {
  const x = wrap(lift(images));
  imageAxes(op, x, format);
  const first = formatOf(op, format) === 'channels_first';
  const batched = x.rank === 4 ? x : expandDims(x, 0);
  return {
    images: first ? transpose(batched, [0, 2, 3, 1]) : batched,
    restore(y) {
      const placed = first ? transpose(y, [0, 3, 1, 2]) : y;
      return x.rank === 4 ? placed : squeeze(placed, 0);
    },
  };
}

/** float32 as it is, others as float32. */
export const asFloat = (x: Tensor): Tensor => cast(x, 'float32');
