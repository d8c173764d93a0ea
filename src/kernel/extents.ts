import type { Affine, IndexId, IndexStmt, Kernel, LoopStmt, Stmt } from './ir.ts';

/** The first and the last element of a buffer that an item touches. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

/** What an item of a kernel reads and writes of one buffer; undefined where it does not. */
export interface Touched {
  readonly reads?: Extent;
  readonly writes?: Extent;
}

/** Accesses whose addresses differ by a constant. */
interface Group {
  readonly terms: Affine['terms'];
  readonly writes: boolean;
  low: number;
  high: number;
}

type Step = LoopStmt | IndexStmt;

/**
 * What each item of a kernel touches of `buffer`, by interval arithmetic over its indices: never less than it does.
 * Undefined where that cannot be said (a gather).
 */
export function touchedBy(kernel: Kernel, buffer: number): ((item: number) => Touched) | undefined {
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
      return { writes: g.writes, low: from + g.low, high: to + g.high, step: coefficient(g.terms, kernel.item) };
    });
  };
  if (collected.steps.some((s) => dependsOn(s, kernel.item))) return (item) => covering(at(item), 0);
  // Nothing else follows from the item: each further one is so many elements further.
  const first = at(0);
  return (item) => covering(first, item);
}

/** Where the accesses of a group lie, for the first item; and how much further for each next one. */
interface Place {
  readonly writes: boolean;
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

function covering(places: readonly Place[], item: number): Touched {
  const of = (writes: boolean): Extent | undefined => {
    let [low, high] = [Infinity, -Infinity];
    for (const p of places) {
      if (p.writes !== writes) continue;
      low = Math.min(low, p.low + item * p.step);
      high = Math.max(high, p.high + item * p.step);
    }
    return high < low ? undefined : { low, high };
  };
  const [reads, writes] = [of(false), of(true)];
  return { ...(reads ? { reads } : {}), ...(writes ? { writes } : {}) };
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
        if (s.buf === this.#buffer) this.#add(s.at, 0, false);
        return true;
      case 'gather':
        return s.buf !== this.#buffer;
      case 'load':
      case 'store':
        if (s.buf === this.#buffer) this.#add(s.at, reach(this.#lanes, s), s.k === 'store');
        return true;
      default:
        return true;
    }
  }

  #add(at: Affine, further: number, writes: boolean): void {
    const key = `${writes} ${at.terms.map(([i, k]) => `${i}*${k}`).join(' ')}`;
    const group = this.groups.get(key) ?? { terms: at.terms, writes, low: Infinity, high: -Infinity };
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
