import { describe, expect, it } from 'vitest';
import { atan, cos, erf, exp, expm1, log, log1p, sigmoid, sin, tanh } from '../../src/kernel/math/index.ts';
import { erf as trueErf } from '../../src/runtime/reference/scalar.ts';
import { apply, around, type Emit, everyFloat, worst } from './math-support.ts';

interface Row {
  readonly emit: Emit;
  readonly truth: (x: number) => number;
  /** Greatest error in ulp, with FMA and without: what much denser sweeps found, rounded up. */
  readonly fused: number;
  readonly strict: number;
  /** Where the formula changes: swept densely. */
  readonly seams: readonly number[];
  /** Accurate for |x| up to here. */
  readonly limit?: number;
  /** Results lie in [-1, 1]. */
  readonly bounded?: boolean;
  /** [x, result] to the bit. */
  readonly exact: readonly (readonly [number, number])[];
}

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;
const HALF_PI = Math.fround(Math.PI / 2);
const turns = [1, 2, 3, 10, 101, 4097, 31830].flatMap((n) => [n * Math.PI, (n - 0.5) * Math.PI]);
const LN2 = Math.LN2;

const ROWS: Readonly<Record<string, Row>> = {
  exp: {
    emit: exp,
    truth: Math.exp,
    fused: 0.95,
    strict: 1.25,
    seams: [LN2 / 2, 1.5 * LN2, 87.33654, 88.37626, 88.72284, 89, 103.27893, 103.97208, 104],
    exact: [
      [0, 1],
      [-0, 1],
      [INF, INF],
      [-INF, 0],
      [-1000, 0],
      [1000, INF],
      [-103.972, 2 ** -149],
    ],
  },
  expm1: {
    emit: expm1,
    truth: Math.expm1,
    fused: 1.6,
    strict: 1.75,
    seams: [2 ** -30, LN2 / 2, 1.5 * LN2, 16.6, 17.33, 18, 88.37626, 88.72284, 89],
    exact: [
      [0, 0],
      [-0, -0],
      [INF, INF],
      [-INF, -1],
      [2 ** -149, 2 ** -149],
      [-(2 ** -149), -(2 ** -149)],
    ],
  },
  log: {
    emit: log,
    truth: Math.log,
    fused: 0.9,
    strict: 0.9,
    seams: [2 ** -149, 2 ** -126, Math.SQRT1_2, 1, Math.SQRT2, 2 ** 127, 3.4028235e38],
    exact: [
      [1, 0],
      [0, -INF],
      [-0, -INF],
      [INF, INF],
      [-INF, NAN],
      [-1, NAN],
      [-(2 ** -149), NAN],
    ],
  },
  log1p: {
    emit: log1p,
    truth: Math.log1p,
    fused: 1.5,
    strict: 1.5,
    seams: [2 ** -24, 1 - Math.SQRT1_2, Math.SQRT2 - 1, 0.5, 1, 2 ** 24, 2 ** 126, 2 ** 127.5, 3.4028235e38],
    exact: [
      [0, 0],
      [-0, -0],
      [-1, -INF],
      [INF, INF],
      [-1.5, NAN],
      [-INF, NAN],
      [2 ** -149, 2 ** -149],
    ],
  },
  sin: {
    emit: sin,
    truth: Math.sin,
    fused: 1.85,
    strict: 2.1,
    seams: [2 ** -126, HALF_PI, ...turns],
    limit: 1e5,
    bounded: true,
    exact: [
      [0, 0],
      [-0, -0],
      [INF, NAN],
      [-INF, NAN],
      [2 ** -149, 2 ** -149],
    ],
  },
  cos: {
    emit: cos,
    truth: Math.cos,
    fused: 1.9,
    strict: 2.1,
    seams: [2 ** -12, HALF_PI, ...turns],
    limit: 1e5,
    bounded: true,
    exact: [
      [0, 1],
      [-0, 1],
      [INF, NAN],
      [-INF, NAN],
      [2 ** -149, 1],
    ],
  },
  atan: {
    emit: atan,
    truth: Math.atan,
    fused: 1.35,
    strict: 1.45,
    seams: [2 ** -126, 0.5, 1, 2, 2 ** 24],
    exact: [
      [0, 0],
      [-0, -0],
      [INF, HALF_PI],
      [-INF, -HALF_PI],
      [2 ** -149, 2 ** -149],
    ],
  },
  tanh: {
    emit: tanh,
    truth: Math.tanh,
    fused: 1.5,
    strict: 1.5,
    seams: [2 ** -126, LN2 / 4, 0.6, 9.01, 9.5],
    bounded: true,
    exact: [
      [0, 0],
      [-0, -0],
      [INF, 1],
      [-INF, -1],
      [9.5, 1],
      [-(2 ** -149), -(2 ** -149)],
    ],
  },
  sigmoid: {
    emit: sigmoid,
    truth: (x) => 1 / (1 + Math.exp(-x)),
    fused: 2.2,
    strict: 2.4,
    seams: [LN2 / 2, 1.5 * LN2, 16.6, 17.33, 70, 87.33654, 88.37626, 103.27893, 103.97208, 104],
    bounded: true,
    exact: [
      [0, 0.5],
      [-0, 0.5],
      [INF, 1],
      [-INF, 0],
      [100, 1],
      [-1000, 0],
      [-103.972, 2 ** -149],
    ],
  },
  erf: {
    emit: erf,
    truth: trueErf,
    fused: 1.8,
    strict: 1.9,
    seams: [2 ** -126, 0.5, 1, 1.25, 3.83, 3.92],
    bounded: true,
    exact: [
      [0, 0],
      [-0, -0],
      [INF, 1],
      [-INF, -1],
      [4, 1],
      [-4, -1],
    ],
  },
};

describe.each(Object.entries(ROWS))('%s', (_name, row) => {
  describe.each([true, false])('fma %s', (fma) => {
    const allowed = fma ? row.fused : row.strict;

    it('is accurate over all of float32', () => {
      const x = everyFloat(20011).map((v) => (Math.abs(v) > (row.limit ?? INF) ? v / 2 ** 120 : v));
      const y = apply(row.emit, [x], fma);
      const { error, index } = worst(y, (i) => row.truth(x[i]!));
      expect(error, `at ${x[index]}: ${y[index]}`).toBeLessThanOrEqual(allowed);
      if (row.bounded) expect(y.every((v) => !(Math.abs(v) > 1))).toBe(true);
    });

    it('is accurate where its formula changes', () => {
      const x = around(row.seams, 1000);
      const y = apply(row.emit, [x], fma);
      const { error, index } = worst(y, (i) => row.truth(x[i]!));
      expect(error, `at ${x[index]}: ${y[index]}`).toBeLessThanOrEqual(allowed);
    });

    it('has its special values', () => {
      const x = Float32Array.from([NAN, ...row.exact.map(([a]) => a)]);
      expect([...apply(row.emit, [x], fma)]).toEqual([NAN, ...row.exact.map(([, result]) => result)]);
    });
  });
});

it.each([true, false])('sin and cos stay within -1 and 1 far away (fma %s)', (fma) => {
  const x = everyFloat(100003).filter((v) => Number.isFinite(v) && Math.abs(v) > 1e5);
  for (const emit of [sin, cos]) expect(apply(emit, [x], fma).every((v) => Math.abs(v) <= 1)).toBe(true);
});

it.each([sin, cos])('%o is accurate up to 10^6 with FMA', (emit) => {
  const x = Float32Array.from({ length: 50_000 }, (_, i) => 1e5 + i * 17.9);
  const truth = emit === sin ? Math.sin : Math.cos;
  expect(worst(apply(emit, [x], true), (i) => truth(x[i]!)).error).toBeLessThanOrEqual(2);
});

it('NaN with any payload stays NaN', () => {
  const words = [0x7fc00001, 0x7fffffff, 0x7fd55555, 0xffc12345, 0xffffffff];
  const x = new Float32Array(Uint32Array.from(words).buffer);
  for (const { emit } of Object.values(ROWS)) expect([...apply(emit, [x], true)].every(Number.isNaN)).toBe(true);
});
