import { describe, expect, it } from 'vitest';
import { pow } from '../../src/kernel/math/index.ts';
import { Rng } from '../support/rng.ts';
import { apply, everyFloat, worst } from './math-support.ts';

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;

/** C99, annex F.10.4.4: differs from `**` at a base of 1 and at -1 to an infinite power. */
const c99 = (x: number, y: number) => (x === 1 || (x === -1 && Math.abs(y) === INF) ? 1 : x ** y);

const SPECIAL = [
  ...[0, 1, 2, 3, 0.5, 1.5, INF, 2 ** -149, 2 ** -126, 3e38, 2 ** 24, 2 ** 24 + 2, 2 ** 24 - 1, 2 ** 23 - 0.5, 1e-30],
  ...[127, 128, 149, 150, 2 ** 31, 5e9, 1 - 2 ** -24, 1 + 2 ** -23],
].flatMap((v) => [v, -v]);

/** All pairs. */
function pairs(values: readonly number[]): [Float32Array, Float32Array] {
  const n = values.length;
  const x = Float32Array.from({ length: n * n }, (_, i) => values[Math.floor(i / n)]!);
  return [x, Float32Array.from({ length: n * n }, (_, i) => values[i % n]!)];
}

describe.each([true, false])('pow, fma %s', (fma) => {
  function check([x, y]: readonly [Float32Array, Float32Array], allowed: number): void {
    const z = apply(pow, [x, y], fma);
    const { error, index } = worst(z, (i) => c99(x[i]!, y[i]!));
    expect(error, `pow(${x[index]}, ${y[index]}) = ${z[index]}`).toBeLessThanOrEqual(allowed);
  }

  it('has the special cases of C99', () => {
    const rows = [
      [0, 0, 1],
      [NAN, 0, 1],
      [1, NAN, 1],
      [1, INF, 1],
      [-1, INF, 1],
      [-1, -INF, 1],
      [NAN, 1, NAN],
      [2, NAN, NAN],
      [0, -1, INF],
      [-0, -1, -INF],
      [-0, -2, INF],
      [-0, 3, -0],
      [-0, 2, 0],
      [-0, 0.5, 0],
      [-INF, 0.5, INF],
      [-INF, 3, -INF],
      [-INF, 2, INF],
      [-INF, -1, -0],
      [-INF, -2, 0],
      [INF, -0.5, 0],
      [INF, 0.5, INF],
      [0.5, INF, 0],
      [0.5, -INF, INF],
      [-2, INF, INF],
      [-2, -INF, 0],
      [-2, 3, -8],
      [-2, 2, 4],
      [-2, 0.5, NAN],
      [-8, 1 / 3, NAN],
      [0, NAN, NAN],
    ];
    const column = (k: number) => Float32Array.from(rows, (row) => row[k]!);
    expect([...apply(pow, [column(0), column(1)], fma)]).toEqual(rows.map((row) => row[2]));
  });

  it('is right for all pairs of special numbers', () => check(pairs([...SPECIAL, NAN]), 1));

  it('is accurate for arbitrary bit patterns', () => {
    const x = everyFloat(65537);
    check([x, x.map((_, i) => x[(i * 40503) % x.length]!)], 1.6);
  });

  it('is accurate from the least denormal to the greatest number', () => {
    const rng = new Rng();
    const x = everyFloat(50021).map(Math.abs);
    const y = x.map((v) => rng.float(-150.5, 128.5) / Math.log2(v));
    check([x, y], 1.6);
    const near = x.map(() => rng.float(0.5, 2));
    check([near, near.map((v) => rng.float(-150.5, 128.5) / Math.log2(v))], 1.6);
  });

  it('is accurate for negative bases with integer exponents', () => {
    const rng = new Rng();
    const x = Float32Array.from({ length: 20_000 }, () => rng.float(-50, 50));
    check([x, x.map(() => rng.int(-20, 20))], 1.3);
  });
});

it('with FMA, whole numbers to small whole powers are exact', () => {
  for (const power of [1, 2, 3, 4, 5]) {
    const x = Float32Array.from({ length: Math.floor((2 ** 24) ** (1 / power)) }, (_, i) => i + 1).slice(0, 4096);
    expect([...apply(pow, [x, x.map(() => power)], true)]).toEqual([...x].map((v) => v ** power));
  }
});
