import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { nodesOf } from '../graph/order.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { isFree, isGiven, isMove } from './cluster.ts';
import { identityView, moveView, type View } from './view.ts';

/** A graph whose products find their operands as they need them, and the movements that must be copies. */
export interface Layout {
  readonly results: readonly Node[];
  readonly copies: ReadonlySet<Node>;
}

/**
 * Sees to it that the operand which a product reads in vectors lies one element behind the other along the vectors' axis,
 * by copies where it does not, and that every result is computed into memory of its own. `copies` are movements that must
 * be copies in any case.
 */
export function layOut(results: readonly Node[], copies: ReadonlySet<Node> = new Set()): Layout {
  const maker = new LayoutMaker(copies);
  for (const n of nodesOf(results)) maker.place(n);
  return { results: maker.ownResults(results), copies: maker.copies };
}

/** The axis of operand 1 along which each product's vectors run, from the end. */
const VECTOR_AXIS: { readonly [op: string]: number } = { dot: 1, conv: 1, convInputGrad: 2, convFilterGrad: 1 };

class LayoutMaker {
  readonly copies: Set<Node>;
  private readonly done = new Map<Node, Node>();
  private readonly views = new Map<Node, View>();
  private readonly turned = new Map<string, Node>();

  constructor(copies: ReadonlySet<Node>) {
    this.copies = new Set(copies);
  }

  place(n: Node): void {
    const inputs = n.inputs.map((x) => this.done.get(x)!);
    if (PRIMITIVES[n.op].class === 'product') {
      const back = VECTOR_AXIS[n.op]!;
      inputs[0] = this.inMemory(inputs[0]!);
      inputs[1] = this.withUnitStride(this.inMemory(inputs[1]!), inputs[1]!.shape.length - back);
    }
    const same = inputs.every((x, i) => x === n.inputs[i]);
    this.done.set(n, this.see(same ? n : node(n.op, inputs, n.attrs as never)));
  }

  /** The same tensor, in memory: products read no constants. */
  private inMemory(x: Node): Node {
    if (!isFree(this.views.get(x)!.source)) return x;
    const known = this.turned.get(`${x.id}`);
    if (known) return known;
    const copy = node('reshape', [x], { shape: x.shape });
    this.copies.add(copy);
    this.turned.set(`${x.id}`, this.see(copy));
    return copy;
  }

  /** The same tensor, whose elements along `axis` are neighbours in memory. */
  private withUnitStride(x: Node, axis: number): Node {
    const view = this.views.get(x)!;
    if (x.shape[axis]! <= 1 || view.strides[axis] === 1) return x;
    const key = `${x.id} ${axis}`;
    const known = this.turned.get(key);
    if (known) return known;
    const last = x.shape.length - 1;
    const swap = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
    const copy = node('permute', [x], { perm: swap });
    this.copies.add(copy);
    this.see(copy);
    const result = this.see(node('permute', [copy], { perm: swap }));
    this.turned.set(key, result);
    return result;
  }

  /** Each result once, and none of them a mere view. */
  ownResults(results: readonly Node[]): Node[] {
    const taken = new Set<Node>();
    return results.map((r) => {
      const n = this.done.get(r)!;
      const view = this.views.get(n)!;
      if (view.source === n && !isFree(n) && !isGiven(n) && n.op !== 'pick' && !taken.has(n)) {
        taken.add(n);
        return n;
      }
      // A value that is a result twice is stored twice by the kernel that computes it.
      if (view.source === n && taken.has(n)) return this.see(node('cast', [n], { dtype: n.dtype }));
      const copy = this.see(node('reshape', [n], { shape: n.shape }));
      this.copies.add(copy);
      return copy;
    });
  }

  /** Notes how a node is read. Movements that no strides express become copies when clusters are made. */
  private see(n: Node): Node {
    const moved = isMove(n) && !this.copies.has(n) ? moveView(n, this.views.get(n.inputs[0]!)!) : undefined;
    this.views.set(n, moved ?? identityView(n));
    return n;
  }
}
