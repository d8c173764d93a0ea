import { showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { stopGradient } from './arithmetic.ts';
import { diagonal } from './arrays.ts';
import { equal, greater, less, where } from './compare.ts';
import { castTo, fail, lift, wrap } from './core.ts';
import { absolute, add, divide, multiply, sqrt, square, subtract } from './elementwise.ts';
import { argsort, takeAlongAxis } from './indexing.ts';
import { matmul } from './linalg.ts';
import {
  change,
  columnsOf,
  identities,
  matrices,
  matrixTranspose,
  rowsOf,
  unflatten,
  withDerivative,
} from './linalg-core.ts';
import { halves, jacobiSteps, nextPartners, rotate, rotation } from './linalg-jacobi.ts';
import { complementTangent, householder } from './linalg-qr.ts';
import { scan } from './loop.ts';
import { concatenate, expandDims, pad, reshape, zeros } from './movement.ts';
import { max, sum } from './reduce.ts';

interface Parts {
  /** [count, m, m or n] */
  readonly u: Tensor;
  /** [count, n], falling. */
  readonly s: Tensor;
  /** [count, n, n] */
  readonly v: Tensor;
}

/**
 * The columns of matrices with m >= n turned in pairs until all are orthogonal (Hestenes 1958): W = A V = U S. The lengths of
 * the columns of W are the singular values. Its QR decomposition gives U, complete even where singular values are 0.
 */
function oneSided(x: Tensor, size: number): Parts {
  const [count, m, n] = x.shape as [number, number, number];
  const even = n + (n % 2);
  const largest = max(absolute(x), { axis: [1, 2], keepdims: true });
  const scale = where(equal(largest, 0), 1, largest);
  const start = concatenate([matrixTranspose(divide(x, scale)), identities(count, n)], 2);
  const { carry } = scan(
    ([z]) => {
      const [top, bottom] = halves(z!, 1);
      const [a, b] = [columnsOf(top, 0, m), columnsOf(bottom, 0, m)];
      const dots = (p: Tensor, q: Tensor) => sum(multiply(p, q), { axis: 2, keepdims: true });
      const [aa, bb] = [dots(a, a), dots(b, b)];
      const { cos, sin } = rotation(aa, bb, dots(a, b), multiply(sqrt(aa), sqrt(bb)));
      return { carry: [nextPartners(...rotate(top, bottom, cos, sin), 1)] };
    },
    [
      even === n
        ? start
        : pad(start, [
            [0, 0],
            [0, 1],
            [0, 0],
          ]),
    ],
    [],
    { length: jacobiSteps(even) },
  );
  const turned = rowsOf(carry[0]!, 0, n);
  const lengths = sqrt(sum(square(columnsOf(turned, 0, m)), 2));
  const order = argsort(lengths, 1, { descending: true });
  const sorted = takeAlongAxis(turned, expandDims(order, 2), 1);
  const { q, r } = householder(matrixTranspose(columnsOf(sorted, 0, m)), size);
  const signs = where(less(diagonal(r, 0, 1, 2), 0), -1, 1);
  const first = multiply(columnsOf(q, 0, n), expandDims(signs, 1));
  return {
    u: size === n ? first : concatenate([first, columnsOf(q, n, size)], 2),
    s: multiply(takeAlongAxis(lengths, order, 1), reshape(scale, [count, 1])),
    v: matrixTranspose(columnsOf(sorted, m, m + n)),
  };
}

/** The parts of matrices with m >= n, with their derivatives. */
function tall(a: Tensor, full: boolean): Parts {
  const [count, m, n] = a.shape as [number, number, number];
  const size = full ? m : n;
  if (n === 0) return { u: identities(count, m, size), s: zeros([count, 0]), v: zeros([count, 0, 0]) };
  const { u, s, v } = oneSided(stopGradient(a), size);
  const [base, others] = [columnsOf(u, 0, n), columnsOf(u, n, size)];
  const turned = matmul(change(a), v);
  const p = matmul(matrixTranspose(base), turned);
  const sums = add(expandDims(s, 1), expandDims(s, 2));
  const gaps = subtract(expandDims(s, 1), expandDims(s, 2));
  const safe = (x: Tensor) => where(equal(x, 0), 0, divide(1, where(equal(x, 0), 1, x)));
  const f = multiply(safe(sums), safe(gaps));
  const [row, column] = [expandDims(s, 1), expandDims(s, 2)];
  const transposed = matrixTranspose(p);
  const du = matmul(base, multiply(f, add(multiply(p, row), multiply(column, transposed))));
  const outside = multiply(subtract(turned, matmul(base, p)), expandDims(safe(s), 1));
  const dBase = m > n ? add(du, outside) : du;
  const dv = matmul(v, multiply(f, add(multiply(column, p), multiply(transposed, row))));
  return {
    u: withDerivative(u, size === n ? dBase : concatenate([dBase, complementTangent(base, dBase, others)], 2), a),
    s: withDerivative(s, diagonal(p, 0, 1, 2), a),
    v: withDerivative(v, dv, a),
  };
}

/** U, the singular values and V of [count, m, n], whichever of both is larger. */
function decompose(x: Tensor, full: boolean): Parts {
  if (x.shape[1]! >= x.shape[2]!) return tall(x, full);
  const { u, s, v } = tall(matrixTranspose(x), full);
  return { u: v, s, v: u };
}

/**
 * The singular value decomposition of matrices [..., m, n]: `[u, s, vh]` with x = u diag(s) vh, where the singular values
 * s [..., k], k = min(m, n), fall, and u and v = vh' have orthonormal columns. By one-sided Jacobi rotations with a fixed
 * number of sweeps. The signs of pairs of vectors are not specified.
 *
 * Derivative (Giles 2008, section 3.2; Townsend 2016), with P = U' dA V and F_ij = 1 / (s_j^2 - s_i^2): ds = diag(P),
 * dU = U (F o (P S + S P')) + (1 - U U') dA V S^-1, dV = V (F o (S P + P' S)), for m >= n. F and S^-1 count as 0 where they
 * would divide by 0. (Keras on JAX has no gradient with `fullMatrices` where m and n differ.)
 *
 * @param fullMatrices Whether u is [..., m, m] and vh [..., n, n] (default), or [..., m, k] and [..., k, n].
 * @param computeUv Whether all three are wanted (default), or s alone, as a tensor.
 */
export function svd(x: TensorLike, fullMatrices?: boolean, computeUv?: true): [Tensor, Tensor, Tensor];
export function svd(x: TensorLike, fullMatrices: boolean | undefined, computeUv: false): Tensor;
export function svd(x: TensorLike, fullMatrices?: boolean, computeUv?: boolean): [Tensor, Tensor, Tensor] | Tensor;
export function svd(x: TensorLike, fullMatrices = true, computeUv = true): [Tensor, Tensor, Tensor] | Tensor {
  const { x: a, batch } = matrices('svd', x);
  const { u, s, v } = decompose(a, fullMatrices && computeUv);
  const values = unflatten(s, batch);
  return computeUv ? [unflatten(u, batch), values, unflatten(matrixTranspose(v), batch)] : values;
}

const EPSILON = 2 ** -23;

/**
 * V diag(1 / s) U', singular values up to the bound counting as 0, with dP = -P dA P + P P' dA' (1 - A P) + (1 - P A) dA' P' P
 * (Golub and Pereyra 1973, for matrices of constant rank).
 */
function pseudoInverse(a: Tensor, kept: (s: Tensor, largest: Tensor) => Tensor): Tensor {
  const [count, m, n] = a.shape as [number, number, number];
  if (Math.min(m, n) === 0) return zeros([count, n, m]);
  const fixed = stopGradient(a);
  const { u, s, v } = decompose(fixed, false);
  const keep = kept(s, max(s, { axis: 1, keepdims: true }));
  const inverses = where(keep, divide(1, where(keep, s, 1)), 0);
  const p = matmul(multiply(v, expandDims(where(equal(s, s), inverses, Number.NaN), 1)), matrixTranspose(u));
  const d = change(a);
  const [pt, dt] = [matrixTranspose(p), matrixTranspose(d)];
  const outside = subtract(identities(count, m), matmul(fixed, p));
  const inside = subtract(identities(count, n), matmul(p, fixed));
  const first = matmul(matmul(p, d), p);
  const second = matmul(matmul(matmul(p, pt), dt), outside);
  const third = matmul(matmul(matmul(inside, dt), pt), p);
  return withDerivative(p, add(subtract(second, first), third), a);
}

/**
 * The Moore-Penrose inverses [..., n, m] of matrices [..., m, n].
 *
 * @param rcond Singular values up to `rcond` times the largest one count as 0. Default: 10 max(m, n) 2^-23.
 */
export function pinv(x: TensorLike, rcond?: number | null): Tensor {
  const { x: a, batch, rows, columns } = matrices('pinv', x);
  const bound = rcond ?? 10 * Math.max(rows, columns) * EPSILON;
  return unflatten(
    pseudoInverse(a, (s, largest) => greater(s, multiply(largest, bound))),
    batch,
  );
}

/**
 * The x of smallest length among those that make |a x - b| smallest, by the singular values of `a`.
 *
 * @param a [m, n].
 * @param b [m] or [m, k].
 * @param rcond Singular values below `rcond` times the largest one count as 0. Default: max(m, n) 2^-23; also 2^-23 for
 *   negative ones.
 * @returns [n] or [n, k].
 */
export function lstsq(a: TensorLike, b: TensorLike, rcond?: number | null): Tensor {
  const left = matrices('lstsq', a);
  const right = lift(b, 'float32');
  if (left.batch.length > 0) fail('lstsq', `expected one matrix [m, n], got the shape ${showShape(lift(a).shape)}`);
  if (right.shape.length < 1 || right.shape.length > 2 || right.shape[0] !== left.rows)
    fail('lstsq', `expected b of shape [${left.rows}] or [${left.rows}, k], got ${showShape(right.shape)}`);
  const given = rcond ?? Math.max(left.rows, left.columns) * EPSILON;
  const bound = given < 0 ? EPSILON : given;
  const inverse = pseudoInverse(left.x, (s, largest) => {
    const above = less(s, multiply(largest, bound));
    return where(above, false, greater(s, 0));
  });
  return matmul(reshape(inverse, [left.columns, left.rows]), wrap(right));
}

/**
 * The number of singular values above `tol` of matrices [..., m, n]: int32 [...].
 *
 * @param tol Default: the largest one times max(m, n) 2^-23.
 */
export function matrixRank(x: TensorLike, tol?: number | null): Tensor {
  const { x: a, batch, rows, columns } = matrices('matrixRank', x);
  if (Math.min(rows, columns) === 0) return zeros(batch, 'int32');
  const { s } = decompose(stopGradient(a), false);
  const bound = tol ?? multiply(max(s, { axis: 1, keepdims: true }), Math.max(rows, columns) * EPSILON);
  return reshape(wrap(castTo(sum(wrap(castTo(greater(s, bound).node, 'int32')), 1).node, 'int32')), batch);
}
