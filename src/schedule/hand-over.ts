import { node } from '../graph/build.ts';
import { bytesPerElement } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { sizeOf } from '../graph/shape.ts';
import { touchedBy } from '../kernel/extents.ts';
import { joinKernels, type Part } from '../kernel/join.ts';
import type { TargetFacts } from '../targets/facts.ts';
import { callsOf, type LoweredCall, type LoweredPhase } from './lower/lowered.ts';

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
const JOINS = { bytes: 192 << 10, items: 64 };
/** What an item may leave for its successor, so that it is still in a core's own cache. */
const NEAR = 512 << 10;
/** Calls of more items are not looked at: each of the items would be. */
const MOST = 8192;

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
  number: number;
  readonly calls: readonly Call[];
  /** A loop is taken as a whole. */
  readonly loop?: LoweredPhase;
}

interface Call extends LoweredCall {
  readonly reads: ReadonlySet<Node>;
  readonly writes: ReadonlySet<Node>;
  /** What its items touch of a memory, as far as it was asked for. */
  readonly extents: Map<Node, Range[] | undefined>;
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
    for (let i = 0; i < this.steps.length; ) {
      // What was joined may be joined again with what comes next.
      if (!this.joinNext(this.steps[i]!)) i++;
    }
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

  private joinNext(first: Step): boolean {
    if (first.loop) return false;
    const [a] = first.calls as [Call];
    const large = [...a.writes].filter((n) => bytesOf(n) >= this.joins.bytes);
    if (large.length === 0 || a.places) return false;
    const readers = new Set(large.flatMap((n) => [...(this.users.get(n) ?? [])]));
    const later = [...readers].filter(
      (s) => !s.loop && s.number > first.number && large.some((n) => s.calls[0]!.reads.has(n)),
    );
    later.sort((x, y) => x.number - y.number);
    return later.some((second) => this.tryJoin(first, second));
  }

  private tryJoin(first: Step, second: Step): boolean {
    const [[a], [b]] = [first.calls as [Call], second.calls as [Call]];
    const items = b.places ? undefined : itemsOf(a, b, this.joins.items);
    if (items === undefined) return false;
    const number = this.placeFor(first, second);
    const fit = number === undefined ? undefined : fitOf(a, b, items);
    if (number === undefined || !fit) return false;
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

/** How many items a call has that joins two, or undefined where theirs do not go into each other. */
function itemsOf(a: Call, b: Call, least: number): number | undefined {
  const [m, n] = [a.kernel.domain, b.kernel.domain];
  const items = Math.min(m, n);
  const dearer = a.cost > b.cost ? m : n;
  if (items < Math.min(least, dearer) || Math.max(m, n) > MOST || a.kernel.lanes !== b.kernel.lanes) return undefined;
  return m % items === 0 && n % items === 0 ? items : undefined;
}

/** How the items of two calls belong together, or undefined where they do not. */
function fitOf(a: Call, b: Call, items: number): Fit | undefined {
  const [first, second] = [a.kernel.domain / items, b.kernel.domain / items];
  const shared = a.args.filter((x) => b.args.includes(x) && (a.writes.has(x) || b.writes.has(x)));
  // Most that do not fit show it at once.
  const few = [0, 1, items - 1].filter((item, i, all) => item >= 0 && all.indexOf(item) === i);
  const sample = (call: Call, x: Node, times: number) =>
    touchedOf(
      call,
      x,
      few.flatMap((i) => [i * times, (i + 1) * times - 1]),
    );
  for (const x of shared) {
    const [u, v] = [sample(a, x, first), sample(b, x, second)];
    if (!u || !v || !disjoint(pairs(u), pairs(v))) return undefined;
  }
  const apart = new Map<Node, { step: number; span: number }>();
  for (const x of shared) {
    const places = disjoint(extents(a, x, first, items), extents(b, x, second, items));
    if (!places) return undefined;
    apart.set(x, places);
  }
  return { first, second, apart };
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** What each item of the joined call touches of a memory: `times` items of this one. */
function extents(call: Call, x: Node, times: number, items: number): Range[] | undefined {
  if (!call.extents.has(x)) {
    const every = Array.from({ length: call.kernel.domain }, (_, item) => item);
    call.extents.set(x, touchedOf(call, x, every));
  }
  const each = call.extents.get(x);
  if (!each || times === 1) return each;
  return Array.from({ length: items }, (_, item) => each.slice(item * times, (item + 1) * times).reduce(both));
}

/** What some items of a call touch of a memory. */
function touchedOf(call: Call, x: Node, items: readonly number[]): Range[] | undefined {
  const out: Range[] = items.map(() => ({ low: Infinity, high: -Infinity }));
  for (const [i, arg] of call.args.entries()) {
    if (arg !== x) continue;
    const touched = touchedBy(call.kernel, i);
    if (!touched) return undefined;
    for (const [k, item] of items.entries()) {
      const { reads, writes } = touched(item);
      if (reads) out[k] = both(out[k]!, reads);
      if (writes) out[k] = both(out[k]!, writes);
    }
  }
  return out;
}

/** Each two of a list joined. */
function pairs(list: readonly Range[]): Range[] {
  return list.flatMap((r, i) => (i % 2 === 1 ? [both(list[i - 1]!, r)] : []));
}

function both(a: Range, b: Range): Range {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/**
 * Whether no item touches what another one does; then elements from item to item (0 where they are not evenly spaced), and
 * how many an item spans, counted from a place that is the same for all.
 */
function disjoint(a: Range[] | undefined, b: Range[] | undefined): { step: number; span: number } | undefined {
  if (!a || !b) return undefined;
  const all = a.map((r, i) => both(r, b[i]!));
  const sorted = [...all].sort((x, y) => x.low - y.low);
  if (sorted.some((r, i) => i > 0 && r.low <= sorted[i - 1]!.high)) return undefined;
  const step = all.length > 1 ? all[1]!.low - all[0]!.low : 0;
  const even = step > 0 && all.every((r, i) => r.low === all[0]!.low + i * step);
  const span = Math.max(...all.map((r, i) => (even ? r.high - i * step + 1 : r.high - r.low + 1)));
  return { step: even && all[0]!.low >= 0 ? step : 0, span };
}

function bytesOf(n: Node): number {
  return sizeOf(n.shape) * bytesPerElement(n.dtype);
}
