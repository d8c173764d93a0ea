import { isFloating } from '../graph/dtype.ts';
import { asTensor, drawSeed, SeedGenerator, type Tensor, type TensorLike, tensor } from '../trace/index.ts';
import { arange } from './arithmetic.ts';
import { greaterEqual, less, logicalAnd, where } from './compare.ts';
import { fail, lift, wrap } from './core.ts';
import { convertToTensor } from './creation.ts';
import { abs, add, cast, clip, divide, floor, multiply, sign, subtract, trunc } from './elementwise.ts';
import { asBatch, asFloat, type ImageFillMode, type ImageOptions, type Interpolation, oneOf } from './image-core.ts';
import { gaussianBlur } from './image-filter.ts';
import { take } from './indexing.ts';
import { broadcastTo, expandDims, reshape, squeeze, transpose, unstack } from './movement.ts';
import { normal } from './random.ts';

const FILL_MODES: readonly ImageFillMode[] = ['constant', 'nearest', 'wrap', 'mirror', 'reflect'];
const ORDERS: Readonly<Record<Interpolation, 0 | 1>> = { nearest: 0, bilinear: 1 };

/** Numbers with the sign of the divisor; exact for whole numbers far below 2^24. */
const remainder = (x: Tensor, by: number): Tensor => subtract(x, multiply(floor(divide(x, by)), by));

/** The triangular wave over 0 .. size - 1: beyond the ends back again, without the ends twice. */
function mirrored(index: Tensor, size: number): Tensor {
  const s = size - 1;
  return s === 0 ? multiply(index, 0) : abs(subtract(remainder(add(index, s), 2 * s), s));
}

/** Whole numbers of pixels beyond the ends as pixels of the image. Whole numbers are float32 throughout. */
const FIXERS: Readonly<Record<ImageFillMode, (index: Tensor, size: number) => Tensor>> = {
  constant: (index) => index,
  nearest: (index) => index,
  wrap: (index, size) => remainder(index, size),
  mirror: mirrored,
  reflect: (index, size) => floor(divide(subtract(mirrored(add(multiply(index, 2), 1), 2 * size + 1), 1), 2)),
};

/** Halves are rounded away from 0. */
function roundAway(x: Tensor): Tensor {
  const whole = trunc(x);
  return where(greaterEqual(abs(subtract(x, whole)), 0.5), add(whole, sign(x)), whole);
}

interface Neighbour {
  /** int32, within the image. */
  readonly index: Tensor;
  /** Whether it is a pixel of the image; always, if nothing. */
  readonly valid?: Tensor;
  /** 1, if nothing. */
  readonly weight?: Tensor;
}

/** The pixels along one axis that count at these coordinates. */
function neighbours(at: Tensor, size: number, order: 0 | 1, mode: ImageFillMode): Neighbour[] {
  const neighbour = (index: Tensor, weight?: Tensor): Neighbour => ({
    index: cast(clip(FIXERS[mode](index, size), 0, size - 1), 'int32'),
    ...(mode === 'constant' && { valid: logicalAnd(greaterEqual(index, 0), less(index, size)) }),
    ...(weight && { weight }),
  });
  if (order === 0) return [neighbour(roundAway(at))];
  const lower = floor(at);
  const share = subtract(at, lower);
  return [neighbour(lower, subtract(1, share)), neighbour(add(lower, 1), share)];
}

const both = (a: Tensor | undefined, b: Tensor | undefined, f: (a: Tensor, b: Tensor) => Tensor): Tensor | undefined =>
  a && b ? f(a, b) : (a ?? b);

/**
 * Values between the cells of `cells` [cell, ...]: `places[k]` are coordinates along the k-th of axes of `sizes`, which
 * number the cells, and `base` (or 0) is the number of the first cell. The results have the axes of the places, then those
 * of a cell.
 */
function sample(
  cells: Tensor,
  places: readonly Tensor[],
  sizes: readonly number[],
  base: Tensor | undefined,
  { order, mode, value }: { order: 0 | 1; mode: ImageFillMode; value: number },
): Tensor {
  const widen = (t: Tensor): Tensor => (cells.rank > 1 ? expandDims(t, -1) : t);
  let corners: Neighbour[] = [{ index: base ?? tensor(Int32Array.of(0), [], 'int32') }];
  places.forEach((at, k) => {
    const size = sizes[k]!;
    const along = neighbours(at, size, order, mode);
    corners = corners.flatMap(
      (c) =>
        along.map((n) => ({
          index: add(k === 0 ? c.index : multiply(c.index, size), n.index),
          valid: both(c.valid, n.valid, logicalAnd),
          weight: both(c.weight, n.weight, multiply),
        })) as Neighbour[],
    );
  });
  const parts = corners.map(({ index, valid, weight }) => {
    const pixel = asFloat(take(cells, index, 0));
    const known = valid ? where(widen(valid), pixel, value) : pixel;
    return weight ? multiply(widen(weight), known) : known;
  });
  const result = parts.reduce((a, b) => add(a, b));
  return cast(isFloating(cells.dtype) ? result : roundAway(result), cells.dtype);
}

/** What lies beyond the edges. */
export interface FillOptions {
  /** What lies beyond the edges: see `mapCoordinates`. */
  fillMode?: ImageFillMode;
  /** The value of all pixels beyond the edges, for `'constant'`. Default 0. */
  fillValue?: number;
}

/**
 * The values of `inputs` at coordinates between its elements: the nearest (order 0), or linear between neighbours (order 1).
 * Beyond the ends of an axis of a, b, c, d lie, by `fillMode`: `'constant'` the `fillValue`; `'nearest'` a a | a b c d | d d;
 * `'wrap'` c d | a b c d | a b; `'mirror'` c b | a b c d | c b; `'reflect'` b a | a b c d | d c. Keras's
 * `ops.image.map_coordinates`.
 *
 * @param coordinates [rank of inputs, ...], or a list of tensors: one coordinate for each axis of the inputs.
 * @param options.fillMode Default `'constant'`.
 * @returns The dtype of the inputs, the shape of the coordinates without their first axis.
 */
export function mapCoordinates(
  inputs: TensorLike,
  coordinates: TensorLike | readonly TensorLike[],
  order: 0 | 1,
  { fillMode = 'constant', fillValue = 0 }: FillOptions = {},
): Tensor {
  const x = wrap(lift(inputs));
  const at = convertToTensor(coordinates, 'float32');
  if (at.rank < 2 || at.shape[0] !== x.rank)
    fail(
      'mapCoordinates',
      `expected coordinates of shape [${x.rank}, ...] for inputs of ${x.rank} axes, got [${at.shape.join(', ')}]`,
    );
  if (order !== 0 && order !== 1) fail('mapCoordinates', `order: expected 0 or 1, got ${order}`, 'INVALID_ARGUMENT');
  const mode = oneOf('mapCoordinates', 'fillMode', fillMode, FILL_MODES);
  return sample(reshape(x, [x.size]), unstack(at), x.shape, undefined, { order, mode, value: fillValue });
}

export interface TransformOptions extends ImageOptions, FillOptions {
  /** Default `'bilinear'`. */
  interpolation?: Interpolation;
}

/** Numbers 0, 1, ... along one of `rank` axes, float32. */
function grid(size: number, axis: number, rank: number): Tensor {
  const shape = new Array<number>(rank).fill(1);
  shape[axis] = size;
  return reshape(cast(arange(size), 'float32'), shape);
}

/** The images [batch, height, width, channels] at coordinates [batch, height, width] of rows and columns. */
function sampleImages(images: Tensor, rows: Tensor, columns: Tensor, how: Parameters<typeof sample>[4]): Tensor {
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const base = reshape(arange(batch), [batch, 1, 1]);
  return sample(
    reshape(images, [batch * height * width, channels]),
    [rows, columns],
    [height, width],
    multiply(base, height),
    how,
  );
}

function readTransform(
  op: string,
  { interpolation = 'bilinear', fillMode = 'constant', fillValue = 0 }: TransformOptions,
): Parameters<typeof sample>[4] {
  const order = ORDERS[oneOf(op, 'interpolation', interpolation, ['nearest', 'bilinear'])];
  return { order, mode: oneOf(op, 'fillMode', fillMode, FILL_MODES), value: fillValue };
}

const isZero = (x: unknown): boolean => x === 0;

/** Whether the last two of the eight numbers are known to be 0. */
function staysFlat(transform: TensorLike): boolean {
  if (!Array.isArray(transform)) return false;
  const rows: unknown[] = Array.isArray(transform[0]) ? transform : [transform];
  return rows.every((r) => Array.isArray(r) && r.slice(6).every(isZero));
}

/**
 * Each pixel (x, y) of the result is what is at (a0 x + a1 y + a2, b0 x + b1 y + b2) in the images. Keras's
 * `ops.image.affine_transform`.
 *
 * As in Keras on JAX, the last two numbers of a transform do not give a projection: c0 and c1, times the number of the
 * channel, are added to y and x.
 *
 * @param images [height, width, channels], or a batch of them.
 * @param transform [8], or [batch, 8]: a0, a1, a2, b0, b1, b2, c0, c1.
 * @returns Images of the same shape and dtype.
 */
export function affineTransform(images: TensorLike, transform: TensorLike, options: TransformOptions = {}): Tensor {
  return affine(images, transform, options, !staysFlat(transform));
}

/** @internal `skewed`: whether c0 and c1 may be other than 0. */
export function affine(images: TensorLike, transform: TensorLike, options: TransformOptions, skewed: boolean): Tensor {
  const how = readTransform('affineTransform', options);
  const { images: x, restore } = asBatch('affineTransform', images, options.dataFormat);
  const given = wrap(lift(transform, 'float32'));
  const matrix = given.rank === 1 ? expandDims(given, 0) : given;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  if (matrix.rank !== 2 || matrix.shape[1] !== 8 || (matrix.shape[0] !== batch && matrix.shape[0] !== 1))
    fail(
      'affineTransform',
      `expected a transform of shape [8] or [${batch}, 8] for ${batch} images, got [${given.shape.join(', ')}]`,
    );
  const rank = skewed ? 4 : 3;
  const one = matrix.shape[0]!;
  const [a0, a1, a2, b0, b1, b2, c0, c1] = unstack(matrix, null, 1).map((v) =>
    reshape(v, [one, ...new Array<number>(rank - 1).fill(1)]),
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  // [batch, height, width], or [batch, channels, height, width] where the channels differ.
  const [h, w] = [grid(height, rank - 2, rank), grid(width, rank - 1, rank)];
  const place = (u: Tensor, v: Tensor, c: Tensor, move: Tensor): Tensor => {
    const flat = add(multiply(h, u), multiply(w, v));
    return add(skewed ? add(flat, multiply(grid(channels, 1, rank), c)) : flat, move);
  };
  const [rows, columns] = [place(b1, b0, c0, b2), place(a1, a0, c1, a2)];
  if (!skewed) return restore(sampleImages(x, rows, columns, how));
  const planes = reshape(transpose(x, [0, 3, 1, 2]), [batch * channels, height, width, 1]);
  const [r, c] = [rows, columns].map((t) =>
    reshape(broadcastTo(t, [batch, channels, height, width]), [batch * channels, height, width]),
  ) as [Tensor, Tensor];
  const y = reshape(sampleImages(planes, r, c, how), [batch, channels, height, width]);
  return restore(transpose(y, [0, 2, 3, 1]));
}

/** @internal */
export type Point = readonly [x: Tensor, y: Tensor];

/** Twice the area of a triangle, with the sign of its sense. */
const area = ([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): Tensor =>
  subtract(multiply(subtract(bx, ax), subtract(cy, ay)), multiply(subtract(cx, ax), subtract(by, ay)));

/**
 * The projection that takes four points to four others, as h0 .. h7 of (h0 x + h1 y + h2) / (h6 x + h7 y + 1) and
 * (h3 x + h4 y + h5) / (h6 x + h7 y + 1). With the fourth point of each as a combination of the first three (its weights
 * are areas), it is the sum over i of (weight there / weight here) * there_i (here_j x here_k)^T.
 *
 * @internal
 */
export function projection(from: readonly Point[], to: readonly Point[]): Tensor[] {
  const ratios = [0, 1, 2].map((i) => {
    const swapped = (p: readonly Point[]) =>
      p.slice(0, 3).map((v, k) => (k === i ? p[3]! : v)) as [Point, Point, Point];
    return divide(area(...swapped(to)), area(...swapped(from)));
  });
  const entries = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) =>
      [0, 1, 2]
        .map((i) => {
          const [[jx, jy], [kx, ky]] = [from[(i + 1) % 3]!, from[(i + 2) % 3]!];
          const line = [
            () => subtract(jy, ky),
            () => subtract(kx, jx),
            () => subtract(multiply(jx, ky), multiply(kx, jy)),
          ][column]!();
          const scaled = multiply(ratios[i]!, line);
          return row === 2 ? scaled : multiply(scaled, to[i]![row]!);
        })
        .reduce((a, b) => add(a, b)),
    ),
  );
  return entries.slice(0, 8).map((e) => divide(e, entries[8]!));
}

/**
 * Images seen from elsewhere: what is at the start points comes to the end points. Keras's
 * `ops.image.perspective_transform`.
 *
 * @param images [height, width, channels], or a batch of them.
 * @param startPoints Four points (x, y): [4, 2], or [batch, 4, 2].
 * @param endPoints Of the same shape.
 * @param options.fillValue What lies beyond the edges. Default 0.
 * @returns Images of the same shape and dtype.
 */
export function perspectiveTransform(
  images: TensorLike,
  startPoints: TensorLike,
  endPoints: TensorLike,
  {
    interpolation = 'bilinear',
    fillValue = 0,
    dataFormat,
  }: ImageOptions & { interpolation?: Interpolation; fillValue?: number } = {},
): Tensor {
  const op = 'perspectiveTransform';
  const how = readTransform(op, { interpolation, fillValue });
  const { images: x, restore } = asBatch(op, images, dataFormat);
  const batch = x.shape[0]!;
  const [start, end] = [startPoints, endPoints].map((p, i) => {
    const t = wrap(lift(p, 'float32'));
    const all = t.rank === 2 ? expandDims(t, 0) : t;
    if (all.rank !== 3 || all.shape[1] !== 4 || all.shape[2] !== 2 || (all.shape[0] !== batch && all.shape[0] !== 1))
      fail(
        op,
        `${i === 0 ? 'startPoints' : 'endPoints'}: expected shape [4, 2] or [${batch}, 4, 2], got [${t.shape.join(', ')}]`,
      );
    return unstack(all, null, 1).map((v) => unstack(expandDims(v, [-1, -2]), null, 1) as unknown as Point);
  }) as [Point[], Point[]];
  const [h0, h1, h2, h3, h4, h5, h6, h7] = projection(end, start) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const [v, u] = [grid(x.shape[1]!, 1, 3), grid(x.shape[2]!, 2, 3)];
  const line = (a: Tensor, b: Tensor, c: Tensor | number): Tensor => add(add(multiply(a, u), multiply(b, v)), c);
  const depth = line(h6, h7, 1);
  return restore(sampleImages(x, divide(line(h3, h4, h5), depth), divide(line(h0, h1, h2), depth), how));
}

/** Where an operation's random numbers come from: a seed, a generator, or a key (int32 [2]) of one. */
export type OperationSeed = number | SeedGenerator | Tensor | null;

function keyOf(seed: OperationSeed | undefined): Tensor {
  if (seed instanceof SeedGenerator) return seed.next();
  if (typeof seed === 'object' && seed !== null) return asTensor(seed);
  const number = seed ?? drawSeed();
  return tensor(Int32Array.of(number | 0, Math.floor(number / 2 ** 32) | 0), [2], 'int32');
}

export interface ElasticOptions extends TransformOptions {
  /** Strength of the distortion. Default 20. */
  alpha?: TensorLike;
  /** Its smoothness: the width of the Gaussian bell. Default 5. */
  sigma?: TensorLike;
  /** Default: drawn from the stream of `setRandomSeed`, once where the operation is traced. */
  seed?: OperationSeed;
  /** @internal For a `sigma` that is a tensor: its bound. */
  largestSigma?: number;
}

/**
 * Images whose pixels are moved at random, their neighbours alike (Simard et al. 2003): by `alpha` times Gaussian noise of
 * deviation `sigma` that a bell of that width has smoothed. As in Keras, one noise moves along both axes. Keras's
 * `ops.image.elastic_transform`.
 *
 * @param images [height, width, channels], or a batch of them.
 * @param options.fillMode What lies beyond the edges: see `mapCoordinates`. Default `'reflect'`.
 * @returns Images of the same shape and dtype.
 */
export function elasticTransform(
  images: TensorLike,
  {
    alpha = 20,
    sigma = 5,
    interpolation = 'bilinear',
    fillMode = 'reflect',
    fillValue = 0,
    seed,
    dataFormat,
    largestSigma,
  }: ElasticOptions = {},
): Tensor {
  const how = readTransform('elasticTransform', { interpolation, fillMode, fillValue });
  const { images: x, restore } = asBatch('elasticTransform', images, dataFormat);
  const bound = largestSigma ?? sigma;
  if (typeof bound !== 'number' || !(bound > 0))
    fail('elasticTransform', `sigma: expected a number above 0, got ${String(bound)}`, 'INVALID_ARGUMENT');
  const noise = multiply(normal(keyOf(seed), x.shape.slice(0, 3)), sigma);
  const size = Math.trunc(6 * bound) | 1;
  const smooth = gaussianBlur(expandDims(noise, -1), { kernelSize: [size, size], sigma: [sigma, sigma], cut: true });
  const move = multiply(squeeze(smooth, -1), alpha);
  return restore(sampleImages(x, add(grid(x.shape[1]!, 1, 3), move), add(grid(x.shape[2]!, 2, 3), move), how));
}
