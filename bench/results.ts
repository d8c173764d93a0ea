import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Commit, type Machine, type Peak, ROOT } from './machine.ts';

/** What a run of the benchmark found; bench/results/*.json. Times are the shortest ones. */
export interface Results {
  readonly date: string;
  readonly commit: Commit | null;
  readonly machine: Machine;
  /** Threads of the peers, and of ours where nothing else is said. */
  readonly threads: number;
  readonly rounds: number;
  /** How long the whole benchmark took. */
  readonly seconds: number;
  /** The best of all measurements, by target. */
  readonly peak: Readonly<Record<string, Peak>>;
  readonly quiet: Quiet;
  readonly workers: readonly WorkerResult[];
  readonly steps: readonly StepResult[];
  readonly fresh: readonly FreshResult[];
  readonly whole: readonly WholeResult[];
  readonly problems: readonly string[];
}

/** Signs that something else ran at the same time. */
export interface Quiet {
  /** Processes that wanted to run in the minute before. */
  readonly loadBefore: number;
  /** Part of the time that other machines took from this one's processors. */
  readonly stolen: number | null;
}

export interface WorkerResult {
  readonly id: string;
  readonly label: string;
  readonly ours: boolean;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string | number>>;
  /** Processors that it kept busy while others were measured; null where the system does not say. */
  readonly busyWhenIdle: number | null;
}

export interface StepResult {
  readonly workload: string;
  readonly gflop: number;
  readonly worker: string;
  readonly ms: number;
  /** The middle of the rounds' medians. */
  readonly medianMs: number;
  readonly mode: string;
  readonly modes: Readonly<Record<string, number>>;
  /** Of the machine's multiply-add peak with as many threads; null without machine code. */
  readonly share: number | null;
}

/** From a fresh process to its first step. */
export interface FreshResult {
  readonly model: 'cnn' | 'resnet50';
  readonly target: string;
  /** Loading Olifant. */
  readonly importMs: number;
  /** Making layers and weights. */
  readonly buildMs: number;
  /** Tracing, gradient, schedule, code generation and loading. */
  readonly compileMs: number;
  /** The step itself, the first time; null where it was not run. */
  readonly firstRunMs: number | null;
  readonly kernels: number;
}

/** A whole process: load MNIST, train the network of 784-512-512-10, test it, end. */
export interface WholeResult {
  readonly name: string;
  readonly ours: boolean;
  readonly epochs: number;
  readonly seconds: number;
  readonly megabytes: number | null;
  readonly accuracy: number | null;
}

/** What a step without metrics is called among the modes, next to `step` with them. */
export const PLAIN_STEP = 'without metrics';

export const LATEST = join(ROOT, 'bench', 'results', 'latest.json');

export function saveResults(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, round, 1)}\n`);
}

export function readResults(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results;
}

function round(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}
