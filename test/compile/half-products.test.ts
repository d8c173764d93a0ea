import { describe, expect, it } from 'vitest';
import { compileGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import { bytesPerElement, type DType, type HalfType } from '../../src/graph/dtype.ts';
import { fromMemory, toMemory } from '../../src/graph/half.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import type { Block } from '../../src/targets/target.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { pairUp } from '../../src/transform/pair-up.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { expectCloseToScale } from '../support/close.ts';
import { targets } from '../support/each-target.ts';
import { Rng } from '../support/rng.ts';

type Input = Node<'input'>;

const input = (shape: readonly number[], dtype: DType): Input =>
  node('input', [], { name: `x${shape}`, shape, dtype }) as Input;

/** Everything that the compiler does, on every target; results are near those in double precision. */
function check(inputs: readonly Input[], outputs: readonly Node[], bound: number, whole = false): void {
  const r = new Rng();
  const bind = new Map<Node, Float32Array>(
    inputs.map((n) => {
      const draw = () => (whole ? r.int(-3, 3) : r.float(-2, 2));
      const values = Float32Array.from({ length: sizeOf(n.shape) }, draw);
      return [n, fromMemory(n.dtype, toMemory(n.dtype, values), values.length) as Float32Array];
    }),
  );
  const expected = evaluateGraph(outputs, bind, { precision: 'float64' });
  for (const target of targets()) {
    const blocks = new Map<Input, Block>(
      inputs.map((n) => [n, target.alloc(Math.max(1, sizeOf(n.shape) * bytesPerElement(n.dtype)))]),
    );
    for (const n of inputs)
      blocks
        .get(n)!
        .bytesView()
        .set(toMemory(n.dtype, bind.get(n)!));
    const compiled = compileGraph({ inputs, outputs, updates: [] }, blocks, target);
    for (let i = 0; i < 2; i++) compiled.run();
    outputs.forEach((n, i) => {
      const got = fromMemory(n.dtype, compiled.outputs[i]!.bytesView(), sizeOf(n.shape));
      expectCloseToScale(got, expected[i]! as Float64Array, bound, `${target.name}: ${n.op} ${n.shape}`);
    });
    compiled.dispose();
    for (const b of blocks.values()) b.free();
  }
}

/** One rounding of the result. */
const ROUNDED = { bfloat16: 2 ** -8, float16: 2 ** -10 } as const;

describe.each<HalfType>(['bfloat16', 'float16'])('products of %s', (dtype) => {
  it.each([
    [1, 1, 1],
    [8, 16, 8],
    [9, 17, 15],
    [16, 33, 16],
    [33, 64, 17],
    [40, 31, 100],
    [130, 300, 47],
  ])('%i x %i x %i, in all layouts of the operands', (m, k, n) => {
    const turned = (x: Node): Node => node('permute', [x], { perm: [1, 0] });
    const [a, at, b, bt] = [input([m, k], dtype), input([k, m], dtype), input([k, n], dtype), input([n, k], dtype)];
    const products = [
      node('dot', [a, b], {}),
      node('dot', [turned(at), b], {}),
      node('dot', [a, turned(bt)], {}),
      node('dot', [turned(at), turned(bt)], {}),
    ];
    check([a, at, b, bt], products, ROUNDED[dtype]);
  });

  it('of small whole numbers is exact in float32', () => {
    const [a, b] = [input([3, 17, 50], dtype), input([3, 50, 33], dtype)];
    const wide = (x: Node): Node => node('cast', [x], { dtype: 'float32' });
    check([a, b], [node('dot', [wide(a), wide(b)], {})], 0, true);
  });

  it('of gradients: a dense layer', () => {
    const [x, w] = [input([32, 24], dtype), input([24, 40], dtype)];
    const y = node('tanh', [node('dot', [x, w], {})], {});
    const loss = node('reduceSum', [node('cast', [y], { dtype: 'float32' })], { axes: [0, 1] });
    check([x, w], [y, ...gradient(loss, [x, w])], 4 * ROUNDED[dtype]);
  });

  it.each([
    { size: [6, 7], filter: [3, 3], strides: [1, 1], low: [1, 1], high: [1, 1], channels: 16, filters: 8, batch: 2 },
    { size: [9, 8], filter: [3, 2], strides: [2, 2], low: [0, 1], high: [1, 0], channels: 17, filters: 19, batch: 3 },
    { size: [5, 5], filter: [1, 1], strides: [1, 1], low: [0, 0], high: [0, 0], channels: 32, filters: 16, batch: 4 },
    { size: [33], filter: [5], strides: [1], low: [2], high: [2], channels: 3, filters: 16, batch: 5 },
  ])('of convolutions in all directions: $size, $filter, $channels channels', (c) => {
    const x = input([c.batch, ...c.size, c.channels], dtype);
    const filter = input([...c.filter, c.channels, c.filters], dtype);
    const attrs = { strides: c.strides, padLow: c.low, padHigh: c.high, dilation: c.size.map(() => 1), groups: 1 };
    const y = node('conv', [x, filter], attrs);
    const factor = node('cast', [node('sigmoid', [node('cast', [y], { dtype: 'float32' })], {})], { dtype });
    const product = node('mul', [y, factor], {});
    const loss = node('reduceSum', [node('cast', [product], { dtype: 'float32' })], { axes: y.shape.map((_, i) => i) });
    check([x, filter], [y, ...gradient(loss, [x, filter])], 6 * ROUNDED[dtype]);
  });
});

describe('pairs', () => {
  const wide = (x: Node): Node => node('cast', [x], { dtype: 'float32' });

  it('give what the operands give', () => {
    const [a, b] = [input([2, 9, 21], 'bfloat16'), input([2, 21, 16], 'bfloat16')];
    const [x, f] = [input([3, 6, 6, 19], 'bfloat16'), input([3, 3, 19, 16], 'bfloat16')];
    const attrs = { strides: [1, 1], padLow: [1, 1], padHigh: [1, 1], dilation: [1, 1], groups: 1 };
    const y = node('conv', [wide(x), wide(f)], attrs);
    const dy = input([3, 6, 6, 16], 'bfloat16');
    const outputs = [
      node('dot', [wide(a), wide(b)], {}),
      y,
      node('convInputGrad', [wide(dy), wide(f)], { ...attrs, inputSize: [6, 6] }),
      node('convFilterGrad', [wide(x), wide(dy)], { ...attrs, filterSize: [3, 3] }),
    ];
    const bind = new Map<Node, Float32Array>(
      [a, b, x, f, dy].map((n, i) => [
        n,
        Float32Array.from({ length: sizeOf(n.shape) }, (_, k) => ((k * 5 + i) % 7) - 3),
      ]),
    );
    const paired = pairUp(outputs);
    for (const n of paired) expect(n.inputs.map((x) => x.dtype)).toEqual(['int32', 'int32']);
    expect(evaluateGraph(paired, bind)).toEqual(evaluateGraph(outputs, bind));
  });

  it('are not made of float32, float16, of groups, and where it does not pay', () => {
    const dots = (['float32', 'float16'] as const).map((dtype) => {
      const [a, b] = [input([16, 32], dtype), input([32, 16], dtype)];
      return node('dot', [dtype === 'float32' ? a : wide(a), dtype === 'float32' ? b : wide(b)], {});
    });
    const small = node('dot', [wide(input([2, 32], 'bfloat16')), wide(input([32, 16], 'bfloat16'))], {});
    const groups = node('conv', [wide(input([2, 8, 8, 32], 'bfloat16')), wide(input([3, 3, 16, 32], 'bfloat16'))], {
      strides: [1, 1],
      padLow: [1, 1],
      padHigh: [1, 1],
      dilation: [1, 1],
      groups: 2,
    });
    const outputs = simplify([...dots, small, groups]);
    expect(pairUp(outputs)).toEqual(outputs);
  });
});
