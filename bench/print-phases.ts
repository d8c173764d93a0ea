import type { WorkerProcess } from './channel.ts';
import { peakRate } from './machine.ts';
import type { PhasesAnswer } from './ours/phases.ts';
import { number, percent, toText } from './tables.ts';
import type { Workload } from './workloads.ts';

/** Where the time of one workload goes. */
export async function printPhases(worker: WorkerProcess, workload: Workload, reps: number): Promise<void> {
  const before = peakRate(worker.spec.threads);
  const { phases } = await worker.ask<{ phases: PhasesAnswer }>({ workload: workload.name, reps, phases: true }, 300);
  const peak = Math.max(before, peakRate(worker.spec.threads));
  const top = phases.rows.filter((r) => !r.number.includes('.'));
  const sum = top.reduce((total, r) => total + r.ms, 0);
  const rows = phases.rows.map((r) => [
    r.number.includes('.') ? `  ${r.number}` : r.number,
    number(r.ms),
    r.number.includes('.') ? '' : percent(r.ms / sum),
    number(r.gflop),
    number(r.gflop / r.ms / 1e-3),
    percent(peak > 0 ? r.gflop / r.ms / 1e-3 / peak : null),
    number(r.believedMs),
    r.items === undefined ? '' : `${r.items}`,
    describeKernels(r.kernels),
  ]);
  console.log(
    toText({
      title: `${workload.name} on ${worker.spec.label}, ${worker.spec.threads} thread(s): ${number(phases.wholeMs)} ms whole, ${number(sum)} ms in parts, arena of ${number(phases.arenaMB)} MB`,
      note: 'Each phase alone, warm caches; calls of a phase with several below it. GFLOP counts every arithmetic operation of the kernels.',
      head: ['phase', 'ms', 'part', 'GFLOP', 'GFLOP/s', 'peak', 'cost, ms', 'items', 'kernels'],
      rows,
    }),
    '\n',
  );
}

function describeKernels(names: readonly string[]): string {
  const text = names.map((n) => (n.length > 40 ? `${n.slice(0, 37)}...` : n)).join('; ');
  return text.length > 90 ? `${text.slice(0, 87)}...` : text;
}
