import { describe, expect, it } from 'vitest';
import {
  ActivityRegularization,
  AlphaDropout,
  Dropout,
  GaussianDropout,
  GaussianNoise,
  type Layer,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
} from '../../src/layers/index.ts';
import * as ops from '../../src/ops/index.ts';
import { compileFunction, setRandomSeed, Tensor, tensor } from '../../src/trace/index.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const train = { training: true };
const values = (t: Tensor): number[] => Array.from(t.dataSync());
const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
const variance = (v: readonly number[]): number => {
  const centre = mean(v);
  return mean(v.map((x) => (x - centre) ** 2));
};

describe('layers that are random in training', () => {
  const shape = [2, 3, 4];
  runLayerTest('Dropout', { make: () => new Dropout(0.4), input: shape, output: shape, masks: true });
  runLayerTest('Dropout of nothing', { make: () => new Dropout(0), input: shape, output: shape, masks: true });
  runLayerTest('Dropout with a noise shape', {
    make: () => new Dropout({ rate: 0.4, noiseShape: [null, 1, 4], seed: 7 }),
    input: shape,
    output: shape,
    masks: true,
  });
  runLayerTest('SpatialDropout1D', { make: () => new SpatialDropout1D(0.5), input: shape, output: shape, masks: true });
  runLayerTest('SpatialDropout2D', {
    make: () => new SpatialDropout2D(0.5, { dataFormat: 'channels_first' }),
    input: [2, 3, 2, 2],
    output: [2, 3, 2, 2],
    masks: true,
  });
  runLayerTest('SpatialDropout3D', {
    make: () => new SpatialDropout3D(0.5, { seed: 3 }),
    input: [1, 2, 2, 2, 3],
    output: [1, 2, 2, 2, 3],
    masks: true,
  });
  runLayerTest('GaussianNoise', { make: () => new GaussianNoise(0.3), input: shape, output: shape, masks: true });
  runLayerTest('GaussianDropout', { make: () => new GaussianDropout(0.3), input: shape, output: shape, masks: true });
  runLayerTest('AlphaDropout', { make: () => new AlphaDropout(0.3), input: shape, output: shape, masks: true });
  runLayerTest('ActivityRegularization', {
    make: () => new ActivityRegularization({ l1: 0.1, l2: 0.2 }),
    input: shape,
    output: shape,
    masks: true,
  });

  it.each([0.1, 0.5, 0.9])('Dropout(%f) drops its share and scales the others', (rate) => {
    setRandomSeed(5);
    const n = 20000;
    const y = values(new Dropout(rate).apply(ops.ones([n]), train));
    const kept = y.filter((v) => v !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / Math.fround(1 - rate))]));
    // Six standard deviations of the number that is kept.
    expect(Math.abs(kept.length - n * (1 - rate))).toBeLessThan(6 * Math.sqrt(n * rate * (1 - rate)));
  });

  it('Dropout(1) leaves nothing, Dropout(0) everything, inference everything', () => {
    const x = tensor([1, 2, 3]);
    expect(values(new Dropout(1).apply(x, train))).toEqual([0, 0, 0]);
    expect(new Dropout(0).apply(x, train)).toBe(x);
    expect(new Dropout(0.5).apply(x)).toBe(x);
  });

  it('the gradient goes where the values went', () => {
    const layer = new Dropout(0.5, { seed: 1 });
    const x = ops.ones([64]);
    const y = layer.apply(x, train);
    const slope = new Tensor(gradient(ops.sum(y).node, [x.node])[0]!);
    expect(values(slope)).toEqual(values(y));
  });

  it('noise of one size along an axis is one choice', () => {
    const y = new Dropout(0.5, { noiseShape: [null, 1], seed: 2 }).apply(ops.ones([16, 5]), train);
    for (const row of y.arraySync() as number[][]) expect(new Set(row).size).toBe(1);
    expect(new Set(values(y)).size).toBe(2);
    const z = new SpatialDropout1D(0.5, { seed: 2 }).apply(ops.ones([1, 5, 16]), train).arraySync() as number[][][];
    for (const row of z[0]!) expect(row).toEqual(z[0]![0]);
  });

  it.each([
    ['dropout', (seed: number | null) => new Dropout(0.5, { seed })],
    ['noise', (seed: number | null) => new GaussianNoise(0.5, { seed })],
  ] as const)(
    '%s: each step draws anew, and a seed draws the same again',
    (_, make: (seed: number | null) => Layer) => {
      const draw = (layer: Layer) => {
        const step = compileFunction((x) => [layer.apply(x, train)], [{ shape: [33], dtype: 'float32' }]);
        step.input(0).fill(1);
        const runs = [0, 1].map(() => {
          step.run();
          return Array.from(step.output(0));
        });
        step.dispose();
        return runs;
      };
      const [first, second] = draw(make(11));
      expect(first).not.toEqual(second);
      expect(draw(make(11))).toEqual([first, second]);
      expect(draw(make(12))[0]).not.toEqual(first);
      setRandomSeed(1);
      const a = draw(make(null));
      setRandomSeed(1);
      expect(draw(make(null))).toEqual(a);
    },
  );

  it('noise has the moments that it should have', () => {
    setRandomSeed(3);
    const n = 20000;
    const noise = values(new GaussianNoise(0.5).apply(ops.zeros([n]), train));
    expect(Math.abs(mean(noise))).toBeLessThan(0.02);
    expect(Math.sqrt(variance(noise))).toBeCloseTo(0.5, 1);
    const factor = values(new GaussianDropout(0.2).apply(ops.ones([n]), train));
    expect(mean(factor)).toBeCloseTo(1, 1);
    expect(variance(factor)).toBeCloseTo(0.25, 1);
    const x = ops.normal(tensor(Int32Array.of(1, 2)), [n]);
    const alpha = values(new AlphaDropout(0.3).apply(x, train));
    expect(mean(alpha)).toBeCloseTo(0, 1);
    expect(variance(alpha)).toBeCloseTo(1, 1);
  });

  it('ActivityRegularization adds a penalty per sample', () => {
    const layer = new ActivityRegularization({ l1: 1, l2: 0.5 });
    layer.apply(
      tensor([
        [1, -2],
        [3, 0],
      ]),
    );
    expect(layer.losses.map((l) => l.item())).toEqual([(6 + 7) / 2]);
  });

  it('refuse what cannot be', () => {
    expect(() => new Dropout(1.5)).toThrow(
      'Dropout: rate must be a number of at least 0 and at most 1, got number 1.5',
    );
    expect(() => new Dropout(undefined as never)).toThrow(
      'Dropout: the option rate is missing; write new Dropout(rate)',
    );
    expect(() => new Dropout(0.5, { noiseShape: [0] })).toThrow(
      /noiseShape must be an array of positive sizes or null/,
    );
    expect(() => new Dropout(0.5, { seed: -1 })).toThrow(/seed/);
    expect(() => new Dropout(0.5, { noiseShape: [2, 3], name: 'd' }).apply(ops.ones([2, 4]), train)).toThrow(
      /layer 'd' \(Dropout\): noiseShape \(2, 3\) does not repeat to the input's shape \(2, 4\)/,
    );
    expect(() => new GaussianNoise(2)).toThrow(/stddev must be a number of at least 0 and at most 1/);
    expect(() => new GaussianDropout(1)).toThrow(/rate must be a number from 0 to below 1, got 1/);
    expect(() => new AlphaDropout(1)).toThrow(/below 1/);
    expect(() => new SpatialDropout1D(0.5).apply(ops.ones([2, 3]))).toThrow(/3 axes/);
    expect(() => new ActivityRegularization({ l1: -1 })).toThrow(/l1 must be a number of at least 0/);
  });
});
