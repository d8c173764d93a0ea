import type { Kernel } from '../../src/kernel/ir.ts';
import type { Call, Program, Step } from '../../src/schedule/program.ts';
import type { Block, Target } from '../../src/targets/target.ts';
import { flopOfKernel } from './flop.ts';
import { timeEach } from './steps.ts';

/** One step of a program, or one call of a step with several, run alone. */
export interface PhaseTime {
  /** `3`, or `3.1` for a call of step 3. */
  readonly number: string;
  readonly ms: number;
  readonly kernels: readonly string[];
  /** Items of the kernel's domain, and what the schedule believes that it costs, for a single call. */
  readonly items?: number;
  readonly believedMs: number;
  readonly gflop: number;
}

export interface PhasesAnswer {
  readonly wholeMs: number;
  readonly arenaMB: number;
  readonly rows: readonly PhaseTime[];
}

interface Loaded {
  readonly program: Program;
  readonly externals: readonly Block[];
}

/** From now on keeps every program that the target loads; gives them when it is called. */
export function recordPrograms(target: Target): () => Loaded[] {
  const found: Loaded[] = [];
  const { load, loadParts } = target;
  const recorded =
    <R>(original: (program: Program, externals: readonly Block[]) => R) =>
    (program: Program, externals: readonly Block[]): R => {
      found.push({ program, externals });
      return original.call(target, program, externals);
    };
  target.load = recorded(load);
  if (loadParts) target.loadParts = recorded(loadParts);
  return () => {
    target.load = load;
    target.loadParts = loadParts;
    return found;
  };
}

/**
 * Runs each step of the most expensive program alone, again and again, and keeps the shortest times. Their sum is less
 * than the whole: each finds its data in the caches. Its temporary memory holds zeros at first.
 */
export function measurePhases(target: Target, programs: readonly Loaded[], reps: number): PhasesAnswer {
  const { program, externals } = programs.reduce((a, b) =>
    costOf(a.program.steps) >= costOf(b.program.steps) ? a : b,
  );
  const time = (steps: readonly Step[]): number => {
    const executable = target.load({ ...program, steps }, externals);
    executable.run();
    const ms = Math.min(...timeEach(reps, () => executable.run()));
    executable.dispose();
    return ms;
  };
  const describe = (number: string, step: Step): PhaseTime => {
    const calls = callsOf(step);
    return {
      number,
      ms: time([step]),
      kernels: [...new Set(calls.map(({ call }) => program.kernels[call.kernel]!.name))],
      ...(calls.length === 1 && { items: program.kernels[calls[0]!.call.kernel]!.domain }),
      believedMs: costOf([step]) / 1e6,
      gflop: calls.reduce((sum, { call, times }) => sum + times * flopOf(program.kernels[call.kernel]!), 0) / 1e9,
    };
  };
  const rows = program.steps.flatMap((step, i) => {
    const one = describe(`${i}`, step);
    if (step.kind === 'loop' || step.calls.length === 1) return [one];
    const single = (call: Call): Step => ({ kind: 'phase', calls: [call] });
    return [one, ...step.calls.map((call, j) => describe(`${i}.${j}`, single(call)))];
  });
  return { wholeMs: time(program.steps), arenaMB: program.arenaBytes / 1e6, rows };
}

const known = new Map<Kernel, number>();

function flopOf(kernel: Kernel): number {
  if (!known.has(kernel)) known.set(kernel, flopOfKernel(kernel));
  return known.get(kernel)!;
}

function callsOf(step: Step, times = 1): { call: Call; times: number }[] {
  if (step.kind === 'phase') return step.calls.map((call) => ({ call, times }));
  return step.body.flatMap((inner) => callsOf(inner, times * step.count));
}

function costOf(steps: readonly Step[]): number {
  return steps.flatMap((s) => callsOf(s)).reduce((sum, { call, times }) => sum + times * call.cost, 0);
}
