import type { Tensor, TensorLike } from '../trace/index.ts';
import { stopGradient } from './arithmetic.ts';
import { diagonal } from './arrays.ts';
import { equal, isfinite, where } from './compare.ts';
import { absolute, add, divide, maximum, multiply, subtract } from './elementwise.ts';
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
import { scan } from './loop.ts';
import { expandDims, pad, reshape } from './movement.ts';
import { max, sum } from './reduce.ts';

const diagonalOf = (x: Tensor): Tensor => diagonal(x, 0, 1, 2);

/** One round: all pairs of rows and columns turned, in `a`; the same columns of the eigenvectors, which are rows of `v`. */
function round(a: Tensor, v: Tensor): [Tensor, Tensor] {
  const [top, bottom] = halves(a, 1);
  const [pp, pq] = halves(top, 2);
  const qq = halves(bottom, 2)[1];
  const [p, q] = [diagonalOf(pp), diagonalOf(qq)];
  const { cos, sin } = rotation(p, q, diagonalOf(pq), maximum(absolute(p), absolute(q)));
  const [c, s] = [expandDims(cos, 2), expandDims(sin, 2)];
  const turned = nextPartners(...rotate(top, bottom, c, s), 1);
  const [left, right] = halves(turned, 2);
  const across = rotate(left, right, expandDims(cos, 1), expandDims(sin, 1));
  return [nextPartners(...across, 2), nextPartners(...rotate(...halves(v, 1), c, s), 1)];
}

/** Eigenvalues [count, n], rising, and eigenvectors [count, n, n] of symmetric matrices, by Jacobi's method. */
function jacobi(x: Tensor): { w: Tensor; v: Tensor } {
  const [count, n] = x.shape as [number, number];
  if (n === 0) return { w: reshape(x, [count, 0]), v: x };
  const size = n + (n % 2);
  // No rotation is made where an infinity is large beside all else: such a matrix has no values.
  const finite = isfinite(max(absolute(x), { axis: [1, 2], keepdims: true }));
  const known = where(finite, x, Number.NaN);
  // A row and a column of zeros make the number even: they take part in no rotation.
  const even =
    size === n
      ? x
      : pad(x, [
          [0, 0],
          [0, 1],
          [0, 1],
        ]);
  const steps = jacobiSteps(size);
  const { carry } = scan(([a, v]) => ({ carry: round(a!, v!) }), [even, identities(count, size)], [], {
    length: steps,
  });
  const rough = columnsOf(rowsOf(carry[1]!, 0, n), 0, n);
  // Rounding adds up over the rotations. One step of Newton and Schulz makes the vectors orthonormal again, and their
  // Rayleigh quotients are the eigenvalues to second order.
  const overlap = matmul(rough, matrixTranspose(rough));
  const vectors = subtract(multiply(rough, 1.5), multiply(matmul(overlap, rough), 0.5));
  const values = sum(multiply(matmul(vectors, known), vectors), 2);
  const order = argsort(values, 1);
  return {
    w: takeAlongAxis(values, order, 1),
    v: matrixTranspose(takeAlongAxis(vectors, expandDims(order, 2), 1)),
  };
}

/** 1 / (b_j - a_i), 0 where they are equal: [count, n] each -> [count, n, n]. */
export function inverseGaps(a: Tensor): Tensor {
  const gaps = subtract(expandDims(a, 1), expandDims(a, 2));
  const same = equal(gaps, 0);
  return where(same, 0, divide(1, where(same, 1, gaps)));
}

/**
 * Eigenvalues [..., n], rising, and eigenvectors [..., n, n] (the columns) of symmetric matrices: `[w, v]`; of others of their
 * symmetric part. By Jacobi's method, with a fixed number of sweeps. The sign of an eigenvector is not specified.
 *
 * Derivative (Giles 2008, section 3.1): dw = diag(V' dA V) and dV = V (F o (V' dA V)), F_ij = 1 / (w_j - w_i). Where
 * eigenvalues are equal F counts as 0: right for functions that do not depend on the choice of their eigenvectors.
 */
export function eigh(x: TensorLike): [Tensor, Tensor] {
  const { x: a, batch } = matrices('eigh', x, true);
  const symmetric = multiply(add(a, matrixTranspose(a)), 0.5);
  const { w, v } = jacobi(stopGradient(symmetric));
  const inner = matmul(matmul(matrixTranspose(v), change(symmetric)), v);
  const dv = matmul(v, multiply(inverseGaps(w), inner));
  return [
    unflatten(withDerivative(w, diagonalOf(inner), symmetric), batch),
    unflatten(withDerivative(v, dv, symmetric), batch),
  ];
}
