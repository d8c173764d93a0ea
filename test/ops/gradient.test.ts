import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import * as losses from '../../src/losses/index.ts';
import * as ops from '../../src/ops/index.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { Tensor, tensor } from '../../src/trace/index.ts';
import { gradient } from '../../src/transform/gradient.ts';

/** Values that stay clear of each other, of 0 and of kinks at whole and half numbers. */
const spread = (size: number, scale: number, offset: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => offset + scale * Math.sin(i * 2.399963 + 0.7));

/** Compares the gradient of a weighted sum of `f` with central differences, all in float64. */
function check(
  f: (...x: Tensor[]) => Tensor,
  shapes: readonly (readonly number[])[],
  { scale = 1.7, offset = 0.13, step = 1e-5, rtol = 1e-5 } = {},
): void {
  const inputs = shapes.map((shape, i) => node('input', [], { name: `x${i}`, shape, dtype: 'float32' }));
  const y = f(...inputs.map((n) => new Tensor(n)));
  const weights = tensor(Float32Array.from(spread(y.size, 1, 0.2)), y.shape);
  const loss = ops.sum(ops.multiply(y, weights)).node;
  const data = shapes.map((shape, i) =>
    spread(
      shape.reduce((a, b) => a * b, 1),
      scale,
      offset + i * 0.01,
    ),
  );
  const bind = new Map<Node, Float64Array>(inputs.map((n, i) => [n as Node, data[i]!]));
  const run = (outputs: Node[]) => evaluateGraph(outputs, bind, { precision: 'float64' });
  const slopes = run(gradient(loss, inputs));
  data.forEach((x, i) => {
    for (let k = 0; k < x.length; k++) {
      const kept = x[k]!;
      x[k] = kept + step;
      const above = run([loss])[0]![0]!;
      x[k] = kept - step;
      const below = run([loss])[0]![0]!;
      x[k] = kept;
      const expected = (above - below) / (2 * step);
      const got = slopes[i]![k]!;
      if (!(Math.abs(got - expected) <= rtol * Math.abs(expected) + 1e-7))
        expect.fail(`input ${i}, element ${k}: the difference is ${expected}, the gradient ${got}`);
    }
  });
}

const one = { offset: 1.3, scale: 0.9 }; // positive
const unit = { offset: 0.5, scale: 0.45 }; // within (0, 1)

describe('gradients agree with central differences', () => {
  const cases: [string, (...x: Tensor[]) => Tensor, number[][], { scale?: number; offset?: number }?][] = [
    ['sigmoid', ops.sigmoid, [[17]]],
    ['softplus', ops.softplus, [[17]]],
    ['mish', ops.mish, [[17]]],
    ['gelu', (x) => ops.gelu(x, false), [[17]]],
    ['gelu (tanh)', (x) => ops.gelu(x), [[17]]],
    ['selu', ops.selu, [[17]]],
    ['squareplus', (x) => ops.squareplus(x), [[17]]],
    ['softmax', (x) => ops.softmax(x, 1), [[3, 5]]],
    ['softmax over two axes', (x) => ops.softmax(x, [0, 1]), [[3, 5]]],
    ['logSoftmax', (x) => ops.logSoftmax(x, 0), [[3, 5]]],
    ['logsumexp', (x) => ops.logsumexp(x, 1), [[3, 5]]],
    ['variance', (x) => ops.variance(x, [0, 2]), [[3, 2, 4]]],
    ['std', (x) => ops.std(x), [[9]]],
    ['norm', (x) => ops.norm(x, { axis: 0 }), [[4, 3]]],
    ['norm of order 3', (x) => ops.norm(x, { ord: 3 }), [[5]]],
    ['normalize', (x) => ops.normalize(x), [[3, 4]]],
    ['prod', (x) => ops.prod(x, 1), [[3, 4]]],
    ['power', (x, y) => ops.power(x, y), [[6], [6]], one],
    ['whole powers', (x) => ops.add(ops.power(x, 5), ops.power(x, -2)), [[6]], one],
    ['divideNoNan', (x, y) => ops.divideNoNan(x, y), [[6], [6]], one],
    ['logaddexp', (x, y) => ops.logaddexp(x, y), [[6], [1]]],
    ['arctan2', (x, y) => ops.arctan2(x, ops.add(y, 0.31)), [[9], [9]]],
    ['arcsin', ops.arcsin, [[7]], { scale: 0.9, offset: 0 }],
    ['arccosh', ops.arccosh, [[7]], { scale: 1, offset: 2.5 }],
    ['arcsinh', ops.arcsinh, [[7]]],
    ['sinh', ops.sinh, [[7]]],
    ['cosh', ops.cosh, [[7]]],
    ['erfinv', ops.erfinv, [[7]], { scale: 0.9, offset: 0 }],
    ['mod', (x) => ops.mod(x, 0.7), [[7]]],
    [
      'matmul',
      ops.matmul,
      [
        [2, 3, 4],
        [4, 5],
      ],
    ],
    [
      'matmul with broadcast batches',
      ops.matmul,
      [
        [2, 1, 3, 4],
        [3, 4, 2],
      ],
    ],
    [
      'einsum',
      (x, y) => ops.einsum('abc,cda->bd', x, y),
      [
        [2, 3, 4],
        [4, 5, 2],
      ],
    ],
    ['einsum with a diagonal', (x) => ops.einsum('iij->j', x), [[3, 3, 2]]],
    [
      'conv',
      (x, k) => ops.conv(x, k, { padding: 'same', strides: 2 }),
      [
        [1, 5, 5, 2],
        [3, 3, 2, 2],
      ],
    ],
    [
      'grouped conv',
      (x, k) => ops.conv(x, k, { dilationRate: 2 }),
      [
        [1, 7, 4],
        [3, 2, 2],
      ],
    ],
    [
      'depthwiseConv',
      (x, k) => ops.depthwiseConv(x, k),
      [
        [1, 4, 4, 2],
        [2, 2, 2, 2],
      ],
    ],
    [
      'convTranspose',
      (x, k) => ops.convTranspose(x, k, { strides: 2, padding: 'same' }),
      [
        [1, 3, 3, 2],
        [3, 3, 2, 2],
      ],
    ],
    ['maxPool', (x) => ops.maxPool(x, 3, { strides: 2, padding: 'same' }), [[1, 5, 5, 2]]],
    ['averagePool', (x) => ops.averagePool(x, 3, { strides: 2, padding: 'same' }), [[1, 5, 5, 2]]],
    ['adaptiveAveragePool', (x) => ops.adaptiveAveragePool(x, 2), [[1, 5, 5, 2]]],
    ['take', (x) => ops.take(x, [2, 0, 2, -1], 1), [[2, 4]]],
    ['sort', (x) => ops.sort(x, 1), [[2, 5]]],
    ['topK', (x) => ops.topK(x, 2).values, [[2, 5]]],
    ['cumsum', (x) => ops.cumsum(x, 1), [[2, 5]]],
    ['cumprod', (x) => ops.cumprod(x, 1), [[2, 5]]],
    [
      'scatterUpdate',
      (x, u) => ops.scatterUpdate(x, [[1], [3]], u),
      [
        [5, 2],
        [2, 2],
      ],
    ],
    ['segmentSum', (x) => ops.segmentSum(x, [0, 2, 0, 9], 3), [[4, 2]]],
    [
      'pad',
      (x) =>
        ops.pad(
          x,
          [
            [1, 2],
            [0, 1],
          ],
          { mode: 'reflect' },
        ),
      [[3, 2]],
    ],
    ['roll, tile, repeat', (x) => ops.repeat(ops.tile(ops.roll(x, 2, 1), [2, 1]), 2, 0), [[2, 3]]],
    ['layerNormalization', (x, g) => ops.layerNormalization(x, { gamma: g }), [[3, 5], [5]]],
    ['rmsNormalization', (x) => ops.rmsNormalization(x), [[3, 5]]],
    [
      'batchNormalization',
      (x, s, o) => {
        const { mean, variance } = ops.moments(x, 0);
        return ops.batchNormalization(x, mean, variance, -1, { scale: s, offset: o });
      },
      [[6, 3], [3], [3]],
    ],
    ['sparse crossentropy', (x) => ops.sparseCategoricalCrossentropy([0, 3, 1], x), [[3, 4]], unit],
    ['binary crossentropy', (x) => ops.binaryCrossentropy([0, 1, 1], x, { fromLogits: true }), [[3]]],
    [
      'ctc',
      (x) =>
        losses.ctc(
          [
            [1, 2, 2],
            [3, 0, 0],
          ],
          x,
        ),
      [[2, 6, 4]],
    ],
    ['circle', (x) => losses.circle([0, 1, 0, 1], ops.normalize(x), { gamma: 5 }), [[4, 3]]],
  ];
  it.each(cases)('%s', (_, f, shapes, options) => check(f, shapes, options));
});

describe('gradients at special points', () => {
  const slope = (f: (x: Tensor) => Tensor, at: number[]): number[] => {
    const x = tensor(at);
    return [...new Tensor(gradient(ops.sum(f(x)).node, [x.node])[0]!).dataSync()];
  };
  it('are finite and right where formulas are not', () => {
    expect(slope(ops.relu, [0, -1, 1, Number.NaN])).toEqual([0, 0, 1, 1]);
    expect(slope(ops.sigmoid, [0, 200, -200])).toEqual([0.25, 0, 0]);
    expect(slope(ops.softplus, [0, 200, -200])).toEqual([0.5, 1, 0]);
    expect(slope((x) => ops.divideNoNan(1, x), [0])).toEqual([0]);
    expect(slope((x) => ops.stopGradient(x), [3])).toEqual([0]);
    expect(slope((x) => ops.multiply(x, ops.stopGradient(x)), [3])).toEqual([3]);
    expect(slope((x) => ops.max(x), [2, 5, 5])).toEqual([0, 0.5, 0.5]);
  });
});
