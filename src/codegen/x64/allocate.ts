import { analyse, type Liveness, type LoopLife } from './liveness.ts';
import {
  type Inst,
  type MachineLoop,
  type Mem,
  NONE,
  type Node,
  type Placed,
  POOL,
  type RegClass,
  type Registers,
  type VReg,
} from './machine.ts';
import { CLASSES, type Owners, RegisterState } from './state.ts';

export interface Allocation {
  readonly code: readonly Placed[];
  /** Stack slot of a value, or `NONE`. */
  readonly slot: readonly number[];
  /** Slots by class. */
  readonly slots: Readonly<Record<RegClass, number>>;
  /** Values that are stored to their slots where they are defined. */
  readonly stored: ReadonlySet<VReg>;
  /** Registers of the carries of a loop, at both ends of its body; `NONE` for those that live in slots. */
  readonly carried: ReadonlyMap<MachineLoop, readonly number[]>;
}

/**
 * Register allocation on structured code (Braun and Hack, "Register Spilling and Live-Range Splitting for SSA-Form
 * Programs"): one pass in program order that evicts what is needed last. At a loop it is decided what stays in
 * registers across it; the end of the body restores that state. A value is stored at most once, where it is defined;
 * constants and repeatable loads never are.
 */
export function allocate(code: readonly Node[], regs: Registers, vectors: number): Allocation {
  return new Allocator(code, regs, vectors).run();
}

/** Registers for what an instruction needs besides the carries of its loop. */
const SPARE = 3;

interface OpenLoop {
  readonly loop: MachineLoop;
  readonly owners: Owners;
  readonly outerEnd: number;
}

interface OpenBranch {
  readonly before: Owners;
  readonly end: number;
  after: Owners | undefined;
}

class Allocator {
  readonly #code: readonly Node[];
  readonly #regs: Registers;
  readonly #live: Liveness;
  readonly #state: RegisterState;
  readonly #carried = new Map<MachineLoop, number[]>();
  /** The register that a value should best be computed in. */
  readonly #hint: Int32Array;
  readonly #loops: OpenLoop[] = [];
  readonly #branches: OpenBranch[] = [];
  /** With EVEX, a 32-bit element can be a memory operand for all lanes. */
  readonly #evex: boolean;

  constructor(code: readonly Node[], regs: Registers, vectors: number) {
    this.#code = code;
    this.#regs = regs;
    this.#live = analyse(code, regs);
    this.#state = new RegisterState(regs, this.#live, vectors);
    this.#hint = new Int32Array(regs.cls.length).fill(NONE);
    this.#evex = vectors > 16;
  }

  run(): Allocation {
    const s = this.#state;
    for (s.position = 0; s.position < this.#code.length; s.position++) this.#node(this.#code[s.position]!);
    return { code: s.out, slot: s.slot, slots: s.slots, stored: s.stored, carried: this.#carried };
  }

  #node(node: Node): void {
    const s = this.#state;
    switch (node.k) {
      case 'inst':
        this.#inst(node);
        return;
      case 'loop':
        this.#enter(node);
        return;
      case 'end':
        this.#leave(node);
        return;
      case 'if':
        s.out.push(node);
        this.#branches.push({ before: s.snapshot(), end: this.#live.endif.get(s.position)!, after: undefined });
        return;
      case 'else':
      case 'endif':
        this.#join(node);
        return;
      default:
        s.out.push(node);
    }
  }

  #inst(inst: Inst): void {
    const s = this.#state;
    s.locked.clear();
    for (const v of inst.src) if (v !== NONE && s.regOf(v) !== NONE) s.locked.add(v);
    for (let i = inst.src.length - 1; i >= 0; i--) if (inst.src[i] !== NONE) this.#operand(inst, i);
    if (inst.mask !== NONE) {
      inst.rk = s.load(inst.mask);
      s.locked.add(inst.mask);
    }
    if (!inst.late) this.#release(inst);
    if (inst.dst !== NONE) {
      inst.rd = this.#result(inst);
      s.assign(inst.dst, inst.rd);
    }
    if (inst.late) this.#release(inst);
    s.out.push(inst);
    if (inst.dst !== NONE && s.isDead(inst.dst)) s.free(inst.dst);
  }

  #operand(inst: Inst, i: number): void {
    const s = this.#state;
    const v = inst.src[i]!;
    if (s.regOf(v) === NONE && inst.mem === undefined && inst.fold & (1 << i)) {
      const mem = this.#asMemory(v, inst);
      if (mem) {
        inst.mem = mem;
        inst.memAt = i;
        inst.src[i] = NONE;
        return;
      }
    }
    inst.rs[i] = s.load(v);
    s.locked.add(v);
  }

  /** A constant, or the last use of a repeatable load, as a memory operand. */
  #asMemory(v: VReg, inst: Inst): Mem | undefined {
    if (inst.src.indexOf(v) !== inst.src.lastIndexOf(v)) return undefined;
    const constant = this.#regs.constant[v];
    if (constant?.kind === 'splat') {
      if (constant.bits === 0 && this.#state.findFree('v') !== NONE) return undefined;
      return { base: POOL, disp: v, bcast: this.#evex };
    }
    if (constant?.kind === 'lanes') return { base: POOL, disp: v, bcast: false };
    const origin = this.#regs.origin[v];
    if (!origin?.mem || origin.widths !== '' || !this.#state.isDead(v)) return undefined;
    if (origin.name === 'vmovups') return origin.mem;
    return this.#evex ? { ...origin.mem, bcast: true } : undefined;
  }

  /** Frees the sources that nothing uses any more. */
  #release(inst: Inst): void {
    const s = this.#state;
    for (const v of inst.src) if (v !== NONE && s.isDead(v)) s.free(v);
    if (inst.mask !== NONE && s.isDead(inst.mask)) s.free(inst.mask);
  }

  #result(inst: Inst): number {
    const s = this.#state;
    const cls = this.#regs.cls[inst.dst]!;
    const hint = this.#hint[inst.dst]!;
    if (inst.shape === 'permute2') {
      const ending = inst.src.slice(0, 2).find((v) => v !== inst.src[2] && s.isDead(v));
      if (ending !== undefined) {
        const reg = s.regOf(ending);
        s.free(ending);
        return reg;
      }
    }
    if (inst.shape === 'dot') {
      const [a, b, sum] = inst.src as [VReg, VReg, VReg];
      if (sum !== a && sum !== b && s.isDead(sum)) {
        const reg = s.regOf(sum);
        s.free(sum);
        return reg;
      }
    }
    if (hint !== NONE && s.owners[cls][hint] === NONE) return hint;
    if (inst.shape === 'fma' || inst.shape === 'fnma') {
      // the addend first: an accumulator stays in its register
      for (const i of [2, 0, 1]) if (inst.src[i] !== NONE && s.owners.v[inst.rs[i]!] === NONE) return inst.rs[i]!;
    }
    return s.take(cls);
  }

  #enter(loop: MachineLoop): void {
    const s = this.#state;
    const life = this.#live.loops.get(loop)!;
    s.locked.clear();
    // the initial values are in use until every carry has its own
    s.position = life.start - 1;
    for (const cls of CLASSES) this.#makeRoom(cls, life);
    const registers = this.#carries(loop, life);
    for (const cls of CLASSES) this.#makeRoom(cls, life);
    s.position = life.start;
    for (const { init } of loop.carry) if (s.isDead(init)) s.free(init);
    this.#carried.set(loop, registers);
    for (const cls of CLASSES) this.#fillRoom(cls, life);
    s.out.push(loop);
    loop.carry.forEach((c, i) => {
      if (registers[i] === NONE) return;
      s.wanted[this.#regs.cls[c.phi]!][registers[i]!]!++;
      this.#hint[c.next] = registers[i]!;
    });
    this.#loops.push({ loop, owners: s.snapshot(), outerEnd: s.loopEnd });
    for (const c of loop.carry) if (s.isDead(c.phi)) s.free(c.phi);
    s.loopEnd = life.end;
  }

  /** Whether nothing behind a position uses the value. */
  #ends(v: VReg, position: number): boolean {
    return (this.#live.uses[v]!.at(-1) ?? NONE) <= position;
  }

  /** Whether the loop uses or carries the value. */
  #isPart(v: VReg, life: LoopLife): boolean {
    return life.used.has(v) || this.#live.def[v] === life.start;
  }

  /** Evicts what the loop does not use, until its demand can be met. */
  #makeRoom(cls: RegClass, life: LoopLife): void {
    const s = this.#state;
    const idle = s.held(cls).filter((v) => !this.#isPart(v, life) && !this.#ends(v, life.start));
    const surplus = Math.min(idle.length, life.demand[cls] + idle.length - s.count(cls));
    if (surplus <= 0) return;
    const byWorth = (v: VReg) => (s.isCheap(v) ? 0 : 1) - s.nextUse(v) / this.#code.length;
    idle.sort((a, b) => byWorth(a) - byWorth(b));
    for (const v of idle.slice(0, surplus)) s.evict(v);
  }

  /** Loads values and constants (zeros cost nothing anyway) that the loop uses, as long as registers are to spare. */
  #fillRoom(cls: RegClass, life: LoopLife): void {
    const s = this.#state;
    const all = s.count(cls);
    if (life.demand[cls] > all) return;
    const missing = [...life.used].filter((v) => this.#regs.cls[v] === cls && s.regOf(v) === NONE);
    for (const v of missing) if (!this.#regs.isConstant(v) && s.findFree(cls) !== NONE) s.load(v);
    const extra = s.held(cls).filter((v) => this.#regs.isConstant(v) || !this.#isPart(v, life));
    let room = all - life.demand[cls] - extra.length;
    const constants = missing.filter((v) => this.#regs.isConstant(v) && !this.#regs.isZero(v));
    constants.sort((a, b) => this.#live.uses[b]!.length - this.#live.uses[a]!.length);
    for (const v of constants) if (room-- > 0 && s.findFree(cls) !== NONE) s.load(v);
  }

  /** Gives each carry its register, that of `init` where it ends here; or a slot where there are too many. */
  #carries(loop: MachineLoop, life: LoopLife): number[] {
    const s = this.#state;
    const registers = loop.carry.map(() => NONE);
    const inherited = new Map<VReg, number>();
    const room = { v: this.#carryLimit('v', loop, life), k: this.#carryLimit('k', loop, life) };
    const give = (i: number, phi: VReg, reg: number) => {
      registers[i] = reg;
      s.assign(phi, reg);
      s.locked.add(phi);
    };
    loop.carry.forEach(({ init, phi }, i) => {
      const reg = s.regOf(init);
      if (reg === NONE || !this.#ends(init, life.start) || room[this.#regs.cls[phi]!] <= 0) return;
      s.free(init);
      inherited.set(init, reg);
      room[this.#regs.cls[phi]!]--;
      give(i, phi, reg);
    });
    const rest = loop.carry.map((_, i) => i).filter((i) => registers[i] === NONE);
    const inRegisters = rest.filter((i) => room[this.#regs.cls[loop.carry[i]!.phi]!]-- > 0);
    for (const i of rest) {
      if (inRegisters.includes(i)) continue;
      const { init, phi } = loop.carry[i]!;
      const cls = this.#regs.cls[phi]!;
      s.slot[phi] = s.newSlot(cls);
      s.edit({ k: 'spill', cls, reg: inherited.get(init) ?? s.load(init), slot: s.slot[phi]! });
    }
    for (const i of inRegisters) {
      const { init, phi } = loop.carry[i]!;
      const cls = this.#regs.cls[phi]!;
      const reg = s.take(cls);
      const from = inherited.get(init);
      if (from !== undefined) s.edit({ k: 'move', cls, to: reg, from });
      else s.fill(init, reg);
      give(i, phi, reg);
    }
    return registers;
  }

  /** How many carries may have registers: all, or what leaves enough for the rest of the body. */
  #carryLimit(cls: RegClass, loop: MachineLoop, life: LoopLife): number {
    const all = this.#state.count(cls);
    const need = life.essential[cls];
    if (need <= all - SPARE || life.demand[cls] <= all) return all;
    const carries = loop.carry.filter((c) => this.#regs.cls[c.phi] === cls).length;
    return all - Math.min(all >> 1, Math.max(SPARE, need - carries));
  }

  #leave(node: Extract<Node, { k: 'end' }>): void {
    const s = this.#state;
    const { loop, owners, outerEnd } = this.#loops.pop()!;
    const registers = this.#carried.get(loop)!;
    s.locked.clear();
    // what is used here is in use until everything is back in its place
    const end = s.position;
    s.position = end - 1;
    const aside = this.#setAside(loop);
    this.#storeCarries(loop, registers, aside);
    const next = new Map(loop.carry.map((c) => [c.phi, c.next]));
    s.restore(owners, (v) => next.get(v) ?? v, aside);
    s.position = end;
    s.out.push(node);
    const outs = new Map(loop.carry.map((c) => [c.phi, c.out]));
    s.become({ v: owners.v.map((v) => outs.get(v) ?? v), k: owners.k.map((v) => outs.get(v) ?? v) });
    loop.carry.forEach((c, i) => {
      if (registers[i] === NONE) s.slot[c.out] = s.slot[c.phi]!;
      else s.wanted[this.#regs.cls[c.phi]!][registers[i]!]!--;
    });
    s.loopEnd = outerEnd;
  }

  /** Carries in slots that another carry takes over as they are: copied before their slots change. */
  #setAside(loop: MachineLoop): Map<VReg, number> {
    const s = this.#state;
    const slots = new Map<VReg, number>();
    const phis = new Set(loop.carry.map((c) => c.phi));
    for (const { next } of loop.carry) {
      if (!phis.has(next) || s.regOf(next) !== NONE || slots.has(next)) continue;
      const cls = this.#regs.cls[next]!;
      const reg = s.take(cls);
      const slot = s.newSlot(cls);
      s.fill(next, reg);
      s.edit({ k: 'spill', cls, reg, slot });
      slots.set(next, slot);
    }
    return slots;
  }

  #storeCarries(loop: MachineLoop, registers: readonly number[], aside: ReadonlyMap<VReg, number>): void {
    const s = this.#state;
    loop.carry.forEach(({ phi, next }, i) => {
      if (registers[i] !== NONE || phi === next) return;
      const cls = this.#regs.cls[phi]!;
      const kept = aside.get(next);
      let reg = s.regOf(next);
      if (reg === NONE) {
        reg = s.take(cls);
        if (kept === undefined) s.fill(next, reg);
        else s.edit({ k: 'reload', cls, reg, slot: kept });
      }
      s.edit({ k: 'spill', cls, reg, slot: s.slot[phi]! });
    });
  }

  /** At the end of a branch, what was in registers ahead of both is there again, as far as it is still needed. */
  #join(node: Node): void {
    const s = this.#state;
    const branch = this.#branches.at(-1)!;
    s.locked.clear();
    branch.after ??= this.#afterBranch(branch);
    s.restore(branch.after);
    s.out.push(node);
    if (node.k === 'else') {
      s.become(branch.before);
      return;
    }
    s.become(branch.after);
    this.#branches.pop();
  }

  #afterBranch({ before, end }: OpenBranch): Owners {
    const s = this.#state;
    const keep = (v: VReg, reg: number, cls: RegClass) => {
      if (v === NONE || this.#ends(v, end)) return NONE;
      return this.#regs.isConstant(v) && s.owners[cls][reg] !== v ? NONE : v;
    };
    return {
      v: before.v.map((v, reg) => keep(v, reg, 'v')),
      k: before.k.map((v, reg) => keep(v, reg, 'k')),
    };
  }
}
