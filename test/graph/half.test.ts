import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromMemory, halfBits, halfValue, roundToHalf, toMemory } from '../../src/graph/half.ts';

const ALL = Array.from({ length: 65536 }, (_, i) => i);

/** A number of some bits, said by the definition of IEEE 754. */
function defined(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits & 0x7fff) >> fractionBits;
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe.each([
  ['bfloat16', 8, 7],
  ['float16', 5, 10],
] as const)('%s', (type, exponentBits, fractionBits) => {
  /** All finite numbers that are not negative, in order; the next step beyond the last is where infinity begins. */
  const numbers = ALL.slice(0, 0x8000)
    .map((b) => defined(b, exponentBits, fractionBits))
    .filter(Number.isFinite);

  it('reads all bit patterns', () => {
    const [read, expected] = [
      ALL.map((b) => halfValue(type, b)),
      ALL.map((b) => defined(b, exponentBits, fractionBits)),
    ];
    expect(read).toEqual(expected);
  });

  it('gives back the bits of all numbers', () => {
    const again = ALL.map((b) => halfBits(type, halfValue(type, b)));
    const isOdd = (b: number) => Number.isNaN(halfValue(type, b));
    expect(again.filter((b) => !isOdd(b))).toEqual(ALL.filter((b) => !isOdd(b)));
    expect(ALL.filter((b) => isOdd(b) !== isOdd(again[b]!))).toEqual([]);
  });

  it('rounds float32 to the nearest, ties to even', () => {
    const last = numbers[numbers.length - 1]!;
    const beyond = 2 * last - numbers[numbers.length - 2]!;
    const nearest = (x: number): number => {
      const a = Math.abs(x);
      let [low, high] = [0, numbers.length];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (numbers[middle]! <= a) low = middle;
        else high = middle;
      }
      const [below, above] = [numbers[low]!, numbers[low + 1] ?? beyond];
      const up = a - below > above - a || (a - below === above - a && low % 2 === 1);
      const value = up ? above : below;
      return Math.sign(x) * (value === beyond ? Number.POSITIVE_INFINITY : value);
    };
    const ties = fc.nat(numbers.length - 2).map((i) => (numbers[i]! + numbers[i + 1]!) / 2);
    const any = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.float({ max: 2 ** -13, min: 0 }), ties);
    fc.assert(
      fc.property(any, fc.constantFrom(1, -1), (x, sign) => {
        const value = sign * Math.fround(x);
        expect(roundToHalf(type, value) + 0).toBe(nearest(value) + 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps zeros, infinities and NaN', () => {
    for (const x of [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])
      expect(roundToHalf(type, x)).toBe(x);
  });

  it('becomes infinite from half a step beyond the largest number on', () => {
    const [before, last] = numbers.slice(-2) as [number, number];
    const limit = last + (last - before) / 2;
    expect(roundToHalf(type, -limit)).toBe(Number.NEGATIVE_INFINITY);
    expect(roundToHalf(type, limit * (1 - 2 ** -20))).toBe(last);
  });

  it('lies in memory in two bytes', () => {
    const values = Float32Array.from([1, -2.5, 0.1, Number.POSITIVE_INFINITY]);
    const bytes = toMemory(type, values);
    expect(bytes.length).toBe(8);
    expect(fromMemory(type, bytes, 4)).toEqual(values.map((x) => roundToHalf(type, x)));
  });
});
