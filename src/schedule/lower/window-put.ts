import { node } from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
import { type Affine, affine, KernelBuilder, scale, sum } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Cluster } from '../cluster.ts';
import type { View } from '../view.ts';
import { Emitter, type Point, type Surroundings } from './emitter.ts';
import { unflatten, vectors } from './items.ts';
import { inSequence, type Lowered, NOTHING } from './lowered.ts';
import { readsOf, writesOf } from './map.ts';
import type { Space } from './space.ts';
import { plainSpace, windowOffsets } from './window.ts';

/**
 * Each window's value put at its place. Where windows tile the result, each element is written once, through what follows;
 * else values are added in memory first.
 */
export function lowerWindowPut(cluster: Cluster, world: Surroundings, facts: TargetFacts): Lowered {
  const anchor = cluster.anchors[0] as Node<'windowPut'>;
  if (sizeOf(anchor.shape) === 0) return NOTHING;
  return new WindowPut(anchor, cluster, world, facts).run();
}

class WindowPut {
  private readonly anchor: Node<'windowPut'>;
  private readonly cluster: Cluster;
  private readonly windows: Space;
  private readonly operand: Space;
  private readonly places: View;
  private readonly values: View;
  /** Axes along which windows are single elements; the last axis carries the lanes if it is one of them. */
  private readonly single: number[];
  private readonly spanned: number[];
  private readonly lane: number;
  private readonly tiles: boolean;
  private readonly home: Node | undefined;
  private readonly scratch: Node[] = [];
  private readonly b: KernelBuilder;
  private readonly e: Emitter;

  constructor(anchor: Node<'windowPut'>, cluster: Cluster, world: Surroundings, facts: TargetFacts) {
    this.anchor = anchor;
    this.cluster = cluster;
    const { window, strides } = anchor.attrs;
    const [places, values] = anchor.inputs as [Node, Node];
    this.places = world.viewOf(places);
    this.values = world.viewOf(values);
    this.windows = plainSpace(values.shape);
    this.operand = plainSpace(anchor.shape);
    const axes = window.map((_, i) => i);
    this.single = axes.filter((i) => window[i] === 1 && strides[i] === 1);
    this.spanned = axes.filter((i) => !this.single.includes(i));
    const last = axes.length - 1;
    this.lane = this.single.includes(last) ? last : -1;
    this.tiles = axes.every((i) => window[i] === strides[i] && values.shape[i]! * window[i]! === anchor.shape[i]);
    if (world.isStored(anchor)) this.home = world.storageOf(anchor);
    else if (!this.tiles) {
      this.home = node('input', [], { name: 'sum', shape: anchor.shape, dtype: 'float32' });
      this.scratch.push(this.home);
    }
    const local = new Set([anchor, ...cluster.after]);
    this.b = new KernelBuilder([anchor, ...cluster.after].map((n) => n.op).join(' '), facts.lanes, facts.fma);
    const written = [...writesOf(world, cluster.after), ...(this.home ? [this.home] : [])];
    const read = [this.places, this.values].map((v) => world.storageOf(v.source));
    const again = this.tiles ? [] : [this.home!];
    const { home } = this;
    const known: Surroundings = {
      viewOf: (n) => world.viewOf(n),
      isStored: (n) => world.isStored(n),
      pieceOf: (n) => world.pieceOf(n),
      storageOf: (n) => (n === home ? n : world.storageOf(n)),
    };
    this.e = new Emitter(this.b, known, [...read, ...again, ...readsOf(world, cluster.after, local)], written);
  }

  run(): Lowered {
    const { b, anchor, lane, single } = this;
    const outer = single.filter((i) => i !== lane);
    const sizes = outer.map((i) => anchor.shape[i]!);
    const places = unflatten(b, affine(0, [b.item, 1]), sizes);
    const at = anchor.shape.map((_, i) => (outer.includes(i) ? places[outer.indexOf(i)]! : affine(0)));
    if (!this.tiles) this.everyElement(at, (p) => this.put(p, b.float(0)));
    this.everyWindow(at, (p) => this.spread(p));
    if (!this.tiles && this.cluster.after.length > 0) {
      this.everyElement(at, (p) => this.e.stage(this.operand, this.cluster.after, p, new Map([[anchor, this.get(p)]])));
    }
    const cost = 2 + sizeOf(anchor.shape) / 4;
    return inSequence([{ kernel: b.finish(sizeOf(sizes)), args: this.e.args, cost }], this.scratch);
  }

  private everyElement(at: readonly Affine[], body: (point: Point) => void): void {
    this.loops(this.anchor.shape, at, body);
  }

  private everyWindow(at: readonly Affine[], body: (point: Point) => void): void {
    this.loops(this.anchor.inputs[1]!.shape, at, body);
  }

  private loops(shape: readonly number[], at: readonly Affine[], body: (point: Point) => void): void {
    const { b, lane, spanned } = this;
    const inside = (axes: readonly number[], here: readonly Affine[]): void => {
      const [axis, ...rest] = axes;
      if (axis !== undefined) {
        b.times(shape[axis]!, 1, (i) =>
          inside(
            rest,
            here.map((a, k) => (k === axis ? i : a)),
          ),
        );
      } else if (lane < 0) body({ at: here, lane, count: 1 });
      else {
        vectors(b, affine(0), shape[lane]!, (i, count) =>
          body({ at: here.map((a, k) => (k === lane ? i : a)), lane, count }),
        );
      }
    };
    inside(spanned, at);
  }

  /** Puts the value of the window at `point` to its place, and zeros elsewhere. */
  private spread(point: Point): void {
    const { b, e } = this;
    const { window, strides } = this.anchor.attrs;
    const place = e.viewed(this.windows, this.places, point);
    const value = e.viewed(this.windows, this.values, point);
    windowOffsets(window).forEach((o, k) => {
      const here = b.op('select', b.op('ieq', place, b.int(k)), value, b.float(0));
      const element: Point = {
        ...point,
        at: point.at.map((a, i) => (i === this.lane ? a : sum([scale(a, strides[i]!), affine(o[i]!)]))),
      };
      if (!this.tiles) return this.put(element, b.op('add', this.get(element), here));
      if (this.home) this.put(element, here);
      e.stage(this.operand, this.cluster.after, element, new Map([[this.anchor, here]]));
    });
  }

  private address(point: Point): Affine {
    return this.e.address(
      this.operand,
      { source: this.home!, offset: 0, strides: stridesOf(this.anchor.shape) },
      point,
    );
  }

  private lanes(point: Point): { count?: number } {
    const count = point.lane < 0 ? 1 : point.count;
    return count < this.b.lanes ? { count } : {};
  }

  private get(point: Point): ValueId {
    return this.b.load(this.e.buffer(this.home!), this.address(point), this.lanes(point));
  }

  private put(point: Point, value: ValueId): void {
    this.b.store(this.e.buffer(this.home!), this.address(point), value, this.lanes(point));
  }
}
