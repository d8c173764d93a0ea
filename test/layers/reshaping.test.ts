import { describe, expect, it } from 'vitest';
import {
  Cropping1D,
  Cropping2D,
  Cropping3D,
  Flatten,
  Input,
  Permute,
  RepeatVector,
  Reshape,
  UpSampling1D,
  UpSampling2D,
  UpSampling3D,
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
} from '../../src/layers/index.ts';
import * as ops from '../../src/ops/index.ts';
import { tensor } from '../../src/trace/index.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const first = { dataFormat: 'channels_first' } as const;
const int32 = { dtype: 'int32', outputDType: 'int32', range: [-5, 5] } as const;

describe('reshaping', () => {
  runLayerTest('Flatten', { make: () => new Flatten(first), input: [2, 3, 4, 2], output: [2, 24] });
  runLayerTest('Flatten of numbers', { make: () => new Flatten(), input: [3], output: [3, 1], ...int32 });
  runLayerTest('Reshape', { make: () => new Reshape([-1, 2]), input: [3, 2, 4], output: [3, 4, 2], ...int32 });
  runLayerTest('Permute', { make: () => new Permute([3, 1, 2]), input: [2, 3, 4, 5], output: [2, 5, 3, 4] });
  runLayerTest('RepeatVector', { make: () => new RepeatVector(3), input: [2, 4], output: [2, 3, 4] });

  it('keeps sizes that are not known', () => {
    expect(new Flatten().apply(Input({ shape: [null, 3] })).shape).toEqual([null, null]);
    expect(new Reshape([-1, 3]).apply(Input({ shape: [null, 3] })).shape).toEqual([null, null, 3]);
  });

  it('refuses what cannot be', () => {
    expect(() => new Reshape([2, 0])).toThrow('Reshape: targetShape must be an array of positive sizes');
    expect(() => new Reshape([-1, -1])).toThrow(/targetShape/);
    expect(() => new Reshape(6 as never)).toThrow(/targetShape must be an array/);
    expect(() => new Reshape([4], { name: 'r' }).apply(ops.ones([2, 3]))).toThrow(
      /layer 'r' \(Reshape\): the 3 elements of a sample of shape \(3,\) do not fill the target shape \(4,\)/,
    );
    expect(() => new Permute([0, 1])).toThrow('Permute: dims must be the numbers 1, 2, ... in some order');
    expect(() => new Permute([1, 1])).toThrow(/dims/);
    expect(() => new Permute([2, 1]).apply(ops.ones([2, 3]))).toThrow(/3 axes/);
    expect(() => new RepeatVector(0)).toThrow(/n must be a whole number of at least 1/);
    expect(() => new RepeatVector(2).apply(ops.ones([2, 3, 4]))).toThrow(/2 axes/);
  });
});

describe('borders', () => {
  runLayerTest('ZeroPadding1D', {
    make: () => new ZeroPadding1D([1, 2]),
    input: [2, 3, 2],
    output: [2, 6, 2],
    ...int32,
  });
  runLayerTest('ZeroPadding2D', { make: () => new ZeroPadding2D([1, 2]), input: [1, 2, 2, 3], output: [1, 4, 6, 3] });
  runLayerTest('ZeroPadding2D pairs, first', {
    make: () =>
      new ZeroPadding2D({
        padding: [
          [0, 1],
          [2, 0],
        ],
        ...first,
      }),
    input: [1, 3, 2, 2],
    output: [1, 3, 3, 4],
  });
  runLayerTest('ZeroPadding3D', { make: () => new ZeroPadding3D(), input: [1, 1, 2, 1, 2], output: [1, 3, 4, 3, 2] });
  runLayerTest('Cropping1D', { make: () => new Cropping1D(), input: [2, 5, 2], output: [2, 3, 2] });
  runLayerTest('Cropping2D', { make: () => new Cropping2D(), input: [1, 3, 2, 1], output: [1, 3, 2, 1], ...int32 });
  runLayerTest('Cropping2D pairs, first', {
    make: () =>
      new Cropping2D(
        [
          [0, 1],
          [2, 0],
        ],
        first,
      ),
    input: [1, 2, 3, 4],
    output: [1, 2, 2, 2],
  });
  runLayerTest('Cropping3D', {
    make: () => new Cropping3D([1, 0, 1]),
    input: [1, 3, 2, 4, 1],
    output: [1, 1, 2, 2, 1],
  });

  it('refuse what cannot be', () => {
    expect(() => new ZeroPadding2D([1, 2, 3])).toThrow(
      'ZeroPadding2D: padding must be a whole number of at least 0, or an array of 2',
    );
    expect(() => new ZeroPadding1D([[1, 2]] as never)).not.toThrow();
    expect(() => new Cropping1D([1] as never)).toThrow(/a pair of them/);
    expect(() => new ZeroPadding2D(-1)).toThrow(/padding/);
    expect(() => new Cropping2D([[1, 2, 3], 1] as never)).toThrow(/cropping/);
    expect(() => new Cropping1D(2, { name: 'c' }).apply(ops.ones([1, 4, 2]))).toThrow(
      /layer 'c' \(Cropping1D\): an input of shape \(1, 4, 2\) is too small for cropping \[\[2,2\]\]/,
    );
  });
});

describe('upsampling', () => {
  runLayerTest('1D', { make: () => new UpSampling1D(3), input: [2, 2, 3], output: [2, 6, 3], ...int32 });
  runLayerTest('2D', { make: () => new UpSampling2D([2, 3], first), input: [1, 2, 2, 3], output: [1, 2, 4, 9] });
  runLayerTest('2D bilinear', {
    make: () => new UpSampling2D({ size: [3, 2], interpolation: 'bilinear' }),
    input: [1, 2, 3, 2],
    output: [1, 6, 6, 2],
  });
  runLayerTest('2D bilinear of one pixel, first', {
    make: () => new UpSampling2D(4, { interpolation: 'bilinear', ...first }),
    input: [1, 2, 1, 1],
    output: [1, 2, 4, 4],
  });
  runLayerTest('3D', { make: () => new UpSampling3D([1, 2, 3]), input: [1, 2, 2, 1, 1], output: [1, 2, 4, 3, 1] });

  it('bilinear goes in straight lines between the centres', () => {
    const x = tensor([[[[0]], [[8]]]]);
    expect(new UpSampling2D([4, 1], { interpolation: 'bilinear' }).apply(x).arraySync()).toEqual([
      [[[0]], [[0]], [[1]], [[3]], [[5]], [[7]], [[8]], [[8]]],
    ]);
  });

  it('refuses what cannot be', () => {
    expect(() => new UpSampling2D(1.5)).toThrow(/size must be a whole number/);
    expect(() => new UpSampling2D(2, { interpolation: 'cubic' as 'bicubic' })).toThrow(/unknown interpolation 'cubic'/);
    expect(() => new UpSampling2D(2, { interpolation: 'billinear' as 'bilinear' })).toThrow(/Did you mean 'bilinear'/);
  });
});
