import { sameWindows } from '../graph/infer-window.ts';
import type { Node, WindowAttrs } from '../graph/node.ts';
import { nodesOf } from '../graph/order.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { type Shape, sameShape, sizeOf, stridesOf } from '../graph/shape.ts';
import { Ancestry } from './ancestry.ts';
import { fuseRows } from './rows.ts';
import { identityView, moveView, reshapedView, type View } from './view.ts';

/**
 * Nodes that become one kernel. `anchors` are what is not elementwise (several only where they are reductions of the same
 * axes over the same domain, maxima of windows with their places, or a loop with its results); `before` is computed at each point of the anchors' operand, `after` at each point of the
 * result. Without an anchor, `after` is all there is.
 */
export interface Cluster {
  readonly id: number;
  anchors: Node[];
  before: Node[];
  after: Node[];
  /** Where everything happens row by row, instead of the three: see `rows.ts`. */
  rows?: Rows;
}

/** Nodes over `count` rows of `columns` elements (or over one element a row), computed together for each row. */
export interface Rows {
  readonly count: number;
  readonly columns: number;
  /** Shape of what has all columns. */
  readonly shape: Shape;
  readonly nodes: readonly Node[];
}

/** A graph cut into kernels. */
export interface Clustering {
  readonly clusters: Cluster[];
  readonly clusterOf: ReadonlyMap<Node, Cluster>;
  /** How each node is read from the nodes that lie in memory (or are free). */
  viewOf(node: Node): View;
  /** Nodes that are written as pieces of a concatenation, and how they lie in it. */
  readonly pieces: ReadonlyMap<Node, View>;
}

/** Needs no memory: its value follows from its place. */
export function isFree(n: Node): boolean {
  return n.op === 'constant' || n.op === 'iota';
}

/** Lies in memory before the program starts. */
export function isGiven(n: Node): boolean {
  return n.op === 'input' || n.op === 'literal';
}

/** Computed point by point from operands at the same point (or from nothing). */
export function isPointwise(n: Node): boolean {
  return PRIMITIVES[n.op].class === 'elementwise' || n.op === 'randomBits';
}

/** A movement that strides may express; else it is a copy. */
export function isMove(n: Node): boolean {
  return PRIMITIVES[n.op].strided === true;
}

const isReduction = (n: Node) => PRIMITIVES[n.op].class === 'reduce';
const isMaximum = (n: Node) => n.op === 'windowArgmax' || (n.op === 'windowReduce' && n.attrs.kind === 'max');
const takesEpilogue = (n: Node) => ['reduce', 'product', 'window'].includes(PRIMITIVES[n.op].class);

/** The shape over which a cluster's last stage runs. */
export function resultShape(c: Cluster): Shape {
  return (c.anchors[0] ?? c.after[0] ?? c.before[0])!.shape;
}

export function nodesIn(c: Cluster): readonly Node[] {
  if (c.rows) return c.rows.nodes;
  return [...c.before, ...c.anchors, ...c.after];
}

/**
 * Cuts the graph of `outputs` into clusters. `copies` are movements that must lie in memory of their own (operands whose
 * strides a product cannot take, outputs that are views). `given` says how inputs lie that do not lie row-major.
 */
export function makeClusters(
  outputs: readonly Node[],
  copies: ReadonlySet<Node>,
  given: ReadonlyMap<Node, View> = new Map(),
): Clustering {
  return new ClusterMaker(outputs, copies, given).run();
}

/** What is written at a place, and the nodes between it and what lies there in the end. */
interface Part {
  readonly node: Node;
  readonly place: View;
  readonly through: readonly Node[];
}

/** Constants around an operand, none in it, and nothing of it cut off. */
function isFrame({ attrs: { low, high, interior } }: Node<'pad'>): boolean {
  return [...low, ...high].every((p) => p >= 0) && interior.every((p) => p === 0);
}

function insideOf(n: Node<'pad'>): View {
  const strides = stridesOf(n.shape);
  return { source: n, offset: n.attrs.low.reduce((sum, p, i) => sum + p * strides[i]!, 0), strides };
}

function findDeferred(nodes: readonly Node[], outputs: readonly Node[]): Set<Node> {
  const reader = new Map<Node, Node | undefined>(outputs.map((o) => [o, undefined]));
  for (const n of nodes) {
    for (const x of n.inputs) reader.set(x, reader.has(x) && reader.get(x) !== n ? undefined : n);
  }
  // Random bits read their whole key at each point.
  const isReader = (n: Node | undefined) => n !== undefined && isPointwise(n) && n.op !== 'randomBits';
  return new Set(nodes.filter((n) => isPointwise(n) && isReader(reader.get(n))));
}

class ClusterMaker implements Clustering {
  readonly clusterOf = new Map<Node, Cluster>();
  readonly pieces = new Map<Node, View>();
  private readonly views = new Map<Node, View>();
  private readonly outputs: ReadonlySet<Node>;
  private readonly nodes: Node[];
  private readonly copies: ReadonlySet<Node>;
  private readonly given: ReadonlyMap<Node, View>;
  /** Pointwise nodes that only one pointwise node reads: they are placed with it. */
  private readonly deferred: ReadonlySet<Node>;
  /** How many nodes read a node. */
  private readonly readers = new Map<Node, number>();
  /** The nodes that are views of a node, in order. */
  private readonly shownBy = new Map<Node, Node[]>();
  private ancestry = new Ancestry();
  private nextId = 0;

  constructor(outputs: readonly Node[], copies: ReadonlySet<Node>, given: ReadonlyMap<Node, View>) {
    this.nodes = nodesOf(outputs);
    this.outputs = new Set(outputs);
    this.deferred = findDeferred(this.nodes, outputs);
    for (const n of this.nodes) for (const x of new Set(n.inputs)) this.readers.set(x, (this.readers.get(x) ?? 0) + 1);
    this.copies = copies;
    this.given = given;
  }

  get clusters(): Cluster[] {
    return [...new Set(this.clusterOf.values())];
  }

  run(): Clustering {
    for (const n of this.nodes) {
      const moved = this.movement(n);
      this.views.set(n, moved ?? this.given.get(n) ?? identityView(n));
      if (moved || isFree(n) || isGiven(n)) continue;
      if (this.deferred.has(n)) continue;
      if (isPointwise(n)) this.placePointwise(n);
      else if (isReduction(n)) this.placeReduction(n);
      else if (isMaximum(n)) this.placeMaximum(n);
      else if (isMove(n)) this.fresh({ after: [n] });
      else if (n.op === 'pick') this.placePick(n);
      else this.fresh({ anchors: [n] });
    }
    fuseRows(this, this.clusterOf);
    this.ancestry = new Ancestry();
    for (const [n, c] of this.clusterOf) this.put(n, c);
    this.noteViews();
    // The outermost first, which may take in what stands inside.
    for (const n of [...this.nodes].reverse()) if (n.op === 'pad' || n.op === 'concat') this.writeInPlace(n);
    for (const n of this.nodes) if (n.op === 'pad') this.writeInside(n);
    return this;
  }

  viewOf(node: Node): View {
    return this.views.get(node)!;
  }

  /** The view that `n` is of its operand, or undefined where it is computed. */
  private movement(n: Node): View | undefined {
    if (!isMove(n) || this.copies.has(n)) return undefined;
    return moveView(n, this.views.get(n.inputs[0]!)!);
  }

  /** `n` belongs to `c`. */
  private put(n: Node, c: Cluster): void {
    this.clusterOf.set(n, c);
    for (const x of n.inputs) {
      const from = this.clusterOf.get(this.views.get(x)!.source);
      if (from && from !== c) this.ancestry.note(c, from);
    }
  }

  private fresh(parts: Partial<Omit<Cluster, 'id'>>): Cluster {
    const c: Cluster = { id: this.nextId++, anchors: [], before: [], after: [], ...parts };
    for (const n of nodesIn(c)) this.put(n, c);
    return c;
  }

  /**
   * Joins, with those that were deferred for it, the cluster of an operand where it can, and then draws the others' clusters
   * in. Deferring keeps what a gradient computes from a forward value out of the forward kernel, which would have to store it.
   */
  private placePointwise(n: Node): void {
    const group = this.groupOf(n);
    const candidates = this.operandClusters(group)
      .filter((c) => this.acceptsAfter(c, n.shape))
      .sort((a, b) => b.anchors.length - a.anchors.length || b.id - a.id);
    const home = candidates.find((c) => group.every((m) => this.mayJoin(m, c)));
    if (!home) {
      this.fresh({ after: group });
      return;
    }
    home.after = [...home.after, ...group].sort((a, b) => a.id - b.id);
    for (const m of group) this.put(m, home);
    for (const c of candidates) {
      if (c !== home && c.anchors.length === 0 && this.mayMerge(c, home)) this.merge(c, home);
    }
  }

  /** A node and what was deferred for it, in order. */
  private groupOf(n: Node): Node[] {
    const group = new Set([n]);
    for (const m of group) for (const x of m.inputs) if (this.deferred.has(x)) group.add(x);
    return [...group].sort((a, b) => a.id - b.id);
  }

  /** A reduction takes the pointwise cluster of its operand as its first stage, or joins an equal reduction's. */
  private placeReduction(n: Node): void {
    const x = n.inputs[0]!;
    const sibling = [...new Set(this.clusterOf.values())].find(
      (c) => c.anchors.some((a) => this.sameReduction(a, n)) && this.mayJoin(n, c),
    );
    if (sibling) {
      sibling.anchors.push(n);
      this.put(n, sibling);
      return;
    }
    const c = this.clusterOf.get(x);
    if (c && c.anchors.length === 0 && c.after.every((y) => isPointwise(y)) && sameShape(resultShape(c), x.shape)) {
      c.before = c.after;
      c.after = [];
      c.anchors = [n];
      this.put(n, c);
      return;
    }
    this.fresh({ anchors: [n] });
  }

  /** The maximum of a window and its place are found together. */
  private placeMaximum(n: Node): void {
    const other = this.nodes.find(
      (m) =>
        isMaximum(m) &&
        m.op !== n.op &&
        m.inputs[0] === n.inputs[0] &&
        this.clusterOf.has(m) &&
        sameWindows(m.attrs as WindowAttrs, n.attrs as WindowAttrs),
    );
    const c = other && this.clusterOf.get(other)!;
    if (!c || c.anchors.length > 1) {
      this.fresh({ anchors: [n] });
      return;
    }
    c.anchors.push(n);
    this.put(n, c);
  }

  /** A loop's results belong to the loop. */
  private placePick(n: Node): void {
    const c = this.clusterOf.get(n.inputs[0]!)!;
    c.anchors.push(n);
    this.put(n, c);
  }

  private sameReduction(a: Node, b: Node): boolean {
    if (a.op === 'argmax' || b.op === 'argmax' || !isReduction(a) || !isReduction(b)) return false;
    const [x, y] = [a.inputs[0]!, b.inputs[0]!];
    const axes = (n: Node) => (n as Node<'reduceSum'>).attrs.axes;
    if (!sameShape(x.shape, y.shape) || !sameShape(axes(a), axes(b))) return false;
    const c = this.clusterOf.get(a)!;
    return x === y || c.before.includes(y);
  }

  private operandClusters(group: readonly Node[]): Cluster[] {
    const found = group
      .flatMap((n) => n.inputs)
      .map((x) => this.clusterOf.get(x))
      .filter((c): c is Cluster => c !== undefined);
    return [...new Set(found)];
  }

  private acceptsAfter(c: Cluster, shape: Shape): boolean {
    if (!sameShape(resultShape(c), shape)) return false;
    if (c.anchors.length === 0) return c.after.every(isPointwise);
    return c.anchors.every(takesEpilogue);
  }

  /** Whether `n` may be computed at the points of `c`: what it reads elsewhere must not come from `c`. */
  private mayJoin(n: Node, c: Cluster): boolean {
    const isResult = (x: Node) => this.clusterOf.get(x) === c && !c.before.includes(x);
    for (const x of n.inputs) {
      const source = this.views.get(x)!.source;
      const from = this.clusterOf.get(source);
      if (from === undefined) continue;
      if (from === c) {
        if (source !== x || n.op === 'randomBits' || isReduction(n) === isResult(x)) return false;
      } else if (this.ancestry.reaches(from, c)) return false;
    }
    return true;
  }

  /** Whether two clusters of one shape may become one: no way between them but directly, and no view. */
  private mayMerge(a: Cluster, b: Cluster): boolean {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const needed = this.ancestry.neededBy(from);
      if (needed.has(to) && !nodesIn(from).every((n) => this.readsAtItsPoint(n, to))) return false;
      for (const c of needed) if (c !== to && this.ancestry.reaches(c, to)) return false;
    }
    // An anchor that reads what would become its own epilogue.
    return !b.anchors.some((n) => n.inputs.some((x) => this.clusterOf.get(this.views.get(x)!.source) === a));
  }

  /** Whether what `n` reads of `c` are results at the point that it is computed at. */
  private readsAtItsPoint(n: Node, c: Cluster): boolean {
    return n.inputs.every((x) => {
      const { source } = this.views.get(x)!;
      return this.clusterOf.get(source) !== c || (source === x && n.op !== 'randomBits' && !c.before.includes(x));
    });
  }

  /**
   * Parts of a concatenation that are computed pointwise, by one cluster or by several that can be one, are written where they
   * belong, and not copied there.
   */
  private writeInPlace(n: Node<'concat' | 'pad'>): void {
    const parts = this.partsOf(n, identityView(n));
    if (!parts.some(({ through }) => through.some((m) => m.op === 'concat'))) return;
    const nodes = new Set(parts.map((p) => p.node));
    const taken = new Set<Node>(parts.flatMap((p) => p.through));
    const shown = parts.some((p) => this.shownBy.get(p.node)?.some((m) => !taken.has(m) && !nodes.has(m)));
    const fit = parts.every(
      ({ node: x }) => isPointwise(x) && !this.outputs.has(x) && !this.pieces.has(x) && this.isAfter(x),
    );
    if (shown || !fit || nodes.size < parts.length || sizeOf(n.shape) === 0) return;
    const home = this.oneCluster([...nodes]);
    if (!home || home === this.clusterOf.get(n)) return;
    for (const { node: x, place } of parts) {
      this.showAt(x, place);
      this.pieces.set(x, place);
    }
    // What an outer one needs is taken before it, so that clusters never need each other.
    for (const m of [...taken].reverse()) if (m.op !== 'reshape') this.take(m, home);
  }

  private noteViews(): void {
    for (const m of this.nodes) {
      const view = this.views.get(m)!;
      if (view.source !== m) this.showAt(m, view);
    }
  }

  private showAt(m: Node, view: View): void {
    this.views.set(m, view);
    const known = this.shownBy.get(view.source);
    if (known) known.push(m);
    else this.shownBy.set(view.source, [m]);
  }

  /** What is padded is written between the constants, and read there by everybody else too. */
  private writeInside(n: Node<'pad'>): void {
    const x = n.inputs[0]!;
    const fit = isPointwise(x) && !this.outputs.has(x) && !this.pieces.has(x) && this.isAfter(x);
    const home = this.clusterOf.get(x);
    if (!isFrame(n) || !fit || home === this.clusterOf.get(n) || sizeOf(x.shape) === 0) return;
    const place = insideOf(n);
    const moved = this.movedViews(x, place);
    if (!moved) return;
    for (const [m, view] of moved) this.showAt(m, view);
    this.pieces.set(x, place);
    this.take(n, home!);
  }

  /** How `x` and what shows it are read where `x` lies at `place`, or undefined where strides do not express it. */
  private movedViews(x: Node, place: View): Map<Node, View> | undefined {
    const moved = new Map<Node, View>([[x, place]]);
    for (const m of this.shownBy.get(x) ?? []) {
      const view = moveView(m, moved.get(m.inputs[0]!)!);
      if (!view) return undefined;
      moved.set(m, view);
    }
    return moved;
  }

  /** What `n`, which lies at `place`, consists of, through concatenations and reshapes that only it reads. */
  private partsOf(n: Node, place: View): Part[] {
    const inside = (x: Node, at: View): Part[] => {
      const own = ['concat', 'reshape'].includes(x.op) && !this.outputs.has(x) && this.readers.get(x) === 1;
      const parts = own ? this.partsOf(x, at) : [];
      return (parts.length > 0 ? parts : [{ node: x, place: at, through: [] }]).map((p) => ({
        ...p,
        through: [n, ...p.through],
      }));
    };
    if (n.op === 'concat') {
      const step = place.strides[n.attrs.axis]!;
      let at = 0;
      return n.inputs.flatMap((x) => {
        const here = { ...place, offset: place.offset + at * step };
        at += x.shape[n.attrs.axis]!;
        return inside(x, here);
      });
    }
    const x = n.inputs[0]!;
    if (n.op === 'pad') return isFrame(n) ? inside(x, insideOf(n)) : [];
    const back = reshapedView(place, n.shape, x.shape);
    return back ? inside(x, back) : [];
  }

  /** `n`, which has been a cluster for itself, is written by `home`. */
  private take(n: Node, home: Cluster): void {
    this.ancestry.merge(this.clusterOf.get(n)!, home);
    this.clusterOf.set(n, home);
  }

  /** Whether `x` is computed in the last stage of a cluster that may write it anywhere. */
  private isAfter(x: Node): boolean {
    const c = this.clusterOf.get(x);
    return !!c && !c.rows && c.after.includes(x) && c.anchors.every((a) => PRIMITIVES[a.op].class === 'product');
  }

  /** The cluster that computes all of `nodes`, or undefined where there is none and none can be made. */
  private oneCluster(nodes: readonly Node[]): Cluster | undefined {
    const clusters = [...new Set(nodes.map((x) => this.clusterOf.get(x)!))].sort((a, b) => a.id - b.id);
    const home = clusters[0]!;
    if (clusters.length === 1) return home;
    const shape = resultShape(home);
    const isOne = (c: Cluster) => c.anchors.length === 0 && sameShape(resultShape(c), shape);
    if (!clusters.every(isOne)) return undefined;
    for (const c of clusters.slice(1)) {
      if (!this.mayMerge(c, home)) return undefined;
      this.merge(c, home);
    }
    return home;
  }

  private merge(from: Cluster, to: Cluster): void {
    this.ancestry.merge(from, to);
    to.after = [...from.after, ...to.after].sort((a, b) => a.id - b.id);
    for (const n of from.after) this.clusterOf.set(n, to);
  }
}
