import type { Affine, IndexId, IndexStmt, Kernel, LoopStmt, Stmt } from './ir.ts';

/** The first and the last element of a buffer that an item touches; the last before the first where it touches none. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

const NOTHING: Extent = { low: Infinity, high: -Infinity };

/** Accesses whose addresses differ by a constant. */
interface Group {
  readonly terms: Affine['terms'];
  low: number;
  high: number;
}

type Step = LoopStmt | IndexStmt;

/** What `times` items that follow each other, from `begin` on, touch of a buffer together. */
export type Touch = (begin: number, times: number) => Extent;

/**
 * What the items of a kernel touch of `buffer`, by interval arithmetic over its indices: never less than they do. Undefined
 * where that cannot be said (a gather).
 */
export function touchedBy(kernel: Kernel, buffer: number): Touch | undefined {
  const collected = new Collector(kernel.lanes, buffer);
  if (!collected.block(kernel.body)) return undefined;
  const groups = [...collected.groups.values()];
  const steps = stepsFor(groups, collected.steps);
  const ranges = new Ranges();
  for (const [index, [from, to]] of collected.given) ranges.set(index, from, to);
  const enter = (item: number): void => {
    ranges.set(kernel.item, item, item);
    for (const s of steps) ranges.enter(s);
  };
  if (steps.some((s) => operands(s).some((a) => coefficient(a.terms, kernel.item) !== 0))) {
    return eachItem((item) => {
      enter(item);
      let all = NOTHING;
      for (const g of groups) all = union(all, ranges.of(g));
      return all;
    });
  }
  // Nothing else follows from the item: each further one is so many elements further, so that the first and the last say all.
  enter(0);
  const places = byStep(groups.map((g) => ({ ...ranges.of(g), step: coefficient(g.terms, kernel.item) })));
  return (begin, times) => union(covering(places, begin), covering(places, begin + times - 1));
}

function eachItem(of: (item: number) => Extent): Touch {
  const known: Extent[] = [];
  return (begin, times) => {
    let all = NOTHING;
    for (let i = begin; i < begin + times; i++) {
      known[i] ??= of(i);
      all = union(all, known[i]!);
    }
    return all;
  };
}

/** What each item touches of which there are `items`, each `times` that follow each other together. */
export function extentsOf(touched: Touch, items: number, times: number): Extent[] {
  return Array.from({ length: items }, (_, i) => touched(i * times, times));
}

/** From the lower of both first elements to the higher of both last ones. */
export function union(a: Extent, b: Extent): Extent {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** Whether no two of them share an element. */
export function areDisjoint(extents: readonly Extent[]): boolean {
  const sorted = [...extents].sort((a, b) => a.low - b.low);
  return sorted.every((e, i) => i === 0 || e.low > sorted[i - 1]!.high);
}

/** Elements from each item to the next, where they are evenly spaced; else 0. */
export function evenStep(extents: readonly Extent[]): number {
  const [first, second] = extents;
  if (!first || !second || first.low < 0) return 0;
  const step = second.low - first.low;
  return step > 0 && extents.every((e, i) => e.low === first.low + i * step) ? step : 0;
}

/** Where the accesses of a group lie, for the first item; and how much further for each next one. */
interface Place extends Extent {
  readonly step: number;
}

/** Those that go on alike, as one. */
function byStep(places: readonly Place[]): Place[] {
  const found = new Map<number, Place>();
  for (const p of places) found.set(p.step, { ...union(found.get(p.step) ?? NOTHING, p), step: p.step });
  return [...found.values()];
}

function covering(places: readonly Place[], item: number): Extent {
  let [low, high] = [NOTHING.low, NOTHING.high];
  for (const p of places) {
    low = Math.min(low, p.low + item * p.step);
    high = Math.max(high, p.high + item * p.step);
  }
  return { low, high };
}

function coefficient(terms: Affine['terms'], index: IndexId): number {
  return terms.find(([i]) => i === index)?.[1] ?? 0;
}

function operands(s: Step): Affine[] {
  if (s.k === 'loop') return [s.begin, s.end];
  return typeof s.b === 'number' ? [s.a] : [s.a, s.b];
}

/** The steps that give the indices in `groups`, and those that give theirs, in order. */
function stepsFor(groups: readonly Group[], steps: readonly Step[]): Step[] {
  const wanted = new Set(groups.flatMap((g) => g.terms.map(([i]) => i)));
  const kept: Step[] = [];
  for (const s of [...steps].reverse()) {
    if (!wanted.has(s.k === 'loop' ? s.index : s.id)) continue;
    kept.push(s);
    for (const { terms } of operands(s)) for (const [i] of terms) wanted.add(i);
  }
  return kept.reverse();
}

/** From where to where each index goes. */
class Ranges {
  readonly #from: number[] = [];
  readonly #to: number[] = [];

  set(index: IndexId, from: number, to: number): void {
    this.#from[index] = from;
    this.#to[index] = to;
  }

  /** Where the accesses of a group lie. */
  of({ terms, low, high }: Group): Extent {
    return { low: this.low({ c: low, terms }), high: this.high({ c: high, terms }) };
  }

  // Asked for item by item: these two make no objects.
  low({ c, terms }: Affine): number {
    let low = c;
    for (let t = 0; t < terms.length; t++) {
      const k = terms[t]![1];
      low += k * (k > 0 ? this.#from : this.#to)[terms[t]![0]]!;
    }
    return low;
  }

  high({ c, terms }: Affine): number {
    let high = c;
    for (let t = 0; t < terms.length; t++) {
      const k = terms[t]![1];
      high += k * (k > 0 ? this.#to : this.#from)[terms[t]![0]]!;
    }
    return high;
  }

  enter(s: Step): void {
    if (s.k === 'loop') {
      // A loop without iterations touches nothing, so that its range may be anything.
      const [from, last] = [this.low(s.begin), this.high(s.end) - 1];
      const fixed = from === this.high(s.begin);
      this.set(s.index, from, fixed ? from + Math.floor((last - from) / s.step) * s.step : last);
      return;
    }
    const { op, a, b, id } = s;
    const [low, high] = [this.low(a), this.high(a)];
    if (typeof b !== 'number') {
      const pick = op === 'min' ? Math.min : Math.max;
      this.set(id, pick(low, this.low(b)), pick(high, this.high(b)));
      return;
    }
    const [first, last] = [Math.floor(low / b), Math.floor(high / b)];
    if (op === 'div') this.set(id, first, last);
    else if (first === last) this.set(id, low - first * b, high - first * b);
    else this.set(id, 0, b - 1);
  }
}

/** What a kernel's body says about indices, in order, and about the accesses to one buffer. */
class Collector {
  readonly steps: Step[] = [];
  readonly given: (readonly [IndexId, readonly [number, number]])[] = [];
  readonly groups = new Map<string, Group>();
  readonly #lanes: number;
  readonly #buffer: number;

  constructor(lanes: number, buffer: number) {
    this.#lanes = lanes;
    this.#buffer = buffer;
  }

  /** Whether everything can be said. */
  block(body: readonly Stmt[]): boolean {
    return body.every((s) => this.#statement(s));
  }

  #statement(s: Stmt): boolean {
    switch (s.k) {
      case 'loop':
        this.steps.push(s);
        return this.block(s.body);
      case 'if':
        return this.block(s.then) && this.block(s.otherwise);
      case 'index':
        this.steps.push(s);
        return true;
      case 'loadIndex':
        this.given.push([s.id, [s.lo, s.hi]]);
        if (s.buf === this.#buffer) this.#add(s.at, 0);
        return true;
      case 'gather':
        return s.buf !== this.#buffer;
      case 'load':
      case 'store':
        if (s.buf === this.#buffer) this.#add(s.at, reach(this.#lanes, s));
        return true;
      default:
        return true;
    }
  }

  #add(at: Affine, further: number): void {
    const key = `${at.terms.map(([i, k]) => `${i}*${k}`).join(' ')}`;
    const group = this.groups.get(key) ?? { terms: at.terms, ...NOTHING };
    group.low = Math.min(group.low, at.c, at.c + further);
    group.high = Math.max(group.high, at.c, at.c + further);
    this.groups.set(key, group);
  }
}

/** From the first lane's element to the last one's. */
function reach(
  lanes: number,
  s: { readonly splat?: boolean; readonly count?: number; readonly stride?: number },
): number {
  return s.splat ? 0 : ((s.count ?? lanes) - 1) * (s.stride ?? 1);
}
