import { CodeBuffer } from './buffer.ts';
import { displacementUnit, encode, fitsDisp8 } from './encode.ts';
import { AssemblerError } from './error.ts';
import { type Form, forms, type Mnemonic } from './forms.ts';
import { checkGather, checkMem, matches } from './match.ts';
import { type Gpr, type KReg, type Label, type Mem, type Operand, show } from './registers.ts';
import type { Condition } from './tables/row.ts';

export type { Mnemonic } from './forms.ts';
export type { Condition } from './tables/row.ts';

export interface AssemblerOptions {
  /** `false` forbids everything of AVX-512, mask registers included. Default `true`. */
  readonly evex?: boolean;
  /**
   * CPU features by the names of the manual (`AVX2`, `FMA`, `AVX512VL` ...); a form that needs another one is refused. Rows
   * without a feature belong to every x86-64 CPU. Default: all features.
   */
  readonly features?: Iterable<string>;
}

export interface EmitOptions {
  /** Write mask, k1..k7. */
  readonly mask?: KReg;
  /** Zero the masked lanes instead of keeping them. */
  readonly zero?: boolean;
}

interface PoolEntry {
  readonly bytes: Uint8Array;
  readonly label: Label;
  align: number;
}

/** Multi-byte NOPs of 1..9 bytes, as the manual recommends (NOP, table 4-12). */
const NOPS: readonly (readonly number[])[] = [
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

/** Assembles x86-64 machine code, instruction by instruction, with a pool of constants behind it. */
export class Assembler {
  private readonly out = new CodeBuffer();
  private readonly pool = new Map<string, PoolEntry>();
  private readonly evex: boolean;
  private readonly features: ReadonlySet<string> | undefined;
  /** The forms this target allows, by mnemonic. */
  private readonly usable = new Map<string, readonly Form[]>();
  private finished = false;

  constructor(options: AssemblerOptions = {}) {
    this.evex = options.evex ?? true;
    this.features = options.features ? new Set(options.features) : undefined;
  }

  /** Bytes of code so far; the offset of the next instruction. */
  get position(): number {
    return this.out.length;
  }

  /** A label, to be bound to a place in the code. */
  label(): Label {
    return { kind: 'label', offset: -1 };
  }

  /** Binds a label to the next instruction. Throws if it is bound already. */
  bind(label: Label): void {
    if (label.offset >= 0) throw new AssemblerError(`label is bound twice, at ${label.offset} and ${this.position}`);
    label.offset = this.position;
  }

  /** Fills with NOPs up to a multiple of `n` (a power of two) from the start of the code. */
  align(n: number): void {
    checkAlign(n);
    let missing = -this.position & (n - 1);
    while (missing > 0) {
      const nop = NOPS[Math.min(missing, NOPS.length) - 1]!;
      for (const byte of nop) this.out.u8(byte);
      missing -= nop.length;
    }
  }

  /**
   * Appends one instruction: the first form that takes the operands, which is the shortest one. Operands stand in Intel's order,
   * destination first.
   * @throws AssemblerError if no form takes the operands; the message lists those there are
   */
  emit(name: Mnemonic, operands: readonly Operand[] = [], options: EmitOptions = {}): void {
    if (this.finished) throw new AssemblerError(`${name}: the code is finished`);
    for (const op of operands) if (typeof op === 'object' && op.kind === 'mem') checkMem(name, op);
    const form = this.select(name, operands, options);
    if (form.slots.length > 1) checkGather(form, operands);
    encode(this.out, form, operands, options.mask?.n ?? 0, options.zero ?? false);
  }

  jmp(label: Label): void {
    this.emit('jmp', [label]);
  }
  jcc(condition: Condition, label: Label): void {
    this.emit(`j${condition}`, [label]);
  }
  call(target: Gpr | Label): void {
    this.emit('call', [target]);
  }
  callMem(target: Mem): void {
    this.emit('call', [target]);
  }
  ret(): void {
    this.emit('ret');
  }

  /**
   * Puts a constant into the pool behind the code; equal bytes share a place. `align` is a power of two, relative to the start of
   * the code, which must therefore be loaded at an address as aligned.
   */
  data(bytes: Uint8Array, align: number): Label {
    checkAlign(align);
    if (this.finished) throw new AssemblerError('data: the code is finished');
    const key = Array.from(bytes, (b) => String.fromCharCode(b)).join('');
    const known = this.pool.get(key);
    if (known) {
      known.align = Math.max(known.align, align);
      return known.label;
    }
    const label = this.label();
    this.pool.set(key, { bytes: bytes.slice(), label, align });
    return label;
  }

  /** The code followed by its constants, all distances filled in. Throws if a label was used and never bound. */
  finish(): Uint8Array {
    if (this.finished) throw new AssemblerError('finish: the code is finished');
    this.finished = true;
    // the strictest alignment first, so that little is lost between constants
    for (const { bytes, label, align } of [...this.pool.values()].sort((a, b) => b.align - a.align)) {
      while (this.out.length % align !== 0) this.out.u8(0xcc);
      label.offset = this.out.length;
      this.out.append(bytes);
    }
    const unbound = this.out.fixups.find((fixup) => fixup.label.offset < 0);
    if (unbound)
      throw new AssemblerError(`the instruction that ends at ${unbound.end} uses a label that was never bound`);
    return this.out.link();
  }

  private allowed(form: Form): boolean {
    const { features } = this;
    return form.features.every((f) => (this.evex || !f.startsWith('AVX512')) && (!features || features.has(f)));
  }

  private formsOf(name: string): readonly Form[] {
    let list = this.usable.get(name);
    if (!list) {
      list = (forms().get(name) ?? []).filter((form) => this.allowed(form));
      this.usable.set(name, list);
    }
    return list;
  }

  private select(name: Mnemonic, ops: readonly Operand[], options: EmitOptions): Form {
    const mask = options.mask?.n ?? 0;
    if (options.mask && mask === 0) throw new AssemblerError(`${name}: k0 cannot be a write mask, it means none`);
    let chosen: Form | undefined;
    for (const form of this.formsOf(name)) {
      if (!matches(form, ops, mask, options.zero ?? false, this.position)) continue;
      if (!chosen) {
        chosen = form;
        if (form.encoding !== 'vex' || !longDisplacement(form, ops)) return form;
      } else if (form.encoding === 'evex' && !longDisplacement(form, ops)) {
        // its prefix is at most 2 bytes longer than VEX's, its displacement 3 bytes shorter
        return form;
      }
    }
    if (chosen) return chosen;
    throw this.noForm(name, ops, options);
  }

  private noForm(name: string, ops: readonly Operand[], options: EmitOptions): AssemblerError {
    const list = forms().get(name);
    if (!list) return new AssemblerError(`${name}: no such instruction in the tables`);
    const mask = options.mask ? ` {${show(options.mask)}}${options.zero ? '{z}' : ''}` : options.zero ? ' {z}' : '';
    const lines = list.map((form) => {
      const needs = form.features.length > 0 ? ` (${form.features.join(', ')})` : '';
      return `  ${name} ${form.text}${needs}${this.allowed(form) ? '' : ' - not allowed for this target'}`;
    });
    return new AssemblerError(
      `${name} ${ops.map(show).join(', ')}${mask}: no such form; there are\n${lines.join('\n')}`,
    );
  }
}

/** Whether the memory operand takes a 32-bit displacement that another encoding might compress. */
function longDisplacement(form: Form, ops: readonly Operand[]): boolean {
  const m = form.rm < 0 ? undefined : ops[form.rm];
  if (typeof m !== 'object' || m.kind !== 'mem' || !m.base) return false;
  return !fitsDisp8(m.disp, displacementUnit(form, m));
}

function checkAlign(n: number): void {
  if (!Number.isInteger(n) || n < 1 || (n & (n - 1)) !== 0) {
    throw new AssemblerError(`alignment ${n}: expected a power of two`);
  }
}
