import { isHalf } from '../graph/dtype.ts';
import type { Node, NodeOf } from '../graph/node.ts';
import { nodesOf } from '../graph/order.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { rewriteBody, rewriteNodes } from './rewrite.ts';

/**
 * Leaves out roundings to 16 bits of what nobody keeps: where a float32 value is rounded and widened again for one elementwise
 * operation, and the rounded value has no other use, that operation takes the value as it is. Chains of operations stay in
 * float32 registers that way, as they do under XLA; what is kept for a gradient, or goes into a product, is of 16 bits.
 * It is decided by the graph alone, so that all targets agree. Likewise in the bodies of loops.
 */
export function unround(outputs: readonly Node[]): Node[] {
  const nodes = nodesOf(outputs);
  if (!nodes.some((n) => isHalf(n.dtype) || n.op === 'scan')) return [...outputs];
  /** The one use of each node; undefined where there are more, or where it is a result. */
  const users = new Map<Node, Node | undefined>(outputs.map((o) => [o, undefined]));
  for (const n of nodes) for (const x of n.inputs) users.set(x, users.has(x) ? undefined : n);
  const only = (n: Node): Node | undefined => users.get(n);
  return rewriteNodes(outputs, (n, inputs) => {
    const user = isRounding(n.inputs[0]) && n.op === 'cast' && n.dtype === 'float32' ? only(n) : undefined;
    const isKept = user === undefined || PRIMITIVES[user.op].class !== 'elementwise' || !only(n.inputs[0]!);
    if (!isKept) return inputs[0]!.inputs[0]!;
    return n.op === 'scan' ? rewriteBody(n as NodeOf<'scan'>, inputs, unround) : undefined;
  });
}

function isRounding(n: Node | undefined): boolean {
  return n?.op === 'cast' && isHalf(n.dtype) && n.inputs[0]!.dtype === 'float32';
}
