import { describe, expect, it } from 'vitest';
import {
  AdditiveAttention,
  Attention,
  deserializeLayer,
  EinsumDense,
  Embedding,
  GroupQueryAttention,
  Input,
  type Layer,
  MultiHeadAttention,
  type SymbolicTensor,
  serializeLayer,
} from '../../src/layers/index.ts';
import { maskOf, withMask } from '../../src/layers/mask.ts';
import { Model } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { setRandomSeed, type Tensor, tensor } from '../../src/trace/index.ts';
import { expectCloseToScale } from '../support/close.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

/** Numbers that are all different. */
function some(shape: readonly number[], seed = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i)),
    [...shape],
  );
}

describe('einsum dense', () => {
  runLayerTest('of rows', {
    make: () => new EinsumDense('abc,cde->abde', [null, 2, 5], { biasAxes: 'de', activation: 'tanh' }),
    input: [2, 3, 4],
    output: [2, 3, 2, 5],
    weights: { kernel: [4, 2, 5], bias: [2, 5] },
  });
  runLayerTest('with free axes on the left', {
    make: () => new EinsumDense('...x,xy->...y', 3, { biasAxes: 'y' }),
    input: [2, 3, 2, 4],
    output: [2, 3, 2, 3],
    weights: { kernel: [4, 3], bias: [3] },
  });
  runLayerTest('with free axes on the right', {
    make: () => new EinsumDense('ab...,bc->ac...', 5, { biasAxes: 'c' }),
    input: [2, 3, 4],
    output: [2, 5, 4],
    weights: { kernel: [3, 5], bias: [5, 1] },
  });
  runLayerTest('with a batch axis of kernel and inputs', {
    make: () => new EinsumDense('abc,bcd->abd', [3, 17], { activation: 'softmax' }),
    input: [2, 3, 4],
    output: [2, 3, 17],
    weights: { kernel: [3, 4, 17] },
  });

  it('an activation of its own sees all axes', () => {
    const seen: number[][] = [];
    const watch = (x: Tensor) => {
      seen.push([...x.shape]);
      return x;
    };
    new EinsumDense('...x,xy->...y', 3, { activation: watch }).apply(some([2, 5, 4]));
    expect(seen).toEqual([[2, 5, 3]]);
  });

  it('the initializer knows how many inputs and outputs there are', () => {
    setRandomSeed(3);
    const layer = new EinsumDense('abc,cde->abde', [null, 8, 25], { kernelInitializer: 'glorot_uniform' });
    layer.ensureBuilt([null, 3, 100]);
    const limit = Math.sqrt(6 / (100 + 8 * 25));
    const values = [...layer.kernel.read()].map(Math.abs);
    expect(Math.max(...values)).toBeLessThanOrEqual(limit);
    expect(Math.max(...values)).toBeGreaterThan(0.99 * limit);
  });

  it.each([0, 1, 15, 16, 17, 33])('a batch of %i', (n) => {
    const layer = new EinsumDense('abc,cd->abd', [null, 4], { biasAxes: 'd' });
    expect(layer.apply(some([n, 2, 3])).shape).toEqual([n, 2, 4]);
  });

  it('refuses what cannot be', () => {
    expect(() => new EinsumDense('ab,bc', 3)).toThrow(/EinsumDense: equation 'ab,bc': expected the form/);
    expect(() => new EinsumDense('ab,bc->ad', 3)).toThrow(/'d' stands in the result but in no operand/);
    expect(() => new EinsumDense('ab,bcd->ac', 3)).toThrow(/'d' of the kernel stands neither/);
    expect(() => new EinsumDense('ab,bc->ac', 3, { biasAxes: 'b' })).toThrow(
      /biasAxes must be letters of the result 'ac'/,
    );
    expect(() => new EinsumDense('ab,bc->ac', 0)).toThrow(/outputShape must be a positive size/);
    expect(() => new EinsumDense('ab,bc->ac', [3, 4]).apply(some([2, 3]))).toThrow(/does not give the axes 'ac'/);
    expect(() => new EinsumDense('ab,bc->ac', 4).apply(some([2, 3, 3]))).toThrow(
      /expected an input with the axes 'ab'/,
    );
    expect(() => new EinsumDense('abc,cd->abd', [5, 4]).apply(some([2, 3, 3]))).toThrow(
      /size 5 for 'b' where the input has 3/,
    );
  });
});

const heads: readonly (readonly [string, () => Layer])[] = [
  ['MultiHeadAttention', () => new MultiHeadAttention(2, 3)],
  ['GroupQueryAttention', () => new GroupQueryAttention(3, 4, 2)],
];

describe.each(heads)('%s', (_, make) => {
  it('query, value and key come by position or by name', () => {
    const layer = make() as MultiHeadAttention;
    const [q, v, k] = [some([2, 3, 4]), some([2, 5, 4], 2), some([2, 5, 4], 3)];
    const y = layer.apply(q, v, k).dataSync();
    expect(layer.apply(q, { value: v, key: k }).dataSync()).toEqual(y);
    expect(layer.apply(q, v, { key: k }).dataSync()).toEqual(y);
    expect(layer.apply(q, v).dataSync()).toEqual(layer.apply(q, v, v).dataSync());
  });

  it('a functional model has it, saves it and reads it', () => {
    const layer = make() as MultiHeadAttention;
    const q = Input({ shape: [null, 4] });
    const v = Input({ shape: [5, 4] });
    const [y, scores] = layer.apply<SymbolicTensor[]>(q, v, { returnAttentionScores: true, useCausalMask: true }) as [
      SymbolicTensor,
      SymbolicTensor,
    ];
    const heads = layer.className === 'MultiHeadAttention' ? 2 : 4;
    expect(y.shape).toEqual([null, null, 4]);
    expect(scores.shape).toEqual([null, heads, null, 5]);
    const model = new Model({ inputs: [q, v], outputs: [y, scores] });
    const again = deserializeLayer(JSON.parse(JSON.stringify(serializeLayer(model))), { Functional: Model }) as Model;
    again.setWeights(model.getWeights());
    const inputs = [some([2, 3, 4]), some([2, 5, 4], 2)];
    const [a, b] = model.apply(inputs) as unknown as [Tensor, Tensor];
    const [c] = again.apply(inputs) as unknown as [Tensor];
    expect(b.shape).toEqual([2, heads, 3, 5]);
    expect(c.dataSync()).toEqual(a.dataSync());
  });

  it('scores are of the policy, and a key may be null', () => {
    const dtype = 'mixed_bfloat16';
    const layer = deserializeLayer(serializeLayer(make())) as MultiHeadAttention;
    const half = (layer.constructor as typeof MultiHeadAttention).fromConfig({ ...layer.getConfig(), dtype });
    const x = some([1, 2, 4]);
    const options = { value: x, returnAttentionScores: true };
    const [y, scores] = half.apply(x, options) as unknown as [Tensor, Tensor];
    expect([y.dtype, scores.dtype]).toEqual(['bfloat16', 'bfloat16']);
    expect(layer.computeOutputShape([2, 3, 4], [2, 5, 4], null)).toEqual([2, 3, 4]);
  });

  it('masks travel through a model', () => {
    const x = Input({ shape: [null], dtype: 'int32' });
    const embedded = new Embedding(5, 4, { maskZero: true }).apply(x);
    const layer = make() as MultiHeadAttention;
    const model = new Model({ inputs: x, outputs: layer.apply(embedded, embedded) });
    const one = model.apply(tensor([[1, 2, 0, 0]], undefined, 'int32')) as Tensor;
    expect(maskOf(one)!.arraySync()).toEqual([[true, true, false, false]]);
    // What stands where the mask is false does not matter for the others.
    const rows = (y: Tensor) => ops.slice(y, [0, 0, 0], [1, 2, 4]).dataSync();
    const short = model.apply(tensor([[1, 2, 0]], undefined, 'int32')) as Tensor;
    expectCloseToScale(rows(one), rows(short), 1e-6);
  });

  it.each([1, 15, 16, 17, 33])('%i keys and queries: each row of the scores sums to 1', (n) => {
    const layer = make() as MultiHeadAttention;
    const x = some([2, n, 4]);
    const [y, scores] = layer.apply(x, x, { returnAttentionScores: true }) as unknown as [Tensor, Tensor];
    expect(y.shape).toEqual([2, n, 4]);
    const sums = ops.sum(scores, { axis: -1 }).dataSync();
    expectCloseToScale(
      sums,
      sums.map(() => 1),
      1e-6,
    );
    expectCloseToScale(layer.apply(x, x).dataSync(), y.dataSync(), 1e-5);
  });

  it('a batch without samples', () => {
    const layer = make() as MultiHeadAttention;
    expect(layer.apply(some([0, 3, 4]), some([0, 5, 4])).shape).toEqual([0, 3, 4]);
  });

  it('NaN stays in its sample', () => {
    const layer = make() as MultiHeadAttention;
    const x = some([2, 3, 4]).dataSync().slice();
    x[0] = Number.NaN;
    const t = tensor(x, [2, 3, 4]);
    const y = layer.apply(t, t).dataSync();
    expect([...y.slice(0, 12)].every(Number.isNaN)).toBe(true);
    expect([...y.slice(12)].some(Number.isNaN)).toBe(false);
  });

  it('drops in training only, the same for the same seed', () => {
    const remade = (dropout: number) => {
      setRandomSeed(5);
      const config = { ...make().getConfig(), dropout, seed: 7 };
      return (make().constructor as typeof MultiHeadAttention).fromConfig(config) as MultiHeadAttention;
    };
    const x = some([1, 6, 4]);
    const [a, b] = [remade(0.5), remade(0.5)];
    a.apply(x, x);
    b.apply(x, x);
    b.setWeights(a.getWeights());
    const calm = a.apply(x, x).dataSync();
    const first = a.apply(x, x, { training: true }).dataSync();
    expect(first).not.toEqual(calm);
    expect(b.apply(x, x, { training: true }).dataSync()).toEqual(first);
    expect(a.apply(x, x, { training: true }).dataSync()).not.toEqual(first);
  });

  it('refuses what cannot be', () => {
    const layer = make() as MultiHeadAttention;
    const flash = (more: object) => {
      const config = { ...make().getConfig(), flash_attention: true, ...more };
      return (make().constructor as typeof MultiHeadAttention).fromConfig(config) as MultiHeadAttention;
    };
    const x = some([1, 3, 4]);
    expect(() => layer.apply(x)).toThrow(
      /expected a tensor as value, got undefined; write layer.apply\(query, value\)/,
    );
    expect(() => layer.apply(x, some([1, 3]))).toThrow(/query, value and key of at least 3 axes/);
    expect(() => layer.apply(x, x, some([1, 4, 4]))).toThrow(/the same axes between the first and the last/);
    expect(() => layer.apply(x, Input({ shape: [3, 4] }) as never)).toThrow(/all symbolic tensors or all values/);
    expect(() => layer.apply(x, x, { attentionMask: ops.ones([3], 'bool') })).toThrow(/attentionMask of 2 to 4 axes/);
    for (const [name, shape] of [
      ['attentionMask', [2, 9, 3]],
      ['valueMask', [9, 3]],
      ['keyMask', [2, 9]],
    ] as const)
      expect(() => layer.apply(x, x, { key: x, [name]: ops.ones(shape, 'bool') })).toThrow(
        `a ${name} of shape (${shape.join(', ')}) does not fit`,
      );
    expect(() => flash({ dropout: 0.1 })).toThrow(/flashAttention does not go together with dropout/);
    expect(() => flash({}).apply(x, x, { returnAttentionScores: true })).toThrow(/gives no attention scores/);
    expect(flash({}).apply(x, x).shape).toEqual([1, 3, 4]);
  });
});

describe('several heads', () => {
  it('refuse sizes that cannot be', () => {
    expect(() => new MultiHeadAttention(0, 2)).toThrow(/numHeads must be a whole number of at least 1/);
    expect(() => new MultiHeadAttention(2, 2, { valueDim: 0 })).toThrow(/valueDim/);
    expect(() => new MultiHeadAttention(2, 2, { slidingWindow: 0 })).toThrow(/slidingWindow/);
    expect(() => new MultiHeadAttention(2, 2, { dropout: 2 })).toThrow(/dropout/);
    expect(() => new MultiHeadAttention(2, 2, { attentionAxes: 3 }).apply(some([1, 2, 3]), some([1, 2, 3]))).toThrow(
      /attentionAxes must be different axes/,
    );
    expect(() => new GroupQueryAttention(2, 3, 2)).toThrow(/numQueryHeads must be a multiple of numKeyValueHeads/);
    expect(() => new GroupQueryAttention(2, 2, 2).apply(some([1, 2, 2, 3]), some([1, 2, 2, 3]))).toThrow(/of 3 axes/);
  });

  it('regularizers belong to the projections', () => {
    const layer = new MultiHeadAttention(2, 2, { kernelRegularizer: 'l2', activityRegularizer: 'l1' });
    layer.apply(some([1, 2, 3]), some([1, 2, 3]));
    // Four kernels, and the outputs of four projections.
    expect(layer.losses.length).toBe(8);
  });

  it('projections have the dtype policy of the layer', () => {
    const layer = new MultiHeadAttention(2, 2, { dtype: 'float32' });
    layer.apply(some([1, 2, 4]), some([1, 2, 4]));
    expect(layer.queryDense.dtypePolicy).toBe(layer.dtypePolicy);
  });

  it('projections do not begin alike', () => {
    const layer = new MultiHeadAttention(2, 2);
    layer.apply(some([1, 2, 4]), some([1, 2, 4]));
    expect(layer.queryDense.kernel.read()).not.toEqual(layer.keyDense.kernel.read());
  });
});

describe('attention', () => {
  const shape = [
    [2, 3, 4],
    [2, 5, 4],
  ];
  runLayerTest('dot', { make: () => new Attention(), input: shape, output: [2, 3, 4], masks: true });
  runLayerTest('concat with scale', {
    make: () => new Attention({ scoreMode: 'concat', useScale: true }),
    input: [...shape, [2, 5, 4]],
    output: [2, 3, 4],
    weights: { scale: [], concat_score_weight: [] },
    masks: true,
  });
  runLayerTest('additive', {
    make: () => new AdditiveAttention(),
    input: shape,
    output: [2, 3, 4],
    weights: { scale: [4] },
    masks: true,
  });

  it('drops in training only', () => {
    const layer = new Attention({ dropout: 0.5, seed: 3 });
    const inputs = [some([1, 4, 3]), some([1, 6, 3], 2)];
    const calm = layer.apply(inputs).dataSync();
    expect(layer.apply(inputs, { training: true }).dataSync()).not.toEqual(calm);
    expect(layer.apply(inputs).dataSync()).toEqual(calm);
  });

  it('masked queries give 0 and hand their mask on', () => {
    const q = withMask(some([1, 2, 3]), tensor([[true, false]]));
    const y = new Attention().apply([q, some([1, 4, 3])]);
    expect([...y.dataSync().slice(3)]).toEqual([0, 0, 0]);
    expect(maskOf(y)!.arraySync()).toEqual([[true, false]]);
  });

  it('refuses what cannot be', () => {
    const x = some([1, 2, 3]);
    expect(() => new Attention({ scoreMode: 'sum' as 'dot' })).toThrow(/scoreMode/);
    expect(() => new Attention({ dropout: -1 })).toThrow(/dropout/);
    expect(() => new Attention().apply(x)).toThrow(/expected a list \[query, value\]/);
    expect(() => new Attention().apply([x, x, x, x])).toThrow(/got 4 input/);
    expect(() => new Attention().apply([x, some([1, 2, 4])])).toThrow(/query and key must have as many features/);
    expect(() => new Attention().apply([x, x], { mask: ops.ones([1, 2], 'bool') })).toThrow(/expected mask as a list/);
    expect(() => new AdditiveAttention({ scoreMode: 'dot' } as never)).toThrow(/scoreMode/);
  });
});
