import type { ValueId } from '../../kernel/ir.ts';

/** Positions of the definition and of the last use. At one position, uses come before definitions. */
export interface Interval {
  begin: number;
  end: number;
}

/** What is defined is written, even if nobody reads it: it occupies its local at least for that moment. */
const endOf = (i: Interval): number => Math.max(i.end, i.begin + 0.5);
const overlap = (a: Interval, b: Interval): boolean => a.begin < endOf(b) && b.begin < endOf(a);

interface Class {
  readonly intervals: Interval[];
  readonly members: ValueId[];
  local: number;
}

/** Sets of values that share a local. */
export class LocalClasses {
  private readonly classOf = new Map<ValueId, Class>();
  count = 0;

  add(id: ValueId, interval: Interval): void {
    this.classOf.set(id, { intervals: [interval], members: [id], local: -1 });
  }

  has(id: ValueId): boolean {
    return this.classOf.has(id);
  }

  merge(a: ValueId, b: ValueId): void {
    const into = this.classOf.get(a)!;
    const from = this.classOf.get(b)!;
    if (into === from) return;
    into.intervals.push(...from.intervals);
    into.members.push(...from.members);
    for (const id of from.members) this.classOf.set(id, into);
  }

  /** Merges unless some of the values live at the same time. */
  tryMerge(a: ValueId, b: ValueId): void {
    const x = this.classOf.get(a)!;
    const y = this.classOf.get(b)!;
    if (x !== y && !x.intervals.some((i) => y.intervals.some((j) => overlap(i, j)))) this.merge(a, b);
  }

  /** Linear scan over the hulls of the classes. */
  assign(): void {
    const hulls = [...new Set(this.classOf.values())].map((c) => ({
      c,
      begin: Math.min(...c.intervals.map((i) => i.begin)),
      end: Math.max(...c.intervals.map(endOf)),
    }));
    hulls.sort((a, b) => a.begin - b.begin);
    const freeAt: number[] = [];
    for (const { c, begin, end } of hulls) {
      const free = freeAt.findIndex((at) => at <= begin);
      c.local = free >= 0 ? free : freeAt.length;
      freeAt[c.local] = end;
    }
    this.count = freeAt.length;
  }

  local(id: ValueId): number {
    const found = this.classOf.get(id);
    if (!found) throw new Error(`value ${id} is used where it is not defined`);
    return found.local;
  }
}
