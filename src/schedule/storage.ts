import { node } from '../graph/build.ts';
import { bytesPerElement } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { sameShape, sizeOf } from '../graph/shape.ts';
import { type Cluster, type Clustering, isPointwise, nodesIn } from './cluster.ts';
import { isWhole } from './view.ts';

/** A variable that a program changes. */
export interface Update {
  readonly target: Node;
  readonly value: Node;
}

/** What must run before what, and where each value lies. */
export interface Storage {
  /** Clusters that must run before the key, beside those whose results it reads. */
  readonly before: ReadonlyMap<Cluster, ReadonlySet<Cluster>>;
  /** The node whose memory a node's value has, where that is not its own. */
  readonly home: ReadonlyMap<Node, Node>;
  /** Values that must be copied into variables when everything else is done. */
  readonly late: readonly { readonly copy: Node; readonly value: Node; readonly target: Node }[];
}

/**
 * Decides which updates are written straight into their variables: those whose cluster can run after everything that reads
 * the old value, and itself reads it only at the place that it writes.
 */
export function placeUpdates(clustering: Clustering, updates: readonly Update[]): Storage {
  const before = new Map<Cluster, Set<Cluster>>();
  const home = new Map<Node, Node>();
  const late: { copy: Node; value: Node; target: Node }[] = [];
  const readers = readersOf(clustering);
  for (const { target, value } of updates) {
    const writer = clustering.clusterOf.get(value)!;
    const others = [...(readers.get(target) ?? [])].filter((c) => c !== writer);
    const inPlace =
      readsInPlace(clustering, writer, target, value) && !others.some((c) => runsAfter(clustering, before, c, writer));
    if (!inPlace) {
      late.push({ copy: node('reshape', [value], { shape: value.shape }), value, target });
      continue;
    }
    home.set(value, target);
    const first = before.get(writer) ?? new Set();
    for (const c of others) first.add(c);
    before.set(writer, first);
  }
  return { before, home, late };
}

function readersOf(clustering: Clustering): Map<Node, Set<Cluster>> {
  const readers = new Map<Node, Set<Cluster>>();
  for (const c of clustering.clusters) {
    for (const n of nodesIn(c)) {
      for (const x of n.inputs) {
        const { source } = clustering.viewOf(x);
        const known = readers.get(source) ?? new Set();
        readers.set(source, known.add(c));
      }
    }
  }
  return readers;
}

/** Whether the cluster that makes `value` reads the variable, if at all, only where it writes it. */
function readsInPlace(clustering: Clustering, c: Cluster, target: Node, value: Node): boolean {
  for (const n of nodesIn(c)) {
    for (const x of n.inputs) {
      const view = clustering.viewOf(x);
      if (view.source !== target) continue;
      const sameStage = c.after.includes(n) && c.after.includes(value) && isPointwise(n) && n.op !== 'randomBits';
      if (!sameStage || !isWhole(view, x.shape) || !sameShape(x.shape, value.shape)) return false;
    }
  }
  return true;
}

/** Whether `c` needs something that `writer` makes (then it cannot run before it). */
function runsAfter(
  clustering: Clustering,
  before: ReadonlyMap<Cluster, ReadonlySet<Cluster>>,
  c: Cluster,
  writer: Cluster,
): boolean {
  const seen = new Set<Cluster>();
  const stack = [c];
  while (stack.length > 0) {
    const here = stack.pop()!;
    if (here === writer) return true;
    if (seen.has(here)) continue;
    seen.add(here);
    stack.push(...needs(clustering, here), ...(before.get(here) ?? []));
  }
  return false;
}

/** The clusters whose results a cluster reads. */
export function needs(clustering: Clustering, c: Cluster): Cluster[] {
  const out = new Set<Cluster>();
  for (const n of nodesIn(c)) {
    for (const x of n.inputs) {
      const from = clustering.clusterOf.get(clustering.viewOf(x).source);
      if (from && from !== c) out.add(from);
    }
  }
  return [...out];
}

/** Bytes of a node's value. */
export function bytesOf(n: Node): number {
  return sizeOf(n.shape) * bytesPerElement(n.dtype);
}
