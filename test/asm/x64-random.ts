import type { Form, ImmKind, Slot } from '../../src/asm/x64/forms.ts';
import {
  bcast,
  gpr,
  k,
  type Label,
  type Mem,
  mem,
  type Operand,
  type Vec,
  xmm,
  ymm,
  zmm,
} from '../../src/asm/x64/index.ts';
import type { Asked } from './x64-decoded.ts';

/** A seeded source of small integers (mulberry32). */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = seed;
  }
  /** 0..n-1 */
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  }
  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }
}

/** Displacements at and beside every limit of the one-byte form, compressed or not. */
export function edgeDisplacements(unit: number): number[] {
  const scaled = [1, -1, 127, 128, -128, -129].map((n) => n * unit);
  return [0, 1, -1, 127, 128, -128, -129, ...scaled, 127 * unit + 1, 2 ** 31 - 1, -(2 ** 31)];
}

function displacement(random: Random, unit: number): number {
  const kind = random.below(5);
  if (kind === 0) return 0;
  if (kind === 1) return random.of(edgeDisplacements(unit));
  if (kind === 2) return random.between(-128, 127);
  if (kind === 3) return random.between(-150, 150) * unit;
  return random.between(-(2 ** 31), 2 ** 31 - 1);
}

export function vec(n: number, bits: Vec['bits']): Vec {
  return bits === 128 ? xmm(n) : bits === 256 ? ymm(n) : zmm(n);
}

function memory(random: Random, slot: Slot, high: number): Mem {
  const broadcast = slot.broadcast !== 0 && (slot.mem === undefined || random.below(3) === 0);
  const unit = (broadcast ? slot.broadcast : slot.mem) || 1;
  const disp = displacement(random, unit);
  const scale = random.of([1, 2, 4, 8] as const);
  const base = random.below(8) === 0 ? undefined : gpr(random.below(16));
  let m: Mem;
  if (slot.vsib) {
    m = mem(base, disp, vec(random.below(high), slot.vsib), scale);
  } else if (random.below(6) === 0) {
    const label: Label = { kind: 'label', offset: random.below(1 << 24) };
    m = { kind: 'mem', label, disp: random.between(-1000, 1000) };
  } else {
    const index =
      random.below(2) === 0 ? undefined : gpr(random.of([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]));
    m = mem(base, disp, index, scale);
  }
  return broadcast ? bcast(m) : m;
}

const RANGES: Readonly<Record<ImmKind, readonly [number, number]>> = {
  i8: [-128, 127],
  u8: [0, 255],
  s32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  i32: [-(2 ** 31), 2 ** 32 - 1],
  i64: [0, 0],
};

function immediate(random: Random, kind: ImmKind): number | bigint {
  if (kind === 'i64') {
    const bits = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
    return random.of([bits, BigInt.asIntN(64, bits), -(2n ** 63n), 2n ** 64n - 1n, Number.MAX_SAFE_INTEGER, -1]);
  }
  const [low, high] = RANGES[kind];
  return random.below(8) === 0 ? random.of([low, high]) : random.between(low, high);
}

function operand(random: Random, slot: Slot, form: Form, position: number): Operand {
  const high = form.encoding === 'evex' ? 32 : 16;
  if (slot.imm) return immediate(random, slot.imm);
  if (slot.rel === 8) return { kind: 'label', offset: Math.max(0, position + 2 + random.between(-128, 127)) };
  if (slot.rel === 32) {
    const near = position + 2 + random.of([-129, -128, -127, 0, 126, 127, 128]);
    return { kind: 'label', offset: random.below(2) === 0 ? Math.max(0, near) : random.below(1 << 24) };
  }
  const hasMem = slot.mem !== undefined || slot.broadcast !== 0;
  const hasReg = slot.gpr !== 0 || slot.vec !== 0 || slot.k;
  if (hasMem && (!hasReg || random.below(2) === 0)) return memory(random, slot, high);
  if (slot.fixed !== undefined) return gpr(slot.fixed);
  if (slot.gpr) return gpr(random.below(16));
  if (slot.vec) return vec(random.below(high), slot.vec);
  return k(random.below(8));
}

/** Gathers need different registers for destination, index and mask. */
function collides(form: Form, ops: readonly Operand[]): boolean {
  const at = form.slots.findIndex((slot) => slot.vsib !== 0);
  if (at < 0) return false;
  const numbers = ops.map((op) => {
    if (typeof op !== 'object') return -1;
    return op.kind === 'mem' ? op.index!.n : op.kind === 'vec' ? op.n : -1;
  });
  return new Set(numbers).size !== numbers.length;
}

/** Random operands, mask and zeroing for a form that will stand at `position`. */
export function ask(random: Random, form: Form, position: number): Asked {
  let ops: Operand[];
  do ops = form.slots.map((slot) => operand(random, slot, form, position));
  while (collides(form, ops));
  let mask = 0;
  if (form.mask === 'required') mask = random.between(1, 7);
  else if (form.mask !== 'none' && random.below(2) === 0) mask = random.between(1, 7);
  return { form, ops, mask, zero: form.mask === 'zero' && mask !== 0 && random.below(2) === 0 };
}
