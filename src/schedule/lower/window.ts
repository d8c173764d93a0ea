import type { Node } from '../../graph/node.ts';
import { sizeOf } from '../../graph/shape.ts';
import { type Affine, affine, KernelBuilder, scale, sum } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import * as math from '../../kernel/math/index.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Cluster } from '../cluster.ts';
import type { View } from '../view.ts';
import { Emitter, type Point, type Surroundings } from './emitter.ts';
import { inSequence, type Lowered, NOTHING } from './lowered.ts';
import { nest, readsOf, writesOf } from './map.ts';
import type { Space } from './space.ts';

/** Windows of so many elements are written out instead of looped. */
const UNROLL = 16;

/** Every loop apart, so that a window's offset can be added along each axis. */
export function plainSpace(shape: readonly number[]): Space {
  return { sizes: shape, tags: shape.map(() => 0), axes: shape.map((_, i) => i) };
}

/** Offsets of a window's elements along each axis, the last axis fastest. */
export function windowOffsets(window: readonly number[]): number[][] {
  let out: number[][] = [[]];
  for (const n of window) out = out.flatMap((o) => Array.from({ length: n }, (_, i) => [...o, i]));
  return out;
}

/** The first element of every window, seen over the space of windows. */
export function windowView(view: View, strides: readonly number[]): View {
  return { ...view, strides: view.strides.map((s, i) => s * strides[i]!) };
}

/** Maximum or sum over windows (without padding), with what follows it. */
export function lowerWindow(cluster: Cluster, world: Surroundings, facts: TargetFacts): Lowered {
  const anchor = cluster.anchors[0] as Node<'windowReduce'>;
  const { window, strides, kind } = anchor.attrs;
  if (sizeOf(anchor.shape) === 0) return NOTHING;
  const x = world.viewOf(anchor.inputs[0]!);
  const local = new Set([anchor, ...cluster.after]);
  const b = new KernelBuilder(`${kind} window ${cluster.after.map((n) => n.op).join(' ')}`, facts.lanes, facts.fma);
  const reads = [world.storageOf(x.source), ...readsOf(world, cluster.after, local)];
  const e = new Emitter(b, world, reads, writesOf(world, [anchor, ...cluster.after]));
  const space = plainSpace(anchor.shape);
  const first = windowView(x, strides);
  const join = (a: ValueId, v: ValueId) => (kind === 'max' ? math.maximum(b, a, v) : b.op('add', a, v));
  const element = (point: Point, offset: readonly Affine[]) =>
    e.viewed(space, first, point, sum(offset.map((o, i) => scale(o, x.strides[i]!))));
  const looped = (point: Point, axis: number, offset: readonly Affine[], state: ValueId): ValueId => {
    if (axis === window.length) return join(state, element(point, offset));
    const next = (i: Affine, s: ValueId) => looped(point, axis + 1, [...offset, i], s);
    if (window[axis] === 1) return next(affine(0), state);
    return b.loop(affine(0), affine(window[axis]!), 1, [state], (i, [s]) => [next(i, s!)])[0]!;
  };
  const reduce = (point: Point): ValueId => {
    if (sizeOf(window) > UNROLL) return looped(point, 0, [], b.float(kind === 'max' ? Number.NEGATIVE_INFINITY : 0));
    return windowOffsets(window)
      .map((o) =>
        element(
          point,
          o.map((k) => affine(k)),
        ),
      )
      .reduce(join);
  };
  const domain = nest(b, space, (point) => {
    const value = reduce(point);
    if (world.isStored(anchor)) e.store(space, anchor, point, value);
    e.stage(space, cluster.after, point, new Map([[anchor, value]]));
  });
  const cost = 2 + (sizeOf(anchor.shape) * sizeOf(window)) / 16;
  return inSequence([{ kernel: b.finish(domain), args: e.args, cost }]);
}
