import { describe } from '../errors.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { power } from './arithmetic.ts';
import { notEqual } from './compare.ts';
import { type Axis, castTo, fail, lift, normalizeAxis, wrap } from './core.ts';
import { absolute, sqrt, square } from './elementwise.ts';
import { svd } from './linalg-svd.ts';
import { expandDims, moveaxis, reshape } from './movement.ts';
import { max, min, sum } from './reduce.ts';

/** The order of a norm: a number or an infinity; `'fro'` (Frobenius) and `'nuc'` (nuclear) for matrices. */
export type NormOrder = number | 'fro' | 'nuc';

export interface NormOptions {
  /** Default: 2 for vectors, `'fro'` for matrices. */
  readonly ord?: NormOrder | null;
  /** One axis of vectors, two of matrices; default: all axes, flat where `ord` is not given. */
  readonly axis?: Axis;
  /** Whether the axes stay, with size 1. Default false. */
  readonly keepdims?: boolean;
}

const INFINITY = Number.POSITIVE_INFINITY;
const root = (x: Tensor, axis: Axis, keepdims: boolean): Tensor => sqrt(sum(square(x), { axis, keepdims }));

function vectorNorm(x: Tensor, ord: NormOrder | null, axis: number, keepdims: boolean): Tensor {
  if (typeof ord === 'string')
    fail('norm', `'${ord}' is a norm of matrices, with two axes; got one axis`, 'INVALID_ARGUMENT');
  const how = { axis, keepdims };
  if (ord === null || ord === 2) return root(x, axis, keepdims);
  if (ord === INFINITY) return max(absolute(x), how);
  if (ord === -INFINITY) return min(absolute(x), how);
  if (ord === 0) return sum(wrap(castTo(notEqual(x, 0).node, 'float32')), how);
  if (ord === 1) return sum(absolute(x), how);
  return power(sum(power(absolute(x), ord), how), 1 / ord);
}

function matrixNorm(x: Tensor, ord: NormOrder | null, axes: readonly [number, number], keepdims: boolean): Tensor {
  if (ord === null || ord === 'fro') return root(x, axes, keepdims);
  // Rows and columns last, in this order.
  const t = moveaxis(x, axes, [-2, -1]);
  const back = (y: Tensor) => (keepdims ? expandDims(y, [...axes]) : y);
  const sums = (axis: number) => sum(absolute(t), axis);
  if (ord === 1) return back(max(sums(-2), -1));
  if (ord === -1) return back(min(sums(-2), -1));
  if (ord === INFINITY) return back(max(sums(-1), -1));
  if (ord === -INFINITY) return back(min(sums(-1), -1));
  if (ord !== 2 && ord !== -2 && ord !== 'nuc')
    fail(
      'norm',
      `ord must be 'fro', 'nuc', 1, -1, 2, -2 or an infinity for matrices, got ${describe(ord)}`,
      'INVALID_ARGUMENT',
    );
  const s = svd(t, false, false);
  return back(ord === 'nuc' ? sum(s, -1) : ord === 2 ? max(s, -1) : min(s, -1));
}

/**
 * The norm of vectors or of matrices. Vectors: (sum |x|^ord)^(1 / ord), the number of values that are not 0 for 0, the
 * largest or smallest |x| for the infinities. Matrices: `'fro'`, the root of the sum of squares; `'nuc'`, the sum of the
 * singular values; 2 and -2, the largest and smallest one; 1 and -1, the largest and smallest sum |x| of a column;
 * infinities: those of a row. One axis makes vectors, two make matrices.
 *
 * @returns float32, without the axes (or with size 1 for them).
 * @throws OlifantError `INVALID_ARGUMENT` for an order that does not exist, `SHAPE` for an order with more than two axes.
 */
export function norm(x: TensorLike, { ord = null, axis = null, keepdims = false }: NormOptions = {}): Tensor {
  const t = wrap(lift(x, 'float32'));
  if (ord !== null && typeof ord !== 'number' && ord !== 'fro' && ord !== 'nuc')
    fail('norm', `ord must be a number, 'fro' or 'nuc', got ${describe(ord)}`, 'INVALID_ARGUMENT');
  const all = t.shape.map((_, i) => i);
  if (axis === null && (ord === null || t.rank === 0)) {
    const flat = root(reshape(t, [t.size]), 0, false);
    return keepdims
      ? reshape(
          flat,
          all.map(() => 1),
        )
      : flat;
  }
  const given = axis === null ? all : [axis].flat().map((a) => normalizeAxis('norm', a as number, t.rank));
  if (given.length === 1) return vectorNorm(t, ord, given[0]!, keepdims);
  if (given.length !== 2 || given[0] === given[1])
    fail('norm', `expected one axis, or two different ones, got ${describe(axis)} for ${t.rank} axes`, 'SHAPE');
  return matrixNorm(t, ord, given as [number, number], keepdims);
}
