import { expect } from 'vitest';

/**
 * |got - expected| <= bound * max |expected| for each element; NaN equals NaN, infinities must be equal. For results of float32
 * sums, whose errors go by the largest terms and not by each result.
 */
export function expectCloseToScale(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound = 1e-5,
  what = 'values',
): void {
  expect(got.length, `${what}: number of elements`).toBe(expected.length);
  let scale = 0;
  for (let i = 0; i < expected.length; i++)
    if (Number.isFinite(expected[i]!)) scale = Math.max(scale, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    const [g, e] = [got[i]!, expected[i]!];
    const close = Object.is(g, e) || g === e || Math.abs(g - e) <= bound * scale;
    if (!close)
      expect.fail(`${what}, element ${i}: expected ${e}, got ${g}; off by ${Math.abs(g - e) / scale} of the largest`);
  }
}
