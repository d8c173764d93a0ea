import { type CpuInfo, type CpuidSource, readCpu } from '../cpu.ts';
import { mapCode } from './code.ts';
import { platform } from './load.ts';
import type { Platform } from './platform.ts';

/** Assembled by hand: this room lies below the assembler. The tests disassemble it. */
const CPUID = {
  sysv: [
    [0x49, 0x89, 0xd0], // mov r8, rdx
    [0x89, 0xf8], // mov eax, edi
    [0x89, 0xf1], // mov ecx, esi
  ],
  win64: [
    [0x89, 0xc8], // mov eax, ecx
    [0x89, 0xd1], // mov ecx, edx
  ],
  body: [
    [0x53], // push rbx
    [0x0f, 0xa2], // cpuid
    [0x41, 0x89, 0x00], // mov [r8], eax
    [0x41, 0x89, 0x58, 0x04], // mov [r8 + 4], ebx
    [0x41, 0x89, 0x48, 0x08], // mov [r8 + 8], ecx
    [0x41, 0x89, 0x50, 0x0c], // mov [r8 + 12], edx
    [0x5b], // pop rbx
    [0xc3], // ret
  ],
};
const XGETBV = {
  sysv: [[0x49, 0x89, 0xf8]], // mov r8, rdi
  win64: [[0x49, 0x89, 0xc8]], // mov r8, rcx
  body: [
    [0x31, 0xc9], // xor ecx, ecx
    [0x0f, 0x01, 0xd0], // xgetbv
    [0x41, 0x89, 0x00], // mov [r8], eax
    [0xc3], // ret
  ],
};

/** `cpuid(leaf, subleaf, out)` at 0, `xgetbv(out)` at `xgetbv`. */
export function cpuidCode(abi: Platform['abi']): { code: Uint8Array; xgetbv: number } {
  const cpuid = [...CPUID[abi], ...CPUID.body].flat();
  const xgetbv = [...XGETBV[abi], ...XGETBV.body].flat();
  return { code: Uint8Array.from([...cpuid, ...xgetbv]), xgetbv: cpuid.length };
}

/**
 * Runs `use` with this processor's CPUID.
 *
 * @throws NoExecutableMemoryError
 */
export function withCpuid<T>(platform: Platform, use: (source: CpuidSource) => T): T {
  const { code, xgetbv } = cpuidCode(platform.abi);
  const region = mapCode(platform, code);
  const bytes = platform.pageBytes;
  const memory = platform.map(bytes);
  try {
    if (memory === undefined) throw new Error(`no memory for ${bytes} bytes`);
    const out = new Uint32Array(platform.view(memory, bytes), 0, 4);
    const runCpuid = platform.callable(region.address, 3);
    const runXgetbv = platform.callable(region.address + xgetbv, 1);
    return use({
      cpuid(leaf, subleaf) {
        runCpuid(leaf, subleaf, memory);
        return { eax: out[0]!, ebx: out[1]!, ecx: out[2]!, edx: out[3]! };
      },
      xgetbv() {
        runXgetbv(memory);
        return out[0]!;
      },
    });
  } finally {
    if (memory !== undefined) platform.unmap(memory, bytes);
    region.free();
  }
}

let cpu: CpuInfo | undefined;

/**
 * What the processor of this process can do; read once.
 *
 * @throws Error where native code cannot be called, or the processor is not an x86-64 one.
 */
export function x64Cpu(): CpuInfo {
  if (process.arch !== 'x64') throw new Error(`the processor is ${process.arch}, not x64`);
  cpu ??= withCpuid(platform(), readCpu);
  return cpu;
}
