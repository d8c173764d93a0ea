import type { Node } from '../../graph/node.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
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

/** A window's value so far and, for a maximum whose place is asked for, the place. */
interface Joining {
  empty(): ValueId[];
  first(value: ValueId): ValueId[];
  /** `place` is the number of the element in its window. */
  join(state: readonly ValueId[], value: ValueId, place: Affine): ValueId[];
}

function joining(b: KernelBuilder, kind: 'max' | 'sum', withPlace: boolean): Joining {
  if (!withPlace) {
    const join = (a: ValueId, v: ValueId) => (kind === 'max' ? math.maximum(b, a, v) : b.op('add', a, v));
    return {
      empty: () => [b.float(kind === 'max' ? Number.NEGATIVE_INFINITY : 0)],
      first: (v) => [v],
      join: ([a], v) => [join(a!, v)],
    };
  }
  return {
    empty: () => [b.float(Number.NEGATIVE_INFINITY), b.int(0)],
    first: (v) => [v, b.int(0)],
    join: ([top, place], v, at) => {
      const firstNan = b.op('mand', b.op('unord', v, v), b.op('mnot', b.op('unord', top!, top!)));
      const better = b.op('mor', b.op('lt', top!, v), firstNan);
      return [b.op('select', better, v, top!), b.op('iselect', better, b.splatIndex(at), place!)];
    },
  };
}

/** Maximum (its place, or both) or sum over windows without padding, with what follows it. */
export function lowerWindow(cluster: Cluster, world: Surroundings, facts: TargetFacts): Lowered {
  const { anchors } = cluster;
  const anchor = anchors[0] as Node<'windowReduce' | 'windowArgmax'>;
  const { window, strides } = anchor.attrs;
  if (sizeOf(anchor.shape) === 0) return NOTHING;
  const x = world.viewOf(anchor.inputs[0]!);
  const local = new Set([...anchors, ...cluster.after]);
  const name = [...anchors.map((n) => n.op), ...cluster.after.map((n) => n.op)].join(' ');
  const b = new KernelBuilder(name, facts.lanes, facts.fma);
  const reads = [world.storageOf(x.source), ...readsOf(world, cluster.after, local)];
  const e = new Emitter(b, world, reads, writesOf(world, [...anchors, ...cluster.after]));
  const kind = anchor.op === 'windowReduce' ? anchor.attrs.kind : 'max';
  const joined = joining(
    b,
    kind,
    anchors.some((n) => n.op === 'windowArgmax'),
  );
  const space = plainSpace(anchor.shape);
  const reduce = windowReducer(joined, e, space, x, window, strides);
  const domain = nest(b, space, (point) => {
    const state = reduce(point);
    const values = new Map(anchors.map((n) => [n, state[n.op === 'windowArgmax' ? 1 : 0]!]));
    for (const n of anchors) if (world.isStored(n)) e.store(space, n, point, values.get(n)!);
    e.stage(space, cluster.after, point, values);
  });
  const cost = 2 + (sizeOf(anchor.shape) * sizeOf(window)) / 16;
  return inSequence([{ kernel: b.finish(domain), args: e.args, cost }]);
}

/** Joins the elements of the window at a point: written out if they are few, else looped over. */
function windowReducer(
  joined: Joining,
  e: Emitter,
  space: Space,
  x: View,
  window: readonly number[],
  strides: readonly number[],
): (point: Point) => readonly ValueId[] {
  const first = windowView(x, strides);
  const numbers = stridesOf(window);
  const step = (point: Point, offset: readonly Affine[], state: readonly ValueId[]) => {
    const beyond = sum(offset.map((o, i) => scale(o, x.strides[i]!)));
    return joined.join(state, e.viewed(space, first, point, beyond), sum(offset.map((o, i) => scale(o, numbers[i]!))));
  };
  const looped = (
    point: Point,
    axis: number,
    offset: readonly Affine[],
    state: readonly ValueId[],
  ): readonly ValueId[] => {
    if (axis === window.length) return step(point, offset, state);
    const next = (i: Affine, s: readonly ValueId[]) => looped(point, axis + 1, [...offset, i], s);
    if (window[axis] === 1) return next(affine(0), state);
    return e.b.loop(affine(0), affine(window[axis]!), 1, state, (i, s) => next(i, s));
  };
  return (point) => {
    if (sizeOf(window) > UNROLL) return looped(point, 0, [], joined.empty());
    const places = windowOffsets(window).map((o) => o.map((k) => affine(k)));
    const [head, ...rest] = places;
    const start = e.viewed(space, first, point, sum(head!.map((o, i) => scale(o, x.strides[i]!))));
    return rest.reduce<readonly ValueId[]>((state, o) => step(point, o, state), joined.first(start));
  };
}
