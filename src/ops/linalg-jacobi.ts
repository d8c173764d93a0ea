import type { Tensor } from '../trace/index.ts';
import { less, lessEqual, where } from './compare.ts';
import { wrap } from './core.ts';
import { absolute, add, divide, multiply, sqrt, square, subtract } from './elementwise.ts';
import { concatenate, sliceAxis } from './movement.ts';

/** The steps of Jacobi's method over `n` (even) numbers: all pairs, in n - 1 rounds a sweep. */
export function jacobiSteps(n: number): number {
  // Convergence is quadratic: six sweeps are usual in float32, and the number grows with log n (Golub and Van Loan, 8.5).
  const sweeps = n <= 2 ? 2 : 8 + Math.ceil(Math.log2(n));
  return sweeps * (n - 1);
}

const part = (x: Tensor, axis: number, start: number, end: number): Tensor => wrap(sliceAxis(x.node, axis, start, end));

/** Both halves along `axis`: row i of the first and row i of the second are a pair. */
export function halves(x: Tensor, axis: number): [Tensor, Tensor] {
  const n = x.shape[axis]!;
  return [part(x, axis, 0, n / 2), part(x, axis, n / 2, n)];
}

/**
 * Both halves put together again with the partners of the next round (a round robin, as in Brent and Luk 1985): the first row
 * stays, the others move on by one place, up in the second half and down in the first. After n - 1 rounds all is in place.
 */
export function nextPartners(top: Tensor, bottom: Tensor, axis: number): Tensor {
  const h = top.shape[axis]!;
  if (h === 1) return concatenate([top, bottom], axis);
  const parts = [
    part(top, axis, 0, 1),
    part(bottom, axis, 0, 1),
    part(top, axis, 1, h - 1),
    part(bottom, axis, 1, h),
    part(top, axis, h - 1, h),
  ];
  return concatenate(parts, axis);
}

/**
 * Cosine and sine of the rotation that makes the off-diagonal element of [[alpha, gamma], [gamma, beta]] zero, the smaller
 * of both angles: t = sign(zeta) / (|zeta| + sqrt(1 + zeta^2)), zeta = (beta - alpha) / (2 gamma). Below 2^-26 of `unit` the
 * element counts as 0: what rounding leaves would only be turned to and fro.
 */
export function rotation(alpha: Tensor, beta: Tensor, gamma: Tensor, unit: Tensor): { cos: Tensor; sin: Tensor } {
  const none = lessEqual(absolute(gamma), multiply(unit, 2 ** -26));
  const zeta = divide(subtract(beta, alpha), where(none, 1, multiply(gamma, 2)));
  const size = divide(1, add(absolute(zeta), sqrt(add(square(zeta), 1))));
  const t = where(none, 0, where(less(zeta, 0), multiply(size, -1), size));
  const cos = divide(1, sqrt(add(square(t), 1)));
  return { cos, sin: multiply(cos, t) };
}

/** cos a - sin b and sin a + cos b. */
export function rotate(a: Tensor, b: Tensor, cos: Tensor, sin: Tensor): [Tensor, Tensor] {
  return [subtract(multiply(cos, a), multiply(sin, b)), add(multiply(sin, a), multiply(cos, b))];
}
