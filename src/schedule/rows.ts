import type { Node } from '../graph/node.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { type Shape, sameShape, sizeOf, stridesOf } from '../graph/shape.ts';
import { type Cluster, type Clustering, isPointwise, nodesIn } from './cluster.ts';
import type { View } from './view.ts';

/** A row of at most so many elements stays in the nearest cache from pass to pass (in registers, where it is short). */
const COLUMNS = 4096;
/** Long rows need so many, for as many threads. */
const LONG = { columns: 64, rows: 16 };
/** Vectors that a kernel may compute a row, or a step of a long row, as a bound of its length. */
const WORK = 400;

/**
 * Joins clusters that work row by row into one: a softmax, its logarithm, the loss and its gradient are reductions along the
 * last axis with pointwise nodes before, between and behind, and all that a row needs fits the registers or the nearest cache.
 */
export function fuseRows(clustering: Clustering, clusterOf: Map<Node, Cluster>): void {
  for (const seed of clustering.clusters) {
    const domain = rowDomain(seed);
    if (!domain || clusterOf.get(nodesIn(seed)[0]!) !== seed) continue;
    const region = new Region(clustering, clusterOf, domain);
    region.grow(seed);
    if (region.clusters.size < 2) continue;
    const nodes = [...region.clusters].flatMap(nodesIn).sort((a, b) => a.id - b.id);
    const fused: Cluster = { id: seed.id, anchors: [], before: [], after: [], rows: { ...domain, nodes } };
    for (const n of nodes) clusterOf.set(n, fused);
  }
}

interface Domain {
  readonly shape: Shape;
  readonly count: number;
  readonly columns: number;
}

const isReduction = (n: Node) => PRIMITIVES[n.op].class === 'reduce';

function axesOf(n: Node): readonly number[] {
  return n.op === 'argmax' ? [n.attrs.axis] : (n as Node<'reduceSum'>).attrs.axes;
}

/** The rows of a cluster of reductions along the last axis. */
function rowDomain(c: Cluster): Domain | undefined {
  const anchor = c.anchors[0];
  if (c.rows || !anchor || !isReduction(anchor)) return undefined;
  const { shape } = anchor.inputs[0]!;
  const columns = shape[shape.length - 1]!;
  const count = sizeOf(shape) / columns;
  const along = axesOf(anchor);
  const last = along.length === 1 && along[0] === shape.length - 1;
  const enough = columns > LONG.columns ? columns <= COLUMNS && count >= LONG.rows : columns >= 2 && count >= 1;
  return last && enough ? { shape, count, columns } : undefined;
}

/** Clusters that become one, about a domain. */
class Region {
  readonly clusters = new Set<Cluster>();
  private readonly clustering: Clustering;
  private readonly clusterOf: Map<Node, Cluster>;
  private readonly domain: Domain;
  private readonly readers = new Map<Cluster, Set<Cluster>>();

  constructor(clustering: Clustering, clusterOf: Map<Node, Cluster>, domain: Domain) {
    this.clustering = clustering;
    this.clusterOf = clusterOf;
    this.domain = domain;
    for (const c of clustering.clusters) {
      for (const d of this.sources(c)) this.readers.set(d, (this.readers.get(d) ?? new Set()).add(c));
    }
  }

  grow(seed: Cluster): void {
    this.clusters.add(seed);
    for (let grown = true; grown; ) {
      grown = false;
      for (const c of this.neighbours()) {
        if (!(this.fits(c) ? this.take(c) : this.takeFirstStage(c))) continue;
        grown = true;
      }
    }
  }

  private take(c: Cluster): boolean {
    const taken = this.joins(c);
    if (taken) this.clusters.add(c);
    return taken;
  }

  /**
   * Takes the first stage of a reduction along other axes, where its results must be stored for others anyway: the region has
   * the rows at hand, and who needs them need not wait for the reduction.
   */
  private takeFirstStage(c: Cluster): boolean {
    const { before } = c;
    const operands = c.anchors.flatMap((a) => a.inputs);
    const isShared = (x: Node) => before.includes(x) && this.isReadOutside(x, c);
    if (before.length === 0 || !operands.every(isShared)) return false;
    const stage: Cluster = {
      id: 1 + Math.max(...this.clustering.clusters.map((d) => d.id)),
      anchors: [],
      before: [],
      after: before,
    };
    c.before = [];
    for (const n of before) this.clusterOf.set(n, stage);
    if (this.fits(stage) && this.take(stage)) {
      this.readers.set(stage, new Set([c, ...(this.readers.get(c) ?? [])]));
      return true;
    }
    c.before = before;
    for (const n of before) this.clusterOf.set(n, c);
    return false;
  }

  private isReadOutside(x: Node, c: Cluster): boolean {
    return [...(this.readers.get(c) ?? [])].some((d) =>
      nodesIn(d).some((n) => n.inputs.some((y) => this.clustering.viewOf(y).source === x)),
    );
  }

  private neighbours(): Cluster[] {
    const out = new Set<Cluster>();
    for (const c of this.clusters) for (const d of [...this.sources(c), ...(this.readers.get(c) ?? [])]) out.add(d);
    return [...out].filter((c) => !this.clusters.has(c)).sort((a, b) => a.id - b.id);
  }

  private sources(c: Cluster): Set<Cluster> {
    const out = new Set<Cluster>();
    for (const n of nodesIn(c)) {
      for (const x of n.inputs) {
        const d = this.clusterOf.get(this.clustering.viewOf(x).source);
        if (d && d !== c) out.add(d);
      }
    }
    return out;
  }

  /** Whether a cluster's nodes all have the domain's rows. */
  private fits(c: Cluster): boolean {
    if (c.rows) return false;
    const nodes = nodesIn(c);
    const work = [...this.clusters].reduce((n, d) => n + nodesIn(d).length, nodes.length);
    const vectors = Math.ceil(Math.min(this.domain.columns, LONG.columns) / 16);
    if (work * vectors > WORK) return false;
    return nodes.every((n) => {
      if (isReduction(n)) {
        const { shape } = n.inputs[0]!;
        return sameShape(shape, this.domain.shape) && axesOf(n).length === 1 && axesOf(n)[0] === shape.length - 1;
      }
      return isPointwise(n) && (this.isFull(n) || sizeOf(n.shape) === this.domain.count);
    });
  }

  private isFull(n: Node): boolean {
    return !isReduction(n) && sameShape(n.shape, this.domain.shape);
  }

  /** Whether all that passes between the region and a cluster stays in its row, and nothing goes around outside. */
  private joins(c: Cluster): boolean {
    const all = [...this.clusters, c];
    const members = new Set(all);
    const readable = all.every((d) => nodesIn(d).every((n) => n.inputs.every((x) => this.staysInRow(n, x, members))));
    return readable && !this.leavesAndReturns(members);
  }

  private staysInRow(n: Node, x: Node, members: ReadonlySet<Cluster>): boolean {
    const view = this.clustering.viewOf(x);
    const from = this.clusterOf.get(view.source);
    if (!from || !members.has(from)) return true;
    if (n.op === 'randomBits') return false; // it reads its whole key
    if (this.isFull(view.source)) return view.source === x && (this.isFull(n) || isReduction(n));
    if (isReduction(n)) return false;
    return this.isFull(n) ? spreadsRows(view, this.domain.shape) : isLinear(view, x.shape);
  }

  /** Whether a way from a member to a member leads through other clusters. */
  private leavesAndReturns(members: ReadonlySet<Cluster>): boolean {
    const seen = new Set<Cluster>();
    const stack = [...members].flatMap((c) => [...this.sources(c)]).filter((c) => !members.has(c));
    while (stack.length > 0) {
      const c = stack.pop()!;
      if (members.has(c)) return true;
      // Nodes' ages say nothing here: a cluster of old nodes may need one that holds both old and young ones.
      if (seen.has(c)) continue;
      seen.add(c);
      stack.push(...this.sources(c));
    }
    return false;
  }
}

/** Row i of the source, in every column of row i. */
function spreadsRows(view: View, shape: Shape): boolean {
  const last = shape.length - 1;
  const rows = stridesOf(shape.slice(0, last));
  return view.offset === 0 && view.strides[last] === 0 && rows.every((s, i) => shape[i] === 1 || view.strides[i] === s);
}

/** Element i of the source is element i. */
function isLinear(view: View, shape: Shape): boolean {
  const natural = stridesOf(shape);
  return view.offset === 0 && natural.every((s, i) => shape[i] === 1 || view.strides[i] === s);
}
