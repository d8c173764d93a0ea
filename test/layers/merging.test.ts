import { describe, expect, it } from 'vitest';
import * as layers from '../../src/layers/index.ts';
import {
  Add,
  Average,
  add,
  average,
  Concatenate,
  concatenate,
  Dense,
  Dot,
  dot,
  Input,
  Maximum,
  Minimum,
  Multiply,
  maximum,
  minimum,
  multiply,
  Subtract,
  subtract,
} from '../../src/layers/index.ts';
import { maskOf, withMask } from '../../src/layers/mask.ts';
import * as ops from '../../src/ops/index.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const a = () => tensor([[1, 5]]);
const b = () => tensor([[3, 4]]);
const masked = (data: number[][][], mask: boolean[][]): Tensor => withMask(tensor(data), tensor(mask));

describe('merging', () => {
  const three = [
    [2, 3, 2],
    [2, 3, 2],
    [2, 3, 2],
  ] as const;
  runLayerTest('Add', { make: () => new Add(), input: three, output: [2, 3, 2], masks: true });
  runLayerTest('Add repeats sizes of 1, and axes after the batch', {
    make: () => new Add(),
    input: [
      [2, 3, 4],
      [2, 1, 4],
      [2, 4],
    ],
    output: [2, 3, 4],
    masks: true,
  });
  runLayerTest('Add of numbers', {
    make: () => new Add(),
    input: [
      [2, 3],
      [2, 3],
    ],
    output: [2, 3],
    dtype: 'int32',
    outputDType: 'int32',
    masks: true,
  });
  runLayerTest('Average', { make: () => new Average(), input: three, output: [2, 3, 2], masks: true });
  runLayerTest('Subtract', {
    make: () => new Subtract(),
    input: [
      [2, 3],
      [2, 1],
    ],
    output: [2, 3],
    masks: true,
  });
  runLayerTest('Multiply', { make: () => new Multiply(), input: three, output: [2, 3, 2], masks: true });
  runLayerTest('Maximum', { make: () => new Maximum(), input: three, output: [2, 3, 2], masks: true });
  runLayerTest('Minimum', { make: () => new Minimum(), input: three, output: [2, 3, 2], masks: true });
  runLayerTest('Concatenate', {
    make: () => new Concatenate({ axis: 1 }),
    input: [
      [2, 3, 2],
      [2, 1, 2],
    ],
    output: [2, 4, 2],
    masks: true,
  });
  runLayerTest('Dot', {
    make: () => new Dot([2, 1]),
    input: [
      [2, 3, 4],
      [2, 4, 5],
    ],
    output: [2, 3, 5],
    masks: true,
  });
  runLayerTest('Dot of vectors', {
    make: () => new Dot(-1, { normalize: true }),
    input: [
      [3, 4],
      [3, 4],
    ],
    output: [3, 1],
    masks: true,
  });
  runLayerTest('Dot of more axes', {
    make: () => new Dot([1, 3]),
    input: [
      [2, 3, 2],
      [2, 4, 1, 3],
    ],
    output: [2, 2, 4, 1],
    masks: true,
  });

  it('have forms as functions, for tensors and for models', () => {
    expect(add([a(), b()]).arraySync()).toEqual([[4, 9]]);
    expect(average([a(), b()]).arraySync()).toEqual([[2, 4.5]]);
    expect(subtract([a(), b()]).arraySync()).toEqual([[-2, 1]]);
    expect(multiply([a(), b()]).arraySync()).toEqual([[3, 20]]);
    expect(maximum([a(), b()]).arraySync()).toEqual([[3, 5]]);
    expect(minimum([a(), b()]).arraySync()).toEqual([[1, 4]]);
    expect(dot([a(), b()], 1).arraySync()).toEqual([[23]]);
    expect(concatenate([a(), b()], 0).arraySync()).toEqual([
      [1, 5],
      [3, 4],
    ]);
    const [x, y] = [Input({ shape: [4] }), Input({ shape: [2] })];
    expect(concatenate([x, y], { name: 'both' }).shape).toEqual([null, 6]);
    expect(add([x, new Dense(4).apply(y)]).shape).toEqual([null, 4]);
  });

  it('give a mask where any of the inputs has one', () => {
    const [x, y] = [masked([[[1], [2]]], [[true, false]]), masked([[[3], [4]]], [[false, false]])];
    expect(maskOf(new Add().apply([x, y]))!.arraySync()).toEqual([[true, false]]);
    expect(maskOf(new Add().apply([x, tensor([[[1], [1]]])]))).toBeUndefined();
    expect(maskOf(new Concatenate({ axis: 1 }).apply([x, y]))!.arraySync()).toEqual([[true, false, false, false]]);
    expect(maskOf(new Concatenate().apply([x, tensor([[[1], [1]]])]))!.arraySync()).toEqual([[true, true]]);
    expect(maskOf(new Dot(1).apply([x, y]))).toBeUndefined();
  });

  it('leave what is masked on one side to the other', () => {
    const [x, y] = [masked([[[5], [6]]], [[true, false]]), masked([[[7], [1]]], [[false, true]])];
    expect(new Maximum().apply([x, y]).arraySync()).toEqual([[[5], [1]]]);
    expect(new Minimum().apply([x, y]).arraySync()).toEqual([[[5], [1]]]);
    expect(new Multiply().apply([x, y]).arraySync()).toEqual([[[5], [1]]]);
    const none = masked([[[2], [3]]], [[false, false]]);
    expect(new Multiply().apply([x, none]).arraySync()).toEqual([[[5], [0]]]);
  });

  it('refuse what cannot be', () => {
    expect(() => new Add({ name: 'a' }).apply(ops.ones([2, 3]))).toThrow(
      /layer 'a' \(Add\): expected an array of inputs, got one of shape \(2, 3\)/,
    );
    expect(() => new Add({ name: 'a' }).apply([ops.ones([2, 3]), ops.ones([2, 4])])).toThrow(
      /layer 'a' \(Add\): the shapes \(2, 3\), \(2, 4\) do not fit: sizes must be equal or 1/,
    );
    expect(() => new Add().apply([ops.ones([2, 3]), ops.ones([3, 3])])).toThrow(/the batches must be of one size/);
    expect(() => new Subtract().apply([a(), b(), a()])).toThrow(/expected two inputs, got 3/);
    expect(() => new Concatenate().apply([ops.ones([2, 3, 1]), ops.ones([2, 3])])).toThrow(/same number of axes/);
    expect(() => new Concatenate().apply([ops.ones([2, 3, 1]), ops.ones([2, 4, 1])])).toThrow(/agree but along axis 2/);
    expect(() => new Concatenate({ axis: 4 }).apply([a(), b()])).toThrow(/has no axis 4/);
    expect(() => new Dot(0).apply([a(), b()])).toThrow(/name the batch/);
    expect(() => new Dot([1, 2, 3] as never)).toThrow(/axes must be one axis or two/);
    expect(() => new Dot(1).apply([ops.ones([2, 3]), ops.ones([2, 4])])).toThrow(/must have the same size/);
  });
});

describe('the table of layers', () => {
  it('holds every class that is exported, under its own name', () => {
    const exported = Object.values(layers).filter(
      (x): x is typeof layers.Layer =>
        typeof x === 'function' && x.prototype instanceof layers.Layer && Object.hasOwn(x, 'moduleName'),
    );
    expect(new Set(layers.builtinLayers())).toEqual(new Set(exported));
    for (const cls of exported) {
      expect(Object.hasOwn(cls, 'className')).toBe(true);
      expect(cls.className).toBe(cls.name);
      expect(cls.moduleName).toBe('keras.layers');
    }
  });
});
