import { node } from '../graph/build.ts';
import { showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { iotaAlong, stopGradient } from './arithmetic.ts';
import { greater, greaterEqual, less, lessEqual, where } from './compare.ts';
import { castTo, fail, inFloat32, lift, normalizeAxis, wrap } from './core.ts';
import {
  absolute,
  add,
  clip,
  divide,
  erf,
  exp,
  expm1,
  log,
  log1p,
  maximum,
  multiply,
  negative,
  sqrt,
  square,
  subtract,
  tanh,
} from './elementwise.ts';
import { customGradient } from './gradient.ts';
import { cumsum, sort } from './indexing.ts';
import { split } from './movement.ts';
import { max, sum } from './reduce.ts';

const float = (x: TensorLike): Tensor => wrap(lift(x, 'float'));

/** `max(x, 0)`, with the derivative 0 at 0; NaN stays NaN. */
export function relu(x: TensorLike): Tensor {
  const t = wrap(lift(x));
  return where(lessEqual(t, 0), 0, t);
}

/** `min(max(x, 0), 6)`, with the derivative 0 at both ends. */
export function relu6(x: TensorLike): Tensor {
  const t = wrap(lift(x));
  return where(greaterEqual(t, 6), 6, relu(t));
}

/** `x` where it is not negative, `negativeSlope * x` elsewhere. */
export function leakyRelu(x: TensorLike, negativeSlope = 0.2): Tensor {
  const t = float(x);
  return where(less(t, 0), multiply(t, negativeSlope), t);
}

/** 1 / (1 + e^-x), with the derivative s (1 - s). */
export const sigmoid = (x: TensorLike): Tensor => wrap(node('sigmoid', [float(x).node], {}));

/** log(1 + e^x) = max(x, 0) + log1p(e^-|x|). */
export function softplus(x: TensorLike): Tensor {
  const t = float(x);
  const below = less(t, 0);
  return add(where(below, 0, t), log1p(exp(where(below, t, negative(t)))));
}

/** log(sigmoid(x)) = -softplus(-x). */
export const logSigmoid = (x: TensorLike): Tensor => negative(softplus(negative(float(x))));

/** x sigmoid(x). */
export function silu(x: TensorLike): Tensor {
  const t = float(x);
  return multiply(t, sigmoid(t));
}
export const swish = silu;

/** x / (1 + |x|). */
export function softsign(x: TensorLike): Tensor {
  const t = float(x);
  return divide(t, add(absolute(t), 1));
}

/** `x` above 0, `alpha (e^x - 1)` below. */
export function elu(x: TensorLike, alpha = 1): Tensor {
  const t = float(x);
  const above = greater(t, 0);
  return where(above, t, multiply(expm1(where(above, 0, t)), alpha));
}

/** max(x, 0) + min(0, alpha (e^(x / alpha) - 1)). */
export function celu(x: TensorLike, alpha = 1): Tensor {
  const t = float(x);
  const above = greater(t, 0);
  return where(above, t, multiply(expm1(divide(where(above, 0, t), alpha)), alpha));
}

/** Constants of the fixed point (mean 0, variance 1) of self-normalising networks (Klambauer et al. 2017). */
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** scale elu(x, alpha) with the constants that keep mean 0 and variance 1. */
export const selu = (x: TensorLike): Tensor => multiply(elu(x, SELU_ALPHA), SELU_SCALE);

/**
 * x times the normal distribution's probability of being below x: x (1 + erf(x / sqrt 2)) / 2, or with `approximate`
 * x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
 */
export function gelu(x: TensorLike, approximate = true): Tensor {
  const t = float(x);
  if (!approximate) return multiply(multiply(t, 0.5), add(erf(multiply(t, Math.SQRT1_2)), 1));
  const cubic = multiply(add(t, multiply(multiply(multiply(t, t), t), 0.044715)), Math.sqrt(2 / Math.PI));
  return multiply(t, multiply(add(tanh(cubic), 1), 0.5));
}

/** min(max(x + 3, 0), 6) / 6. */
export const hardSigmoid = (x: TensorLike): Tensor => divide(relu6(add(float(x), 3)), 6);

/** x hardSigmoid(x). */
export function hardSilu(x: TensorLike): Tensor {
  const t = float(x);
  return multiply(t, hardSigmoid(t));
}
export const hardSwish = hardSilu;

/** `x` cut to [-1, 1]. */
export function hardTanh(x: TensorLike): Tensor {
  const t = float(x);
  return where(greater(t, 1), 1, where(less(t, -1), -1, t));
}

/** x tanh(softplus(x)). */
export function mish(x: TensorLike): Tensor {
  const t = float(x);
  return multiply(t, tanh(softplus(t)));
}

/** x - tanh(x). */
export function tanhShrink(x: TensorLike): Tensor {
  const t = float(x);
  return subtract(t, tanh(t));
}

/** Towards 0 by `threshold`, and 0 within it. */
export function softShrink(x: TensorLike, threshold = 0.5): Tensor {
  const t = float(x);
  const inner = where(less(t, -threshold), add(t, threshold), multiplyZero(t));
  return where(greater(t, threshold), subtract(t, threshold), inner);
}

/** 0 where `t` is a number (a comparison with NaN is false, and NaN must not become 0). */
const multiplyZero = (t: Tensor): Tensor => where(wrap(node('eq', [t.node, t.node], {})), 0, t);

/** 0 where |x| <= threshold. */
export function hardShrink(x: TensorLike, threshold = 0.5): Tensor {
  const t = float(x);
  return where(lessEqual(absolute(t), threshold), 0, t);
}

/** `x` above `limit`, `defaultValue` elsewhere. */
export function threshold(x: TensorLike, limit: number, defaultValue: number): Tensor {
  const t = float(x);
  return where(lessEqual(t, limit), defaultValue, t);
}

/** (x + sqrt(x^2 + b)) / 2. */
export function squareplus(x: TensorLike, b = 4): Tensor {
  const t = float(x);
  return multiply(add(t, sqrt(add(square(t), b))), 0.5);
}

/** 0 up to -1, (x + 1)^2 / 4 up to 1, then x. */
export function sparsePlus(x: TensorLike): Tensor {
  const t = float(x);
  const curve = multiply(square(add(t, 1)), 0.25);
  return where(lessEqual(t, -1), 0, where(greaterEqual(t, 1), t, curve));
}

/** 0 up to -1, (x + 1) / 2 up to 1, then 1. */
export const sparseSigmoid = (x: TensorLike): Tensor => multiply(clip(add(float(x), 1), 0, 2), 0.5);

/** The one half of `axis` times the sigmoid of the other. */
export function glu(x: TensorLike, axis = -1): Tensor {
  const t = float(x);
  const at = normalizeAxis('glu', axis, t.rank);
  if (t.shape[at]! % 2 !== 0) fail('glu', `expected an even size of axis ${at}, got shape ${showShape(t.shape)}`);
  const [a, b] = split(t, 2, at) as [Tensor, Tensor];
  return multiply(a, sigmoid(b));
}

/** `x` less its maximum along the axes; the maximum has no gradient, for the shift cancels. */
function shifted(op: string, x: TensorLike, axis: number | readonly number[]): Tensor {
  const t = float(x);
  if (t.rank === 0) fail(op, 'expected at least one axis, got a scalar');
  return subtract(t, stopGradient(max(t, { axis, keepdims: true })));
}

/** e^x over its sum along `axis`. */
export function softmax(x: TensorLike, axis: number | readonly number[] = -1): Tensor {
  const how = { axis, keepdims: true };
  // Its derivative in terms of the result, which then is all that is kept of it.
  const share = customGradient((t) => {
    const e = exp(shifted('softmax', t, axis));
    const y = divide(e, sum(e, how));
    return [y, (upstream) => multiply(y, subtract(upstream, sum(multiply(upstream, y), how)))];
  });
  return inFloat32(x, share);
}

/** log(softmax(x)), without the exponential's loss of digits. */
export function logSoftmax(x: TensorLike, axis: number | readonly number[] = -1): Tensor {
  const t = shifted('logSoftmax', x, axis);
  return subtract(t, log(sum(exp(t), { axis, keepdims: true })));
}

/**
 * max(x - tau, 0) as Keras 3.15 computes it: with z sorted downwards, c its partial sums and k the number of places where
 * 1 + i z_i > c_i, tau = (the sum of those k partial sums - 1) / k. Sparsemax as published (Martins and Astudillo 2016)
 * has the last of the k partial sums instead; the two agree where k = 1, and only the published one sums to 1 beyond that.
 * Models come from and go to Keras, so its values count.
 */
export function sparsemax(x: TensorLike, axis = -1): Tensor {
  const t = float(x);
  const at = normalizeAxis('sparsemax', axis, t.rank);
  // The largest first, and NaN last.
  const z = negative(sort(negative(t), at));
  const total = cumsum(z, at);
  const place = add(wrap(castTo(iotaAlong(z.shape, at), t.dtype)), 1);
  const inside = greater(subtract(z, divide(subtract(total, 1), place)), 0);
  const k = sum(inside, { axis: at, keepdims: true });
  const chosen = sum(where(inside, total, 0), { axis: at, keepdims: true });
  return maximum(subtract(t, divide(subtract(chosen, 1), k)), 0);
}
