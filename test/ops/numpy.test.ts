import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { tensor } from '../../src/trace/index.ts';
import { expectClose, nested, values } from './helpers.ts';

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const ints = (v: number[]) => tensor(Int32Array.from(v));
const LENGTHS = [0, 1, 15, 16, 17, 33];

describe('arithmetic', () => {
  it('broadcasts', () => {
    expect(nested(ops.add(x, [10, 20, 30]))).toEqual([
      [11, 22, 33],
      [14, 25, 36],
    ]);
    expect(nested(ops.multiply(x, [[2], [3]]))).toEqual([
      [2, 4, 6],
      [12, 15, 18],
    ]);
    expect(() => ops.add(x, [1, 2])).toThrow(/ops\.add: shapes \[2, 3\], \[2\] do not broadcast/);
  });

  it('promotes dtypes, and lets plain numbers adapt', () => {
    expect(ops.add(ints([1]), 2).dtype).toBe('int32');
    expect(ops.add(ints([1]), 0.5).dtype).toBe('float32');
    expect(ops.add(Uint8Array.of(250), 10).dtype).toBe('uint8');
    expect(values(ops.add(Uint8Array.of(250), 10))).toEqual([4]);
    expect(ops.add(Uint8Array.of(1), ints([1])).dtype).toBe('int32');
    expect(ops.add([true], ints([1])).dtype).toBe('int32');
    expect(ops.divide(ints([1]), ints([2])).dtype).toBe('float32');
    expect(values(ops.divide(ints([1]), ints([2])))).toEqual([0.5]);
    expect(ops.exp(ints([0])).dtype).toBe('float32');
  });

  it('adds any length as a loop does', () => {
    for (const n of LENGTHS)
      fc.assert(
        fc.property(fc.float32Array({ minLength: n, maxLength: n }), (a) => {
          const y = values(ops.add(tensor(a), tensor(a.slice().reverse())));
          expect(y).toEqual(Array.from(a, (v, i) => Math.fround(v + a[n - 1 - i]!)));
        }),
        { numRuns: 20 },
      );
  });

  it('keeps NaN in maximum, minimum and clip', () => {
    expect(values(ops.maximum([Number.NaN, 1], [0, Number.NaN]))).toEqual([Number.NaN, Number.NaN]);
    expect(values(ops.clip([Number.NaN, -5, 5], -1, 1))).toEqual([Number.NaN, -1, 1]);
  });

  it('divides by zero without NaN where asked', () => {
    expect(values(ops.divideNoNan([1, 0, 6], [0, 0, 3]))).toEqual([0, 0, 2]);
  });

  it('rounds to even, to decimals and towards zero', () => {
    expect(values(ops.round([0.5, 1.5, 2.5, -0.5]))).toEqual([0, 2, 2, -0]);
    expectClose(values(ops.round([1.234, 5.678], 1)), [1.2, 5.7]);
    expect(values(ops.trunc([1.7, -1.7]))).toEqual([1, -1]);
    expect([ops.floor(ints([3])).dtype, ops.round(ints([3])).dtype]).toEqual(['float32', 'int32']);
  });
});

describe('functions of one number', () => {
  const cases: [string, (t: Float32Array) => ReturnType<typeof ops.exp>, (v: number) => number][] = [
    ['sinh', ops.sinh, Math.sinh],
    ['cosh', ops.cosh, Math.cosh],
    ['tan', ops.tan, Math.tan],
    ['arcsinh', ops.arcsinh, Math.asinh],
    ['log2', ops.log2, Math.log2],
    ['log10', ops.log10, Math.log10],
    ['exp2', ops.exp2, (v) => 2 ** v],
    ['arcsin', ops.arcsin, Math.asin],
    ['arccos', ops.arccos, Math.acos],
    ['arccosh', ops.arccosh, Math.acosh],
    ['arctanh', ops.arctanh, Math.atanh],
    ['rsqrt', ops.rsqrt, (v) => 1 / Math.sqrt(v)],
  ];
  const grid = Float32Array.of(-88, -20, -3, -1, -0.7, -1e-4, -1e-20, -0, 0, 1e-20, 1e-4, 0.3, 0.7, 1, 1.5, 3, 20, 88);
  for (const [name, f, exact] of cases)
    it(name, () => expectClose(values(f(grid)), Array.from(grid, exact), 3e-6, 2e-7 * (name === 'tan' ? 50 : 1), name));

  it('arctan2 in all quadrants and on the axes', () => {
    const ys = [1, 1, -1, -1, 0, -0, 0, -0, 2, -2, Number.POSITIVE_INFINITY, 3, 0, -0];
    const xs = [1, -1, 1, -1, 1, 1, -1, -1, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
    expectClose(
      values(ops.arctan2(ys, xs)),
      ys.map((y, i) => Math.atan2(y, xs[i]!)),
    );
    expect(values(ops.arctan2([Number.NaN], [1]))).toEqual([Number.NaN]);
  });

  it('logaddexp with infinities and far apart', () => {
    const inf = Number.POSITIVE_INFINITY;
    expectClose(values(ops.logaddexp([0, 1000, -inf, inf, -inf], [0, 0, -inf, inf, 3])), [
      Math.LN2,
      1000,
      -inf,
      inf,
      3,
    ]);
  });
});

describe('comparison', () => {
  it('compares and chooses', () => {
    expect(nested(ops.greater(x, 3))).toEqual([
      [false, false, false],
      [true, true, true],
    ]);
    expect(values(ops.equal([Number.NaN, 1], [Number.NaN, 1]))).toEqual([0, 1]);
    expect(nested(ops.where(ops.less(x, 3), x, 0))).toEqual([
      [1, 2, 0],
      [0, 0, 0],
    ]);
    expect(ops.where([true], Uint8Array.of(7), Uint8Array.of(9)).dtype).toBe('uint8');
    expect(values(ops.equal([true, false], [true, true]))).toEqual([1, 0]);
    expect(values(ops.logicalXor([1, 0, 2], [0, 0, 3]))).toEqual([1, 0, 0]);
    expect(values(ops.bitwiseAnd(ints([6]), ints([3])))).toEqual([2]);
    expect(() => ops.bitwiseAnd([1.5], [1])).toThrow(/expected integers/);
  });

  it('classifies', () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1];
    expect(values(ops.isnan(odd))).toEqual([1, 0, 0, 0]);
    expect(values(ops.isinf(odd))).toEqual([0, 1, 1, 0]);
    expect(values(ops.isfinite(odd))).toEqual([0, 0, 0, 1]);
    expect(values(ops.nanToNum(odd, { posinf: 9, neginf: -9 }))).toEqual([0, 9, -9, 1]);
    expect(values(ops.isclose(odd, odd))).toEqual([0, 1, 1, 1]);
  });
});

describe('reductions', () => {
  it('over axes, with and without keeping them', () => {
    expect(values(ops.sum(x))).toEqual([21]);
    expect(values(ops.sum(x, 0))).toEqual([5, 7, 9]);
    expect(ops.sum(x, { axis: -1, keepdims: true }).shape).toEqual([2, 1]);
    expect(values(ops.mean(x, [0, 1]))).toEqual([3.5]);
    expectClose(values(ops.variance(x, 1)), [2 / 3, 2 / 3]);
    expect(values(ops.prod(x, 1))).toEqual([6, 120]);
    expect(values(ops.max(x, 0))).toEqual([4, 5, 6]);
    expect(ops.max(Uint8Array.of(3, 200)).dtype).toBe('uint8');
    expect(ops.sum(Uint8Array.of(200, 200)).dtype).toBe('int32');
    expect(values(ops.sum(Uint8Array.of(200, 200)))).toEqual([400]);
    expect(values(ops.any([0, 0, 1]))).toEqual([1]);
    expect(values(ops.all([1, 0, 1]))).toEqual([0]);
    expect(values(ops.countNonzero([1, 0, 2]))).toEqual([2]);
    expect(values(ops.average([1, 2, 3], { weights: [3, 2, 1] }))[0]).toBeCloseTo(10 / 6, 6);
  });

  it('finds the first largest and smallest', () => {
    expect(values(ops.argmax([1, 5, 5, 2]))).toEqual([1]);
    expect(values(ops.argmin(ints([3, -(2 ** 31), 5])))).toEqual([1]);
    expect(values(ops.argmin(x, 1))).toEqual([0, 0]);
    expect(ops.argmax(x, { axis: 0, keepdims: true }).shape).toEqual([1, 3]);
  });

  it('logsumexp stays finite, and handles infinities', () => {
    expectClose(values(ops.logsumexp([1000, 1000])), [1000 + Math.LN2]);
    expect(values(ops.logsumexp([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]))).toEqual([
      Number.NEGATIVE_INFINITY,
    ]);
    expect(values(ops.logsumexp([Number.POSITIVE_INFINITY, 0]))).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('says what is wrong with an axis', () => {
    expect(() => ops.sum(x, 2)).toThrow('ops.sum: axis 2 is out of range for 2 axes: expected an integer from -2 to 1');
    expect(() => ops.sum(x, [0, -2])).toThrow(/name one axis twice/);
    expect(() => ops.max(tensor(new Float32Array(0)))).toThrow(/nothing to choose from/);
  });
});

describe('movement', () => {
  it('reshapes, transposes, adds and drops axes', () => {
    expect(nested(ops.transpose(x))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(ops.reshape(x, [3, -1]).shape).toEqual([3, 2]);
    expect(() => ops.reshape(x, [4, -1])).toThrow(/6 elements .* do not fill/);
    expect(ops.expandDims(x, -1).shape).toEqual([2, 3, 1]);
    expect(ops.expandDims(x, [0, 2]).shape).toEqual([1, 2, 1, 3]);
    expect(ops.squeeze(ops.ones([1, 2, 1])).shape).toEqual([2]);
    expect(() => ops.squeeze(x, 0)).toThrow(/has size 2, not 1/);
    expect(ops.moveaxis(ops.ones([2, 3, 4]), 0, -1).shape).toEqual([3, 4, 2]);
    expect(ops.moveaxis(ops.ones([2, 3, 4]), [0, 1], [-1, 0]).shape).toEqual([3, 4, 2]);
    expect(ops.swapaxes(ops.ones([2, 3, 4]), 0, 2).shape).toEqual([4, 3, 2]);
  });

  it('joins and cuts', () => {
    expect(nested(ops.concatenate([x, [[7, 8, 9]]]))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    expect(() => ops.concatenate([x, [[1, 2]]], 0)).toThrow(/operand 1 of shape \[1, 2\]/);
    expect(ops.stack([x, x], -1).shape).toEqual([2, 3, 2]);
    expect(nested(ops.unstack(x, null, 1)[1]!)).toEqual([2, 5]);
    expect(ops.split(ops.ones([6]), 3).map((t) => t.shape)).toEqual([[2], [2], [2]]);
    expect(ops.split(ops.ones([6]), [2, 5]).map((t) => t.shape)).toEqual([[2], [3], [1]]);
    expect(() => ops.split(x, 2, 1)).toThrow(/does not divide/);
    expect(nested(ops.slice(x, [0, 1], [-1, 2]))).toEqual([
      [2, 3],
      [5, 6],
    ]);
  });

  it('pads in every mode', () => {
    const v = [1, 2, 3];
    expect(values(ops.pad(v, [1, 2]))).toEqual([0, 1, 2, 3, 0, 0]);
    expect(values(ops.pad(v, 1, { constantValues: 9 }))).toEqual([9, 1, 2, 3, 9]);
    expect(values(ops.pad(v, [2, 2], { mode: 'reflect' }))).toEqual([3, 2, 1, 2, 3, 2, 1]);
    expect(values(ops.pad(v, [2, 2], { mode: 'symmetric' }))).toEqual([2, 1, 1, 2, 3, 3, 2]);
    expect(values(ops.pad(v, [2, 1], { mode: 'edge' }))).toEqual([1, 1, 1, 2, 3, 3]);
    expect(() => ops.pad(v, 3, { mode: 'reflect' })).toThrow(/cannot pad axis 0 of size 3 by 3/);
  });

  it('repeats, tiles, rolls, flips', () => {
    expect(values(ops.repeat([1, 2], 2))).toEqual([1, 1, 2, 2]);
    expect(values(ops.repeat([1, 2, 3], [0, 1, 2]))).toEqual([2, 3, 3]);
    expect(ops.repeat(x, 2, 1).shape).toEqual([2, 6]);
    expect(values(ops.tile([1, 2], 3))).toEqual([1, 2, 1, 2, 1, 2]);
    expect(ops.tile([1, 2], [2, 2]).shape).toEqual([2, 4]);
    expect(values(ops.roll([1, 2, 3, 4], 1))).toEqual([4, 1, 2, 3]);
    expect(values(ops.roll(x, -1, 1))).toEqual([2, 3, 1, 5, 6, 4]);
    expect(values(ops.flip(x, 1))).toEqual([3, 2, 1, 6, 5, 4]);
  });
});

describe('products', () => {
  it('matmul of matrices, vectors and batches', () => {
    expect(nested(ops.matmul(x, ops.transpose(x)))).toEqual([
      [14, 32],
      [32, 77],
    ]);
    expect(values(ops.matmul([1, 2, 3], [4, 5, 6]))).toEqual([32]);
    expect(values(ops.matmul(x, [1, 0, 1]))).toEqual([4, 10]);
    expect(ops.matmul(ops.ones([5, 1, 2, 3]), ops.ones([4, 3, 7])).shape).toEqual([5, 4, 2, 7]);
    expect(ops.matmul(ops.ones([5, 4, 3]), ops.ones([3, 2])).shape).toEqual([5, 4, 2]);
    const big = ints([2 ** 24 + 1, 1]);
    expect(values(ops.matmul(big, ints([1, 0])))).toEqual([2 ** 24 + 1]);
    expect(() => ops.matmul(x, x)).toThrow(/ops\.matmul: the last axis of \[2, 3\]/);
  });

  it('dot, tensordot, inner, outer', () => {
    expect(ops.dot(ops.ones([2, 3, 4]), ops.ones([5, 4, 6])).shape).toEqual([2, 3, 5, 6]);
    expect(
      ops.tensordot(ops.ones([2, 3, 4]), ops.ones([4, 3, 5]), [
        [1, 2],
        [1, 0],
      ]).shape,
    ).toEqual([2, 5]);
    expect(nested(ops.outer([1, 2], [3, 4]))).toEqual([
      [3, 4],
      [6, 8],
    ]);
    expect(nested(ops.inner(x, [1, 1, 1]))).toEqual([6, 15]);
    expect(values(ops.vdot(x, x))).toEqual([91]);
  });
});
