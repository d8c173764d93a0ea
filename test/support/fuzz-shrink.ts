import { node } from '../../src/graph/build.ts';
import type { TypedArray } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { topologicalOrder } from '../../src/graph/structure.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import type { FuzzGraph } from './fuzz-graph.ts';

/** A smaller graph that still fails: fewer results, and inputs in place of what need not be computed. */
export function shrink(g: FuzzGraph, fails: (g: FuzzGraph) => boolean): FuzzGraph {
  let best = g;
  const attempt = (next: FuzzGraph): boolean => {
    if (!fails(next)) return false;
    best = next;
    return true;
  };
  for (let round = 0; round < 4; round++) {
    const before = topologicalOrder(results(best)).length;
    for (let i = best.updates.length - 1; i >= 0; i--)
      attempt({ ...best, updates: best.updates.filter((_, k) => k !== i) });
    for (let i = best.outputs.length - 1; i >= 0; i--)
      attempt({ ...best, outputs: best.outputs.filter((_, k) => k !== i) });
    if (best.outputs.length === 1 && best.updates.length === 0)
      topologicalOrder(results(best)).some(
        (n) => n.op !== 'input' && n.op !== 'scan' && attempt({ ...best, outputs: [n] }),
      );
    for (const n of topologicalOrder(results(best)).reverse()) {
      if (n.op === 'input' || n.op === 'scan') continue;
      if (topologicalOrder(results(best)).includes(n)) attempt(replaced(best, n));
    }
    if (topologicalOrder(results(best)).length === before) break;
  }
  const used = new Set(topologicalOrder(results(best)));
  const inputs = best.inputs.filter((n) => used.has(n) || best.updates.some((u) => u.target === n));
  attempt({ ...best, inputs });
  return best;
}

function results(g: FuzzGraph): Node[] {
  return [...g.outputs, ...g.updates.map((u) => u.value)];
}

/** The graph with an input of the same value in a node's place. */
function replaced(g: FuzzGraph, old: Node): FuzzGraph {
  const value = evaluateGraph([old], g.bind)[0] as TypedArray;
  const input = node('input', [], { name: `v${old.id}`, shape: old.shape, dtype: old.dtype });
  const made = new Map<Node, Node>([[old, input]]);
  const original = new Map<Node, Node>([[input, old]]);
  for (const n of topologicalOrder(results(g))) {
    if (made.has(n)) continue;
    const inputs = n.inputs.map((x) => made.get(x)!);
    const same = inputs.every((x, i) => x === n.inputs[i]);
    const copy = same ? n : (node(n.op, inputs, n.attrs as never) as Node);
    made.set(n, copy);
    original.set(copy, n);
  }
  return {
    inputs: [...g.inputs, input],
    outputs: g.outputs.map((n) => made.get(n)!),
    updates: g.updates.map((u) => ({ target: u.target, value: made.get(u.value)! })),
    bind: new Map([...g.bind, [input, value]]),
    boundOf: (n) => g.boundOf(original.get(n) ?? n),
  };
}
