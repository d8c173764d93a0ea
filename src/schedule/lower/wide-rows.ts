import { node } from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { PRIMITIVES } from '../../graph/primitives.ts';
import { sameShape, sizeOf, stridesOf } from '../../graph/shape.ts';
import { type Affine, affine, KernelBuilder, sum } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Rows } from '../cluster.ts';
import { samplesOf } from '../samples.ts';
import type { View } from '../view.ts';
import { type Accumulator, accumulatorOf, joinStrands, TREE } from './accumulate.ts';
import { Emitter, type Point, type Surroundings } from './emitter.ts';
import { unflatten } from './items.ts';
import { inSequence, type Lowered } from './lowered.ts';
import { readsOf, writesOf } from './map.ts';
import { pointwiseCost } from './pointwise.ts';
import { plainSpace } from './window.ts';

/** So many items are enough for threads, and for calls that hand over item by item. */
const ITEMS = 512;

const isReduction = (n: Node) => PRIMITIVES[n.op].class === 'reduce';

/**
 * Rows that are too long for the registers: one pass over a row for each reduction that waits for another one. What a pass
 * needs of an earlier one lies in a row of memory that is each thread's own, or where it is stored anyway.
 */
export function lowerWideRows(rows: Rows, world: Surroundings, facts: TargetFacts): Lowered {
  const passes = new Passes(rows);
  const kept = new Map<Node, Node>();
  for (const n of passes.crossing) {
    if (!world.isStored(n)) kept.set(n, node('input', [], { name: 'row', shape: [rows.columns], dtype: n.dtype }));
  }
  const around: Surroundings = {
    viewOf: (n) => world.viewOf(n),
    isStored: (n) => world.isStored(n),
    pieceOf: (n) => world.pieceOf(n),
    storageOf: (n) => ([...kept.values()].includes(n) ? n : world.storageOf(n)),
  };
  const again = [...passes.crossing].map((n) => kept.get(n) ?? world.storageOf(n));
  const local = new Set(rows.nodes);
  const name = `rows ${rows.nodes.map((n) => n.op).join(' ')}`;
  const b = new KernelBuilder(name, facts.lanes, facts.fma);
  const reads = [...readsOf(world, rows.nodes, local), ...again];
  const e = new Emitter(b, around, reads, [...writesOf(world, rows.nodes), ...kept.values()]);
  const perItem = rowsOfItem(rows);
  b.times(perItem, 1, (r) => {
    const row = sum([affine(0, [b.item, perItem]), r]);
    new WideRow(rows, passes, kept, around, e, row).run();
  });
  const vectors = Math.ceil(rows.columns / 16);
  const work = rows.nodes.reduce((n, x) => n + pointwiseCost(x), 0) * vectors * rows.count;
  const call = { kernel: b.finish(rows.count / perItem), args: e.args, cost: 2 + work / 4 };
  return { ...inSequence([call]), ofThread: [...kept.values()] };
}

/** A power of two that divides the rows of a sample and leaves enough items. */
function rowsOfItem({ count, shape, nodes }: Rows): number {
  const samples =
    shape.length > 2
      ? sizeOf(shape.slice(0, -2))
      : samplesOf(nodes.find((x) => sameShape(x.shape, shape)) ?? nodes[0]!);
  const each = count % samples === 0 ? count / samples : 1;
  const all = each > 1 ? each : count;
  let n = 1;
  while (all % (2 * n) === 0 && count / (2 * n) >= ITEMS) n *= 2;
  return n;
}

/** In which pass each node is computed, and what later passes need. */
class Passes {
  readonly of = new Map<Node, number>();
  readonly count: number;
  /** Nodes with all columns that a later pass reads. */
  readonly crossing = new Set<Node>();

  constructor(rows: Rows) {
    const local = new Set(rows.nodes);
    let last = 0;
    for (const n of rows.nodes) {
      const before = n.inputs.map((x) => {
        const source = sourceIn(x, local);
        return source === undefined ? 0 : this.of.get(source)! + (isReduction(source) ? 1 : 0);
      });
      const pass = Math.max(0, ...before);
      this.of.set(n, pass);
      last = Math.max(last, pass);
    }
    this.count = last + 1;
    for (const n of rows.nodes) {
      for (const x of n.inputs) {
        const wide = local.has(x) && !isReduction(x) && sameShape(x.shape, rows.shape);
        if (wide && this.of.get(x)! < this.of.get(n)!) this.crossing.add(x);
      }
    }
  }
}

/** The node of the row that `x` is or shows, through movements. */
function sourceIn(x: Node, local: ReadonlySet<Node>): Node | undefined {
  let n: Node | undefined = x;
  while (n && !local.has(n)) n = n.inputs.length === 1 && PRIMITIVES[n.op].strided === true ? n.inputs[0] : undefined;
  return n;
}

/** The code for one row. */
class WideRow {
  private readonly rows: Rows;
  private readonly passes: Passes;
  private readonly kept: ReadonlyMap<Node, Node>;
  private readonly world: Surroundings;
  private readonly e: Emitter;
  private readonly b: KernelBuilder;
  private readonly row: Affine;
  /** What has one element a row, the same in all lanes. */
  private readonly narrow = new Map<Node, ValueId>();

  constructor(rows: Rows, passes: Passes, kept: ReadonlyMap<Node, Node>, world: Surroundings, e: Emitter, row: Affine) {
    this.rows = rows;
    this.passes = passes;
    this.kept = kept;
    this.world = world;
    this.e = e;
    this.b = e.b;
    this.row = row;
  }

  run(): void {
    for (let pass = 0; pass < this.passes.count; pass++) {
      const nodes = this.rows.nodes.filter((n) => this.passes.of.get(n) === pass);
      const reductions = nodes.filter(isReduction);
      const wide = nodes.filter((n) => !isReduction(n) && sameShape(n.shape, this.rows.shape));
      for (const n of nodes) if (!isReduction(n) && !wide.includes(n)) this.computeNarrow(n);
      if (wide.length > 0 || reductions.length > 0) this.pass(wide, reductions);
    }
  }

  private rowPlaces(): Affine[] {
    return unflatten(this.b, this.row, this.rows.shape.slice(0, -1));
  }

  private computeNarrow(n: Node): void {
    const known = (x: Node) => this.narrow.get(this.world.viewOf(x).source);
    const point: Point = { at: unflatten(this.b, this.row, n.shape), lane: -1, count: 1 };
    this.keepNarrow(n, this.e.pointwise(plainSpace(n.shape), n, point, known));
  }

  private keepNarrow(n: Node, value: ValueId): void {
    this.narrow.set(n, value);
    const point: Point = { at: unflatten(this.b, this.row, n.shape), lane: -1, count: 1 };
    if (this.world.isStored(n)) this.e.store(plainSpace(n.shape), n, point, value);
  }

  /** All columns once: what has all columns is computed, and reductions take it in. */
  private pass(wide: readonly Node[], reductions: readonly Node[]): void {
    const { b, rows } = this;
    const places = this.rowPlaces();
    const accumulators = reductions.map(accumulatorOf);
    const width = TREE / b.lanes;
    const empty = accumulators.flatMap((acc) => Array.from({ length: width }, () => acc.empty(b)).flat());
    const whole = rows.columns - (rows.columns % TREE);
    const step = (from: Affine, columns: number, state: readonly ValueId[]) => {
      const strands = unpack(state, accumulators, width);
      for (let v = 0; v * b.lanes < columns; v++) {
        const count = Math.min(b.lanes, columns - v * b.lanes);
        const at = sum([from, affine(v * b.lanes)]);
        const point: Point = { at: [...places, at], lane: places.length, count };
        const values = this.computeWide(wide, point);
        reductions.forEach((n, i) => {
          const value = values.get(n.inputs[0]!) ?? this.operand(n.inputs[0]!, point);
          const place = () => b.op('iadd', b.splatIndex(at), b.iota());
          const acc = accumulators[i]!;
          strands[i]![v] = acc.add(b, strands[i]![v]!, this.inside(acc, value, count), place);
        });
      }
      return strands.flat(2);
    };
    let state: readonly ValueId[] = empty;
    if (whole === TREE) state = step(affine(0), TREE, state);
    else if (whole > 0) state = b.loop(affine(0), affine(whole), TREE, state, (i, s) => step(i, TREE, s));
    if (whole < rows.columns) state = step(affine(whole), rows.columns - whole, state);
    const strands = unpack(state, accumulators, width);
    reductions.forEach((n, i) => {
      const joined = joinStrands(b, accumulators[i]!, strands[i]!);
      this.keepNarrow(n, b.shuffle(joined, joined, Array(b.lanes).fill(0)));
    });
  }

  private computeWide(nodes: readonly Node[], point: Point): Map<Node, ValueId> {
    const space = plainSpace(this.rows.shape);
    const values = new Map<Node, ValueId>();
    for (const n of nodes) {
      const known = (x: Node) => values.get(x) ?? this.earlier(x, point);
      const value = this.e.pointwise(space, n, point, known);
      values.set(n, value);
      if (this.world.isStored(n)) this.e.store(space, n, point, value);
      const place = this.kept.get(n);
      if (place) this.e.storeInto(space, this.rowView(place), point, value);
    }
    return values;
  }

  private operand(x: Node, point: Point): ValueId {
    return this.earlier(x, point) ?? this.e.operand(plainSpace(this.rows.shape), x, point);
  }

  /** What is known of a node from earlier passes. */
  private earlier(x: Node, point: Point): ValueId | undefined {
    const narrow = this.narrow.get(this.world.viewOf(x).source);
    if (narrow !== undefined) return narrow;
    if (!this.passes.crossing.has(x)) return undefined;
    const place = this.kept.get(x);
    const view = place ? this.rowView(place) : { source: x, offset: 0, strides: stridesOf(x.shape) };
    return this.e.viewed(plainSpace(this.rows.shape), view, point);
  }

  private rowView(place: Node): View {
    const last = this.rows.shape.length - 1;
    return { source: place, offset: 0, strides: this.rows.shape.map((_, i) => (i === last ? 1 : 0)) };
  }

  private inside(acc: Accumulator, value: ValueId, count: number): ValueId {
    const { b } = this;
    if (count === b.lanes) return value;
    const active = b.op('ilt', b.iota(), b.int(count));
    return b.op(b.typeOf(value) === 'f32' ? 'select' : 'iselect', active, value, acc.neutral(b));
  }
}

/** For each accumulator, its strands, each a list of values. */
function unpack(state: readonly ValueId[], accumulators: readonly Accumulator[], width: number): ValueId[][][] {
  let at = 0;
  return accumulators.map((acc) =>
    Array.from({ length: width }, () => {
      at += acc.width;
      return state.slice(at - acc.width, at);
    }),
  );
}
