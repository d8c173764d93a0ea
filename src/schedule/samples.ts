import type { Node } from '../graph/node.ts';
import { sizeOf } from '../graph/shape.ts';

/** Nodes never change. */
const known = new WeakMap<Node, number>();

/**
 * How many samples the first axis of a tensor stands for: as many as it had before other axes were made one with it, as far as
 * that can be seen. Calls whose items are samples, or parts of one, can be joined.
 */
export function samplesOf(n: Node): number {
  const stack = [n];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const open = sourcesOf(top).filter((x) => !known.has(x));
    if (known.has(top) || open.length === 0) {
      stack.pop();
      known.set(top, known.get(top) ?? Math.min(top.shape[0] ?? 1, ...sourcesOf(top).map((x) => known.get(x)!)));
    } else stack.push(...open);
  }
  return known.get(n)!;
}

/** The operands that have the samples of `n` along their first axis. */
function sourcesOf(n: Node): readonly Node[] {
  const rows = n.shape[0];
  switch (n.op) {
    case 'reshape':
      return startsWith(n.inputs[0]!.shape, rows) ? n.inputs : [];
    case 'permute':
      return n.attrs.perm[0] === 0 ? n.inputs : [];
    case 'dot':
    case 'conv':
    case 'gather':
      return n.inputs.slice(0, 1).filter((x) => x.shape[0] === rows);
    case 'scan':
    case 'pick':
      return [];
    default:
      return n.inputs.filter((x) => x.shape[0] === rows);
  }
}

/** Whether the first axes of a shape are `rows` elements together. */
function startsWith(shape: readonly number[], rows: number | undefined): boolean {
  return rows !== undefined && shape.some((_, i) => sizeOf(shape.slice(0, i + 1)) === rows);
}
