import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';
import { clamp, flipSign, polynomial, ROUNDER, signBit, withSign } from './parts.ts';

const HALF_PI = 1.57079637;
/** pi/2 minus HALF_PI. */
const HALF_PI_LOW = -4.37113883e-8;

/** sin r = r + r^3 S(r^2) for |r| <= pi/2, minimax: relative error 2^-31. */
const SIN = [-0.166666672, 0.00833335053, -0.000198430935, 2.76270612e-6, -2.55032866e-8] as const;
/** atan z = z + z^3 A(z^2) for |z| <= 1, minimax: relative error 2^-26.7. */
const ATAN = [
  -0.333332986, 0.199985296, -0.142640159, 0.10950882, -0.0839936659, 0.0578853041, -0.0311061013, 0.0108774016,
  -0.00178573979,
] as const;

/**
 * pi in parts of 8 bits (the last: 24), so that their products with integers below 2^16 are exact with or without FMA.
 */
const PI_PARTS = [
  3.140625, 0.00096893310546875, -1.2814998626708984e-6, 1.979060471057892e-9, 5.115907697472721e-12, 1.07806057e-14,
] as const;

/** sin(x - n pi) for |x - n pi| <= pi/2; bounded by 1 whatever n is. */
function sinFrom(b: KernelBuilder, x: ValueId, n: ValueId, scale: number): ValueId {
  let r = x;
  for (const part of PI_PARTS) r = b.mulSub(n, b.float(part * scale), r);
  r = clamp(b, r, -HALF_PI, HALF_PI);
  const square = b.op('mul', r, r);
  return b.op('mul', r, polynomial(b, square, [1, ...SIN]));
}

/**
 * The sine: x = n pi + r, sin x = (-1)^n sin r. Within 2 ulp for |x| <= 2 * 10^5; beyond, the reduction loses digits until
 * the result is only some value in [-1, 1].
 */
export function sin(b: KernelBuilder, x: ValueId): ValueId {
  const rounder = b.float(ROUNDER);
  const sum = b.mulAdd(x, b.float(1 / Math.PI), rounder);
  const y = sinFrom(b, x, b.op('sub', sum, rounder), 1);
  return flipSign(b, y, b.shift('ishlImm', b.op('f2bits', sum), 31));
}

/** The cosine: x = (2n + 1) pi/2 + r, cos x = (-1)^(n+1) sin r. Within 2 ulp for |x| <= 10^5; beyond as `sin`. */
export function cos(b: KernelBuilder, x: ValueId): ValueId {
  const rounder = b.float(ROUNDER + 1);
  const sum = b.op('add', b.mulAdd(x, b.float(1 / Math.PI), b.float(-0.5)), rounder);
  const n = b.op('sub', sum, rounder);
  const y = sinFrom(b, x, b.mulAdd(n, b.float(2), b.float(1)), 0.5);
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
