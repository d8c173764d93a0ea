import { describe, expect, it } from 'vitest';
import { Variable } from '../../src/index.ts';

describe('a variable that begins with one number everywhere', () => {
  for (const dtype of ['float32', 'int32', 'bool', 'bfloat16', 'float16'] as const) {
    for (const value of [0, 1]) {
      it(`${value} in ${dtype}`, () => {
        const v = new Variable(() => value, { shape: [3, 5], dtype });
        expect([...v.read()]).toEqual(Array(15).fill(value));
        // Memory that had something else before.
        const other = new Variable(Array(15).fill(7), { dtype });
        other.block();
        other.dispose();
        v.block();
        expect([...v.read()]).toEqual(Array(15).fill(value));
        expect([...v.value().dataSync()]).toEqual(Array(15).fill(value));
      });
    }
  }

  it('is rounded to what its type has', () => {
    const v = new Variable(() => 0.1, { shape: [2], dtype: 'bfloat16' });
    const rounded = [...v.read()];
    expect(rounded[0]).toBeCloseTo(0.1, 3);
    expect(rounded[0]).not.toBeCloseTo(0.1, 7);
    v.block();
    expect([...v.read()]).toEqual(rounded);
  });

  it('minus zero is not zero', () => {
    const v = new Variable(() => -0, { shape: [2], dtype: 'float32' });
    v.block();
    expect([...v.read()]).toEqual([-0, -0]);
  });

  it('takes values before and after it has memory, and gives them back', () => {
    for (const early of [true, false]) {
      const v = new Variable(() => 0, { shape: [2] });
      if (!early) v.block();
      v.write(Float32Array.of(3, 4));
      v.block();
      expect([...v.read()]).toEqual([3, 4]);
      v.dispose();
      expect([...v.read()]).toEqual([3, 4]);
    }
  });
});
