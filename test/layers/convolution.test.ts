import { describe, expect, it } from 'vitest';
import {
  Conv1D,
  Conv1DTranspose,
  Conv2D,
  Conv2DTranspose,
  Conv3D,
  Conv3DTranspose,
  DepthwiseConv1D,
  DepthwiseConv2D,
  Input,
  SeparableConv1D,
  SeparableConv2D,
} from '../../src/layers/index.ts';
import * as ops from '../../src/ops/index.ts';
import { tensor } from '../../src/trace/index.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const first = { dataFormat: 'channels_first' } as const;

describe('Conv', () => {
  runLayerTest('1D causal', {
    make: () => new Conv1D(2, 3, { padding: 'causal', dilationRate: 2 }),
    input: [2, 5, 3],
    output: [2, 5, 2],
    weights: { kernel: [3, 3, 2], bias: [2] },
  });
  runLayerTest('2D strides, groups, same', {
    make: () => new Conv2D(4, [3, 2], { strides: [2, 1], padding: 'same', groups: 2, activation: 'tanh' }),
    input: [1, 5, 4, 2],
    output: [1, 3, 4, 4],
    weights: { kernel: [3, 2, 1, 4], bias: [4] },
  });
  runLayerTest('2D channels first', {
    make: () => new Conv2D(3, 2, first),
    input: [2, 2, 3, 4],
    output: [2, 3, 2, 3],
    weights: { kernel: [2, 2, 2, 3], bias: [3] },
  });
  runLayerTest('2D without bias, dilated', {
    make: () => new Conv2D({ filters: 17, kernelSize: 2, useBias: false, dilationRate: 2 }),
    input: [1, 3, 4, 1],
    output: [1, 1, 2, 17],
    weights: { kernel: [2, 2, 1, 17] },
  });
  runLayerTest('3D', {
    make: () => new Conv3D(2, [1, 2, 2]),
    input: [1, 2, 3, 3, 1],
    output: [1, 2, 2, 2, 2],
    weights: { kernel: [1, 2, 2, 1, 2], bias: [2] },
  });

  it('channels first gives the same numbers as last', () => {
    const x = tensor(
      Float32Array.from({ length: 36 }, (_, i) => Math.sin(i)),
      [1, 3, 4, 3],
    );
    const last = new Conv2D(2, 2, { biasInitializer: 'ones' });
    const y = last.apply(x);
    const other = new Conv2D(2, 2, first);
    other.ensureBuilt([1, 3, 3, 4]);
    other.setWeights(last.getWeights());
    const z = ops.transpose(other.apply(ops.transpose(x, [0, 3, 1, 2])), [0, 2, 3, 1]);
    expect(z.arraySync()).toEqual(y.arraySync());
  });

  it('keeps sizes that are not known', () => {
    expect(new Conv2D(3, 3).apply(Input({ shape: [null, 10, 2] })).shape).toEqual([null, null, 8, 3]);
    expect(new Conv1D(3, 3, { padding: 'same', strides: 2 }).apply(Input({ shape: [7, 2] })).shape).toEqual([
      null,
      4,
      3,
    ]);
  });

  it('refuses what cannot be', () => {
    expect(() => new Conv2D(8, [3, 3, 3])).toThrow(
      'Conv2D: kernelSize must be a whole number of at least 1 or an array of 2 of them, got [3,3,3]',
    );
    expect(() => new Conv2D(8, undefined as never)).toThrow(
      'Conv2D: the option kernelSize is missing; write new Conv2D(filters, kernelSize)',
    );
    expect(() => new Conv2D(8, 0)).toThrow(/kernelSize/);
    expect(() => new Conv2D(8, 3, { strides: [1, 0] })).toThrow(/strides must be a whole number/);
    expect(() => new Conv2D(0, 3)).toThrow(/filters must be a whole number of at least 1/);
    expect(() => new Conv2D(3, 3, { groups: 2 })).toThrow(
      /filters must be a multiple of groups, got 3 filters and 2 groups/,
    );
    expect(() => new Conv2D(3, 3, { padding: 'causal' })).toThrow(/unknown padding 'causal'/);
    expect(() => new Conv2D(3, 3, { padding: 'smae' as 'same' })).toThrow(/Did you mean 'same'/);
    expect(() => new Conv2D(3, 3, { dataFormat: 'NHWC' as 'channels_last' })).toThrow(/unknown dataFormat 'NHWC'/);
    expect(() => new Conv2D(3, 3, { strides: 2, dilationRate: 2 })).toThrow(/cannot both be above 1/);
    expect(() => new Conv2DTranspose(3, 3, { strides: 2, dilationRate: 2 })).toThrow(/cannot both be above 1/);
    expect(() => new Conv2D(4, 1, { groups: 2, name: 'c' }).apply(ops.ones([1, 3, 3, 3]))).toThrow(
      /layer 'c' \(Conv2D\): the input's channels must be a multiple of groups, got 3 channels/,
    );
    expect(() => new Conv2D(4, 3, { name: 'c' }).apply(ops.ones([3, 3, 3]))).toThrow(
      /layer 'c' \(Conv2D\): expected an input with 4 axes, got shape \(3, 3, 3\).*channel axis missing/,
    );
    expect(() => new Conv2D(4, 5, { name: 'c' }).apply(ops.ones([1, 4, 9, 3]))).toThrow(
      /layer 'c' \(Conv2D\): an input of shape \(1, 4, 9, 3\) is too small for a window of 5 x 5/,
    );
    const built = new Conv2D(4, 3);
    built.apply(ops.ones([1, 4, 4, 3]));
    expect(() => built.apply(ops.ones([1, 2, 4, 3]))).toThrow(/too small for a window of 3 x 3/);
    expect(() => built.apply(ops.ones([1, 4, 4, 2]))).toThrow(/size 3 along axis -1/);
    expect(() => new Conv2D(4, 3).apply(Input({ shape: [4, 4, null] }))).toThrow(/no known size along axis -1/);
    expect(() => new Conv2D(4, 3, { padding: [[1, 1]] as never })).toThrow(/unknown padding an array of 1/);
  });

  it('take capital letters', () => {
    const layer = new Conv2D(4, 3, { padding: 'SAME' as 'same', dataFormat: 'Channels_First' as 'channels_first' });
    expect([layer.padding, layer.dataFormat]).toEqual(['same', 'channels_first']);
  });
});

describe('DepthwiseConv and SeparableConv', () => {
  runLayerTest('depthwise 1D', {
    make: () => new DepthwiseConv1D(3, { depthMultiplier: 2, ...first }),
    input: [1, 2, 5],
    output: [1, 4, 3],
    weights: { kernel: [3, 2, 2], bias: [4] },
  });
  runLayerTest('depthwise 2D', {
    make: () => new DepthwiseConv2D([2, 3], { padding: 'same', strides: 2, activation: 'sigmoid' }),
    input: [1, 4, 3, 3],
    output: [1, 2, 2, 3],
    weights: { kernel: [2, 3, 3, 1], bias: [3] },
  });
  runLayerTest('separable 1D', {
    make: () => new SeparableConv1D(2, 2),
    input: [1, 4, 3],
    output: [1, 3, 2],
    weights: { depthwise_kernel: [2, 3, 1], pointwise_kernel: [1, 3, 2], bias: [2] },
  });
  runLayerTest('separable 2D', {
    make: () => new SeparableConv2D(2, 2, { depthMultiplier: 2, useBias: false, ...first }),
    input: [1, 2, 3, 3],
    output: [1, 2, 2, 2],
    weights: { depthwise_kernel: [2, 2, 2, 2], pointwise_kernel: [1, 1, 4, 2] },
  });

  it('refuse what cannot be', () => {
    expect(() => new DepthwiseConv2D(3, { depthMultiplier: 0 })).toThrow(/depthMultiplier must be a whole number/);
    expect(() => new SeparableConv2D(3, 3, { depthMultiplier: 1.5 })).toThrow(/depthMultiplier/);
    expect(() => new SeparableConv2D(3, 3).apply(ops.ones([1, 2, 2, 1]))).toThrow(/too small for a window of 3 x 3/);
  });
});

describe('ConvTranspose', () => {
  runLayerTest('1D', {
    make: () => new Conv1DTranspose(2, 3),
    input: [1, 4, 3],
    output: [1, 6, 2],
    weights: { kernel: [3, 2, 3], bias: [2] },
  });
  runLayerTest('2D same, strides', {
    make: () => new Conv2DTranspose(2, 3, { strides: 2, padding: 'same', activation: 'tanh' }),
    input: [1, 2, 3, 2],
    output: [1, 4, 6, 2],
    weights: { kernel: [3, 3, 2, 2], bias: [2] },
  });
  runLayerTest('2D channels first', {
    make: () => new Conv2DTranspose(3, [2, 3], { outputPadding: [0, 1], strides: [1, 2], ...first }),
    input: [1, 2, 2, 2],
    output: [1, 3, 3, 6],
    weights: { kernel: [2, 3, 3, 2], bias: [3] },
  });
  runLayerTest('3D', {
    make: () => new Conv3DTranspose(1, 2, { useBias: false }),
    input: [1, 2, 2, 1, 2],
    output: [1, 3, 3, 2, 1],
    weights: { kernel: [2, 2, 2, 1, 2] },
  });

  it('refuses an output padding as large as the stride', () => {
    expect(() => new Conv2DTranspose(2, 3, { strides: 2, outputPadding: 2 })).toThrow(
      'Conv2DTranspose: outputPadding must be less than the strides, got (2, 2) and strides (2, 2)',
    );
  });
});
