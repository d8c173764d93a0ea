import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';
import { expectClose, nested, values } from './helpers.ts';

const ramp = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) * 2),
    shape,
  );

/** The definition: y[n, o, f] = sum over taps t and channels c of x[n, o * stride + t * dilation - low, c] k[t, c, f]. */
function conv1d(
  x: Tensor,
  k: Tensor,
  stride: number,
  dilation: number,
  low: number,
  out: number,
  groups = 1,
): number[] {
  const [n, size, channels] = x.shape as [number, number, number];
  const [taps, inner, filters] = k.shape as [number, number, number];
  const [xd, kd] = [x.dataSync(), k.dataSync()];
  const y: number[] = [];
  for (let b = 0; b < n; b++)
    for (let o = 0; o < out; o++)
      for (let f = 0; f < filters; f++) {
        const group = Math.floor(f / (filters / groups));
        let sum = 0;
        for (let t = 0; t < taps; t++)
          for (let c = 0; c < inner; c++) {
            const at = o * stride + t * dilation - low;
            if (at < 0 || at >= size) continue;
            sum += xd[(b * size + at) * channels + group * inner + c]! * kd[(t * inner + c) * filters + f]!;
          }
        y.push(sum);
      }
  return y;
}

describe('conv', () => {
  const x = ramp(2, 9, 4);
  it.each([
    ['valid', 1, 1, 3, 0, 7],
    ['valid', 2, 1, 3, 0, 4],
    ['valid', 1, 2, 3, 0, 5],
    ['same', 1, 1, 3, 1, 9],
    ['same', 1, 1, 4, 1, 9],
    ['same', 2, 1, 4, 1, 5],
    ['same', 3, 1, 2, 0, 3],
    ['same', 1, 2, 3, 2, 9],
    ['causal', 1, 2, 3, 4, 9],
    ['causal', 2, 1, 3, 2, 5],
  ] as const)('%s, strides %i, dilation %i, %i taps', (padding, strides, dilationRate, taps, low, out) => {
    const k = ramp(taps, 4, 3);
    const y = ops.conv(x, k, { padding, strides, dilationRate });
    expect(y.shape).toEqual([2, out, 3]);
    expectClose(values(y), conv1d(x, k, strides, dilationRate, low, out), 1e-5, 1e-5);
  });

  it('groups and depthwise', () => {
    const k = ramp(3, 2, 6);
    expectClose(values(ops.conv(x, k)), conv1d(x, k, 1, 1, 0, 7, 2), 1e-5, 1e-5);
    const d = ramp(3, 4, 2);
    const y = ops.depthwiseConv(x, d, { padding: 'same' });
    expect(y.shape).toEqual([2, 9, 8]);
    expectClose(values(y), conv1d(x, ops.reshape(d, [3, 1, 8]), 1, 1, 1, 9, 4), 1e-5, 1e-5);
    expect(ops.separableConv(x, d, ramp(1, 8, 5)).shape).toEqual([2, 7, 5]);
  });

  it('channels first is the same, transposed', () => {
    const [image, k] = [ramp(2, 5, 6, 3), ramp(3, 3, 3, 4)];
    const last = ops.conv(image, k, { padding: 'same', strides: [2, 1] });
    const first = ops.conv(ops.transpose(image, [0, 3, 1, 2]), k, {
      padding: 'same',
      strides: [2, 1],
      dataFormat: 'channels_first',
    });
    expect(first.shape).toEqual([2, 4, 3, 6]);
    expect(values(ops.transpose(first, [0, 2, 3, 1]))).toEqual(values(last));
  });

  it('transposed: every input element adds its kernel to the result', () => {
    for (const [strides, taps, padding] of [
      [1, 3, 'valid'],
      [2, 3, 'valid'],
      [3, 2, 'valid'],
      [2, 3, 'same'],
      [2, 4, 'same'],
      [3, 2, 'same'],
      [1, 4, 'same'],
    ] as const) {
      const [input, k] = [ramp(1, 5, 2), ramp(taps, 3, 2)];
      const y = ops.convTranspose(input, k, { strides, padding });
      const uncut = 4 * strides + taps;
      const { low, size } = ops.transposedAxis(5, taps, strides, 1, padding, null);
      expect(y.shape).toEqual([1, size, 3]);
      expect(size).toBe(padding === 'same' ? 5 * strides : 4 * strides + Math.max(taps, strides));
      const full = new Float64Array(Math.max(uncut, low + size) * 3);
      const [xd, kd] = [input.dataSync(), k.dataSync()];
      for (let i = 0; i < 5; i++)
        for (let t = 0; t < taps; t++)
          for (let f = 0; f < 3; f++)
            for (let c = 0; c < 2; c++) full[(i * strides + t) * 3 + f]! += xd[i * 2 + c]! * kd[(t * 3 + f) * 2 + c]!;
      expectClose(values(y), full.slice(low * 3, (low + size) * 3), 1e-5, 1e-5, `${strides} ${taps} ${padding}`);
    }
  });

  it('says what does not fit', () => {
    expect(() => ops.conv(x, ramp(3, 3, 3))).toThrow(/does not fit 4 channels/);
    expect(() => ops.conv(x, ramp(10, 4, 3))).toThrow(/a kernel of \[10\] does not fit an input of \[9\]/);
    expect(() => ops.conv(ramp(1, 4, 4, 1), ramp(2, 2, 1, 1), { padding: 'causal' })).toThrow(/one spatial axis/);
    expect(() => ops.conv(x, ramp(3, 4, 3), { strides: 0 })).toThrow(/strides: expected a positive whole number/);
  });
});

describe('pooling', () => {
  const x = tensor([1, 5, 2, 4, 3], [1, 5, 1]);
  it('takes the largest or the mean of real elements', () => {
    expect(values(ops.maxPool(x, 2))).toEqual([5, 4]);
    expect(values(ops.maxPool(x, 2, { padding: 'same' }))).toEqual([5, 4, 3]);
    expect(values(ops.maxPool(ops.multiply(x, -1), 3, { strides: 1, padding: 'same' }))).toEqual([-1, -1, -2, -2, -3]);
    expect(values(ops.averagePool(x, 2, { padding: 'same' }))).toEqual([3, 3, 3]);
    expectClose(values(ops.averagePool(x, 3, { strides: 1, padding: 'same' })), [3, 8 / 3, 11 / 3, 3, 3.5]);
    expect(values(ops.maxPool(tensor([1, Number.NaN, 3, 4], [1, 4, 1]), 2))).toEqual([Number.NaN, 4]);
    expect(() => ops.maxPool(x, 6)).toThrow(/does not fit/);
  });
  it('adapts to a size', () => {
    expectClose(values(ops.adaptiveAveragePool(x, 2)), [8 / 3, 3]);
    expect(values(ops.adaptiveMaxPool(x, 3))).toEqual([5, 5, 4]);
  });
});

describe('einsum', () => {
  const [a, b] = [ramp(2, 3, 4), ramp(2, 4, 5)];
  it('agrees with the operations that it stands for', () => {
    expectClose(values(ops.einsum('bij,bjk->bik', a, b)), values(ops.matmul(a, b)));
    expectClose(values(ops.einsum('...ij,...jk', a, b)), values(ops.matmul(a, b)));
    expectClose(values(ops.einsum('ijk->ki', a)), values(ops.transpose(ops.sum(a, 1))));
    expectClose(values(ops.einsum('i,j->ij', [1, 2], [3, 4])), [3, 4, 6, 8]);
    const m = ramp(3, 3);
    expectClose(values(ops.einsum('ii', m)), [m.dataSync()[0]! + m.dataSync()[4]! + m.dataSync()[8]!]);
    expectClose(values(ops.einsum('ij,ij->i', m, m)), values(ops.sum(ops.square(m), 1)));
    const chain = ops.einsum('ab,bc,cd->ad', ramp(2, 3), ramp(3, 4), ramp(4, 5));
    expectClose(values(chain), values(ops.matmul(ops.matmul(ramp(2, 3), ramp(3, 4)), ramp(4, 5))), 1e-5, 1e-5);
    expect(ops.einsum('abc,cde->abde', ramp(2, 3, 4), ramp(4, 5, 6)).shape).toEqual([2, 3, 5, 6]);
    expect(ops.einsum('aecd,abcd->acbe', ramp(2, 3, 4, 5), ramp(2, 6, 4, 5)).shape).toEqual([2, 4, 6, 3]);
  });
  it('refuses what does not fit', () => {
    expect(() => ops.einsum('ij,jk->ik', ramp(2, 3), ramp(4, 5))).toThrow(/label 'j' has the sizes 3 and 4/);
    expect(() => ops.einsum('ij->ijk', ramp(2, 3))).toThrow(/must name labels/);
    expect(() => ops.einsum('ijk', ramp(2, 3))).toThrow(/does not label the 2 axes/);
  });
});

describe('integers', () => {
  const ints = (v: number[]) => tensor(Int32Array.from(v));
  it('divide exactly, rounding down', () => {
    const a = [7, -7, 7, -7, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, 123456789, 0];
    const b = [2, 2, -2, -2, 1, 3, 65537, -1000, 5];
    expect(values(ops.floorDivide(ints(a), ints(b)))).toEqual(a.map((v, i) => Math.floor(v / b[i]!) + 0));
    expect(values(ops.mod(ints(a), ints(b)))).toEqual(a.map((v, i) => v - b[i]! * Math.floor(v / b[i]!)));
    expect(values(ops.power(ints([3, -2, 2, 5, -1]), ints([4, 3, 0, -1, -3])))).toEqual([81, -8, 1, 0, -1]);
    expect(values(ops.power(ints([3, -2]), 3))).toEqual([27, -8]);
  });
  it('float mod has the sign of the divisor', () => {
    expectClose(values(ops.mod([5.5, -5.5, 5.5, -5.5], [2, 2, -2, -2])), [1.5, 0.5, -0.5, -1.5]);
  });
  it('powers of floats', () => {
    expectClose(values(ops.power([-2, 3, 0.5], 3)), [-8, 27, 0.125]);
    expectClose(values(ops.power([4, 9], -1)), [0.25, 1 / 9]);
    expectClose(values(ops.power([4, 9], 0.5)), [2, 3]);
    expectClose(values(ops.power([2, 3], [0.5, 2])), [Math.SQRT2, 9]);
  });
  it('ranges', () => {
    expect(values(ops.arange(5))).toEqual([0, 1, 2, 3, 4]);
    expect(values(ops.arange(5, 0, -2))).toEqual([5, 3, 1]);
    expectClose(values(ops.linspace(0, 1, 5)), [0, 0.25, 0.5, 0.75, 1]);
    expect(nested(ops.eye(2, 3, 1))).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(nested(ops.tril(ops.ones([2, 3])))).toEqual([
      [1, 0, 0],
      [1, 1, 0],
    ]);
    expect(nested(ops.triu(ops.ones([3, 2])))).toEqual([
      [1, 1],
      [0, 1],
      [0, 0],
    ]);
  });
});

describe('indexing', () => {
  const x = tensor([
    [3, 1, 2],
    [9, 8, 7],
  ]);
  it('takes, sorts, ranks', () => {
    expect(nested(ops.take(x, [0, -1], 1))).toEqual([
      [3, 2],
      [9, 7],
    ]);
    expect(values(ops.take(x, [4]))).toEqual([8]);
    expect(nested(ops.sort(x))).toEqual([
      [1, 2, 3],
      [7, 8, 9],
    ]);
    expect(nested(ops.sort(x, 0))).toEqual([
      [3, 1, 2],
      [9, 8, 7],
    ]);
    expect(nested(ops.argsort(x))).toEqual([
      [1, 2, 0],
      [2, 1, 0],
    ]);
    expect(nested(ops.takeAlongAxis(x, [[2], [0]], 1))).toEqual([[2], [9]]);
    const top = ops.topK(x, 2);
    expect(nested(top.values)).toEqual([
      [3, 2],
      [9, 8],
    ]);
    expect(nested(top.indices)).toEqual([
      [0, 2],
      [0, 1],
    ]);
    expect(values(ops.inTopK([1, 0], x, 1))).toEqual([0, 1]);
    expect(() => ops.topK(x, 4)).toThrow(/k = 4 of 3/);
  });
  it('one-hot, running sums, segments, scatter', () => {
    expect(nested(ops.oneHot([0, 2, -1], 3))).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    expect(ops.oneHot([0, 2], 3, { axis: 0 }).shape).toEqual([3, 2]);
    expect(values(ops.multiHot([[0, 2]], 4))).toEqual([1, 0, 1, 0]);
    expect(values(ops.cumsum([1, 2, 3]))).toEqual([1, 3, 6]);
    expect(values(ops.cumprod(x, 0))).toEqual([3, 1, 2, 27, 8, 14]);
    expect(values(ops.diff([1, 4, 9, 16]))).toEqual([3, 5, 7]);
    expect(values(ops.segmentSum([1, 2, 3, 4], [0, 1, 0, 5], 2))).toEqual([4, 2]);
    expect(values(ops.scatter([[1], [3], [1]], [10, 20, 30], [4]))).toEqual([0, 40, 0, 20]);
    expect(
      nested(
        ops.scatterUpdate(
          x,
          [
            [0, 1],
            [1, 2],
          ],
          [50, 60],
        ),
      ),
    ).toEqual([
      [3, 50, 2],
      [9, 8, 60],
    ]);
  });
});

describe('random', () => {
  const key = tensor(Int32Array.of(7, 1));
  const n = 20000;
  const stats = (v: number[]) => {
    const mean = v.reduce((a, b) => a + b, 0) / v.length;
    return { mean, std: Math.sqrt(v.reduce((a, b) => a + (b - mean) ** 2, 0) / v.length) };
  };
  it('uniform and normal have their moments', () => {
    const u = stats(values(ops.uniform(key, [n], { low: -1, high: 3 })));
    expect(Math.abs(u.mean - 1)).toBeLessThan(0.03);
    expect(Math.abs(u.std - 4 / Math.sqrt(12))).toBeLessThan(0.02);
    const z = values(ops.normal(key, [n], { mean: 2, stddev: 3 }));
    expect(Math.abs(stats(z).mean - 2)).toBeLessThan(0.08);
    expect(Math.abs(stats(z).std - 3)).toBeLessThan(0.06);
    const t = values(ops.truncatedNormal(key, [n]));
    expect(Math.max(...t.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(Math.abs(stats(t).std - 0.8796)).toBeLessThan(0.015);
  });
  it('the same key gives the same numbers', () => {
    expect(values(ops.normal(key, [5]))).toEqual(values(ops.normal(key, [5])));
    expect(values(ops.normal(key, [5]))).not.toEqual(values(ops.normal(tensor(Int32Array.of(7, 2)), [5])));
  });
  it('dropout keeps the mean; noise can be shared', () => {
    const y = values(ops.dropout(ops.ones([n]), 0.3, key));
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / Math.fround(0.7))]));
    expect(Math.abs(stats(y).mean - 1)).toBeLessThan(0.02);
    const shared = nested(ops.dropout(ops.ones([4, 50]), 0.5, key, [1, 50])) as number[][];
    for (const row of shared) expect(row).toEqual(shared[0]);
    expect(values(ops.dropout([1, 2], 0, key))).toEqual([1, 2]);
    expect(values(ops.dropout([1, 2], 1, key))).toEqual([0, 0]);
    expect(() => ops.dropout([1], 1.5, key)).toThrow(/rate/);
  });
  it('integers, classes, shuffles', () => {
    const r = values(ops.randint(key, [n], { low: -2, high: 3 }));
    expect(new Set(r)).toEqual(new Set([-2, -1, 0, 1, 2]));
    const c = values(ops.categorical(key, [[Math.log(0.8), Math.log(0.2)]], n));
    expect(Math.abs(stats(c).mean - 0.2)).toBeLessThan(0.02);
    expect(values(ops.shuffle(key, ops.arange(10))).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
  it('erfinv undoes erf', () => {
    const z = [-2.5, -1, -0.1, 0, 1e-6, 0.5, 1.5, 2.5];
    expectClose(values(ops.erfinv(ops.erf(z))), z, 1e-4, 1e-7);
    expect(values(ops.erfinv([1, -1, 2]))).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  });
});

describe('normalisation', () => {
  const x = ramp(4, 6);
  it('gives mean 0 and variance 1', () => {
    const y = ops.layerNormalization(x, { epsilon: 0 });
    expectClose(values(ops.mean(y, 1)), [0, 0, 0, 0], 0, 1e-6);
    expectClose(values(ops.variance(y, 1)), [1, 1, 1, 1], 1e-5);
    const { mean, variance } = ops.moments(x, 0);
    const b = ops.batchNormalization(x, mean, variance, -1, {
      epsilon: 0,
      offset: ops.ones([6]),
      scale: [2, 2, 2, 2, 2, 2],
    });
    expectClose(values(ops.mean(b, 0)), [1, 1, 1, 1, 1, 1], 1e-5);
    expectClose(values(ops.std(b, 0)), [2, 2, 2, 2, 2, 2], 1e-5);
    expectClose(values(ops.norm(ops.normalize(x), { axis: 1 })), [1, 1, 1, 1]);
    expect(() => ops.batchNormalization(x, [1], variance, -1)).toThrow(/mean: expected shape \[6\], got \[1\]/);
  });
});
