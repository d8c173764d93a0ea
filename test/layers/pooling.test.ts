import { describe, expect, it } from 'vitest';
import {
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  AvgPool2D,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
  MaxPool2D,
  MaxPooling1D,
  MaxPooling2D,
  MaxPooling3D,
} from '../../src/layers/index.ts';
import { maskOf, withMask } from '../../src/layers/mask.ts';
import * as ops from '../../src/ops/index.ts';
import { tensor } from '../../src/trace/index.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const first = { dataFormat: 'channels_first' } as const;

describe('pooling', () => {
  runLayerTest('max 1D', { make: () => new MaxPooling1D(), input: [2, 5, 3], output: [2, 2, 3] });
  runLayerTest('max 2D', { make: () => new MaxPooling2D(2), input: [2, 4, 5, 2], output: [2, 2, 2, 2] });
  runLayerTest('max 2D same, first', {
    make: () => new MaxPooling2D([3, 2], 2, { padding: 'same', ...first }),
    input: [1, 2, 5, 4],
    output: [1, 2, 3, 2],
  });
  runLayerTest('max 3D', {
    make: () => new MaxPooling3D({ poolSize: [1, 2, 2], strides: [1, 1, 2] }),
    input: [1, 2, 3, 4, 1],
    output: [1, 2, 2, 2, 1],
  });
  runLayerTest('average 1D', {
    make: () => new AveragePooling1D(3, { strides: 1, padding: 'same', ...first }),
    input: [2, 3, 5],
    output: [2, 3, 5],
  });
  runLayerTest('average 2D', {
    make: () => new AveragePooling2D({ poolSize: 2, padding: 'same' }),
    input: [1, 5, 4, 2],
    output: [1, 3, 2, 2],
  });
  runLayerTest('average 3D', { make: () => new AveragePooling3D(2), input: [1, 2, 3, 2, 2], output: [1, 1, 1, 1, 2] });

  it('the windows of padding do not count zeros', () => {
    expect(new AveragePooling1D(2, { padding: 'same' }).apply(tensor([[[2], [4], [6]]])).arraySync()).toEqual([
      [[3], [6]],
    ]);
    expect(new MaxPooling1D(2, { padding: 'same' }).apply(tensor([[[-2], [-4], [-6]]])).arraySync()).toEqual([
      [[-2], [-6]],
    ]);
  });

  it('NaN goes through', () => {
    const y = new MaxPooling1D(2).apply(tensor([[[1], [Number.NaN], [3], [2]]]));
    expect(y.arraySync()).toEqual([[[Number.NaN], [3]]]);
  });

  it('has the shorter names', () => {
    expect(MaxPool2D).toBe(MaxPooling2D);
    expect(AvgPool2D).toBe(AveragePooling2D);
  });

  it('refuses what cannot be', () => {
    expect(() => new MaxPooling2D(0)).toThrow(
      'MaxPooling2D: poolSize must be a whole number of at least 1 or an array of 2',
    );
    expect(() => new MaxPooling2D([2, 2, 2])).toThrow(/poolSize/);
    expect(() => new MaxPooling2D(2, { strides: -1 })).toThrow(/strides/);
    expect(() => new AveragePooling2D(2, { padding: 'causal' as 'same' })).toThrow(/unknown padding 'causal'/);
    expect(() => new MaxPooling2D(3, { name: 'm' }).apply(ops.ones([1, 2, 4, 1]))).toThrow(
      /layer 'm' \(MaxPooling2D\): an input of shape \(1, 2, 4, 1\) is too small for a window of 3 x 3/,
    );
    expect(() => new MaxPooling2D().apply(ops.ones([2, 4, 1]))).toThrow(/expected an input with 4 axes/);
  });
});

describe('global pooling', () => {
  runLayerTest('average 1D', {
    make: () => new GlobalAveragePooling1D(),
    input: [2, 5, 3],
    output: [2, 3],
    masks: true,
  });
  runLayerTest('average 2D', { make: () => new GlobalAveragePooling2D(first), input: [2, 3, 4, 2], output: [2, 3] });
  runLayerTest('average 3D', {
    make: () => new GlobalAveragePooling3D({ keepdims: true }),
    input: [2, 2, 1, 2, 3],
    output: [2, 1, 1, 1, 3],
  });
  runLayerTest('max 1D', {
    make: () => new GlobalMaxPooling1D({ keepdims: true }),
    input: [2, 5, 3],
    output: [2, 1, 3],
  });
  runLayerTest('max 2D', { make: () => new GlobalMaxPooling2D(), input: [2, 3, 4, 2], output: [2, 2] });
  runLayerTest('max 3D', { make: () => new GlobalMaxPooling3D(first), input: [2, 3, 2, 1, 2], output: [2, 3] });

  it('the average over time leaves masked steps out, and ends the mask', () => {
    const x = withMask(tensor([[[1], [2], [9]]]), tensor([[true, true, false]]));
    const y = new GlobalAveragePooling1D().apply(x);
    expect(y.arraySync()).toEqual([[1.5]]);
    expect(maskOf(y)).toBeUndefined();
  });

  it('refuses what cannot be', () => {
    expect(() => new GlobalMaxPooling2D({ name: 'g' }).apply(ops.ones([2, 0, 3, 1]))).toThrow(
      /layer 'g' \(GlobalMaxPooling2D\): expected spatial sizes of at least 1, got an input of shape \(2, 0, 3, 1\)/,
    );
    expect(() => new GlobalAveragePooling1D().apply(ops.ones([2, 3, 1]), { mask: ops.ones([2, 2], 'bool') })).toThrow(
      /expected a mask of shape \(2, 3\), got \(2, 2\)/,
    );
  });
});
