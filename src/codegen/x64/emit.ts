import { Assembler, type EmitOptions } from '../../asm/x64/assembler.ts';
import {
  type Mem as AsmMem,
  bcast,
  type KReg,
  k,
  type Label,
  mem,
  type Operand,
  rax,
  rdi,
  rdx,
  ripRel,
  rsi,
  type Vec,
  xmm,
  ymm,
  zmm,
} from '../../asm/x64/registers.ts';
import type { Allocation } from './allocate.ts';
import { Control } from './control.ts';
import { Frame } from './frame.ts';
import { placeIntegers } from './integers.ts';
import {
  type Constant,
  type Inst,
  type Mem,
  NONE,
  type Placed,
  POOL,
  type RegClass,
  type Shape,
  type VReg,
} from './machine.ts';
import { END_ITEM, FIRST_ITEM } from './pointers.ts';
import type { Selector } from './select.ts';

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);
const VECTORS = { X: numbers(32).map(xmm), Y: numbers(32).map(ymm), Z: numbers(32).map(zmm) } as const;
const MASKS = numbers(8).map(k);
/** What goes through memory lane by lane. */
const PIECEWISE: ReadonlySet<Shape> = new Set(['gatherBytes', 'gatherHalves']);

/** The bytes of a kernel: code and constants. */
export function emitCode(selected: Selector, allocation: Allocation): Uint8Array {
  return new Emitter(selected, allocation).run();
}

class Emitter {
  readonly #asm: Assembler;
  readonly #selected: Selector;
  readonly #allocation: Allocation;
  readonly #control: Control;
  readonly #frame: Frame;
  readonly #full: readonly Vec[];
  readonly #labels = new Map<VReg, Label>();

  constructor(selected: Selector, allocation: Allocation) {
    const { avx512, pointers, lanes } = selected;
    this.#asm = new Assembler({ evex: avx512 });
    this.#selected = selected;
    this.#allocation = allocation;
    const [first, end] = [pointers.index(FIRST_ITEM), pointers.index(END_ITEM)];
    const fixed = new Map([
      [pointers.table, rdi.n],
      [first, rsi.n],
      [end, rdx.n],
    ]);
    const places = placeIntegers(allocation.code, pointers.count, fixed);
    const scratch = allocation.code.some((node) => node.k === 'inst' && PIECEWISE.has(node.shape));
    this.#frame = new Frame(places.slots, allocation.slots, 4 * lanes, scratch);
    this.#control = new Control(this.#asm, this.#frame, places);
    this.#full = avx512 ? VECTORS.Z : VECTORS.Y;
  }

  run(): Uint8Array {
    const { pointers } = this.#selected;
    this.#frame.enter(this.#asm);
    this.#control.argument(pointers.index(END_ITEM), rdx);
    const { code } = this.#allocation;
    for (let i = 0; i < code.length; i++) this.#node(code[i]!, i);
    this.#frame.leave(this.#asm);
    return this.#asm.finish();
  }

  #node(node: Placed, at: number): void {
    const asm = this.#asm;
    switch (node.k) {
      case 'inst':
        this.#inst(node);
        if (node.dst !== NONE) this.#store(node.dst, node.rd);
        return;
      case 'loop': {
        const registers = this.#allocation.carried.get(node)!;
        this.#control.enter(node, this.#isInnermost(at), () => {
          node.carry.forEach((c, i) => {
            this.#store(c.phi, registers[i]!);
          });
        });
        return;
      }
      case 'end': {
        const registers = this.#allocation.carried.get(node.loop)!;
        this.#control.leave(node.loop);
        node.loop.carry.forEach((c, i) => {
          this.#store(c.out, registers[i]!);
        });
        return;
      }
      case 'if':
        this.#control.if(node);
        return;
      case 'else':
        this.#control.else(this.#allocation.code[at + 1]!.k === 'endif');
        return;
      case 'endif':
        this.#control.endif();
        return;
      case 'move':
        asm.emit(node.cls === 'k' ? 'kmovw' : 'vmovaps', [
          this.#reg(node.cls, node.to),
          this.#reg(node.cls, node.from),
        ]);
        return;
      case 'reload':
        asm.emit(node.cls === 'k' ? 'kmovw' : 'vmovaps', [
          this.#reg(node.cls, node.reg),
          this.#frame.slot(node.cls, node.slot),
        ]);
        return;
      case 'spill':
        this.#spill(node.cls, node.reg, node.slot);
        return;
      case 'constant':
        this.#constant(this.#selected.regs.constant[node.value]!, node.value, node.reg);
        return;
      default:
        this.#control.integer(node);
        return;
    }
  }

  #isInnermost(at: number): boolean {
    const { code } = this.#allocation;
    for (let i = at + 1; i < code.length; i++) {
      if (code[i]!.k === 'loop') return false;
      if (code[i]!.k === 'end') return true;
    }
    return false;
  }

  #reg(cls: RegClass, n: number): Vec | KReg {
    return cls === 'k' ? MASKS[n]! : this.#full[n]!;
  }

  /** Stores a value to its slot where it is defined, if it has one. */
  #store(v: VReg, reg: number): void {
    if (reg === NONE || !this.#allocation.stored.has(v)) return;
    this.#spill(this.#selected.regs.cls[v]!, reg, this.#allocation.slot[v]!);
  }

  #spill(cls: RegClass, reg: number, slot: number): void {
    this.#asm.emit(cls === 'k' ? 'kmovw' : 'vmovaps', [this.#frame.slot(cls, slot), this.#reg(cls, reg)]);
  }

  #constant(value: Constant, v: VReg, reg: number): void {
    const asm = this.#asm;
    if (value.kind === 'mask') {
      if (value.bits === 0) {
        asm.emit('kxorw', [MASKS[reg]!, MASKS[reg]!, MASKS[reg]!]);
        return;
      }
      if (value.bits === 0xffff) {
        asm.emit('kxnorw', [MASKS[reg]!, MASKS[reg]!, MASKS[reg]!]);
        return;
      }
      asm.emit('movl', [rax, value.bits]);
      asm.emit('kmovw', [MASKS[reg]!, rax]);
      return;
    }
    if (value.kind === 'lanes') {
      asm.emit('vmovups', [this.#full[reg]!, this.#pool(v, false)]);
      return;
    }
    if (value.bits === 0) {
      this.#zero(reg);
      return;
    }
    asm.emit('vbroadcastss', [this.#full[reg]!, this.#pool(v, true)]);
  }

  #zero(reg: number): void {
    if (reg < 16) this.#asm.emit('vpxor', [VECTORS.X[reg]!, VECTORS.X[reg]!, VECTORS.X[reg]!]);
    else this.#asm.emit('vpxord', [VECTORS.Z[reg]!, VECTORS.Z[reg]!, VECTORS.Z[reg]!]);
  }

  /** A constant in the pool; `element`: its 32 bits alone, to be spread over the lanes. */
  #pool(v: VReg, element: boolean): AsmMem {
    const key = element ? v : ~v;
    let label = this.#labels.get(key);
    if (label === undefined) {
      const value = this.#selected.regs.constant[v]!;
      const { lanes } = this.#selected;
      const words = value.kind === 'lanes' ? value.lanes : Array(element ? 1 : lanes).fill(value.bits);
      label = this.#asm.data(new Uint8Array(Int32Array.from(words).buffer), 4 * words.length);
      this.#labels.set(key, label);
    }
    return ripRel(label);
  }

  #memory(m: Mem): AsmMem {
    const place = m.base === POOL ? this.#pool(m.disp, m.bcast) : this.#control.memory(m);
    return m.bcast ? bcast(place) : place;
  }

  #vector(n: number, width: string | undefined): Vec {
    if (width === 'X') return VECTORS.X[n]!;
    return width === 'Y' ? VECTORS.Y[n]! : this.#full[n]!;
  }

  #source(inst: Inst, i: number): Operand {
    if (inst.src[i] === NONE) return this.#memory(inst.mem!);
    const cls = this.#selected.regs.cls[inst.src[i]!];
    return cls === 'k' ? MASKS[inst.rs[i]!]! : this.#vector(inst.rs[i]!, inst.widths[i + 1]);
  }

  #inst(inst: Inst): void {
    switch (inst.shape) {
      case 'plain':
      case 'store':
        this.#plain(inst);
        return;
      case 'fma':
        this.#fused(inst, 'vfmadd');
        return;
      case 'fnma':
        this.#fused(inst, 'vfnmadd');
        return;
      case 'dot':
        this.#dot(inst);
        return;
      case 'permute2':
        this.#permute2(inst);
        return;
      case 'gather':
        this.#gather(inst);
        return;
      case 'gatherBytes':
        this.#gatherBytes(inst);
        return;
      case 'gatherHalves':
        this.#gatherHalves(inst);
        return;
      case 'splatIndex':
        this.#splatIndex(inst);
        return;
    }
  }

  #plain(inst: Inst): void {
    const isMask = inst.dst !== NONE && this.#selected.regs.cls[inst.dst] === 'k';
    let dst: Operand;
    if (inst.shape === 'store') dst = this.#memory(inst.mem!);
    else dst = isMask ? MASKS[inst.rd]! : this.#vector(inst.rd, inst.widths[0]);
    const operands: Operand[] = [dst];
    for (let i = 0; i < inst.src.length; i++) operands.push(this.#source(inst, i));
    if (inst.imm >= 0) operands.push(inst.imm);
    const options: EmitOptions = inst.rk === NONE ? {} : { mask: MASKS[inst.rk]!, zero: inst.zero };
    this.#asm.emit(inst.name, operands, options);
  }

  /** `c ± a * b`: the form whose destination is where the result belongs. */
  #fused(inst: Inst, name: 'vfmadd' | 'vfnmadd'): void {
    const rd = inst.rd;
    const [a, b, c] = inst.rs.map((r, i) => (inst.src[i] === NONE ? NONE : r)) as [number, number, number];
    const emit = (form: '132' | '213' | '231', second: number, third: Operand) =>
      this.#asm.emit(`${name}${form}ps`, [this.#full[rd]!, this.#full[second]!, third]);
    const copy = (from: number) => {
      if (rd !== from) this.#asm.emit('vmovaps', [this.#full[rd]!, this.#full[from]!]);
    };
    if (c === NONE) {
      const memory = this.#memory(inst.mem!);
      if (rd === b) {
        emit('213', a, memory);
        return;
      }
      copy(a);
      emit('213', b, memory);
      return;
    }
    if (a === NONE || b === NONE) {
      const memory = this.#memory(inst.mem!);
      const factor = a === NONE ? b : a;
      if (rd === factor && rd !== c) {
        emit('132', c, memory);
        return;
      }
      copy(c);
      emit('231', factor, memory);
      return;
    }
    if (rd === c) {
      emit('231', a, this.#full[b]!);
      return;
    }
    if (rd === a) {
      emit('213', b, this.#full[c]!);
      return;
    }
    if (rd === b) {
      emit('213', a, this.#full[c]!);
      return;
    }
    copy(c);
    emit('231', a, this.#full[b]!);
    return;
  }

  #dot(inst: Inst): void {
    const [a, b, c] = inst.rs.map((r, i) => (inst.src[i] === NONE ? NONE : r)) as [number, number, number];
    const rd = this.#full[inst.rd]!;
    if (inst.rd !== c) this.#asm.emit('vmovaps', [rd, this.#full[c]!]);
    const last = a === NONE || b === NONE ? this.#memory(inst.mem!) : this.#full[b]!;
    this.#asm.emit(inst.name, [rd, this.#full[a === NONE ? b : a]!, last]);
  }

  #permute2(inst: Inst): void {
    const [a, index, b] = inst.rs as [number, number, number];
    const f = this.#full;
    const rd = f[inst.rd]!;
    if (inst.rd === index) {
      this.#asm.emit('vpermi2ps', [rd, f[a]!, f[b]!]);
      return;
    }
    if (inst.rd !== a) this.#asm.emit('vmovaps', [rd, f[a]!]);
    this.#asm.emit('vpermt2ps', [rd, f[index]!, f[b]!]);
  }

  #gather(inst: Inst): void {
    const [index, mask] = inst.rs as [number, number];
    const rd = this.#full[inst.rd]!;
    const { base, disp } = this.#control.memory(inst.mem!);
    const from = mem(base, disp, this.#full[index]!, 4);
    this.#zero(inst.rd);
    if (this.#selected.avx512) this.#asm.emit('vgatherdps', [rd, from], { mask: MASKS[mask]! });
    else this.#asm.emit('vgatherdps', [rd, from, this.#full[mask]!]);
  }

  /** Byte by byte, with the indices on the stack. */
  #gatherBytes(inst: Inst): void {
    const asm = this.#asm;
    const rd = VECTORS.X[inst.rd]!;
    const { area, base, disp } = this.#spread(inst);
    this.#zero(inst.rd);
    for (let i = 0; i < inst.imm; i++) {
      asm.emit('movsxd', [rdx, mem(area.base, area.disp + 4 * i)]);
      asm.emit('vpinsrb', [rd, rd, mem(base, disp, rdx), i]);
    }
  }

  /** Each index gives way to the word that it leads to. */
  #gatherHalves(inst: Inst): void {
    const asm = this.#asm;
    const { area, base, disp } = this.#spread(inst);
    for (let i = 0; i < this.#selected.lanes; i++) {
      const lane = mem(area.base, area.disp + 4 * i);
      if (i < inst.imm) {
        asm.emit('movsxd', [rdx, lane]);
        asm.emit('movzxw', [rdx, mem(base, disp, rdx, 2)]);
        asm.emit('movl', [lane, rdx]);
      } else asm.emit('movl', [lane, 0]);
    }
    asm.emit('vmovups', [this.#full[inst.rd]!, area]);
  }

  /** The indices in memory, and the place that they count from: not in rdx. */
  #spread(inst: Inst) {
    const asm = this.#asm;
    const area = this.#frame.slot('v', this.#allocation.slots.v);
    asm.emit('vmovups', [area, this.#full[inst.rs[0]!]!]);
    const { base, disp } = this.#control.memory(inst.mem!);
    if (base !== rdx) return { area, base, disp };
    asm.emit('mov', [rax, rdx]);
    return { area, base: rax, disp };
  }

  #splatIndex(inst: Inst): void {
    const asm = this.#asm;
    this.#control.affine(inst.affine!, rax);
    if (this.#selected.avx512) {
      asm.emit('vpbroadcastd', [this.#full[inst.rd]!, rax]);
      return;
    }
    asm.emit('vmovd', [VECTORS.X[inst.rd]!, rax]);
    asm.emit('vpbroadcastd', [this.#full[inst.rd]!, VECTORS.X[inst.rd]!]);
  }
}
