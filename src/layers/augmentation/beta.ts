import * as ops from '../../ops/index.ts';
import type { SeedGenerator } from '../../trace/seed-generator.ts';
import type { Tensor } from '../../trace/tensor.ts';

/** Each proposal is taken with a probability above 0.95, so that 12 fail once in 10^15 numbers or less. */
const PROPOSALS = 12;

/**
 * The logarithm of numbers of the gamma distribution, which small `alpha` make too small for float32. G. Marsaglia and W. W.
 * Tsang, "A simple method for generating gamma variables" (2000): for a >= 1, with d = a - 1/3, c = 1 / sqrt(9 d), x normal
 * and u even, v = (1 + c x)^3 is taken where v > 0 and log u < x^2 / 2 + d (1 - v + log v); the number is d v. For smaller
 * alpha, the number for alpha + 1 times u^(1 / alpha).
 */
export function logGamma(from: SeedGenerator, shape: readonly number[], alpha: number | Tensor): Tensor {
  const d = ops.add(alpha, 2 / 3);
  const c = ops.rsqrt(ops.multiply(d, 9));
  const all = [PROPOSALS, ...shape];
  const x = ops.normal(from.next(), all);
  const u = ops.maximum(ops.uniform(from.next(), all), 2 ** -25);
  const root = ops.add(1, ops.multiply(c, x));
  const v = ops.maximum(ops.multiply(ops.multiply(root, root), root), 2 ** -60);
  const logV = ops.log(v);
  const bound = ops.add(ops.divide(ops.square(x), 2), ops.multiply(d, ops.add(ops.subtract(1, v), logV)));
  const taken = ops.logicalAnd(ops.greater(root, 0), ops.less(ops.log(u), bound));
  // The first that is taken; the mean, were there none.
  const proposals = ops.unstack(logV);
  const value = ops.unstack(taken).reduceRight((y, yes, i) => ops.where(yes, proposals[i]!, y), ops.zeros(shape));
  const boost = ops.divide(ops.log(ops.maximum(ops.uniform(from.next(), shape), 2 ** -25)), alpha);
  return ops.add(ops.add(ops.log(d), value), boost);
}

/** Numbers of the beta distribution Beta(alpha, alpha): g / (g + h) of two numbers of the gamma distribution. */
export function beta(from: SeedGenerator, shape: readonly number[], alpha: number | Tensor): Tensor {
  const g = logGamma(from, shape, alpha);
  return ops.sigmoid(ops.subtract(g, logGamma(from, shape, alpha)));
}
