import { type Tensor, type TensorLike, tensor } from '../trace/index.ts';
import { arange } from './arithmetic.ts';
import { greater, greaterEqual, lessEqual, logicalAnd, notEqual, where } from './compare.ts';
import { fail, lift, wrap } from './core.ts';
import { saturateCast } from './creation.ts';
import { abs, add, cast, divide, maximum, multiply, round, sin, subtract } from './elementwise.ts';
import { asFloat, type ImageOptions, imageAxes, oneOf } from './image-core.ts';
import { take } from './indexing.ts';
import { tensordot } from './linalg.ts';
import { expandDims, moveaxis, pad, slice } from './movement.ts';
import { sum } from './reduce.ts';

/** How `resize` finds values between pixels. */
export type ResizeInterpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5';

const INTERPOLATIONS: readonly ResizeInterpolation[] = ['bilinear', 'nearest', 'lanczos3', 'lanczos5', 'bicubic'];

export interface ResizeOptions extends ImageOptions {
  /** Default `'bilinear'`. */
  interpolation?: ResizeInterpolation;
  /** Whether the kernel widens where images shrink, so that every pixel counts. Default `false`. */
  antialias?: boolean;
  /** Whether what is too long is cut off before, so that nothing is distorted. Default `false`. */
  cropToAspectRatio?: boolean;
  /** Whether `fillValue` is added around before, so that nothing is distorted. Default `false`. */
  padToAspectRatio?: boolean;
  /** Only `'constant'`. */
  fillMode?: 'constant';
  /** Default 0. */
  fillValue?: number;
}

type Kernel = (x: Tensor) => Tensor;

/** max(0, 1 - x). */
const triangle: Kernel = (x) => maximum(subtract(1, x), 0);

/** R. Keys, "Cubic convolution interpolation for digital image processing" (1981), with a = -1/2. */
const keys: Kernel = (x) => {
  const near = add(multiply(multiply(subtract(multiply(x, 1.5), 2.5), x), x), 1);
  const far = add(multiply(subtract(multiply(add(multiply(x, -0.5), 2.5), x), 4), x), 2);
  return where(greaterEqual(x, 2), 0, where(greaterEqual(x, 1), far, near));
};

/** sinc(x) sinc(x / radius) within the radius. */
const lanczos =
  (radius: number): Kernel =>
  (x) => {
    const y = multiply(multiply(sin(multiply(x, Math.PI)), radius), sin(divide(multiply(x, Math.PI), radius)));
    const below = where(notEqual(x, 0), multiply(multiply(x, x), Math.PI ** 2), 1);
    return where(greater(x, radius), 0, where(greater(x, 1e-3), divide(y, below), 1));
  };

const KERNELS = { bilinear: triangle, bicubic: keys, lanczos3: lanczos(3), lanczos5: lanczos(5) } as const;

/**
 * The matrix [from, to] of weights of the old pixels along an axis in the new ones. A new pixel's centre lies at
 * (i + 1/2) / scale - translation / scale - 1/2 among the old ones; the weights of each new pixel sum to 1, or are 0 where
 * it lies outside.
 */
function weights(
  from: number,
  to: number,
  inverseScale: Tensor | number,
  shift: Tensor | number,
  kernel: Kernel,
  antialias: boolean,
): Tensor {
  const places = subtract(subtract(multiply(add(cast(arange(to), 'float32'), 0.5), inverseScale), shift), 0.5);
  const columns = expandDims(places, 0);
  const distance = abs(subtract(columns, expandDims(cast(arange(from), 'float32'), 1)));
  const raw = kernel(antialias ? divide(distance, maximum(inverseScale, 1)) : distance);
  const total = sum(raw, { axis: 0, keepdims: true });
  const known = greater(abs(total), 1000 * 2 ** -23);
  const share = where(known, divide(raw, where(notEqual(total, 0), total, 1)), 0);
  const inside = logicalAnd(greaterEqual(columns, -0.5), lessEqual(columns, from - 0.5));
  return where(inside, share, 0);
}

/** The product with a matrix [old, new] along one axis. */
const along = (x: Tensor, axis: number, matrix: Tensor): Tensor =>
  moveaxis(tensordot(x, matrix, [[axis], [0]]), x.rank - 1, axis);

/** The old pixel under the centre of each new one, in float32 as Keras reckons. */
function nearest(x: Tensor, axis: number, to: number): Tensor {
  const from = x.shape[axis]!;
  const f = Math.fround;
  const places = Int32Array.from({ length: to }, (_, i) => Math.floor(f(f((i + 0.5) * from) / to)));
  return take(x, tensor(places, [to], 'int32'), axis);
}

/** How much of an axis stays where images are cut to the proportions of the target: at least 1, at most all. */
const croppedTo = (size: number, other: number, target: number, otherTarget: number): number =>
  Math.max(Math.min(size, Math.trunc((other * target) / otherTarget)), 1);

interface Target {
  readonly height: number;
  readonly width: number;
}

/** The part in the middle that has the proportions of the target. */
export function cropToRatio(x: Tensor, axes: Target, target: Target): Tensor {
  const [h, w] = [x.shape[axes.height]!, x.shape[axes.width]!];
  const height = croppedTo(h, w, target.height, target.width);
  const width = croppedTo(w, h, target.width, target.height);
  const start = x.shape.map(() => 0);
  const shape = [...x.shape];
  start[axes.height] = Math.trunc((h - height) / 2);
  start[axes.width] = Math.trunc((w - width) / 2);
  shape[axes.height] = height;
  shape[axes.width] = width;
  return slice(x, start, shape);
}

function padToRatio(x: Tensor, axes: Target, target: Target, value: number): Tensor {
  const [h, w] = [x.shape[axes.height]!, x.shape[axes.width]!];
  const height = Math.max(h, Math.trunc((w * target.height) / target.width));
  const width = Math.max(w, Math.trunc((h * target.width) / target.height));
  const above = Math.trunc((height - h) / 2);
  const before = Math.trunc((width - w) / 2);
  const sides = x.shape.map((): [number, number] => [0, 0]);
  if (above > 0) sides[axes.height] = [above, above];
  else if (before > 0) sides[axes.width] = [before, before];
  return pad(x, sides, { constantValues: value });
}

/**
 * Images of another size: a weighted mean of the old pixels around each new one, axis by axis. Keras's
 * `ops.image.resize`.
 *
 * @param images [height, width, channels], or a batch of them.
 * @param size `[height, width]` of the result.
 * @returns The dtype of the images: whole numbers are rounded, and held within its range.
 * @throws OlifantError `SHAPE` for what are no images, `INVALID_ARGUMENT` for unknown interpolations and sizes that are no
 * whole numbers.
 */
export function resize(
  images: TensorLike,
  size: readonly [number, number] | readonly number[],
  {
    interpolation = 'bilinear',
    antialias = false,
    cropToAspectRatio = false,
    padToAspectRatio = false,
    fillMode = 'constant',
    fillValue = 0,
    dataFormat,
  }: ResizeOptions = {},
): Tensor {
  const x = wrap(lift(images));
  const axes = imageAxes('resize', x, dataFormat);
  oneOf('resize', 'interpolation', interpolation, INTERPOLATIONS);
  oneOf('resize', 'fillMode', fillMode, ['constant']);
  if (!Array.isArray(size) || size.length !== 2 || size.some((s) => !Number.isSafeInteger(s) || s < 1))
    fail('resize', `size: expected [height, width], got ${JSON.stringify(size)}`, 'INVALID_ARGUMENT');
  if (cropToAspectRatio && padToAspectRatio)
    fail('resize', 'cropToAspectRatio and padToAspectRatio exclude each other', 'INVALID_ARGUMENT');
  const target = { height: size[0]!, width: size[1]! };
  let y = x;
  if (cropToAspectRatio) y = cropToRatio(x, axes, target);
  else if (padToAspectRatio) y = padToRatio(x, axes, target, fillValue);
  for (const [axis, to] of [
    [axes.height, target.height],
    [axes.width, target.width],
  ] as const) {
    const from = y.shape[axis]!;
    if (from === to) continue;
    if (from === 0) fail('resize', `an image of shape [${y.shape.join(', ')}] has no pixels`);
    if (interpolation === 'nearest') y = nearest(y, axis, to);
    else y = along(asFloat(y), axis, weights(from, to, 1 / (to / from), 0, KERNELS[interpolation], antialias));
  }
  return y.dtype === x.dtype ? y : saturateCast(x.dtype === 'int32' || x.dtype === 'uint8' ? round(y) : y, x.dtype);
}

/** The kernels of `scaleAndTranslate`. */
export type ScaleMethod =
  | 'linear'
  | 'bilinear'
  | 'trilinear'
  | 'cubic'
  | 'bicubic'
  | 'tricubic'
  | 'lanczos3'
  | 'lanczos5';

const METHODS: Readonly<Record<ScaleMethod, Kernel>> = {
  linear: triangle,
  bilinear: triangle,
  trilinear: triangle,
  cubic: keys,
  bicubic: keys,
  tricubic: keys,
  lanczos3: KERNELS.lanczos3,
  lanczos5: KERNELS.lanczos5,
};

/**
 * What is at `x` along a spatial axis comes to `x * scale + translation`, pixels being centred at halves; outside of the old
 * image the new one is 0. Keras's `ops.image.scale_and_translate`.
 *
 * @param images Of any shape.
 * @param outputShape Of the result, with as many axes; the axes that are not spatial keep their sizes.
 * @param scale One number for each spatial axis.
 * @param translation One number for each spatial axis.
 * @param spatialDims The axes.
 * @param options.antialias Whether the kernel widens where images shrink. Default `true`.
 */
export function scaleAndTranslate(
  images: TensorLike,
  outputShape: readonly number[],
  scale: TensorLike,
  translation: TensorLike,
  spatialDims: readonly number[],
  method: ScaleMethod,
  { antialias = true }: { antialias?: boolean } = {},
): Tensor {
  const { dtype } = lift(images, 'float');
  const x = asFloat(wrap(lift(images)));
  oneOf('scaleAndTranslate', 'method', method, Object.keys(METHODS) as ScaleMethod[]);
  const axes = spatialDims.map((d) => (d < 0 ? d + x.rank : d));
  if (
    outputShape.length !== x.rank ||
    axes.some((a) => !(a >= 0 && a < x.rank)) ||
    outputShape.some((d, i) => !axes.includes(i) && d !== x.shape[i])
  )
    fail(
      'scaleAndTranslate',
      `outputShape [${outputShape.join(', ')}] does not fit [${x.shape.join(', ')}] with the spatial axes [${spatialDims.join(', ')}]`,
    );
  const [scales, moves] = [wrap(lift(scale, 'float32')), wrap(lift(translation, 'float32'))];
  for (const [name, t] of Object.entries({ scale: scales, translation: moves }))
    if (t.rank !== 1 || t.size !== axes.length)
      fail('scaleAndTranslate', `${name}: expected ${axes.length} numbers, got shape [${t.shape.join(', ')}]`);
  const moved = axes.reduce((y, axis, i) => {
    const inverse = divide(1, take(scales, i, 0));
    const shift = multiply(take(moves, i, 0), inverse);
    return along(y, axis, weights(x.shape[axis]!, outputShape[axis]!, inverse, shift, METHODS[method], antialias));
  }, x);
  return cast(moved, dtype);
}
