import { node } from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
import { type Affine, affine, KernelBuilder, scale, sum } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Cluster } from '../cluster.ts';
import { samplesOf } from '../samples.ts';
import type { View } from '../view.ts';
import { type Accumulator, accumulatorOf, joinStrands, TREE } from './accumulate.ts';
import { Emitter, type Point, type Surroundings } from './emitter.ts';
import { unflatten, vectors } from './items.ts';
import { inSequence, type Lowered, type LoweredCall, NOTHING } from './lowered.ts';
import { accesses, readsOf, writesOf } from './map.ts';
import { loopStrides, makeSpace, type Space } from './space.ts';

/** Vectors of neighbouring columns that one item sums side by side. */
const COLUMNS = 4;
/** A reduction of so many elements for few results is cut into pieces that are summed afterwards. */
const PIECE = 4096;
/** Items that share well. */
const ITEMS = 32;
/** Pieces that are enough. */
const PIECES = 8;
const KEPT = 0;
const REDUCED = 1;

/** `anchor` is the reduction of `operand` over `axes`. */
export interface Reduction {
  readonly anchor: Node;
  readonly operand: Node;
  readonly axes: readonly number[];
  readonly accumulator: Accumulator;
}

function reductionOf(n: Node): Reduction {
  const axes = n.op === 'argmax' ? [n.attrs.axis] : (n as Node<'reduceSum'>).attrs.axes;
  return { anchor: n, operand: n.inputs[0]!, axes, accumulator: accumulatorOf(n) };
}

/** A cluster of reductions over one domain: pointwise nodes before, and after on the results. */
export function lowerReduce(cluster: Cluster, world: Surroundings, facts: TargetFacts): Lowered {
  return lowerReductions(cluster, cluster.anchors.map(reductionOf), world, facts);
}

/** Likewise, where the reductions are not the anchors' own: each gives the value of its anchor. */
export function lowerReductions(
  cluster: Cluster,
  reductions: readonly Reduction[],
  world: Surroundings,
  facts: TargetFacts,
): Lowered {
  return new ReduceLowering(cluster, reductions, world, facts).run();
}

class ReduceLowering {
  private readonly cluster: Cluster;
  private readonly world: Surroundings;
  private readonly facts: TargetFacts;
  private readonly space: Space;
  private readonly resultSpace: Space;
  private readonly reductions: readonly Reduction[];
  private readonly accumulators: readonly Accumulator[];
  /** The loops of the space over kept and over reduced axes. */
  private readonly kept: number[];
  private readonly reduced: number[];
  private readonly local: ReadonlySet<Node>;

  constructor(cluster: Cluster, reductions: readonly Reduction[], world: Surroundings, facts: TargetFacts) {
    this.cluster = cluster;
    this.world = world;
    this.facts = facts;
    this.reductions = reductions;
    const { anchor, operand, axes } = reductions[0]!;
    const domain = operand.shape;
    this.accumulators = reductions.map((r) => r.accumulator);
    this.local = new Set([...cluster.before, ...cluster.anchors, ...cluster.after]);
    const resultAxes = domain.map((_, i) => i).filter((i) => !axes.includes(i));
    // Strides over the results, seen from the domain, so that both stages merge the same axes.
    const lift = (strides: readonly number[]) =>
      domain.map((_, i) => (axes.includes(i) ? 0 : strides[resultAxes.indexOf(i)]!));
    const results = [stridesOf(anchor.shape), ...accesses(world, cluster.after, this.local).map((v) => v.strides)];
    const before = accesses(world, cluster.before, this.local).map((v) => v.strides);
    const direct = reductions.map((r) => r.operand).filter((x) => !this.local.has(x));
    const walks = [stridesOf(domain), ...before, ...direct.map((x) => world.viewOf(x).strides), ...results.map(lift)];
    const tags = domain.map((_, i) => (axes.includes(i) ? REDUCED : KEPT));
    this.space = makeSpace(domain, walks, tags);
    const loops = this.space.sizes.map((_, i) => i);
    this.kept = loops.filter((i) => this.space.tags[i] === KEPT);
    this.reduced = loops.filter((i) => this.space.tags[i] === REDUCED);
    this.resultSpace = {
      sizes: this.kept.map((i) => this.space.sizes[i]!),
      tags: this.kept.map(() => KEPT),
      axes: this.kept.map((i) => resultAxes.indexOf(this.space.axes[i]!)),
    };
  }

  run(): Lowered {
    const results = sizeOf(this.resultSpace.sizes);
    const perResult = this.reduced.reduce((n, i) => n * this.space.sizes[i]!, 1);
    const empty = sizeOf(this.reductions[0]!.operand.shape) === 0;
    if (sizeOf(this.cluster.anchors[0]!.shape) === 0) return NOTHING;
    const pieces = empty ? 1 : this.pieceCount(results, perResult);
    if (pieces === 1) return inSequence([this.whole(perResult * results, empty)]);
    return this.inPieces(pieces, results, perResult);
  }

  /** How many pieces the first reduced loop is cut into: a divisor of it, chosen by the shape alone. */
  private pieceCount(results: number, perResult: number): number {
    const first = this.space.sizes[this.reduced[0]!];
    if (first === undefined || this.accumulators.some((a) => a.width > 1)) return 1;
    const wanted = Math.min(32, Math.floor((perResult * Math.min(results, 64)) / PIECE));
    // Enough items already, which others' may go on with.
    const outer = this.kept.filter((i) => i < this.space.sizes.length - 1);
    if (wanted < 2 || results > 1024 || outer.reduce((n, i) => n * this.space.sizes[i]!, 1) >= ITEMS) return 1;
    const samples = samplesOf(this.reductions[0]!.operand);
    const most = Math.min(wanted, first);
    // Whole samples, where that makes pieces enough.
    for (let p = most; p >= Math.min(most, PIECES); p--) if (first % p === 0 && samples % p === 0) return p;
    for (let p = most; p >= 2; p--) if (first % p === 0) return p;
    return 1;
  }

  private emitter(name: string, read: Iterable<Node>, written: Iterable<Node>): Emitter {
    const ops = [...this.cluster.before, ...this.cluster.anchors, ...this.cluster.after].map((n) => n.op).join(' ');
    const b = new KernelBuilder(`${name} ${ops}`, this.facts.lanes, this.facts.fma);
    return new Emitter(b, this.world, read, written);
  }

  private firstReads(): Node[] {
    const direct = this.reductions.map((r) => r.operand).filter((x) => !this.local.has(x));
    const { world } = this;
    return [
      ...readsOf(world, this.cluster.before, this.local),
      ...direct.map((x) => world.storageOf(world.viewOf(x).source)),
    ];
  }

  private whole(work: number, empty: boolean): LoweredCall {
    const { cluster, world } = this;
    const reads = [...this.firstReads(), ...readsOf(world, cluster.after, this.local)];
    const writes = writesOf(world, [...cluster.before, ...cluster.anchors, ...cluster.after]);
    const e = this.emitter('reduce', reads, writes);
    const domain = this.items(e, undefined, (point, results) => this.finish(e, point, results), empty);
    const cost = 2 + (work * (1 + cluster.before.length + cluster.anchors.length)) / 16;
    return { kernel: e.b.finish(domain), args: e.args, cost };
  }

  /** One kernel leaves `pieces` partial results for each result; a second one joins them in order. */
  private inPieces(pieces: number, results: number, perResult: number): Lowered {
    const { cluster, world } = this;
    const shape = [pieces, ...cluster.anchors[0]!.shape];
    const scratch = cluster.anchors.map((a) => node('input', [], { name: 'partial', shape, dtype: a.dtype }));
    const first = this.emitter('partial', this.firstReads(), [...writesOf(world, cluster.before), ...scratch]);
    const domain = this.items(first, pieces, (point, values, piece) => {
      scratch.forEach((s, k) => {
        const at = { c: 0, terms: scale(piece!, results).terms };
        const view: View = {
          source: s,
          offset: scale(piece!, results).c,
          strides: stridesOf(cluster.anchors[k]!.shape),
        };
        const where = sum([at, first.address(this.resultSpace, view, point)]);
        this.storeAt(first, s, where, view, point, values[k]!);
      });
    });
    const work = results * perResult * (1 + cluster.before.length);
    const joined = this.joinPieces(scratch, pieces, results);
    return inSequence([{ kernel: first.b.finish(domain), args: first.args, cost: 2 + work / 16 }, joined], scratch);
  }

  private storeAt(e: Emitter, s: Node, at: Affine, view: View, point: Point, value: ValueId): void {
    const stride = point.lane < 0 ? 1 : loopStrides(this.resultSpace, view.strides)[point.lane]!;
    const count = point.lane < 0 ? 1 : point.count;
    e.b.store(e.buffer(s), at, value, { ...(count < e.b.lanes ? { count } : {}), ...(stride === 1 ? {} : { stride }) });
  }

  private joinPieces(scratch: readonly Node[], pieces: number, results: number): LoweredCall {
    const { cluster, world, resultSpace } = this;
    const reads = [...scratch, ...readsOf(world, cluster.after, this.local)];
    const e = this.emitter('join', reads, writesOf(world, [...cluster.anchors, ...cluster.after]));
    const { b } = e;
    const finish = (point: Point) => {
      const inits = this.accumulators.flatMap((a) => a.empty(b));
      const sums = b.loop(affine(0), affine(pieces), 1, inits, (p, state) =>
        scratch.map((s, k) => {
          const view: View = { source: s, offset: 0, strides: stridesOf(cluster.anchors[k]!.shape) };
          const at = sum([scale(p, results), e.address(resultSpace, view, point)]);
          const stride = point.lane < 0 ? 0 : loopStrides(resultSpace, view.strides)[point.lane]!;
          const count = point.count < b.lanes ? { count: point.count } : {};
          const x = b.load(
            e.buffer(s),
            at,
            stride === 0 ? { splat: true } : { ...count, ...(stride === 1 ? {} : { stride }) },
          );
          return this.accumulators[k]!.add(b, [state[k]!], x, () => b.int(0))[0]!;
        }),
      );
      this.finish(e, point, sums);
    };
    const domain = this.resultNest(e, finish);
    return { kernel: b.finish(domain), args: e.args, cost: 2 + (pieces * results) / 16 };
  }

  /** Stores the anchors' results and runs what comes after. */
  private finish(e: Emitter, point: Point, results: readonly ValueId[]): void {
    const { anchors, after } = this.cluster;
    const values = new Map(anchors.map((a, k) => [a, results[k]!] as const));
    for (const a of anchors) if (this.world.isStored(a)) e.store(this.resultSpace, a, point, values.get(a)!);
    e.stage(this.resultSpace, after, point, values);
  }

  /** Items over the results with lanes along the last kept loop. */
  private resultNest(e: Emitter, body: (point: Point) => void): number {
    const { sizes } = this.resultSpace;
    const { b } = e;
    const last = sizes.length - 1;
    if (last < 0) {
      body({ at: [], lane: -1, count: 1 });
      return 1;
    }
    const outer = unflatten(b, affine(0, [b.item, 1]), sizes.slice(0, last));
    vectors(b, affine(0), sizes[last]!, (i, count) => body({ at: [...outer, i], lane: last, count }));
    return sizes.slice(0, last).reduce((n, d) => n * d, 1);
  }

  /**
   * The items of the first stage: for each result (and piece), the loops over what is reduced. `done` gets the point of
   * the results.
   */
  private items(
    e: Emitter,
    pieces: number | undefined,
    done: (point: Point, results: readonly ValueId[], piece?: Affine) => void,
    empty = false,
  ): number {
    const inner = this.space.sizes.length - 1;
    const lanesReduced = inner < 0 || this.space.tags[inner] === REDUCED;
    return lanesReduced ? this.rows(e, pieces, done, empty) : this.columns(e, pieces, done, empty);
  }

  /** The range of the first reduced loop that a piece covers. */
  private range(pieces: number | undefined, piece: Affine | undefined, loop: number): { from: Affine; n: number } {
    const size = this.space.sizes[loop]!;
    if (!pieces || loop !== this.reduced[0]) return { from: affine(0), n: size };
    return { from: scale(piece!, size / pieces), n: size / pieces };
  }

  /** The last loop is reduced: lanes run along it, in `TREE` strands; a tree joins them at the end. */
  private rows(
    e: Emitter,
    pieces: number | undefined,
    done: (point: Point, results: readonly ValueId[], piece?: Affine) => void,
    empty: boolean,
  ): number {
    const { b } = e;
    const { space, kept, reduced } = this;
    const sizes = [...(pieces ? [pieces] : []), ...kept.map((i) => space.sizes[i]!)];
    const places = unflatten(b, affine(0, [b.item, 1]), sizes);
    const piece = pieces ? places[0]! : undefined;
    const at: Affine[] = space.sizes.map(() => affine(0));
    kept.forEach((k, i) => {
      at[k] = places[pieces ? i + 1 : i]!;
    });
    const strands = TREE / b.lanes;
    const empties = () => Array.from({ length: strands }, () => this.accumulators.flatMap((a) => a.empty(b))).flat();
    let state = empties();
    const lane = reduced[reduced.length - 1];
    if (!empty && lane === undefined) {
      state = this.step(e, { at, lane: -1, count: 1 }, state, 0, affine(0), 1);
    } else if (!empty) {
      state = this.around(e, reduced.slice(0, -1), at, pieces, piece, state, (outer, s) => {
        const { from, n } = this.range(pieces, piece, lane!);
        return this.strip(e, outer, lane!, from, n, s);
      });
    }
    const results = this.joinAll(b, state);
    done({ at: kept.map((k) => at[k]!), lane: -1, count: 1 }, results, piece);
    return sizes.reduce((n, d) => n * d, 1);
  }

  /** Loops over `loops` around `body`, carrying the state. */
  private around(
    e: Emitter,
    loops: readonly number[],
    at: readonly Affine[],
    pieces: number | undefined,
    piece: Affine | undefined,
    state: ValueId[],
    body: (at: Affine[], state: ValueId[]) => ValueId[],
  ): ValueId[] {
    if (loops.length === 0) return body([...at], state);
    const [loop, ...rest] = loops as [number, ...number[]];
    const { from, n } = this.range(pieces, piece, loop);
    return e.b.loop(affine(0), affine(n), 1, state, (i, s) => {
      const next = at.map((a, k) => (k === loop ? sum([from, i]) : a));
      return this.around(e, rest, next, pieces, piece, [...s], body);
    });
  }

  /** One strip of `n` elements along the lanes' loop: whole blocks of `TREE`, then the rest. */
  private strip(e: Emitter, at: readonly Affine[], lane: number, from: Affine, n: number, state: ValueId[]): ValueId[] {
    const { b } = e;
    const block = (start: Affine, count: number, s: readonly ValueId[]): ValueId[] => {
      let next = [...s];
      for (let k = 0; k * b.lanes < count; k++) {
        const here = sum([start, affine(k * b.lanes)]);
        const point = {
          at: at.map((a, i) => (i === lane ? here : a)),
          lane,
          count: Math.min(b.lanes, count - k * b.lanes),
        };
        next = this.step(e, point, next, k, here, point.count);
      }
      return next;
    };
    const whole = n - (n % TREE);
    let out: ValueId[] = state;
    if (whole === TREE) out = block(from, TREE, out);
    else if (whole > 0) out = b.loop(affine(0), affine(whole), TREE, out, (i, s) => block(sum([from, i]), TREE, s));
    return whole < n ? block(sum([from, affine(whole)]), n - whole, out) : out;
  }

  /** Adds the elements at a point to strand `k` of the state. */
  private step(e: Emitter, point: Point, state: readonly ValueId[], k: number, here: Affine, count: number): ValueId[] {
    const { b } = e;
    const values = e.stage(this.space, this.cluster.before, point, new Map());
    const out = [...state];
    let slot = k * this.accumulators.reduce((n, a) => n + a.width, 0);
    this.reductions.forEach(({ operand: x, accumulator: acc }) => {
      let value = values.get(x) ?? e.operand(this.space, x, point);
      if (count < b.lanes) {
        const neutral = acc.neutral(b);
        const inside = b.op('ilt', b.iota(), b.int(count));
        value = b.op(b.typeOf(value) === 'f32' ? 'select' : 'iselect', inside, value, neutral);
      }
      const place = () => b.op('iadd', b.splatIndex(here), b.iota());
      const next = acc.add(b, state.slice(slot, slot + acc.width), value, place);
      next.forEach((v, j) => {
        out[slot + j] = v;
      });
      slot += acc.width;
    });
    return out;
  }

  private joinAll(b: KernelBuilder, state: readonly ValueId[]): ValueId[] {
    const width = this.accumulators.reduce((n, a) => n + a.width, 0);
    const strands = Array.from({ length: state.length / width }, (_, k) => state.slice(k * width, (k + 1) * width));
    let slot = 0;
    return this.accumulators.map((acc) => {
      const from = slot;
      slot += acc.width;
      return joinStrands(
        b,
        acc,
        strands.map((s) => s.slice(from, slot)),
      );
    });
  }

  /** The last loop is kept: lanes run along it, several vectors side by side, and all reduced loops lie inside. */
  private columns(
    e: Emitter,
    pieces: number | undefined,
    done: (point: Point, results: readonly ValueId[], piece?: Affine) => void,
    empty: boolean,
  ): number {
    const { b } = e;
    const { space, kept, reduced } = this;
    const last = space.sizes.length - 1;
    const size = space.sizes[last]!;
    const width = Math.min(COLUMNS, Math.max(1, Math.floor(32 / (4 + 4 * this.accumulators.length)))) * b.lanes;
    const blocks = Math.ceil(size / width);
    const outer = kept.filter((k) => k !== last);
    const sizes = [...(pieces ? [pieces] : []), ...outer.map((i) => space.sizes[i]!), blocks];
    const places = unflatten(b, affine(0, [b.item, 1]), sizes);
    const piece = pieces ? places[0]! : undefined;
    const at: Affine[] = space.sizes.map(() => affine(0));
    outer.forEach((k, i) => {
      at[k] = places[pieces ? i + 1 : i]!;
    });
    const block = (from: Affine, n: number): void => {
      const starts = Array.from({ length: Math.ceil(n / b.lanes) }, (_, v) => v * b.lanes);
      const points = (base: readonly Affine[]): Point[] =>
        starts.map((s) => ({
          at: base.map((a, i) => (i === last ? sum([from, affine(s)]) : a)),
          lane: last,
          count: Math.min(b.lanes, n - s),
        }));
      let state = starts.flatMap(() => this.accumulators.flatMap((a) => a.empty(b)));
      if (!empty) {
        state = this.around(e, reduced, at, pieces, piece, state, (here, s) =>
          points(here).reduce((next, point, v) => this.columnStep(e, point, next, v, here), s),
        );
      }
      const per = this.accumulators.reduce((k, a) => k + a.width, 0);
      points(at).forEach((point, v) => {
        let slot = v * per;
        const results = this.accumulators.map((acc) => {
          const from = slot;
          slot += acc.width;
          return acc.result(state.slice(from, slot));
        });
        done({ at: kept.map((k) => point.at[k]!), lane: kept.length - 1, count: point.count }, results, piece);
      });
    };
    const which = places[places.length - 1]!;
    const rest = size - (blocks - 1) * width;
    if (blocks === 1 || rest === width) block(scale(which, width), blocks === 1 ? size : width);
    else {
      const toLast = sum([which, affine(1 - blocks)]);
      b.branch(
        toLast,
        'lt',
        () => block(scale(which, width), width),
        () => block(affine((blocks - 1) * width), rest),
      );
    }
    return sizes.reduce((n, d) => n * d, 1);
  }

  /** Adds one row of a column block: no lane is neutral here, partial vectors are cut when they are stored. */
  private columnStep(e: Emitter, point: Point, state: ValueId[], k: number, here: readonly Affine[]): ValueId[] {
    const loop = this.reduced[0];
    const place = loop === undefined ? affine(0) : here[loop]!;
    const values = e.stage(this.space, this.cluster.before, point, new Map());
    const out = [...state];
    let slot = k * this.accumulators.reduce((n, a) => n + a.width, 0);
    this.reductions.forEach(({ operand: x, accumulator: acc }) => {
      const value = values.get(x) ?? e.operand(this.space, x, point);
      const next = acc.add(e.b, state.slice(slot, slot + acc.width), value, () => e.b.splatIndex(place));
      next.forEach((v, j) => {
        out[slot + j] = v;
      });
      slot += acc.width;
    });
    return out;
  }
}
