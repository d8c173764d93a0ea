import { node } from '../graph/build.ts';
import type { DType } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { type Shape, showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { less, where } from './compare.ts';
import { castTo, expandTo, fail, inFloat32, lift, normalizeAxis, reshapeTo, wrap } from './core.ts';
import { add, alike, clip, divide, floor, log, log1p, multiply, negative, sqrt, subtract } from './elementwise.ts';
import { argsort, take } from './indexing.ts';
import { argmax } from './reduce.ts';

/** Random numbers of an operation are a function of its key (int32 [2]), which `SeedGenerator.next()` gives. */
const bitsOf = (key: TensorLike, shape: Shape): Node => node('randomBits', [lift(key, 'int32')], { shape });

/** The 24 high bits of each word, as int32 in [0, 2^24). */
function bits24(key: TensorLike, shape: Shape): Node {
  const bits = bitsOf(key, shape);
  return node('shr', [bits, alike(8, bits)], {});
}

/** Evenly distributed multiples of 2^-24 in [0, 1), spread to [low, high). */
export function uniform(
  key: TensorLike,
  shape: Shape,
  { low = 0, high = 1 }: { low?: number; high?: number } = {},
): Tensor {
  const unit = multiply(wrap(castTo(bits24(key, shape), 'float32')), 2 ** -24);
  return low === 0 && high === 1 ? unit : add(multiply(unit, high - low), low);
}

/** Evenly distributed odd multiples of 2^-24: in (0, 1), never 0 or 1, and symmetric about 1/2. */
function open(key: TensorLike, shape: Shape): Tensor {
  const bits = bitsOf(key, shape);
  const odd = node(
    'add',
    [node('shl', [node('shr', [bits, alike(9, bits)], {}), alike(1, bits)], {}), alike(1, bits)],
    {},
  );
  return multiply(wrap(castTo(odd, 'float32')), 2 ** -24);
}

/**
 * Coefficients of M. Giles, "Approximating the erfinv function" (GPU Computing Gems 2010), single precision: with
 * w = -log(1 - x^2), a polynomial in w - 2.5 for w < 5 and in sqrt(w) - 3 beyond.
 */
const ERFINV_CENTRE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const ERFINV_TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

function horner(coefficients: readonly number[], x: Tensor): Tensor {
  const [first, ...rest] = coefficients as [number, ...number[]];
  return rest.reduce((p, c) => add(multiply(p, x), c), wrap(alike(first, x.node)));
}

/** The inverse of erf on (-1, 1); infinite at the ends, NaN beyond. */
export const erfinv = (x: TensorLike): Tensor => inFloat32(x, inverseErf);

function inverseErf(t: Tensor): Tensor {
  const w = negative(log1p(negative(multiply(t, t))));
  const central = less(w, 5);
  const p = where(central, horner(ERFINV_CENTRE, subtract(w, 2.5)), horner(ERFINV_TAIL, subtract(sqrt(w), 3)));
  const ends = wrap(node('eq', [node('abs', [t.node], {}), alike(1, t.node)], {}));
  return multiply(t, where(ends, Number.POSITIVE_INFINITY, p));
}

/** Normal numbers: sqrt(2) erfinv(u) of u even on (-1, 1). */
export function normal(
  key: TensorLike,
  shape: Shape,
  { mean = 0, stddev = 1 }: { mean?: number; stddev?: number } = {},
): Tensor {
  const u = subtract(multiply(open(key, shape), 2), 1);
  const z = multiply(erfinv(u), Math.SQRT2 * stddev);
  return mean === 0 ? z : add(z, mean);
}

/** Normal numbers no further from the mean than two standard deviations. */
export function truncatedNormal(
  key: TensorLike,
  shape: Shape,
  { mean = 0, stddev = 1 }: { mean?: number; stddev?: number } = {},
): Tensor {
  // erf(2 / sqrt 2): the inverse of the distribution on the part that is kept.
  const bound = 0.9544997361036416;
  const z = multiply(erfinv(multiply(subtract(multiply(open(key, shape), 2), 1), bound)), Math.SQRT2);
  return add(multiply(clip(z, -2, 2), stddev), mean);
}

/** Integers in [low, high), int32. */
export function randint(key: TensorLike, shape: Shape, { low = 0, high }: { low?: number; high: number }): Tensor {
  const range = high - low;
  if (!Number.isInteger(range) || range < 1 || range > 2 ** 24)
    fail('randint', `expected whole low < high, at most 2^24 apart, got ${low} and ${high}`, 'INVALID_ARGUMENT');
  const scaled = floor(multiply(uniform(key, shape), range));
  return add(wrap(castTo(clip(scaled, 0, range - 1).node, 'int32')), low);
}

/** 1 with the given probability, else 0. */
export function bernoulli(key: TensorLike, shape: Shape, probability: number, dtype: DType = 'float32'): Tensor {
  return wrap(castTo(keepMask(key, shape, probability), dtype));
}

/** True with probability `keep`: the words' high bits below a threshold, compared as integers. */
function keepMask(key: TensorLike, shape: Shape, keep: number): Node {
  const bits = bits24(key, shape);
  return node('lt', [bits, alike(Math.round(keep * 2 ** 24), bits)], {});
}

/**
 * Zeros in a random share `rate` of the elements, the others divided by 1 - rate. `noiseShape`: sizes of 1 share one
 * choice along an axis.
 */
export function dropout(x: TensorLike, rate: number, key: TensorLike, noiseShape?: Shape | null): Tensor {
  if (!(rate >= 0 && rate <= 1))
    fail('dropout', `rate: expected a number from 0 to 1, got ${rate}`, 'INVALID_ARGUMENT');
  const t = wrap(lift(x, 'float'));
  if (rate === 0) return t;
  if (rate === 1) return wrap(alike(0, t.node));
  const shape = noiseShape ?? t.shape;
  if (shape.length !== t.rank || shape.some((d, i) => d !== 1 && d !== t.shape[i]))
    fail('dropout', `noiseShape ${showShape(shape)} does not repeat to ${showShape(t.shape)}`);
  const keep = expandTo(keepMask(key, shape, 1 - rate), t.shape);
  return where(wrap(keep), divide(t, 1 - rate), 0);
}

/** `numSamples` class numbers for each row of log-probabilities [n, classes] (the Gumbel maximum), int32. */
export function categorical(key: TensorLike, logits: TensorLike, numSamples: number): Tensor {
  const t = lift(logits, 'float32');
  if (t.shape.length !== 2) fail('categorical', `expected logits of shape [n, classes], got ${showShape(t.shape)}`);
  const [n, classes] = t.shape as [number, number];
  const shape = [n, numSamples, classes];
  const gumbel = negative(log(negative(log(open(key, shape)))));
  return argmax(add(gumbel, wrap(expandTo(reshapeTo(t, [n, 1, classes]), shape))), { axis: -1 });
}

/** The rows along `axis` in random order. */
export function shuffle(key: TensorLike, x: TensorLike, axis = 0): Tensor {
  const t = wrap(lift(x));
  const at = normalizeAxis('shuffle', axis, t.rank);
  return take(t, argsort(wrap(bitsOf(key, [t.shape[at]!])), 0), at);
}
