import { node } from '../graph/build.ts';
import { isFloating } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { showShape } from '../graph/shape.ts';
import { Tensor, type TensorLike } from '../trace/index.ts';
import { fromBits, toBits } from './bits.ts';
import { equal, isnan, less, where } from './compare.ts';
import { alignShapes, castTo, commonType, expandTo, fail, floatType, inFloat32, lift, wrap } from './core.ts';
import {
  absolute,
  add,
  alike,
  arctan2,
  cos,
  divide,
  exp,
  log,
  logaddexp,
  maximum,
  minimum,
  multiply,
  negative,
  sign,
  signBit,
  sin,
  sqrt,
  subtract,
} from './elementwise.ts';
import { stack, unstack } from './movement.ts';

const float = (x: TensorLike): Tensor => wrap(lift(x, 'float32'));

const pair = (op: string, x: TensorLike, y: TensorLike): [Tensor, Tensor] =>
  alignShapes(op, [lift(x, 'float32'), lift(y, 'float32')]).map(wrap) as [Tensor, Tensor];

/** Computes in float32 what `f` makes of two operands, of one shape, and rounds the result once where they meet in 16 bits. */
function pairInFloat32(op: string, x: TensorLike, y: TensorLike, f: (x: Tensor, y: Tensor) => Tensor): Tensor {
  return wrap(castTo(f(...pair(op, x, y)).node, floatType(x, y)));
}

/** |x|, of integers as a floating number. */
export const fabs = (x: TensorLike): Tensor => inFloat32(x, absolute);

/** The real number whose cube is `x`: exp(log|x| / 3), and one step of Newton's on it. */
export const cbrt = (x: TensorLike): Tensor => inFloat32(x, cubeRoot);

function cubeRoot(t: Tensor): Tensor {
  const a = absolute(t);
  const plain = wrap(node('and', [less(0, a).node, less(a, Number.POSITIVE_INFINITY).node], {}));
  const safe = where(plain, a, 1);
  const guess = exp(multiply(log(safe), 1 / 3));
  const root = subtract(guess, divide(subtract(guess, divide(safe, multiply(guess, guess))), 3));
  return where(plain, multiply(sign(t), root), t);
}

/** The larger of two; where one is NaN, the other. */
export function fmax(x: TensorLike, y: TensorLike): Tensor {
  return ofNumbers('fmax', x, y, maximum);
}

/** The smaller of two; where one is NaN, the other. */
export function fmin(x: TensorLike, y: TensorLike): Tensor {
  return ofNumbers('fmin', x, y, minimum);
}

function ofNumbers(op: string, x: TensorLike, y: TensorLike, choose: typeof maximum): Tensor {
  if (!isFloating(commonType(x, y))) return choose(x, y);
  return pairInFloat32(op, x, y, (a, b) => where(isnan(a), b, where(isnan(b), a, choose(a, b))));
}

/** 0 for negative `x`, 1 for positive, `y` at 0. */
export function heaviside(x: TensorLike, y: TensorLike): Tensor {
  return pairInFloat32('heaviside', x, y, (a, b) => {
    const step = where(less(a, 0), 0, where(less(0, a), 1, b));
    return where(isnan(a), a, step);
  });
}

/**
 * exp(-x) I0(x) as a polynomial in x / 4 - 1 for x <= 8, and exp(-x) sqrt(x) I0(x) in 16 / x - 1 beyond, highest power
 * first: expansions in Chebyshev polynomials (relative error below 3e-7).
 */
const I0_NEAR = [
  -0.00085198437, 0.0019814793, -0.000754895, 0.0012277215, -0.008018237, 0.014528302, -0.018857354, 0.028607963,
  -0.04331789, 0.057333983, -0.06946329, 0.079165004, -0.084973246, 0.087354295, -0.08904287, 0.09451522, -0.113004334,
  0.20700192,
];
const I0_FAR = [3.6266704e-7, 1.6391349e-6, 1.1112148e-5, 0.00013615603, 0.0033605557, 0.4021765];

const horner = (coefficients: readonly number[], x: Tensor): Tensor =>
  coefficients.slice(1).reduce((p, c) => add(multiply(p, x), c), wrap(alike(coefficients[0]!, x.node)));

/** The modified Bessel function of the first kind and order 0, in float32. Of an infinity NaN, as in Keras on JAX. */
export function i0(x: TensorLike): Tensor {
  const t = absolute(float(x));
  const isNear = wrap(node('le', [t.node, alike(8, t.node)], {}));
  const near = where(isNear, t, 8);
  const far = where(isNear, 8, t);
  const small = multiply(horner(I0_NEAR, subtract(multiply(near, 0.25), 1)), exp(near));
  const large = multiply(divide(horner(I0_FAR, subtract(divide(16, far), 1)), sqrt(far)), exp(far));
  return where(isNear, small, large);
}

/** True where `x` is minus infinity. */
export const isneginf = (x: TensorLike): Tensor => equal(float(x), Number.NEGATIVE_INFINITY);
/** True where `x` is plus infinity. */
export const isposinf = (x: TensorLike): Tensor => equal(float(x), Number.POSITIVE_INFINITY);

/** True for negative numbers, -0 and negative NaNs. */
export function signbit(x: TensorLike): Tensor {
  const n = lift(x);
  if (isFloating(n.dtype)) return wrap(signBit(castTo(n, 'float32')));
  return less(wrap(n), 0);
}

/** sin(pi x) / (pi x), and 1 at 0. */
export function sinc(x: TensorLike): Tensor {
  return inFloat32(x, (given) => {
    const t = multiply(given, Math.PI);
    const atZero = equal(t, 0);
    const safe = where(atZero, 1, t);
    return where(atZero, 1, divide(sin(safe), safe));
  });
}

/** log2(2^x + 2^y), without overflow. */
export const logaddexp2 = (x: TensorLike, y: TensorLike): Tensor =>
  pairInFloat32('logaddexp2', x, y, (a, b) =>
    divide(logaddexp(multiply(a, Math.LN2), multiply(b, Math.LN2)), Math.LN2),
  );

/** 2^k for whole k from -126 to 127, by its bits. */
function powerOfTwo(k: Tensor): Tensor {
  const biased = add(k, 127).node;
  return wrap(node('bitcast', [node('shl', [biased, alike(23, biased)], {})], { dtype: 'float32' }));
}

/**
 * x * 2^y; exact but where the result is subnormal.
 *
 * @param y Integers.
 */
export function ldexp(x: TensorLike, y: TensorLike): Tensor {
  const exponent = typeof y === 'number' && Number.isInteger(y) ? lift(y, 'int32') : lift(y);
  if (isFloating(exponent.dtype) || exponent.dtype === 'bool')
    fail('ldexp', `expected integers as exponents, got ${exponent.dtype}`, 'DTYPE');
  const [a, e] = alignShapes('ldexp', [lift(x, 'float32'), castTo(exponent, 'int32')]) as [Node, Node];
  let value = wrap(a);
  let rest = wrap(e);
  // Three powers reach from the largest float32 to the smallest and back.
  for (let i = 0; i < 3; i++) {
    const part = maximum(minimum(rest, 127), -126);
    value = multiply(value, powerOfTwo(part));
    rest = subtract(rest, part);
  }
  return wrap(castTo(value.node, lift(x, 'float').dtype));
}

/** The next number of its type after `x` on the way to `y`. */
export function nextafter(x: TensorLike, y: TensorLike): Tensor {
  const dtype = floatType(x, y);
  const [a, b] = alignShapes('nextafter', [lift(x, dtype), lift(y, dtype)]).map(wrap) as [Tensor, Tensor];
  // The bits of a positive number rise with it, those of a negative one fall.
  const outwards = equal(less(a, b), less(0, a));
  const moved = wrap(fromBits(add(wrap(toBits(a.node)), where(outwards, 1, -1)).node, dtype));
  const smallest = wrap(fromBits(lift(1, 'int32'), dtype));
  const least = where(less(b, 0), negative(smallest), smallest);
  const next = where(equal(a, 0), least, moved);
  const nan = wrap(node('or', [isnan(a).node, isnan(b).node], {}));
  return where(nan, Number.NaN, where(equal(a, b), b, next));
}

/** A complex tensor: its real and its imaginary part. There is no complex dtype here. */
export type Complex = readonly [Tensor, Tensor];

const isComplex = (x: TensorLike | Complex): x is Complex =>
  Array.isArray(x) && x.length === 2 && x.every((part) => part instanceof Tensor);

/** The real part of a pair [real, imaginary]; of real numbers, they themselves. */
export const real = (x: TensorLike | Complex): Tensor => (isComplex(x) ? x[0] : wrap(lift(x)));

/** The imaginary part of a pair [real, imaginary]; of real numbers, zeros of their type. */
export function imag(x: TensorLike | Complex): Tensor {
  if (isComplex(x)) return x[1];
  const n = lift(x);
  return wrap(expandTo(lift(0, n.dtype), n.shape));
}

/** The complex conjugate of a pair [real, imaginary], a pair; of real numbers, they themselves. */
export function conjugate(x: Complex): [Tensor, Tensor];
export function conjugate(x: TensorLike): Tensor;
export function conjugate(x: TensorLike | Complex): Tensor | [Tensor, Tensor] {
  return isComplex(x) ? [x[0], negative(x[1])] : wrap(lift(x));
}
export const conj = conjugate;

/** Whether the imaginary part is 0: true for real numbers. */
export const isreal = (x: TensorLike | Complex): Tensor =>
  isComplex(x) ? equal(x[1], 0) : wrap(expandTo(lift(1, 'bool'), lift(x).shape));

/** The angle of a pair [real, imaginary] to the positive real axis; of real numbers 0, or pi for negative ones. */
export function angle(x: TensorLike | Complex): Tensor {
  if (isComplex(x)) return arctan2(x[1], x[0]);
  return inFloat32(x, (t) => where(isnan(t), t, where(wrap(signBit(t.node)), Math.PI, 0)));
}

/** The complex number of this absolute value and angle: the pair [abs cos(angle), abs sin(angle)], float32. */
export function polar(abs: TensorLike, angle: TensorLike): [Tensor, Tensor] {
  const [r, a] = pair('polar', abs, angle);
  return [multiply(r, cos(a)), multiply(r, sin(a))];
}

/** The pair [real, imaginary] of a tensor [..., 2], float32; there is no complex dtype here. */
export function viewAsComplex(x: TensorLike): [Tensor, Tensor] {
  const n = lift(x, 'float32');
  if (n.shape.at(-1) !== 2) fail('viewAsComplex', `expected a last axis of size 2, got shape ${showShape(n.shape)}`);
  return unstack(wrap(n), null, -1) as [Tensor, Tensor];
}

/** The two parts of a pair [real, imaginary], along a new last axis of size 2. */
export function viewAsReal(x: Complex): Tensor {
  if (!isComplex(x)) fail('viewAsReal', 'expected a pair [real, imaginary] of tensors', 'INVALID_ARGUMENT');
  return stack(x, -1);
}
