import { describe } from '../errors.ts';
import { showShape, sizeOf } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { diagonalMask, stopGradient } from './arithmetic.ts';
import { equal, isinf, less, logicalAnd, logicalNot, logicalOr, where } from './compare.ts';
import { alignShapes, castTo, fail, floatType, lift, normalizeAxis, reshapeTo, wide, wrap } from './core.ts';
import { absolute, add, alike, divide, maximum, multiply, sqrt, square, subtract } from './elementwise.ts';
import { take } from './indexing.ts';
import {
  broadcastTo,
  concatenate,
  expandDims,
  flip,
  moveaxis,
  pad,
  reshape,
  sliceAxis,
  split,
  stack,
  swapaxes,
  transpose,
} from './movement.ts';
import { any, sum } from './reduce.ts';

/**
 * sqrt(x^2 + y^2); both are divided by the larger one first, so that no square overflows. Where both are 0 the
 * gradient is 0.
 */
export function hypot(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = alignShapes('hypot', [lift(x, 'float32'), lift(y, 'float32')]).map(wrap) as [Tensor, Tensor];
  const larger = stopGradient(maximum(absolute(a), absolute(b)));
  const plain = logicalAnd(less(0, larger), less(larger, Number.POSITIVE_INFINITY));
  const unit = where(plain, larger, 1);
  const squares = add(square(divide(a, unit)), square(divide(b, unit)));
  const long = multiply(sqrt(where(plain, squares, 1)), unit);
  const infinite = logicalOr(isinf(a), isinf(b));
  const length = where(plain, long, where(infinite, Number.POSITIVE_INFINITY, larger));
  return wrap(castTo(length.node, floatType(x, y)));
}

/** The two last elements' diagonal `offset`: [..., n, m] -> [..., length]. */
export function diagonal(x: TensorLike, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  const t = moveaxis(x, [axis1, axis2], [-2, -1]);
  const [rows, columns] = t.shape.slice(-2) as [number, number];
  const [down, right] = [Math.max(0, -offset), Math.max(0, offset)];
  const length = Math.max(0, Math.min(rows - down, columns - right));
  const places = Array.from({ length }, (_, i) => (i + down) * columns + i + right);
  return take(reshape(t, [...t.shape.slice(0, -2), rows * columns]), Int32Array.from(places), -1);
}

/** The diagonal `k` of a matrix, or a matrix with a vector on it. */
export function diag(x: TensorLike, k = 0): Tensor {
  const t = wrap(lift(x));
  if (t.rank === 2) return diagonal(t, k);
  if (t.rank !== 1) fail('diag', `expected a vector or a matrix, got shape ${showShape(t.shape)}`);
  const size = t.shape[0]! + Math.abs(k);
  const [down, right] = [Math.max(0, -k), Math.max(0, k)];
  const row = pad(t, [right, size - right - t.shape[0]!]);
  const spread = broadcastTo(expandDims(row, 0), [size, size]);
  return where(wrap(diagonalMask(size, size, right - down, 'eq')), spread, wrap(lift(0, t.dtype)));
}

/** The sum of the diagonal `offset`. */
export function trace(x: TensorLike, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  return sum(diagonal(x, offset, axis1, axis2), -1);
}

/** Grids of coordinates: the i-th has the i-th vector along its axis. `'xy'` (default) exchanges the first two axes. */
export function meshgrid(vectors: readonly TensorLike[], indexing: 'xy' | 'ij' = 'xy'): Tensor[] {
  const flat = vectors.map((v) => wrap(lift(v)));
  const sizes = flat.map((v) => v.size);
  const grids = flat.map((v, i) =>
    broadcastTo(
      reshape(
        v,
        sizes.map((_, k) => (k === i ? v.size : 1)),
      ),
      sizes,
    ),
  );
  return indexing === 'xy' && grids.length > 1 ? grids.map((g) => swapaxes(g, 0, 1)) : grids;
}

/** One after the other along the second axis (vectors: the first). */
export function hstack(list: readonly TensorLike[]): Tensor {
  const nodes = list.map((x) => lift(x)).map((n) => wrap(n.shape.length === 0 ? reshapeTo(n, [1]) : n));
  return concatenate(nodes, nodes[0]?.rank === 1 ? 0 : 1);
}

/** One below the other along the first axis; vectors are rows. */
export function vstack(list: readonly TensorLike[]): Tensor {
  const nodes = list.map((x) => lift(x));
  return concatenate(
    nodes.map((n) => wrap(n.shape.length < 2 ? reshapeTo(n, [1, sizeOf(n.shape)]) : n)),
    0,
  );
}

/** `b` after `a`, along `axis` or both flat. */
export function append(a: TensorLike, b: TensorLike, axis?: number | null): Tensor {
  if (axis === null || axis === undefined) return concatenate([reshape(a, [-1]), reshape(b, [-1])]);
  return concatenate([a, b], axis);
}

/** Turned by `k` quarters from the first of `axes` towards the second. */
export function rot90(x: TensorLike, k = 1, axes: readonly [number, number] = [0, 1]): Tensor {
  const t = wrap(lift(x));
  const [a, b] = axes.map((v) => normalizeAxis('rot90', v, t.rank)) as [number, number];
  if (a === b) fail('rot90', `expected two different axes, got ${JSON.stringify(axes)}`, 'INVALID_ARGUMENT');
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return t;
  if (turns === 2) return flip(t, [a, b]);
  return turns === 1 ? swapaxes(flip(t, b), a, b) : flip(swapaxes(t, a, b), b);
}

/** Every element of `a` times the whole of `b`, as blocks. */
export function kron(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = [wrap(lift(a)), wrap(lift(b))];
  const rank = Math.max(x.rank, y.rank);
  const full = (t: Tensor) => [...new Array<number>(rank - t.rank).fill(1), ...t.shape];
  const [sx, sy] = [full(x), full(y)];
  const left = reshape(
    x,
    sx.flatMap((d) => [d, 1]),
  );
  const right = reshape(
    y,
    sy.flatMap((d) => [1, d]),
  );
  return reshape(
    multiply(left, right),
    sx.map((d, i) => d * sy[i]!),
  );
}

export interface CrossOptions {
  /** The axis of the vectors in the first operand. Default -1. */
  readonly axisa?: number;
  /** The axis of the vectors in the second operand. Default -1. */
  readonly axisb?: number;
  /** The axis of the vectors in the result. Default -1. */
  readonly axisc?: number;
  /** All three of them. */
  readonly axis?: number | null;
}

/**
 * The vector product of vectors of size 3; those of size 2 lie in the plane, and the product of two such is a number.
 *
 * @param options Which axes the vectors are; default: the last ones.
 */
export function cross(a: TensorLike, b: TensorLike, options: CrossOptions = {}): Tensor {
  const { axisa = -1, axisb = -1, axisc = -1, axis = null } = options;
  const [x, y] = [moveaxis(a, axis ?? axisa, -1), moveaxis(b, axis ?? axisb, -1)];
  const sizes = [x.shape.at(-1)!, y.shape.at(-1)!];
  if (sizes.some((d) => d !== 2 && d !== 3))
    fail('cross', `expected vectors of size 2 or 3, got ${showShape(x.shape)} and ${showShape(y.shape)}`);
  const part = (t: Tensor, i: number) => take(t, i % 3, -1);
  const component = (u: Tensor, v: Tensor, i: number) =>
    subtract(multiply(part(u, i + 1), part(v, i + 2)), multiply(part(u, i + 2), part(v, i + 1)));
  if (sizes[0] === 2 && sizes[1] === 2) return component(inSpace(x), inSpace(y), 2);
  const [u, v] = [inSpace(x), inSpace(y)];
  const vectors = stack(
    [0, 1, 2].map((i) => component(u, v, i)),
    -1,
  );
  return moveaxis(vectors, -1, axis ?? axisc);
}

/** A vector of the plane as one of space. */
const inSpace = (t: Tensor): Tensor =>
  t.shape.at(-1) === 3 ? t : pad(t, [...t.shape.slice(1).map((): [number, number] => [0, 0]), [0, 1]]);

/**
 * Whether each element is one of `candidates`.
 *
 * @param options.assumeUnique A promise that makes no difference here. Default false.
 * @param options.invert Whether each is none of them, instead. Default false.
 */
export function isin(
  x: TensorLike,
  candidates: TensorLike,
  { invert = false }: { assumeUnique?: boolean; invert?: boolean } = {},
): Tensor {
  const found = any(equal(expandDims(x, -1), reshape(candidates, [-1])), -1);
  return invert ? logicalNot(found) : found;
}

type Format = 'channels_last' | 'channels_first';

/** Sizes of an image, and whether its channels come first. */
function imageOf(
  op: string,
  t: Tensor,
  block: number,
  format: Format,
): { first: boolean; sizes: [number, number, number, number] } {
  if (!Number.isInteger(block) || block < 2)
    fail(op, `blockSize: expected a whole number from 2, got ${describe(block)}`, 'INVALID_ARGUMENT');
  const first = format === 'channels_first';
  if (!first && format !== 'channels_last')
    fail(op, `dataFormat: expected 'channels_last' or 'channels_first', got '${format}'`, 'INVALID_ARGUMENT');
  if (t.rank !== 4) fail(op, `expected a batch of images, 4 axes, got ${showShape(t.shape)}`);
  const [n, a, b, c] = t.shape as [number, number, number, number];
  return { first, sizes: first ? [n, b, c, a] : [n, a, b, c] };
}

/**
 * Channels as blocks of pixels: [batch, rows, columns, channels * block^2] -> [batch, rows * block, columns * block, channels].
 *
 * @param options.dataFormat Where the channels are. Default `'channels_last'`; with `'channels_first'` a channel's own pixels of
 *   a block lie together.
 */
export function depthToSpace(
  x: TensorLike,
  blockSize: number,
  { dataFormat = 'channels_last' }: { dataFormat?: Format } = {},
): Tensor {
  const t = wrap(lift(x));
  const { first, sizes } = imageOf('depthToSpace', t, blockSize, dataFormat);
  const [n, h, w, c] = sizes;
  const deep = c / blockSize ** 2;
  if (!Number.isInteger(deep))
    fail('depthToSpace', `expected a multiple of ${blockSize ** 2} channels, got ${showShape(t.shape)}`);
  const [rows, columns] = [h * blockSize, w * blockSize];
  if (first) {
    const parts = reshape(t, [n, deep, blockSize, blockSize, h, w]);
    return reshape(transpose(parts, [0, 1, 4, 2, 5, 3]), [n, deep, rows, columns]);
  }
  const parts = reshape(t, [n, h, w, blockSize, blockSize, deep]);
  return reshape(transpose(parts, [0, 1, 3, 2, 4, 5]), [n, rows, columns, deep]);
}

/**
 * Blocks of pixels as channels: [batch, rows * block, columns * block, channels] -> [batch, rows, columns, channels * block^2].
 *
 * @param options.dataFormat As for `depthToSpace`.
 */
export function spaceToDepth(
  x: TensorLike,
  blockSize: number,
  { dataFormat = 'channels_last' }: { dataFormat?: Format } = {},
): Tensor {
  const t = wrap(lift(x));
  const { first, sizes } = imageOf('spaceToDepth', t, blockSize, dataFormat);
  const [n, rows, columns, c] = sizes;
  const [h, w] = [rows / blockSize, columns / blockSize];
  if (!Number.isInteger(h) || !Number.isInteger(w))
    fail('spaceToDepth', `expected rows and columns that divide by ${blockSize}, got ${showShape(t.shape)}`);
  const deep = c * blockSize ** 2;
  if (first) {
    const parts = reshape(t, [n, c, h, blockSize, w, blockSize]);
    return reshape(transpose(parts, [0, 1, 3, 5, 2, 4]), [n, deep, h, w]);
  }
  const parts = reshape(t, [n, h, blockSize, w, blockSize, c]);
  return reshape(transpose(parts, [0, 1, 3, 2, 4, 5]), [n, h, w, deep]);
}

/** The columns x^(n-1) ... x, 1 of a vector (or rising powers); int32 for bool and uint8. */
export function vander(x: TensorLike, n?: number | null, increasing = false): Tensor {
  const given = lift(x);
  const t = wrap(castTo(given, wide(given.dtype)));
  if (t.rank !== 1) fail('vander', `expected a vector, got shape ${showShape(t.shape)}`);
  const columns = n ?? t.shape[0]!;
  if (columns === 0) return wrap(sliceAxis(expandDims(t, 1).node, 1, 0, 0));
  let power = wrap(alike(1, t.node));
  const list: Tensor[] = [];
  for (let i = 0; i < columns; i++) {
    list.push(expandDims(power, 1));
    power = multiply(power, t);
  }
  return concatenate(increasing ? list : list.reverse(), 1);
}

/** The area under `y` by trapezoids along `axis`, at places `x` (of that axis alone, or of all of them) or `dx` apart. */
export function trapezoid(
  y: TensorLike,
  { x, dx = 1, axis = -1 }: { x?: TensorLike | null; dx?: number; axis?: number } = {},
): Tensor {
  const t = moveaxis(wrap(lift(y, 'float')), axis, -1);
  const halves = (v: Tensor) => {
    const n = v.shape.at(-1)!;
    return [split(v, [n - 1], -1)[0]!, split(v, [1], -1)[1]!] as const;
  };
  const [left, right] = halves(t);
  const means = multiply(add(left, right), 0.5);
  if (x === null || x === undefined) return multiply(sum(means, -1), dx);
  const places = wrap(lift(x));
  const [from, to] = halves(places.rank > 1 ? moveaxis(places, axis, -1) : places);
  return sum(multiply(means, subtract(to, from)), -1);
}
