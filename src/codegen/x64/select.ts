import type { Mnemonic } from '../../asm/x64/assembler.ts';
import type { Affine, IfStmt, Kernel, LoadStmt, LoopStmt, Stmt, ValueId, VType } from '../../kernel/ir.ts';
import { ARITHMETIC } from './arithmetic.ts';
import {
  type Inst,
  type IntAffine,
  type MachineCarry,
  type MachineLoop,
  type Mem,
  NONE,
  type Node,
  type RegClass,
  Registers,
  type Shape,
  type VReg,
} from './machine.ts';
import { emitGather, emitLoad, emitStore, isWhole } from './memory.ts';
import { END_ITEM, extent, FIRST_ITEM, Pointers } from './pointers.ts';

export interface Features {
  readonly avx512: boolean;
}

/** What may be said of an instruction besides its name, result and sources. */
export interface Details {
  readonly shape?: Shape;
  readonly mem?: Mem;
  readonly memAt?: number;
  readonly imm?: number;
  readonly mask?: VReg;
  readonly zero?: boolean;
  readonly fold?: number;
  readonly widths?: string;
  readonly late?: boolean;
  readonly affine?: IntAffine;
}

const NO_IMM = -1;

/**
 * Instruction selection: one pass over the loop IR. A load is put right ahead of its first use in its block, or becomes
 * an operand of its only use, unless the buffer is written in between.
 */
export class Selector {
  readonly code: Node[] = [];
  readonly regs = new Registers();
  readonly pointers: Pointers;
  readonly avx512: boolean;
  readonly lanes: number;
  readonly kernel: Kernel;
  readonly #values = new Map<ValueId, VReg>();
  readonly #uses: Map<ValueId, number>;
  readonly #escaping: Set<ValueId>;
  /** Loads of the block that nothing has asked for yet. */
  #pending = new Map<ValueId, LoadStmt>();

  constructor(kernel: Kernel, features: Features) {
    this.kernel = kernel;
    this.avx512 = features.avx512;
    this.lanes = kernel.lanes;
    const domain: LoopStmt = {
      k: 'loop',
      index: kernel.item,
      begin: { c: 0, terms: [[FIRST_ITEM, 1]] },
      end: { c: 0, terms: [[END_ITEM, 1]] },
      step: 1,
      carry: [],
      body: kernel.body,
    };
    this.pointers = new Pointers(kernel, domain);
    const { uses, escaping } = countUses(kernel.body);
    this.#uses = uses;
    this.#escaping = escaping;
    this.code.push(...this.pointers.entry);
    this.#loop(domain);
  }

  classOf(type: VType): RegClass {
    return type === 'mask' && this.avx512 ? 'k' : 'v';
  }

  fresh(cls: RegClass = 'v'): VReg {
    return this.regs.fresh(cls);
  }

  inst(name: Mnemonic, dst: VReg, src: VReg[], d: Details = {}): VReg {
    this.code.push(makeInst(name, dst, src, d));
    return dst;
  }

  /** `inst` with a new result of class `v`. */
  make(name: Mnemonic, src: VReg[], d: Details = {}): VReg {
    return this.inst(name, this.fresh(), src, d);
  }

  /** 32 bits in all lanes. */
  splat(bits: number): VReg {
    return this.regs.ofConstant({ kind: 'splat', bits: bits | 0 });
  }

  /** 32 bits for each lane. */
  laneConstant(lanes: readonly number[]): VReg {
    if (lanes.every((x) => x === lanes[0])) return this.splat(lanes[0]!);
    return this.regs.ofConstant({ kind: 'lanes', lanes });
  }

  /** The first `count` lanes: a mask register, or (AVX2) all bits of these lanes. */
  countMask(count: number): VReg {
    if (this.avx512) return this.regs.ofConstant({ kind: 'mask', bits: 2 ** count - 1 });
    return this.laneConstant(Array.from({ length: this.lanes }, (_, i) => (i < count ? -1 : 0)));
  }

  /** A mask of chosen lanes (AVX-512). */
  bitMask(bits: number): VReg {
    return this.regs.ofConstant({ kind: 'mask', bits });
  }

  /** The splat constant that a value is, if it is one. */
  constantBits(id: ValueId): number | undefined {
    const v = this.#values.get(id);
    const c = v === undefined ? undefined : this.regs.constant[v];
    return c?.kind === 'splat' ? c.bits : undefined;
  }

  /** The register of a value. */
  operand(id: ValueId): VReg {
    const load = this.#pending.get(id);
    if (load) {
      this.#pending.delete(id);
      this.#values.set(id, emitLoad(this, load));
    }
    const v = this.#values.get(id);
    if (v === undefined) throw new Error(`kernel ${this.kernel.name}: value ${id} is used before it is defined`);
    return v;
  }

  /** Whether the value can be a memory operand of an arithmetic instruction: a load that has no other use. */
  foldable(id: ValueId): boolean {
    const load = this.#pending.get(id);
    return load !== undefined && this.#uses.get(id) === 1 && this.#isOperand(load);
  }

  /** The memory operand of a `foldable` value, which is thereby used. */
  takeMem(id: ValueId): Mem {
    const load = this.#pending.get(id)!;
    this.#pending.delete(id);
    return this.memory(load.buf, load.at, load.splat === true);
  }

  memory(buf: number, at: Affine, bcast = false, offset = 0): Mem {
    const { base, disp } = this.pointers.at(buf, at);
    return { base, disp: disp + offset, bcast };
  }

  /** Whether a constant or a foldable load, so better as last operand. */
  prefersMemory(id: ValueId): boolean {
    return this.constantBits(id) !== undefined || this.foldable(id);
  }

  /**
   * An instruction whose last source may be memory. `commutes` allows to swap the first two.
   */
  operation(name: Mnemonic, cls: RegClass, args: readonly ValueId[], d: Details & { commutes?: boolean } = {}): VReg {
    let ids = args;
    if (d.commutes && !this.foldable(args[1]!) && this.prefersMemory(args[0]!)) {
      if (this.foldable(args[0]!) || this.constantBits(args[1]!) === undefined) ids = [args[1]!, args[0]!];
    }
    const last = ids.length - 1;
    const src = ids.slice(0, last).map((id) => this.operand(id));
    const dst = this.fresh(cls);
    if (this.foldable(ids[last]!)) {
      return this.inst(name, dst, [...src, NONE], { ...d, mem: this.takeMem(ids[last]!), memAt: last });
    }
    return this.inst(name, dst, [...src, this.operand(ids[last]!)], { ...d, fold: 1 << last });
  }

  intAffine(a: Affine): IntAffine {
    return { c: a.c, terms: a.terms.map(([id, c]) => [this.pointers.index(id), c] as const) };
  }

  #isOperand(load: LoadStmt): boolean {
    if (this.pointers.bytesOf(load.buf) !== 4) return false;
    return load.splat ? this.avx512 : isWhole(load, this.lanes);
  }

  #block(stmts: readonly Stmt[]): void {
    const outer = this.#pending;
    this.#pending = new Map();
    for (const s of stmts) this.#statement(s);
    this.#pending = outer;
  }

  #statement(s: Stmt): void {
    switch (s.k) {
      case 'loop':
        this.#flushWritten();
        this.#loop(s);
        return;
      case 'if':
        this.#flushWritten();
        this.#if(s);
        return;
      case 'index':
        this.#index(s);
        return;
      case 'loadIndex': {
        const mem = this.memory(s.buf, s.at);
        const bytes = this.pointers.bytesOf(s.buf) as 1 | 4;
        this.code.push({ k: 'loadIndex', dst: this.pointers.index(s.id), mem, bytes, lo: s.lo, hi: s.hi });
        this.code.push(...this.pointers.after(s.id));
        return;
      }
      case 'const':
        this.#values.set(s.id, this.#constant(s.type, s.value));
        return;
      case 'iota':
        this.#values.set(s.id, this.laneConstant(Array.from({ length: this.lanes }, (_, i) => i)));
        return;
      case 'splatIndex':
        this.#values.set(s.id, this.make('vpbroadcastd', [], { shape: 'splatIndex', affine: this.intAffine(s.at) }));
        return;
      case 'op':
        if (this.#uses.has(s.id)) this.#values.set(s.id, ARITHMETIC[s.op](this, s));
        return;
      case 'load':
        if (!this.#uses.has(s.id)) return;
        this.#pending.set(s.id, s);
        if (this.#escaping.has(s.id)) this.operand(s.id);
        return;
      case 'gather':
        this.#values.set(s.id, emitGather(this, s));
        return;
      case 'store': {
        const value = this.operand(s.value);
        for (const [id, load] of this.#pending) if (load.buf === s.buf) this.operand(id);
        emitStore(this, s, value);
        return;
      }
    }
  }

  /** Emits the pending loads of buffers that the coming block may write. */
  #flushWritten(): void {
    for (const [id, load] of this.#pending) if (this.kernel.buffers[load.buf]!.access !== 'r') this.operand(id);
  }

  #constant(type: VType, value: number): VReg {
    if (type === 'f32') return this.splat(new Int32Array(new Float32Array([value]).buffer)[0]!);
    if (type === 'i32') return this.splat(value);
    if (this.avx512) return this.bitMask(value ? 2 ** this.lanes - 1 : 0);
    return this.splat(value ? -1 : 0);
  }

  #index(s: Extract<Stmt, { k: 'index' }>): void {
    const dst = this.pointers.index(s.id);
    const a = this.intAffine(s.a);
    if (typeof s.b === 'number') this.code.push({ k: s.op as 'div' | 'mod', dst, a, b: s.b });
    else this.code.push({ k: s.op as 'min' | 'max', dst, a, b: this.intAffine(s.b) });
    this.code.push(...this.pointers.after(s.id));
  }

  #if(s: IfStmt): void {
    this.code.push({ k: 'if', value: this.intAffine(s.value), rel: s.rel });
    this.#block(s.then);
    this.code.push({ k: 'else' });
    this.#block(s.otherwise);
    this.code.push({ k: 'endif' });
  }

  #loop(s: LoopStmt): void {
    const size = extent(s);
    const trip = size.terms.length === 0 ? Math.ceil(size.c / s.step) : undefined;
    const inits = s.carry.map((c) => this.operand(c.init));
    if (trip !== undefined && trip <= 0) this.#bind(s, 'out', inits);
    else if (trip === 1) this.#once(s, inits);
    else this.#repeat(s, size, trip !== undefined, inits);
  }

  #repeat(s: LoopStmt, size: Affine, entered: boolean, inits: readonly VReg[]): void {
    const plan = this.pointers.loop(s.index);
    const fixedEnd = plan.indexNeeded && s.end.terms.length === 0 && Math.abs(s.end.c) < 2 ** 31;
    const loop: MachineLoop = {
      k: 'loop',
      carry: s.carry.map((c, i) => this.#carry(c.type, inits[i]!)),
      index: plan.indexNeeded ? this.pointers.index(s.index) : NONE,
      begin: this.intAffine(s.begin),
      extent: this.intAffine(size),
      counter: fixedEnd ? NONE : this.pointers.fresh(),
      endValue: s.end.c,
      step: s.step,
      entered,
      advances: plan.advances,
    };
    this.code.push(...plan.before, loop);
    const phis = loop.carry.map((c) => c.phi);
    for (const [i, next] of this.#body(s, phis).entries()) loop.carry[i]!.next = next;
    this.code.push({ k: 'end', loop });
    const outs = loop.carry.map((c) => c.out);
    this.#bind(s, 'out', outs);
  }

  /** A loop that runs exactly once is its body. */
  #once(s: LoopStmt, inits: readonly VReg[]): void {
    const plan = this.pointers.loop(s.index);
    this.code.push(...plan.before);
    if (plan.indexNeeded) {
      this.code.push({ k: 'affine', dst: this.pointers.index(s.index), a: this.intAffine(s.begin) });
    }
    this.#bind(s, 'out', this.#body(s, inits));
  }

  /** Emits the body; gives the next values of the carries. */
  #body(s: LoopStmt, phis: readonly VReg[]): VReg[] {
    this.#bind(s, 'phi', phis);
    const outer = this.#pending;
    this.#pending = new Map();
    for (const inner of s.body) this.#statement(inner);
    const next = s.carry.map((c) => this.operand(c.next));
    this.#pending = outer;
    return next;
  }

  #bind(s: LoopStmt, role: 'phi' | 'out', registers: readonly VReg[]): void {
    for (const [i, v] of registers.entries()) this.#values.set(s.carry[i]![role], v);
  }

  #carry(type: VType, init: VReg): MachineCarry {
    const cls = this.classOf(type);
    return { init, phi: this.fresh(cls), next: NONE, out: this.fresh(cls) };
  }
}

export function makeInst(name: Mnemonic, dst: VReg, src: VReg[], d: Details): Inst {
  return {
    k: 'inst',
    name,
    shape: d.shape ?? 'plain',
    dst,
    src,
    mem: d.mem,
    memAt: d.memAt ?? NONE,
    imm: d.imm ?? NO_IMM,
    mask: d.mask ?? NONE,
    zero: d.zero ?? false,
    fold: d.fold ?? 0,
    widths: d.widths ?? '',
    late: d.late ?? false,
    affine: d.affine,
    rd: NONE,
    rs: src.slice(),
    rk: NONE,
  };
}

/** How often each value is used, and which are used in a block inside the one that defines them. */
function countUses(body: readonly Stmt[]): { uses: Map<ValueId, number>; escaping: Set<ValueId> } {
  const uses = new Map<ValueId, number>();
  const escaping = new Set<ValueId>();
  const home = new Map<ValueId, readonly Stmt[]>();
  const use = (id: ValueId, block: readonly Stmt[]) => {
    uses.set(id, (uses.get(id) ?? 0) + 1);
    if (home.get(id) !== block) escaping.add(id);
  };
  const walk = (block: readonly Stmt[]): void => {
    for (const s of block) {
      if (s.k === 'op') for (const a of s.args) use(a, block);
      else if (s.k === 'store') use(s.value, block);
      else if (s.k === 'gather') use(s.indices, block);
      else if (s.k === 'load') home.set(s.id, block);
      else if (s.k === 'if') {
        walk(s.then);
        walk(s.otherwise);
      } else if (s.k === 'loop') {
        for (const c of s.carry) use(c.init, block);
        walk(s.body);
        for (const c of s.carry) use(c.next, s.body);
      }
    }
  };
  walk(body);
  return { uses, escaping };
}
