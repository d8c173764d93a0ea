import { expect, it } from 'vitest';
import { normalize, toCategorical } from '../../src/utils/index.ts';

it('makes one-hot rows', () => {
  expect(toCategorical([2, 0]).arraySync()).toEqual([
    [0, 0, 1],
    [1, 0, 0],
  ]);
  expect(toCategorical([[1], [0]], 3).arraySync()).toEqual([
    [0, 1, 0],
    [1, 0, 0],
  ]);
  expect(toCategorical([[1, 0]]).shape).toEqual([1, 2, 2]);
  expect(() => toCategorical([0, 3], 3)).toThrow(/from 0 to 2, got 3 at 1/);
  expect(() => toCategorical([0.5])).toThrow(/numClasses|whole numbers/);
  expect(() => toCategorical([-1], 2)).toThrow(/got -1/);
});

it('normalizes by a norm; zeros stay', () => {
  const rows = normalize([
    [3, 4],
    [0, 0],
  ]).arraySync() as number[][];
  expect(rows[0]![0]).toBeCloseTo(0.6, 6);
  expect(rows[1]).toEqual([0, 0]);
  expect((normalize([[1, 3]], -1, 1).arraySync() as number[][])[0]![1]).toBeCloseTo(0.75, 6);
  expect(() => normalize(3)).toThrow(/at least one axis/);
});
