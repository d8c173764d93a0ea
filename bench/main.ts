import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printInnerLoops } from './assembly.ts';
import { WorkerProcess, type WorkerSpec } from './channel.ts';
import { fillMarkers } from './docs.ts';
import { measureFresh } from './fresh.ts';
import { describeCommit, describeMachine, processorTimes, ROOT, vectorTargets } from './machine.ts';
import { printPhases } from './print-phases.ts';
import { asMarkdown, asText } from './report.ts';
import { type FreshResult, LATEST, type Results, readResults, saveResults, type WholeResult } from './results.ts';
import { IdleMeter, runRounds } from './rounds.ts';
import { ourJob, runWhole } from './whole.ts';
import { installPeers, kerasProcess, ourWorkers, peerWorkers } from './workers.ts';
import { allWorkloads, type Workload } from './workloads.ts';

const HELP = `npm run bench -- [options]

Times training steps, products and convolutions on every target, and prints what share of the processor's peak they reach.

  --peers           also install and time Keras on TensorFlow and JAX, PyTorch, TF.js and jax-js, interleaved
  --only A,B        only workloads whose names begin so (mlp128, conv5x5-64 ...); no compilation, no whole processes
  --targets A,B     only these of x64-avx512, x64-avx2, wasm, reference
  --threads A,B     numbers of threads (1,2); the peers have the last
  --rounds N        rounds (3; 4 with --peers)
  --quick           few repetitions, one round, one epoch: to see that it works
  --keep            also write bench/results/<date>.json

  --phases          time each phase and kernel of the workloads in --only alone: how one profiles
  --assembly        print the innermost loops of the products' kernels
  --markdown        print the last results as Markdown, measure nothing
  --from FILE       another file than bench/results/latest.json for --markdown
  --into A,B        with --markdown: write it between the marks in these files
  --help            show this`;

const { values } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    only: { type: 'string' },
    targets: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    phases: { type: 'boolean', default: false },
    assembly: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    from: { type: 'string', default: LATEST },
    into: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** A command line that cannot be understood. */
class UsageError extends Error {}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nTry --help.`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  if (values.help) console.log(HELP);
  else if (values.markdown) printMarkdown();
  else if (values.assembly) printInnerLoops();
  else if (values.phases) await phases();
  else await measure();
}

function wholeNumber(name: string, text: string): number {
  const n = Number(text);
  if (Number.isInteger(n) && n > 0) return n;
  throw new UsageError(`${name}: expected whole numbers above 0, got '${text}'`);
}

function printMarkdown(): void {
  const text = asMarkdown(readResults(values.from));
  if (values.into === undefined) console.log(text);
  else for (const file of values.into.split(',')) fillMarkers(file, text);
}

function chosenWorkloads(): Workload[] {
  const beginnings = values.only?.split(',') ?? [''];
  const all = allWorkloads();
  const chosen = all.filter((w) => beginnings.some((b) => w.name.startsWith(b)));
  if (chosen.length > 0) return chosen;
  throw new UsageError(
    `--only: no workload begins with '${values.only}'; there are ${all.map((w) => w.name).join(', ')}`,
  );
}

function ourSpecs(targets: readonly string[] | undefined, threads: readonly number[]): WorkerSpec[] {
  const specs = ourWorkers(targets, threads);
  const unknown = targets?.find((t) => !specs.some((s) => s.label === t));
  if (unknown === undefined) return specs;
  throw new UsageError(`--targets: '${unknown}' is no target, or does not work on this machine`);
}

function threadCounts(): number[] {
  return values.threads.split(',').map((n) => wholeNumber('--threads', n));
}

async function phases(): Promise<void> {
  if (values.only === undefined) throw new UsageError('--phases: say which workload, for example --only mlp128');
  const targets = values.targets?.split(',') ?? vectorTargets().slice(0, 1);
  const workloads = chosenWorkloads();
  for (const spec of ourSpecs(targets, threadCounts().slice(-1))) {
    const worker = new WorkerProcess(spec);
    await worker.start();
    for (const workload of workloads) await printPhases(worker, workload, values.quick ? 5 : 60);
    worker.stop();
  }
}

/** A line that the next one overwrites, on a terminal. */
function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text.endsWith('\n')) process.stderr.write(text);
}

async function measure(): Promise<void> {
  const begin = { at: performance.now(), load: os.loadavg()[0]!, times: processorTimes() };
  const counts = threadCounts();
  const threads = counts.at(-1)!;
  const workloads = chosenWorkloads();
  const own = ourSpecs(values.targets?.split(','), counts);
  const specs = [...own, ...(values.peers ? peerWorkers(threads) : [])];
  const problems = values.peers ? installPeers() : [];
  const everything = values.only === undefined;
  const fresh = everything ? freshResults(threads, problems) : [];
  const whole = everything ? await wholeResults(threads, problems) : [];
  const { workers, started } = await startAll(specs, problems);
  const idle = new IdleMeter(started);
  const rounds = values.quick ? 1 : wholeNumber('--rounds', values.rounds ?? (values.peers ? '4' : '3'));
  const mostReps = values.quick ? 3 : Number.POSITIVE_INFINITY;
  const {
    steps,
    peak,
    problems: leftOut,
  } = await runRounds(started, workloads, idle, { rounds, mostReps, threads, say });
  const workerResults = idle.results();
  for (const worker of workers) worker.stop();
  say('');
  const end = processorTimes();
  const stolen = begin.times && end ? (end.stolen - begin.times.stolen) / (end.all - begin.times.all) : null;
  const results: Results = {
    date: new Date().toISOString(),
    commit: describeCommit(),
    machine: describeMachine(),
    threads,
    rounds,
    seconds: (performance.now() - begin.at) / 1000,
    peak,
    quiet: { loadBefore: begin.load, stolen },
    workers: workerResults,
    steps,
    fresh,
    whole,
    problems: [...problems, ...leftOut],
  };
  saveResults(LATEST, results);
  if (values.keep) saveResults(join(ROOT, 'bench', 'results', `${results.date.slice(0, 10)}.json`), results);
  console.log(`\n${asText(results)}\n\nWritten to bench/results/; --markdown prints it again for the documentation.`);
}

async function startAll(
  specs: readonly WorkerSpec[],
  problems: string[],
): Promise<{ workers: WorkerProcess[]; started: WorkerProcess[] }> {
  say('starting the workers');
  const workers = specs.map((spec) => new WorkerProcess(spec));
  const results = await Promise.allSettled(workers.map((w) => w.start()));
  results.forEach((r, i) => {
    if (r.status === 'rejected')
      problems.push(`${workers[i]!.spec.label} did not start: ${(r.reason as Error).message}`);
  });
  return { workers, started: workers.filter((_, i) => results[i]!.status === 'fulfilled') };
}

function freshResults(threads: number, problems: string[]): FreshResult[] {
  const targets = [...vectorTargets().slice(0, 1), 'wasm'];
  const jobs = targets.flatMap((target) => (['cnn', 'resnet50'] as const).map((model) => ({ model, target })));
  return jobs.flatMap(({ model, target }) => {
    say(`first step of ${model} on ${target}`);
    try {
      return [measureFresh(model, target, threads, values.quick ? 1 : model === 'cnn' ? 3 : 2)];
    } catch (error) {
      problems.push(`The first step of ${model} on ${target} failed: ${(error as Error).message.slice(0, 300)}`);
      return [];
    }
  });
}

async function wholeResults(threads: number, problems: string[]): Promise<WholeResult[]> {
  const epochs = values.quick ? 1 : 5;
  const keras = (['jax', 'tensorflow'] as const).map((backend) => ({
    name: `Keras, ${backend === 'jax' ? 'JAX' : 'TensorFlow'}`,
    ours: false,
    epochs,
    ...kerasProcess(backend, epochs, threads),
  }));
  const targets = [...vectorTargets().slice(0, 1), 'wasm'];
  const jobs = [...targets.map((target) => ourJob(target, threads, epochs)), ...(values.peers ? keras : [])];
  const found: WholeResult[] = [];
  for (const job of jobs) {
    say(`whole process: ${job.name}`);
    try {
      found.push(await runWhole(job));
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  return found;
}
