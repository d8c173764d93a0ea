import { CONTROL, HEAP_BASE, MAX_THREADS } from '../codegen/wasm/control.ts';
import { LANES, type WasmOptions } from '../codegen/wasm/options.ts';
import { relaxedProbe, simdProbe } from '../codegen/wasm/probes.ts';
import { EXPORT, emitParts, IMPORT, type ProgramCode } from '../codegen/wasm/program.ts';
import { type Parts, toEnd } from '../runtime/turns.ts';
import {
  coreCount,
  detectRelaxedSimd,
  hasSharedMemory,
  isPage,
  type WasmEngine,
  type WasmModule,
  wasmEngine,
} from '../runtime/wasm/engine.ts';
import { WasmBlock, WasmMemory } from '../runtime/wasm/memory.ts';
import { type Run, ThreadPool } from '../runtime/wasm/threads.ts';
import type { Program, Slot, Step } from '../schedule/program.ts';
import { checkProgram } from './program-check.ts';
import type { Block, Executable, Target, TargetFacts } from './target.ts';

export interface WasmTargetOptions {
  /** Threads, the calling one included. Default: the cores; 1 where memory cannot be shared. */
  readonly threads?: number;
  /** Uses relaxed SIMD where the engine has it. Default: unless `OLIFANT_STRICT=1`. */
  readonly relaxed?: boolean;
  /** Has a thread more, so that the calling one stays free. Default: on pages of browsers. */
  readonly apart?: boolean;
}

/**
 * Programs of less work, in nanoseconds, stay on the calling thread where others could do it apart: to hand it over and to hear
 * that it is done takes about 0.2 ms (`npm run test:browser` prints the time a step).
 */
const WORTH_HANDING_OVER = 200_000;

/** V8 makes code of a function of twice as many that is half as fast (`npm run bench -- --only transformer32 --targets wasm`). */
const STATEMENTS = 1800;

/**
 * WebAssembly with 128-bit SIMD.
 *
 * @throws Error with code `TARGET_UNAVAILABLE` where the engine has no WebAssembly SIMD.
 */
export class WasmTarget implements Target {
  readonly name = 'wasm';
  readonly facts: TargetFacts;
  readonly threads: number;
  readonly givesWay: boolean;
  private readonly engine: WasmEngine;
  private readonly options: WasmOptions;
  private readonly memory: WasmMemory;
  private readonly pool: ThreadPool | undefined;

  constructor({ threads, relaxed, apart = isPage() }: WasmTargetOptions = {}) {
    this.engine = requireSimd();
    const wanted = threads ?? coreCount();
    if (!(Number.isInteger(wanted) && wanted >= 1))
      throw new RangeError(`threads: ${threads} is not a positive integer`);
    this.threads = hasSharedMemory() ? Math.min(wanted, MAX_THREADS) : 1;
    const found =
      (relaxed ?? !isStrict())
        ? detectRelaxedSimd(this.engine, relaxedProbe())
        : { fused: false, truncGivesMin: false };
    this.options = { relaxed: found.fused, truncGivesMin: found.truncGivesMin, lowestAddress: HEAP_BASE };
    this.facts = { lanes: LANES, registers: 16, loadsFirst: true, statements: STATEMENTS, fma: found.fused };
    this.givesWay = apart;
    const shared = this.threads > 1 || (apart && hasSharedMemory());
    this.memory = new WasmMemory(this.engine, { shared, base: HEAP_BASE });
    this.pool = shared ? new ThreadPool(this.memory, this.threads, CONTROL, apart) : undefined;
    if (apart) this.memory.settle = () => this.pool?.settle();
  }

  alloc(bytes: number): WasmBlock {
    return this.memory.alloc(bytes);
  }

  load(program: Program, externals: readonly Block[]): Executable {
    return toEnd(this.loadParts(program, externals));
  }

  *loadParts(program: Program, externals: readonly Block[]): Parts<Executable> {
    checkProgram(program, externals);
    const bound = this.own(externals);
    const { shared, maximum } = this.memory;
    const code = yield* emitParts(program, this.threads, { initial: 1, maximum, shared }, this.options);
    return new WasmExecutable(this.engine, this.memory, this.pool, program, code, bound);
  }

  /** Resolves when other threads take part in what has been loaded so far. Results do not depend on it, time does. */
  async ready(): Promise<void> {
    await this.pool?.whenReady();
  }

  dispose(): void {
    this.pool?.dispose();
  }

  /** Runs so far in which all threads took part. */
  get parallelRuns(): number {
    return this.pool?.runs ?? 0;
  }

  /** Bytes of the memory that are given away. */
  get bytesUsed(): number {
    return this.memory.used;
  }

  private own(externals: readonly Block[]): readonly WasmBlock[] {
    return externals.map((block, i) => {
      if (block instanceof WasmBlock && block.owner === this.memory) return block;
      throw new Error(`external ${i} was not allocated by this target`);
    });
  }
}

class WasmExecutable implements Executable {
  readonly runAsync: (() => Promise<void>) | undefined;
  private readonly memory: WasmMemory;
  private readonly pool: ThreadPool | undefined;
  private readonly entry: Run;
  private readonly blocks: WasmBlock[] = [];
  private readonly job: number | undefined;
  /** One context for the calling thread alone, then one for each thread. */
  private readonly contexts: number;
  private readonly stride: number;
  /** Threads that share the work. */
  private readonly threads: number;
  private disposed = false;

  constructor(
    engine: WasmEngine,
    memory: WasmMemory,
    pool: ThreadPool | undefined,
    program: Program,
    code: ProgramCode,
    externals: readonly WasmBlock[],
  ) {
    this.memory = memory;
    this.pool = pool;
    const module: WasmModule = new engine.Module(code.bytes);
    const imports = { [IMPORT.module]: { [IMPORT.memory]: memory.memory } };
    this.entry = new engine.Instance(module, imports).exports[EXPORT.run] as Run;
    const heavy = costOf(program.steps) >= WORTH_HANDING_OVER;
    const threads = pool && code.split.parallel && (heavy || !pool.apart) ? pool.threads : 1;
    this.threads = threads;
    this.stride = Math.ceil(Math.max(code.contextBytes, 1) / 64) * 64;
    const addresses = this.place(program, externals, threads);
    this.contexts = this.alloc(this.stride * (threads + 1));
    this.writeContext(code, 0, (slot) => addresses[slot]![0]!);
    for (let t = 0; t < threads; t++) this.writeContext(code, t + 1, (slot) => addresses[slot]![t]!);
    const apart = pool?.apart === true && heavy;
    this.job = threads > 1 || apart ? pool?.load(module) : undefined;
    if (apart) this.runAsync = () => this.runApart(pool, this.job!);
  }

  run(): void {
    this.checkLive();
    const { pool, job } = this;
    if (pool && job !== undefined && this.threads > 1 && pool.isReady()) {
      pool.run(job, this.entry, this.contexts + this.stride, this.stride);
    } else {
      pool?.settle();
      this.entry(this.contexts, 1, 0);
    }
  }

  /** Where threads cannot be had, the calling one does it after all. */
  private async runApart(pool: ThreadPool, job: number): Promise<void> {
    if (!pool.isReady()) await pool.whenReady().catch(() => undefined);
    this.checkLive();
    if (!pool.isReady()) this.run();
    else if (this.threads > 1) await pool.runApart(job, this.contexts + this.stride, this.stride, this.threads);
    else await pool.runApart(job, this.contexts, 0, 1);
  }

  private checkLive(): void {
    if (this.disposed) throw new Error('this program has been disposed of');
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.pool?.settle();
    if (this.job !== undefined) this.pool?.forget(this.job);
    for (const block of this.blocks.splice(0)) block.free();
  }

  private alloc(bytes: number): number {
    const block = this.memory.alloc(bytes);
    this.blocks.push(block);
    return block.address;
  }

  /** The address of each slot for each thread. */
  private place(program: Program, externals: readonly WasmBlock[], threads: number): number[][] {
    const arena = this.alloc(program.arenaBytes);
    const one = (slot: Slot): number => {
      if (slot.kind === 'arena') return arena + slot.offset;
      if (slot.kind === 'external') return externals[slot.index]!.address;
      const address = this.alloc(slot.bytes);
      if (slot.kind === 'constant') {
        new Uint8Array(this.memory.memory.buffer, address, slot.bytes).set(slot.data.subarray(0, slot.bytes));
      }
      return address;
    };
    return program.slots.map((slot) => {
      if (slot.kind === 'thread') return Array.from({ length: threads }, () => one(slot));
      return new Array<number>(threads).fill(one(slot));
    });
  }

  /** Context 0 has all items; context t + 1 has the share of thread t. */
  private writeContext(code: ProgramCode, which: number, address: (slot: number) => number): void {
    const words = new Int32Array(this.memory.memory.buffer, this.contexts + which * this.stride, this.stride / 4);
    for (const [i, shares] of code.split.shares.entries()) {
      const [begin, end] = which === 0 ? [0, Math.max(...shares.map((s) => s[1]))] : shares[which - 1]!;
      words[2 * i] = begin;
      words[2 * i + 1] = end;
    }
    for (const { offset, arg } of code.args) words[offset / 4] = address(arg.slot) + arg.offset;
  }
}

function costOf(steps: readonly Step[]): number {
  return steps.reduce(
    (sum, step) =>
      sum + (step.kind === 'phase' ? step.calls.reduce((s, c) => s + c.cost, 0) : step.count * costOf(step.body)),
    0,
  );
}

function requireSimd(): WasmEngine {
  const engine = wasmEngine();
  if (engine?.validate(simdProbe())) return engine;
  throw Object.assign(new Error('the wasm target needs an engine with WebAssembly SIMD, which this one lacks'), {
    code: 'TARGET_UNAVAILABLE',
  });
}

function isStrict(): boolean {
  return typeof process !== 'undefined' && process.env.OLIFANT_STRICT === '1';
}
