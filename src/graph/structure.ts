import { node, withScope } from './build.ts';
import type { Attrs, Node } from './node.ts';

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

/**
 * `outputs` with some nodes exchanged for others of the same shape and dtype. What does not depend on an exchanged node
 * stays the same node.
 */
export function replaceNodes(outputs: readonly Node[], replacement: ReadonlyMap<Node, Node>): Node[] {
  const made = new Map<Node, Node>(replacement);
  for (const n of topologicalOrder(outputs)) {
    if (made.has(n)) continue;
    const inputs = n.inputs.map((x) => made.get(x)!);
    const same = inputs.every((x, i) => x === n.inputs[i]);
    made.set(n, same ? n : withScope(n.scope, () => node(n.op, inputs, n.attrs) as Node));
  }
  return outputs.map((n) => made.get(n)!);
}

/** The value of a tensor that is one constant all over, or undefined. */
export function uniformValue(x: Node): number | undefined {
  let n = x;
  while (n.op === 'reshape' || n.op === 'broadcast' || n.op === 'permute') n = n.inputs[0]!;
  return n.op === 'constant' ? (n.attrs as Attrs['constant']).value : undefined;
}
