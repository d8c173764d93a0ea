import type { Node } from '../../graph/node.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
import { type Affine, affine, KernelBuilder, scale } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import { isFree } from '../cluster.ts';
import { identityView, type View } from '../view.ts';
import { fillCall } from './copy.ts';
import { constantOf, Emitter, type Point, type Surroundings } from './emitter.ts';
import { INDEX, indexAt, indicesAt, partsOf } from './indices.ts';
import { blocks, planItems, unflatten, vectors } from './items.ts';
import { inSequence, type Lowered, NOTHING } from './lowered.ts';
import { nest } from './map.ts';
import { makeSpace, type Space } from './space.ts';

/** Rows of the operand in the order of the indices: whole vectors of a row where rows are long, else lane by lane. */
export function lowerGather(n: Node<'gather'>, world: Surroundings, facts: TargetFacts): Lowered {
  if (sizeOf(n.shape) === 0) return NOTHING;
  const [x, indices] = n.inputs as [Node, Node];
  const size = x.shape[n.attrs.axis]!;
  if (size === 0) return inSequence([fillCall('gather', world, facts, n.shape, identityView(n), 0)]);
  const parts = partsOf(x.shape.length, n.attrs.axis, indices.shape.length);
  const { view, stride } = parts.lift(world.viewOf(x));
  const order = parts.liftIndices(world.viewOf(indices));
  const space = makeSpace(n.shape, [view.strides, order.strides, stridesOf(n.shape)], parts.tags);
  const b = new KernelBuilder('gather', facts.lanes, facts.fma);
  const reads = [view, order].map((v) => world.storageOf(v.source));
  const e = new Emitter(b, world, reads, [world.storageOf(n)]);
  const last = space.sizes.length - 1;
  const elements = sizeOf(n.shape);
  if (last >= 0 && space.tags[last] === INDEX) {
    const domain = nest(b, space, (point) => {
      const rows = indicesAt(e, space, order, point, size);
      e.store(space, n, point, gathered(e, space, view, stride, point, rows));
    });
    return inSequence([{ kernel: b.finish(domain), args: e.args, cost: 2 + elements / 2 }]);
  }
  const domain = rows(e, space, (at) => {
    const row = scale(indexAt(e, space, order, at, size), stride);
    return (point) => e.store(space, n, point, e.viewed(space, view, point, row));
  });
  const length = last < 0 ? 1 : space.sizes[last]!;
  return inSequence([{ kernel: b.finish(domain), args: e.args, cost: 2 + elements / 8 + elements / length }]);
}

/** Lane i is the element `stride * index[i]` behind the view's element at the point. */
function gathered(e: Emitter, space: Space, view: View, stride: number, point: Point, index: ValueId): ValueId {
  const { b } = e;
  const { source } = view;
  const at = e.address(space, view, { ...point, at: point.at.map((a, i) => (i === point.lane ? affine(0) : a)) });
  const offsets = stride === 1 ? index : b.op('imul', index, b.int(stride));
  if (source.op === 'constant') return constantOf(b, source.dtype, source.attrs.value);
  if (isFree(source)) return b.op('iadd', b.splatIndex(at), offsets);
  const loaded = b.gather(e.buffer(source), at, offsets, point.count < b.lanes ? point.count : undefined);
  return source.dtype === 'bool' ? b.op('iltu', b.int(0), loaded) : loaded;
}

/** Loops over a space like `nest`; `row` runs once where the loops of the indices are fixed. Returns the number of items. */
function rows(e: Emitter, space: Space, row: (at: readonly Affine[]) => (point: Point) => void): number {
  const { b } = e;
  const { sizes, tags } = space;
  const last = sizes.length - 1;
  const depth = tags.lastIndexOf(INDEX) + 1;
  const zeros = sizes.map(() => affine(0));
  const whole = (at: readonly Affine[]) => [...at, ...zeros.slice(at.length)];
  if (last < 0) {
    row([])({ at: [], lane: -1, count: 1 });
    return 1;
  }
  const { outer, block, domain } = planItems(sizes, b.lanes);
  const places = unflatten(b, affine(0, [b.item, 1]), [...sizes.slice(0, outer), Math.ceil(sizes[last]! / block)]);
  const inside = (at: readonly Affine[], put: ((point: Point) => void) | undefined): void => {
    const body = put ?? (at.length >= depth ? row(whole(at)) : undefined);
    if (at.length < last) return b.times(sizes[at.length]!, 1, (i) => inside([...at, i], body));
    blocks(b, places[outer]!, sizes[last]!, block, (from, n) =>
      vectors(b, from, n, (i, count) => body!({ at: [...at, i], lane: last, count })),
    );
  };
  inside(places.slice(0, outer), undefined);
  return domain;
}
