import { broadcastShapes, showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { arange, eye, stopGradient, tril, triu } from './arithmetic.ts';
import { diagonal } from './arrays.ts';
import { equal, greater, greaterEqual, isnan, where } from './compare.ts';
import { fail, lift, wrap } from './core.ts';
import { add, divide, multiply, negative, sqrt, subtract } from './elementwise.ts';
import { take } from './indexing.ts';
import { matmul } from './linalg.ts';
import {
  change,
  identities,
  type Matrices,
  matrices,
  matrixTranspose,
  unflatten,
  withDerivative,
} from './linalg-core.ts';
import { scan } from './loop.ts';
import { broadcastTo, expandDims, reshape, transpose } from './movement.ts';

/** a b' of each pair: [count, n] and [count, m] -> [count, n, m] */
export const outerProducts = (a: Tensor, b: Tensor): Tensor => multiply(expandDims(a, 2), expandDims(b, 1));

/**
 * The factor column by column (right-looking): l = column / sqrt(pivot), A -= l l'. NaN all over the triangle of a matrix with a
 * pivot that is not positive.
 */
function factor(x: Tensor): Tensor {
  const n = x.shape[1]!;
  if (n === 0) return x;
  const rows = arange(n);
  const { outputs } = scan(
    ([a], [k]) => {
      const column = take(a!, k!, 2);
      const pivot = expandDims(take(column, k!, 1), 1);
      const root = sqrt(where(greater(pivot, 0), pivot, Number.NaN));
      const l = where(greaterEqual(rows, k!), divide(column, root), 0);
      return { carry: [subtract(a!, outerProducts(l, l))], outputs: [l] };
    },
    [x],
    [rows],
  );
  const lower = transpose(outputs[0]!, [1, 2, 0]);
  // Once a pivot fails, every later one is NaN.
  const failed = isnan(reshape(take(take(lower, n - 1, 2), n - 1, 1), [-1, 1, 1]));
  return tril(where(failed, Number.NaN, lower));
}

/**
 * Solves T x = b by substitution, for the triangle of `t` alone.
 *
 * @param t [count, n, n].
 * @param b [count, n, m].
 */
export function substitute(t: Tensor, b: Tensor, lower: boolean): Tensor {
  const n = t.shape[1]!;
  if (n === 0) return b;
  const strict = transpose(lower ? tril(t, -1) : triu(t, 1), [2, 0, 1]);
  const pivots = transpose(diagonal(t, 0, 1, 2), [1, 0]);
  const { outputs } = scan(
    ([rest], [column, pivot, k]) => {
      const x = divide(take(rest!, k!, 1), expandDims(pivot!, 1));
      return { carry: [subtract(rest!, outerProducts(column!, x))], outputs: [x] };
    },
    [b],
    [strict, pivots, arange(n)],
    { reverse: !lower },
  );
  return transpose(outputs[0]!, [1, 0, 2]);
}

/**
 * The lower triangular L with L L' = x of symmetric positive definite matrices [..., n, n]; of others their symmetric part
 * (x + x') / 2 is taken, as Keras on JAX does. A matrix that is not positive definite gives NaN (Keras throws where it
 * computes at once).
 *
 * Derivative: dL = L P(L^-1 dA L^-T), where P takes the lower triangle with half the diagonal (Murray, Differentiation of
 * the Cholesky decomposition, 2016).
 *
 * @param upper Whether U = L' is wanted, with U' U = x. Default false.
 * @throws OlifantError `SHAPE` where x holds no square matrices.
 */
export function cholesky(x: TensorLike, upper = false): Tensor {
  const { x: a, batch, count, rows: n } = matrices('cholesky', x, true);
  const symmetric = multiply(add(a, matrixTranspose(a)), 0.5);
  const l = factor(stopGradient(symmetric));
  const inverse = substitute(l, identities(count, n), true);
  const inner = tril(matmul(matmul(inverse, change(symmetric)), matrixTranspose(inverse)));
  const halved = where(equal(eye(n), 1), multiply(inner, 0.5), inner);
  const y = withDerivative(l, tril(matmul(l, halved)), symmetric);
  return unflatten(upper ? matrixTranspose(y) : y, batch);
}

/** T^-1 of triangular matrices; only the triangle is read. */
function inverted({ x, count, rows }: Matrices, lower: boolean): Tensor {
  const t = lower ? tril(x) : triu(x);
  const inverse = substitute(stopGradient(t), identities(count, rows), lower);
  return withDerivative(inverse, negative(matmul(matmul(inverse, change(t)), inverse)), t);
}

/**
 * The inverse of A = L L' from its Cholesky factor L [..., n, n]: L^-T L^-1.
 *
 * @param upper Whether the factor is U = L', with A = U' U. Default false.
 */
export function choleskyInverse(x: TensorLike, upper = false): Tensor {
  const factors = matrices('choleskyInverse', x, true);
  const inverse = inverted(factors, !upper);
  const other = matrixTranspose(inverse);
  return unflatten(upper ? matmul(inverse, other) : matmul(other, inverse), factors.batch);
}

interface LinearSystem {
  readonly left: Matrices;
  /** [count, n, k] */
  readonly right: Tensor;
  /** From [count, n, k] to the shape of the right-hand sides. */
  readonly restore: (x: Tensor) => Tensor;
}

/**
 * Matrices and right-hand sides, the axes before theirs broadcast. What can be read as matrices is not read as vectors, unless
 * `vectors`: then one axis less than `a` has means vectors, as in Keras's `solve_triangular`.
 */
export function linearSystem(op: string, a: TensorLike, b: TensorLike, vectors = false): LinearSystem {
  const given = matrices(op, a, true);
  const n = given.rows;
  const { shape } = lift(b, 'float32');
  const less = shape.length === given.batch.length + 1;
  const many = less && shape.at(-1) === n && (vectors || shape.at(-2) !== n);
  const vector = shape.length === 1 || many;
  const batch = broadcastShapes(given.batch, shape.slice(0, vector ? -1 : -2));
  if (shape.at(vector ? -1 : -2) !== n || batch === undefined) {
    const before = given.batch.map((d) => `${d}, `).join('');
    fail(op, `expected right-hand sides of shape [${before}${n}] or [${before}${n}, k], got ${showShape(shape)}`);
  }
  const left = matrices(op, broadcastTo(unflatten(given.x, given.batch), [...batch, n, n]));
  const own = vector ? [n] : [n, shape.at(-1)!];
  const right = broadcastTo(wrap(lift(b, 'float32')), [...batch, ...own]);
  return {
    left,
    right: reshape(right, [left.count, n, vector ? 1 : shape.at(-1)!]),
    restore: (x) => reshape(x, [...batch, ...own]),
  };
}

/**
 * The x with T x = b, T being the upper triangle of `a` (or the lower one); what stands in the other is not read.
 *
 * Derivative: dx = T^-1 (db - dT x).
 *
 * @param a [..., n, n].
 * @param b [n], [..., n] (one axis less than `a`) or [..., n, k]; the axes before broadcast.
 */
export function solveTriangular(a: TensorLike, b: TensorLike, lower = false): Tensor {
  const { left, right, restore } = linearSystem('solveTriangular', a, b, true);
  const t = lower ? tril(left.x) : triu(left.x);
  const fixed = stopGradient(t);
  const y = substitute(fixed, stopGradient(right), lower);
  const inverse = substitute(fixed, identities(left.count, left.rows), lower);
  const tangent = matmul(inverse, subtract(change(right), matmul(change(t), y)));
  return restore(withDerivative(y, tangent, t, right));
}
