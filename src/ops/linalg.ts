import { node } from '../graph/build.ts';
import { isFloating } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { broadcastShapes, showShape, sizeOf } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { castTo, commonType, expandTo, fail, lift, normalizeAxis, permuteTo, reshapeTo, wide, wrap } from './core.ts';
import { multiply } from './elementwise.ts';

/** [batch..., m, k] x [batch..., k, n]; integers are multiplied and summed exactly, without the float product. */
function product(a: Node, b: Node): Node {
  if (isFloating(a.dtype)) return node('dot', [a, b], {});
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1)!;
  const batch = a.shape.slice(0, -2);
  const left = expandTo(reshapeTo(a, [...batch, m, k, 1]), [...batch, m, k, n]);
  const right = expandTo(reshapeTo(b, [...batch, 1, k, n]), [...batch, m, k, n]);
  return node('reduceSum', [node('mul', [left, right], {})], { axes: [batch.length + 1] });
}

/**
 * The matrix product over the last two axes, the axes before them broadcast. One matrix on the right takes all rows of
 * the left at once. A vector counts as a row on the left and as a column on the right, and its axis disappears.
 */
export function matmul(x1: TensorLike, x2: TensorLike): Tensor {
  const dtype = commonType(x1, x2);
  let a = lift(x1, wide(dtype));
  let b = lift(x2, wide(dtype));
  if (a.shape.length === 0 || b.shape.length === 0) fail('matmul', 'expected at least one axis, got a scalar');
  const [row, column] = [a.shape.length === 1, b.shape.length === 1];
  if (row) a = reshapeTo(a, [1, a.shape[0]!]);
  if (column) b = reshapeTo(b, [b.shape[0]!, 1]);
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  if (b.shape.at(-2) !== k)
    fail(
      'matmul',
      `the last axis of ${showShape(a.shape)} and the one before the last of ${showShape(b.shape)} differ`,
    );
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (batch === undefined)
    fail('matmul', `the axes before the last two of ${showShape(a.shape)} and ${showShape(b.shape)} do not broadcast`);
  const shape = [...batch, ...(row ? [] : [m]), ...(column ? [] : [n])];
  const shared = sizeOf(b.shape.slice(0, -2)) === 1;
  const y = shared
    ? product(reshapeTo(a, [sizeOf(a.shape.slice(0, -1)), k]), reshapeTo(b, [k, n]))
    : product(expandTo(a, [...batch, m, k]), expandTo(b, [...batch, k, n]));
  return wrap(castTo(reshapeTo(y, shape), dtype));
}

/** Sums of products over the last axis of `x1` and the axis before the last of `x2` (its only one for a vector). */
export function dot(x1: TensorLike, x2: TensorLike): Tensor {
  const [a, b] = [lift(x1), lift(x2)];
  if (a.shape.length === 0 || b.shape.length === 0) return tensordot(wrap(a), wrap(b), 0);
  return tensordot(wrap(a), wrap(b), [[a.shape.length - 1], [Math.max(0, b.shape.length - 2)]]);
}

/** Sums of products over the paired axes: the last `axes` of `x1` with the first of `x2`, or two lists of axes. */
export function tensordot(
  x1: TensorLike,
  x2: TensorLike,
  axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
): Tensor {
  const dtype = commonType(x1, x2);
  const [a, b] = [lift(x1, wide(dtype)), lift(x2, wide(dtype))];
  const [ra, rb] = [a.shape.length, b.shape.length];
  const [left, right] =
    typeof axes === 'number'
      ? [Array.from({ length: axes }, (_, i) => ra - axes + i), Array.from({ length: axes }, (_, i) => i)]
      : [[axes[0]].flat() as number[], [axes[1]].flat() as number[]];
  const sumA = left.map((k) => normalizeAxis('tensordot', k, ra));
  const sumB = right.map((k) => normalizeAxis('tensordot', k, rb));
  if (sumA.length !== sumB.length || sumA.some((k, i) => a.shape[k] !== b.shape[sumB[i]!]))
    fail(
      'tensordot',
      `axes ${showShape(sumA)} of ${showShape(a.shape)} do not pair with ${showShape(sumB)} of ${showShape(b.shape)}`,
    );
  const freeA = a.shape.map((_, i) => i).filter((i) => !sumA.includes(i));
  const freeB = b.shape.map((_, i) => i).filter((i) => !sumB.includes(i));
  const outA = freeA.map((i) => a.shape[i]!);
  const outB = freeB.map((i) => b.shape[i]!);
  const k = sizeOf(sumA.map((i) => a.shape[i]!));
  const lhs = reshapeTo(permuteTo(a, [...freeA, ...sumA]), [sizeOf(outA), k]);
  const rhs = reshapeTo(permuteTo(b, [...sumB, ...freeB]), [k, sizeOf(outB)]);
  return wrap(castTo(reshapeTo(product(lhs, rhs), [...outA, ...outB]), dtype));
}

/** Sums of products over the last axes of both. */
export function inner(x1: TensorLike, x2: TensorLike): Tensor {
  const [a, b] = [lift(x1), lift(x2)];
  if (a.shape.length === 0 || b.shape.length === 0) return tensordot(wrap(a), wrap(b), 0);
  return tensordot(wrap(a), wrap(b), [[-1], [-1]]);
}

/** All products of an element of `x1` and one of `x2`, both taken flat: shape [size of x1, size of x2]. */
export function outer(x1: TensorLike, x2: TensorLike): Tensor {
  const [a, b] = [lift(x1), lift(x2)];
  return multiply(wrap(reshapeTo(a, [sizeOf(a.shape), 1])), wrap(reshapeTo(b, [1, sizeOf(b.shape)])));
}

/** The sum of the products of all elements, both taken flat. */
export function vdot(x1: TensorLike, x2: TensorLike): Tensor {
  const [a, b] = [lift(x1), lift(x2)];
  return tensordot(wrap(reshapeTo(a, [sizeOf(a.shape)])), wrap(reshapeTo(b, [sizeOf(b.shape)])), 1);
}
