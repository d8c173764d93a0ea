import { node } from '../graph/build.ts';
import { isHalf } from '../graph/dtype.ts';
import type { Node, NodeOf, ScanBody } from '../graph/node.ts';
import { nodesOf } from '../graph/order.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { inputsOf, replaceNodes } from '../graph/structure.ts';
import { isOver, rewriteNodes } from './rewrite.ts';

/**
 * Converts weights of 16 bits once for all steps of a loop: what a step makes of the loop's constants alone, to multiply by it, is
 * made ahead of the loop, and is a constant of the loop itself.
 */
export function hoist(outputs: readonly Node[]): Node[] {
  if (!nodesOf(outputs).some((n) => n.op === 'scan')) return [...outputs];
  return rewriteNodes(outputs, (n, inputs) => (n.op === 'scan' ? ahead(n as NodeOf<'scan'>, inputs) : undefined));
}

function ahead(loop: NodeOf<'scan'>, operands: readonly Node[]): Node {
  const { body, length, reverse } = loop.attrs;
  const ends = [...body.next, ...body.stacked];
  const inner = hoist(ends);
  const steady = conversions(inner, body.constants);
  const isSame = isOver(loop as Node, operands) && inner.every((x, i) => x === ends[i]);
  if (steady.length === 0 && isSame) return loop as Node;
  const first = body.carry.length + body.slices.length;
  const outside = new Map<Node, Node>(body.constants.map((slot, i) => [slot, operands[first + i]!]));
  const slots = steady.map((x) => node('input', [], { name: 'ready', shape: x.shape, dtype: x.dtype }) as Node);
  const after = replaceNodes(inner, new Map(steady.map((x, i) => [x, slots[i]!])));
  const read = new Set<Node>(inputsOf(after));
  const kept = body.constants.filter((slot) => read.has(slot));
  const step: ScanBody = {
    carry: body.carry,
    slices: body.slices,
    constants: [...kept, ...slots],
    next: after.slice(0, body.next.length),
    stacked: after.slice(body.next.length),
  };
  const constants = [...kept.map((slot) => outside.get(slot)!), ...replaceNodes(steady, outside)];
  return node('scan', [...operands.slice(0, first), ...constants], { body: step, length, reverse }) as Node;
}

/** The last of what is made of constants alone, where numbers of 16 bits were converted on the way. */
function conversions(ends: readonly Node[], constants: readonly Node[]): Node[] {
  const given = new Set(constants);
  /** What depends on constants alone, and whether something was converted. */
  const fixed = new Map<Node, boolean>(constants.map((c) => [c, false]));
  const nodes = nodesOf(ends);
  for (const n of nodes) {
    const kind = PRIMITIVES[n.op].class;
    const moves = n.op === 'permute' || n.op === 'reshape' || n.op === 'slice' || n.op === 'pad' || n.op === 'pair';
    const converts = n.op === 'pair' || (n.op === 'cast' && isHalf(n.inputs[0]!.dtype));
    if (kind === 'source' || !(moves || n.op === 'cast') || !n.inputs.every((x) => fixed.has(x))) continue;
    fixed.set(n, converts || n.inputs.some((x) => fixed.get(x)));
  }
  const shown = new Set<Node>(ends);
  for (const n of nodes) if (!fixed.has(n)) for (const x of n.inputs) shown.add(x);
  return nodes.filter((n) => !given.has(n) && fixed.get(n) === true && shown.has(n));
}
