import { bytesPerElement, type DType, type HalfType, hostArray, isHalf, type TypedArray } from './dtype.ts';

/**
 * Numbers of 16 bits as bits and as numbers. Both types have a sign, an exponent and a fraction as IEEE 754 has them:
 * bfloat16 of 1, 8 and 7 bits (the upper half of a float32), float16 of 1, 5 and 10. All rounding is to nearest, ties to
 * even; what is too large becomes infinite, NaN stays NaN.
 */

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

function bitsOf(x: number): number {
  float[0] = x;
  return word[0]!;
}

function floatOf(bits: number): number {
  word[0] = bits;
  return float[0]!;
}

function toBfloat16(x: number): number {
  const bits = bitsOf(x);
  if (Number.isNaN(x)) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Below 2^-14 float16 has steps of 2^-24, which is what adding 1/2 rounds a float32 to. */
function toFloat16(x: number): number {
  const bits = bitsOf(x);
  const sign = (bits >>> 16) & 0x8000;
  if (Number.isNaN(x)) return sign | 0x7e00;
  const a = Math.abs(Math.fround(x));
  if (a >= 65520) return sign | 0x7c00;
  if (a < 2 ** -14) return sign | (bitsOf(Math.fround(a + 0.5)) - bitsOf(0.5));
  const magnitude = bits & 0x7fffffff;
  return sign | ((magnitude - ((127 - 15) << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

function fromFloat16(bits: number): number {
  const [exponent, fraction] = [(bits >>> 10) & 31, bits & 0x3ff];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The bits of a number, which is rounded to float32 first. */
export function halfBits(dtype: HalfType, x: number): number {
  return dtype === 'bfloat16' ? toBfloat16(x) : toFloat16(x);
}

/** The number of some bits. */
export function halfValue(dtype: HalfType, bits: number): number {
  return dtype === 'bfloat16' ? floatOf(bits << 16) : fromFloat16(bits);
}

/** The nearest number that a type of 16 bits has. */
export function roundToHalf(dtype: HalfType, x: number): number {
  return halfValue(dtype, halfBits(dtype, x));
}

/** Host values as they lie in memory. No copy but for numbers of 16 bits, which are rounded. */
export function toMemory(dtype: DType, data: TypedArray): Uint8Array {
  if (!isHalf(dtype)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bits = Uint16Array.from(data, (x) => halfBits(dtype, x));
  return new Uint8Array(bits.buffer);
}

/** A copy of `size` values that lie in memory. */
export function fromMemory(dtype: DType, bytes: Uint8Array, size: number): TypedArray {
  const out = hostArray(dtype, size);
  const { buffer, byteOffset } = bytes;
  if (isHalf(dtype)) out.set(new Uint16Array(buffer, byteOffset, size));
  else new Uint8Array(out.buffer).set(bytes.subarray(0, size * bytesPerElement(dtype)));
  if (isHalf(dtype)) for (let i = 0; i < size; i++) out[i] = halfValue(dtype, out[i]!);
  return out;
}
