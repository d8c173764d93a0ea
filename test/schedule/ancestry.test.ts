import { describe, expect, it } from 'vitest';
import { Ancestry } from '../../src/schedule/ancestry.ts';
import type { Cluster } from '../../src/schedule/cluster.ts';
import { Rng } from '../support/rng.ts';

describe('which clusters need which', () => {
  it(`is what the edges say, while clusters become one (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    for (let round = 0; round < 100; round++) {
      const n = r.int(2, 14);
      const clusters = Array.from({ length: n }, (_, id): Cluster => ({ id, anchors: [], before: [], after: [] }));
      const ancestry = new Ancestry();
      const whole = clusters.map((_, i) => i);
      const edges: [number, number][] = [];
      const reached = (from: number, to: number): boolean => {
        const seen = new Set([from]);
        for (const c of seen) for (const [a, b] of edges) if (whole[a] === c && whole[b] !== c) seen.add(whole[b]!);
        return seen.has(to);
      };
      for (let step = 0; step < 40; step++) {
        const [a, b] = [whole[r.int(0, n - 1)]!, whole[r.int(0, n - 1)]!];
        expect(ancestry.reaches(clusters[a]!, clusters[b]!), `${a} to ${b}`).toBe(reached(a, b));
        const needs = new Set(edges.filter(([x]) => whole[x] === a).map(([, y]) => clusters[whole[y]!]!));
        needs.delete(clusters[a]!);
        expect(ancestry.neededBy(clusters[a]!)).toEqual(needs);
        // Never so that two need each other.
        const others = whole.filter((c) => c !== a && c !== b);
        const around = others.some((c) => (reached(a, c) && reached(c, b)) || (reached(b, c) && reached(c, a)));
        if (a !== b && r.unit() < 0.3 && !around) {
          ancestry.merge(clusters[a]!, clusters[b]!);
          whole.forEach((c, i) => {
            if (c === a) whole[i] = b;
          });
        } else if (a !== b && !reached(b, a)) {
          ancestry.note(clusters[a]!, clusters[b]!);
          edges.push([a, b]);
        }
      }
    }
  });
});
