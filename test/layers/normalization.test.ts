import { describe, expect, it } from 'vitest';
import {
  BatchNormalization,
  GroupNormalization,
  LayerNormalization,
  RMSNormalization,
  UnitNormalization,
} from '../../src/layers/index.ts';
import * as ops from '../../src/ops/index.ts';
import { compileFunction, type Tensor, tensor } from '../../src/trace/index.ts';
import { expectCloseToScale } from '../support/close.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const batchWeights = (n: number) => ({ gamma: [n], beta: [n], moving_mean: [n], moving_variance: [n] });

describe('BatchNormalization', () => {
  runLayerTest('last axis', {
    make: () => new BatchNormalization(),
    input: [4, 3],
    output: [4, 3],
    weights: batchWeights(3),
    fixed: 2,
    masks: true,
  });
  runLayerTest('axis 1', {
    make: () => new BatchNormalization({ axis: 1, momentum: 0.9, gammaRegularizer: 'l2' }),
    input: [2, 2, 3, 2],
    output: [2, 2, 3, 2],
    weights: batchWeights(2),
    fixed: 2,
    masks: true,
  });
  runLayerTest('neither gamma nor beta', {
    make: () => new BatchNormalization({ center: false, scale: false }),
    input: [3, 2, 2],
    output: [3, 2, 2],
    weights: { moving_mean: [2], moving_variance: [2] },
    fixed: 2,
    masks: true,
  });

  it('moves the statistics in training, and nowhere else', () => {
    const layer = new BatchNormalization({ momentum: 0.5 });
    const x = tensor([[1], [3]]);
    layer.apply(x);
    expect([...layer.movingMean.read(), ...layer.movingVariance.read()]).toEqual([0, 1]);
    layer.apply(x, { training: true });
    expect([...layer.movingMean.read(), ...layer.movingVariance.read()]).toEqual([1, 1]);
    layer.trainable = false;
    layer.apply(x, { training: true });
    expect([...layer.movingMean.read(), ...layer.movingVariance.read()]).toEqual([1, 1]);
  });

  it('moves the statistics of a compiled step at each run', () => {
    const layer = new BatchNormalization({ momentum: 0.5 });
    layer.ensureBuilt([null, 1]);
    const step = compileFunction((x) => [layer.apply(x, { training: true })], [{ shape: [2, 1], dtype: 'float32' }]);
    step.input(0).set([1, 3]);
    step.run();
    expect([...layer.movingMean.read()]).toEqual([1]);
    step.run();
    expect([...layer.movingMean.read()]).toEqual([1.5]);
    step.dispose();
  });

  it('comes near the moving statistics in training with renorm, within bounds', () => {
    const x = tensor([[0], [4]]);
    const free = new BatchNormalization({ renorm: true, epsilon: 0 });
    // They begin as mean 0 and deviation 1: x itself.
    expect(free.apply(x, { training: true }).dataSync()).toEqual(Float32Array.of(0, 4));
    expect(free.weights.map((w) => [w.name, w.read()[0]])).toEqual([
      ['gamma', 1],
      ['beta', 0],
      ['moving_mean', expect.closeTo(0.02, 6)],
      ['moving_variance', expect.closeTo(1.01 ** 2, 5)],
      ['moving_stddev', expect.closeTo(1.01, 6)],
      ['renorm_mean', expect.closeTo(0.02, 6)],
      ['renorm_stddev', expect.closeTo(1.01, 6)],
    ]);
    const bound = new BatchNormalization({ renorm: true, epsilon: 0, renormClipping: { rmax: 1, dmax: 0 } });
    expect(bound.apply(x, { training: true }).dataSync()).toEqual(Float32Array.of(-1, 1));
  });

  it('finds the variance of data far from 0', () => {
    const y = new BatchNormalization({ epsilon: 0 }).apply(tensor([[10000], [10001], [10002]]), { training: true });
    // What is lost is the product of 10000 and the scale, which is rounded before the shift.
    expectCloseToScale(y.dataSync(), [-Math.sqrt(1.5), 0, Math.sqrt(1.5)], 5e-4);
  });

  it('refuses what cannot be', () => {
    expect(() => new BatchNormalization({ momentum: 2 })).toThrow(
      /momentum must be a number of at least 0 and at most 1/,
    );
    expect(() => new BatchNormalization({ renormClipping: { rmaxx: 1 } as object })).toThrow(/unknown option 'rmaxx'/);
    expect(() => new BatchNormalization({ renormClipping: { rmin: 2, rmax: 1 } })).toThrow(
      /renormClipping.rmax must be at least rmin, got rmin 2 and rmax 1/,
    );
    expect(() => new BatchNormalization({ renormClipping: { dmax: -1 } })).toThrow(/renormClipping.dmax/);
    expect(() => new BatchNormalization({ axis: 3, name: 'b' }).apply(ops.ones([2, 2]))).toThrow(
      /layer 'b' \(BatchNormalization\): the input of shape \(2, 2\) has no axis 3/,
    );
    const mask = ops.ones([2, 4], 'bool');
    expect(() => new BatchNormalization().apply(ops.ones([2, 3, 1]), { mask, training: true })).toThrow(
      /expected a mask of shape \(2, 3\), got \(2, 4\)/,
    );
    const flat = { mask: ops.ones([2, 3], 'bool') };
    expect(() => new BatchNormalization().apply(ops.ones([2, 3, 1, 1]), flat)).toThrow(/mask of shape \(2, 3, 1\)/);
    const layer = new BatchNormalization({ momentum: 0 });
    const repeated = tensor([[[1], [0]]]);
    layer.apply(ops.stack([ops.ones([1, 3, 2]), ops.zeros([1, 3, 2])], 1), { mask: repeated, training: true });
    expect([...layer.movingMean.read(), ...layer.movingVariance.read()]).toEqual([1, 1, 0, 0]);
  });
});

describe('LayerNormalization', () => {
  runLayerTest('last axis', {
    make: () => new LayerNormalization(),
    input: [2, 3, 5],
    output: [2, 3, 5],
    weights: { gamma: [5], beta: [5] },
    masks: true,
  });
  runLayerTest('two axes', {
    make: () => new LayerNormalization({ axis: [1, 2], epsilon: 1e-2, center: false }),
    input: [2, 3, 4],
    output: [2, 3, 4],
    weights: { gamma: [3, 4] },
    masks: true,
  });
  it('divides by the standard deviation alone with rmsScaling, which has gamma and no beta whatever is said', () => {
    const layer = new LayerNormalization({ rmsScaling: true, scale: false, epsilon: 0 });
    expect(layer.apply(tensor([[3, 5]])).dataSync()).toEqual(Float32Array.of(3, 5));
    expect(layer.weights.map((w) => w.name)).toEqual(['gamma']);
  });

  it('refuses what cannot be', () => {
    expect(() => new LayerNormalization({ axis: [] })).toThrow(/axis must name one axis or several different ones/);
    expect(() => new LayerNormalization({ axis: 2 }).apply(ops.ones([2, 2]))).toThrow(/has no axis 2/);
    expect(() => new LayerNormalization({ rmsScaling: 1 as never })).toThrow(/rmsScaling must be true or false/);
    const layer = new LayerNormalization();
    layer.apply(ops.ones([2, 3]));
    expect(() => layer.apply(ops.ones([2, 4]))).toThrow(/size 3 along axis 1/);
  });
});

describe('RMSNormalization, GroupNormalization, UnitNormalization', () => {
  runLayerTest('RMS', {
    make: () => new RMSNormalization(),
    input: [2, 3, 4],
    output: [2, 3, 4],
    weights: { scale: [4] },
  });
  runLayerTest('groups', {
    make: () => new GroupNormalization(2),
    input: [2, 3, 4],
    output: [2, 3, 4],
    weights: { gamma: [4], beta: [4] },
    masks: true,
  });
  runLayerTest('a group of each channel, first', {
    make: () => new GroupNormalization({ groups: -1, axis: 1, scale: false }),
    input: [2, 3, 4, 2],
    output: [2, 3, 4, 2],
    weights: { beta: [3] },
    masks: true,
  });
  runLayerTest('unit', {
    make: () => new UnitNormalization({ axis: [1, 2] }),
    input: [2, 3, 2],
    output: [2, 3, 2],
    masks: true,
  });

  it('takes weights over axes of mixed sign flat, as Keras does', () => {
    const x = tensor(
      Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
      [2, 3, 4],
    );
    const [mixed, sorted] = [
      [-1, 1],
      [1, 2],
    ].map((axis) => new LayerNormalization({ axis }));
    for (const layer of [mixed!, sorted!]) layer.build([2, 3, 4]);
    const numbers = Float32Array.from({ length: 12 }, (_, i) => i);
    for (const layer of [mixed!, sorted!]) for (const w of layer.weights) w.assign(tensor(numbers, [...w.shape]));
    expect(mixed!.weights.map((w) => w.shape)).toEqual([
      [4, 3],
      [4, 3],
    ]);
    expect((mixed!.apply(x) as Tensor).arraySync()).toEqual((sorted!.apply(x) as Tensor).arraySync());
  });

  it('zeros stay zeros', () => {
    expect(new UnitNormalization().apply(tensor([[0, 0]])).arraySync()).toEqual([[0, 0]]);
  });

  it('refuse what cannot be', () => {
    expect(() => new GroupNormalization(0)).toThrow(/groups must be a whole number of at least 1/);
    expect(() => new GroupNormalization(3, { name: 'g' }).apply(ops.ones([2, 4]))).toThrow(
      /layer 'g' \(GroupNormalization\): the channels must be a multiple of groups, got 4 channels and 3 groups/,
    );
    expect(() => new GroupNormalization(1, { axis: 0 }).apply(ops.ones([2, 4]))).toThrow(/is the batch/);
    expect(() => new UnitNormalization({ axis: 0.5 })).toThrow(/axis must be a whole number/);
    expect(() => new RMSNormalization({ epsilon: -1 })).toThrow(/epsilon must be a number of at least 0/);
  });
});
