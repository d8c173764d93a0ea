/** A general-purpose register, 0..15 for rax..r15. The instruction decides how many of its bits take part. */
export interface Gpr {
  readonly kind: 'gpr';
  readonly n: number;
}

/** A vector register, 0..31; 16..31 and 512 bits exist with AVX-512 only. */
export interface Vec {
  readonly kind: 'vec';
  readonly n: number;
  readonly bits: 128 | 256 | 512;
}

/** A mask register, 0..7. As a write mask, k0 cannot be named: its code means "no mask". */
export interface KReg {
  readonly kind: 'k';
  readonly n: number;
}

function checked(what: string, n: number, count: number): number {
  if (!Number.isInteger(n) || n < 0 || n >= count) throw new RangeError(`${what} ${n}: expected 0..${count - 1}`);
  return n;
}

/** The general-purpose register with number `n` (0..15). */
export function gpr(n: number): Gpr {
  return { kind: 'gpr', n: checked('general-purpose register', n, 16) };
}
export function xmm(n: number): Vec {
  return { kind: 'vec', n: checked('xmm', n, 32), bits: 128 };
}
export function ymm(n: number): Vec {
  return { kind: 'vec', n: checked('ymm', n, 32), bits: 256 };
}
export function zmm(n: number): Vec {
  return { kind: 'vec', n: checked('zmm', n, 32), bits: 512 };
}
export function k(n: number): KReg {
  return { kind: 'k', n: checked('k', n, 8) };
}

export const rax: Gpr = { kind: 'gpr', n: 0 };
export const rcx: Gpr = { kind: 'gpr', n: 1 };
export const rdx: Gpr = { kind: 'gpr', n: 2 };
export const rbx: Gpr = { kind: 'gpr', n: 3 };
export const rsp: Gpr = { kind: 'gpr', n: 4 };
export const rbp: Gpr = { kind: 'gpr', n: 5 };
export const rsi: Gpr = { kind: 'gpr', n: 6 };
export const rdi: Gpr = { kind: 'gpr', n: 7 };
export const r8: Gpr = { kind: 'gpr', n: 8 };
export const r9: Gpr = { kind: 'gpr', n: 9 };
export const r10: Gpr = { kind: 'gpr', n: 10 };
export const r11: Gpr = { kind: 'gpr', n: 11 };
export const r12: Gpr = { kind: 'gpr', n: 12 };
export const r13: Gpr = { kind: 'gpr', n: 13 };
export const r14: Gpr = { kind: 'gpr', n: 14 };
export const r15: Gpr = { kind: 'gpr', n: 15 };

/** A place in the code or in the constant pool. Made by an assembler; `offset` is -1 until it is bound. */
export interface Label {
  readonly kind: 'label';
  offset: number;
}

export type Scale = 1 | 2 | 4 | 8;

/** `[base + index * scale + disp]`, or `[rip + (label + disp)]`. A vector index is for gathers and scatters. */
export interface Mem {
  readonly kind: 'mem';
  readonly base?: Gpr;
  readonly index?: Gpr | Vec;
  readonly scale?: Scale;
  readonly disp: number;
  readonly label?: Label;
  /** One element, repeated over all lanes: `{1toN}`. */
  readonly broadcast?: boolean;
}

/** Immediates are plain numbers; a bigint where 53 bits are too few. */
export type Operand = Gpr | Vec | KReg | Mem | Label | number | bigint;

/** `[base + disp + index * scale]`; `base` undefined for an index alone or an absolute 32-bit address. */
export function mem(base: Gpr | undefined, disp = 0, index?: Gpr | Vec, scale: Scale = 1): Mem {
  return { kind: 'mem', base, disp, index, scale };
}

/** The memory at a label, `disp` bytes behind it. */
export function ripRel(label: Label, disp = 0): Mem {
  return { kind: 'mem', label, disp };
}

/** The same place, read as one element for all lanes (EVEX only). */
export function bcast(m: Mem): Mem {
  return { ...m, broadcast: true };
}

const GPR_NAMES = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];

/** Text of an operand, for error messages. */
export function show(operand: Operand): string {
  if (typeof operand !== 'object') return String(operand);
  switch (operand.kind) {
    case 'gpr':
      return GPR_NAMES[operand.n] ?? `r${operand.n}`;
    case 'vec':
      return `${operand.bits === 128 ? 'x' : operand.bits === 256 ? 'y' : 'z'}mm${operand.n}`;
    case 'k':
      return `k${operand.n}`;
    case 'label':
      return operand.offset < 0 ? 'label' : `label@${operand.offset}`;
    case 'mem': {
      const terms: string[] = [];
      if (operand.label) terms.push(`rip to ${show(operand.label)}`);
      if (operand.base) terms.push(show(operand.base));
      if (operand.index) terms.push(`${show(operand.index)}*${operand.scale ?? 1}`);
      if (operand.disp !== 0 || terms.length === 0) terms.push(String(operand.disp));
      return `[${terms.join(' + ')}]${operand.broadcast ? '{bcst}' : ''}`;
    }
  }
}
