import { node } from '../graph/build.ts';
import { bytesPerElement } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { areDisjoint, type Extent, evenStep, type Touch, union } from '../kernel/extents.ts';
import type { TargetFacts } from '../targets/facts.ts';
import {
  chainsFit,
  greatestDivisor,
  type Joinable,
  Joined,
  type OwnMemory,
  Single,
  withWholeChains,
} from './joinable.ts';
import { callsOf, type LoweredPhase } from './lower/lowered.ts';
import { bytesOf } from './storage.ts';

/** A phase of a cluster, and its place among all phases. */
export interface Entry {
  readonly phase: LoweredPhase;
  readonly number: number;
}

/** Phases after joining, and the memories of which every thread now has its own. */
export interface HandedOver {
  readonly entries: readonly Entry[];
  readonly ofThread: readonly Node[];
}

/**
 * Results of fewer bytes stay in a cache until they are read anyway; and a joined call must have so many items, or as many as
 * the dearer of the two had, for an even share among threads.
 */
const JOINS = { bytes: 192 << 10, items: 32 };
/** What an item may leave for its successor, so that it is still in a core's own cache. */
const NEAR = 512 << 10;
/** Calls of more items are not looked at: each of the items would be. */
const MOST = 16384;

/**
 * Joins calls where the second reads what the first writes and each of its items needs only what one item (or a few that
 * follow each other) of the first wrote: images that go through convolution and pooling, heads that go through the steps of
 * attention. Item by item, what is handed over stays in a near cache; if nobody else reads it, it never goes to memory.
 *
 * It is decided by what the items of the kernels touch, whatever they compute. `isGiven` says which memories belong to
 * others.
 */
export function handOver(
  entries: readonly Entry[],
  isGiven: (n: Node) => boolean,
  joins: TargetFacts['joins'] = JOINS,
): HandedOver {
  return new Joiner(entries, isGiven, joins).run();
}

interface Step {
  readonly number: number;
  readonly calls: readonly Joinable[];
  /** A loop is taken as a whole. */
  readonly loop?: LoweredPhase;
}

/** How two calls become one: so many items of each to an item of the joined one. */
interface Fit {
  readonly first: number;
  readonly second: number;
  /** For memories that are handed over: elements from item to item, and how many an item spans. */
  readonly apart: ReadonlyMap<Node, { readonly step: number; readonly span: number }>;
}

function meets(a: Joinable, b: Joinable): boolean {
  for (const n of a.writes) if (b.reads.has(n) || b.writes.has(n)) return true;
  for (const n of b.writes) if (a.reads.has(n)) return true;
  return false;
}

class Joiner {
  private readonly isGiven: (n: Node) => boolean;
  private steps: Step[];
  private readonly joins: typeof JOINS;
  private readonly ofThread: Node[] = [];
  /** Calls whose items do not belong together, wherever they stand. */
  private readonly unfit = new Map<Joinable, Set<Joinable>>();
  /** The steps that read or write a memory. */
  private readonly users = new Map<Node, Set<Step>>();

  constructor(entries: readonly Entry[], isGiven: (n: Node) => boolean, joins: typeof JOINS) {
    this.isGiven = isGiven;
    this.joins = joins;
    this.steps = entries.flatMap(({ phase, number }): Step[] => {
      const calls = callsOf(phase).map((c) => new Single(c));
      return 'calls' in phase ? calls.map((c) => ({ number, calls: [c] })) : [{ number, calls, loop: phase }];
    });
    for (const s of this.steps) this.enter(s);
  }

  run(): HandedOver {
    const large = [...this.users.keys()].filter((n) => bytesOf(n) >= this.joins.bytes);
    // Where most is saved first: what is joined there decides how many items there are for the others. What only one call reads
    // need not be written either.
    const saved = new Map(large.map((n) => [n, bytesOf(n) * (this.users.get(n)!.size === 2 ? 2 : 1)]));
    large.sort((a, b) => saved.get(b)! - saved.get(a)!);
    // What was joined may make room for others.
    while (large.filter((n) => this.joinOver(n)).length > 0);
    const entries = this.steps.map(({ number, calls, loop }): Entry => {
      return { number, phase: loop ?? { calls: calls.map((c) => withWholeChains(c.toCall())) } };
    });
    return { entries, ofThread: this.ofThread };
  }

  private enter(step: Step): void {
    for (const n of step.calls.flatMap((c) => c.args)) {
      this.users.set(n, (this.users.get(n) ?? new Set()).add(step));
    }
  }

  private leave(step: Step): void {
    for (const n of step.calls.flatMap((c) => c.args)) this.users.get(n)!.delete(step);
  }

  /** Joins calls of which one writes `n` and the other reads it, as long as there are any. */
  private joinOver(n: Node): boolean {
    const users = [...this.users.get(n)!].filter((s) => !s.loop && !s.calls[0]!.placed);
    users.sort((a, b) => a.number - b.number);
    const joined = users.some(
      (first) =>
        first.calls[0]!.writes.has(n) &&
        users.some((s) => s.number > first.number && s.calls[0]!.reads.has(n) && this.tryJoin(first, s)),
    );
    if (joined) this.joinOver(n);
    return joined;
  }

  private tryJoin(first: Step, second: Step): boolean {
    const [[a], [b]] = [first.calls as [Joinable], second.calls as [Joinable]];
    if (this.unfit.get(a)?.has(b)) return false;
    const number = this.placeFor(first, second);
    if (number === undefined) return false;
    const counts = itemsOf(a, b, this.joins.items);
    if (counts.some((items) => this.joinItems(first, second, number, items))) return true;
    this.unfit.set(a, (this.unfit.get(a) ?? new Set()).add(b));
    return false;
  }

  private joinItems(first: Step, second: Step, number: number, items: number): boolean {
    const [[a], [b]] = [first.calls as [Joinable], second.calls as [Joinable]];
    const fit = fitOf(a, b, items);
    if (!fit) return false;
    const handed = [...fit.apart].filter(([n]) => bytesOf(n) >= this.joins.bytes);
    const near = handed.reduce((sum, [n, { span }]) => sum + span * bytesPerElement(n.dtype), 0);
    if (handed.length === 0 || near > NEAR) return false;
    const joined = this.join(a, b, fit, [first, second]);
    const step: Step = { number, calls: [joined] };
    this.steps = this.steps.filter((s) => s !== second).map((s) => (s === first ? step : s));
    this.leave(first);
    this.leave(second);
    this.enter(step);
    return true;
  }

  /** The phase in which both can run: nothing between them may need the first, or be needed by the second. */
  private placeFor(first: Step, second: Step): number | undefined {
    const [[a], [b]] = [first.calls as [Joinable], second.calls as [Joinable]];
    const between = (from: number, to: number, c: Joinable) =>
      c.args.some((n) =>
        [...this.users.get(n)!].some(
          (s) => s !== first && s !== second && s.number >= from && s.number <= to && s.calls.some((d) => meets(c, d)),
        ),
      );
    if (!between(first.number, second.number - 1, b)) return first.number;
    return between(first.number + 1, second.number, a) ? undefined : second.number;
  }

  private join(a: Joinable, b: Joinable, fit: Fit, steps: readonly Step[]): Joinable {
    const own = new Map<Node, OwnMemory>();
    for (const [n, { step, span }] of fit.apart) {
      const elsewhere = [...this.users.get(n)!].some((s) => !steps.includes(s));
      if (step <= 0 || elsewhere || this.isGiven(n)) continue;
      const place = node('input', [], { name: 'item', shape: [span], dtype: n.dtype });
      own.set(n, { place, step });
      this.ofThread.push(place);
    }
    const members = [
      { call: a, times: fit.first },
      { call: b, times: fit.second },
    ];
    return new Joined(members, own);
  }
}

/** How many items a call may have that joins two, most first: their items must go into each other. */
function itemsOf(a: Joinable, b: Joinable, least: number): number[] {
  const [m, n] = [a.domain, b.domain];
  if (Math.max(m, n) > MOST || a.lanes !== b.lanes) return [];
  const enough = Math.max(1, Math.min(least, a.cost > b.cost ? m : n));
  const whole = greatestDivisor(m, n);
  const counts: number[] = [];
  for (let parts = 1; whole / parts >= enough; parts++) if (whole % parts === 0) counts.push(whole / parts);
  return counts;
}

/** How the items of two calls belong together, or undefined where they do not. */
function fitOf(a: Joinable, b: Joinable, items: number): Fit | undefined {
  const [first, second] = [a.domain / items, b.domain / items];
  const members = [
    { call: a, times: first },
    { call: b, times: second },
  ];
  if (!chainsFit(members)) return undefined;
  const shared = a.args.filter((x) => b.args.includes(x) && (a.writes.has(x) || b.writes.has(x)));
  const touched = new Map<Node, readonly [Touch, Touch]>();
  for (const x of shared) {
    const [u, v] = [a.touched(x), b.touched(x)];
    if (!u || !v) return undefined;
    touched.set(x, [u, v]);
  }
  const together = (x: Node, item: number): Extent => {
    const [u, v] = touched.get(x)!;
    return union(u(item * first, first), v(item * second, second));
  };
  // A few items say it: most calls that do not fit show it at once.
  const few = [...new Set([0, Math.min(1, items - 1), items - 1])];
  if (!shared.every((x) => areDisjoint(few.map((item) => together(x, item))))) return undefined;
  const apart = new Map<Node, { step: number; span: number }>();
  for (const x of shared) {
    const places = apartFrom(Array.from({ length: items }, (_, item) => together(x, item)));
    if (!places) return undefined;
    apart.set(x, places);
  }
  return { first, second, apart };
}

/**
 * Whether no item touches what another one does; then elements from item to item (0 where they are not evenly spaced), and
 * how many an item spans, counted from a place that is the same for all.
 */
function apartFrom(all: readonly Extent[]): { step: number; span: number } | undefined {
  if (!areDisjoint(all)) return undefined;
  const step = evenStep(all);
  const span = Math.max(...all.map((r, i) => (step > 0 ? r.high - i * step + 1 : r.high - r.low + 1)));
  return { step, span };
}
