import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { nodesOf } from '../graph/order.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { uniformValue } from '../graph/structure.ts';
import { over } from './rewrite.ts';

/**
 * Lets what follows a rectifier ask the result, not the operand, for its sign: where `s = select(x <= 0, 0, x)` is kept in
 * memory anyway, `x <= 0` is `s <= 0` (also for NaN), and need not be kept for the gradient as well.
 */
export function recompute(outputs: readonly Node[]): Node[] {
  const nodes = nodesOf(outputs);
  const kept = new Set<Node>(outputs);
  // What is only summed up is summed where it is computed.
  const fused = ['elementwise', 'reduce'];
  for (const n of nodes) if (!fused.includes(PRIMITIVES[n.op].class)) for (const x of n.inputs) kept.add(x);
  /** Each condition with the rectifier that it belongs to. */
  const rectifiers = new Map<Node, Node>();
  for (const n of nodes) if (isRectifier(n) && kept.has(n)) rectifiers.set(n.inputs[0]!, n);
  if (rectifiers.size === 0) return [...outputs];
  const done = new Map<Node, Node>();
  const asked = new Map<Node, Node>();
  const ask = (s: Node, condition: Node): Node => {
    const known = asked.get(s) ?? node('le', [done.get(s)!, done.get(condition.inputs[1]!)!], {});
    asked.set(s, known);
    return known;
  };
  for (const n of nodes) {
    const inputs = n.inputs.map((x) => {
      const s = rectifiers.get(x);
      return s && s.id < n.id ? ask(s, x) : done.get(x)!;
    });
    done.set(n, over(n, inputs));
  }
  return outputs.map((o) => done.get(o)!);
}

function isRectifier(n: Node): boolean {
  if (n.op !== 'select' || n.dtype !== 'float32') return false;
  const [condition, zero, x] = n.inputs as [Node, Node, Node];
  const below = condition.op === 'le' && condition.inputs[0] === x && uniformValue(condition.inputs[1]!) === 0;
  return below && uniformValue(zero) === 0;
}
