import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';
import { LN2_HIGH, LN2_LOW } from './exp.ts';
import { polynomial, signBit, withSign } from './parts.ts';

const SQRT_HALF_BITS = 0x3f3504f3;
const MANTISSA = 0x007fffff;

/** log(1+f) = f - f^2/2 + f^3 P(f) for 1+f in sqrt(1/2) .. sqrt(2), minimax: relative error 2^-27.2. */
const LOG = [
  0.333333313, -0.250008196, 0.200012267, -0.166233569, 0.142017573, -0.131601825, 0.127615795, -0.0763450116,
] as const;

/** k ln 2 + log(1 + f), the small terms first. */
function combine(b: KernelBuilder, k: ValueId, f: ValueId): ValueId {
  const square = b.op('mul', f, f);
  const cube = b.op('mul', square, f);
  let y = b.op('mul', cube, polynomial(b, f, LOG));
  y = b.mulAdd(k, b.float(LN2_LOW), y);
  y = b.mulSub(b.float(0.5), square, y);
  return b.mulAdd(k, b.float(LN2_HIGH), b.op('add', f, y));
}

/** `y` where 0 < x < infinity; infinity, -infinity (of 0) or NaN elsewhere. */
function atEdges(b: KernelBuilder, x: ValueId, y: ValueId): ValueId {
  const infinite = b.float(Number.POSITIVE_INFINITY);
  const zero = b.float(0);
  const atMostZero = b.op('select', b.op('eq', x, zero), b.float(Number.NEGATIVE_INFINITY), b.float(Number.NaN));
  const above = b.op('select', b.op('lt', x, infinite), y, infinite);
  return b.op('select', b.op('lt', zero, x), above, atMostZero);
}

/** The natural logarithm: x = 2^k m with m in sqrt(1/2) .. sqrt(2). Denormals are first multiplied by 2^23. */
export function log(b: KernelBuilder, x: ValueId): ValueId {
  const small = b.op('lt', x, b.float(2 ** -126));
  const normal = b.op('select', small, b.op('mul', x, b.float(2 ** 23)), x);
  const origin = b.op('iselect', small, b.int(SQRT_HALF_BITS + (23 << 23)), b.int(SQRT_HALF_BITS));
  const offset = b.op('isub', b.op('f2bits', normal), origin);
  const k = b.op('i2f', b.shift('isarImm', offset, 23));
  const m = b.op('iadd', b.op('iand', offset, b.int(MANTISSA)), b.int(SQRT_HALF_BITS));
  return atEdges(b, x, combine(b, k, b.op('sub', b.op('bits2f', m), b.float(1))));
}

/**
 * log(1 + x). What is lost in rounding u = 1 + x is added to f, so f is exactly x where k = 0. At k > 126 the loss does not
 * count, but its factor 2^-k has to be finite.
 */
export function log1p(b: KernelBuilder, x: ValueId): ValueId {
  const one = b.float(1);
  const u = b.op('add', x, one);
  const offset = b.op('isub', b.op('f2bits', u), b.int(SQRT_HALF_BITS));
  const k = b.shift('isarImm', offset, 23);
  const m = b.op('iadd', b.op('iand', offset, b.int(MANTISSA)), b.int(SQRT_HALF_BITS));
  const whole = b.op('sub', u, x);
  const lost = b.op('add', b.op('sub', x, b.op('sub', u, whole)), b.op('sub', one, whole));
  const exponent = b.op('isub', b.int(127), b.op('imin', k, b.int(126)));
  const down = b.op('bits2f', b.shift('ishlImm', exponent, 23));
  const f = b.mulAdd(lost, down, b.op('sub', b.op('bits2f', m), one));
  const y = combine(b, b.op('i2f', k), f);
  return withSign(b, atEdges(b, u, y), signBit(b, x));
}
