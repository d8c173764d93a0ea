import { Assembler } from '../../src/asm/x64/assembler.ts';
import { mem, r12, r13, r14, r15, rax, rbp, rbx, rcx, rsp } from '../../src/asm/x64/registers.ts';
import { generateKernel } from '../../src/codegen/x64/generate.ts';
import type { Kernel } from '../../src/kernel/ir.ts';
import { x64Cpu } from '../../src/runtime/native/cpuid.ts';
import { platform } from '../../src/runtime/native/load.ts';

/** The two targets, and whether this machine runs them. */
export const TARGETS = [
  { name: 'avx2', avx512: false, lanes: 8 },
  { name: 'avx512', avx512: true, lanes: 16 },
] as const;
export type TestTarget = (typeof TARGETS)[number];

export function runs(target: TestTarget): boolean {
  if (process.arch !== 'x64') return false;
  const { missingAvx2, missingAvx512 } = x64Cpu();
  const missing = target.avx512 ? missingAvx512 : missingAvx2;
  if (missing.length > 0) console.warn(`${target.name} is not tested: this machine lacks ${missing.join(', ')}`);
  return missing.length === 0;
}

const SAVED = [rbx, rbp, r12, r13, r14, r15];

/** Calls a kernel (fourth argument) as the driver does: aligns the stack and keeps the registers that C wants kept. */
function trampoline(): Uint8Array {
  const asm = new Assembler();
  for (const r of SAVED) asm.emit('push', [r]);
  asm.emit('mov', [rax, rsp]);
  asm.emit('sub', [rsp, 128]);
  asm.emit('and', [rsp, -64]);
  asm.emit('mov', [mem(rsp), rax]);
  asm.call(rcx);
  asm.emit('mov', [rsp, mem(rsp)]);
  asm.emit('vzeroupper');
  for (const r of [...SAVED].reverse()) asm.emit('pop', [r]);
  asm.ret();
  return asm.finish();
}

const round = (bytes: number, unit: number) => Math.ceil(bytes / unit) * unit;

function executable(bytes: Uint8Array): number {
  const os = platform();
  const size = round(bytes.length, os.pageBytes);
  const address = os.map(size)!;
  new Uint8Array(os.view(address, size)).set(bytes);
  const failed = os.protect(address, size, 'execute');
  if (failed !== undefined) throw new Error(failed);
  return address;
}

let entry: ((...args: number[]) => void) | undefined;

/** A buffer that ends (or starts) at a page that cannot be touched. */
export interface Guarded {
  readonly address: number;
  readonly bytes: Uint8Array;
  free(): void;
}

/** `side`: where the unreadable page touches the data. Data of a `u8` buffer may have any length. */
export function guarded(data: Uint8Array, side: 'before' | 'after'): Guarded {
  const os = platform();
  const page = os.pageBytes;
  const inner = Math.max(page, round(data.length, page));
  const start = os.map(inner + 2 * page)!;
  for (const at of [start, start + page + inner]) {
    const failed = os.protect(at, page, 'none');
    if (failed !== undefined) throw new Error(failed);
  }
  const address = side === 'before' ? start + page : start + page + inner - data.length;
  const view = new Uint8Array(os.view(start + page, inner), address - start - page, data.length);
  view.set(data);
  return { address, bytes: view, free: () => os.unmap(start, inner + 2 * page) };
}

/** A kernel in executable memory. */
export class Code {
  readonly bytes: Uint8Array;
  readonly #address: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#address = executable(bytes);
    entry ??= platform().callable(executable(trampoline()), 4);
  }

  static of(kernel: Kernel, target: TestTarget): Code {
    return new Code(generateKernel(kernel, { avx512: target.avx512 }));
  }

  /** `table`: the address of a table of addresses. */
  call(table: number, begin: number, end: number): void {
    entry!(table, begin, end, this.#address);
  }

  free(): void {
    platform().unmap(this.#address, round(this.bytes.length, platform().pageBytes));
  }
}

export type Data = Float32Array | Int32Array | Uint16Array | Uint8Array;

/** Runs a kernel over items `[begin, end)` on copies of the data in guarded memory; gives what is there afterwards. */
export function run(
  kernel: Kernel,
  target: TestTarget,
  data: readonly Data[],
  items: readonly [number, number] = [0, kernel.domain],
  side: 'before' | 'after' = 'after',
): Data[] {
  const code = Code.of(kernel, target);
  const buffers = data.map((d) => guarded(new Uint8Array(d.buffer, d.byteOffset, d.byteLength), side));
  const table = guarded(new Uint8Array(Float64Array.from([...buffers, { address: 0 }], () => 0).buffer), 'before');
  const words = new BigUint64Array(table.bytes.buffer, table.bytes.byteOffset, buffers.length);
  buffers.forEach((b, i) => {
    words[i] = BigInt(b.address);
  });
  code.call(table.address, items[0], items[1]);
  const results = data.map((d, i) => {
    const copy = buffers[i]!.bytes.slice();
    return d instanceof Uint8Array ? copy : new (d.constructor as Float32ArrayConstructor)(copy.buffer);
  });
  for (const b of [...buffers, table]) b.free();
  code.free();
  return results;
}
