import { node } from '../graph/build.ts';
import { type DType, isFloating } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { stopGradient } from './arithmetic.ts';
import { equal, isinf, less, lessEqual, logicalAnd, logicalNot, notEqual, where } from './compare.ts';
import { alignShapes, castTo, commonType, lift, wrap } from './core.ts';
import { absolute, add, alike, divide, multiply, negative, round, signBit, subtract, trunc } from './elementwise.ts';

/** Booleans divide as the integers 0 and 1. */
const dividedType = (x: TensorLike, y: TensorLike): DType => {
  const dtype = commonType(x, y);
  return dtype === 'bool' ? 'int32' : dtype;
};

function pairOf(op: string, x: TensorLike, y: TensorLike, dtype: DType): [Tensor, Tensor] {
  const meet = isFloating(dtype) ? 'float32' : 'int32';
  return alignShapes(op, [lift(x, meet), lift(y, meet)]).map(wrap) as [Tensor, Tensor];
}

const otherSign = (a: Tensor, b: Tensor): Tensor => notEqual(less(a, 0), less(b, 0));

/**
 * The whole part of `x / y`, rounded down. Floats divide without the error that the quotient's rounding could make; what is no
 * number, as the quotient of an infinity, is NaN.
 *
 * Integers by 0 are what XLA makes of them: -2, -1 for 0 / 0, and 255 in uint8.
 */
export function floorDivide(x: TensorLike, y: TensorLike): Tensor {
  const dtype = dividedType(x, y);
  const [a, b] = pairOf('floorDivide', x, y, dtype);
  if (!isFloating(dtype)) {
    const byZero = dtype === 'uint8' ? 255 : where(equal(a, 0), -1, -2);
    return wrap(castTo(where(equal(b, 0), byZero, wrap(wholeQuotient(a.node, b.node))).node, dtype));
  }
  // x less the rest is a multiple of y: the quotient is whole but for its own rounding.
  const rest = floatRemainder(a, b);
  const quotient = divide(where(equal(b, 0), a, subtract(a, rest)), b);
  const down = where(logicalAnd(notEqual(rest, 0), otherSign(rest, b)), subtract(quotient, 1), quotient);
  return wrap(castTo(round(down).node, dtype));
}

/**
 * What `floorDivide` leaves of `x`, with the sign of `y`. Integers by 0 leave 0, floats NaN.
 */
export function mod(x: TensorLike, y: TensorLike): Tensor {
  const dtype = dividedType(x, y);
  const [a, b] = pairOf('mod', x, y, dtype);
  if (!isFloating(dtype)) return wrap(castTo(flooredRemainder(a, b).node, dtype));
  const rest = floatRemainder(a, b);
  const signed = where(logicalAnd(notEqual(rest, 0), otherSign(rest, b)), add(rest, b), rest);
  return wrap(castTo(signed.node, dtype));
}

/** What remains of `x` after as many times `y` as fit in it: it has the sign of `x`. NaN for y = 0 and for infinite `x`. */
export function fmod(x: TensorLike, y: TensorLike): Tensor {
  const dtype = dividedType(x, y);
  const [a, b] = pairOf('fmod', x, y, dtype);
  return wrap(castTo((isFloating(dtype) ? floatRemainder(a, b) : wholeRemainder(a, b)).node, dtype));
}

function floatRemainder(a: Tensor, b: Tensor): Tensor {
  const [size, by] = [absolute(a), absolute(b)];
  // Twice, since a quotient beyond 2^24 has lost its last digits.
  let rest = minusMultiple(minusMultiple(size, by), by);
  // The quotient may have been rounded to the next whole number.
  rest = where(less(rest, 0), add(rest, by), rest);
  rest = where(lessEqual(by, rest), subtract(rest, by), rest);
  const signed = where(wrap(signBit(a.node)), negative(rest), rest);
  return where(logicalAnd(isinf(b), logicalNot(isinf(a))), a, signed);
}

/** a - trunc(a / b) b without rounding: the product as the sum of two floats (Dekker 1971). */
function minusMultiple(a: Tensor, b: Tensor): Tensor {
  const q = trunc(divide(a, b));
  // Its value and no more: an instruction that multiplies and subtracts at once would take what is rounded off twice.
  const high = stopGradient(multiply(q, b));
  const [q1, b1] = [upperHalf(q), upperHalf(b)];
  const [q2, b2] = [subtract(q, q1), subtract(b, b1)];
  const cross = add(subtract(multiply(q1, b1), high), add(multiply(q1, b2), multiply(q2, b1)));
  return subtract(subtract(a, high), add(cross, multiply(q2, b2)));
}

/** The 12 high bits of the significand, so that products of such numbers are exact. */
function upperHalf(x: Tensor): Tensor {
  const bits = node('bitcast', [x.node], { dtype: 'int32' });
  return wrap(node('bitcast', [node('and', [bits, alike(-4096, bits)], {})], { dtype: 'float32' }));
}

/** a - trunc(a / b) b in int32, with the sign of `a`; 0 for b = 0. */
export function wholeRemainder(a: Tensor, b: Tensor): Tensor {
  const rest = flooredRemainder(a, b);
  return where(logicalAnd(notEqual(rest, 0), otherSign(rest, a)), subtract(rest, b), rest);
}

/** a - floor(a / b) b in int32, with the sign of `b`; 0 for b = 0. */
function flooredRemainder(a: Tensor, b: Tensor): Tensor {
  const quotient = wrap(wholeQuotient(a.node, b.node));
  return where(equal(b, 0), 0, subtract(a, multiply(quotient, b)));
}

/**
 * float32 has 24 bits: the first quotient is off by at most 2^8, the quotient of what remains by at most 1, and the last
 * remainder says in which direction.
 */
function wholeQuotient(a: Node, b: Node): Node {
  const approximate = (n: Node) =>
    node('cast', [node('floor', [node('div', [castTo(n, 'float32'), castTo(b, 'float32')], {})], {})], {
      dtype: 'int32',
    });
  const remainder = (q: Node) => node('sub', [a, node('mul', [q, b], {})], {});
  let q: Node = approximate(a);
  q = node('add', [q, approximate(remainder(q))], {});
  const r = remainder(q);
  const [zero, one] = [alike(0, a), alike(1, a)];
  const negative = node('lt', [b, zero], {});
  // 0 <= r < b for a positive divisor, b < r <= 0 for a negative one.
  const below = node('select', [negative, node('lt', [zero, r], {}), node('lt', [r, zero], {})], {});
  const above = node('select', [negative, node('le', [r, b], {}), node('le', [b, r], {})], {});
  const down = node('select', [below, node('sub', [q, one], {}), q], {});
  return node('select', [above, node('add', [q, one], {}), down], {});
}
