import { describe, expect, it } from 'vitest';
import * as config from '../../src/config/index.ts';
import {
  Activation,
  Dense,
  ELU,
  Embedding,
  Identity,
  LeakyReLU,
  Masking,
  PReLU,
  ReLU,
  Rescaling,
  Softmax,
} from '../../src/layers/index.ts';
import { maskOf, withMask } from '../../src/layers/mask.ts';
import * as ops from '../../src/ops/index.ts';
import { tensor } from '../../src/trace/index.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

describe('Dense', () => {
  const weights = { kernel: [4, 5], bias: [5] };
  runLayerTest('linear', { make: () => new Dense(5), input: [3, 4], output: [3, 5], weights, masks: true });
  runLayerTest('tanh, four axes', {
    make: () => new Dense(2, { activation: 'tanh', kernelInitializer: 'he_normal', kernelRegularizer: 'l2' }),
    input: [2, 2, 1, 3],
    output: [2, 2, 1, 2],
    weights: { kernel: [3, 2], bias: [2] },
    masks: true,
  });
  runLayerTest('without bias', {
    make: () => new Dense({ units: 17, useBias: false }),
    input: [1, 16],
    output: [1, 17],
    weights: { kernel: [16, 17] },
    masks: true,
  });

  it('refuses what cannot be', () => {
    expect(() => new Dense(0)).toThrow('Dense: units must be a whole number of at least 1, got number 0');
    expect(() => new Dense(2.5)).toThrow(/units must be a whole number/);
    expect(() => new Dense({} as { units: number })).toThrow(
      'Dense: the option units is missing; write new Dense(units)',
    );
    expect(() => new Dense(3, { actvation: 'relu' } as object)).toThrow(
      /unknown option 'actvation'. Did you mean 'activation'/,
    );
    expect(() => new Dense(3, { activation: 'rleu' as 'relu' })).toThrow(/unknown activation 'rleu'/);
    expect(() => new Dense(3, { units: 4 })).toThrow('Dense: the option units is given twice, by position and by name');
    expect(() => new Dense(3, 'relu' as never)).toThrow(/at most 1 arguments by position \(units\)/);
    expect(() => new Dense(3, { useBias: 1 as never })).toThrow('Dense: useBias must be true or false, got number 1');
    expect(() => new Dense(3, { name: 'd' }).apply(tensor([1, 2]))).toThrow(
      /layer 'd' \(Dense\): expected an input with at least 2 axes, got shape \(2,\)/,
    );
    const layer = new Dense(3, { name: 'd' });
    layer.apply(tensor([[1, 2]]));
    expect(() => layer.apply(tensor([[1, 2, 3]]))).toThrow(
      /expected an input with size 2 along axis -1, got shape \(1, 3\)/,
    );
    expect(() => new Dense(3, { name: 'd' }).ensureBuilt([null, null])).toThrow(
      /layer 'd' \(Dense\): the weights depend on axis -1 .* \(None, None\) has no known size/,
    );
  });

  it('takes the shapes of older programs', () => {
    expect(new Dense(3, { inputShape: [4] }).batchInputShape).toEqual([null, 4]);
    expect(new Dense(3, { inputDim: 4 } as object).batchInputShape).toEqual([null, 4]);
  });

  it('adds penalties of weights and outputs to the losses', () => {
    const layer = new Dense(1, { kernelInitializer: 'ones', kernelRegularizer: 'l2', activityRegularizer: 'l1' });
    layer.apply(tensor([[1, 2]]));
    expect(layer.losses.map((l) => l.item())).toEqual([expect.closeTo(0.03, 6), expect.closeTo(0.02, 6)]);
  });
});

describe('Embedding', () => {
  runLayerTest('numbers', {
    make: () => new Embedding(7, 3),
    input: [2, 5],
    output: [2, 5, 3],
    dtype: 'int32',
    range: [0, 6],
    weights: { embeddings: [7, 3] },
  });

  it('masks 0 where it is told to', () => {
    const y = new Embedding(4, 2, { maskZero: true }).apply(tensor([[1, 0, 3]]));
    expect(maskOf(y)!.arraySync()).toEqual([[true, false, true]]);
    expect(maskOf(new Embedding(4, 2).apply(tensor([[1, 0]])))).toBeUndefined();
  });

  it('begins with given vectors', () => {
    const vectors = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    for (const weights of [vectors, [vectors], tensor(vectors), [tensor(vectors)]])
      expect(new Embedding(3, 2, { weights, trainable: false }).apply(tensor([2, 0])).arraySync()).toEqual([
        [5, 6],
        [1, 2],
      ]);
    expect(new Embedding(3, 2, { weights: vectors }).embeddings.path).toMatch(/^embedding_?\d*\/embeddings$/);
    expect(() => new Embedding(4, 2, { weights: vectors })).toThrow(
      'Embedding: weights must have the shape (4, 2) (inputDim, outputDim), got (3, 2)',
    );
    expect(() => new Embedding(4, 0)).toThrow(/outputDim must be a whole number of at least 1/);
    expect(new Embedding(4, 2, { inputLength: 10 } as object).outputDim).toBe(2);
  });
});

describe('activations as layers', () => {
  runLayerTest('Activation', { make: () => new Activation('gelu'), input: [3, 5], output: [3, 5], masks: true });
  runLayerTest('Activation glu', { make: () => new Activation('glu'), input: [3, 6], output: [3, 3], masks: true });
  runLayerTest('ReLU', {
    make: () => new ReLU({ maxValue: 1.2, negativeSlope: 0.1, threshold: 0.3 }),
    input: [4, 7],
    output: [4, 7],
    masks: true,
  });
  runLayerTest('LeakyReLU', { make: () => new LeakyReLU(0.1), input: [4, 3], output: [4, 3], masks: true });
  runLayerTest('ELU', { make: () => new ELU({ alpha: 0.5 }), input: [4, 3], output: [4, 3], masks: true });
  runLayerTest('Softmax', {
    make: () => new Softmax({ axis: [1, 2] }),
    input: [2, 3, 4],
    output: [2, 3, 4],
    masks: true,
  });
  runLayerTest('PReLU', {
    make: () => new PReLU(),
    input: [3, 4],
    output: [3, 4],
    weights: { alpha: [4] },
    masks: true,
  });
  runLayerTest('PReLU shared', {
    make: () => new PReLU({ sharedAxes: [1, 2], alphaInitializer: 'ones' }),
    input: [1, 2, 3, 4],
    output: [1, 2, 3, 4],
    weights: { alpha: [1, 1, 4] },
    masks: true,
  });
  runLayerTest('Identity', { make: () => new Identity(), input: [3, 5], output: [3, 5], masks: true });
  runLayerTest('Identity of numbers', {
    make: () => new Identity(),
    input: [3],
    output: [3],
    dtype: 'int32',
    outputDType: 'int32',
    masks: true,
  });

  it('take NaN for what it is', () => {
    const x = tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(new ReLU().apply(x).arraySync()).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 0]);
    expect(new LeakyReLU(0.5).apply(x).arraySync()).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it('refuse what cannot be', () => {
    expect(() => new ReLU({ threshold: -1 })).toThrow(/threshold must be a number of at least 0/);
    expect(() => new LeakyReLU(-1)).toThrow(/negativeSlope must be a number of at least 0/);
    expect(() => new Activation('rleu' as 'relu')).toThrow(/unknown activation/);
    expect(() => new Activation(undefined as never)).toThrow('Activation: the option activation is missing');
    expect(() => new PReLU({ sharedAxes: [0] })).toThrow(/sharedAxes must be axes from 1 on, got \[0\]/);
    expect(() => new PReLU({ sharedAxes: 3, name: 'p' }).apply(ops.ones([1, 2]))).toThrow(/names axis 3 of 2 axes/);
    expect(() => new Softmax().apply(ops.ones([2, 3]), { mask: ops.ones([2, 2], 'bool') })).toThrow(
      /a mask of shape \(2, 2\)/,
    );
  });

  it('Softmax leaves masked places out', () => {
    const y = new Softmax().apply(tensor([[1, 5, 1]]), { mask: tensor([[true, false, true]]) });
    expect(y.arraySync()).toEqual([[0.5, 0, 0.5]]);
  });

  it('LeakyReLU knows the older name alpha', () => {
    expect(new LeakyReLU({ alpha: 0.25 }).getConfig().negative_slope).toBe(0.25);
  });
});

describe('Masking and Rescaling', () => {
  runLayerTest('Masking', { make: () => new Masking(0.5), input: [2, 3, 4], output: [2, 3, 4], masks: true });
  runLayerTest('Rescaling', {
    make: () => new Rescaling([0.5, 2, 3], { offset: [0, 1, 2] }),
    input: [2, 2, 3],
    output: [2, 2, 3],
    masks: true,
  });
  runLayerTest('Rescaling bytes', {
    make: () => new Rescaling(1 / 255),
    input: [2, 3],
    output: [2, 3],
    dtype: 'uint8',
    range: [0, 255],
    masks: true,
  });

  it('rescales by tensors, which files may hold, and along the channels where these come first', () => {
    const layer = new Rescaling(tensor([0.5, 2]), Float32Array.of(1, 3));
    expect(layer.getConfig()).toMatchObject({ scale: [0.5, 2], offset: [1, 3] });
    const saved = (value: number) => ({ class_name: '__numpy__', config: { value, dtype: 'float64' } });
    const read = Rescaling.fromConfig({ scale: saved(1 / 255), offset: saved(0.5) });
    expect(read.getConfig()).toMatchObject({ scale: 1 / 255, offset: 0.5 });
    config.setImageDataFormat('channels_first');
    try {
      expect(layer.apply(ops.ones([1, 2, 1, 3])).arraySync()).toEqual([[[[1.5, 1.5, 1.5]], [[5, 5, 5]]]]);
      expect(() => layer.apply(ops.ones([1, 3, 1, 2]))).toThrow(/size 2 along axis -3/);
    } finally {
      config.setImageDataFormat('channels_last');
    }
  });

  it('masks steps that are all of one value', () => {
    const y = new Masking().apply(
      tensor([
        [
          [1, 0],
          [0, 0],
        ],
      ]),
    );
    expect(maskOf(y)!.arraySync()).toEqual([[true, false]]);
    expect(new Identity().apply(withMask(tensor([[1, 2]]), tensor([[true, false]])))).toSatisfy(
      (t) => maskOf(t as typeof y) !== undefined,
    );
  });

  it('refuse what cannot be', () => {
    expect(() => new Rescaling('1' as never)).toThrow(/scale must be a number or an array of numbers/);
    expect(() => new Rescaling([1, 2], { offset: [1, 2, 3] })).toThrow(/must be of one length/);
    expect(() => new Rescaling([1, 2, 3]).apply(ops.ones([1, 2]))).toThrow(/size 3 along axis -1/);
    expect(() => new Masking(Number.NaN)).toThrow(/maskValue must be a number/);
  });
});
