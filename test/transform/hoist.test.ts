import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { DType, TypedArray } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { nodesOf } from '../../src/graph/order.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { checkGraph } from '../../src/graph/spec.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { hoist } from '../../src/transform/hoist.ts';
import { pairUp } from '../../src/transform/pair-up.ts';
import { simplify } from '../../src/transform/simplify.ts';

const input = (shape: readonly number[], dtype: DType): Node => node('input', [], { name: 'x', shape, dtype });
const wide = (x: Node): Node => node('cast', [x], { dtype: 'float32' });

/** h' = h W + x, of 16 bits; W comes turned. */
function recurrence() {
  const [h, x, w] = [input([9, 16], 'bfloat16'), input([9, 16], 'bfloat16'), input([16, 16], 'bfloat16')];
  const product = node('dot', [wide(h), node('permute', [wide(w)], { perm: [1, 0] })], {});
  const next = node('cast', [node('add', [product, wide(x)], {})], { dtype: 'bfloat16' });
  const body = { carry: [h], slices: [x], constants: [w], next: [next], stacked: [next] };
  const operands = [input([9, 16], 'bfloat16'), input([4, 9, 16], 'bfloat16'), input([16, 16], 'bfloat16')];
  const loop = node('scan', operands, { body, length: 4, reverse: false });
  const outputs = [0, 1].map((index) => node('pick', [loop], { index }) as Node);
  const bind = new Map<Node, TypedArray>(
    operands.map((n, k) => [n, Float32Array.from({ length: sizeOf(n.shape) }, (_, i) => ((i * 7 + k) % 5) - 2)]),
  );
  return { outputs, bind };
}

const bodyOf = ([out]: readonly Node[]) => (out!.inputs[0] as Node<'scan'>).attrs.body;

describe('hoist', () => {
  it.each([
    ['as they are', (x: readonly Node[]) => [...x]],
    ['as pairs', pairUp],
  ])('converts weights once, %s', (_, before) => {
    const { outputs, bind } = recurrence();
    const given = before(simplify(outputs));
    const made = hoist(given);
    checkGraph(made);
    expect(evaluateGraph(made, bind)).toEqual(evaluateGraph(given, bind));
    const { constants, next } = bodyOf(made);
    expect(constants.map((c) => c.dtype)).toEqual([before === pairUp ? 'int32' : 'float32']);
    expect(nodesOf(next).some((n) => n.op !== 'input' && n.inputs.every((x) => constants.includes(x)))).toBe(false);
  });

  it('leaves what has nothing to convert', () => {
    const [h, w] = [input([3, 3], 'float32'), input([3, 3], 'float32')];
    const next = node('dot', [h, node('permute', [w], { perm: [1, 0] })], {});
    const body = { carry: [h], slices: [], constants: [w], next: [next], stacked: [] };
    const loop = node('scan', [input([3, 3], 'float32'), input([3, 3], 'float32')], {
      body,
      length: 2,
      reverse: false,
    });
    const outputs = [node('pick', [loop], { index: 0 })];
    expect(hoist(outputs)).toEqual(outputs);
  });
});
