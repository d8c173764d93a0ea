import * as ops from '../ops/index.ts';
import type { Tensor } from '../trace/index.ts';

const norm = (x: Tensor): Tensor => ops.sqrt(ops.sum(ops.square(x)));

/** A gradient no longer than `limit`. */
export function clipByNorm(gradient: Tensor, limit: number): Tensor {
  return ops.divide(ops.multiply(gradient, limit), ops.maximum(norm(gradient), limit));
}

/** All gradients by one factor, so that together they are no longer than `limit`; NaN where their norm is not finite. */
export function clipByGlobalNorm(gradients: readonly Tensor[], limit: number): Tensor[] {
  const squares = gradients.map((g) => ops.sum(ops.square(g)));
  const whole = ops.sqrt(squares.reduce((a, b) => ops.add(a, b)));
  const factor = ops.multiply(ops.minimum(ops.divide(1, whole), 1 / limit), limit);
  const scale = ops.add(factor, ops.subtract(whole, whole));
  return gradients.map((g) => ops.multiply(g, scale));
}
