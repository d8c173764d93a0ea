import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ROOT } from './machine.ts';
import type { Workload } from './workloads.ts';

/** A process that answers each line of JSON with one (bench/peers/README.md). */
export interface WorkerSpec {
  readonly id: string;
  /** What tables call it. */
  readonly label: string;
  readonly ours: boolean;
  readonly threads: number;
  /** Of what it offers, it is asked for these; everything unless said. */
  readonly asked?: (workload: Workload) => boolean;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Ready {
  readonly versions: Readonly<Record<string, string | number>>;
  readonly workloads: readonly string[];
  /** Workloads that would take it too long. */
  readonly leftOut?: readonly string[];
}

export interface Request {
  readonly workload: string;
  readonly reps: number;
  readonly phases?: boolean;
}

export interface Answer {
  /** The shortest of the repetitions. */
  readonly ms: number;
  readonly median_ms: number;
  /** The fastest of the ways in which the worker does this step. */
  readonly mode: string;
  readonly modes: Readonly<Record<string, number>>;
  readonly loss?: number;
}

/** A worker that is gone, or too late. */
export class WorkerError extends Error {}

interface Waiting {
  resolve(line: string): void;
  reject(error: Error): void;
}

const START_SECONDS = 120;

export class WorkerProcess {
  readonly spec: WorkerSpec;
  ready: Ready = { versions: {}, workloads: [] };
  /** Why it answers no more. */
  failed: string | undefined;
  readonly #child: ChildProcess;
  #notes = '';
  #waiting: Waiting | undefined;

  constructor(spec: WorkerSpec) {
    this.spec = spec;
    this.#child = spawn(spec.command, spec.args, {
      cwd: ROOT,
      env: { ...process.env, ...spec.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr!.on('data', (data: Buffer) => {
      this.#notes = (this.#notes + data.toString()).slice(-2000);
    });
    this.#child.stdin!.on('error', () => {}); // told by 'exit'
    this.#child.on('error', (error) => this.#fail(error.message));
    this.#child.on('exit', (code, signal) => this.#fail(`ended with ${signal ?? code}. ${this.#lastNotes()}`));
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      if (line.startsWith('{')) this.#settle()?.resolve(line); // frameworks print notes here as well
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Resolves when the process is ready for requests. */
  async start(): Promise<void> {
    this.ready = JSON.parse(await this.#line(START_SECONDS)) as Ready;
  }

  /** @throws WorkerError where the worker says that it cannot, ended, or took too long (it is ended then) */
  async ask<A = Answer>(request: Request, seconds: number): Promise<A> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const answer = JSON.parse(await this.#line(seconds)) as A & { error?: string };
    if (answer.error !== undefined) throw new WorkerError(answer.error);
    return answer;
  }

  does(workload: Workload): boolean {
    const { asked = () => true } = this.spec;
    return this.failed === undefined && this.ready.workloads.includes(workload.name) && asked(workload);
  }

  stop(): void {
    this.failed ??= 'stopped';
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
    this.#child.on('exit', () => clearTimeout(timer));
  }

  #line(seconds: number): Promise<string> {
    if (this.failed !== undefined) return Promise.reject(new WorkerError(this.failed));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#fail(`no answer within ${seconds} s`);
        this.#child.kill('SIGKILL');
      }, 1000 * seconds);
      this.#waiting = {
        resolve: (line) => {
          clearTimeout(timer);
          resolve(line);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }

  #settle(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #fail(why: string): void {
    this.failed ??= why;
    this.#settle()?.reject(new WorkerError(this.failed));
  }

  #lastNotes(): string {
    return this.#notes.trim().split('\n').slice(-3).join(' | ');
  }
}
