import type { Liveness } from './liveness.ts';
import { type Edit, NONE, type Placed, type RegClass, type Registers, type VReg } from './machine.ts';
import { ASIDE, parallelMoves } from './moves.ts';

/** What the registers hold, by class: the virtual register, or `NONE`. */
export type Owners = Record<RegClass, Int32Array>;

export const CLASSES: readonly RegClass[] = ['v', 'k'];

/** A value that is needed outside of the loop at hand is farther away than any that is needed inside. */
const OUTSIDE = 1 << 20;

/** The registers at one point of the program, and the code so far. */
export class RegisterState {
  readonly out: Placed[] = [];
  readonly slot: number[];
  readonly slots: Record<RegClass, number> = { v: 0, k: 0 };
  /** Values that are stored to their slots where they are defined. */
  readonly stored = new Set<VReg>();
  /** Values that must stay where they are during the current step. */
  readonly locked = new Set<VReg>();
  /** How many carries want a register back at the end of their loop's body. */
  readonly wanted: Owners;
  owners: Owners;
  /** The current position, and the end of the innermost loop. */
  position = 0;
  loopEnd = Number.MAX_SAFE_INTEGER;
  readonly #regs: Registers;
  readonly #live: Liveness;
  readonly #regOf: Int32Array;
  readonly #cursor: Int32Array;

  constructor(regs: Registers, live: Liveness, vectors: number) {
    this.#regs = regs;
    this.#live = live;
    const n = regs.cls.length;
    this.owners = { v: new Int32Array(vectors).fill(NONE), k: new Int32Array(8).fill(NONE) };
    this.wanted = { v: new Int32Array(vectors), k: new Int32Array(8) };
    this.#regOf = new Int32Array(n).fill(NONE);
    this.slot = Array(n).fill(NONE);
    this.#cursor = new Int32Array(n);
  }

  regOf(v: VReg): number {
    return this.#regOf[v]!;
  }

  /** The first use behind the current position. */
  nextUse(v: VReg): number {
    const list = this.#live.uses[v]!;
    let i = this.#cursor[v]!;
    while (i < list.length && list[i]! <= this.position) i++;
    this.#cursor[v] = i;
    return i < list.length ? list[i]! : NONE;
  }

  isDead(v: VReg): boolean {
    return this.nextUse(v) === NONE;
  }

  /** Registers of a class; k0 means "no mask" and is none of them. */
  count(cls: RegClass): number {
    return cls === 'k' ? 7 : this.owners.v.length;
  }

  /** Values in registers. */
  held(cls: RegClass): VReg[] {
    return [...this.owners[cls]].filter((v) => v !== NONE);
  }

  assign(v: VReg, reg: number): void {
    this.owners[this.#regs.cls[v]!][reg] = v;
    this.#regOf[v] = reg;
  }

  free(v: VReg): void {
    const reg = this.#regOf[v]!;
    if (reg === NONE) return;
    this.owners[this.#regs.cls[v]!][reg] = NONE;
    this.#regOf[v] = NONE;
  }

  /** Whether the value can be had again without a stack slot. */
  isCheap(v: VReg): boolean {
    return this.#regs.isConstant(v) || this.#regs.origin[v] !== undefined;
  }

  /** A register that holds nothing, preferably one that no carry wants. */
  findFree(cls: RegClass): number {
    const owner = this.owners[cls];
    const wanted = this.wanted[cls];
    let found = NONE;
    for (let r = cls === 'k' ? 1 : 0; r < owner.length; r++) {
      if (owner[r] !== NONE) continue;
      if (wanted[r] === 0) return r;
      if (found === NONE) found = r;
    }
    return found;
  }

  /** A free register; what is needed last makes room. */
  take(cls: RegClass): number {
    const free = this.findFree(cls);
    if (free !== NONE) return free;
    const victim = this.#victim(cls);
    if (victim === NONE) throw new Error(`one instruction needs more than ${this.count(cls)} registers`);
    const reg = this.#regOf[victim]!;
    this.evict(victim);
    return reg;
  }

  #victim(cls: RegClass): VReg {
    let victim = NONE;
    let farthest = -1;
    for (const v of this.owners[cls]) {
      if (v === NONE || this.locked.has(v)) continue;
      const next = this.nextUse(v);
      let distance = next === NONE ? 4 * OUTSIDE : next - this.position + (next > this.loopEnd ? OUTSIDE : 0);
      if (this.isCheap(v)) distance *= 4;
      else if (this.slot[v] !== NONE) distance *= 2;
      if (distance > farthest) {
        victim = v;
        farthest = distance;
      }
    }
    return victim;
  }

  newSlot(cls: RegClass): number {
    return this.slots[cls]++;
  }

  evict(v: VReg): void {
    if (!this.isCheap(v) && this.slot[v] === NONE && !this.isDead(v)) {
      this.slot[v] = this.newSlot(this.#regs.cls[v]!);
      this.stored.add(v);
    }
    this.free(v);
  }

  edit(edit: Edit): void {
    this.out.push(edit);
  }

  /** Brings the content of a value into a register. */
  fill(v: VReg, reg: number): void {
    const cls = this.#regs.cls[v]!;
    const origin = this.#regs.origin[v];
    const from = this.#regOf[v]!;
    // a zero made anew costs less than a copy: it waits for nothing
    const isZero = this.#regs.isZero(v);
    if (from !== NONE && !isZero) this.edit({ k: 'move', cls, to: reg, from });
    else if (this.#regs.isConstant(v)) this.edit({ k: 'constant', cls, reg, value: v });
    else if (origin) this.out.push({ ...origin, dst: NONE, rd: reg });
    else this.edit({ k: 'reload', cls, reg, slot: this.slot[v]! });
  }

  /** The register of a value, which is brought there if need be. */
  load(v: VReg): number {
    const known = this.#regOf[v]!;
    if (known !== NONE) return known;
    const reg = this.take(this.#regs.cls[v]!);
    this.fill(v, reg);
    this.assign(v, reg);
    return reg;
  }

  snapshot(): Owners {
    return { v: this.owners.v.slice(), k: this.owners.k.slice() };
  }

  /** Goes on with the values of `owners` that are still needed; emits nothing. */
  become(owners: Owners): void {
    for (const cls of CLASSES) {
      for (const v of this.owners[cls]) if (v !== NONE) this.#regOf[v] = NONE;
      this.owners[cls].fill(NONE);
    }
    for (const cls of CLASSES) {
      owners[cls].forEach((v, reg) => {
        if (v !== NONE && !this.isDead(v)) this.assign(v, reg);
      });
    }
  }

  /** Brings into each register of `target` the value that `source` says, all at once. `elsewhere`: slots of some. */
  restore(target: Owners, source: (v: VReg) => VReg = (v) => v, elsewhere?: ReadonlyMap<VReg, number>): void {
    for (const cls of CLASSES) {
      const moves: { to: number; from: number }[] = [];
      const fills: { v: VReg; reg: number }[] = [];
      target[cls].forEach((v, reg) => {
        if (v === NONE) return;
        const s = source(v);
        if (this.#regOf[s] !== NONE) moves.push({ to: reg, from: this.#regOf[s]! });
        else fills.push({ v: s, reg });
      });
      this.#move(cls, moves);
      for (const { v, reg } of fills) {
        const slot = elsewhere?.get(v);
        if (slot === undefined) this.fill(v, reg);
        else this.edit({ k: 'reload', cls, reg, slot });
      }
    }
  }

  #move(cls: RegClass, moves: readonly { to: number; from: number }[]): void {
    let aside = NONE;
    for (const { to, from } of parallelMoves(moves)) {
      if (to === ASIDE) {
        aside = this.newSlot(cls);
        this.edit({ k: 'spill', cls, reg: from, slot: aside });
      } else if (from === ASIDE) this.edit({ k: 'reload', cls, reg: to, slot: aside });
      else this.edit({ k: 'move', cls, to, from });
    }
  }
}
