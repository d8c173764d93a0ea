import type { Node } from './node.ts';

/** Every node that the outputs need, each after its operands (nodes are numbered as they are made). */
export function nodesOf(outputs: readonly Node[]): Node[] {
  const seen = new Set<Node>();
  const stack = [...outputs];
  while (stack.length > 0) {
    const n = stack.pop()!;
    if (seen.has(n)) continue;
    seen.add(n);
    for (const x of n.inputs) if (!seen.has(x)) stack.push(x);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
