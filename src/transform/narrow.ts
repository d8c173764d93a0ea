import { node } from '../graph/build.ts';
import { sameWindows } from '../graph/infer-window.ts';
import type { Node, NodeOf } from '../graph/node.ts';
import { nodesOf } from '../graph/order.ts';
import { uniformValue } from '../graph/structure.ts';
import { zeros } from './gradient-parts.ts';
import { over, rewriteNodes } from './rewrite.ts';

/**
 * Computes over windows what would be computed over the elements under them, where both give the same (sums up to rounding):
 * the gradient of a rectifier that stands before a maximum, and sums of what is put to places of windows. Windows are a few
 * times fewer, and after this nothing needs the elements any more.
 */
export function narrow(outputs: readonly Node[]): Node[] {
  const nodes = nodesOf(outputs);
  if (!nodes.some((n) => n.op === 'windowPut')) return [...outputs];
  const maxima = new Map<Node, Node<'windowReduce'>[]>();
  return rewriteNodes(outputs, (n, inputs) => {
    const kept = over(n, inputs);
    const now = masked(kept, maxima) ?? summed(kept) ?? kept;
    if (now.op === 'windowReduce' && now.attrs.kind === 'max') {
      maxima.set(now.inputs[0]!, [...(maxima.get(now.inputs[0]!) ?? []), now]);
    }
    return now;
  });
}

/**
 * `select(z <= 0, 0, put(v at the maxima of relu(z)))`: the element at a window's place has `z <= 0` if and only if the
 * window's maximum is `<= 0` (a NaN is neither), and `v` can be masked before it is put there.
 */
function masked(n: Node, maxima: ReadonlyMap<Node, readonly Node<'windowReduce'>[]>): Node | undefined {
  if (n.op !== 'select') return undefined;
  const [condition, zero, put] = n.inputs as [Node, Node, Node];
  if (put.op !== 'windowPut' || uniformValue(zero) !== 0 || !isBelowZero(condition)) return undefined;
  const [places, values] = put.inputs as [Node, Node];
  if (places.op !== 'windowArgmax') return undefined;
  const rectified = places.inputs[0]!;
  const isRectifier =
    rectified.op === 'select' && rectified.inputs[0] === condition && rectified.inputs[2] === condition.inputs[0];
  if (!isRectifier || uniformValue(rectified.inputs[1]!) !== 0) return undefined;
  const top = maxima.get(rectified)?.find((m) => sameWindows(m.attrs, places.attrs));
  if (!top) return undefined;
  const none = zeros(values.shape);
  const kept = node('select', [node('le', [top, none], {}), none, values], {});
  return node('windowPut', [places, kept], put.attrs);
}

/** A sum over all axes along which windows reach: each window's value is in it once, wherever it was put. */
function summed(n: Node): Node | undefined {
  if (n.op !== 'reduceSum') return undefined;
  const put = n.inputs[0]!;
  if (put.op !== 'windowPut' || (put.inputs[0] as Node).op !== 'windowArgmax') return undefined;
  const { window, strides, padLow, padHigh } = put.attrs;
  const still = window.every((w, i) => (w === 1 && strides[i] === 1) || n.attrs.axes.includes(i));
  const padded = [...padLow, ...padHigh].some((p) => p !== 0);
  return still && !padded ? node('reduceSum', [put.inputs[1]!], n.attrs) : undefined;
}

function isBelowZero(n: Node): n is NodeOf<'le'> {
  return n.op === 'le' && uniformValue(n.inputs[1]!) === 0;
}
