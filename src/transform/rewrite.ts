import { node, withScope } from '../graph/build.ts';
import type { Node, NodeOf } from '../graph/node.ts';
import { nodesOf } from '../graph/order.ts';

/** What stands in the place of `n`, whose operands have become `inputs`; undefined: the same over these. */
export type Rule = (n: Node, inputs: readonly Node[]) => Node | undefined;

/** `outputs` with every node as `rule` makes it, operands before users. What does not change stays the same node. */
export function rewriteNodes(outputs: readonly Node[], rule: Rule): Node[] {
  const done = new Map<Node, Node>();
  for (const n of nodesOf(outputs)) {
    const inputs = n.inputs.map((x) => done.get(x)!);
    // Messages name the layer, whatever has become of its operations.
    done.set(
      n,
      withScope(n.scope, () => rule(n, inputs) ?? over(n, inputs)),
    );
  }
  return outputs.map((o) => done.get(o)!);
}

/** The same operation over other operands; the same node over the same ones. */
export function over(n: Node, inputs: readonly Node[]): Node {
  return isOver(n, inputs) ? n : (node(n.op, inputs, n.attrs as never) as Node);
}

/** Whether these are the operands of `n`. */
export function isOver(n: Node, inputs: readonly Node[]): boolean {
  return inputs.every((x, i) => x === n.inputs[i]);
}

/** A loop whose body has gone through a pass; undefined where that changed nothing. */
export function rewriteBody(
  loop: NodeOf<'scan'>,
  inputs: readonly Node[],
  pass: (outputs: readonly Node[]) => readonly Node[],
): Node | undefined {
  const { body } = loop.attrs;
  const ends = [...body.next, ...body.stacked];
  const made = pass(ends);
  if (made.every((m, i) => m === ends[i])) return undefined;
  const next = made.slice(0, body.next.length);
  return node('scan', inputs, { ...loop.attrs, body: { ...body, next, stacked: made.slice(next.length) } }) as Node;
}
