import { describe, expect, it } from 'vitest';
import * as layers from '../../src/layers/index.ts';
import * as ops from '../../src/ops/index.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';
import { expectCloseToScale } from '../support/close.ts';

type Options = Readonly<Record<string, unknown>>;
type Make = new (options: Options) => layers.Layer;

const SHAPES: Readonly<Record<number, readonly number[]>> = { 1: [2, 8, 4], 2: [2, 8, 7, 4], 3: [1, 5, 6, 5, 4] };

function casesOf(n: number): (readonly [string, Options])[] {
  const same = { padding: 'same', strides: 2 };
  const kernel = { kernelSize: 3 };
  return [
    ...[{}, same, { padding: 'same', dilationRate: 2 }, { groups: 2 }].map(
      (o) => [`Conv${n}D`, { filters: 6, ...kernel, ...o }] as const,
    ),
    ...[{}, same, { strides: 2, outputPadding: 1 }, { dilationRate: 2 }].map(
      (o) => [`Conv${n}DTranspose`, { filters: 6, ...kernel, ...o }] as const,
    ),
    ...(n === 3 ? [] : [{}, { ...same, depthMultiplier: 2 }, { dilationRate: 2 }]).flatMap((o) => [
      [`DepthwiseConv${n}D`, { ...kernel, ...o }] as const,
      [`SeparableConv${n}D`, { filters: 5, ...kernel, ...o }] as const,
    ]),
    ...['Max', 'Average'].flatMap((kind) => [
      [`${kind}Pooling${n}D`, { poolSize: 2 }] as const,
      [`${kind}Pooling${n}D`, { poolSize: 2, padding: 'same', strides: 1 }] as const,
      [`Global${kind}Pooling${n}D`, { keepdims: true }] as const,
      [`Adaptive${kind}Pooling${n}D`, { outputSize: 3 }] as const,
    ]),
    [`ZeroPadding${n}D`, {}],
    ...(n === 1
      ? []
      : ([
          [`UpSampling${n}D`, { size: 2 }],
          [`Cropping${n}D`, { cropping: 1 }],
          [`SpatialDropout${n}D`, { rate: 0.5 }],
        ] as const)),
    ...(n === 2 ? ([['UpSampling2D', { size: 2, interpolation: 'bilinear' }]] as const) : []),
  ];
}

describe.each([1, 2, 3])('with channels first, %iD', (n) => {
  const x = tensor(
    Float32Array.from({ length: SHAPES[n]!.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i)),
    SHAPES[n]!,
  );
  it.each(casesOf(n))('%s %o gives what it gives with channels last', (name, options) => {
    const Class = (layers as unknown as Record<string, Make>)[name]!;
    const [last, first] = ['channels_last', 'channels_first'].map(
      (dataFormat) => new Class({ ...options, dataFormat }),
    ) as [layers.Layer, layers.Layer];
    const expected = last.apply<Tensor>(x);
    const turned = ops.moveaxis(x, -1, 1);
    first.apply(turned);
    first.setWeights(last.getWeights());
    const got = ops.moveaxis(first.apply<Tensor>(turned), 1, -1);
    expect(got.shape).toEqual(expected.shape);
    expectCloseToScale(got.dataSync(), expected.dataSync(), 1e-5);
    expect(first.getConfig().data_format).toBe('channels_first');
  });
});
