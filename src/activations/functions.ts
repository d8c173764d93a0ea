import { lift, wrap } from '../ops/core.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';

/** Floating numbers as they are, others as float32. */
const float = (x: TensorLike): Tensor => wrap(lift(x, 'float'));

/** `x` itself. */
export const linear = (x: TensorLike): Tensor => float(x);

/** Options of {@link relu}. */
export interface ReluOptions {
  /** Slope below the threshold. Default 0. */
  readonly negativeSlope?: number;
  /** The largest value; default: none. */
  readonly maxValue?: number | null;
  /** What is not above it is cut. Default 0. */
  readonly threshold?: number;
}

/** `x` above the threshold (at most `maxValue`), `negativeSlope * (x - threshold)` below. */
export function relu(x: TensorLike, { negativeSlope = 0, maxValue = null, threshold = 0 }: ReluOptions = {}): Tensor {
  const t = float(x);
  if (negativeSlope === 0 && threshold === 0 && maxValue === 6) return ops.relu6(t);
  const low = negativeSlope === 0 ? 0 : ops.multiply(ops.subtract(t, threshold), negativeSlope);
  const y = threshold === 0 && negativeSlope === 0 ? ops.relu(t) : ops.where(ops.lessEqual(t, threshold), low, t);
  return maxValue === null ? y : ops.minimum(y, maxValue);
}

/** e ** x. */
export const exponential = (x: TensorLike): Tensor => ops.exp(x);

/** x times the normal distribution's probability of being below x; by a tanh formula with `approximate`. */
export const gelu = (x: TensorLike, approximate = false): Tensor => ops.gelu(x, approximate);

/** e^x over its sum along `axis`; needs at least two axes, as the output of a layer has. */
export const softmax = (x: TensorLike, axis: number | readonly number[] = -1): Tensor => ops.softmax(x, axis);

export {
  celu,
  elu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardSilu as hardSwish,
  hardTanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  relu6,
  selu,
  sigmoid,
  silu,
  silu as swish,
  softplus,
  softShrink,
  softsign,
  sparsemax,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  tanh,
  tanhShrink,
  threshold,
} from '../ops/index.ts';
