import type { Node } from '../../graph/node.ts';
import { PRIMITIVES } from '../../graph/primitives.ts';
import { sameShape } from '../../graph/shape.ts';
import { affine, KernelBuilder } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Rows } from '../cluster.ts';
import { type Accumulator, accumulatorOf, joinStrands, TREE } from './accumulate.ts';
import { Emitter, type Point, type Surroundings } from './emitter.ts';
import { unflatten } from './items.ts';
import { inSequence, type Lowered, NOTHING } from './lowered.ts';
import { readsOf, writesOf } from './map.ts';
import { pointwiseCost } from './pointwise.ts';
import { lowerWideRows } from './wide-rows.ts';
import { plainSpace } from './window.ts';

/** A row of at most so many elements is kept in registers. */
const REGISTERS = 64;

/** Everything of one row in registers, where it fits; a row is an item. */
export function lowerRows(rows: Rows, world: Surroundings, facts: TargetFacts): Lowered {
  if (rows.count === 0) return NOTHING;
  if (rows.columns > (facts.rowInRegisters ?? REGISTERS)) return lowerWideRows(rows, world, facts);
  const local = new Set(rows.nodes);
  const b = new KernelBuilder(`rows ${rows.nodes.map((n) => n.op).join(' ')}`, facts.lanes, facts.fma);
  const e = new Emitter(b, world, readsOf(world, rows.nodes, local), writesOf(world, rows.nodes));
  new RowLowering(rows, world, e).run();
  const vectors = Math.ceil(rows.columns / 16);
  const work = rows.nodes.reduce((n, x) => n + pointwiseCost(x), 0) * vectors * rows.count;
  return inSequence([{ kernel: b.finish(rows.count), args: e.args, cost: 2 + work / 4 }]);
}

class RowLowering {
  private readonly rows: Rows;
  private readonly world: Surroundings;
  private readonly e: Emitter;
  private readonly b: KernelBuilder;
  /** The vectors of what has all columns. */
  private readonly wide = new Map<Node, ValueId[]>();
  /** What has one element a row, the same in all lanes. */
  private readonly narrow = new Map<Node, ValueId>();

  constructor(rows: Rows, world: Surroundings, e: Emitter) {
    this.rows = rows;
    this.world = world;
    this.e = e;
    this.b = e.b;
  }

  run(): void {
    for (const n of this.rows.nodes) {
      if (PRIMITIVES[n.op].class === 'reduce') this.reduce(n);
      else if (sameShape(n.shape, this.rows.shape)) this.computeWide(n);
      else this.computeNarrow(n);
    }
  }

  private points(): Point[] {
    const { shape, columns } = this.rows;
    const lane = shape.length - 1;
    const at = unflatten(this.b, affine(0, [this.b.item, 1]), shape.slice(0, lane));
    return Array.from({ length: Math.ceil(columns / this.b.lanes) }, (_, v) => ({
      at: [...at, affine(v * this.b.lanes)],
      lane,
      count: Math.min(this.b.lanes, columns - v * this.b.lanes),
    }));
  }

  private computeWide(n: Node): void {
    const space = plainSpace(this.rows.shape);
    const values = this.points().map((point, v) => {
      const known = (x: Node) => this.wide.get(x)?.[v] ?? this.narrow.get(this.world.viewOf(x).source);
      const value = this.e.pointwise(space, n, point, known);
      if (this.world.isStored(n)) this.e.store(space, n, point, value);
      return value;
    });
    this.wide.set(n, values);
  }

  private computeNarrow(n: Node): void {
    const point = this.rowPoint(n);
    const known = (x: Node) => this.narrow.get(this.world.viewOf(x).source);
    this.keepNarrow(n, point, this.e.pointwise(plainSpace(n.shape), n, point, known));
  }

  private rowPoint(n: Node): Point {
    return { at: unflatten(this.b, affine(0, [this.b.item, 1]), n.shape), lane: -1, count: 1 };
  }

  private keepNarrow(n: Node, point: Point, value: ValueId): void {
    this.narrow.set(n, value);
    if (this.world.isStored(n)) this.e.store(plainSpace(n.shape), n, point, value);
  }

  /** The same tree as a reduction of its own would have. */
  private reduce(n: Node): void {
    const { b } = this;
    const acc = accumulatorOf(n);
    const x = n.inputs[0]!;
    const space = plainSpace(this.rows.shape);
    const strands = Array.from({ length: TREE / b.lanes }, () => acc.empty(b));
    this.points().forEach((point, v) => {
      const value = this.wide.get(x)?.[v] ?? this.e.operand(space, x, point);
      const k = v % strands.length;
      const place = () => b.op('iadd', b.int(v * b.lanes), b.iota());
      strands[k] = acc.add(b, strands[k]!, this.inside(acc, value, point.count), place);
    });
    const joined = joinStrands(b, acc, strands);
    const everywhere = b.shuffle(joined, joined, Array(b.lanes).fill(0));
    this.keepNarrow(n, this.rowPoint(n), everywhere);
  }

  private inside(acc: Accumulator, value: ValueId, count: number): ValueId {
    const { b } = this;
    if (count === b.lanes) return value;
    const active = b.op('ilt', b.iota(), b.int(count));
    return b.op(b.typeOf(value) === 'f32' ? 'select' : 'iselect', active, value, acc.neutral(b));
  }
}
