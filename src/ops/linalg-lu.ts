import type { Tensor, TensorLike } from '../trace/index.ts';
import { arange, stopGradient, tril, triu } from './arithmetic.ts';
import { diagonal } from './arrays.ts';
import { equal, greater, greaterEqual, logicalAnd, notEqual, where } from './compare.ts';
import { absolute, add, divide, log, multiply, negative, sign, subtract } from './elementwise.ts';
import { take, takeAlongAxis } from './indexing.ts';
import { matmul } from './linalg.ts';
import { change, identities, matrices, matrixTranspose, unflatten, withDerivative } from './linalg-core.ts';
import { linearSystem, outerProducts, substitute } from './linalg-triangular.ts';
import { scan } from './loop.ts';
import { broadcastTo, expandDims, reshape, transpose, zeros } from './movement.ts';
import { argmax, prod, sum } from './reduce.ts';

interface Factors {
  /** L below the diagonal (its own is 1), U on and above it: [count, m, n]. */
  readonly lu: Tensor;
  /** The row of x that stands in each row now: int32 [count, m]. */
  readonly order: Tensor;
  /** With which row each row was exchanged, one after the other: int32 [count, min(m, n)]. */
  readonly pivots: Tensor;
}

/** Row `k` and the rows `p` exchanged, along axis 1; `[count, m, ...]`. */
function exchange(x: Tensor, isK: Tensor, isP: Tensor, rowK: Tensor, rowP: Tensor): Tensor {
  return where(isK, expandDims(rowP, 1), where(isP, expandDims(rowK, 1), x));
}

/** Gaussian elimination with partial pivoting; a column without any pivot is passed over, as in LAPACK's sgetrf. */
function eliminate(x: Tensor): Factors {
  const [count, m, n] = x.shape as [number, number, number];
  const [rows, columns] = [arange(m), arange(n)];
  if (m === 0 || n === 0) return { lu: x, order: broadcastTo(rows, [count, m]), pivots: zeros([count, 0], 'int32') };
  const { carry, outputs } = scan(
    ([a, order], [k]) => {
      const candidates = where(greaterEqual(rows, k!), absolute(take(a!, k!, 2)), -1);
      const p = argmax(candidates, 1);
      const isK = equal(rows, k!);
      const isP = equal(rows, expandDims(p, 1));
      const best = sum(where(expandDims(isP, 2), a!, 0), 1);
      const swapped = exchange(a!, expandDims(isK, 1), expandDims(isP, 2), take(a!, k!, 1), best);
      const pivot = expandDims(take(best, k!, 1), 1);
      const below = greater(rows, k!);
      const l = where(logicalAnd(below, notEqual(pivot, 0)), divide(take(swapped, k!, 2), pivot), 0);
      const rest = subtract(swapped, outerProducts(l, where(greater(columns, k!), best, 0)));
      const isL = logicalAnd(expandDims(below, 1), equal(columns, k!));
      const chosen = sum(where(isP, order!, 0), 1);
      const displaced = take(order!, k!, 1);
      const next = where(isK, expandDims(chosen, 1), where(isP, expandDims(displaced, 1), order!));
      return { carry: [where(isL, expandDims(l, 2), rest), next], outputs: [p] };
    },
    [x, broadcastTo(rows, [count, m])],
    [arange(Math.min(m, n))],
  );
  return { lu: carry[0]!, order: carry[1]!, pivots: transpose(outputs[0]!, [1, 0]) };
}

/** x with A x = b: forward and back substitution on the rows of b in the factors' order. */
function solveBy({ lu, order }: Factors, b: Tensor): Tensor {
  const [count, n] = lu.shape as [number, number];
  if (n === 0) return b;
  const ordered = takeAlongAxis(b, expandDims(order, 2), 1);
  const ones = identities(count, n);
  const y = substitute(where(equal(ones, 1), 1, lu), ordered, true);
  return substitute(lu, y, false);
}

/** The factors without gradients, and the inverse for the formulas of derivatives. */
function factorise(x: Tensor): { factors: Factors; inverse: Tensor } {
  const factors = eliminate(stopGradient(x));
  return { factors, inverse: solveBy(factors, identities(x.shape[0]!, x.shape[1]!)) };
}

/**
 * The LU decomposition with partial pivoting of matrices [..., m, n]: `[lu, pivots]`. `lu` [..., m, n] has L below its diagonal
 * (whose own diagonal is 1) and U in the rest; `pivots` (int32 [..., min(m, n)]) says with which row, from 0, each row was
 * exchanged in turn. No gradient for matrices that are not square; for square ones
 * dL = L tril(L^-1 P dA U^-1, -1) and dU = triu(L^-1 P dA U^-1) U.
 */
export function luFactor(x: TensorLike): [Tensor, Tensor] {
  const { x: a, batch, count, rows: n, columns } = matrices('luFactor', x);
  const { lu, order, pivots } = eliminate(stopGradient(a));
  if (n !== columns || n === 0) return [unflatten(lu, batch), unflatten(pivots, batch)];
  const one = equal(identities(count, n), 1);
  const [l, u] = [where(one, 1, tril(lu)), triu(lu)];
  const moved = takeAlongAxis(change(a), expandDims(order, 2), 1);
  const lInverse = substitute(l, identities(count, n), true);
  const uInverse = substitute(u, identities(count, n), false);
  const inner = matmul(matmul(lInverse, moved), uInverse);
  const tangent = add(matmul(l, tril(inner, -1)), matmul(triu(inner), u));
  return [unflatten(withDerivative(lu, tangent, a), batch), unflatten(pivots, batch)];
}

/** The sign that the exchanges of rows give to a determinant: [count]. */
function parity(pivots: Tensor): Tensor {
  const moved = notEqual(pivots, arange(pivots.shape[1]!));
  return prod(where(moved, -1, 1), 1);
}

const diagonalOf = (x: Tensor): Tensor => diagonal(x, 0, 1, 2);

/** tr(A^-1 dA): the derivative of log |det A| (Giles 2008, section 2.2.4). */
const logTangent = (a: Tensor, inverse: Tensor): Tensor => sum(multiply(matrixTranspose(inverse), change(a)), [1, 2]);

/**
 * The determinants of matrices [..., n, n]: shape [...]. Derivative: det A tr(A^-1 dA); a singular matrix has no gradient here.
 */
export function det(x: TensorLike): Tensor {
  const { x: a, batch } = matrices('det', x, true);
  const { factors, inverse } = factorise(a);
  const value = multiply(prod(diagonalOf(factors.lu), 1), parity(factors.pivots));
  return reshape(withDerivative(value, multiply(value, logTangent(a, inverse)), a), batch);
}

/**
 * Sign and logarithm of the absolute value of the determinants of matrices [..., n, n]: `[sign, logarithm]`, which do not
 * overflow where the determinant does. A singular matrix gives 0 and -Infinity.
 */
export function slogdet(x: TensorLike): [Tensor, Tensor] {
  const { x: a, batch } = matrices('slogdet', x, true);
  const { factors, inverse } = factorise(a);
  const pivots = diagonalOf(factors.lu);
  const signs = multiply(prod(sign(pivots), 1), parity(factors.pivots));
  const value = sum(log(absolute(pivots)), 1);
  return [reshape(signs, batch), reshape(withDerivative(value, logTangent(a, inverse), a), batch)];
}

/** The logarithm of the absolute value of the determinants of matrices [..., n, n]: the second result of `slogdet`. */
export const logdet = (x: TensorLike): Tensor => slogdet(x)[1];

/** The inverses of matrices [..., n, n]; infinite or NaN for singular ones. Derivative: -A^-1 dA A^-1. */
export function inv(x: TensorLike): Tensor {
  const { x: a, batch } = matrices('inv', x, true);
  const { inverse } = factorise(a);
  return unflatten(withDerivative(inverse, negative(matmul(matmul(inverse, change(a)), inverse)), a), batch);
}

/**
 * The x with a x = b. Derivative: dx = A^-1 (db - dA x).
 *
 * @param a [..., n, n].
 * @param b [n], [..., n] or [..., n, k]; the axes before broadcast. What fits as [n, k] is not read as vectors.
 */
export function solve(a: TensorLike, b: TensorLike): Tensor {
  const { left, right, restore } = linearSystem('solve', a, b);
  const { factors, inverse } = factorise(left.x);
  const x = solveBy(factors, stopGradient(right));
  const tangent = matmul(inverse, subtract(change(right), matmul(change(left.x), x)));
  return restore(withDerivative(x, tangent, left.x, right));
}
