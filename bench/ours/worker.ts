import { createInterface } from 'node:readline';
import { chooseTarget } from '../../src/targets/choose.ts';
import type { Target } from '../../src/targets/target.ts';
import type { Answer, Request } from '../channel.ts';
import { allWorkloads, type Workload } from '../workloads.ts';
import { prepareConv, prepareMatmul } from './kernels.ts';
import { prepareMetrics } from './metrics.ts';
import { checkPatience, TakesTooLong, tooMuchFor } from './patience.ts';
import { measurePhases, recordPrograms } from './phases.ts';
import { type Prepared, prepareModel } from './steps.ts';

/** Times Olifant on one target, that of `OLIFANT_TARGET`: a worker as those of the peers (bench/peers/README.md). */
const WARM_UP = 3;

const target = chooseTarget();
const workloads = new Map(allWorkloads().map((w) => [w.name, w]));
const prepared = new Map<string, Prepared>();
const leftOut = [...workloads.values()].filter((w) => tooMuchFor(target.name, w)).map((w) => w.name);

say({
  ready: target.name,
  versions: { node: process.versions.node, threads: target.threads },
  workloads: [...workloads.keys()].filter((name) => !leftOut.includes(name)),
  leftOut,
});
for await (const line of createInterface({ input: process.stdin })) {
  try {
    say(await answer(JSON.parse(line) as Request));
  } catch (error) {
    say({ request: line, error: describeError(error) });
  }
}
process.exit(0); // threads of WebAssembly would go on

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function describeError(error: unknown): string {
  if (error instanceof TakesTooLong) return error.message;
  return error instanceof Error ? (error.stack ?? error.message).slice(0, 1000) : String(error);
}

async function answer({ workload: name, reps, phases }: Request): Promise<object> {
  const workload = workloads.get(name);
  if (workload === undefined) throw new Error(`unknown workload '${name}'`);
  if (phases) {
    const programs = recordPrograms(target);
    await warm(prepare(workload), 1);
    return { workload: name, phases: measurePhases(target, programs(), reps) };
  }
  if (!prepared.has(name)) prepared.set(name, await warm(prepare(workload), reps));
  return { workload: name, backend: target.name, reps, ...(await measure(prepared.get(name)!, reps)) };
}

function prepare(workload: Workload): Prepared {
  switch (workload.kind) {
    case 'model':
      return prepareModel(workload.model, workload.batch, workload.half);
    case 'metrics':
      return prepareMetrics(workload.model, workload.batch);
    case 'matmul':
      return prepareMatmul(target, workload.size, workload.half);
    case 'conv':
      return prepareConv(target, workload.conv, workload.direction);
  }
}

async function warm(found: Prepared, reps: number): Promise<Prepared> {
  await found.modes.step!(1);
  await threadsOf(target);
  await checkPatience(found, reps);
  for (const mode of Object.values(found.modes)) await mode(1);
  await threadsOf(target);
  for (const mode of Object.values(found.modes)) await mode(WARM_UP);
  await threadsOf(target);
  return found;
}

/** WebAssembly's threads take part only after they have got the program, which needs turns of the event loop. */
async function threadsOf(target: Target): Promise<void> {
  if ('ready' in target) await (target as Target & { ready(): Promise<void> }).ready();
}

async function measure({ modes, loss }: Prepared, reps: number): Promise<Answer> {
  const times: Record<string, number[]> = {};
  for (const [mode, run] of Object.entries(modes)) times[mode] = await run(reps);
  const step = [...times.step!].sort((a, b) => a - b);
  return {
    ms: step[0]!,
    median_ms: step[step.length >> 1]!,
    mode: 'step',
    modes: Object.fromEntries(Object.entries(times).map(([mode, t]) => [mode, Math.min(...t)])),
    ...(loss && { loss: loss() }),
  };
}
