import { expect } from 'vitest';
import type { NestedArray, Tensor } from '../../src/trace/index.ts';

export const values = (t: Tensor): number[] => Array.from(t.dataSync());
export const nested = (t: Tensor): NestedArray => t.arraySync();

/** Compares with a relative and an absolute bound; NaN equals NaN, infinities must be equal. */
export function expectClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  rtol = 1e-5,
  atol = 1e-6,
  what = '',
): void {
  expect(got.length, `${what} length`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [g, e] = [got[i]!, expected[i]!];
    const ok = Object.is(g, e) || g === e || Math.abs(g - e) <= atol + rtol * Math.abs(e);
    if (!ok) expect.fail(`${what} element ${i}: expected ${e}, got ${g}`);
  }
}
