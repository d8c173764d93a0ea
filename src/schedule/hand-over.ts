import { node } from '../graph/build.ts';
import { bytesPerElement } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { areDisjoint, type Extent, evenStep, extentsOf, grouped, touchedBy, union } from '../kernel/extents.ts';
import { joinKernels, type Part } from '../kernel/join.ts';
import type { TargetFacts } from '../targets/facts.ts';
import { callsOf, type LoweredCall, type LoweredPhase } from './lower/lowered.ts';
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
  readonly calls: readonly Call[];
  /** A loop is taken as a whole. */
  readonly loop?: LoweredPhase;
}

interface Call extends LoweredCall {
  readonly reads: ReadonlySet<Node>;
  readonly writes: ReadonlySet<Node>;
  /** What its items touch of a memory, as far as it was asked for. */
  readonly extents: Map<Node, readonly Extent[] | undefined>;
}

/** How two calls become one: so many items of each to an item of the joined one. */
interface Fit {
  readonly first: number;
  readonly second: number;
  /** For memories that are handed over: elements from item to item, and how many an item spans. */
  readonly apart: ReadonlyMap<Node, { readonly step: number; readonly span: number }>;
}

function withUses(call: LoweredCall): Call {
  const of = (what: 'r' | 'w') => new Set(call.args.filter((_, i) => call.kernel.buffers[i]!.access.includes(what)));
  return { ...call, reads: of('r'), writes: of('w'), extents: new Map() };
}

function meets(a: Call, b: Call): boolean {
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
  private readonly unfit = new Map<Call, Set<Call>>();
  /** The steps that read or write a memory. */
  private readonly users = new Map<Node, Set<Step>>();

  constructor(entries: readonly Entry[], isGiven: (n: Node) => boolean, joins: typeof JOINS) {
    this.isGiven = isGiven;
    this.joins = joins;
    this.steps = entries.flatMap(({ phase, number }): Step[] => {
      const calls = callsOf(phase).map(withUses);
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
    const entries = this.steps.map(({ number, calls, loop }) => ({ number, phase: loop ?? { calls } }));
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
    const users = [...this.users.get(n)!].filter((s) => !s.loop && !s.calls[0]!.places);
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
    const [[a], [b]] = [first.calls as [Call], second.calls as [Call]];
    if (this.unfit.get(a)?.has(b)) return false;
    const number = this.placeFor(first, second);
    if (number === undefined) return false;
    const counts = itemsOf(a, b, this.joins.items);
    if (counts.some((items) => this.joinItems(first, second, number, items))) return true;
    this.unfit.set(a, (this.unfit.get(a) ?? new Set()).add(b));
    return false;
  }

  private joinItems(first: Step, second: Step, number: number, items: number): boolean {
    const [[a], [b]] = [first.calls as [Call], second.calls as [Call]];
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
    const [[a], [b]] = [first.calls as [Call], second.calls as [Call]];
    const between = (from: number, to: number, c: Call) =>
      c.args.some((n) =>
        [...this.users.get(n)!].some(
          (s) => s !== first && s !== second && s.number >= from && s.number <= to && s.calls.some((d) => meets(c, d)),
        ),
      );
    if (!between(first.number, second.number - 1, b)) return first.number;
    return between(first.number + 1, second.number, a) ? undefined : second.number;
  }

  private join(a: Call, b: Call, fit: Fit, steps: readonly Step[]): Call {
    const own = new Map<Node, Node>();
    const apart: number[] = [];
    const args: Node[] = [];
    for (const n of new Set([...a.args, ...b.args])) {
      const step = fit.apart.get(n);
      const elsewhere = [...this.users.get(n)!].some((s) => !steps.includes(s));
      const isOwn = step && step.step > 0 && !elsewhere && !this.isGiven(n);
      apart.push(isOwn ? step.step : 0);
      if (!isOwn) args.push(n);
      else {
        const place = node('input', [], { name: 'item', shape: [step.span], dtype: n.dtype });
        own.set(n, place);
        this.ofThread.push(place);
        args.push(place);
      }
    }
    const numberOf = (n: Node) => args.indexOf(own.get(n) ?? n);
    const parts: Part[] = [
      { kernel: a.kernel, times: fit.first, buffers: a.args.map(numberOf) },
      { kernel: b.kernel, times: fit.second, buffers: b.args.map(numberOf) },
    ];
    return withUses({ kernel: joinKernels(parts, apart), args, cost: a.cost + b.cost });
  }
}

/** How many items a call may have that joins two, most first: their items must go into each other. */
function itemsOf(a: Call, b: Call, least: number): number[] {
  const [m, n] = [a.kernel.domain, b.kernel.domain];
  if (Math.max(m, n) > MOST || a.kernel.lanes !== b.kernel.lanes) return [];
  const enough = Math.max(1, Math.min(least, a.cost > b.cost ? m : n));
  const whole = greatestDivisor(m, n);
  const counts: number[] = [];
  for (let parts = 1; whole / parts >= enough; parts++) if (whole % parts === 0) counts.push(whole / parts);
  return counts;
}

function greatestDivisor(m: number, n: number): number {
  return n === 0 ? m : greatestDivisor(n, m % n);
}

/** How the items of two calls belong together, or undefined where they do not. */
function fitOf(a: Call, b: Call, items: number): Fit | undefined {
  const [first, second] = [a.kernel.domain / items, b.kernel.domain / items];
  const shared = a.args.filter((x) => b.args.includes(x) && (a.writes.has(x) || b.writes.has(x)));
  if (!shared.every((x) => mayFit(a, b, x, items))) return undefined;
  const apart = new Map<Node, { step: number; span: number }>();
  for (const x of shared) {
    const [u, v] = [extentsIn(a, x), extentsIn(b, x)];
    if (!u || !v) return undefined;
    const places = apartFrom(grouped(u, first), grouped(v, second));
    if (!places) return undefined;
    apart.set(x, places);
  }
  return { first, second, apart };
}

/** What a few items say: most calls that do not fit show it at once. */
function mayFit(a: Call, b: Call, x: Node, items: number): boolean {
  const few = [...new Set([0, Math.min(1, items - 1), items - 1])];
  const touched = (call: Call): Extent[] | undefined => {
    const of = touchedBy(call.kernel, call.args.indexOf(x));
    const times = call.kernel.domain / items;
    return of && few.map((i) => union(of(i * times), of((i + 1) * times - 1)));
  };
  const [u, v] = [touched(a), touched(b)];
  return u !== undefined && v !== undefined && areDisjoint(u.map((e, i) => union(e, v[i]!)));
}

/** What each item of a call touches of a memory. */
function extentsIn(call: Call, x: Node): readonly Extent[] | undefined {
  if (!call.extents.has(x)) call.extents.set(x, extentsOf(call.kernel, call.args.indexOf(x)));
  return call.extents.get(x);
}

/**
 * Whether no item touches what another one does; then elements from item to item (0 where they are not evenly spaced), and
 * how many an item spans, counted from a place that is the same for all.
 */
function apartFrom(a: readonly Extent[], b: readonly Extent[]): { step: number; span: number } | undefined {
  const all = a.map((r, i) => union(r, b[i]!));
  if (!areDisjoint(all)) return undefined;
  const step = evenStep(all);
  const span = Math.max(...all.map((r, i) => (step > 0 ? r.high - i * step + 1 : r.high - r.low + 1)));
  return { step, span };
}
