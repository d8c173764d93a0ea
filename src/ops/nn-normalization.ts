import { describe, OlifantError } from '../errors.ts';
import { isHalf } from '../graph/dtype.ts';
import { showShape } from '../graph/shape.ts';
import { epsilon as defaultEpsilon } from '../settings.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { type Axis, castTo, fail, lift, normalizeAxes, normalizeAxis, reshapeTo, wrap } from './core.ts';
import { add, clip, divide, maximum, multiply, negative, rsqrt, square, subtract } from './elementwise.ts';
import { customGradient } from './gradient.ts';
import { norm } from './linalg-norm.ts';
import { mean, meanAndVariance, sum } from './reduce.ts';

/** What was computed in float32, in the floating dtype of the input. */
const likeInput = (x: TensorLike, y: Tensor): Tensor => wrap(castTo(y.node, lift(x, 'float').dtype));

/** The largest number of float16. */
const HALF_MAX = 65504;

/**
 * Mean and variance over `axes`. Those of numbers of 16 bits are computed in float32 and, as in Keras, held within the range of
 * float16.
 */
export function moments(
  x: TensorLike,
  axes: Axis,
  { keepdims = false, synchronized = false }: { keepdims?: boolean; synchronized?: boolean } = {},
): { mean: Tensor; variance: Tensor } {
  if (synchronized)
    throw new OlifantError(
      'UNSUPPORTED',
      'ops.moments: synchronized: there is one device, nothing to synchronize with',
    );
  const t = wrap(lift(x, 'float'));
  const over = normalizeAxes('moments', axes, t.rank);
  if (!isHalf(t.dtype)) return meanAndVariance(t, over, keepdims);
  const { mean, variance } = meanAndVariance(wrap(castTo(t.node, 'float32')), over, keepdims);
  const held = (m: Tensor): Tensor => wrap(castTo(clip(m, -HALF_MAX, HALF_MAX).node, t.dtype));
  return { mean: held(mean), variance: held(variance) };
}

/** A vector laid along `axis` of a tensor of `rank` axes. */
function along(v: TensorLike, axis: number, rank: number): Tensor {
  const n = lift(v, 'float32');
  return wrap(
    reshapeTo(
      n,
      Array.from({ length: rank }, (_, i) => (i === axis ? n.shape[0]! : 1)),
    ),
  );
}

/**
 * (x - mean) / sqrt(variance + epsilon) * scale + offset, computed as x inv + (offset - mean inv) so that one product
 * and one sum are left for each element. The vectors lie along `axis`.
 */
export function batchNormalization(
  x: TensorLike,
  average: TensorLike,
  spread: TensorLike,
  axis: number,
  { offset, scale, epsilon = 1e-3 }: { offset?: TensorLike | null; scale?: TensorLike | null; epsilon?: number } = {},
): Tensor {
  const t = wrap(lift(x, 'float32'));
  const at = normalizeAxis('batchNormalization', axis, t.rank);
  for (const [name, v] of Object.entries({ mean: average, variance: spread, offset, scale })) {
    if (v === undefined || v === null) continue;
    const shape = lift(v as TensorLike).shape;
    if (shape.length !== 1 || shape[0] !== t.shape[at])
      fail('batchNormalization', `${name}: expected shape [${t.shape[at]}], got ${showShape(shape)}`);
  }
  let inverse = rsqrt(add(wrap(lift(spread, 'float32')), epsilon));
  if (scale !== undefined && scale !== null) inverse = multiply(inverse, scale);
  let shift = negative(multiply(wrap(lift(average, 'float32')), inverse));
  if (offset !== undefined && offset !== null) shift = add(shift, offset);
  return likeInput(x, add(multiply(t, along(inverse, at, t.rank)), along(shift, at, t.rank)));
}

/** Gamma and beta of the axes' own shape, laid along them. */
function alongAxes(v: TensorLike, axes: readonly number[], rank: number): Tensor {
  const n = lift(v, 'float32');
  const sizes = [...n.shape];
  if (sizes.length !== axes.length) return wrap(n);
  return wrap(
    reshapeTo(
      n,
      Array.from({ length: rank }, (_, i) => (axes.includes(i) ? sizes.shift()! : 1)),
    ),
  );
}

/** (x - mean) / sqrt(variance + epsilon) over `axis` of each sample, times `gamma` plus `beta`. */
export function layerNormalization(
  x: TensorLike,
  {
    gamma,
    beta,
    axis = -1,
    epsilon = defaultEpsilon(),
  }: { gamma?: TensorLike | null; beta?: TensorLike | null; axis?: Axis; epsilon?: number } = {},
): Tensor {
  const t = wrap(lift(x, 'float32'));
  const axes = normalizeAxes('layerNormalization', axis, t.rank);
  let y = standardize(t, axes, epsilon);
  if (gamma !== undefined && gamma !== null) y = multiply(y, alongAxes(gamma, axes, t.rank));
  if (beta !== undefined && beta !== null) y = add(y, alongAxes(beta, axes, t.rank));
  return likeInput(x, y);
}

/** (x - mean) / sqrt(variance + epsilon). Its derivative in terms of the result, which then is all that is kept of it. */
function standardize(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const how = { axis: axes, keepdims: true };
  return customGradient((t) => {
    const centred = subtract(t, mean(t, how));
    const inverse = rsqrt(add(mean(square(centred), how), epsilon));
    const y = multiply(centred, inverse);
    const slope = (g: Tensor) => {
      const along = multiply(y, mean(multiply(g, y), how));
      return multiply(inverse, subtract(subtract(g, mean(g, how)), along));
    };
    return [y, slope];
  })(x);
}

/** x / sqrt(mean(x^2) + epsilon) over `axis`, times `scale`. */
export function rmsNormalization(
  x: TensorLike,
  { scale, axis = -1, epsilon = defaultEpsilon() }: { scale?: TensorLike | null; axis?: Axis; epsilon?: number } = {},
): Tensor {
  const t = wrap(lift(x, 'float32'));
  const axes = normalizeAxes('rmsNormalization', axis, t.rank);
  const y = multiply(t, rsqrt(add(mean(square(t), { axis: axes, keepdims: true }), epsilon)));
  return likeInput(x, scale === undefined || scale === null ? y : multiply(y, alongAxes(scale, axes, t.rank)));
}

/** Divided by its norm along `axis`; norms below `epsilon` count as that. `order` is a whole number from 1. */
export function normalize(
  x: TensorLike,
  { axis = -1, order = 2, epsilon = defaultEpsilon() }: { axis?: Axis; order?: number; epsilon?: number } = {},
): Tensor {
  if (!Number.isInteger(order) || order < 1)
    fail('normalize', `order: expected a whole number from 1, got ${describe(order)}`, 'INVALID_ARGUMENT');
  const t = wrap(lift(x, 'float32'));
  if (order === 2) {
    const squares = sum(square(t), { axis, keepdims: true });
    return likeInput(x, multiply(t, rsqrt(maximum(squares, epsilon ** 2))));
  }
  return likeInput(x, divide(t, maximum(norm(t, { axis, ord: order, keepdims: true }), epsilon)));
}
