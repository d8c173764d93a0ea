const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
/** Which of the two words holds the low half of a double. */
const LOW = new Uint8Array(new Int32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/**
 * a * b + c of float32 numbers, rounded once to float32.
 *
 * The product is exact in a double. The sum is rounded to odd: to the neighbour towards zero, and to the odd one of the
 * two where that is inexact. A double has more than 2 bits beyond a float32, so that rounding it again is then rounding
 * once (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Trans. Computers 57, 2008).
 */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  // What the rounding of the sum lost, exactly (Knuth's TwoSum).
  const part = sum - product;
  const lost = product - (sum - part) + (c - part);
  if (lost === 0 || !Number.isFinite(sum)) return Math.fround(sum);
  double[0] = sum;
  const low = words[LOW]!;
  if ((low & 1) === 0) {
    if (lost > 0 === sum > 0) words[LOW] = low | 1;
    else {
      words[LOW] = low - 1;
      if (low === 0) words[HIGH]!--;
    }
  }
  return Math.fround(double[0]);
}
