import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';
import { expReduced, scaleTwice } from './exp.ts';
import { clamp, flipSign, polynomial, ROUNDER, signBit } from './parts.ts';

/** Where the significand of x begins: 2^(-1/4); from 2^(1/4) on it is taken relative to PIVOT. */
const START_BITS = 0x3f5744fd;
const MIDDLE = 1.18920708;
/** The square root of 2 to 12 bits, and log2 of it without the 1/2. */
const PIVOT = 1.4140625;
const PIVOT_LOG2_LOW = -0.000154112917;
/** 2 / ln 2 in two parts, the first of 12 bits. */
const SCALE_HIGH = 2.884765625;
const SCALE_LOW = 0.000624456778;
/** log2((1+s) / (1-s)) = (2 / ln 2) s + s^3 A(s^2) for |s| <= 0.0866, minimax: relative error 2^-37. */
const ATANH = [0.961796701, 0.577064693, 0.416230828] as const;
const LN2 = 0.693147182;
/** The upper 12 bits of a significand: products of two such numbers are exact. */
const UPPER = 0xfffff000;
/** Beyond 2^36, y gives what infinity gives: the least |log2 x| of x other than 1 is above 2^-25. */
const Y_LIMIT = 2 ** 36;

interface Pair {
  readonly high: ValueId;
  readonly low: ValueId;
}

function upper(b: KernelBuilder, x: ValueId): ValueId {
  return b.op('bits2f', b.op('iand', b.op('f2bits', x), b.int(UPPER)));
}

/** log2 of a > 0, to about 2^-33 of itself, `high` with 12 bits. */
function log2(b: KernelBuilder, a: ValueId): Pair {
  const small = b.op('lt', a, b.float(2 ** -126));
  const normal = b.op('select', small, b.op('mul', a, b.float(2 ** 23)), a);
  const origin = b.op('iselect', small, b.int(START_BITS + (23 << 23)), b.int(START_BITS));
  const offset = b.op('isub', b.op('f2bits', normal), origin);
  const bits = b.op('iadd', b.op('iand', offset, b.int(0x007fffff)), b.int(START_BITS));
  const m = b.op('bits2f', bits);
  const whole = b.op('i2f', b.shift('isarImm', offset, 23));

  const above = b.op('lt', b.float(MIDDLE), m);
  const pivot = b.op('select', above, b.float(PIVOT), b.float(1));
  const k = b.op('add', whole, b.op('select', above, b.float(0.5), b.float(0)));
  const s = quotient(b, m, pivot);

  const sum = b.op('add', s.high, s.low);
  const square = b.op('mul', sum, sum);
  let low = b.op('mul', b.op('mul', square, sum), polynomial(b, square, ATANH));
  low = b.mulAdd(s.low, b.float(SCALE_HIGH), low);
  low = b.mulAdd(sum, b.float(SCALE_LOW), low);
  low = b.op('add', low, b.op('select', above, b.float(PIVOT_LOG2_LOW), b.float(0)));
  const main = b.op('mul', s.high, b.float(SCALE_HIGH));
  return normalize(b, k, main, low);
}

/** (m - p) / (m + p), `high` with 12 bits; p has 12 bits. */
function quotient(b: KernelBuilder, m: ValueId, p: ValueId): Pair {
  const numerator = b.op('sub', m, p);
  const denominator = b.op('add', m, p);
  const inverse = b.op('div', b.float(1), denominator);
  const high = upper(b, b.op('mul', numerator, inverse));
  const first = upper(b, denominator);
  const second = b.op('sub', m, b.op('sub', first, p));
  const rest = b.mulSub(high, second, b.mulSub(high, first, numerator));
  return { high, low: b.op('mul', rest, inverse) };
}

/** k + main + low for |k| = 0 or > |main| > |low|, split after 12 bits. */
function normalize(b: KernelBuilder, k: ValueId, main: ValueId, low: ValueId): Pair {
  const sum = b.op('add', k, main);
  const lost = b.op('sub', main, b.op('sub', sum, k));
  const rest = b.op('add', lost, low);
  const high = upper(b, b.op('add', sum, rest));
  return { high, low: b.op('add', b.op('sub', sum, high), rest) };
}

/** a^y for 0 < a < infinity and y other than NaN: 2^(y log2 a), the product in two parts. */
function positivePower(b: KernelBuilder, a: ValueId, y: ValueId): ValueId {
  const exponent = clamp(b, y, -Y_LIMIT, Y_LIMIT);
  const log = log2(b, a);
  const yHigh = upper(b, exponent);
  const yLow = b.op('sub', exponent, yHigh);
  const high = b.op('mul', yHigh, log.high);
  const low = b.mulAdd(yLow, log.high, b.op('mul', exponent, log.low));
  const product = b.op('add', high, low);

  const rounder = b.float(ROUNDER + 254);
  const sum = b.op('add', product, rounder);
  const n = b.op('sub', sum, rounder);
  const r = b.op('add', b.op('sub', high, n), low);
  const value = scaleTwice(b, expReduced(b, b.op('mul', r, b.float(LN2))), b.op('f2bits', sum));
  const bounded = b.op('select', b.op('lt', product, b.float(150)), value, b.float(Number.POSITIVE_INFINITY));
  return b.op('select', b.op('lt', product, b.float(-160)), b.float(0), bounded);
}

/** x^y with the special cases of C99 (annex F.10.4.4), which are NumPy's. */
export function pow(b: KernelBuilder, x: ValueId, y: ValueId): ValueId {
  const zero = b.float(0);
  const infinite = b.float(Number.POSITIVE_INFINITY);
  const nan = b.float(Number.NaN);
  const a = b.op('abs', x);

  const isInteger = b.op('eq', y, b.op('trunc', y));
  const half = b.op('mul', y, b.float(0.5));
  const isOdd = b.op('mand', isInteger, b.op('ne', half, b.op('trunc', half)));

  let result = positivePower(b, a, y);
  const unreal = b.op('mand', b.op('lt', x, zero), b.op('mnot', isInteger));
  result = b.op('select', unreal, nan, result);

  const isZero = b.op('eq', a, zero);
  const edge = b.op('mor', isZero, b.op('eq', a, infinite));
  const vanishes = b.op('mxor', isZero, b.op('lt', y, zero));
  result = b.op('select', edge, b.op('select', vanishes, zero, infinite), result);

  result = flipSign(b, result, b.op('iselect', isOdd, signBit(b, x), b.int(0)));
  result = b.op('select', b.op('unord', x, y), nan, result);
  const one = b.float(1);
  return b.op('select', b.op('mor', b.op('eq', x, one), b.op('eq', y, zero)), one, result);
}
