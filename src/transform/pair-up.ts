import { node } from '../graph/build.ts';
import type { Attrs, Node, NodeOf } from '../graph/node.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { sizeOf } from '../graph/shape.ts';
import { uniformValue } from '../graph/structure.ts';
import { rewriteBody, rewriteNodes } from './rewrite.ts';

/** Below this, making pairs costs more than it spares: rows, columns and steps of the sums. */
const LEAST = { rows: 8, columns: 8, steps: 16 };

/**
 * Products of what is bfloat16 multiply pairs, for targets that do so at once: both operands are laid together two by two along
 * the axis that is summed (an odd one gets a zero at its end). Sums are float32 as before. Likewise in the bodies of loops.
 */
export function pairUp(outputs: readonly Node[]): Node[] {
  const pairs = new Pairs();
  return rewriteNodes(outputs, (n, inputs) => paired(n, inputs, pairs));
}

/** What a float32 operand is of bfloat16. */
function narrowOf(x: Node): Node | undefined {
  const from = x.op === 'cast' && x.dtype === 'float32' ? x.inputs[0]! : undefined;
  return from?.dtype === 'bfloat16' && uniformValue(from) === undefined ? from : undefined;
}

function paired(n: Node, inputs: readonly Node[], pairs: Pairs): Node | undefined {
  if (n.op === 'scan') return rewriteBody(n as NodeOf<'scan'>, inputs, pairUp);
  if (PRIMITIVES[n.op].class !== 'product') return undefined;
  const [a, b] = inputs.map(narrowOf);
  if (!a || !b) return undefined;
  const axes = axesOf(n, a, b);
  if (!axes) return undefined;
  return node(n.op, [pairs.along(a, axes[0]), pairs.along(b, axes[1])], n.attrs as never) as Node;
}

/** The axis of each operand that is summed, where it pays. */
function axesOf(n: Node, a: Node, b: Node): readonly [number, number] | undefined {
  const rank = a.shape.length;
  if (n.op === 'dot') {
    const [rows, columns] = n.shape.slice(-2) as [number, number];
    return pays(rows, columns, a.shape[rank - 1]!) ? [rank - 1, rank - 2] : undefined;
  }
  if ((n.attrs as Attrs['conv']).groups > 1) return undefined;
  const filter = n.op === 'convFilterGrad' ? n.shape : b.shape;
  const [inner, outer] = filter.slice(-2) as [number, number];
  const pixels = sizeOf(
    n.op === 'convInputGrad' ? a.shape.slice(0, -1) : n.op === 'conv' ? n.shape.slice(0, -1) : b.shape.slice(0, -1),
  );
  if (n.op === 'conv') return pays(pixels, outer, inner) ? [rank - 1, rank - 2] : undefined;
  if (n.op === 'convInputGrad') return pays(pixels, inner, outer) ? [rank - 1, rank - 1] : undefined;
  return pays(inner, outer, pixels) && a.shape[0]! > 1 ? [0, 0] : undefined;
}

const pays = (rows: number, columns: number, steps: number): boolean =>
  rows >= LEAST.rows && columns >= LEAST.columns && steps >= LEAST.steps;

/** Pairs that are made once, whoever needs them. */
class Pairs {
  readonly #known = new Map<string, Node>();

  /** [..., n, ...] of bfloat16 -> [..., ceil(n / 2), ...] of pairs. What is turned is paired as it lies, and turned then. */
  along(x: Node, axis: number): Node {
    const key = `${x.id} ${axis}`;
    const known = this.#known.get(key);
    if (known) return known;
    const made = x.op === 'permute' ? this.#turned(x as NodeOf<'permute'>, axis) : pair(x, axis);
    this.#known.set(key, made);
    return made;
  }

  #turned({ inputs: [x], attrs }: NodeOf<'permute'>, axis: number): Node {
    return node('permute', [this.along(x!, attrs.perm[axis]!)], attrs) as Node;
  }
}

function pair(x: Node, axis: number): Node {
  const size = x.shape[axis]!;
  const none = x.shape.map(() => 0);
  const high = x.shape.map((_, i) => (i === axis ? size % 2 : 0));
  const even = size % 2 === 0 ? x : (node('pad', [x], { low: none, high, interior: none, value: 0 }) as Node);
  const every = (first: number): Node =>
    node('slice', [even], {
      start: x.shape.map((_, i) => (i === axis ? first : 0)),
      limit: even.shape,
      step: x.shape.map((_, i) => (i === axis ? 2 : 1)),
    }) as Node;
  return node('pair', [every(0), every(1)], {}) as Node;
}
