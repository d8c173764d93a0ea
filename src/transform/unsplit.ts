import { node } from '../graph/build.ts';
import { isHalf } from '../graph/dtype.ts';
import type { Node, NodeOf } from '../graph/node.ts';
import { nodesOf } from '../graph/order.ts';
import { zeros } from './gradient-parts.ts';
import { over, rewriteBody, rewriteNodes } from './rewrite.ts';

/**
 * Sums of pieces that were padded with zeros to lie beside each other, as the gradient of a split makes them, become one
 * concatenation. The values are the same up to the sign of zeros. Likewise in the bodies of loops.
 */
export function unsplit(outputs: readonly Node[]): Node[] {
  const nodes = nodesOf(outputs);
  const uses = new Map<Node, number>(outputs.map((o) => [o, 2]));
  for (const n of nodes) for (const x of n.inputs) uses.set(x, (uses.get(x) ?? 0) + 1);
  /** Sums that only another sum reads are parts of that one. */
  const inner = new Set<Node>();
  for (const n of nodes)
    if (n.op === 'add') for (const x of n.inputs) if (x.op === 'add' && uses.get(x) === 1) inner.add(x);
  const parts = new Set<Node>();
  return rewriteNodes(outputs, (n, inputs) => {
    if (!inner.has(n)) return rewrite(n, inputs, parts);
    const part = over(n, inputs);
    parts.add(part);
    return part;
  });
}

function rewrite(n: Node, inputs: readonly Node[], parts: ReadonlySet<Node>): Node | undefined {
  if (n.op === 'scan') return rewriteBody(n as NodeOf<'scan'>, inputs, unsplit);
  // The sum that is rounded may be a concatenation of what is of 16 bits.
  if (n.op === 'cast' && halfOf(inputs[0]!)?.dtype === n.dtype) return halfOf(inputs[0]!);
  return n.op === 'add' && n.dtype === 'float32' ? joined(inputs, parts) : undefined;
}

/** Where a padded piece lies along the one axis that is padded. */
interface Piece {
  readonly node: Node;
  readonly axis: number;
  readonly low: number;
  readonly high: number;
}

function pieceOf(x: Node): Piece | undefined {
  const half = halfOf(x);
  const n = half ?? x;
  if (n.op !== 'pad') return undefined;
  const { low, high, interior, value } = (n as NodeOf<'pad'>).attrs;
  const padded = low.flatMap((l, i) => (l !== 0 || high[i] !== 0 ? [i] : []));
  const [axis] = padded;
  if (value !== 0 || axis === undefined || padded.length > 1 || interior.some((i) => i !== 0)) return undefined;
  return low[axis]! < 0 || high[axis]! < 0
    ? undefined
    : { node: n.inputs[0]!, axis, low: low[axis]!, high: n.shape[axis]! - high[axis]! };
}

/** What a float32 value is of 16 bits. */
function halfOf(n: Node): Node | undefined {
  const x = n.op === 'cast' && n.dtype === 'float32' ? n.inputs[0]! : undefined;
  return x !== undefined && isHalf(x.dtype) ? x : undefined;
}

/** Pieces of a sum side by side, with zeros between, and what else is in the sum. */
function joined(operands: readonly Node[], inner: ReadonlySet<Node>): Node | undefined {
  const terms: Node[] = [];
  const collect = (n: Node): void => {
    if (inner.has(n)) n.inputs.forEach(collect);
    else terms.push(n);
  };
  operands.forEach(collect);
  const pieces = terms.map(pieceOf);
  const axis = pieces.find((p) => p !== undefined)?.axis;
  const beside = pieces.filter((p): p is Piece => p?.axis === axis).sort((a, b) => a.low - b.low);
  if (axis === undefined || beside.length < 2) return undefined;
  const { dtype } = beside[0]!.node;
  if (beside.some((p) => p.node.dtype !== dtype)) return undefined;
  if (beside.some((p, i) => i > 0 && p.low < beside[i - 1]!.high)) return undefined;
  const whole = operands[0]!.shape;
  const parts: Node[] = [];
  let at = 0;
  const fill = (to: number) => {
    if (to > at)
      parts.push(
        zeros(
          whole.map((d, i) => (i === axis ? to - at : d)),
          dtype,
        ),
      );
    at = to;
  };
  for (const p of beside) {
    fill(p.low);
    parts.push(p.node);
    at = p.high;
  }
  fill(whole[axis]!);
  const rest = terms.filter((_, i) => !beside.includes(pieces[i]!));
  const sides = node('concat', parts, { axis }) as Node;
  const first = dtype === 'float32' ? sides : (node('cast', [sides], { dtype: 'float32' }) as Node);
  return rest.reduce<Node>((sum, t) => node('add', [sum, t], {}) as Node, first);
}
