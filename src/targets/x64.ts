import { generateKernel } from '../codegen/x64/index.ts';
import { x64Cpu } from '../runtime/native/cpuid.ts';
import { platform } from '../runtime/native/load.ts';
import { Memory, type NativeBlock } from '../runtime/native/memory.ts';
import { threadCount } from '../runtime/native/threads.ts';
import type { Program, Slot } from '../schedule/program.ts';
import { KernelCode, type LoadedKernels } from './kernels.ts';
import { Pool, type Tables } from './pool.ts';
import { checkProgram } from './program-check.ts';
import { splitProgram } from './split.ts';
import type { Block, Executable, Target, TargetFacts } from './target.ts';

export type X64Name = 'x64-avx512' | 'x64-avx2';

export interface X64Options {
  /** Threads that work, the calling one included. Default: `OLIFANT_THREADS`, else the number of cores. */
  readonly threads?: number;
  /**
   * Unreadable pages around each block, temporaries included, to find accesses out of bounds; see `MemoryOptions`.
   * Default: `OLIFANT_GUARD=1`.
   */
  readonly guard?: boolean | 'before';
}

const FACTS: { readonly [N in X64Name]: Omit<TargetFacts, 'fma'> } = {
  'x64-avx512': { lanes: 16, registers: 32 },
  'x64-avx2': { lanes: 8, registers: 16 },
};

/** Runs programs as machine code on native threads. */
export class X64Target implements Target {
  readonly name: X64Name;
  readonly facts: TargetFacts;
  readonly threads: number;
  readonly #memory: Memory;
  readonly #pool: Pool;
  readonly #kernels: KernelCode;
  readonly #blocks = new WeakSet<Block>();
  #disposed = false;

  /**
   * @throws NoExecutableMemoryError where the system lets no memory be executed
   * @throws Error where the processor lacks what the target needs, or native code cannot be called
   */
  constructor(name: X64Name, options: X64Options = {}) {
    const { missingAvx2, missingAvx512, avx512Bf16, threadsPerCore } = x64Cpu();
    const avx512 = name === 'x64-avx512';
    const missing = avx512 ? missingAvx512 : missingAvx2;
    if (missing.length > 0) throw new Error(`the processor lacks ${missing.join(', ')}`);
    const cores = threadCount(threadsPerCore, {});
    this.name = name;
    const fast = process.env.OLIFANT_STRICT !== '1';
    this.facts = { ...FACTS[name], fma: fast, pairs: fast && avx512 && avx512Bf16 };
    this.threads = options.threads ?? threadCount(threadsPerCore, process.env);
    this.#memory = new Memory(platform(), { guard: options.guard });
    this.#pool = new Pool(platform(), this.threads, cores);
    this.#kernels = new KernelCode(platform(), (kernel) => generateKernel(kernel, { avx512 }));
  }

  alloc(bytes: number): Block {
    const block = this.#memory.alloc(bytes);
    this.#blocks.add(block);
    return block;
  }

  load(program: Program, externals: readonly Block[]): Executable {
    if (this.#disposed) throw new Error(`the target ${this.name} was disposed of`);
    checkProgram(program, externals);
    const foreign = externals.findIndex((block) => !this.#blocks.has(block));
    if (foreign >= 0) throw new Error(`external slot ${foreign} is a block of another target, not of ${this.name}`);
    return new X64Executable(program, externals as readonly NativeBlock[], this.#memory, this.#pool, this.#kernels);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#pool.dispose();
    this.#kernels.dispose();
    this.#memory.dispose();
  }
}

class X64Executable implements Executable {
  readonly #pool: Pool;
  readonly #kernels: LoadedKernels;
  /** What was allocated for this program alone. */
  readonly #own: NativeBlock[] = [];
  /** Undefined after `dispose`. */
  #tables: Tables | undefined;

  constructor(program: Program, externals: readonly NativeBlock[], memory: Memory, pool: Pool, kernels: KernelCode) {
    this.#pool = pool;
    this.#kernels = kernels.load(program.kernels);
    try {
      const slots = this.#place(program, externals, memory);
      const lists = splitProgram(program, pool.threads);
      this.#tables = pool.load(lists, { kernels: this.#kernels.addresses, slots: (thread) => slots[thread]! });
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  run(): void {
    if (this.#tables === undefined) throw new Error('this program was disposed of');
    this.#pool.run(this.#tables);
  }

  dispose(): void {
    if (this.#tables === undefined) return;
    this.#tables.free();
    this.#tables = undefined;
    this.#release();
  }

  #release(): void {
    for (const block of this.#own) block.free();
    this.#kernels.release();
  }

  /** Addresses of all slots, for each thread. */
  #place(program: Program, externals: readonly NativeBlock[], memory: Memory): number[][] {
    const own = (bytes: number): NativeBlock => {
      const block = memory.alloc(bytes);
      this.#own.push(block);
      return block;
    };
    const arena = memory.isGuarded ? 0 : own(program.arenaBytes).address;
    const place = (slot: Slot): number | number[] => {
      switch (slot.kind) {
        case 'arena':
          return memory.isGuarded ? own(slot.bytes).address : arena + slot.offset;
        case 'external':
          return externals[slot.index]!.address;
        case 'constant': {
          const block = own(slot.bytes);
          block.bytesView().set(slot.data);
          return block.address;
        }
        case 'thread':
          return Array.from({ length: this.#pool.threads }, () => own(slot.bytes).address);
      }
    };
    const places = program.slots.map(place);
    return Array.from({ length: this.#pool.threads }, (_, t) =>
      places.map((address) => (typeof address === 'number' ? address : address[t]!)),
    );
  }
}
