import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './machine.ts';
import type { WholeResult } from './results.ts';

export interface WholeJob {
  readonly name: string;
  readonly ours: boolean;
  readonly epochs: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The program of `npm start`, as the benchmark has compiled it. */
export function ourJob(target: string, threads: number, epochs: number): WholeJob {
  return {
    name: `Olifant, ${target}`,
    ours: true,
    epochs,
    command: process.execPath,
    args: [join(ROOT, 'build', 'src', 'cli', 'mnist.js'), 'mlp', '--epochs', `${epochs}`],
    env: { OLIFANT_TARGET: target, OLIFANT_THREADS: `${threads}` },
  };
}

const POLL_MS = 20;
const MOST_MS = 180_000;

/** Runs a job to its end, in a folder of its own; the memory is the most that it had at any time (Linux only). */
export async function runWhole(job: WholeJob): Promise<WholeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'olifant-bench-'));
  const start = performance.now();
  const child = spawn(job.command, job.args, {
    cwd: folder,
    env: { ...process.env, ...job.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MOST_MS,
  });
  let text = '';
  let notes = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    notes = (notes + data.toString()).slice(-1000);
  });
  let kilobytes = 0;
  const poll = setInterval(() => {
    kilobytes = Math.max(kilobytes, mostMemory(child.pid!));
  }, POLL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const seconds = (performance.now() - start) / 1000;
    if (code !== 0)
      throw new Error(`${job.name} ended with ${code}: ${notes.trim().split('\n').slice(-3).join(' | ')}`);
    const accuracy = /^loss [\d.]+, accuracy ([\d.]+) %/m.exec(text);
    return {
      name: job.name,
      ours: job.ours,
      epochs: job.epochs,
      seconds,
      megabytes: kilobytes > 0 ? kilobytes / 1000 : null,
      accuracy: accuracy ? Number(accuracy[1]) : null,
    };
  } finally {
    clearInterval(poll);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The high-water mark of a process and of what it started, in kilobytes. */
function mostMemory(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const own = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    const tasks = readdirSync(`/proc/${pid}/task`);
    const children = tasks.flatMap((t) =>
      readFileSync(`/proc/${pid}/task/${t}/children`, 'utf8').split(' ').filter(Boolean),
    );
    return children.reduce((sum, child) => sum + mostMemory(Number(child)), own);
  } catch {
    return 0;
  }
}
