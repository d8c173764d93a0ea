import { type DType, isFloating, isHalf } from '../../graph/dtype.ts';
import { roundToHalf } from '../../graph/half.ts';

/** To the nearest integer, ties to even; keeps the sign of zero. Adding 2^52 leaves a double no fraction bits. */
export function roundEven(x: number): number {
  const a = Math.abs(x);
  const r = a < 2 ** 52 ? a + 2 ** 52 - 2 ** 52 : a;
  return x < 0 || Object.is(x, -0) ? -r : r;
}

/** IEEE 754's pow: 1 where the base is 1, or -1 under an infinite exponent (ECMAScript has NaN there). */
export function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY)) return 1;
  return x ** y;
}

/**
 * The error function, to a few ulp of a double.
 * Below 3: erf x = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!, whose terms are all positive.
 * Above: 1 - erfc x, erfc x = exp(-x^2)/sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))) (Abramowitz & Stegun
 * 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  if (a >= 3) {
    let fraction = a;
    for (let k = 40; k >= 1; k--) fraction = a + k / 2 / fraction;
    return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * fraction));
  }
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * a * a) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
}

/** float32 -> int32: towards zero, saturating, NaN -> 0. */
export function toInt32(x: number): number {
  if (x >= 2147483647) return 2147483647;
  if (x <= -2147483648) return -2147483648;
  return Math.trunc(x) | 0;
}

/** The conversion of one element. Storing rounds to float32 and keeps the low 8 bits for uint8. */
export function caster(from: DType, to: DType): (x: number) => number {
  if (to === 'bool') return (x) => (x !== 0 ? 1 : 0);
  if (isHalf(to)) return (x) => roundToHalf(to, x);
  if (to !== 'float32' && isFloating(from)) return toInt32;
  return (x) => x;
}

const bits = new DataView(new ArrayBuffer(4));

export function floatToBits(x: number): number {
  bits.setFloat32(0, x);
  return bits.getInt32(0);
}

export function bitsToFloat(x: number): number {
  bits.setInt32(0, x);
  return bits.getFloat32(0);
}
