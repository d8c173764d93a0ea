import type { TargetName } from '../../src/targets/target.ts';
import type { Workload } from '../workloads.ts';
import type { Prepared } from './steps.ts';

/** A round that takes longer is left out, and the output says so. */
const MOST_SECONDS = 20;

/** GFLOP/s of the interpreter, at most: it takes minutes for anything but the smallest network. */
const REFERENCE_RATE = 0.05;

export class TakesTooLong extends Error {
  constructor(seconds: number) {
    super(`a round would take some ${Math.round(seconds)} s, more than ${MOST_SECONDS} s`);
  }
}

/** Whether a target need not even begin with a workload. */
export function tooMuchFor(target: TargetName, { gflop, reps }: Workload): boolean {
  return target === 'reference' && (gflop * reps) / REFERENCE_RATE > MOST_SECONDS;
}

/** @throws TakesTooLong where a round of so many repetitions would, by one step that is run here */
export async function checkPatience(prepared: Prepared, reps: number): Promise<void> {
  const [ms] = await prepared.modes.step!(1);
  const seconds = (reps * (prepared.steps ?? 1) * ms!) / 1000;
  if (seconds > MOST_SECONDS) throw new TakesTooLong(seconds);
}
