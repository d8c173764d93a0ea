import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { checkGraph } from '../../src/graph/spec.ts';
import { topologicalOrder } from '../../src/graph/structure.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { unsplit } from '../../src/transform/unsplit.ts';
import { input, total } from '../support/nodes.ts';
import { Rng } from '../support/rng.ts';

const part = (x: Node, axis: number, from: number, to: number): Node =>
  node('slice', [x], {
    start: x.shape.map((_, i) => (i === axis ? from : 0)),
    limit: x.shape.map((d, i) => (i === axis ? to : d)),
    step: x.shape.map(() => 1),
  });

/** Each part through a function of its own, all of it summed. */
function parted(x: Node, axis: number, cuts: readonly number[]): Node {
  const ops = ['sin', 'exp', 'tanh', 'neg'] as const;
  const sums = cuts.slice(1).map((to, i) => total(node(ops[i % 4]!, [part(x, axis, cuts[i]!, to)], {})));
  return sums.reduce((a, b) => node('add', [a, b], {}));
}

const count = (nodes: readonly Node[], op: string) => topologicalOrder(nodes).filter((n) => n.op === op).length;

describe('unsplit', () => {
  const r = new Rng();
  const cases: [string, readonly number[], number, readonly number[], number][] = [
    ['all parts along the last axis', [3, 8], 1, [0, 2, 4, 6, 8], 4],
    ['parts along the first axis', [9, 4], 0, [0, 1, 4, 9], 3],
    ['a gap at the end', [2, 10], 1, [0, 3, 7], 3],
    ['a gap at the start', [2, 10], 1, [2, 5, 10], 3],
  ];
  for (const [name, shape, axis, cuts, parts] of cases) {
    it(`makes one concatenation of the gradient: ${name} (seed ${r.seed})`, () => {
      const x = input(shape);
      const [dx] = simplify(gradient(parted(x, axis, cuts), [x]));
      const [after] = unsplit([dx!]);
      checkGraph([after!]);
      expect(count([dx!], 'pad')).toBeGreaterThan(1);
      expect(count([after!], 'pad')).toBe(0);
      const made = topologicalOrder([after!]).filter((n) => n.op === 'concat');
      expect(made.map((n) => n.inputs.length)).toEqual([parts]);
      const bind = new Map([[x, Float32Array.from({ length: sizeOf(shape) }, () => r.float(-2, 2))]]);
      const [a, b] = [evaluateGraph([dx!], bind), evaluateGraph([after!], bind)];
      // 0 + -0 is 0: the sign of zeros alone may differ.
      expect(Array.from(b[0]!, (v) => v + 0)).toEqual(Array.from(a[0]!, (v) => v + 0));
    });
  }

  it('keeps other terms, and leaves overlapping parts and other axes alone', () => {
    const x = input([4, 6]);
    const loss = [
      total(node('sin', [part(x, 1, 0, 3)], {})),
      total(node('exp', [part(x, 1, 3, 6)], {})),
      total(node('tanh', [x], {})),
    ].reduce((a, b) => node('add', [a, b], {}));
    const [dx] = simplify(gradient(loss, [x]));
    const [after] = unsplit([dx!]);
    expect(count([after!], 'concat')).toBe(1);
    expect(count([after!], 'pad')).toBe(0);
    const bind = new Map([[x, Float32Array.from({ length: 24 }, () => r.float(-2, 2))]]);
    const near = evaluateGraph([after!], bind)[0]!;
    evaluateGraph([dx!], bind)[0]!.forEach((v, i) => {
      expect(near[i]).toBeCloseTo(v, 5);
    });
    const apart = node('add', [total(part(x, 1, 0, 4)), total(part(x, 1, 2, 6))], {});
    const [kept] = unsplit(simplify(gradient(apart, [x])));
    expect(count([kept!], 'concat')).toBe(0);
  });

  it('reaches into loops', () => {
    const [h, w] = [input([2, 4]), input([4, 4])];
    const slot = (shape: readonly number[]) =>
      node('input', [], { name: 'slot', shape, dtype: 'float32' }) as Node<'input'>;
    const [carry, weights] = [slot([2, 4]), slot([4, 4])];
    const z = node('dot', [carry, weights], {});
    const next = node('concat', [node('tanh', [part(z, 1, 0, 2)], {}), node('sin', [part(z, 1, 2, 4)], {})], {
      axis: 1,
    });
    const body = { carry: [carry], slices: [], constants: [weights], next: [next], stacked: [] };
    const last = node('pick', [node('scan', [h, w], { body, length: 3, reverse: false })], { index: 0 });
    const before = simplify(gradient(total(last), [w]));
    const after = unsplit(before);
    const bodies = (nodes: readonly Node[]) =>
      topologicalOrder(nodes).flatMap((n) => (n.op === 'scan' ? [...n.attrs.body.next, ...n.attrs.body.stacked] : []));
    expect(count(bodies(before), 'pad')).toBeGreaterThan(0);
    expect(count(bodies(after), 'pad')).toBe(0);
    const bind = new Map([h, w].map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, () => r.float(-1, 1))]));
    const near = evaluateGraph(after, bind)[0]!;
    evaluateGraph(before, bind)[0]!.forEach((v, i) => {
      expect(near[i]).toBeCloseTo(v, 5);
    });
  });
});
