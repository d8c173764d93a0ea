import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { nodesOf } from '../../src/graph/order.ts';
import { checkGraph } from '../../src/graph/spec.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { unround } from '../../src/transform/unround.ts';

const input = (shape: readonly number[], dtype: 'bfloat16' | 'float16' | 'float32' = 'bfloat16'): Node =>
  node('input', [], { name: 'x', shape, dtype });
const cast = (x: Node, dtype: 'bfloat16' | 'float16' | 'float32'): Node => node('cast', [x], { dtype });

/** Roundings to 16 bits in a graph. */
function roundings(outputs: readonly Node[]): number {
  checkGraph(outputs);
  return nodesOf(outputs).filter((n) => n.op === 'cast' && n.dtype !== 'float32').length;
}
const left = (outputs: readonly Node[]) => roundings(unround(simplify(outputs)));

describe('unround', () => {
  it('keeps one rounding of a chain', () => {
    const x = input([4]);
    const y = node('tanh', [node('neg', [node('exp', [x], {})], {})], {});
    expect(roundings([y])).toBe(3);
    expect(left([y])).toBe(1);
    expect(left([y, node('neg', [x], {})])).toBe(2);
  });

  it('keeps what is used twice, what is a result, and what goes into a product or a sum', () => {
    const x = input([4, 4]);
    const e = node('exp', [x], {});
    expect(left([node('add', [node('neg', [e], {}), node('sin', [e], {})], {})])).toBe(2);
    expect(left([e, node('neg', [e], {})])).toBe(2);
    expect(left([node('dot', [e, x], {})])).toBe(2);
    expect(left([node('reduceSum', [e], { axes: [0] })])).toBe(2);
  });

  it('keeps the rounding of what is moved before it is used', () => {
    const bias = cast(input([4], 'float32'), 'bfloat16');
    const wide = node('broadcast', [node('reshape', [bias], { shape: [1, 4] })], { shape: [3, 4] });
    expect(left([node('add', [input([3, 4]), wide], {})])).toBe(2);
  });

  it('goes into loops', () => {
    const [c, s] = [input([4], 'float16'), input([4], 'float16')];
    const next = node('tanh', [node('add', [c, s], {})], {});
    const body = { carry: [c], slices: [s], constants: [], next: [next], stacked: [] };
    const loop = node('scan', [input([4], 'float16'), input([5, 4], 'float16')], { body, length: 5, reverse: false });
    const [made] = unround(simplify([node('pick', [loop], { index: 0 })]));
    const inside = (made!.inputs[0] as Node<'scan'>).attrs.body.next;
    expect(roundings(inside)).toBe(1);
  });

  it('widening and rounding to the same type is nothing; to another one it is something', () => {
    const x = input([3]);
    expect(simplify([cast(cast(x, 'float32'), 'bfloat16')])).toEqual([x]);
    expect(roundings(simplify([cast(cast(x, 'float32'), 'float16')]))).toBe(1);
  });
});
