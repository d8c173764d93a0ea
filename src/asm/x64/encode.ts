import type { CodeBuffer } from './buffer.ts';
import { AssemblerError } from './error.ts';
import type { Form } from './forms.ts';
import type { Gpr, KReg, Label, Mem, Operand, Vec } from './registers.ts';

const LEGACY_PREFIX = [0, 0x66, 0xf3, 0xf2] as const;

/** Register number at a position; 0 where the form has no operand there. */
function number(ops: readonly Operand[], at: number): number {
  return at < 0 ? 0 : (ops[at] as Gpr | Vec | KReg).n;
}

function bit(n: number, position: number): number {
  return (n >> position) & 1;
}

/** Bit 3 of the index and of the base of a memory operand, or of a register in ModRM.rm: `2 X + B` of every prefix. */
function extension(ops: readonly Operand[], form: Form): number {
  const rm = form.rm < 0 ? undefined : (ops[form.rm] as Gpr | Vec | KReg | Mem);
  if (!rm) return bit(number(ops, form.low), 3);
  if (rm.kind === 'mem') return (bit(rm.index?.n ?? 0, 3) << 1) | bit(rm.base?.n ?? 0, 3);
  return bit(rm.n, 3);
}

/** Bytes by which EVEX divides an 8-bit displacement (manual, volume 2, 2.7.5); 1 for the other encodings. */
export function displacementUnit(form: Form, m: Mem): number {
  if (form.encoding !== 'evex') return 1;
  const slot = form.slots[form.rm]!;
  return m.broadcast ? slot.broadcast : slot.mem!;
}

/** Whether a displacement fits in one byte, given its unit. */
export function fitsDisp8(disp: number, unit: number): boolean {
  const scaled = disp / unit;
  return Number.isInteger(scaled) && scaled >= -128 && scaled <= 127;
}

/** ModRM, SIB and displacement. `field` is ModRM.reg. */
function modrm(out: CodeBuffer, field: number, rm: Exclude<Operand, number | bigint | Label>, form: Form): void {
  const reg = (field & 7) << 3;
  if (rm.kind !== 'mem') {
    out.u8(0xc0 | reg | (rm.n & 7));
    return;
  }
  if (rm.label) {
    out.u8(reg | 5);
    out.fixups.push({ at: out.length, end: out.length + 4 + form.immBytes, label: rm.label, addend: rm.disp });
    out.le(0, 4);
    return;
  }
  const { base, index, disp } = rm;
  // base 101 with mod 00 means "no base", so rbp and r13 always carry a displacement
  let mod = 0;
  const unit = displacementUnit(form, rm);
  if (base && (disp !== 0 || (base.n & 7) === 5)) mod = fitsDisp8(disp, unit) ? 1 : 2;
  const baseCode = base ? base.n & 7 : 5;
  if (index || !base || baseCode === 4) {
    const scale = Math.log2(rm.scale ?? 1);
    out.u8((mod << 6) | reg | 4);
    out.u8((index ? scale << 6 : 0) | ((index ? index.n & 7 : 4) << 3) | baseCode);
  } else {
    out.u8((mod << 6) | reg | baseCode);
  }
  if (mod === 1) out.u8((disp / unit) & 0xff);
  else if (mod === 2 || !base) out.le(disp, 4);
}

function immediates(out: CodeBuffer, form: Form, ops: readonly Operand[]): void {
  if (form.is4 >= 0) out.u8(number(ops, form.is4) << 4);
  else if (form.imm >= 0) out.le(ops[form.imm] as number | bigint, form.immBytes);
}

function tail(out: CodeBuffer, form: Form, ops: readonly Operand[]): void {
  if (form.rm >= 0) {
    const field = form.reg >= 0 ? number(ops, form.reg) : form.digit;
    modrm(out, field, ops[form.rm] as Exclude<Operand, number | bigint | Label>, form);
  }
  immediates(out, form, ops);
}

function relative(out: CodeBuffer, form: Form, label: Label): void {
  const bytes = form.slots[form.rel]!.rel / 8;
  if (bytes === 1) {
    out.le(label.offset - (out.length + 1), 1);
    return;
  }
  out.fixups.push({ at: out.length, end: out.length + 4, label, addend: 0 });
  out.le(0, 4);
}

/** `[prefix] [REX] opcode [ModRM ...] [immediate]`. */
export function encodeLegacy(out: CodeBuffer, form: Form, ops: readonly Operand[]): void {
  if (form.lock) out.u8(0xf0);
  if (form.pp) out.u8(LEGACY_PREFIX[form.pp]);
  const rex = (form.w << 3) | (bit(number(ops, form.reg), 3) << 2) | extension(ops, form);
  // without REX, the codes 4..7 of an 8-bit register mean ah, ch, dh, bh
  const lowByte = form.slots.some((slot, i) => slot.gpr === 8 && slot.fixed === undefined && isHigh(ops[i]!));
  if (rex || lowByte) out.u8(0x40 | rex);
  const last = form.opcode.length - 1;
  for (let i = 0; i < last; i++) out.u8(form.opcode[i]!);
  out.u8(form.opcode[last]! | (number(ops, form.low) & 7));
  if (form.rel >= 0) relative(out, form, ops[form.rel] as Label);
  else tail(out, form, ops);
}

function isHigh(op: Operand): boolean {
  return typeof op === 'object' && op.kind === 'gpr' && op.n >= 4 && op.n <= 7;
}

/** Two bytes of prefix where X, B, W are 0 and the map is 0F, three otherwise (manual, volume 2, 2.3.5). */
export function encodeVex(out: CodeBuffer, form: Form, ops: readonly Operand[]): void {
  const xb = extension(ops, form);
  const r = bit(number(ops, form.reg), 3);
  const end = ((~number(ops, form.vvvv) & 15) << 3) | (form.l << 2) | form.pp;
  if (xb === 0 && form.w === 0 && form.map === 1) {
    out.u8(0xc5);
    out.u8(((r ^ 1) << 7) | end);
  } else {
    out.u8(0xc4);
    out.u8(((r ^ 1) << 7) | ((xb ^ 3) << 5) | form.map);
    out.u8((form.w << 7) | end);
  }
  out.u8(form.opcode[0]!);
  tail(out, form, ops);
}

/** Four bytes of prefix (manual, volume 2, 2.7.1). */
export function encodeEvex(out: CodeBuffer, form: Form, ops: readonly Operand[], mask: number, zero: boolean): void {
  const rm = ops[form.rm] as Gpr | Vec | KReg | Mem;
  const isMem = rm.kind === 'mem';
  // a vector register in ModRM.rm takes X as its fifth bit
  const xb = extension(ops, form) | (isMem ? 0 : bit(rm.n, 4) << 1);
  const reg = number(ops, form.reg);
  const vvvv = number(ops, form.vvvv);
  // V' is the fifth bit of vvvv, or of a vector index: no form has both
  const v = isMem && rm.index?.kind === 'vec' ? bit(rm.index.n, 4) : bit(vvvv, 4);
  out.u8(0x62);
  out.u8(((bit(reg, 3) ^ 1) << 7) | ((xb ^ 3) << 5) | ((bit(reg, 4) ^ 1) << 4) | form.map);
  out.u8((form.w << 7) | ((~vvvv & 15) << 3) | 4 | form.pp);
  out.u8(((zero ? 1 : 0) << 7) | (form.l << 5) | ((isMem && rm.broadcast ? 1 : 0) << 4) | ((v ^ 1) << 3) | mask);
  out.u8(form.opcode[0]!);
  tail(out, form, ops);
}

/** Appends one instruction whose operands were matched against the form. */
export function encode(out: CodeBuffer, form: Form, ops: readonly Operand[], mask: number, zero: boolean): void {
  if (form.encoding === 'evex') encodeEvex(out, form, ops, mask, zero);
  else if (mask !== 0 || zero) throw new AssemblerError(`${form.name}: a mask needs an EVEX form`);
  else if (form.encoding === 'vex') encodeVex(out, form, ops);
  else encodeLegacy(out, form, ops);
}
