import type { Shared, ThreadStep } from '../codegen/x64/records.ts';
import type { Call, Program, Step } from '../schedule/program.ts';

/** A thread is not worth waking for less than this many nanoseconds: a barrier costs 100 to 200 of them. */
const LEAST_PART = 750;
/** Below this many nanoseconds, a call, or a whole phase, stays on one thread. */
const WHOLE = 2 * LEAST_PART;
/**
 * From this many nanoseconds a thread on, who is done with its part takes from the others': the system may have taken a core
 * away from one of them.
 */
const SHARED = 8000;

/** How many shared calls there are so far. */
interface Numbers {
  shared: number;
}

/** Who has worked since the last barrier. */
type Owner = 'none' | number | 'many';

/**
 * Divides a program's work between threads by a fixed plan, from which only expensive calls depart: one list of steps a thread. Where consecutive phases have work
 * for the same single thread only, there is no barrier between them.
 */
export function splitProgram(program: Program, threads: number): ThreadStep[][] {
  const splitter = new Splitter(program, threads);
  splitter.steps(program.steps);
  // Thread 0 is the one that returns: the others must be done by then.
  if (splitter.owner !== 0) splitter.barrier();
  return splitter.lists;
}

class Splitter {
  lists: ThreadStep[][];
  owner: Owner = 'none';
  readonly #program: Program;
  readonly #threads: number;
  readonly #numbers: Numbers;

  constructor(program: Program, threads: number, numbers: Numbers = { shared: 0 }) {
    this.#program = program;
    this.#threads = threads;
    this.#numbers = numbers;
    this.lists = Array.from({ length: threads }, () => []);
  }

  steps(steps: readonly Step[]): void {
    for (const step of steps) {
      if (step.kind === 'phase') this.#phase(step.calls);
      else if (step.count > 0) this.#loop(step.count, step.body);
    }
  }

  barrier(): void {
    if (this.owner === 'none') return;
    for (const list of this.lists) list.push({ kind: 'barrier' });
    this.owner = 'none';
  }

  #phase(calls: readonly Call[]): void {
    const parts = splitPhase(calls, this.#program, this.#threads, this.#numbers);
    const owner = ownerOf(parts);
    this.#follow(owner);
    parts.forEach((steps, t) => {
      this.lists[t]!.push(...steps);
    });
  }

  /** Makes what comes next, by `owner`, follow what was before. */
  #follow(owner: Owner): void {
    if (owner === 'none') return;
    const sameThread = owner !== 'many' && owner === this.owner;
    if (!sameThread) this.barrier();
    this.owner = owner;
  }

  #loop(count: number, body: readonly Step[]): void {
    const inner = new Splitter(this.#program, this.#threads, this.#numbers);
    inner.steps(body);
    const owner = ownerOf(inner.lists);
    if (owner === 'many') {
      // An iteration may need what any thread did in the one before.
      this.barrier();
      inner.barrier();
      this.owner = 'none';
    } else {
      this.#follow(owner);
    }
    inner.lists.forEach((steps, t) => {
      if (owner === 'many' || owner === t) this.lists[t]!.push({ kind: 'loop', count, body: steps });
    });
  }
}

function ownerOf(lists: readonly (readonly ThreadStep[])[]): Owner {
  const busy = lists.flatMap((list, t) => (list.some((step) => step.kind !== 'barrier') ? [t] : []));
  return busy.length === 0 ? 'none' : busy.length === 1 ? busy[0]! : 'many';
}

/** Expensive calls are divided evenly, so that a thread meets the same rows again and again; cheap ones fill the gaps. */
function splitPhase(calls: readonly Call[], program: Program, threads: number, numbers: Numbers): ThreadStep[][] {
  const lists: ThreadStep[][] = Array.from({ length: threads }, () => []);
  const loads = new Array<number>(threads).fill(0);
  const give = (t: number, call: Call, begin: number, end: number, cost: number, shared?: Shared): void => {
    if (begin >= end) return;
    lists[t]!.push({ kind: 'call', call, begin, end, ...(shared ? { shared } : {}) });
    loads[t]! += cost;
  };
  const domain = (call: Call): number => program.kernels[call.kernel]!.domain;
  const total = calls.reduce((sum, call) => sum + call.cost, 0);
  const room = total < WHOLE ? 1 : threads;
  const partsOf = (call: Call): number => Math.max(1, Math.min(room, domain(call), Math.floor(call.cost / LEAST_PART)));
  const whole: Call[] = [];
  for (const call of calls) {
    const parts = partsOf(call);
    const n = domain(call);
    if (parts === 1) whole.push(call);
    else {
      const ranges = Array.from({ length: parts }, (_, i) => ({
        begin: Math.floor((n * i) / parts),
        end: Math.floor((n * (i + 1)) / parts),
      }));
      const helps = parts === threads && n >= 2 * threads && call.cost / parts >= SHARED;
      const shared = helps ? { id: numbers.shared++, ranges } : undefined;
      leastLoaded(loads, parts).forEach((t, i) => {
        give(t, call, ranges[i]!.begin, ranges[i]!.end, call.cost / parts, shared);
      });
    }
  }
  for (const call of whole.sort((a, b) => b.cost - a.cost)) {
    const [t] = leastLoaded(loads.slice(0, room), 1);
    give(t!, call, 0, domain(call), call.cost);
  }
  return lists;
}

/** The `count` threads with the least to do, in their order. */
function leastLoaded(loads: readonly number[], count: number): number[] {
  const order = loads.map((_, t) => t).sort((a, b) => loads[a]! - loads[b]! || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}
