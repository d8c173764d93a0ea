import { node, withScope } from '../graph/build.ts';
import { bytesPerElement } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { nodesOf } from '../graph/order.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { sizeOf } from '../graph/shape.ts';
import { COSTLY } from './costly.ts';
import { over } from './rewrite.ts';

/** Smaller tensors stay in a cache until they are read again. */
const LARGE = 192 << 10;
/** What has at most this part of a tensor's elements costs nothing to read beside it. */
const SMALL = 1 / 16;
/** Operations for each element of a tensor that is made again, at most. */
const MOST = 16;
/** Tensors that are made again one from the other. */
const DEPTH = 32;

/**
 * What is cheap to compute is computed again, and not kept, where it is read long after: from a tensor that is read there
 * anyway. So a batch normalization with its rectifier keeps one tensor for the gradient, its operand, and not its result too.
 *
 * "Long after" is said by sums over the whole batch: what is before one cannot be near any more to what is after it. Each
 * node has a stage, the number of such sums on the longest way to it.
 */
export function remake(outputs: readonly Node[], large: number = LARGE): Node[] {
  return new Remaker(outputs, large).run(outputs);
}

const isPointwise = (n: Node) => PRIMITIVES[n.op].class === 'elementwise';
const isMovement = (n: Node) => PRIMITIVES[n.op].strided === true;
const bytesOf = (n: Node) => sizeOf(n.shape) * bytesPerElement(n.dtype);

/** Operations for each element of `n`; undefined where it is always kept: what reads more than it writes, and functions. */
function costOf(n: Node): number | undefined {
  if (isPointwise(n)) return COSTLY.has(n.op) || n.op === 'randomBits' ? undefined : 1;
  // In a depthwise convolution every element is a sum of few.
  if (n.op === 'conv') return sizeOf(n.inputs[1]!.shape.slice(0, -1));
  return isMovement(n) ? 0 : undefined;
}

class Remaker {
  private readonly outputs: ReadonlySet<Node>;
  private readonly large: number;
  private readonly nodes: readonly Node[];
  private readonly readers = new Map<Node, Node[]>();
  private readonly stages = new Map<Node, number>();
  /** The stages in which a node is read: movements, and what only one pointwise node reads, are where their readers are. */
  private readonly uses = new Map<Node, ReadonlySet<number>>();
  private readonly done = new Map<Node, Node>();
  /** What has been made again, by stage. */
  private readonly again = new Map<number, Map<Node, Node>>();

  constructor(outputs: readonly Node[], large: number) {
    this.outputs = new Set(outputs);
    this.large = large;
    this.nodes = nodesOf(outputs);
    for (const n of this.nodes) {
      const stages = n.inputs.map((x) => this.stages.get(x)!);
      this.stages.set(n, Math.max(0, ...stages) + (this.endsStage(n) ? 1 : 0));
      for (const x of new Set(n.inputs)) this.readers.set(x, [...(this.readers.get(x) ?? []), n]);
    }
    for (const n of [...this.nodes].reverse()) {
      const read = this.readersOf(n).flatMap((r) => [...this.places(r)]);
      this.uses.set(n, new Set(this.outputs.has(n) ? [...read, this.stages.get(n)!] : read));
    }
  }

  run(outputs: readonly Node[]): Node[] {
    for (const n of this.nodes) {
      const places = this.places(n);
      const [stage] = places;
      // A view that is read in several stages is one of what was kept.
      const inputs = n.inputs.map((x) => (places.size === 1 ? this.readIn(stage!, x) : this.done.get(x)!));
      this.done.set(
        n,
        withScope(n.scope, () => over(n, inputs)),
      );
    }
    return outputs.map((o) => this.done.get(o)!);
  }

  /** Whether `n` sums what a whole batch has. */
  private endsStage(n: Node): boolean {
    if (PRIMITIVES[n.op].class !== 'reduce' || n.op === 'argmax') return false;
    const [x] = n.inputs as [Node];
    return x.shape[0]! > 1 && bytesOf(x) >= this.large && (n as Node<'reduceSum'>).attrs.axes.includes(0);
  }

  private readersOf(n: Node): readonly Node[] {
    return this.readers.get(n) ?? [];
  }

  /** Where what a node does is done. */
  private places(n: Node): ReadonlySet<number> {
    if (isMovement(n) || this.isDeferred(n)) return this.uses.get(n)!;
    return new Set([this.endsStage(n) ? this.stages.get(n)! - 1 : this.stages.get(n)!]);
  }

  /** Whether `n` is computed with its one reader. */
  private isDeferred(n: Node): boolean {
    const [reader, ...others] = this.readersOf(n);
    return isPointwise(n) && reader !== undefined && others.length === 0 && isPointwise(reader) && !this.outputs.has(n);
  }

  /** What takes the place of `x` for a reader in a stage. */
  private readIn(stage: number, x: Node, depth = 0): Node {
    const isKept =
      (costOf(x) ?? MOST) >= MOST ||
      isMovement(x) ||
      bytesOf(x) < this.large ||
      this.isDeferred(x) ||
      this.outputs.has(x);
    if (isKept || stage <= this.stages.get(x)! || depth > DEPTH) return this.done.get(x)!;
    const recipe = this.recipeFor(x, stage);
    return recipe ? this.make(x, stage, recipe, depth) : this.done.get(x)!;
  }

  /** The nodes that are to be made again for `x`; undefined where that would cost more than keeping `x`. */
  private recipeFor(x: Node, stage: number): Set<Node> | undefined {
    const recipe = new Set<Node>();
    const full = new Set<Node>();
    let cost = 0;
    const stack = [x];
    while (stack.length > 0) {
      const n = stack.pop()!;
      if (recipe.has(n) || sizeOf(n.shape) <= sizeOf(x.shape) * SMALL) continue;
      if (n !== x && this.isReadAnyway(n, stage)) {
        full.add(n);
        continue;
      }
      cost += costOf(n) ?? Number.POSITIVE_INFINITY;
      if (cost > MOST) return undefined;
      recipe.add(n);
      stack.push(...n.inputs);
    }
    return full.size <= 1 ? recipe : undefined;
  }

  /** Whether `n` is kept for a stage, or made again there. */
  private isReadAnyway(n: Node, stage: number): boolean {
    if (this.isDeferred(n) || isMovement(n)) return false;
    return this.uses.get(n)!.has(stage);
  }

  private make(x: Node, stage: number, recipe: ReadonlySet<Node>, depth: number): Node {
    const made = this.again.get(stage) ?? new Map<Node, Node>();
    this.again.set(stage, made);
    for (const n of [...recipe].sort((a, b) => a.id - b.id)) {
      if (made.has(n)) continue;
      const inputs = n.inputs.map((y) => made.get(y) ?? this.readIn(stage, y, depth + 1));
      made.set(
        n,
        withScope(n.scope, () => node(n.op, inputs, n.attrs as never)),
      );
    }
    return made.get(x)!;
  }
}
