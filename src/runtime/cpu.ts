/** What an x86-64 processor and its operating system let a program use. */
export interface CpuInfo {
  /** As the processor calls itself, for example `AMD EPYC 9654 96-Core Processor`. */
  readonly model: string;
  /** What is missing for the AVX2 target; empty where it can be used. */
  readonly missingAvx2: readonly string[];
  /** What is missing for the AVX-512 target; empty where it can be used. */
  readonly missingAvx512: readonly string[];
  readonly avx512Bf16: boolean;
  /** Logical processors that share one core's arithmetic units. */
  readonly threadsPerCore: number;
  /** Bytes; 0 where the processor does not say. */
  readonly caches: { readonly l1d: number; readonly l2: number; readonly l3: number };
}

export interface Registers {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

/** The CPUID instruction, and XGETBV of register 0. */
export interface CpuidSource {
  cpuid(leaf: number, subleaf: number): Registers;
  /** Only called where CPUID says that the instruction exists. */
  xgetbv(): number;
}

type RegisterName = keyof Registers;
type Feature = readonly [name: string, leaf: number, subleaf: number, register: RegisterName, bit: number];

/** Intel's manual, volume 2, CPUID, "Information Returned by CPUID Instruction". */
const AVX2_FEATURES: readonly Feature[] = [
  ['AVX', 1, 0, 'ecx', 28],
  ['FMA', 1, 0, 'ecx', 12],
  ['F16C', 1, 0, 'ecx', 29],
  ['AVX2', 7, 0, 'ebx', 5],
  ['BMI1', 7, 0, 'ebx', 3],
  ['BMI2', 7, 0, 'ebx', 8],
];
const AVX512_FEATURES: readonly Feature[] = [
  ['AVX512F', 7, 0, 'ebx', 16],
  ['AVX512BW', 7, 0, 'ebx', 30],
  ['AVX512DQ', 7, 0, 'ebx', 17],
  ['AVX512VL', 7, 0, 'ebx', 31],
];
const AVX512_BF16: Feature = ['AVX512_BF16', 7, 1, 'eax', 5];
const OSXSAVE: Feature = ['OSXSAVE', 1, 0, 'ecx', 27];

/** State components that the system saves for a thread: SSE and AVX; opmask and both upper halves of AVX-512. */
const XCR0_AVX = 0x06;
const XCR0_AVX512 = 0xe6;

/** Reads what a processor is and has. */
export function readCpu(source: CpuidSource): CpuInfo {
  const maxLeaf = source.cpuid(0, 0).eax >>> 0;
  const maxExtended = source.cpuid(0x80000000, 0).eax >>> 0;
  const has = ([, leaf, subleaf, register, bit]: Feature): boolean =>
    leaf <= maxLeaf && ((source.cpuid(leaf, subleaf)[register] >>> bit) & 1) === 1;
  const saved = has(OSXSAVE) ? source.xgetbv() : 0;
  const missing = (features: readonly Feature[], state: number): string[] => {
    const names = features.filter((f) => !has(f)).map(([name]) => name);
    if ((saved & state) !== state) names.push('registers saved by the operating system');
    return names;
  };
  const missingAvx2 = missing(AVX2_FEATURES, XCR0_AVX);
  const missingAvx512 = [...missingAvx2, ...missing(AVX512_FEATURES, XCR0_AVX512)];
  return {
    model: modelName(source, maxExtended),
    missingAvx2,
    missingAvx512,
    avx512Bf16: missingAvx512.length === 0 && has(AVX512_BF16),
    threadsPerCore: threadsPerCore(source, maxLeaf),
    caches: caches(source, maxLeaf, maxExtended),
  };
}

function modelName(source: CpuidSource, maxExtended: number): string {
  if (maxExtended < 0x80000004) return 'x86-64';
  const words: number[] = [];
  for (const leaf of [0x80000002, 0x80000003, 0x80000004]) {
    const { eax, ebx, ecx, edx } = source.cpuid(leaf, 0);
    words.push(eax, ebx, ecx, edx);
  }
  const text = words.flatMap((w) => [0, 8, 16, 24].map((shift) => (w >>> shift) & 0xff));
  const end = text.indexOf(0);
  return String.fromCharCode(...text.slice(0, end < 0 ? undefined : end))
    .replace(/\s+/g, ' ')
    .trim();
}

/** Leaf 0Bh, level 0 (type 1: SMT): the logical processors of one core. */
function threadsPerCore(source: CpuidSource, maxLeaf: number): number {
  if (maxLeaf < 0x0b) return 1;
  const { ebx, ecx } = source.cpuid(0x0b, 0);
  const isSmt = ((ecx >>> 8) & 0xff) === 1;
  return isSmt ? Math.max(1, ebx & 0xffff) : 1;
}

/** Leaf 4 (Intel) and 8000001Dh (AMD, where TopologyExtensions say so) have the same layout. */
function caches(source: CpuidSource, maxLeaf: number, maxExtended: number): CpuInfo['caches'] {
  const sizes = { l1d: 0, l2: 0, l3: 0 };
  const topology = maxExtended >= 0x8000001d && ((source.cpuid(0x80000001, 0).ecx >>> 22) & 1) === 1;
  if (!topology && maxLeaf < 4) return sizes;
  for (let subleaf = 0; subleaf < 16; subleaf++) {
    const { eax, ebx, ecx } = source.cpuid(topology ? 0x8000001d : 4, subleaf);
    const type = eax & 0x1f;
    if (type === 0) break;
    const ways = (ebx >>> 22) + 1;
    const partitions = ((ebx >>> 12) & 0x3ff) + 1;
    const line = (ebx & 0xfff) + 1;
    const bytes = ways * partitions * line * ((ecx >>> 0) + 1);
    const level = (eax >>> 5) & 7;
    const isInstructions = type === 2;
    if (level === 1 && !isInstructions) sizes.l1d = bytes;
    if (level === 2) sizes.l2 = bytes;
    if (level === 3) sizes.l3 = bytes;
  }
  return sizes;
}
