import type { Node } from '../graph/node.ts';
import type { Joinable } from './joinable.ts';
import type { LoweredPhase } from './lower/lowered.ts';

/** A call, or a loop as a whole, among those that are joined. */
export interface Step {
  readonly calls: readonly Joinable[];
  readonly loop?: LoweredPhase;
  /** The first phase that it may run in. */
  readonly least: number;
}

/** Which steps must wait for which, while steps are joined. */
export class Steps {
  private readonly before = new Map<Step, Set<Step>>();
  private readonly after = new Map<Step, Set<Step>>();
  /** The steps that read or write a memory. */
  private readonly users = new Map<Node, Set<Step>>();
  /** More than that of all steps before. */
  private readonly depths = new Map<Step, number>();

  /** Steps of one phase do not wait for each other; those of later ones do where one writes what the other reads or writes. */
  constructor(steps: readonly Step[]) {
    const inOrder = [...steps].sort((a, b) => a.least - b.least);
    for (const s of inOrder) this.enter(s, new Set(), new Set());
    for (const users of this.users.values()) this.orderUsers(users);
    for (const s of inOrder) this.sink(s);
  }

  get memories(): Node[] {
    return [...this.users.keys()];
  }

  usersOf(n: Node): ReadonlySet<Step> {
    return this.users.get(n) ?? new Set();
  }

  /** The phase of every step: the first one after those that it waits for. */
  phases(): Map<Step, number> {
    const phases = new Map<Step, number>();
    const inOrder = [...this.before.keys()].sort((a, b) => this.depth(a) - this.depth(b));
    for (const s of inOrder) phases.set(s, this.earliest(s, phases));
    return phases;
  }

  private depth(s: Step): number {
    return this.depths.get(s)!;
  }

  /** Whether `s` waits for `other` itself. */
  waits(s: Step, other: Step): boolean {
    return this.before.get(s)!.has(other);
  }

  /** The steps that wait for `first` and that `second` waits for, in an order in which they can run. */
  between(first: Step, second: Step): Step[] {
    const least = this.depth(first);
    const waiting = this.reached([second], this.before, (s) => this.depth(s) > least);
    const most = this.depth(second);
    const later = this.reached([first], this.after, (s) => this.depth(s) < most);
    return [...waiting].filter((s) => later.has(s)).sort((a, b) => this.depth(a) - this.depth(b));
  }

  /** `joined` takes the place of `steps`. */
  replace(steps: readonly Step[], joined: Step): void {
    const outside = (links: ReadonlyMap<Step, ReadonlySet<Step>>) =>
      new Set(steps.flatMap((s) => [...links.get(s)!]).filter((s) => !steps.includes(s)));
    const [before, after] = [outside(this.before), outside(this.after)];
    for (const s of steps) this.leave(s);
    this.enter(joined, before, after);
    this.sink(joined);
  }

  private reached(
    from: readonly Step[],
    links: ReadonlyMap<Step, ReadonlySet<Step>>,
    isNear: (s: Step) => boolean,
  ): Set<Step> {
    const found = new Set<Step>();
    const stack = [...from];
    while (stack.length > 0) {
      for (const s of links.get(stack.pop()!)!) {
        if (found.has(s) || !isNear(s)) continue;
        found.add(s);
        stack.push(s);
      }
    }
    return found;
  }

  private enter(s: Step, before: Set<Step>, after: Set<Step>): void {
    this.before.set(s, before);
    this.after.set(s, after);
    for (const other of before) this.after.get(other)!.add(s);
    for (const other of after) this.before.get(other)!.add(s);
    for (const n of s.calls.flatMap((c) => c.args)) {
      const users = this.users.get(n);
      if (users) users.add(s);
      else this.users.set(n, new Set([s]));
    }
  }

  private leave(s: Step): void {
    for (const other of this.before.get(s)!) this.after.get(other)!.delete(s);
    for (const other of this.after.get(s)!) this.before.get(other)!.delete(s);
    this.before.delete(s);
    this.after.delete(s);
    this.depths.delete(s);
    for (const n of s.calls.flatMap((c) => c.args)) this.users.get(n)?.delete(s);
  }

  /** Users of one memory, in the order of their phases: who writes waits for all before, who reads for those that wrote. */
  private orderUsers(users: ReadonlySet<Step>): void {
    const all = [...users];
    for (const [i, s] of all.entries()) {
      for (const earlier of all.slice(0, i)) {
        if (earlier.least === s.least || !meets(earlier, s)) continue;
        this.before.get(s)!.add(earlier);
        this.after.get(earlier)!.add(s);
      }
    }
  }

  /** Moves `s` behind what it waits for, and what waits for it behind `s`. */
  private sink(s: Step): void {
    const moved = [s];
    while (moved.length > 0) {
      const step = moved.pop()!;
      const depth = this.earliest(step, this.depths);
      if (this.depths.get(step) === depth) continue;
      this.depths.set(step, depth);
      for (const other of this.after.get(step)!) if ((this.depths.get(other) ?? depth + 1) <= depth) moved.push(other);
    }
  }

  private earliest(s: Step, places: ReadonlyMap<Step, number>): number {
    let place = s.least;
    for (const other of this.before.get(s)!) place = Math.max(place, places.get(other)! + 1);
    return place;
  }
}

function meets(a: Step, b: Step): boolean {
  return a.calls.some((c) => b.calls.some((d) => callsMeet(c, d)));
}

function callsMeet(a: Joinable, b: Joinable): boolean {
  for (const n of a.writes) if (b.reads.has(n) || b.writes.has(n)) return true;
  for (const n of b.writes) if (a.reads.has(n)) return true;
  return false;
}
