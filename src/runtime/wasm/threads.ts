import { isPage, type WasmModule } from './engine.ts';
import type { WasmMemory } from './memory.ts';
import { startThread, type ThreadHandle, type ThreadSource } from './start-thread.ts';

/** Byte addresses of the control words; see `codegen/wasm/control.ts`. */
export interface ControlAddresses {
  readonly epoch: number;
  readonly job: number;
  readonly context: number;
  readonly stride: number;
  readonly parties: number;
  readonly jobs: number;
  readonly apartJobs: number;
  readonly apartDone: number;
  readonly barrierCount: number;
  readonly barrierSleepers: number;
  readonly failed: number;
  readonly mail: number;
}

/** What a program's module exports. */
export type Run = (context: number, parties: number, spins: number) => void;

/** Iterations of a spinning thread before it sleeps: some tens of microseconds, longer than most phases differ. */
const SPINS = 1 << 15;

/** Resolves when a word is no longer what it was; ECMAScript 2024. */
type WaitAsync = (words: Int32Array, at: number, value: number) => { async: boolean; value: unknown };
const waitAsync = (): WaitAsync | undefined => (Atomics as { waitAsync?: WaitAsync }).waitAsync;

/**
 * The other threads of a target. They start with the first program that has work for them. Until all of them have taken in
 * all modules sent to them, programs run on the calling thread alone: nothing ever waits for a thread that is starting.
 *
 * A pool that runs apart has one more, which stands in for the calling thread, so that this one stays free.
 */
export class ThreadPool {
  readonly threads: number;
  /** Whether `runApart` can be used. */
  readonly apart: boolean;
  private readonly memory: WasmMemory;
  private readonly at: ControlAddresses;
  private readonly control: Int32Array;
  private readonly workers: ThreadHandle[] = [];
  private readonly modules = new Map<number, WasmModule>();
  private readonly unload: number[] = [];
  private source: ThreadSource = 'file';
  /** Jobs that ran on all threads. */
  runs = 0;
  private nextId = 0;
  private broken = false;
  private readonly mainSpins: number;
  /** Set while `runApart` is at work. */
  private atWork = false;
  private announced: (() => void) | undefined;

  constructor(memory: WasmMemory, threads: number, at: ControlAddresses, apart: boolean) {
    this.memory = memory;
    this.threads = threads;
    this.at = at;
    this.apart = apart;
    // A shared buffer stays valid when the memory grows.
    this.control = new Int32Array(memory.memory.buffer, 0, 4096);
    this.mainSpins = isPage() ? 0 : SPINS;
  }

  /** Sends a module to all threads; gives the number of its jobs. */
  load(module: WasmModule): number {
    const id = this.nextId++;
    if (this.broken) return id;
    if (this.workers.length === 0) this.start();
    this.modules.set(id, module);
    const unload = this.unload.splice(0);
    for (const [i, worker] of this.workers.entries()) this.post(i, worker, { kind: 'load', id, module, unload });
    this.wake();
    return id;
  }

  /** The threads forget the module with their next message. */
  forget(id: number): void {
    this.modules.delete(id);
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
    this.settle();
    const { at, control } = this;
    this.describe(id, context, stride, this.threads);
    Atomics.add(control, at.jobs / 4, 1);
    this.wake();
    try {
      run(context, this.threads, this.mainSpins);
    } catch (error) {
      this.abandon();
      throw failure(error);
    }
    this.runs++;
  }

  /**
   * Runs a job on `parties` threads (1, or all) without the calling one, which stays free; resolves when it is done. Needs
   * `apart`, `isReady`, and that none is under way.
   */
  async runApart(id: number, context: number, stride: number, parties: number): Promise<void> {
    const { at, control } = this;
    this.describe(id, context, stride, parties);
    this.atWork = true;
    Atomics.add(control, at.apartJobs / 4, 1);
    if (parties > 1) Atomics.add(control, at.jobs / 4, 1);
    this.wake();
    await this.whenDone();
    this.atWork = false;
    if (this.hasFailed()) {
      this.abandon();
      throw failure();
    }
    if (parties > 1) this.runs++;
  }

  /** Waits, without a turn of the event loop, for what `runApart` has begun. */
  settle(): void {
    if (this.atWork) while (!this.isDone());
  }

  dispose(): void {
    this.abandon();
  }

  private describe(id: number, context: number, stride: number, parties: number): void {
    const { at, control } = this;
    control[at.job / 4] = id;
    control[at.context / 4] = context;
    control[at.stride / 4] = stride;
    control[at.parties / 4] = parties;
  }

  private isDone(): boolean {
    const { at, control } = this;
    return Atomics.load(control, at.apartDone / 4) === Atomics.load(control, at.apartJobs / 4) || this.hasFailed();
  }

  private hasFailed(): boolean {
    return Atomics.load(this.control, this.at.failed / 4) !== 0;
  }

  private async whenDone(): Promise<void> {
    const word = this.at.apartDone / 4;
    for (;;) {
      const before = Atomics.load(this.control, word);
      if (this.isDone()) return;
      const wait = waitAsync();
      if (wait) await wait(this.control, word, before).value;
      else
        await new Promise<void>((resolve) => {
          this.announced = resolve;
        });
    }
  }

  private wake(): void {
    Atomics.add(this.control, this.at.epoch / 4, 1);
    Atomics.notify(this.control, this.at.epoch / 4);
  }

  private mailOf(worker: number): { sent: number; taken: number } {
    const sent = this.at.mail / 4 + 2 * worker;
    return { sent, taken: sent + 1 };
  }

  private post(i: number, worker: ThreadHandle, message: unknown): void {
    Atomics.add(this.control, this.mailOf(i).sent, 1);
    worker.postMessage(message);
  }

  private start(): void {
    const { source } = this;
    // What threads of the other source say, which have been ended, is of no interest.
    const onError = () => {
      if (source === this.source) this.onError();
    };
    const events = { onError, onMessage: () => this.announced?.() };
    const count = this.threads - 1 + (this.apart ? 1 : 0);
    for (let i = 0; i < count; i++) {
      const worker = startThread(source, events);
      if (!worker) {
        this.onError();
        return;
      }
      this.workers.push(worker);
      const { sent, taken } = this.mailOf(i);
      this.control[sent] = 0;
      this.control[taken] = 0;
      // The thread that stands in for the first one is the last.
      this.post(i, worker, this.firstMessage(i, (i + 1) % this.threads));
    }
  }

  private firstMessage(i: number, thread: number) {
    const { at } = this;
    const standsIn = thread === 0;
    const addresses = {
      epoch: at.epoch,
      jobs: standsIn ? at.apartJobs : at.jobs,
      job: at.job,
      context: at.context,
      stride: at.stride,
      parties: at.parties,
      failed: at.failed,
    };
    const words = Object.fromEntries(Object.entries(addresses).map(([name, address]) => [name, address / 4]));
    return {
      kind: 'start',
      memory: this.memory.memory,
      words: { ...words, done: standsIn ? at.apartDone / 4 : -1, ...this.mailOf(i) },
      thread,
      spins: SPINS,
      announces: waitAsync() === undefined,
    };
  }

  /** Threads that never came to life may do so from the other source; others are given up. */
  private onError(): void {
    const alive = this.workers.some((_, i) => Atomics.load(this.control, this.mailOf(i).taken) > 0);
    if (this.broken || alive || this.source === 'text') {
      this.abandon();
      return;
    }
    for (const worker of this.workers.splice(0)) worker.terminate();
    this.source = 'text';
    this.start();
    for (const [id, module] of this.modules) {
      for (const [i, worker] of this.workers.entries()) this.post(i, worker, { kind: 'load', id, module, unload: [] });
    }
    this.wake();
  }

  /** Ends all threads for good; the calling thread does everything from now on. */
  private abandon(): void {
    this.broken = true;
    Atomics.store(this.control, this.at.failed / 4, 1);
    for (const worker of this.workers.splice(0)) worker.terminate();
    Atomics.notify(this.control, this.at.apartDone / 4);
    this.announced?.();
  }
}

function failure(cause?: unknown): Error {
  return new Error('a thread of the wasm target failed; programs go on with one thread', { cause });
}
