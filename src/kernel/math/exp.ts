import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';
import { clamp, polynomial, ROUNDER, signBit, withSign } from './parts.ts';

const LOG2_E = 1.44269502;
/** ln 2 in two parts (Cody and Waite); the first has 9 bits, so its product with an exponent is exact. */
export const LN2_HIGH = 0.693359375;
export const LN2_LOW = -0.00021219444;

/** e^r = 1 + r + r^2 Q(r) for |r| <= ln(2) / 2, minimax: relative error 2^-28.2. */
const EXP = [0.49999994, 0.166665167, 0.0416681059, 0.00836914033, 0.00138367142] as const;
/** e^r - 1 = r + r^2 Q(r), likewise, relative to e^r - 1: 2^-26.1. */
const EXPM1 = [0.49999997, 0.16666539, 0.0416677445, 0.00836705696, 0.00138394127] as const;

export interface Reduced {
  /** An integer n, as i32 n + bias in the low 22 bits. */
  readonly n: ValueId;
  /** x - n ln 2, of magnitude ln(2) / 2 at most. */
  readonly r: ValueId;
}

/** x = n ln 2 + r, for |x| < 200. */
export function reduceExponent(b: KernelBuilder, x: ValueId, bias: number): Reduced {
  const rounder = b.float(ROUNDER + bias);
  const sum = b.mulAdd(x, b.float(LOG2_E), rounder);
  const n = b.op('sub', sum, rounder);
  const r = b.mulSub(n, b.float(LN2_LOW), b.mulSub(n, b.float(LN2_HIGH), x));
  return { n: b.op('f2bits', sum), r };
}

/** e^r for |r| <= ln(2) / 2. */
export function expReduced(b: KernelBuilder, r: ValueId): ValueId {
  return polynomial(b, r, [1, 1, ...EXP]);
}

/** e^r - 1 for |r| <= ln(2) / 2. */
export function expm1Reduced(b: KernelBuilder, r: ValueId): ValueId {
  return b.mulAdd(b.op('mul', r, r), polynomial(b, r, EXPM1), r);
}

/** 2^n as a float32, of n + 127 in the low bits, for n in -126 .. 127. */
export function powerOfTwo(b: KernelBuilder, biased: ValueId): ValueId {
  return b.op('bits2f', b.shift('ishlImm', biased, 23));
}

/**
 * p 2^n, of n + 254 in the low bits, for n in -252 .. 254. Two factors 2^floor(n/2) and 2^ceil(n/2): the first product
 * is exact, so a denormal result is rounded once.
 */
export function scaleTwice(b: KernelBuilder, p: ValueId, biased: ValueId): ValueId {
  const first = b.op('iand', b.shift('ishlImm', biased, 22), b.int(0xff800000));
  const second = b.op('isub', b.shift('ishlImm', biased, 23), first);
  return b.op('mul', b.op('mul', p, b.op('bits2f', first)), b.op('bits2f', second));
}

/** e^x. */
export function exp(b: KernelBuilder, x: ValueId): ValueId {
  const { n, r } = reduceExponent(b, clamp(b, x, -104, 89), 254);
  return scaleTwice(b, expReduced(b, r), n);
}

/**
 * e^x - 1 = 2 (2^(n-1) (e^r - 1) + (2^(n-1) - 1/2)); the factor 2 lets n be 128. Tiny x are their own result: halving would
 * cost a denormal its last bit.
 */
export function expm1(b: KernelBuilder, x: ValueId): ValueId {
  const { n, r } = reduceExponent(b, clamp(b, x, -18, 89), 126);
  const half = powerOfTwo(b, n);
  const sum = b.mulAdd(expm1Reduced(b, r), half, b.op('sub', half, b.float(0.5)));
  const y = b.op('add', sum, sum);
  const tiny = b.op('lt', b.op('abs', x), b.float(2 ** -30));
  return withSign(b, b.op('select', tiny, x, y), signBit(b, x));
}
