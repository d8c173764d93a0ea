import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';
import { clamp, flipSign, polynomial, ROUNDER, signBit, withSign } from './parts.ts';

const ONE_BY_PI = 0.318309873;
const HALF_PI = 1.57079637;
/** pi/2 minus HALF_PI. */
const HALF_PI_LOW = -4.37113883e-8;

/** sin r = r + r^3 S(r^2) for |r| <= 1.6, minimax (2^-35), its float32 coefficients searched for the least rounding error: 2^-28. */
const SIN = [-0.166666672, 0.00833334681, -0.000198429727, 2.76266996e-6, -2.54510333e-8] as const;
/** atan z = z + z^3 A(z^2) for |z| <= 1, minimax: relative error 2^-26.7. */
const ATAN = [
  -0.333332986, 0.199985296, -0.142640159, 0.10950882, -0.0839936659, 0.0578853041, -0.0311061013, 0.0108774016,
  -0.00178573979,
] as const;

/** pi in three parts of 24 bits: with FMA, x - n PI_PARTS[0] is exact and two more subtractions round. */
const PI_PARTS = [3.14159274, -8.74227766e-8, -3.43024902e-15] as const;
/** pi in parts of 8 bits (the last: 24), whose products with integers below 2^16 are exact. */
const SHORT_PI_PARTS = [
  3.140625, 0.00096893310546875, -1.2814998626708984e-6, 1.979060471057892e-9, 5.115907697472721e-12, 1.07806057e-14,
] as const;

/** x - n scale pi, of magnitude pi/2, to about one rounding even where it almost vanishes. */
function reduce(b: KernelBuilder, x: ValueId, n: ValueId, scale: number): ValueId {
  if (b.fused) return PI_PARTS.reduce((r, part) => b.mulSub(n, b.float(part * scale), r), x);
  const products = SHORT_PI_PARTS.map((part) => b.op('mul', n, b.float(part * scale)));
  let high = b.op('sub', b.op('sub', x, products[0]!), products[1]!);
  let low = b.float(0);
  for (const product of products.slice(2, 5)) {
    const next = b.op('sub', high, product);
    low = b.op('add', low, b.op('sub', b.op('sub', high, next), product));
    high = next;
  }
  return b.op('add', high, b.op('sub', low, products[5]!));
}

/** sin r for |r| <= 1.6; bounded by 1 whatever r is. */
function sinReduced(b: KernelBuilder, r: ValueId): ValueId {
  const square = b.op('mul', r, r);
  return clamp(b, b.mulAdd(b.op('mul', square, r), polynomial(b, square, SIN), r), -1, 1);
}

/**
 * The sine: x = n pi + r, sin x = (-1)^n sin r. Within 2 ulp for |x| <= 10^6 with FMA; without, within 2.1 for
 * |x| <= 10^5. Beyond, the reduction loses digits until the result is only some value in [-1, 1]; NaN at the infinities.
 * A zero keeps its sign, which the sum in `sinReduced` would lose.
 */
export function sin(b: KernelBuilder, x: ValueId): ValueId {
  const rounder = b.float(ROUNDER);
  const sum = b.mulAdd(x, b.float(ONE_BY_PI), rounder);
  const y = sinReduced(b, reduce(b, x, b.op('sub', sum, rounder), 1));
  const signed = flipSign(b, y, b.shift('ishlImm', b.op('f2bits', sum), 31));
  return b.op('select', b.op('eq', x, b.float(0)), x, signed);
}

/** The cosine: x = (2n + 1) pi/2 + r, cos x = (-1)^(n+1) sin r. Accurate as far as the sine. */
export function cos(b: KernelBuilder, x: ValueId): ValueId {
  const rounder = b.float(ROUNDER + 1);
  const sum = b.op('add', b.mulAdd(x, b.float(ONE_BY_PI), b.float(-0.5)), rounder);
  const n = b.op('sub', sum, rounder);
  const y = sinReduced(b, reduce(b, x, b.mulAdd(n, b.float(2), b.float(1)), 0.5));
  return flipSign(b, y, b.shift('ishlImm', b.op('f2bits', sum), 31));
}

/** The arc tangent, from -1/x and pi/2 where |x| > 1. */
export function atan(b: KernelBuilder, x: ValueId): ValueId {
  const a = b.op('abs', x);
  const big = b.op('lt', b.float(1), a);
  const z = b.op('select', big, b.op('div', b.float(-1), a), a);
  const square = b.op('mul', z, z);
  const low = b.op('select', big, b.float(HALF_PI_LOW), b.float(0));
  const tail = b.mulAdd(b.op('mul', square, z), polynomial(b, square, ATAN), low);
  const y = b.op('add', b.op('add', z, tail), b.op('select', big, b.float(HALF_PI), b.float(0)));
  return withSign(b, y, signBit(b, x));
}
