import type { Shape } from '../graph/shape.ts';
import * as ops from '../ops/index.ts';
import { type Tensor, type TensorLike, tensor } from '../trace/index.ts';
import type { SampleOptions } from './distributions.ts';
import { floatType, keyOf } from './seed.ts';

/**
 * Tries for each number: the worst case (alpha = 1) takes 95.2 of 100, so that one in 10^19 numbers is left without, and gets the
 * middle of the distribution.
 */
const TRIES = 14;

/** A key beside another one: the same for the same key, with another stream of words. */
export const beside = (key: Tensor, n: number): Tensor =>
  ops.bitwiseXor(key, tensor(Int32Array.of(0x5851f42d ^ n, 0x14057b7e ^ (n << 8))));

/** Log of gamma numbers, so that the tiny ones of a small alpha stay apart: see `gamma`. */
export function logGamma(key: Tensor, alpha: Tensor): Tensor {
  const { shape } = alpha;
  const tries = [TRIES, ...shape];
  const small = ops.less(alpha, 1);
  // Marsaglia and Tsang, "A simple method for generating gamma variables" (2000), for alpha >= 1.
  const d = ops.subtract(ops.where(small, ops.add(alpha, 1), alpha), 1 / 3);
  const c = ops.divide(1 / 3, ops.sqrt(d));
  const z = ops.normal(beside(key, 1), tries);
  const u = open(beside(key, 2), tries);
  const root = ops.add(1, ops.multiply(c, z));
  const positive = ops.greater(root, 0);
  const v = ops.power(ops.where(positive, root, 1), 3);
  const bound = ops.add(ops.multiply(0.5, ops.square(z)), ops.multiply(d, ops.add(ops.subtract(1, v), ops.log(v))));
  const taken = ops.logicalAnd(positive, ops.less(ops.log(u), bound));
  const first = ops.argmax(ops.cast(taken, 'int32'), { axis: 0, keepdims: true });
  const chosen = ops.squeeze(ops.takeAlongAxis(v, first, 0), 0);
  const log = ops.add(ops.log(d), ops.log(ops.where(ops.any(taken, 0), chosen, 1)));
  // Below 1: a number for alpha + 1, times u^(1 / alpha).
  const boost = ops.divide(ops.log(open(beside(key, 3), shape)), ops.where(small, alpha, 1));
  return ops.where(small, ops.add(log, boost), log);
}

/** In (0, 1): never 0, whose logarithm there is not. */
export const open = (key: Tensor, shape: Shape): Tensor => ops.add(ops.uniform(key, shape), 2 ** -25);

/** The parameter repeated to the shape of the samples. */
export const spread = (parameter: TensorLike, shape: Shape): Tensor =>
  ops.broadcastTo(ops.cast(ops.convertToTensor(parameter), 'float32'), shape);

/**
 * Numbers of the gamma distribution with shape parameter `alpha` and rate 1. No gradient flows to `alpha`.
 *
 * @param alpha Above 0; repeated to `shape`.
 */
export function gamma(shape: Shape, alpha: TensorLike, { dtype, seed = null }: SampleOptions = {}): Tensor {
  const to = floatType('gamma', dtype);
  return ops.stopGradient(ops.cast(ops.exp(logGamma(keyOf('gamma', seed), spread(alpha, shape))), to));
}
