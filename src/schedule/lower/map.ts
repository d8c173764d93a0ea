import type { Node } from '../../graph/node.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
import { type Affine, affine, KernelBuilder, scale, sum } from '../../kernel/builder.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import { type Cluster, isPointwise, nodesIn } from '../cluster.ts';
import { samplesOf } from '../samples.ts';
import { moveView, type View } from '../view.ts';
import { Emitter, type Point, type Surroundings } from './emitter.ts';
import { blocks, dealtOut, planItems, unflatten, vectors } from './items.ts';
import { inSequence, type Lowered, NOTHING } from './lowered.ts';
import { loopStrides, makeSpace, rowTags, type Space } from './space.ts';
import { lowerTranspose, transposeAxis } from './transpose.ts';

/** Every storage that a stage of pointwise nodes reads, with its strides over the stage's shape. */
export function accesses(world: Surroundings, nodes: readonly Node[], local: ReadonlySet<Node>): View[] {
  const views: View[] = [];
  for (const n of nodes) {
    if (n.op === 'randomBits') views.push({ source: n, offset: 0, strides: stridesOf(n.shape) });
    else for (const x of n.inputs) if (!local.has(x)) views.push(world.viewOf(x));
  }
  return views;
}

/** The storage read by a cluster's pointwise nodes (and the keys of random bits). */
export function readsOf(world: Surroundings, nodes: readonly Node[], local: ReadonlySet<Node>): Node[] {
  const inputs = nodes.flatMap((n) => n.inputs).filter((x) => !local.has(x));
  return inputs.map((x) => world.storageOf(world.viewOf(x).source));
}

export function writesOf(world: Surroundings, nodes: readonly Node[]): Node[] {
  return nodes.filter((n) => world.isStored(n)).map((n) => world.storageOf(world.pieceOf(n)?.source ?? n));
}

/** Items beyond which more of them share no better: what an item does should be worth its start. */
const PLENTY = 1024;

/** A cluster of pointwise nodes, or one movement that copies its operand. */
export function lowerMap(cluster: Cluster, world: Surroundings, of: TargetFacts): Lowered {
  const nodes = nodesIn(cluster);
  const first = nodes[0]!;
  const copied = isPointwise(first) ? undefined : first;
  const facts = copied ? of : dealtOut(first.shape, sizeOf(first.shape) * nodes.length, of);
  // A copy runs over its operand's shape: row-major, both have the elements in the same order.
  const view = copied && copiedView(world, copied);
  const shape = view ? view.shape : first.shape;
  if (sizeOf(shape) === 0) return NOTHING;
  const local = new Set(nodes);
  const stores = stridesOf(shape);
  const views = view ? [view.view] : accesses(world, nodes, local);
  const pieces = nodes.flatMap((n) => world.pieceOf(n) ?? []);
  const space = makeSpace(shape, [stores, ...[...views, ...pieces].map((v) => v.strides)], rowTags(shape, facts));
  const b = new KernelBuilder(`map ${nodes.map((n) => n.op).join(' ')}`, facts.lanes, facts.fma);
  const reads = view ? [world.storageOf(view.view.source)] : readsOf(world, nodes, local);
  const emitter = new Emitter(b, world, reads, writesOf(world, nodes));
  const body = (point: Point) => {
    if (!copied) emitter.stage(space, nodes, point, new Map());
    else emitter.store(space, copied, point, emitter.viewed(space, view!.view, point), shape);
  };
  const across = facts.byRows ? undefined : copied && transposeAxis(space, loopStrides(space, view!.view.strides));
  const domain =
    across !== undefined && copied!.dtype !== 'bool'
      ? lowerTranspose(emitter, space, view!.view, { node: copied!, shape }, across)
      : nest(b, space, body, facts.byRows, samplesOf(first));
  const cost = 2 + (sizeOf(shape) * (1 + nodes.length)) / 16;
  return inSequence([{ kernel: b.finish(domain), args: emitter.args, cost }]);
}

function copiedView(world: Surroundings, n: Node): { view: View; shape: readonly number[] } {
  const x = n.inputs[0]!;
  return n.op === 'reshape'
    ? { view: world.viewOf(x), shape: x.shape }
    : { view: movedView(n, world.viewOf(x)), shape: n.shape };
}

function movedView(n: Node, view: View): View {
  const moved = moveView(n, view);
  if (!moved) throw new Error(`${n.op}: not a view`);
  return moved;
}

/** Loops over a space with lanes along the last loop; returns the number of items. */
export function nest(
  b: KernelBuilder,
  space: Space,
  body: (point: Point) => void,
  byRows = false,
  samples = 1,
): number {
  const { sizes } = space;
  const last = sizes.length - 1;
  if (last < 0) {
    body({ at: [], lane: -1, count: 1 });
    return 1;
  }
  const { outer, block, domain } = planItems(sizes, b.lanes, byRows, samples);
  const pieces = Math.ceil(sizes[last]! / block);
  const item = affine(0, [b.item, 1]);
  const group = byRows || outer === 0 ? 1 : groupOf(sizes[outer - 1]!, domain);
  const places = unflatten(b, item, [
    ...sizes.slice(0, Math.max(0, outer - 1)),
    ...(outer > 0 ? [sizes[outer - 1]! / group] : []),
    pieces,
  ]);
  const inside = (at: readonly Affine[], axis: number): void => {
    if (axis < last) return b.times(sizes[axis]!, 1, (i) => inside([...at, i], axis + 1));
    blocks(b, places[outer]!, sizes[last]!, block, (from, n) =>
      vectors(b, from, n, (i, count) => body({ at: [...at, i], lane: last, count })),
    );
  };
  if (group === 1) inside(places.slice(0, outer), outer);
  else {
    const first = scale(places[outer - 1]!, group);
    b.times(group, 1, (i) => inside([...places.slice(0, outer - 1), sum([first, i])], outer));
  }
  return domain / group;
}

/** Items of which there are plenty take some iterations of their innermost loop, out of `size`, together. */
function groupOf(size: number, items: number): number {
  for (let group = Math.min(size, Math.floor(items / PLENTY)); group > 1; group--) if (size % group === 0) return group;
  return 1;
}
