import type { Tensor, TensorLike } from '../trace/index.ts';
import { fail, lift, wrap } from './core.ts';
import { type ImageOptions, imageAxes } from './image-core.ts';
import { pad, slice } from './movement.ts';

export interface CropImagesOptions extends ImageOptions {
  topCropping?: number | null;
  leftCropping?: number | null;
  bottomCropping?: number | null;
  rightCropping?: number | null;
  targetHeight?: number | null;
  targetWidth?: number | null;
}

export interface PadImagesOptions extends ImageOptions {
  topPadding?: number | null;
  leftPadding?: number | null;
  bottomPadding?: number | null;
  rightPadding?: number | null;
  targetHeight?: number | null;
  targetWidth?: number | null;
}

type Three = readonly [
  before: number | null | undefined,
  after: number | null | undefined,
  target: number | null | undefined,
];

/** Two of before, after and target are given; `sign` says how the third follows: size + sign * (before + after) = target. */
function sides(
  op: string,
  names: string,
  size: number,
  [before, after, target]: Three,
  sign: 1 | -1,
): [number, number] {
  const given = [before, after, target].filter((v) => v !== null && v !== undefined);
  if (given.length !== 2 || given.some((v) => !Number.isSafeInteger(v)))
    fail(
      op,
      `expected two whole numbers of ${names}, got ${given.length} of them: ${given.join(', ')}`,
      'INVALID_ARGUMENT',
    );
  const both = target === null || target === undefined ? before! + after! : sign * (target - size);
  const first = before ?? both - after!;
  const last = after ?? both - before!;
  if (first < 0 || last < 0 || (sign < 0 && first + last > size))
    fail(op, `${names}: ${first} and ${last} do not fit a size of ${size}`, 'INVALID_ARGUMENT');
  return [first, last];
}

/**
 * Images without their edges. Of top, bottom and `targetHeight` two must be given, and of left, right and `targetWidth`.
 * Keras's `ops.image.crop_images`.
 *
 * @param images [height, width, channels], or a batch of them.
 */
export function cropImages(images: TensorLike, options: CropImagesOptions = {}): Tensor {
  const x = wrap(lift(images));
  const axes = imageAxes('cropImages', x, options.dataFormat);
  const { topCropping: top, bottomCropping: bottom, leftCropping: left, rightCropping: right } = options;
  const height: Three = [top, bottom, options.targetHeight];
  const width: Three = [left, right, options.targetWidth];
  const rows = sides('cropImages', 'topCropping, bottomCropping and targetHeight', x.shape[axes.height]!, height, -1);
  const columns = sides('cropImages', 'leftCropping, rightCropping and targetWidth', x.shape[axes.width]!, width, -1);
  const start = x.shape.map(() => 0);
  const shape = [...x.shape];
  start[axes.height] = rows[0];
  start[axes.width] = columns[0];
  shape[axes.height]! -= rows[0] + rows[1];
  shape[axes.width]! -= columns[0] + columns[1];
  return slice(x, start, shape);
}

/**
 * Images with zeros around. Of top, bottom and `targetHeight` two must be given, and of left, right and `targetWidth`.
 * Keras's `ops.image.pad_images`.
 *
 * @param images [height, width, channels], or a batch of them.
 */
export function padImages(images: TensorLike, options: PadImagesOptions = {}): Tensor {
  const x = wrap(lift(images));
  const axes = imageAxes('padImages', x, options.dataFormat);
  const { topPadding: top, bottomPadding: bottom, leftPadding: left, rightPadding: right } = options;
  const height: Three = [top, bottom, options.targetHeight];
  const width: Three = [left, right, options.targetWidth];
  const around = x.shape.map((): [number, number] => [0, 0]);
  around[axes.height] = sides(
    'padImages',
    'topPadding, bottomPadding and targetHeight',
    x.shape[axes.height]!,
    height,
    1,
  );
  around[axes.width] = sides('padImages', 'leftPadding, rightPadding and targetWidth', x.shape[axes.width]!, width, 1);
  return pad(x, around);
}
