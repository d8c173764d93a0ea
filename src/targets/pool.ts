import {
  areaAddress,
  controlBytes,
  type Driver,
  generateDriver,
  initControl,
  MAX_THREADS,
} from '../codegen/x64/driver.ts';
import { counterBytes, recordBytes, sharedCalls, type ThreadStep, writeRecords } from '../codegen/x64/records.ts';
import { type CodeRegion, mapCode } from '../runtime/native/code.ts';
import { Memory, type NativeBlock, roundUp } from '../runtime/native/memory.ts';
import type { Platform } from '../runtime/native/platform.ts';

/**
 * How long an idle worker looks for work before it blocks, in ticks of the time stamp counter (2 to 4 a nanosecond): about half
 * a millisecond. Waking a blocked one takes 50 microseconds, and the system may wake it on the caller's core; what a training
 * loop does between two steps should not cost that.
 */
const IDLE_TICKS = 1_500_000;
/** How long a thread spins before it offers its core to others: 5 to 10 microseconds, some 100 barriers. */
const SPIN_TICKS = 20_000;
/** Where there are more threads than cores, whoever is waited for is likely to be waiting for a core. */
const CROWDED_TICKS = 1000;

/** The lists of records of one program, in memory. */
export interface Tables {
  /** Words with the address of each thread's list. */
  readonly address: number;
  readonly solo: boolean;
  free(): void;
}

/** Where a thread's kernels and slots are. */
export interface Places {
  readonly kernels: readonly number[];
  slots(thread: number): readonly number[];
}

/**
 * Threads that run programs together; the thread that calls is the first of them. The others are started when a program needs
 * them, wait in generated code, and end with `dispose`. They never keep the process alive.
 */
export class Pool {
  readonly threads: number;
  readonly #platform: Platform;
  /** Its own, so that guard pages for tests do not change it. */
  readonly #memory: Memory;
  readonly #control: NativeBlock;
  readonly #driver: Driver;
  readonly #code: CodeRegion;
  readonly #semaphores: number[];
  readonly #run: (tables: number) => void;
  readonly #solo: (tables: number) => void;
  #workers: (number | bigint)[] | undefined;
  #meeting: Tables | undefined;
  #disposed = false;

  /** @throws NoExecutableMemoryError */
  constructor(platform: Platform, threads: number, cores: number) {
    if (threads > MAX_THREADS) throw new RangeError(`${threads} threads: at most ${MAX_THREADS} are possible`);
    this.threads = threads;
    this.#platform = platform;
    this.#memory = new Memory(platform, { guard: false });
    this.#control = this.#memory.alloc(controlBytes(threads));
    const { wait, post, yield: giveWay } = platform.waiting;
    const control = this.#control.address;
    const crowded = threads > cores;
    this.#driver = generateDriver({
      abi: platform.abi,
      threads,
      control,
      wait,
      post,
      yield: giveWay,
      idleTicks: crowded ? CROWDED_TICKS : IDLE_TICKS,
      spinTicks: crowded ? CROWDED_TICKS : SPIN_TICKS,
    });
    this.#code = mapCode(platform, this.#driver.code);
    this.#semaphores = Array.from({ length: threads }, () => platform.waiting.createSemaphore());
    const view = this.#control.bytesView();
    initControl(new BigUint64Array(view.buffer, view.byteOffset, view.length / 8), control, this.#semaphores);
    this.#run = platform.callable(this.#code.address + this.#driver.run, 1);
    this.#solo = platform.callable(this.#code.address + this.#driver.solo, 1);
  }

  /**
   * Prepares lists of steps, one a thread, to be run as often as wanted. Barriers stand in all lists or in none.
   *
   * @throws Error where the system allows no more threads
   */
  load(lists: readonly (readonly ThreadStep[])[], places: Places): Tables {
    const tables = this.#write(lists, places, this.#driver.handlers.idle);
    if (!tables.solo) this.#workers ??= this.#start();
    return tables;
  }

  /** Runs the lists on all threads; returns when all of them are done. */
  run(tables: Tables): void {
    if (this.#disposed) throw new Error('the threads have ended: this target was disposed of');
    if (tables.solo) this.#solo(tables.address);
    else this.#run(tables.address);
  }

  /** Ends the threads and frees all programs. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#workers !== undefined) {
      const last = this.#write(
        Array(this.threads).fill([]),
        { kernels: [], slots: () => [] },
        this.#driver.handlers.done,
      );
      this.#run(last.address);
      for (const worker of this.#workers) this.#platform.joinThread(worker);
    }
    for (const semaphore of this.#semaphores) this.#platform.waiting.destroySemaphore(semaphore);
    this.#semaphores.length = 0;
    this.#workers = undefined;
    this.#code.free();
    this.#memory.dispose();
  }

  #start(): (number | bigint)[] {
    const workers: (number | bigint)[] = [];
    try {
      for (let t = 1; t < this.threads; t++) {
        const area = areaAddress(this.#control.address, t);
        workers.push(this.#platform.startThread(this.#code.address + this.#driver.worker, area));
      }
    } catch (cause) {
      this.#workers = workers;
      this.dispose();
      throw new Error(`${this.threads} threads cannot be started; set OLIFANT_THREADS=${workers.length + 1}`, {
        cause,
      });
    }
    return workers;
  }

  #write(lists: readonly (readonly ThreadStep[])[], places: Places, end: number): Tables {
    const base = this.#code.address;
    const handlers = Object.fromEntries(
      Object.entries(this.#driver.handlers).map(([name, offset]) => [name, base + offset]),
    ) as unknown as Driver['handlers'];
    const offsets: number[] = [];
    let bytes = roundUp(8 * lists.length, 64);
    for (const list of lists) {
      offsets.push(bytes);
      bytes = roundUp(bytes + recordBytes(list), 64);
    }
    const counters = bytes;
    bytes += counterBytes(sharedCalls(lists[0] ?? []), lists.length);
    const block = this.#memory.alloc(bytes);
    const view = block.bytesView();
    const starts = new BigUint64Array(view.buffer, view.byteOffset, lists.length);
    lists.forEach((list, t) => {
      const address = block.address + offsets[t]!;
      const table = new Int32Array(view.buffer, view.byteOffset + offsets[t]!, recordBytes(list) / 4);
      starts[t] = BigInt(address);
      const slots = places.slots(t);
      const addresses = { handlers, kernels: places.kernels, slots, counters: block.address + counters, thread: t };
      writeRecords(table, address, list, addresses, t === 0 ? handlers.done : base + end);
    });
    const solo = lists.slice(1).every((list) => list.length === 0);
    return {
      address: block.address,
      solo,
      free: () => {
        if (this.#disposed) return;
        if (!solo) this.#meet();
        block.free();
      },
    };
  }

  /** Waits until no worker reads the records of a program any more: the last ones may lie behind the last barrier. */
  #meet(): void {
    if (this.#workers === undefined) return;
    this.#meeting ??= this.#write(
      Array(this.threads).fill([{ kind: 'barrier' }]),
      { kernels: [], slots: () => [] },
      this.#driver.handlers.idle,
    );
    this.#run(this.#meeting.address);
  }
}
