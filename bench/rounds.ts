import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, WorkerProcess } from './channel.ts';
import { cpuSeconds, higher, type Peak, peakNow, vectorTargets } from './machine.ts';
import type { StepResult, WorkerResult } from './results.ts';
import type { Workload } from './workloads.ts';

export interface RoundOptions {
  readonly rounds: number;
  /** Most repetitions in a round. */
  readonly mostReps: number;
  readonly threads: number;
  say(text: string): void;
}

export interface Measured {
  readonly steps: StepResult[];
  readonly peak: Record<string, Peak>;
  /** What was left out, and why. */
  readonly problems: string[];
}

/** A worker that needs longer is ended; the first request compiles, with PyTorch by a C++ compiler. */
const MOST_SECONDS = 240;
/** OpenMP's and XLA's threads look for work for some milliseconds before they sleep. */
const SETTLE_MS = 15;

/**
 * Times every workload: in each round each worker once, one after the other, so that a bad moment of the machine hits all
 * of them; and the machine's peak before and after each round.
 */
export async function runRounds(
  workers: readonly WorkerProcess[],
  workloads: readonly Workload[],
  idle: IdleMeter,
  options: RoundOptions,
): Promise<Measured> {
  const steps: Omit<StepResult, 'share'>[] = [];
  const peak: Record<string, Peak> = {};
  const problems = leftOut(workers, workloads);
  for (const workload of workloads) {
    const able = workers.filter((w) => w.does(workload));
    const found = new Map(able.map((w): [WorkerProcess, Answer[]] => [w, []]));
    for (let round = 0; round < options.rounds; round++) {
      options.say(`${workload.name}: round ${round + 1} of ${options.rounds}`);
      measurePeaks(peak, options.threads);
      for (const worker of able) {
        if (worker.failed !== undefined || !found.has(worker)) continue;
        try {
          const request = { workload: workload.name, reps: repsOf(workload, worker, options.mostReps) };
          found.get(worker)!.push(await idle.during(worker, () => worker.ask(request, MOST_SECONDS)));
        } catch (error) {
          const problem = `${nameOf(worker)} leaves out ${workload.name}: ${(error as Error).message}`;
          options.say(`${problem}\n`);
          problems.push(problem.split('\n')[0]!);
          found.delete(worker);
        }
        await pause(SETTLE_MS);
      }
    }
    measurePeaks(peak, options.threads);
    for (const [worker, answers] of found) if (answers.length > 0) steps.push(summarize(workload, worker, answers));
  }
  const yardstick = peak[vectorTargets()[0] ?? ''] ?? {};
  const threadsOf = new Map(workers.map((w) => [w.spec.id, w.spec.threads]));
  return { steps: steps.map((s) => withShare(s, yardstick[threadsOf.get(s.worker)!])), peak, problems };
}

function nameOf({ spec }: WorkerProcess): string {
  return `${spec.label}, ${spec.threads} thread${spec.threads === 1 ? '' : 's'},`;
}

function leftOut(workers: readonly WorkerProcess[], workloads: readonly Workload[]): string[] {
  return workers.flatMap((w) => {
    const names = workloads.map(({ name }) => name).filter((name) => w.ready.leftOut?.includes(name));
    return names.length === 0 ? [] : [`${nameOf(w)} leaves out what would take it too long: ${names.join(', ')}`];
  });
}

/** Vectors of four lanes take three to ten times as long as the others. */
function repsOf({ reps }: Workload, { spec }: WorkerProcess, most: number): number {
  const slow = spec.ours && spec.label === 'wasm';
  return Math.min(most, slow ? Math.ceil(reps / 3) : reps);
}

function measurePeaks(best: Record<string, Peak>, threads: number): void {
  for (const name of vectorTargets()) best[name] = higher(best[name] ?? {}, peakNow(name, threads));
}

function summarize(workload: Workload, worker: WorkerProcess, answers: readonly Answer[]): Omit<StepResult, 'share'> {
  const best = answers.reduce((a, b) => (a.ms <= b.ms ? a : b));
  const modes: Record<string, number> = {};
  for (const a of answers)
    for (const [mode, ms] of Object.entries(a.modes))
      modes[mode] = Math.min(ms, modes[mode] ?? Number.POSITIVE_INFINITY);
  const medians = answers.map((a) => a.median_ms).sort((a, b) => a - b);
  return {
    workload: workload.name,
    gflop: workload.gflop,
    worker: worker.spec.id,
    ms: best.ms,
    medianMs: medians[medians.length >> 1]!,
    mode: best.mode,
    modes,
  };
}

/** By the best peak of the whole run: one that was measured in a bad moment would flatter. */
function withShare(step: Omit<StepResult, 'share'>, peak: number | undefined): StepResult {
  return { ...step, share: peak ? step.gflop / step.ms / 1e-3 / peak : null };
}

/** Watches what workers use while it is the turn of others. */
export class IdleMeter {
  readonly #workers: readonly WorkerProcess[];
  readonly #busy = new Map<WorkerProcess, { cpu: number; seconds: number }>();

  constructor(workers: readonly WorkerProcess[]) {
    this.#workers = workers;
  }

  async during<T>(active: WorkerProcess, work: () => Promise<T>): Promise<T> {
    const others = this.#workers.filter((w) => w !== active && w.failed === undefined);
    const before = others.map((w) => cpuSeconds(w.pid));
    const start = performance.now();
    try {
      return await work();
    } finally {
      const seconds = (performance.now() - start) / 1000;
      others.forEach((w, i) => {
        const after = cpuSeconds(w.pid);
        if (after === null || before[i] === null) return;
        const sum = this.#busy.get(w) ?? { cpu: 0, seconds: 0 };
        this.#busy.set(w, { cpu: sum.cpu + after - before[i]!, seconds: sum.seconds + seconds });
      });
    }
  }

  results(): WorkerResult[] {
    return this.#workers.map((w) => {
      const { id, label, ours, threads } = w.spec;
      const busy = this.#busy.get(w);
      return {
        id,
        label,
        ours,
        threads,
        versions: w.ready.versions,
        busyWhenIdle: busy ? busy.cpu / busy.seconds : null,
      };
    });
  }
}
