import type { IntAffine, IReg, MachineLoop, Placed } from './machine.ts';

/** Where an integer virtual register lives: a register, a stack slot, or nowhere as nothing reads it. */
export type Place =
  | { readonly k: 'reg'; readonly n: number }
  | { readonly k: 'slot'; readonly n: number }
  | { readonly k: 'nowhere' };

export interface Places {
  readonly of: readonly Place[];
  readonly slots: number;
}

/**
 * Registers by preference, by their numbers: rsp is the stack, rax and rdx are scratch (division needs them); rbp, r12
 * and r13 come last, as addresses based on them take a byte more.
 */
const AVAILABLE = [1, 3, 6, 7, 8, 9, 10, 11, 14, 15, 5, 12, 13];

/** How much more an access inside a loop counts than one outside. */
const LOOP_WEIGHT = 8;
const NEVER = -1;

interface Interval {
  start: number;
  end: number;
  weight: number;
  read: boolean;
  /** Another register that it would best share a place with. */
  partner: IReg;
}

/**
 * Integer registers by priority: one interval each, those that inner loops use most choose first, the rest lives on the
 * stack. `fixed` are in given registers at the entry.
 */
export function placeIntegers(code: readonly Placed[], count: number, fixed: ReadonlyMap<IReg, number>): Places {
  const intervals = new Scan(code, count, [...fixed.keys()]).intervals;
  const busy = new Map<number, Interval[]>(AVAILABLE.map((n) => [n, []]));
  const of: Place[] = intervals.map(() => ({ k: 'nowhere' }));
  const isFree = (n: number, i: Interval) => busy.get(n)!.every((b) => b.end <= i.start || i.end <= b.start);
  const put = (r: IReg, n: number) => {
    busy.get(n)!.push(intervals[r]!);
    of[r] = { k: 'reg', n };
  };
  const waiting: IReg[] = [];
  intervals.forEach((interval, r) => {
    const n = fixed.get(r);
    if (!interval.read) return;
    if (n !== undefined && busy.has(n)) put(r, n);
    else waiting.push(r);
  });
  waiting.sort((a, b) => intervals[b]!.weight - intervals[a]!.weight || a - b);
  let slots = 0;
  for (const r of waiting) {
    const interval = intervals[r]!;
    const partner = interval.partner === NEVER ? undefined : of[interval.partner]!;
    if (partner?.k === 'reg' && isFree(partner.n, interval)) {
      put(r, partner.n);
      continue;
    }
    const n = AVAILABLE.find((candidate) => isFree(candidate, interval));
    if (n === undefined) of[r] = { k: 'slot', n: slots++ };
    else put(r, n);
  }
  return { of, slots };
}

/** Intervals in half positions: instruction `p` reads at `2p` and writes at `2p + 1`. */
class Scan {
  readonly intervals: Interval[];
  readonly #open: { start: number; used: Set<IReg> }[] = [];
  #at = 0;
  #weight = 1;

  constructor(code: readonly Placed[], count: number, entry: readonly IReg[]) {
    this.intervals = Array.from({ length: count }, () => ({
      start: NEVER,
      end: NEVER,
      weight: 0,
      read: false,
      partner: NEVER,
    }));
    for (const r of entry) Object.assign(this.intervals[r]!, { start: 0, end: 1 });
    code.forEach((node, p) => {
      this.#at = 2 * p + 2;
      this.#node(node);
    });
  }

  #read(r: IReg, late = 0): void {
    if (r < 0) return;
    const i = this.intervals[r]!;
    i.read = true;
    this.#touch(i, r, this.#at + 2 * late);
  }

  #touch(i: Interval, r: IReg, end: number): void {
    i.end = Math.max(i.end, end);
    i.weight += this.#weight;
    const loop = this.#open.at(-1);
    if (loop && i.start < loop.start) loop.used.add(r);
  }

  #write(r: IReg): void {
    if (r < 0) return;
    const i = this.intervals[r]!;
    if (i.start === NEVER) i.start = this.#at + 1;
    i.end = Math.max(i.end, this.#at + 2);
    i.weight += this.#weight;
  }

  #affine(a: IntAffine, late = 0): void {
    for (const [r] of a.terms) this.#read(r, late);
  }

  #node(node: Placed): void {
    switch (node.k) {
      case 'inst':
        if (node.mem) this.#read(node.mem.base);
        if (node.affine) this.#affine(node.affine);
        return;
      case 'base':
        this.#read(node.table);
        this.#write(node.dst);
        return;
      case 'lea':
        this.#read(node.base);
        this.#read(node.index);
        this.#write(node.dst);
        if (node.index < 0) this.#pair(node.dst, node.base);
        return;
      case 'affine':
      case 'div':
      case 'mod':
        this.#affine(node.a);
        this.#write(node.dst);
        return;
      case 'min':
      case 'max':
        this.#affine(node.a);
        this.#affine(node.b);
        this.#write(node.dst);
        return;
      case 'loadIndex':
        this.#read(node.mem.base);
        this.#write(node.dst);
        return;
      case 'if':
        this.#affine(node.value);
        return;
      case 'loop':
        this.#enter(node);
        return;
      case 'end':
        this.#leave(node.loop);
        return;
    }
  }

  #pair(a: IReg, b: IReg): void {
    this.intervals[a]!.partner = b;
    if (this.intervals[b]!.partner === NEVER) this.intervals[b]!.partner = a;
  }

  #enter(loop: MachineLoop): void {
    // index and counter are written one after the other, so nothing they start from may share their registers
    if (loop.index >= 0) this.#affine(loop.begin, 1);
    if (loop.counter >= 0) this.#affine(loop.extent, 1);
    this.#weight *= LOOP_WEIGHT;
    this.#open.push({ start: this.#at + 1, used: new Set() });
    this.#write(loop.index);
    this.#write(loop.counter);
  }

  #leave(loop: MachineLoop): void {
    for (const r of [loop.index, loop.counter]) this.#read(r);
    for (const [r] of loop.advances) this.#touch(this.intervals[r]!, r, this.#at + 2);
    const { used } = this.#open.pop()!;
    this.#weight /= LOOP_WEIGHT;
    const outer = this.#open.at(-1);
    for (const r of used) {
      const i = this.intervals[r]!;
      i.end = Math.max(i.end, this.#at + 2);
      if (outer && i.start < outer.start) outer.used.add(r);
    }
  }
}
