import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { checkGraph } from '../../src/graph/spec.ts';
import { topologicalOrder } from '../../src/graph/structure.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { narrow } from '../../src/transform/narrow.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { input, relu } from '../support/nodes.ts';
import { Rng } from '../support/rng.ts';

interface Windows {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padLow: readonly number[];
  readonly padHigh: readonly number[];
}

/** The gradient of a rectified, pooled tensor, and its sum over the windows' axes. */
function pooling(x: Node, dy: Node, w: Windows): Node[] {
  const top = node('windowReduce', [relu(x)], { ...w, kind: 'max' });
  const loss = node('reduceSum', [node('mul', [top, dy], {})], { axes: [0, 1, 2, 3] });
  const [dx] = gradient(loss, [x]);
  return [loss, dx!, node('reduceSum', [dx!], { axes: [0, 1, 2] })];
}

const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 1];

describe('narrow', () => {
  const r = new Rng();
  const none = [0, 0, 0, 0];
  const cases: Record<string, [readonly number[], Windows]> = {
    'windows side by side': [
      [2, 4, 6, 3],
      { window: [1, 2, 2, 1], strides: [1, 2, 2, 1], padLow: none, padHigh: none },
    ],
    'windows that overlap': [
      [2, 5, 7, 3],
      { window: [1, 3, 3, 1], strides: [1, 2, 2, 1], padLow: none, padHigh: none },
    ],
    'windows over padding': [
      [2, 5, 5, 3],
      { window: [1, 3, 2, 1], strides: [1, 2, 2, 1], padLow: [0, 1, 0, 0], padHigh: [0, 1, 1, 0] },
    ],
  };
  for (const [name, [shape, w]] of Object.entries(cases)) {
    it(`keeps the gradient bit by bit, and sums up to rounding: ${name} (seed ${r.seed})`, () => {
      const x = input(shape);
      const top = node('windowReduce', [x], { ...w, kind: 'max' });
      const dy = input(top.shape);
      const before = simplify(pooling(x, dy, w));
      const after = narrow(before);
      checkGraph(after);
      for (let i = 0; i < 20; i++) {
        const values = (n: Node) =>
          Float32Array.from({ length: sizeOf(n.shape) }, () => (r.unit() < 0.3 ? r.pick(special) : r.float(-2, 2)));
        const plain = (n: Node) => Float32Array.from({ length: sizeOf(n.shape) }, () => r.int(-8, 8));
        const bind = new Map([
          [x, values(x)],
          [dy, plain(dy)],
        ]);
        // Small integers: sums are exact in whatever order.
        expect(evaluateGraph(after, bind)).toEqual(evaluateGraph(before, bind));
      }
    });
  }

  it('leaves nothing that reads the elements but the forward pass', () => {
    const [shape, w] = cases['windows side by side']!;
    const x = input(shape);
    const dy = input([2, 2, 3, 3]);
    const [, dx, sum] = narrow(simplify(pooling(x, dy, w)));
    expect(dx!.op).toBe('windowPut');
    const masks = topologicalOrder([dx!]).filter((n) => n.op === 'le' && n.inputs[0]!.op === 'windowReduce');
    expect(masks.length).toBe(1);
    expect(topologicalOrder([sum!]).some((n) => n.op === 'windowPut')).toBe(false);
  });
});
