import { existsSync, readFileSync } from 'node:fs';
import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from 'iced-x86';
import { describe, expect, it } from 'vitest';
import { type CpuidSource, readCpu } from '../../src/runtime/cpu.ts';
import { cpuidCode, x64Cpu } from '../../src/runtime/native/cpuid.ts';
import { threadCount } from '../../src/runtime/native/threads.ts';

/** A processor as a table; what is not in it is 0. */
function processor(
  table: { readonly [leaf: string]: readonly [number, number, number, number] },
  xcr0: number,
): CpuidSource {
  return {
    cpuid(leaf, subleaf) {
      const [eax, ebx, ecx, edx] = table[`${leaf.toString(16)}.${subleaf}`] ?? [0, 0, 0, 0];
      return { eax, ebx, ecx, edx };
    },
    xgetbv: () => xcr0,
  };
}

const text = (s: string): [number, number, number, number] => {
  const words = new Uint32Array(Uint8Array.from(s.padEnd(16, '\0'), (c) => c.charCodeAt(0)).buffer);
  return [words[0]!, words[1]!, words[2]!, words[3]!];
};
const bits = (...n: number[]): number => n.reduce((sum, b) => sum | (1 << b), 0);

/** As a Skylake server says it: 32 KiB and 1 MiB a core, 2 threads a core. */
const skylake = {
  '0.0': [0x16, 0, 0, 0],
  '80000000.0': [0x80000008, 0, 0, 0],
  '80000002.0': text('  Intel(R) Xeon '),
  '80000003.0': text(' Gold 6148 '),
  '1.0': [0, 0, bits(12, 27, 28, 29), 0],
  '7.0': [0, bits(3, 5, 8, 16, 17, 30, 31), 0, 0],
  '4.0': [0x1c004121, 0x01c0003f, 63, 0],
  '4.1': [0x1c004122, 0x01c0003f, 63, 0],
  '4.2': [0x1c004143, 0x03c0003f, 1023, 0],
  '4.3': [0x1c03c163, 0x0280003f, 40959, 4],
  'b.0': [1, 2, 0x100, 0],
} as const;

describe('readCpu', () => {
  it('reads a processor with AVX-512', () => {
    expect(readCpu(processor(skylake, 0xe7))).toMatchObject({
      model: 'Intel(R) Xeon Gold 6148',
      missingAvx2: [],
      missingAvx512: [],
      avx512Bf16: false,
      threadsPerCore: 2,
      caches: { l1d: 32 * 1024, l2: 1024 * 1024, l3: 11 * 40960 * 64 },
    });
  });
  it('does not use what the operating system does not save', () => {
    expect(readCpu(processor(skylake, 0x07))).toMatchObject({
      missingAvx2: [],
      missingAvx512: ['registers saved by the operating system'],
    });
    expect(readCpu(processor(skylake, 0x03)).missingAvx2).toEqual(['registers saved by the operating system']);
  });
  it('does not ask for XCR0 where there is no XGETBV', () => {
    const source = processor({ ...skylake, '1.0': [0, 0, bits(12, 28, 29), 0] }, 0);
    const cpu = readCpu({ ...source, xgetbv: () => expect.fail('XGETBV would be an invalid instruction') });
    expect(cpu.missingAvx2).toEqual(['registers saved by the operating system']);
  });
  it('names what an old processor lacks', () => {
    const old = processor({ '0.0': [1, 0, 0, 0], '1.0': [0, 0, bits(27, 28), 0] }, 7);
    expect(readCpu(old)).toMatchObject({
      model: 'x86-64',
      missingAvx2: ['FMA', 'F16C', 'AVX2', 'BMI1', 'BMI2'],
      threadsPerCore: 1,
      caches: { l1d: 0, l2: 0, l3: 0 },
    });
  });
});

describe.runIf(process.arch === 'x64')('x64Cpu', () => {
  it.runIf(existsSync('/proc/cpuinfo'))('agrees with the kernel', () => {
    const info = readFileSync('/proc/cpuinfo', 'utf8');
    const flags = new Set(/^flags\s*: (.*)$/m.exec(info)![1]!.split(' '));
    const cpu = x64Cpu();
    expect(cpu.model).toBe(/^model name\s*: (.*)$/m.exec(info)![1]!.trim());
    expect(cpu.missingAvx2.length === 0).toBe(['avx2', 'fma', 'bmi1', 'bmi2', 'f16c'].every((f) => flags.has(f)));
    expect(cpu.missingAvx512.length === 0).toBe(
      ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl'].every((f) => flags.has(f)),
    );
    expect(cpu.avx512Bf16).toBe(flags.has('avx512_bf16'));
  });
  const l2 = '/sys/devices/system/cpu/cpu0/cache/index2/size';
  it.runIf(existsSync(l2))('reads the size of the second cache as the kernel does', () => {
    expect(`${x64Cpu().caches.l2 / 1024}K`).toBe(readFileSync(l2, 'utf8').trim());
  });
});

describe('cpuidCode', () => {
  it.each([
    ['sysv', 'mov r8,rdx; mov eax,edi; mov ecx,esi', 'mov r8,rdi'],
    ['win64', 'mov eax,ecx; mov ecx,edx', 'mov r8,rcx'],
  ] as const)('says for %s what its comments say', (abi, cpuid, xgetbv) => {
    const { code } = cpuidCode(abi);
    const decoder = new Decoder(64, code, DecoderOptions.None);
    const formatter = new Formatter(FormatterSyntax.Nasm);
    const lines = decoder.decodeAll().map((instruction) => formatter.format(instruction));
    expect(lines.join('; ')).toBe(
      `${cpuid}; push rbx; cpuid; mov [r8],eax; mov [r8+4],ebx; mov [r8+8],ecx; mov [r8+0Ch],edx; pop rbx; ret; ` +
        `${xgetbv}; xor ecx,ecx; xgetbv; mov [r8],eax; ret`,
    );
  });
});

describe('threadCount', () => {
  it('takes OLIFANT_THREADS', () => expect(threadCount(2, { OLIFANT_THREADS: '7' })).toBe(7));
  it('counts at least one core', () => expect(threadCount(1000, {})).toBe(1));
  it.each(['0', '-1', '1.5', 'many'])('refuses OLIFANT_THREADS=%s', (value) => {
    expect(() => threadCount(1, { OLIFANT_THREADS: value })).toThrow(
      `OLIFANT_THREADS is '${value}': expected a whole number of 1 or more`,
    );
  });
});
