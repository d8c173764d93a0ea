import { nodeModule, type WasmModule } from './engine.ts';
import type { WasmMemory } from './memory.ts';

/** Byte addresses of the control words; see `codegen/wasm/control.ts`. */
export interface ControlAddresses {
  readonly epoch: number;
  readonly job: number;
  readonly context: number;
  readonly stride: number;
  readonly parties: number;
  readonly barrierCount: number;
  readonly barrierSleepers: number;
  readonly failed: number;
  readonly mail: number;
}

/** What a program's module exports. */
export type Run = (context: number, parties: number, spins: number) => void;

/** What is used of a worker of Node or of a browser. */
interface WorkerHandle {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

const NO_JOB = -1;
/** Iterations of a spinning thread before it sleeps: some tens of microseconds, longer than most phases differ. */
const SPINS = 1 << 15;

/**
 * The other threads of a target. They start with the first program that has work for them. Until all of them have taken in
 * all modules sent to them, programs run on the calling thread alone: nothing ever waits for a thread that is starting.
 */
export class ThreadPool {
  readonly threads: number;
  private readonly memory: WasmMemory;
  private readonly at: ControlAddresses;
  private readonly control: Int32Array;
  private readonly workers: WorkerHandle[] = [];
  private readonly unload: number[] = [];
  /** Jobs that ran on all threads. */
  runs = 0;
  private nextId = 0;
  private broken = false;
  private readonly mainSpins: number;

  constructor(memory: WasmMemory, threads: number, at: ControlAddresses) {
    this.memory = memory;
    this.threads = threads;
    this.at = at;
    // A shared buffer stays valid when the memory grows.
    this.control = new Int32Array(memory.memory.buffer, 0, 4096);
    this.control[at.job / 4] = NO_JOB;
    this.mainSpins = mayBlock() ? SPINS : 0;
  }

  /** Sends a module to all threads; gives the number of its jobs. */
  load(module: WasmModule): number {
    const id = this.nextId++;
    if (this.broken) return id;
    if (this.workers.length === 0) this.start();
    const unload = this.unload.splice(0);
    for (const [i, worker] of this.workers.entries()) this.post(i, worker, { kind: 'load', id, module, unload });
    this.wake();
    return id;
  }

  /** The threads forget the module with their next message. */
  forget(id: number): void {
    this.unload.push(id);
  }

  /** All threads wait for a job and know all modules. */
  isReady(): boolean {
    if (this.broken || this.workers.length === 0) return false;
    return this.workers.every((_, i) => {
      const { sent, taken } = this.mailOf(i);
      return Atomics.load(this.control, sent) === Atomics.load(this.control, taken);
    });
  }

  /** Resolves when `isReady`; rejects if the threads cannot be started. */
  async whenReady(): Promise<void> {
    while (!this.isReady()) {
      if (this.broken) throw new Error('the threads of the wasm target could not be started, or one of them failed');
      if (this.workers.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Runs a job on all threads, the calling one included; returns when it is done. Needs `isReady`. */
  run(id: number, run: Run, context: number, stride: number): void {
    const { at, control } = this;
    control[at.context / 4] = context;
    control[at.stride / 4] = stride;
    control[at.parties / 4] = this.threads;
    Atomics.store(control, at.job / 4, id);
    this.wake();
    try {
      run(context, this.threads, this.mainSpins);
    } catch (error) {
      Atomics.store(control, at.failed / 4, 1);
      this.abandon();
      throw new Error('a thread of the wasm target failed; programs go on with one thread', { cause: error });
    }
    Atomics.store(control, at.job / 4, NO_JOB);
    this.runs++;
  }

  dispose(): void {
    this.abandon();
  }

  private wake(): void {
    Atomics.add(this.control, this.at.epoch / 4, 1);
    Atomics.notify(this.control, this.at.epoch / 4);
  }

  private mailOf(worker: number): { sent: number; taken: number } {
    const sent = this.at.mail / 4 + 2 * worker;
    return { sent, taken: sent + 1 };
  }

  private post(i: number, worker: WorkerHandle, message: unknown): void {
    Atomics.add(this.control, this.mailOf(i).sent, 1);
    worker.postMessage(message);
  }

  private start(): void {
    const { at } = this;
    const word = (address: number) => address / 4;
    for (let i = 0; i < this.threads - 1; i++) {
      const worker = startWorker(() => this.abandon());
      if (!worker) {
        this.abandon();
        return;
      }
      this.workers.push(worker);
      const words = {
        epoch: word(at.epoch),
        job: word(at.job),
        context: word(at.context),
        stride: word(at.stride),
        parties: word(at.parties),
        failed: word(at.failed),
        ...this.mailOf(i),
      };
      this.post(i, worker, { kind: 'start', memory: this.memory.memory, words, thread: i + 1, spins: SPINS });
    }
  }

  /** Ends all threads for good; the calling thread does everything from now on. */
  private abandon(): void {
    this.broken = true;
    for (const worker of this.workers.splice(0)) worker.terminate();
  }
}

/** A browser's main thread may not sleep; Node's and all workers may. */
function mayBlock(): boolean {
  return typeof (globalThis as { document?: unknown }).document === 'undefined';
}

function startWorker(onError: () => void): WorkerHandle | undefined {
  const node = nodeModule('node:worker_threads');
  try {
    if (node) {
      // Without options of the command line: `--input-type`, for one, is an error for a thread that runs a file.
      const worker = new node.Worker(new URL('./worker.js', import.meta.url), { execArgv: [] });
      worker.unref();
      worker.on('error', onError);
      return worker;
    }
    type BrowserWorker = WorkerHandle & { onerror: unknown };
    const { Worker } = globalThis as unknown as {
      Worker: new (url: URL, options: { type: 'module' }) => BrowserWorker;
    };
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onerror = onError;
    return worker;
  } catch {
    return undefined;
  }
}
