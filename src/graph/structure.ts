import type { Node } from './node.ts';

/**
 * All nodes that `outputs` are computed from, operands before users, each once; the bodies of scans stay closed.
 * The order is the same for the same graph. Nothing recurses: a graph may be deeper than the stack.
 */
export function topologicalOrder(outputs: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const path: { node: Node; next: number }[] = [];
  for (const output of outputs) {
    if (seen.has(output)) continue;
    seen.add(output);
    path.push({ node: output, next: 0 });
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const operand = top.node.inputs[top.next++];
      if (operand === undefined) {
        order.push(top.node);
        path.pop();
      } else if (!seen.has(operand)) {
        seen.add(operand);
        path.push({ node: operand, next: 0 });
      }
    }
  }
  return order;
}

/** The `input` nodes that `outputs` are computed from, in order of first use. */
export function inputsOf(outputs: readonly Node[]): Node<'input'>[] {
  return topologicalOrder(outputs).filter((n): n is Node<'input'> => n.op === 'input');
}
