import type { Mnemonic } from '../../asm/x64/assembler.ts';

/**
 * The machine IR: a flat list of instructions over virtual registers. Selection makes it, allocation gives it
 * registers, emission turns it into bytes.
 */

/** A virtual vector or mask register; `NONE` where there is none. In static single assignment. */
export type VReg = number;
/** A virtual integer register: an address, a counter or an index. Lives in a register or on the stack. */
export type IReg = number;
export const NONE = -1;

/** Of what a virtual register is: a vector, or (AVX-512) a mask register. */
export type RegClass = 'v' | 'k';

/** `Mem.base` of a constant in the pool; `disp` is then its virtual register. */
export const POOL = -2;

/** A memory operand: `disp` bytes from an integer register. */
export interface Mem {
  readonly base: IReg;
  readonly disp: number;
  /** One 32-bit element for all lanes, as an operand of an arithmetic instruction. */
  readonly bcast: boolean;
}

/** A value known at compile time: never spilled, loaded where it is used or ahead of a loop. */
export type Constant =
  /** The same 32 bits in all lanes. */
  | { readonly kind: 'splat'; readonly bits: number }
  /** 32 bits for each lane. */
  | { readonly kind: 'lanes'; readonly lanes: readonly number[] }
  /** The content of a mask register. */
  | { readonly kind: 'mask'; readonly bits: number };

/**
 * How an instruction is emitted.
 * - `plain`: `dst, src..., imm`, the memory operand in place of the source at `memAt`;
 * - `store`: memory is the destination;
 * - `fma`, `fnma`: sources a, b, c of `c ± a * b`; the form (132, 213, 231) follows from the registers;
 * - `dot`: sources a, b, c of `c + a . b`; the result overwrites c;
 * - `permute2`: sources table, indices, table; the result overwrites the first or the second;
 * - `gather`: sources indices, mask;
 * - `gatherBytes`, `gatherHalves`: source indices, `imm` lanes;
 * - `splatIndex`: the value of `affine` in all lanes.
 */
export type Shape =
  | ('plain' | 'store' | 'fma' | 'fnma' | 'dot' | 'permute2')
  | ('gather' | 'gatherBytes' | 'gatherHalves')
  | 'splatIndex';

/** Width of an operand: the full vector, or its low 128 or 256 bits. */
export type Width = 'V' | 'X' | 'Y';

export interface Inst {
  readonly k: 'inst';
  readonly name: Mnemonic;
  readonly shape: Shape;
  readonly dst: VReg;
  readonly src: VReg[];
  mem: Mem | undefined;
  /** Position among the sources that the memory operand takes; `src` is `NONE` there. */
  memAt: number;
  readonly imm: number;
  /** Write mask; lanes outside it become zero (`zero`), or are not stored. */
  readonly mask: VReg;
  readonly zero: boolean;
  /** Bits: sources that may be replaced by a memory operand. */
  readonly fold: number;
  /** Widths of the destination and the sources; the full vector where the string ends. */
  readonly widths: string;
  /** The result must not share a register with a source other than the one that it overwrites. */
  readonly late: boolean;
  readonly affine: IntAffine | undefined;
  /** Registers, given by allocation. */
  rd: number;
  readonly rs: number[];
  rk: number;
}

/** `c + sum(coefficient * register)`. */
export interface IntAffine {
  readonly c: number;
  readonly terms: readonly (readonly [IReg, number])[];
}

/** Integer instructions, by what they define. */
export type IntInst =
  /** The address of a buffer, from the table. */
  | { readonly k: 'base'; readonly dst: IReg; readonly table: IReg; readonly buf: number }
  /** `base + index * scale + disp`. */
  | {
      readonly k: 'lea';
      readonly dst: IReg;
      readonly base: IReg;
      readonly index: IReg;
      readonly scale: number;
      readonly disp: number;
    }
  | { readonly k: 'affine'; readonly dst: IReg; readonly a: IntAffine }
  | { readonly k: 'div' | 'mod'; readonly dst: IReg; readonly a: IntAffine; readonly b: number }
  | { readonly k: 'min' | 'max'; readonly dst: IReg; readonly a: IntAffine; readonly b: IntAffine }
  | {
      readonly k: 'loadIndex';
      readonly dst: IReg;
      readonly mem: Mem;
      readonly bytes: 1 | 4;
      readonly lo: number;
      readonly hi: number;
    };

export interface MachineCarry {
  readonly init: VReg;
  readonly phi: VReg;
  next: VReg;
  readonly out: VReg;
}

export interface MachineLoop {
  readonly k: 'loop';
  readonly carry: MachineCarry[];
  /** The index as a value; `NONE` where nothing needs it. */
  readonly index: IReg;
  readonly begin: IntAffine;
  /** `end - begin`. */
  readonly extent: IntAffine;
  /** Counts the extent down; `NONE` where the index is compared with a constant end. */
  readonly counter: IReg;
  readonly endValue: number;
  readonly step: number;
  /** The body runs at least once. */
  readonly entered: boolean;
  /** Pointers and the bytes they advance by at the end of an iteration. */
  readonly advances: readonly (readonly [IReg, number])[];
}

export interface EndLoop {
  readonly k: 'end';
  readonly loop: MachineLoop;
}
export interface MachineIf {
  readonly k: 'if';
  readonly value: IntAffine;
  readonly rel: 'lt' | 'ge' | 'eq';
}
/** Between the branches, and behind both. */
export interface Else {
  readonly k: 'else' | 'endif';
}

/** Put in by allocation: moves between a register and another place. */
export type Edit =
  | { readonly k: 'move'; readonly cls: RegClass; readonly to: number; readonly from: number }
  | { readonly k: 'reload' | 'spill'; readonly cls: RegClass; readonly reg: number; readonly slot: number }
  | { readonly k: 'constant'; readonly cls: RegClass; readonly reg: number; readonly value: VReg };

export type Node = Inst | IntInst | MachineLoop | EndLoop | MachineIf | Else;
export type Placed = Node | Edit;

/** Virtual registers of a kernel. */
export class Registers {
  readonly cls: RegClass[] = [];
  readonly constant: (Constant | undefined)[] = [];
  /** Loads that may be repeated in place of a reload from the stack: of memory that the kernel does not write. */
  readonly origin: (Inst | undefined)[] = [];
  readonly #constants = new Map<string, VReg>();

  fresh(cls: RegClass, constant?: Constant): VReg {
    this.constant.push(constant);
    this.origin.push(undefined);
    return this.cls.push(cls) - 1;
  }

  /** The register of a constant: one for all its uses. */
  ofConstant(value: Constant): VReg {
    const key = value.kind === 'lanes' ? value.lanes.join() : `${value.kind}${value.bits}`;
    let v = this.#constants.get(key);
    if (v === undefined) {
      v = this.fresh(value.kind === 'mask' ? 'k' : 'v', value);
      this.#constants.set(key, v);
    }
    return v;
  }

  isConstant(v: VReg): boolean {
    return this.constant[v] !== undefined;
  }

  /** Whether all bits of a vector constant are 0. */
  isZero(v: VReg): boolean {
    const constant = this.constant[v];
    return constant?.kind === 'splat' && constant.bits === 0;
  }
}
