import { describe, expect, it } from 'vitest';
import type { TypedArray } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { printGraph } from '../../src/graph/print.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { expectCloseToScale } from '../support/close.ts';
import { targets } from '../support/each-target.ts';
import { randomGraph } from '../support/random-graph.ts';
import { Rng } from '../support/rng.ts';
import { runGraph } from '../support/run-graph.ts';

describe('random graphs of smooth functions', () => {
  it.each(targets().map((t) => [t.name, t] as const))(`on %s (seed ${new Rng().seed})`, (name, target) => {
    const r = new Rng();
    for (let i = 0; i < 40; i++) {
      const { inputs, outputs } = randomGraph(r, 'smooth', 16);
      const bind = new Map<Node, TypedArray>();
      for (const n of inputs)
        bind.set(
          n,
          new Float32Array(sizeOf(n.shape)).map(() => r.float(-2, 2)),
        );
      const expected = evaluateGraph(outputs, bind, { precision: 'float64' });
      const got = runGraph(target, outputs, bind);
      expect(got).toHaveLength(outputs.length);
      got.forEach((g, k) => {
        expectCloseToScale(g, expected[k]!, 1e-4, `${name}, graph ${i}, output ${k} of\n${printGraph(outputs)}\n`);
      });
    }
  });
});
