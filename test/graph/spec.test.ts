import { describe, expect, it } from 'vitest';
import { node, withScope } from '../../src/graph/build.ts';
import type { Node, ScanBody } from '../../src/graph/node.ts';
import { checkGraph } from '../../src/graph/spec.ts';
import { inputsOf, replaceNodes, topologicalOrder } from '../../src/graph/structure.ts';

const input = (name: string, shape: readonly number[] = []): Node =>
  node('input', [], { name, shape, dtype: 'float32' });

function loop(change: (body: ScanBody) => ScanBody = (b) => b): Node {
  const [h, w] = [input('h'), input('w')];
  const body = { carry: [h], slices: [], constants: [w], next: [node('mul', [h, w], {})], stacked: [] };
  return node('scan', [input('a'), input('b')], { body: change(body), length: 2, reverse: false });
}

describe('checkGraph', () => {
  it('accepts graphs with loops', () => {
    checkGraph([node('pick', [loop()], { index: 0 }), input('x')]);
  });

  const sum = node('add', [input('x', [2]), input('y', [2])], {});
  const wrong: [string, Node, RegExp][] = [
    [
      'a shape that its primitive does not give',
      { ...sum, shape: [3] } as Node,
      /add \(node \d+\): expected float32 \[2\], got float32 \[3\]/,
    ],
    ['another dtype', { ...sum, dtype: 'int32' } as Node, /expected float32 \[2\], got int32 \[2\]/],
    ['a missing operand', { ...sum, inputs: sum.inputs.slice(1) } as Node, /expected 2 operands, got 1/],
    ['a loop read as a tensor', node('neg', [loop()], {}), /expected a tensor, got the results of a loop/],
    [
      'a body that reads from outside',
      node('pick', [outside()], { index: 0 }),
      /only inputs that are slots.*elsewhere/,
    ],
    [
      'a slot that is no input',
      node('pick', [loop((b) => ({ ...b, constants: [node('neg', [input('n')], {})] }))], { index: 0 }),
      /input nodes as the slots/,
    ],
    [
      'too little data',
      node('literal', [], { data: new Float32Array(2), shape: [3], dtype: 'float32' }),
      /3 elements, got 2/,
    ],
    [
      'data of another type',
      node('literal', [], { data: new Int32Array(3), shape: [3], dtype: 'float32' }),
      /Float32Array for float32, got Int32Array/,
    ],
  ];
  for (const [what, n, message] of wrong)
    it(`refuses ${what}`, () => {
      expect(() => checkGraph([n])).toThrow(message);
    });

  it('names the layer', () => {
    const n = withScope('dense_3', () => node('neg', [input('x')], {}));
    expect(() => checkGraph([{ ...n, shape: [1] } as Node])).toThrow(/^dense_3: neg/);
  });
});

function outside(): Node {
  return loop((b) => ({ ...b, next: [node('add', [b.carry[0]!, input('elsewhere')], {})] }));
}

describe('structure', () => {
  it('orders operands before users, each once', () => {
    const x = input('x');
    const y = node('mul', [x, x], {});
    const z = node('add', [y, node('neg', [x], {})], {});
    expect(topologicalOrder([z, y]).map((n) => n.op)).toEqual(['input', 'mul', 'neg', 'add']);
    expect(inputsOf([z])).toEqual([x]);
  });

  it('replaces nodes and keeps what does not depend on them', () => {
    const [x, y, other] = [input('x'), input('y'), input('other')];
    const kept = node('neg', [y], {});
    const [sum] = replaceNodes([node('add', [node('exp', [x], {}), kept], {})], new Map([[x, other]]));
    expect(sum!.inputs[1]).toBe(kept);
    expect(sum!.inputs[0]!.inputs[0]).toBe(other);
  });
});
