import type { Tensor, TensorLike } from '../trace/index.ts';
import { arange, eye } from './arithmetic.ts';
import { lessEqual, where } from './compare.ts';
import { fail, inFloat32, lift, wrap } from './core.ts';
import { abs, add, cast, divide, exp, floor, multiply, square, subtract } from './elementwise.ts';
import { asBatch, asFloat, formatOf, type ImageOptions, oneOf } from './image-core.ts';
import {
  broadcastTo,
  expandDims,
  moveaxis,
  pad,
  reshape,
  slice,
  squeeze,
  stack,
  transpose,
  unstack,
} from './movement.ts';
import { conv, depthwiseConv, paddingOf, perAxis } from './nn-conv.ts';
import { mean, sum } from './reduce.ts';
import { mod } from './remainder.ts';

/** A bell over `size` places that sums to 1. `cut`: only over the trunc(6 sigma) | 1 places in the middle. */
function bell(size: number, sigma: TensorLike, cut: boolean): Tensor {
  const x = subtract(cast(arange(size), 'float32'), (size - 1) / 2);
  const heights = exp(multiply(square(divide(x, sigma)), -0.5));
  if (!cut) return divide(heights, sum(heights));
  const places = floor(multiply(sigma, 6));
  const odd = add(places, subtract(1, mod(places, 2)));
  const kept = where(lessEqual(abs(x), divide(subtract(odd, 1), 2)), heights, 0);
  return divide(kept, sum(kept));
}

/** Every channel by the same filter [height, width], with zeros around. */
function filtered(x: Tensor, filter: Tensor): Tensor {
  const [h, w] = filter.shape as [number, number];
  const channels = x.shape.at(-1)!;
  const kernel = broadcastTo(reshape(filter, [h, w, 1, 1]), [h, w, channels, 1]);
  return depthwiseConv(x, kernel, { padding: 'same' });
}

export interface GaussianBlurOptions extends ImageOptions {
  /** Width and height of the filter. Default `[3, 3]`. */
  kernelSize?: readonly [number, number] | readonly number[];
  /** Standard deviations along width and height. Default `[1, 1]`. */
  sigma?: TensorLike | readonly [TensorLike, TensorLike];
  /** @internal Whether the filter ends where that of `trunc(6 sigma) | 1` places does. */
  cut?: boolean;
}

/**
 * Images under a Gaussian bell, with zeros around. As in Keras, whose documentation says otherwise, the first numbers of
 * `kernelSize` and `sigma` are those of the width. Keras's `ops.image.gaussian_blur`, which on JAX needs `data_format` to be
 * given.
 *
 * @param images [height, width, channels], or a batch of them.
 * @returns Images of the same shape, floating ones of their dtype, others as float32.
 */
export function gaussianBlur(
  images: TensorLike,
  { kernelSize = [3, 3], sigma = [1, 1], dataFormat, cut = false }: GaussianBlurOptions = {},
): Tensor {
  const { images: x, restore } = asBatch('gaussianBlur', images, dataFormat);
  if (kernelSize.length !== 2 || kernelSize.some((k) => !Number.isSafeInteger(k) || k < 1))
    fail(
      'gaussianBlur',
      `kernelSize: expected two whole numbers, got ${JSON.stringify(kernelSize)}`,
      'INVALID_ARGUMENT',
    );
  const [across, down] = readSigma(sigma);
  const [w, h] = kernelSize as [number, number];
  const blurred = inFloat32(x, (t) => {
    const rows = filtered(t, reshape(bell(h, down, cut), [h, 1]));
    return filtered(rows, reshape(bell(w, across, cut), [1, w]));
  });
  return restore(blurred);
}

function readSigma(sigma: TensorLike | readonly [TensorLike, TensorLike]): [TensorLike, TensorLike] {
  if (Array.isArray(sigma) && sigma.length === 2) return [sigma[0] as TensorLike, sigma[1] as TensorLike];
  const both = wrap(lift(sigma as TensorLike, 'float32'));
  if (both.size !== 2) fail('gaussianBlur', `sigma: expected two numbers, got shape [${both.shape.join(', ')}]`);
  return unstack(both) as [Tensor, Tensor];
}

/** Kernel for the slope along the width; that for the height is its transpose. */
const SOBEL = [
  [-1, 0, 1],
  [-2, 0, 2],
  [-1, 0, 1],
];

/**
 * The slopes of brightness along height and width (Sobel's filters), with zeros around. Keras's `ops.image.sobel_edges`.
 *
 * @param images [batch, height, width, channels], or [batch, channels, height, width].
 * @returns Of floating images their dtype, of others float32; the shape of the images and an axis of 2: along the height, along the width.
 */
export function sobelEdges(images: TensorLike, { dataFormat }: ImageOptions = {}): Tensor {
  const given = wrap(lift(images));
  if (given.rank !== 4)
    fail('sobelEdges', `expected a batch of images (4 axes), got shape [${given.shape.join(', ')}]`);
  const { images: x, restore } = asBatch('sobelEdges', given, dataFormat);
  const across = wrap(lift(SOBEL, 'float32'));
  const edges = [transpose(across), across].map((filter) => restore(inFloat32(x, (t) => filtered(t, filter))));
  return stack(edges, -1);
}

export interface SsimOptions extends ImageOptions {
  /** The range of the values. Default 1. */
  maxVal?: number;
  /** Default 11. */
  filterSize?: number;
  /** Default 1.5. */
  filterSigma?: number;
  /** Default 0.01. */
  k1?: number;
  /** Default 0.03. */
  k2?: number;
}

/**
 * How similar images are, 1 where they are equal (the structural similarity of Wang et al. 2004): the mean over pixels and
 * channels of (2 m1 m2 + c1)(2 s12 + c2) / ((m1^2 + m2^2 + c1)(s1^2 + s2^2 + c2)), with means m and covariances s under a
 * Gaussian bell, c1 = (k1 maxVal)^2 and c2 = (k2 maxVal)^2. Keras's `ops.image.ssim`.
 *
 * @param image1 [height, width, channels], or a batch of them, at least as large as the filter.
 * @param image2 Of the same shape.
 * @returns [batch], or a scalar.
 */
export function ssim(
  image1: TensorLike,
  image2: TensorLike,
  { maxVal = 1, filterSize = 11, filterSigma = 1.5, k1 = 0.01, k2 = 0.03, dataFormat }: SsimOptions = {},
): Tensor {
  const [a, b] = [image1, image2].map((x) => wrap(lift(x))) as [Tensor, Tensor];
  if (a.rank !== b.rank || a.shape.some((d, i) => d !== b.shape[i]))
    fail('ssim', `expected images of one shape, got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
  const [x, y] = [a, b].map((t) => asFloat(asBatch('ssim', t, dataFormat).images)) as [Tensor, Tensor];
  const [height, width] = x.shape.slice(1) as [number, number];
  if (Math.min(height, width) < filterSize)
    fail('ssim', `images of ${height} x ${width} pixels are smaller than the filter of ${filterSize}`);
  const line = bell(filterSize, filterSigma, false);
  const channels = x.shape[3]!;
  const blur = (t: Tensor): Tensor =>
    [
      [filterSize, 1],
      [1, filterSize],
    ].reduce((v, [h, w]) => depthwiseConv(v, broadcastTo(reshape(line, [h!, w!, 1, 1]), [h!, w!, channels, 1])), t);
  const [m1, m2] = [blur(x), blur(y)];
  const [m11, m22, m12] = [multiply(m1, m1), multiply(m2, m2), multiply(m1, m2)];
  const [s11, s22, s12] = [
    subtract(blur(multiply(x, x)), m11),
    subtract(blur(multiply(y, y)), m22),
    subtract(blur(multiply(x, y)), m12),
  ];
  const [c1, c2] = [(k1 * maxVal) ** 2, (k2 * maxVal) ** 2];
  const above = multiply(add(multiply(m12, 2), c1), add(multiply(s12, 2), c2));
  const below = multiply(add(add(m11, m22), c1), add(add(s11, s22), c2));
  const each = mean(divide(above, below), { axis: [1, 2, 3] });
  return cast(a.rank === 3 ? squeeze(each, 0) : each, a.dtype);
}

export interface ExtractPatchesOptions extends ImageOptions {
  /** From patch to patch. Default: the size, patches side by side. */
  strides?: number | readonly number[] | null;
  /** From pixel to pixel within a patch. Default 1. */
  dilationRate?: number | readonly number[];
  /** Default `'valid'`. */
  padding?: 'valid' | 'same';
}

/**
 * All patches of images, or of volumes for a size of three numbers, each with its pixels in one axis (rows, columns,
 * channels, the last fastest). Keras's `ops.image.extract_patches`.
 *
 * @param images [height, width, channels], or a batch of them; volumes [depth, height, width, channels].
 * @param size Of a patch.
 * @returns float32 [batch, rows, columns, pixels of a patch * channels].
 */
export function extractPatches(
  images: TensorLike,
  size: number | readonly number[],
  options: ExtractPatchesOptions = {},
): Tensor {
  const rank = Array.isArray(size) ? size.length : 2;
  if (rank !== 2 && rank !== 3)
    fail(
      'extractPatches',
      `size: expected one number, or two or three, got ${JSON.stringify(size)}`,
      'INVALID_ARGUMENT',
    );
  return patches('extractPatches', images, perAxis('extractPatches', 'size', size, rank), options);
}

/**
 * All patches of volumes. Keras's `ops.image.extract_patches_3d`; see `extractPatches`.
 *
 * @param volumes [depth, height, width, channels], or a batch of them.
 */
export function extractPatches3d(
  volumes: TensorLike,
  size: number | readonly number[],
  options: ExtractPatchesOptions = {},
): Tensor {
  return patches('extractPatches3d', volumes, perAxis('extractPatches3d', 'size', size, 3), options);
}

function patches(
  op: string,
  images: TensorLike,
  size: readonly number[],
  { strides, dilationRate = 1, padding = 'valid', dataFormat }: ExtractPatchesOptions,
): Tensor {
  const { dtype } = lift(images);
  const given = asFloat(wrap(lift(images)));
  const rank = size.length;
  if (given.rank !== rank + 1 && given.rank !== rank + 2)
    fail(op, `expected ${rank + 1} axes, or ${rank + 2} for a batch, got shape [${given.shape.join(', ')}]`);
  oneOf(op, 'padding', padding, ['valid', 'same']);
  const first = formatOf(op, dataFormat) === 'channels_first';
  const batched = given.rank === rank + 2 ? given : expandDims(given, 0);
  const x = first ? moveaxis(batched, 1, -1) : batched;
  const steps = perAxis(op, 'strides', strides ?? size, rank);
  const dilation = perAxis(op, 'dilationRate', dilationRate, rank);
  const apart = steps.every((s, i) => s === size[i]) && dilation.every((d) => d === 1);
  const y = apart ? tiles(x, size, padding) : byProduct(x, size, { strides: steps, dilationRate: dilation, padding });
  const placed = first ? moveaxis(y, -1, 1) : y;
  return cast(given.rank === rank + 2 ? placed : squeeze(placed, 0), dtype);
}

/** Patches that do not overlap are a matter of order. */
function tiles(x: Tensor, size: readonly number[], padding: 'valid' | 'same'): Tensor {
  const [batch, channels] = [x.shape[0]!, x.shape.at(-1)!];
  const spatial = x.shape.slice(1, -1);
  const counts = spatial.map((d, i) => (padding === 'same' ? Math.ceil(d / size[i]!) : Math.floor(d / size[i]!)));
  const whole = counts.map((n, i) => n * size[i]!);
  const around = spatial.map((d, i) => paddingOf('extractPatches', padding, d, size[i]!, size[i]!));
  const padded = pad(x, [[0, 0], ...around, [0, 0]]);
  const cut = slice(padded, [0, ...whole.map(() => 0), 0], [batch, ...whole, channels]);
  const rank = size.length;
  const split = reshape(cut, [batch, ...counts.flatMap((n, i) => [n, size[i]!]), channels]);
  const order = [0, ...size.map((_, i) => 1 + 2 * i), ...size.map((_, i) => 2 + 2 * i), 2 * rank + 1];
  return reshape(transpose(split, order), [batch, ...counts, size.reduce((a, b) => a * b, channels)]);
}

/** Others by a convolution in which every pixel of a patch is a filter. */
function byProduct(
  x: Tensor,
  size: readonly number[],
  options: { strides: number[]; dilationRate: number[]; padding: 'valid' | 'same' },
): Tensor {
  const channels = x.shape.at(-1)!;
  const all = size.reduce((a, b) => a * b, channels);
  return conv(x, reshape(eye(all, all, 0, 'float32'), [...size, channels, all]), options);
}
