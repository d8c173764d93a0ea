import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import * as random from '../../src/random/index.ts';
import { compileFunction } from '../../src/trace/function.ts';
import { setRandomSeed, type Tensor, tensor } from '../../src/trace/index.ts';

const N = 40_000;

function moments(t: Tensor): { mean: number; variance: number; skew: number } {
  const x = Array.from(t.dataSync());
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const central = (k: number) => x.reduce((a, b) => a + (b - mean) ** k, 0) / x.length;
  return { mean, variance: central(2), skew: central(3) / central(2) ** 1.5 };
}

/** Within 5 standard errors (of the mean, and about so of the variance). */
function expectMoments(t: Tensor, mean: number, variance: number, kurtosis = 3): void {
  const got = moments(t);
  expect(Math.abs(got.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / t.size) + 1e-6);
  expect(Math.abs(got.variance - variance)).toBeLessThan(5 * variance * Math.sqrt((kurtosis - 1) / t.size) + 1e-6);
}

describe('distributions have the moments that they should', () => {
  const seed = 7;
  it('normal, truncatedNormal, uniform, randint', () => {
    expectMoments(random.normal([N], { mean: 3, stddev: 2, seed }), 3, 4);
    const cut = random.truncatedNormal([N], { mean: 1, stddev: 2, seed });
    expectMoments(cut, 1, 4 * 0.7737, 2.4);
    expect(Math.max(...cut.dataSync().map((v) => Math.abs(v - 1)))).toBeLessThanOrEqual(4);
    expectMoments(random.uniform([N], { minval: -1, maxval: 3, seed }), 1, 16 / 12, 1.8);
    const whole = random.randint([N], -2, 5, { seed });
    expect(whole.dtype).toBe('int32');
    expect(new Set(whole.dataSync())).toEqual(new Set([-2, -1, 0, 1, 2, 3, 4]));
    expectMoments(whole, 1, 4, 1.8);
    expect(random.uniform([4], { minval: 0, maxval: 9, dtype: 'int32', seed }).dtype).toBe('int32');
  });

  it.each([0.01, 0.3, 1, 2.5, 40, 1e4])('gamma of %f', (alpha) => {
    const t = random.gamma([N], alpha, { seed });
    expectMoments(t, alpha, alpha, 3 + 6 / alpha);
    expect(t.dataSync().every((v) => v >= 0)).toBe(true);
    if (alpha >= 0.3) expect(Math.abs(moments(t).skew - 2 / Math.sqrt(alpha))).toBeLessThan(0.1 + 2 / alpha);
  });

  it('gamma and beta of parameters for each element', () => {
    const t = random.gamma([N, 2], [0.5, 8], { seed });
    expectMoments(ops.take(t, 0, 1), 0.5, 0.5, 15);
    expectMoments(ops.take(t, 1, 1), 8, 8, 4);
    const both = ops.take(t, [0, 1], 1);
    const [a, b] = [0, 1].map((i) => ops.subtract(ops.take(both, i, 1), [0.5, 8][i]!)) as [Tensor, Tensor];
    expect(Math.abs(ops.mean(ops.multiply(a, b)).item())).toBeLessThan(0.06);
  });

  it.each([
    [0.2, 0.3],
    [1, 1],
    [2, 5],
    [0.001, 0.001],
    [200, 50],
  ])('beta of %f and %f', (a, b) => {
    const t = random.beta([N], a, b, { seed });
    expectMoments(t, a / (a + b), (a * b) / ((a + b) ** 2 * (a + b + 1)));
    expect(t.dataSync().every((v) => v >= 0 && v <= 1)).toBe(true);
  });

  it.each([
    [0, 0.4],
    [1, 0.3],
    [7, 0.9],
    [20, 0.5],
    [1000, 0.004],
    [1000, 0.3],
    [100_000, 0.75],
    [12, 0],
    [12, 1],
  ])('binomial of %i and %f', (n, p) => {
    const t = random.binomial([N], n, p, { seed });
    expect(t.dtype).toBe('float32');
    expectMoments(t, n * p, n * p * (1 - p), 3 + 1 / Math.max(1, n * p * (1 - p)));
    expect(t.dataSync().every((v) => Number.isInteger(v) && v >= 0 && v <= n)).toBe(true);
  });

  it('binomial has the probabilities that it should, by both of its ways', () => {
    for (const n of [18, 45]) {
      const t = random.binomial([N], n, 0.4, { seed, dtype: 'int32' });
      const counts = ops.bincount(t, { minlength: n + 1 }).dataSync();
      let term = 0.6 ** n;
      let chi = 0;
      let free = 0;
      for (let k = 0; k <= n; k++) {
        if (term * N > 20) {
          chi += (counts[k]! - term * N) ** 2 / (term * N);
          free++;
        }
        term *= ((n - k) / (k + 1)) * (0.4 / 0.6);
      }
      expect(free).toBeGreaterThan(8);
      expect(chi).toBeLessThan(free + 6 * Math.sqrt(2 * free));
    }
  });

  it('categorical, dropout, shuffle', () => {
    const t = random.categorical(tensor([[0, Math.log(3)]]), N, { seed });
    expect([t.shape, t.dtype]).toEqual([[1, N], 'int32']);
    expectMoments(t, 0.75, 0.1875);
    const dropped = random.dropout(ops.ones([N]), 0.25, { seed });
    expect(new Set(dropped.dataSync())).toEqual(new Set([0, Math.fround(4 / 3)]));
    expectMoments(dropped, 1, 1 / 3);
    const half = random.uniform([N], { dtype: 'bfloat16', seed });
    expect([Math.min(...half.dataSync()), Math.max(...half.dataSync()) < 1]).toEqual([0, true]);
    const noise = { seed, noiseShape: [null, 1] };
    expect(random.dropout(ops.ones([64, 8]), 0.5, noise).dataSync()).toEqual(
      random.dropout(ops.ones([64, 8]), 0.5, { seed, noiseShape: [64, 1] }).dataSync(),
    );
    const rows = random.dropout(ops.ones([64, 8]), 0.5, { seed, noiseShape: [64, 1] });
    expect(ops.max(ops.variance(rows, 1)).item()).toBe(0);
    const order = random.shuffle(ops.arange(50), { seed });
    expect(Array.from(order.dataSync())).not.toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([...order.dataSync()].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(random.shuffle(tensor([[1, 2, 3]]), { axis: 1, seed }).shape).toEqual([1, 3]);
  });

  it.each([0, 1, 15, 16, 17, 33])('of %i elements', (n) => {
    for (const t of [
      random.normal([n]),
      random.gamma([n], 2),
      random.binomial([n], 50, 0.5),
      random.beta([n, 2], 1, 2),
    ])
      expect(t.dataSync()).toHaveLength(t.size);
  });
});

describe('seeds', () => {
  const draw = (seed?: random.Seed) => [...random.normal([4], { seed: seed ?? null }).dataSync()];
  it('a number gives the same numbers, a generator and nothing others each time', () => {
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    const generator = new random.SeedGenerator(3);
    const first = draw(generator);
    expect(draw(generator)).not.toEqual(first);
    expect(draw(new random.SeedGenerator(3))).toEqual(first);
    expect(draw()).not.toEqual(draw());
  });

  it('nothing draws from the stream of setRandomSeed', () => {
    setRandomSeed(5);
    const a = [draw(), draw()];
    setRandomSeed(5);
    expect([draw(), draw()]).toEqual(a);
  });

  it('a compiled function draws anew at each run', () => {
    const f = compileFunction(() => [random.normal([4])], []);
    f.run();
    const first = [...f.output(0)];
    f.run();
    expect([...f.output(0)]).not.toEqual(first);
    f.dispose();
  });

  it('refuses what is no seed, dtype or option', () => {
    expect(() => random.normal([2], { seed: -1 })).toThrow(/random\.normal: seed: expected a whole number/);
    expect(() => new random.SeedGenerator('1' as never)).toThrow(/SeedGenerator: seed: expected .*, got '1'/);
    expect(() => new random.SeedGenerator(1, { nam: 'a' } as object)).toThrow(
      /unknown option 'nam'. Did you mean 'name'/,
    );
    for (const seed of [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])
      expect(random.uniform([2], { seed }).dataSync()).toEqual(
        random.uniform([2], { seed: new random.SeedGenerator(seed) }).dataSync(),
      );
    expect(() => random.normal([2], { dtype: 'int32' })).toThrow(/expected a floating dtype, got 'int32'/);
    expect(() => random.randint([2], 0, 3, { dtype: 'float32' })).toThrow(/dtype of integers/);
    expect(() => random.normal([2], { std: 1 } as never)).toThrow(/unknown option 'std'/);
    expect(() => random.randint([2], 3, 3)).toThrow(/low < high/);
  });
});
