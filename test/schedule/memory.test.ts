import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { type Life, planArena } from '../../src/schedule/memory.ts';
import { schedule } from '../../src/schedule/schedule.ts';
import { decompose } from '../../src/transform/decompose.ts';
import { recompute } from '../../src/transform/recompute.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { checkPlan } from '../support/check-plan.ts';
import { fuzzGraph } from '../support/fuzz-graph.ts';
import { Rng } from '../support/rng.ts';

const FACTS = { lanes: 16, registers: 32, fma: true };

const lives: fc.Arbitrary<Life[]> = fc.array(
  fc
    .tuple(fc.oneof(fc.constant(0), fc.nat(300), fc.nat(1_000_000)), fc.nat(12), fc.nat(6))
    .map(([bytes, from, more]) => ({ bytes, from, to: from + more })),
  { maxLength: 25 },
);

const meet = (a: Life, b: Life) => a.from <= b.to && b.from <= a.to;

describe('the plan of the arena', () => {
  it('keeps apart what lives at the same time, aligned and within the arena', () => {
    fc.assert(
      fc.property(lives, (list) => {
        const { offsets, bytes } = planArena(list);
        list.forEach((a, i) => {
          expect(offsets[i]! % 64).toBe(0);
          expect(offsets[i]! + a.bytes).toBeLessThanOrEqual(bytes);
          list.slice(0, i).forEach((b, k) => {
            if (!meet(a, b) || a.bytes === 0 || b.bytes === 0) return;
            expect(offsets[i]! + a.bytes <= offsets[k]! || offsets[k]! + b.bytes <= offsets[i]!).toBe(true);
          });
        });
      }),
    );
  });

  it('needs no more than everything side by side, and no less than the fullest phase', () => {
    const size = (life: Life) => Math.ceil(life.bytes / 64) * 64;
    fc.assert(
      fc.property(lives, (list) => {
        const { bytes } = planArena(list);
        expect(bytes).toBeLessThanOrEqual(list.reduce((n, a) => n + size(a), 0));
        for (let phase = 0; phase < 20; phase++) {
          const inPhase = list.filter((a) => a.from <= phase && phase <= a.to);
          expect(bytes).toBeGreaterThanOrEqual(inPhase.reduce((n, a) => n + size(a), 0));
        }
      }),
    );
  });

  it('uses memory again: a long chain needs that of two or three of its links', () => {
    const x = node('input', [], { name: 'x', shape: [1000], dtype: 'float32' });
    let y: Node = x;
    for (let i = 0; i < 20; i++) y = node('cumulative', [y], { kind: 'sum', axis: 0, reverse: false });
    const program = schedule([x], [y], [], FACTS);
    expect(program.arenaBytes).toBeLessThanOrEqual(3 * 4032);
  });

  const seed = new Rng().seed;
  it(`holds in the programs of random graphs (seed ${seed})`, () => {
    for (let i = 0; i < 300; i++) {
      const { inputs, outputs, updates } = fuzzGraph(new Rng(seed * 7 + i), 'wild');
      const results = decompose(recompute(simplify([...outputs, ...updates.map((u) => u.value)])));
      const changes = updates.map((u, k) => ({ target: u.target, value: results[outputs.length + k]! }));
      checkPlan(schedule(inputs, results.slice(0, outputs.length), changes, FACTS));
    }
  });
});
