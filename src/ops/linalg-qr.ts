import { describe } from '../errors.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { arange, stopGradient, tril, triu } from './arithmetic.ts';
import { equal, greater, greaterEqual, isfinite, less, logicalAnd, where } from './compare.ts';
import { fail } from './core.ts';
import { absolute, add, divide, multiply, negative, sqrt, square, subtract } from './elementwise.ts';
import { take } from './indexing.ts';
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
import { outerProducts, substitute } from './linalg-triangular.ts';
import { scan } from './loop.ts';
import { concatenate, expandDims } from './movement.ts';
import { max, sum } from './reduce.ts';

/** v' x of each pair: [count, m] and [count, m, n] -> [count, n] */
const project = (v: Tensor, x: Tensor): Tensor => sum(multiply(expandDims(v, 2), x), 1);

/** x - tau v (v' x): the reflection of the columns of x. */
const reflect = (x: Tensor, v: Tensor, tau: Tensor): Tensor =>
  subtract(x, outerProducts(multiply(v, tau), project(v, x)));

/**
 * The vector v (v_k = 1, 0 before k) and the factor tau of the Householder reflection that makes column `k` of `r` zero below
 * row `k`, with LAPACK's signs (slarfg): no reflection where it is zero already. Divided by its largest element first, so that
 * squares neither overflow nor vanish.
 */
function reflector(r: Tensor, k: Tensor, rows: Tensor): { v: Tensor; tau: Tensor } {
  const column = take(r, k, 2);
  const below = where(greater(rows, k), column, 0);
  const from = where(greaterEqual(rows, k), column, 0);
  const largest = max(absolute(from), { axis: 1, keepdims: true });
  const scale = where(equal(largest, 0), 1, largest);
  const [alpha, tail] = [divide(expandDims(take(column, k, 1), 1), scale), divide(below, scale)];
  const rest = sum(square(tail), { axis: 1, keepdims: true });
  const length = sqrt(add(square(alpha), rest));
  const beta = where(less(alpha, 0), length, negative(length));
  const still = logicalAnd(equal(rest, 0), isfinite(largest));
  const v = where(equal(rows, k), 1, divide(tail, where(still, 1, subtract(alpha, beta))));
  return { v, tau: where(still, 0, divide(subtract(beta, alpha), where(still, 1, beta))) };
}

/**
 * The QR decomposition of [count, m, n] by Householder reflections, without gradient: Q [count, m, size] with orthonormal columns
 * and R [count, size, n], `size` being m, or the smaller of m and n.
 */
export function householder(x: Tensor, size: number): { q: Tensor; r: Tensor } {
  const [count, m, n] = x.shape as [number, number, number];
  if (m === 0 || n === 0) return { q: identities(count, m, size), r: rowsOf(x, 0, size) };
  const rows = arange(m);
  const steps = arange(Math.min(m, n));
  const forward = scan(
    ([r], [k]) => {
      const { v, tau } = reflector(r!, k!, rows);
      return { carry: [reflect(r!, v, tau)], outputs: [v, tau] };
    },
    [x],
    [steps],
  );
  const [vectors, factors] = forward.outputs as [Tensor, Tensor];
  const { carry } = scan(
    ([q], [v, tau]) => ({ carry: [reflect(q!, v!, tau!)] }),
    [identities(count, m, size)],
    [vectors, factors],
    { reverse: true },
  );
  return { q: carry[0]!, r: triu(rowsOf(forward.carry[0]!, 0, size)) };
}

/** What a change of the first columns of a basis does to the others, which stay orthogonal: dC = -Q dQ' C. */
export const complementTangent = (q: Tensor, dq: Tensor, c: Tensor): Tensor =>
  negative(matmul(q, matmul(matrixTranspose(dq), c)));

/**
 * The QR decomposition of matrices [..., m, n]: `[q, r]` with x = q r, the columns of q orthonormal and r upper triangular.
 *
 * Derivative (Walter and Lehmann 2018), with X the first k = min(m, n) columns and C = Q' dX R^-1:
 * dQ = Q (W - C) + dX R^-1 where W = tril(C, -1) - tril(C, -1)', and dR = dQ' A + Q' dA.
 *
 * @param mode `'reduced'` (default): q is [..., m, k] and r [..., k, n]; `'complete'`: q is [..., m, m] and r [..., m, n].
 */
export function qr(x: TensorLike, mode: 'reduced' | 'complete' = 'reduced'): [Tensor, Tensor] {
  if (mode !== 'reduced' && mode !== 'complete')
    fail('qr', `mode must be 'reduced' or 'complete', got ${describe(mode)}`, 'INVALID_ARGUMENT');
  const { x: a, batch, count, rows: m, columns: n } = matrices('qr', x);
  const k = Math.min(m, n);
  const size = mode === 'complete' ? m : k;
  const { q, r } = householder(stopGradient(a), size);
  const [base, others] = [columnsOf(q, 0, k), columnsOf(q, k, size)];
  const inverse = substitute(columnsOf(rowsOf(r, 0, k), 0, k), identities(count, k), false);
  const quotient = matmul(columnsOf(change(a), 0, k), inverse);
  const c = matmul(matrixTranspose(base), quotient);
  const lower = tril(c, -1);
  const turn = subtract(lower, matrixTranspose(lower));
  const dBase = add(matmul(base, subtract(turn, c)), quotient);
  const dq = size === k ? dBase : concatenate([dBase, complementTangent(base, dBase, others)], 2);
  const dr = triu(add(matmul(matrixTranspose(dq), stopGradient(a)), matmul(matrixTranspose(q), change(a))));
  return [unflatten(withDerivative(q, dq, a), batch), unflatten(withDerivative(r, dr, a), batch)];
}
