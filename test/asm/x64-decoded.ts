import {
  CpuidFeature,
  EncodingKind,
  type Instruction,
  MemorySize,
  MemorySizeExt,
  Mnemonic,
  OpKind,
  Register,
} from 'iced-x86';
import type { Form, Slot } from '../../src/asm/x64/forms.ts';
import type { Label, Mem, Operand } from '../../src/asm/x64/index.ts';

/** An instruction as it was asked for. */
export interface Asked {
  readonly form: Form;
  readonly ops: readonly Operand[];
  readonly mask: number;
  readonly zero: boolean;
}

const LOW = ['AX', 'CX', 'DX', 'BX', 'SP', 'BP', 'SI', 'DI'];
const BYTE = ['AL', 'CL', 'DL', 'BL', 'SPL', 'BPL', 'SIL', 'DIL'];

function gprName(n: number, bits: number): string {
  if (bits === 8) return BYTE[n] ?? `R${n}L`;
  if (n >= 8) return `R${n}${bits === 64 ? '' : bits === 32 ? 'D' : 'W'}`;
  return `${bits === 64 ? 'R' : bits === 32 ? 'E' : ''}${LOW[n]}`;
}

function vecName(n: number, bits: number): string {
  return `${bits === 128 ? 'X' : bits === 256 ? 'Y' : 'Z'}MM${n}`;
}

const SUFFIXED =
  /^(mov|add|or|adc|sbb|and|sub|xor|cmp|test|imul|inc|dec|not|neg|mul|div|idiv|rol|ror|shl|shr|sar|xadd|xchg|cmpxchg|bzhi|cmov(?:n?[beopsl]|a|ae|n?be|ge|le|g))[bwl]$/;
const OWN_NAMES: Readonly<Record<string, string>> = {
  movzxw: 'movzx',
  movsxw: 'movsx',
  vcvtsi2ssq: 'vcvtsi2ss',
  vcvttss2siq: 'vcvttss2si',
  vcvtss2siq: 'vcvtss2si',
  vcvtneps2bf16y: 'vcvtneps2bf16',
};

/** The manual's mnemonic: ours without `lock` and without the suffix that tells the width. */
function manualName(name: string): string {
  const bare = name.replace('lock ', '');
  return OWN_NAMES[bare] ?? SUFFIXED.exec(bare)?.[1] ?? bare;
}

function memMismatch(m: Mem, slot: Slot, got: Instruction): string | undefined {
  if (m.label) {
    if (!got.isIpRelMemoryOperand) return 'not relative to rip';
    const target = BigInt.asUintN(64, BigInt(m.label.offset + m.disp));
    if (got.ipRelMemoryAddress !== target) return `rip target ${got.ipRelMemoryAddress}, asked ${target}`;
  } else {
    const base = m.base ? gprName(m.base.n, 64) : 'None';
    const { index } = m;
    const indexName = !index ? 'None' : index.kind === 'gpr' ? gprName(index.n, 64) : vecName(index.n, index.bits);
    if (Register[got.memoryBase] !== base) return `base ${Register[got.memoryBase]}, asked ${base}`;
    if (Register[got.memoryIndex] !== indexName) return `index ${Register[got.memoryIndex]}, asked ${indexName}`;
    if (index && got.memoryIndexScale !== (m.scale ?? 1)) return `scale ${got.memoryIndexScale}, asked ${m.scale}`;
    const disp = BigInt.asIntN(64, got.memoryDisplacement);
    if (disp !== BigInt(m.disp)) return `displacement ${disp}, asked ${m.disp}`;
  }
  const size = MemorySizeExt.size(got.memorySize);
  const asked = m.broadcast ? slot.broadcast : slot.mem;
  if (size !== asked) return `${MemorySize[got.memorySize]}, asked for ${asked} bytes`;
  if (got.isBroadcast !== (m.broadcast ?? false)) return `broadcast ${got.isBroadcast}`;
  return undefined;
}

/** Immediates are compared with as many bits as take part in the operation. */
function immMismatch(value: number | bigint, slot: Slot, form: Form, got: bigint): string | undefined {
  const first = form.slots[0]!;
  const wide = first.gpr === 64 || (first.gpr === 0 && first.mem === 8);
  const bits =
    slot.imm === 'u8' ? 8 : slot.imm === 'i64' || (slot.imm !== 'u32' && slot.imm !== 'i32' && wide) ? 64 : 32;
  const [a, b] = [BigInt.asUintN(bits, BigInt(value)), BigInt.asUintN(bits, got)];
  return a === b ? undefined : `immediate ${b}, asked ${a}`;
}

function operandMismatch(op: Operand, slot: Slot, form: Form, got: Instruction, i: number): string | undefined {
  const kind = got.opKind(i);
  if (typeof op !== 'object') {
    if (kind === OpKind.Register || kind === OpKind.Memory) return `${OpKind[kind]}, asked an immediate`;
    return immMismatch(op, slot, form, got.immediate(i));
  }
  if (op.kind === 'mem') {
    return kind === OpKind.Memory ? memMismatch(op, slot, got) : `${OpKind[kind]}, asked memory`;
  }
  if (op.kind === 'label') return labelMismatch(op, kind, got);
  if (kind !== OpKind.Register) return `${OpKind[kind]}, asked a register`;
  const name = op.kind === 'k' ? `K${op.n}` : op.kind === 'vec' ? vecName(op.n, op.bits) : gprName(op.n, slot.gpr);
  const register = Register[got.opRegister(i)];
  return register === name ? undefined : `${register}, asked ${name}`;
}

function labelMismatch(op: Label, kind: OpKind, got: Instruction): string | undefined {
  if (kind !== OpKind.NearBranch64) return `${OpKind[kind]}, asked a branch`;
  return got.nearBranchTarget === BigInt(op.offset) ? undefined : `target ${got.nearBranchTarget}, asked ${op.offset}`;
}

/** Rows without a feature belong to every x86-64 CPU, so they must need none of the later extensions. */
function featureMismatch(form: Form, got: Instruction): string | undefined {
  const names = Array.from(got.cpuidFeatures(), (f) => CpuidFeature[f]!).sort();
  if (form.features.length === 0) {
    const later = names.filter((n) => /AVX|FMA|BMI|SSE|XSAVE|CNT|PREFETCH|F16C/.test(n));
    return later.length === 0 ? undefined : `needs ${later}`;
  }
  const asked = [...form.features].sort();
  // the disassembler adds AVX512F to the 512-bit forms of BF16 and VNNI; no CPU has these without it
  const needed = asked.includes('AVX512F') ? names : names.filter((n) => n !== 'AVX512F');
  return needed.join() === asked.join() ? undefined : `needs ${names}, the row says ${asked}`;
}

/** What differs between the instruction asked for and the one an independent disassembler reads; undefined for nothing. */
export function mismatch({ form, ops, mask, zero }: Asked, got: Instruction): string | undefined {
  const name = Mnemonic[got.mnemonic]!.toLowerCase();
  if (name !== manualName(form.name)) return `mnemonic ${name}`;
  const encoding = EncodingKind[got.encoding]!.toLowerCase();
  if (encoding !== form.encoding) return `encoding ${encoding}, asked ${form.encoding}`;
  if (got.opCount !== ops.length) return `${got.opCount} operands, asked ${ops.length}`;
  if (got.hasLockPrefix !== form.name.startsWith('lock ')) return `lock ${got.hasLockPrefix}`;
  if (Register[got.opMask] !== (mask ? `K${mask}` : 'None')) return `mask ${Register[got.opMask]}, asked k${mask}`;
  if (got.zeroingMasking !== zero) return `zeroing ${got.zeroingMasking}`;
  for (let i = 0; i < ops.length; i++) {
    const wrong = operandMismatch(ops[i]!, form.slots[i]!, form, got, i);
    if (wrong) return `operand ${i}: ${wrong}`;
  }
  return featureMismatch(form, got);
}
