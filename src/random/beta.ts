import type { Shape } from '../graph/shape.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import type { SampleOptions } from './distributions.ts';
import { beside, logGamma, spread } from './gamma.ts';
import { floatType, keyOf } from './seed.ts';

/**
 * Numbers of the beta distribution, in [0, 1]: x / (x + y) of gamma numbers x and y. No gradient flows to the parameters.
 *
 * @param alpha Above 0; repeated to `shape`.
 * @param beta Above 0; repeated to `shape`.
 */
export function beta(
  shape: Shape,
  alpha: TensorLike,
  beta: TensorLike,
  { dtype, seed = null }: SampleOptions = {},
): Tensor {
  const to = floatType('beta', dtype);
  const key = keyOf('beta', seed);
  const x = logGamma(beside(key, 16), spread(alpha, shape));
  const y = logGamma(beside(key, 32), spread(beta, shape));
  // By logarithms, since both may be too small for float32.
  return ops.stopGradient(ops.cast(ops.sigmoid(ops.subtract(x, y)), to));
}
