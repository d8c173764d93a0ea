import { Assembler, type Gpr, mem, r8, rax, rcx, rdi, rdx, rsi, rsp } from '../../src/asm/x64/index.ts';
import type { ThreadStep } from '../../src/codegen/x64/records.ts';
import type { Kernel } from '../../src/kernel/ir.ts';
import { mapCode } from '../../src/runtime/native/code.ts';
import { platform } from '../../src/runtime/native/load.ts';
import { Memory } from '../../src/runtime/native/memory.ts';
import type { Program, Step } from '../../src/schedule/program.ts';
import { Pool } from '../../src/targets/pool.ts';
import { splitProgram } from '../../src/targets/split.ts';

/**
 * Kernels in machine code over arrays of int64, by the ABI of generated ones, so that threads and barriers are tested
 * without the code generator:
 * - `shift`: `out[i] = in[(i + 1) % n] + 1`, where in and out are buffers of n words and n a power of two;
 * - `count`: `out[i] += 1`.
 */
export const SHIFT = 0;
export const COUNT = 1;

function shiftCode(n: number): Uint8Array {
  return items((a) => {
    a.emit('lea', [rcx, mem(rsi, 1)]);
    a.emit('and', [rcx, n - 1]);
    a.emit('mov', [rax, mem(rdi)]);
    a.emit('mov', [rax, mem(rax, 0, rcx, 8)]);
    a.emit('inc', [rax]);
    a.emit('mov', [r8, mem(rdi, 8)]);
    a.emit('mov', [mem(r8, 0, rsi, 8), rax]);
  });
}

function countCode(): Uint8Array {
  return items((a) => {
    a.emit('mov', [rax, mem(rdi)]);
    a.emit('inc', [mem(rax, 0, rsi, 8)]);
  });
}

/** Checks the stack, runs `body` for rsi from begin to end, then overwrites every register that a kernel may overwrite. */
function items(body: (a: Assembler) => void): Uint8Array {
  const a = new Assembler();
  const loop = a.label();
  const end = a.label();
  const aligned = a.label();
  a.emit('lea', [rax, mem(rsp, 8)]);
  a.emit('and', [rax, 63]);
  a.jcc('e', aligned);
  a.emit('ud2');
  a.bind(aligned);
  a.bind(loop);
  a.emit('cmp', [rsi, rdx]);
  a.jcc('ge', end);
  body(a);
  a.emit('inc', [rsi]);
  a.jmp(loop);
  a.bind(end);
  for (let n = 0; n < 16; n++) if (n !== 4) a.emit('mov', [{ kind: 'gpr', n } as Gpr, -1]);
  a.ret();
  return a.finish();
}

/** A pool with both kernels over `n` items and with buffers of `n` words: `slots` of a program are these buffers. */
export class Bench {
  readonly n: number;
  readonly pool: Pool;
  readonly #memory = new Memory(platform(), { guard: false });
  readonly #kernels: { address: number; free(): void }[];
  readonly #buffers: { address: number; words: BigInt64Array }[];

  constructor(threads: number, { n = 64, buffers = 2, cores = 2 } = {}) {
    this.n = n;
    this.pool = new Pool(platform(), threads, cores);
    this.#kernels = [shiftCode(n), countCode()].map((code) => mapCode(platform(), code));
    this.#buffers = Array.from({ length: buffers }, () => {
      const block = this.#memory.alloc(8 * n);
      const view = block.bytesView();
      return { address: block.address, words: new BigInt64Array(view.buffer, view.byteOffset, n) };
    });
  }

  words(buffer: number): number[] {
    return Array.from(this.#buffers[buffer]!.words, Number);
  }

  program(steps: readonly Step[]): Program {
    const kernel = (name: string): Kernel => ({ name, lanes: 16, buffers: [], domain: this.n, item: 0, body: [] });
    return { kernels: [kernel('shift'), kernel('count')], slots: [], arenaBytes: 0, steps };
  }

  load(lists: readonly (readonly ThreadStep[])[]) {
    const places = {
      kernels: this.#kernels.map(({ address }) => address),
      slots: () => this.#buffers.map(({ address }) => address),
    };
    return this.pool.load(lists, places);
  }

  /** Runs steps `times` times, divided as a target does it. */
  run(steps: readonly Step[], times = 1): void {
    const tables = this.load(splitProgram(this.program(steps), this.pool.threads));
    for (let i = 0; i < times; i++) this.pool.run(tables);
    tables.free();
  }

  dispose(): void {
    this.pool.dispose();
    for (const kernel of this.#kernels) kernel.free();
    this.#memory.dispose();
  }
}
