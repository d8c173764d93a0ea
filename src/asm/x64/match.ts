import { AssemblerError } from './error.ts';
import type { Form, ImmKind, Slot } from './forms.ts';
import { type Label, type Mem, type Operand, show } from './registers.ts';

const RANGES: Readonly<Record<ImmKind, readonly [low: number, high: number | bigint]>> = {
  i8: [-128, 127],
  u8: [0, 255],
  s32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  i32: [-(2 ** 31), 2 ** 32 - 1],
  i64: [-(2 ** 63), 2n ** 64n - 1n],
};

function fitsImm(value: number | bigint, kind: ImmKind): boolean {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return false;
  const [low, high] = RANGES[kind];
  return value >= low && value <= high; // numbers and bigints compare by value
}

function fitsMem(m: Mem, slot: Slot): boolean {
  const vector = m.index?.kind === 'vec' ? m.index.bits : 0;
  if (vector !== slot.vsib) return false;
  return m.broadcast ? slot.broadcast !== 0 : slot.mem !== undefined;
}

/** Whether a label is bound close enough for a two-byte branch at `position`. */
function fitsRel(label: Label, slot: Slot, position: number): boolean {
  if (slot.rel === 32) return true;
  const distance = label.offset - (position + 2);
  return slot.rel === 8 && label.offset >= 0 && distance >= -128 && distance <= 127;
}

function fits(op: Operand, slot: Slot, encoding: Form['encoding'], position: number): boolean {
  if (typeof op !== 'object') return slot.imm !== undefined && fitsImm(op, slot.imm);
  switch (op.kind) {
    case 'gpr':
      return slot.gpr !== 0 && (slot.fixed === undefined || slot.fixed === op.n);
    case 'vec':
      return slot.vec === op.bits && (encoding === 'evex' || op.n < 16);
    case 'k':
      return slot.k;
    case 'mem':
      return fitsMem(op, slot) && !(encoding !== 'evex' && op.index?.kind === 'vec' && op.index.n > 15);
    case 'label':
      return fitsRel(op, slot, position);
  }
}

/** Whether a form takes these operands with this mask. */
export function matches(form: Form, ops: readonly Operand[], mask: number, zero: boolean, position: number): boolean {
  if (ops.length !== form.slots.length) return false;
  if (mask !== 0 ? form.mask === 'none' : form.mask === 'required') return false;
  if (zero && (form.mask !== 'zero' || mask === 0)) return false;
  for (let i = 0; i < ops.length; i++) {
    if (!fits(ops[i]!, form.slots[i]!, form.encoding, position)) return false;
  }
  return true;
}

/** What no form can express, checked once an instruction has a memory operand. */
export function checkMem(name: string, m: Mem): void {
  const fail = (why: string): never => {
    throw new AssemblerError(`${name}: ${why} in ${show(m)}`);
  };
  if (!Number.isInteger(m.disp) || m.disp < -(2 ** 31) || m.disp >= 2 ** 31)
    fail('displacement is not a 32-bit integer');
  if (m.index?.kind === 'gpr' && m.index.n === 4) fail('rsp cannot be an index');
  if (m.scale !== undefined && ![1, 2, 4, 8].includes(m.scale)) fail(`scale ${m.scale} is not 1, 2, 4 or 8`);
  if (m.label && (m.base || m.index)) fail('a label takes no base and no index');
}

/** Gathers fault where destination, index and (VEX) mask are not all different registers. */
export function checkGather(form: Form, ops: readonly Operand[]): void {
  const memory = ops[form.rm] as Mem | undefined;
  if (form.rm < 0 || form.reg >= form.rm || form.slots[form.rm]!.vsib === 0 || memory?.index?.kind !== 'vec') return;
  const used = [memory.index.n];
  for (const op of ops) if (typeof op === 'object' && op.kind === 'vec') used.push(op.n);
  if (new Set(used).size === used.length) return;
  throw new AssemblerError(
    `${form.name} ${ops.map(show).join(', ')}: destination, index and mask must be different registers`,
  );
}
