import { describe, expect, it } from 'vitest';
import { ones, reshape } from '../../src/ops/index.ts';
import * as random from '../../src/random/index.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';
import { camelOptions, golden } from '../ops/golden.ts';

interface Case {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly options: Record<string, unknown>;
  readonly shape: number[];
  readonly dtype: string;
  readonly mean?: number;
  readonly std?: number;
  readonly min?: number;
  readonly max?: number;
  /** Every value that there is, and which share of the sample it is. */
  readonly shares?: readonly (readonly [number, number])[];
}

type Draw = (...args: unknown[]) => Tensor;

function draw(c: Case): Tensor {
  const args = [...c.args];
  if (c.op === 'dropout') args[0] = ones(args[0] as number[]);
  if (c.op === 'shuffle') args[0] = reshape(tensor(Array.from({ length: 60 }, (_, i) => i)), [60]);
  const name = Object.keys(camelOptions({ [c.op]: 0 }))[0]!;
  return (random as unknown as Record<string, Draw>)[name]!(...args, { ...camelOptions(c.options), seed: 7 });
}

/** Two samples of one distribution: their shares, or moments, differ by the square root of 2/n of their spread, about. */
const RANGE = 6;

describe('random numbers are spread as those of Keras', () => {
  it.each(golden<Case>('random_draws').cases.map((c, i) => [`${i} ${c.op} ${JSON.stringify(c.options)}`, c] as const))(
    '%s',
    (_, c) => {
      const sample = draw(c);
      expect([sample.dtype, sample.shape]).toEqual([c.dtype, c.shape]);
      const values = Float64Array.from(sample.dataSync());
      if (c.mean === undefined) return;
      // Dropout with one choice a row has as many draws as rows.
      const noise = c.options.noise_shape as number[] | undefined;
      const n = noise ? noise.reduce((a, b) => a * b, 1) : values.length;
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const std = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length);
      const tolerance = RANGE * c.std! * Math.sqrt(2 / n);
      expect(Math.abs(mean - c.mean), `mean ${mean}, Keras ${c.mean}`).toBeLessThanOrEqual(tolerance);
      // The spread of a spread depends on the tails; three times that of a normal distribution is beyond all of these.
      expect(Math.abs(std - c.std!), `deviation ${std}, Keras ${c.std}`).toBeLessThanOrEqual(3 * tolerance);
      if (c.shares === undefined) return;
      for (const [value, share] of c.shares) {
        const found = values.filter((v) => Math.abs(v - value) < 1e-6).length / values.length;
        const spread = Math.sqrt((2 * Math.max(share, 1 / n) * (1 - share)) / n);
        expect(Math.abs(found - share), `share of ${value}: ${found}, Keras ${share}`).toBeLessThanOrEqual(
          RANGE * spread + 1e-4,
        );
      }
      const known = new Set(c.shares.map(([v]) => Math.fround(v)));
      const rare = values.filter((v) => !known.has(Math.fround(v))).length / values.length;
      expect(rare, 'values that Keras did not draw').toBeLessThan(1e-3);
    },
  );

  it('keeps within the bounds of bounded distributions', () => {
    for (const c of golden<Case>('random_draws').cases) {
      if (!['uniform', 'randint', 'truncated_normal', 'beta'].includes(c.op) || c.min === undefined) continue;
      // Of few numbers the extremes vary more.
      if (c.shape.reduce((a, b) => a * b, 1) < 10_000) continue;
      const values = draw(c).dataSync();
      const slack = 0.02 * (c.max! - c.min);
      for (const v of values) if (v < c.min - slack || v > c.max! + slack) expect.fail(`${c.op}: ${v}`);
    }
  });

  it('shuffles without losing anything', () => {
    const c = golden<Case>('random_draws').cases.find((d) => d.op === 'shuffle')!;
    const values = [...draw(c).dataSync()];
    expect(values).not.toEqual(values.slice().sort((a, b) => a - b));
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });
});
