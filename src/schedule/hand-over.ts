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
  type Member,
  type OwnMemory,
  Single,
  withWholeChains,
} from './joinable.ts';
import { callsOf, type LoweredPhase } from './lower/lowered.ts';
import { type Step, Steps } from './steps.ts';
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
const JOINS = { bytes: 192 << 10, items: 16 };
/** What an item may leave for its successor, so that it is still in a core's own cache or its share of the last one. */
const NEAR = 5 << 19;
/** What has to run between two calls is joined with them if it takes no more than this part of their time. */
const ON_THE_WAY = 0.1;
/** Items, or chains of them, that are as many as chained calls have by themselves (`lower/product.ts`). */
const SHARES = 8;
/** What all items of a call touch, so that it is still near for the next one; and how much more than one call for itself. */
const RESIDENT = 11 << 19;
const ALONE = 1.25;
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
  facts: Pick<TargetFacts, 'joins' | 'statements'>,
): HandedOver {
  return new Joiner(entries, isGiven, facts).run();
}

/** How two calls become one: so many items of each to an item of the joined one. */
interface Fit {
  readonly members: readonly Member[];
  /** For memories that are handed over: elements from item to item, and how many an item spans. */
  readonly apart: ReadonlyMap<Node, { readonly step: number; readonly span: number }>;
}

class Joiner {
  private readonly isGiven: (n: Node) => boolean;
  private readonly steps: Steps;
  private readonly joins: typeof JOINS;
  private readonly statements: number;
  private readonly ofThread: Node[] = [];
  /** Calls whose items do not belong together, wherever they stand. */
  private readonly unfit = new Map<Joinable, Set<Joinable>>();

  constructor(
    entries: readonly Entry[],
    isGiven: (n: Node) => boolean,
    { joins = JOINS, statements = Number.POSITIVE_INFINITY }: Pick<TargetFacts, 'joins' | 'statements'>,
  ) {
    this.isGiven = isGiven;
    this.joins = joins;
    this.statements = statements;
    const steps = entries.flatMap(({ phase, number: least }): Step[] => {
      const calls = callsOf(phase).map((c) => new Single(c));
      return 'calls' in phase ? calls.map((c) => ({ least, calls: [c] })) : [{ least, calls, loop: phase }];
    });
    this.steps = new Steps(steps);
  }

  run(): HandedOver {
    const large = this.steps.memories.filter((n) => bytesOf(n) >= this.joins.bytes);
    // Where most is saved first: what is joined there decides how many items there are for the others. What only one call reads
    // need not be written either.
    const saved = new Map(large.map((n) => [n, bytesOf(n) * (this.steps.usersOf(n).size === 2 ? 2 : 1)]));
    large.sort((a, b) => saved.get(b)! - saved.get(a)!);
    // What was joined may make room for others.
    while (large.filter((n) => this.joinOver(n)).length > 0);
    const entries = [...this.steps.phases()].map(([{ calls, loop }, number]): Entry => {
      return { number, phase: loop ?? { calls: calls.map((c) => withWholeChains(c.toCall())) } };
    });
    return { entries, ofThread: this.ofThread };
  }

  /** Joins calls of which one writes `n` and the other reads it, as long as there are any. */
  private joinOver(n: Node): boolean {
    const users = [...this.steps.usersOf(n)].filter(isJoinable);
    const joined = users.some(
      (first) =>
        first.calls[0]!.writes.has(n) &&
        users.some((s) => s !== first && s.calls[0]!.reads.has(n) && this.tryJoin(first, s)),
    );
    if (joined) this.joinOver(n);
    return joined;
  }

  private tryJoin(first: Step, second: Step): boolean {
    const [a, b] = [first.calls[0]!, second.calls[0]!];
    if (this.unfit.get(a)?.has(b) || !this.steps.waits(second, first)) return false;
    const counts = itemsOf(a, b, this.joins.items);
    if (counts.length === 0) return false;
    const path = this.steps.between(first, second);
    if (!path.every(isJoinable) || costOf(path) > ON_THE_WAY * (a.cost + b.cost)) return false;
    const steps = [first, ...path, second];
    if (counts.some((items) => this.joinItems(steps, items))) return true;
    if (path.length === 0) this.unfit.set(a, (this.unfit.get(a) ?? new Set()).add(b));
    return false;
  }

  /** Makes one call of `steps`, which run in this order, if what the last one takes over stays near. */
  private joinItems(steps: readonly Step[], items: number): boolean {
    const own: OwnMemory[] = [];
    let [joined] = steps[0]!.calls as [Joinable];
    for (const [i, step] of steps.slice(1).entries()) {
      const [next] = step.calls as [Joinable];
      const fit = fitOf(joined, next, items);
      if (!fit || (i === steps.length - 2 && !this.isNear(fit))) return false;
      const memories = this.ownMemories(fit, steps.slice(0, i + 2));
      own.push(...memories.values());
      joined = new Joined(fit.members, memories);
    }
    if (joined.statements > this.statements || isCrowded(joined, steps) || sharesWorse(joined, steps)) return false;
    this.ofThread.push(...own.map((m) => m.place));
    this.steps.replace(steps, { calls: [joined], least: Math.min(...steps.map((s) => s.least)) });
    return true;
  }

  private isNear(fit: Fit): boolean {
    const handed = [...fit.apart].filter(([n]) => bytesOf(n) >= this.joins.bytes);
    const near = handed.reduce((sum, [n, { span }]) => sum + span * bytesPerElement(n.dtype), 0);
    return handed.length > 0 && near <= NEAR;
  }

  /** Memories that only `steps` use, of which every thread needs but one item. */
  private ownMemories(fit: Fit, steps: readonly Step[]): Map<Node, OwnMemory> {
    const own = new Map<Node, OwnMemory>();
    for (const [n, { step, span }] of fit.apart) {
      const elsewhere = [...this.steps.usersOf(n)].some((s) => !steps.includes(s));
      if (step <= 0 || elsewhere || this.isGiven(n)) continue;
      own.set(n, { place: node('input', [], { name: 'item', shape: [span], dtype: n.dtype }), step });
    }
    return own;
  }
}

/** Whether an item pushes out of the caches what the next one touches again, where the steps for themselves did not. */
function isCrowded(joined: Joinable, steps: readonly Step[]): boolean {
  const bytes = residentIn(joined);
  return bytes > RESIDENT && bytes > ALONE * Math.max(...steps.map((s) => residentIn(s.calls[0]!)));
}

/** Whether chains that do not go into each other would leave too few items for the threads. */
function sharesWorse(joined: Joinable, steps: readonly Step[]): boolean {
  const items = ({ domain, chain }: Joinable) => domain / chain;
  return joined.chain > 1 && items(joined) < Math.min(SHARES, ...steps.map((s) => items(s.calls[0]!)));
}

function residentIn(call: Joinable): number {
  let sum = 0;
  for (const bytes of call.resident.values()) sum += bytes;
  return sum;
}

function isJoinable({ calls, loop }: Step): boolean {
  return !loop && !calls[0]!.placed;
}

function costOf(steps: readonly Step[]): number {
  return steps.reduce((sum, s) => sum + s.calls[0]!.cost, 0);
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
  if (!Number.isInteger(first) || !Number.isInteger(second)) return undefined;
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
  return { members, apart };
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
