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

/**
 * What each item of a kernel touches of `buffer`, by interval arithmetic over its indices: never less than it does.
 * Undefined where that cannot be said (a gather).
 */
export function touchedBy(kernel: Kernel, buffer: number): ((item: number) => Extent) | undefined {
  const collected = new Collector(kernel.lanes, buffer);
  if (!collected.block(kernel.body)) return undefined;
  const groups = [...collected.groups.values()];
  const ranges = new Map<IndexId, readonly [number, number]>();
  const within = ({ c, terms }: Affine): [number, number] => {
    let [low, high] = [c, c];
    for (const [i, k] of terms) {
      const [from, to] = ranges.get(i)!;
      low += k > 0 ? k * from : k * to;
      high += k > 0 ? k * to : k * from;
    }
    return [low, high];
  };
  const enter = (item: number): void => {
    ranges.set(kernel.item, [item, item]);
    for (const [index, range] of collected.given) ranges.set(index, range);
    for (const s of collected.steps) ranges.set(s.k === 'loop' ? s.index : s.id, rangeOf(s, within));
  };
  const at = (item: number): Place[] => {
    enter(item);
    return groups.map((g) => {
      const [from, to] = within({ c: 0, terms: g.terms });
      return { low: from + g.low, high: to + g.high, step: coefficient(g.terms, kernel.item) };
    });
  };
  if (collected.steps.some((s) => dependsOn(s, kernel.item))) return (item) => covering(at(item), 0);
  // Nothing else follows from the item: each further one is so many elements further.
  const first = at(0);
  return (item) => covering(first, item);
}

/** What every item of a kernel touches of `buffer`; undefined where that cannot be said. */
export function extentsOf(kernel: Kernel, buffer: number): Extent[] | undefined {
  const touched = touchedBy(kernel, buffer);
  return touched && Array.from({ length: kernel.domain }, (_, item) => touched(item));
}

/** What each `times` items that follow each other touch together. */
export function grouped(extents: readonly Extent[], times: number): readonly Extent[] {
  if (times === 1) return extents;
  const groups = Array.from({ length: extents.length / times }, (_, i) => extents.slice(i * times, (i + 1) * times));
  return groups.map((g) => g.reduce(union));
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

function dependsOn(s: Step, index: IndexId): boolean {
  const parts = s.k === 'loop' ? [s.begin, s.end] : typeof s.b === 'number' ? [s.a] : [s.a, s.b];
  return parts.some((a) => coefficient(a.terms, index) !== 0);
}

function rangeOf(s: Step, within: (a: Affine) => [number, number]): [number, number] {
  if (s.k === 'loop') {
    // A loop without iterations touches nothing, so that its range may be anything.
    const [[from, to], last] = [within(s.begin), within(s.end)[1] - 1];
    return [from, from === to ? from + Math.floor((last - from) / s.step) * s.step : last];
  }
  const [low, high] = within(s.a);
  switch (s.op) {
    case 'div':
      return [Math.floor(low / s.b), Math.floor(high / s.b)];
    case 'mod': {
      const turn = Math.floor(low / s.b);
      return Math.floor(high / s.b) === turn ? [low - turn * s.b, high - turn * s.b] : [0, s.b - 1];
    }
    default: {
      const [from, to] = within(s.b);
      const pick = s.op === 'min' ? Math.min : Math.max;
      return [pick(low, from), pick(high, to)];
    }
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
