import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { Tensor, tensor, Variable } from '../../src/trace/index.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { expectClose, nested, values } from './helpers.ts';

const m = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe('arrays', () => {
  it('diagonals', () => {
    expect(values(ops.diag(m))).toEqual([1, 5]);
    expect(values(ops.diag(m, 1))).toEqual([2, 6]);
    expect(values(ops.diag(m, -1))).toEqual([4]);
    expect(nested(ops.diag([7, 8], 1))).toEqual([
      [0, 7, 0],
      [0, 0, 8],
      [0, 0, 0],
    ]);
    expect(nested(ops.diag([7, 8], -1))).toEqual([
      [0, 0, 0],
      [7, 0, 0],
      [0, 8, 0],
    ]);
    expect(values(ops.trace(m))).toEqual([6]);
    expect(ops.diagonal(ops.ones([2, 3, 4]), 0, 1, 2).shape).toEqual([2, 3]);
  });
  it('stacks, grids, turns', () => {
    expect(values(ops.hstack([[1], [2, 3]]))).toEqual([1, 2, 3]);
    expect(ops.vstack([[1, 2], m.shape.length ? [[3, 4]] : []]).shape).toEqual([2, 2]);
    expect(values(ops.append([1], [[2], [3]]))).toEqual([1, 2, 3]);
    const [x, y] = ops.meshgrid([
      [1, 2, 3],
      [4, 5],
    ]) as [Tensor, Tensor];
    expect(nested(x)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(nested(y)).toEqual([
      [4, 4, 4],
      [5, 5, 5],
    ]);
    expect(nested(ops.rot90(m))).toEqual([
      [3, 6],
      [2, 5],
      [1, 4],
    ]);
    expect(nested(ops.rot90(m, -1))).toEqual([
      [4, 1],
      [5, 2],
      [6, 3],
    ]);
    expect(nested(ops.kron([[1, 2]], [[1], [10]]))).toEqual([
      [1, 2],
      [10, 20],
    ]);
    expect(values(ops.cross([1, 2, 3], [4, 5, 6]))).toEqual([-3, 6, -3]);
    expect(nested(ops.vander([2, 3], 3))).toEqual([
      [4, 2, 1],
      [9, 3, 1],
    ]);
    expect(values(ops.isin([1, 2, 3], [3, 1]))).toEqual([1, 0, 1]);
    expect(values(ops.trapezoid([1, 3, 5]))).toEqual([6]);
    const picture = ops.reshape(ops.arange(16), [1, 2, 2, 4]);
    expect(nested(ops.spaceToDepth(ops.depthToSpace(picture, 2), 2))).toEqual(nested(picture));
    expect(values(ops.depthToSpace(picture, 2)).slice(0, 4)).toEqual([0, 1, 4, 5]);
  });
});

describe('statistics', () => {
  it('quantiles', () => {
    expect(values(ops.median([3, 1, 2]))).toEqual([2]);
    expect(values(ops.median(m, { axis: 0 }))).toEqual([2.5, 3.5, 4.5]);
    expectClose(values(ops.quantile(m, [0, 0.3, 1], { axis: 1 })), [1, 4, 1.6, 4.6, 3, 6]);
    expect(values(ops.percentile([1, 2, 3, 4], 50, { method: 'lower' }))).toEqual([2]);
    expect(values(ops.median([1, Number.NaN, 2]))).toEqual([Number.NaN]);
    expect(() => ops.quantile(m, 2)).toThrow(/from 0 to 1/);
  });
  it('passes over NaN', () => {
    const x = [1, Number.NaN, 3];
    expect(values(ops.nansum(x))).toEqual([4]);
    expect(values(ops.nanmean(x))).toEqual([2]);
    expect(values(ops.nanmax(x))).toEqual([3]);
    expect(values(ops.nanmin([Number.NaN]))).toEqual([Number.NaN]);
    expect(values(ops.nanvar(x))).toEqual([1]);
  });
  it('bins and correlates', () => {
    expect(values(ops.searchsorted([1, 2, 2, 3], [2, 0, 9]))).toEqual([1, 0, 4]);
    expect(values(ops.searchsorted([1, 2, 2, 3], [2], 'right'))).toEqual([3]);
    expect(values(ops.digitize([0.5, 1, 2.5], [1, 2]))).toEqual([0, 1, 2]);
    expect(values(ops.histogram([0, 0.4, 1, 2, 3, -1], 4, [0, 2]).counts)).toEqual([2, 0, 1, 1]);
    expect(values(ops.bincount([1, 3, 1], { minlength: 5 }))).toEqual([0, 2, 0, 1, 0]);
    expectClose(
      values(
        ops.corrcoef([
          [1, 2, 3],
          [3, 2, 1],
        ]),
      ),
      [1, -1, -1, 1],
    );
    expect(ops.psnr(ops.zeros([2]), ops.full([2], 0.1), 1).item()).toBeCloseTo(20, 4);
  });
});

describe('scan', () => {
  it('carries, collects, reads from outside, has a gradient', () => {
    const w = new Variable([2, 3]);
    const xs = tensor([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    const init = tensor([0, 0]);
    const { carry, outputs } = ops.scan(
      ([h], [x]) => {
        const next = ops.add(ops.multiply(h!, 0.5), ops.multiply(x!, w));
        return { carry: [next], outputs: [ops.sum(next)] };
      },
      [init],
      [xs],
    );
    const slope = new Tensor(gradient(ops.sum(carry[0]!).node, [xs.node])[0]!);
    expect(values(outputs[0]!)).toEqual([5, 12.5, 21.25]);
    expect(values(carry[0]!)).toEqual([8.5, 12.75]);
    expect(values(slope)).toEqual([0.5, 0.75, 1, 1.5, 2, 3]);
    const back = ops.scan(([h], [x]) => ({ carry: [ops.add(h!, x!)], outputs: [h!] }), [0], [[1, 2, 3]], {
      reverse: true,
    });
    expect(values(back.outputs[0]!)).toEqual([5, 3, 0]);
    expect(values(ops.map((x) => ops.square(x), [1, 2, 3]))).toEqual([1, 4, 9]);
    const times = ops.scan(([n]) => ({ carry: [ops.multiply(n!, 2)] }), [1], [], { length: 5 });
    expect(values(times.carry[0]!)).toEqual([32]);
    expect(() => ops.scan(() => ({ carry: [] }), [], [])).toThrow(/a known number of rows/);
  });
});

describe('dotProductAttention', () => {
  it('is the softmax of the products, masked', () => {
    const shape = [1, 3, 2, 4];
    const [q, k, v] = [0, 1, 2].map((s) =>
      tensor(
        Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * 1.3 + s)),
        shape,
      ),
    ) as [Tensor, Tensor, Tensor];
    const scores = ops.multiply(ops.einsum('bqhd,bkhd->bhqk', q, k), 0.5);
    const expected = ops.einsum('bhqk,bkhd->bqhd', ops.softmax(scores), v);
    expectClose(values(ops.dotProductAttention(q, k, v)), values(expected));
    const causal = ops.dotProductAttention(q, k, v, { isCausal: true });
    expectClose(values(ops.slice(causal, [0, 0, 0, 0], [1, 1, 2, 4])), values(v).slice(0, 8));
    const one = ops.slice(k, [0, 0, 0, 0], [1, 3, 1, 4]);
    const shared = ops.dotProductAttention(q, one, one);
    expectClose(values(shared), values(ops.dotProductAttention(q, ops.repeat(one, 2, 2), ops.repeat(one, 2, 2))));
    expect(() => ops.dotProductAttention(q, k, ops.ones([1, 3, 4]))).toThrow(
      /expected \[batch, length, heads, depth\]/,
    );
  });
});
