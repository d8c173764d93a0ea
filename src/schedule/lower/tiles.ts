import { node } from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
import { type Affine, affine, KernelBuilder, scale, sum } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Cluster } from '../cluster.ts';
import { samplesOf } from '../samples.ts';
import { type Axis, type Contraction, chooseTile, packsPanel, type Tile } from './contraction.ts';
import { Emitter, type Point, type Surroundings } from './emitter.ts';
import { blocks, isSmallWork, unflatten, vectors } from './items.ts';
import { inSequence, type Lowered, NOTHING } from './lowered.ts';
import { readsOf, writesOf } from './map.ts';
import { pointwiseCost } from './pointwise.ts';
import type { Space } from './space.ts';

/** An innermost sum of so few steps is written out instead of looped. */
const UNROLL = 8;
/** A tile's epilogue of more operations than this is run from memory instead of written out for each register. */
const EPILOGUE = 192;
/** Rows of an item, where these are parts of samples. */
const LEAST_ROWS = 16;
/** Items that a contraction should have, for an even share among threads. */
const ITEMS = 32;

/** Where a tile stands: element offsets into both operands, and the index along each axis of the result. */
interface Place {
  readonly a: Affine;
  readonly b: Affine;
  readonly result: readonly Affine[];
}

/** A contraction and what follows it pointwise, as one kernel. */
export function lowerContraction(
  plan: Contraction,
  cluster: Cluster,
  world: Surroundings,
  facts: TargetFacts,
): Lowered {
  if (sizeOf(plan.anchor.shape) === 0) return NOTHING;
  return new TileLowering(plan, cluster, world, facts).run();
}

class TileLowering {
  private readonly plan: Contraction;
  private readonly cluster: Cluster;
  private readonly world: Surroundings;
  private readonly tile: Tile;
  private readonly space: Space;
  private readonly e: Emitter;
  private readonly b: KernelBuilder;
  /** Where the bare result lies, if it must lie anywhere. */
  private readonly home: Node | undefined;
  private readonly scratch: Node[] = [];
  /** Whether what follows runs over an item's finished part in memory. */
  private readonly later: boolean;
  /** Where the vectors of a column tile are copied together, if they are. */
  private readonly panel: Node | undefined;
  private readonly unroll: number;
  /** Whether the operands are pairs of bfloat16. */
  private readonly arePairs: boolean;
  private readonly rowsOfItem: number | undefined;
  private readonly rowBlock: number;
  private readonly columnBlock: number;

  constructor(plan: Contraction, cluster: Cluster, world: Surroundings, facts: TargetFacts) {
    this.plan = plan;
    this.arePairs = plan.b.source.dtype === 'int32';
    this.cluster = cluster;
    this.world = world;
    const { anchor, rows, columns } = plan;
    const byRows = facts.byRows || isSmall(plan, facts);
    this.rowsOfItem = byRows ? rowsOfItem(plan, facts) : rowsOfSamples(plan);
    this.tile = chooseTile(this.rowsOfItem ?? rows.size, columns.size, rows.a, facts);
    this.unroll = facts.loadsFirst ? 1 : UNROLL;
    const { shape } = anchor;
    this.space = { sizes: shape, tags: shape.map(() => 0), axes: shape.map((_, i) => i) };
    const heavy = this.tile.rows * this.tile.vectors * weight(cluster.after) > EPILOGUE;
    this.later = plan.adds || (heavy && cluster.after.length > 0);
    const stored = world.isStored(anchor);
    if (stored) this.home = world.storageOf(anchor);
    else if (this.later) {
      this.home = node('input', [], { name: 'sum', shape, dtype: 'float32' });
      this.scratch.push(this.home);
    }
    const local = new Set([anchor, ...cluster.after]);
    const written = [...writesOf(world, cluster.after), ...(this.home ? [this.home] : [])];
    const reads = [plan.a.source, plan.b.source].map((n) => world.storageOf(n));
    if (this.later && this.home) reads.push(this.home);
    const name = [plan.name ?? anchor.op, ...cluster.after.map((n) => n.op)].join(' ');
    this.b = new KernelBuilder(name, facts.lanes, facts.fma);
    const [rowBlock, columnBlock] = this.blockSizes();
    [this.rowBlock, this.columnBlock] = [Math.max(1, rowBlock), Math.max(1, columnBlock)];
    if (packsPanel(plan, this.tile, this.rowBlock, facts.lanes)) {
      const steps = plan.inner.reduce((n, a) => n * a.size, 1);
      this.panel = node('input', [], {
        name: 'panel',
        shape: [steps * this.tile.vectors * facts.lanes],
        dtype: plan.b.source.dtype,
      });
      reads.push(this.panel);
      written.push(this.panel);
    }
    const known: Surroundings = {
      ...world,
      storageOf: (n) => (n === this.home ? n : world.storageOf(n)),
      viewOf: (n) => world.viewOf(n),
      isStored: (n) => world.isStored(n),
      pieceOf: (n) => world.pieceOf(n),
    };
    this.e = new Emitter(this.b, known, [...reads, ...readsOf(world, cluster.after, local)], written);
  }

  /** Rows and columns of an item: whole tiles, as many as leave enough items. */
  private blockSizes(): [number, number] {
    const { rows, columns, items, chain, block } = this.plan;
    if (this.rowsOfItem) return [this.rowsOfItem, columns.size];
    if (chain) return [rows.size, columns.size];
    if (block) return [Math.min(block.rows, rows.size), Math.min(block.columns, columns.size)];
    const width = this.tile.vectors * this.b.lanes;
    const others = items.reduce((n, a) => n * a.size, 1);
    const moves = this.loops().some((a) => a.result?.axis === columns.result!.axis);
    if (others >= ITEMS || moves) return [rows.size, columns.size];
    const across = Math.ceil(columns.size / width);
    const down = Math.ceil(rows.size / this.tile.rows);
    const share = (tiles: number, parts: number) => Math.max(1, Math.floor((tiles * parts) / ITEMS));
    if (this.loops().length > 0) return [rows.size, share(across, others) * width];
    // Cut along the longer side: every item reads all of the operand along the other one.
    const byRows = rows.size >= columns.size;
    const first = share(byRows ? down : across, others);
    const items1 = others * Math.ceil((byRows ? down : across) / first);
    const second = Math.ceil((byRows ? across : down) / Math.ceil(ITEMS / items1));
    const [rowTiles, columnTiles] = byRows ? [first, second] : [second, first];
    return [rowTiles * this.tile.rows, columnTiles * width];
  }

  run(): Lowered {
    const { plan, b, rowBlock, columnBlock } = this;
    const { rows, columns, chain } = plan;
    const items = [...plan.items, ...(chain ? [chain] : [])];
    // The gradient of an input without a single output row has zeros to write.
    const down = Math.max(1, Math.ceil(rows.size / rowBlock));
    const across = Math.max(1, Math.ceil(columns.size / columnBlock));
    const sizes = [...items.map((a) => a.size), across, down];
    const places = unflatten(b, affine(0, [b.item, 1]), sizes);
    const start: Place = {
      a: affine(plan.a.offset),
      b: affine(plan.b.offset),
      result: plan.anchor.shape.map(() => affine(0)),
    };
    const item = items.reduce((p, axis, i) => move(p, axis, places[i]!), start);
    blocks(b, places[items.length]!, columns.size, columnBlock, (column, width) =>
      blocks(b, places[items.length + 1]!, rows.size, rowBlock, (row, height) => {
        const corner = move(move(item, columns, column), rows, row);
        const clear = () => this.clear(corner, height, width);
        if (chain) b.branch(places[items.length - 1]!, 'eq', clear);
        else if (plan.adds) clear();
        this.around(plan.around, corner, (place) => this.sweep(place, height, width));
        if (this.later) this.finishItem(corner, height, width);
      }),
    );
    const work = sizeOf(sizes) === 0 ? 0 : multiplyAdds(plan) / 32;
    const kernel = b.finish(sizeOf(sizes));
    const call = { kernel, args: this.e.args, cost: 2 + work, ...(chain ? { chain: chain.size } : {}) };
    return { ...inSequence([call], this.scratch), ...(this.panel ? { ofThread: [this.panel] } : {}) };
  }

  /** The loops between an item and its tiles. */
  private loops(): readonly Axis[] {
    return [...this.plan.around, ...this.plan.within];
  }

  private around(axes: readonly Axis[], place: Place, body: (place: Place) => void): void {
    const [axis, ...rest] = axes;
    if (axis) this.b.times(axis.size, 1, (i) => this.around(rest, move(place, axis, i), body));
    else body(place);
  }

  /** All tiles of an item: columns outside, so that the vectors' panel stays near. */
  private sweep(place: Place, height: number, width: number): void {
    const { b, plan, tile } = this;
    const wide = tile.vectors * b.lanes;
    const rows = (at: Place, w: number): void => {
      const whole = height - (height % tile.rows);
      b.times(whole, tile.rows, (i) => this.compute(move(at, plan.rows, i), tile.rows, w));
      if (height > whole) this.compute(move(at, plan.rows, affine(whole)), height - whole, w);
    };
    const down = (from: Place, w: number): void => {
      const at = this.panel ? this.pack(from, w) : from;
      this.around(plan.within, at, (here) => rows(here, w));
    };
    const whole = width - (width % wide);
    b.times(whole, wide, (j) => down(move(place, plan.columns, j), wide));
    if (width > whole) down(move(place, plan.columns, affine(whole)), width - whole);
  }

  /** Copies the vectors of a column tile together, step by step; the place is then that of the panel. */
  private pack(place: Place, width: number): Place {
    const { b, e, plan, tile } = this;
    const counts = lanesOf(width, b.lanes);
    const wide = tile.vectors * b.lanes;
    const inside = (axes: readonly Axis[], from: Affine, to: Affine): void => {
      const [axis, ...rest] = axes;
      if (axis) {
        const part = rest.reduce((n, a) => n * a.size, wide);
        return b.times(axis.size, 1, (k) => inside(rest, sum([from, scale(k, axis.b)]), sum([to, scale(k, part)])));
      }
      counts.forEach((count, v) => {
        const lanes = count < b.lanes ? { count } : {};
        const x = b.load(e.buffer(plan.b.source), sum([from, affine(v * b.lanes)]), lanes);
        b.store(e.buffer(this.panel!), sum([to, affine(v * b.lanes)]), x, lanes);
      });
    };
    inside(plan.inner, place.b, affine(0));
    return { ...place, b: affine(0) };
  }

  /** The sums as the multiplications read them: over the panel, if there is one. */
  private inner(): readonly Axis[] {
    const { inner } = this.plan;
    if (!this.panel) return inner;
    let step = this.tile.vectors * this.b.lanes;
    const out: Axis[] = [];
    for (const axis of [...inner].reverse()) {
      out.unshift({ ...axis, b: step });
      step *= axis.size;
    }
    return out;
  }

  /** One tile: its sums in registers, then to memory or through what follows. */
  private compute(place: Place, height: number, width: number): void {
    const { b, plan } = this;
    const points = this.points(place, height, width);
    const inits = points.map((p) => (plan.adds ? this.loadSum(p) : b.float(0)));
    const sums = this.sums(this.inner(), place, height, width, inits);
    points.forEach((point, i) => {
      if (this.home && (plan.adds || this.later || this.world.isStored(plan.anchor))) this.storeSum(point, sums[i]!);
      if (!this.later) this.e.stage(this.space, this.cluster.after, point, new Map([[plan.anchor, sums[i]!]]));
    });
  }

  private sums(
    axes: readonly Axis[],
    place: Place,
    height: number,
    width: number,
    state: readonly ValueId[],
  ): readonly ValueId[] {
    const { b } = this;
    const [axis, ...rest] = axes;
    if (!axis) return this.multiply(place, height, width, state);
    if (rest.length === 0 && axis.size <= this.unroll) {
      let s = state;
      for (let k = 0; k < axis.size; k++) s = this.multiply(move(place, axis, affine(k)), height, width, s);
      return s;
    }
    return b.loop(affine(0), affine(axis.size), 1, state, (k, s) =>
      this.sums(rest, move(place, axis, k), height, width, s),
    );
  }

  /** One step of the sum: every row's splat times every vector. */
  private multiply(place: Place, height: number, width: number, state: readonly ValueId[]): readonly ValueId[] {
    const { b, plan, e } = this;
    const bufA = e.buffer(plan.a.source);
    const bufB = e.buffer(this.panel ?? plan.b.source);
    const counts = lanesOf(width, b.lanes);
    const vector = (buf: number, at: Affine, stride: number, v: number) => {
      const [count, partial] = [counts[v]!, counts[v]! < b.lanes];
      const lanes = { ...(partial ? { count } : {}), ...(stride === 1 ? {} : { stride }) };
      return b.load(buf, sum([at, affine(v * b.lanes * stride)]), lanes);
    };
    const { a: across, b: stride } = plan.columns;
    const right = counts.map((_, v) => vector(bufB, place.b, stride, v));
    const out: ValueId[] = [];
    for (let r = 0; r < height; r++) {
      const at = sum([place.a, affine(r * plan.rows.a)]);
      right.forEach((x, v) => {
        // The same splat serves all vectors: equal loads are one.
        const left = across === 0 ? b.load(bufA, at, { splat: true }) : vector(bufA, at, across, v);
        const sum = state[r * counts.length + v]!;
        out.push(this.arePairs ? b.op('dot2', left, x, sum) : b.mulAdd(left, x, sum));
      });
    }
    return out;
  }

  private points(place: Place, height: number, width: number): Point[] {
    const { b, plan } = this;
    const lane = plan.columns.result!.axis;
    const down = plan.rows.result!;
    const out: Point[] = [];
    for (let r = 0; r < height; r++) {
      lanesOf(width, b.lanes).forEach((count, v) => {
        const at = [...place.result];
        at[down.axis] = sum([at[down.axis]!, affine(r * down.step)]);
        at[lane] = sum([at[lane]!, affine(v * b.lanes)]);
        out.push({ at, lane, count });
      });
    }
    return out;
  }

  private sumAddress(point: Point): Affine {
    const view = { source: this.home!, offset: 0, strides: stridesOf(this.plan.anchor.shape) };
    return this.e.address(this.space, view, point);
  }

  private loadSum(point: Point): ValueId {
    const count = point.count < this.b.lanes ? { count: point.count } : {};
    return this.b.load(this.e.buffer(this.home!), this.sumAddress(point), count);
  }

  private storeSum(point: Point, value: ValueId): void {
    const count = point.count < this.b.lanes ? { count: point.count } : {};
    this.b.store(this.e.buffer(this.home!), this.sumAddress(point), value, count);
  }

  /** Zeroes an item's part of the result, before tiles are added to it. */
  private clear(place: Place, height: number, width: number): void {
    this.everyVector(place, height, width, (point) => this.storeSum(point, this.b.float(0)));
  }

  /** What follows the contraction, on an item's part of the result while it is near. */
  private finishItem(place: Place, height: number, width: number): void {
    if (this.cluster.after.length === 0) return;
    this.everyVector(place, height, width, (point) =>
      this.e.stage(this.space, this.cluster.after, point, new Map([[this.plan.anchor, this.loadSum(point)]])),
    );
  }

  /** The part of the result that an item owns: along the axes that neither an item nor a block fixes, all of it. */
  private everyVector(place: Place, height: number, width: number, body: (point: Point) => void): void {
    const { plan, b } = this;
    const { shape } = plan.anchor;
    const lane = plan.columns.result!.axis;
    const down = plan.rows.result!.axis;
    const fixed = new Set(plan.items.map((a) => a.result?.axis));
    const across = this.loops().some((a) => a.result?.axis === lane);
    const scattered = this.loops().some((a) => a.result?.axis === down);
    const free = shape.map((_, i) => i).filter((i) => i !== lane && !fixed.has(i) && (i !== down || scattered));
    const inside = (axes: readonly number[], at: readonly Affine[]): void => {
      const [axis, ...rest] = axes;
      if (axis !== undefined) {
        return b.times(shape[axis]!, 1, (i) =>
          inside(
            rest,
            at.map((x, k) => (k === axis ? i : x)),
          ),
        );
      }
      const row = (base: readonly Affine[]) =>
        vectors(b, across ? affine(0) : place.result[lane]!, across ? shape[lane]! : width, (i, count) =>
          body({ at: base.map((x, k) => (k === lane ? i : x)), lane, count }),
        );
      if (scattered) row(at);
      else
        b.times(height, 1, (r) => row(at.map((x, k) => (k === down ? sum([x, scale(r, plan.rows.result!.step)]) : x))));
    };
    inside(free, place.result);
  }
}

function move(place: Place, axis: Axis, index: Affine): Place {
  const { result } = axis;
  return {
    a: sum([place.a, scale(index, axis.a)]),
    b: sum([place.b, scale(index, axis.b)]),
    result: result
      ? place.result.map((x, i) => (i === result.axis ? sum([x, scale(index, result.step)]) : x))
      : place.result,
  };
}

/** Active lanes of each vector of `width` columns. */
function lanesOf(width: number, lanes: number): number[] {
  return Array.from({ length: Math.ceil(width / lanes) }, (_, v) => Math.min(lanes, width - v * lanes));
}

/** Roughly the operations that the nodes cost a vector. */
function weight(nodes: readonly Node[]): number {
  return nodes.reduce((n, x) => n + pointwiseCost(x), 0);
}

/** Where the rows of a large product are those of samples, one after the other: as many as make items that are samples, or parts of one. */
function rowsOfSamples({
  anchor,
  rows,
  columns,
  items,
  chain,
  around,
  within,
  block,
}: Contraction): number | undefined {
  if (items.length + around.length + within.length > 0 || chain || block || rows.size < columns.size) return undefined;
  const samples = anchor.op === 'dot' ? samplesOf(anchor) : rows.size;
  if (samples <= 1 || samples >= rows.size || rows.size % samples !== 0) return undefined;
  const each = rows.size / samples;
  for (let parts = 1; parts <= each; parts++)
    if (each % parts === 0 && samples * parts >= ITEMS / 2)
      return each / parts >= LEAST_ROWS ? each / parts : undefined;
  return undefined;
}

/** So little work that its items may be as small as joining them with those of others asks for. */
function isSmall(plan: Contraction, facts: TargetFacts): boolean {
  return !plan.chain && isSmallWork(multiplyAdds(plan), facts);
}

function multiplyAdds({ items, chain, around, within, rows, columns, inner }: Contraction): number {
  const loops = [...items, ...(chain ? [chain] : []), ...around, ...within, rows, columns, ...inner];
  return loops.reduce((n, a) => n * a.size, 1);
}

/** Where items are to be rows: the most rows of a tile that divide all rows; undefined where rows are no items. */
function rowsOfItem({ rows, columns, items }: Contraction, facts: TargetFacts): number | undefined {
  if (items.length > 0) return undefined;
  const all = facts.byRows ? rows.size : Math.ceil(rows.size / ITEMS);
  const most = Math.min(all, chooseTile(rows.size, columns.size, rows.a, facts).rows);
  for (let n = most; n > 1; n--) if (rows.size % n === 0) return n;
  return 1;
}
