import type { Call, Program, Step } from '../../schedule/program.ts';

/** The items `[begin, end)` of each call for each thread. */
export type Shares = readonly (readonly [begin: number, end: number])[];

export type SplitStep =
  | { readonly kind: 'call'; readonly call: Call; readonly index: number }
  | { readonly kind: 'barrier' }
  | { readonly kind: 'loop'; readonly count: number; readonly body: readonly SplitStep[] };

export interface Split {
  readonly steps: readonly SplitStep[];
  /** By index of the call, then by thread. */
  readonly shares: readonly Shares[];
  /** Some call runs on another thread than the first. */
  readonly parallel: boolean;
}

/** A call that takes less is not worth the meeting of the threads. Nanoseconds; a barrier costs about a quarter. */
const WORTH_SPLITTING = 2000;

/** Divides the items of each call among threads, and puts barriers where a thread may need the work of another. */
export function split(program: Program, threads: number): Split {
  const splitter = new Splitter(program, threads);
  const steps = splitter.steps(program.steps);
  // The caller may read the results, so the first thread returns last.
  if ([...splitter.active].some((t) => t !== 0)) steps.push({ kind: 'barrier' });
  return { steps, shares: splitter.shares, parallel: splitter.parallel };
}

class Splitter {
  private readonly program: Program;
  private readonly threads: number;
  readonly shares: Shares[] = [];
  parallel = false;
  /** Threads that worked since the last barrier. */
  active = new Set<number>();

  constructor(program: Program, threads: number) {
    this.program = program;
    this.threads = threads;
  }

  steps(steps: readonly Step[]): SplitStep[] {
    return steps.flatMap((s) => (s.kind === 'phase' ? this.phase(s.calls) : this.loop(s)));
  }

  /** An iteration may need all of the one before, so a body that several threads do ends with a barrier. */
  private loop(s: Extract<Step, { kind: 'loop' }>): SplitStep[] {
    const alone = this.onlyFirst(s.body);
    const before = alone ? [] : this.barrierIfActive();
    const body = this.steps(s.body);
    return [...before, { kind: 'loop', count: s.count, body: alone ? body : [...body, ...this.barrierIfActive()] }];
  }

  /** The first thread does all of it. */
  private onlyFirst(steps: readonly Step[]): boolean {
    return steps.every((s) =>
      s.kind === 'loop' ? this.onlyFirst(s.body) : this.divide(s.calls).every((shares) => isOnlyFirst(shares)),
    );
  }

  private barrierIfActive(): SplitStep[] {
    if (this.active.size === 0) return [];
    this.active = new Set();
    return [{ kind: 'barrier' }];
  }

  private workers(index: number): number[] {
    return this.shares[index]!.flatMap(([begin, end], thread) => (begin < end ? [thread] : []));
  }

  private phase(calls: readonly Call[]): SplitStep[] {
    const first = this.shares.length;
    this.shares.push(...this.divide(calls));
    const threads = new Set(calls.flatMap((_, i) => this.workers(first + i)));
    if ([...threads].some((t) => t !== 0)) this.parallel = true;
    const steps: SplitStep[] = calls.map((call, i) => ({ kind: 'call', call, index: first + i }));
    const together = new Set([...this.active, ...threads]);
    if (this.active.size === 0 || together.size <= 1) {
      this.active = together;
      return steps;
    }
    this.active = threads;
    return [{ kind: 'barrier' }, ...steps];
  }

  private divide(calls: readonly Call[]): Shares[] {
    const { threads } = this;
    const total = calls.reduce((sum, c) => sum + c.cost, 0);
    const load = new Array<number>(threads).fill(0);
    const idle = total < WORTH_SPLITTING ? () => 0 : () => load.indexOf(Math.min(...load));
    return calls.map((call) => {
      const { domain } = this.program.kernels[call.kernel]!;
      if (call.cost >= WORTH_SPLITTING && domain > 1) {
        for (let t = 0; t < threads; t++) load[t]! += call.cost / threads;
        return load.map((_, t) => [Math.floor((domain * t) / threads), Math.floor((domain * (t + 1)) / threads)]);
      }
      const chosen = idle();
      load[chosen]! += call.cost;
      return load.map((_, t) => (t === chosen ? [0, domain] : [0, 0]));
    });
  }
}

function isOnlyFirst(shares: Shares): boolean {
  return shares.every(([begin, end], thread) => thread === 0 || begin === end);
}
