import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';

const SIGN = 0x80000000;

/** coefficients[0] + coefficients[1] * x + ..., from the highest down (Horner). */
export function polynomial(b: KernelBuilder, x: ValueId, coefficients: readonly number[]): ValueId {
  let sum = b.float(coefficients[coefficients.length - 1]!);
  for (let i = coefficients.length - 2; i >= 0; i--) sum = b.mulAdd(sum, x, b.float(coefficients[i]!));
  return sum;
}

/** The sign bit of float32 lanes, as i32. */
export function signBit(b: KernelBuilder, x: ValueId): ValueId {
  return b.op('iand', b.op('f2bits', x), b.int(SIGN));
}

/** Sets the sign of `x` (whose sign is clear, or is already the same) where the bit `sign` is set. */
export function withSign(b: KernelBuilder, x: ValueId, sign: ValueId): ValueId {
  return b.op('bits2f', b.op('ior', b.op('f2bits', x), sign));
}

/** Turns the sign of `x` where the bit `sign` is set. */
export function flipSign(b: KernelBuilder, x: ValueId, sign: ValueId): ValueId {
  return b.op('bits2f', b.op('ixor', b.op('f2bits', x), sign));
}

/** `x` limited to low .. high; NaN stays. */
export function clamp(b: KernelBuilder, x: ValueId, low: number, high: number): ValueId {
  return b.op('mins', b.float(high), b.op('maxs', b.float(low), x));
}

/**
 * Adding 1.5 * 2^23 rounds a float32 below 2^22 to an integer (ties to even), which then is in the low bits of the sum.
 */
export const ROUNDER = 12582912;
