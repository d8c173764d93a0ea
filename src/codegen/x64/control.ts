import type { Assembler, Condition } from '../../asm/x64/assembler.ts';
import { type Mem as AsmMem, type Gpr, gpr, type Label, mem, rax, rdx, ripRel } from '../../asm/x64/registers.ts';
import type { Frame } from './frame.ts';
import type { Place, Places } from './integers.ts';
import type { IntAffine, IntInst, IReg, MachineIf, MachineLoop, Mem } from './machine.ts';

const isInt32 = (x: number) => x >= -(2 ** 31) && x < 2 ** 31;
const isPowerOfTwo = (x: number) => Number.isInteger(Math.log2(x));

/** The jump past a block that runs where the relation holds. */
const UNLESS: Readonly<Record<MachineIf['rel'], Condition>> = { lt: 'ge', ge: 'l', eq: 'ne' };

/** Emits integer instructions, loops and branches. rax and rdx are scratch. */
export class Control {
  readonly #asm: Assembler;
  readonly #frame: Frame;
  readonly #places: readonly Place[];
  readonly #loops: { top: Label; exit: Label }[] = [];
  readonly #branches: { otherwise: Label; end: Label }[] = [];

  constructor(asm: Assembler, frame: Frame, places: Places) {
    this.#asm = asm;
    this.#frame = frame;
    this.#places = places.of;
  }

  /** The value in a register: its own, or `scratch`. */
  read(r: IReg, scratch: Gpr): Gpr {
    const place = this.#places[r]!;
    if (place.k === 'reg') return gpr(place.n);
    this.#asm.emit('mov', [scratch, this.#operand(r)]);
    return scratch;
  }

  /** A memory operand of an instruction; an address on the stack or a far displacement goes through rax. */
  memory(m: Mem): AsmMem {
    const base = this.read(m.base, rax);
    if (isInt32(m.disp)) return mem(base, m.disp);
    this.#constant(rdx, m.disp);
    this.#asm.emit('add', [rdx, base]);
    return mem(rdx);
  }

  /** Takes over an argument of the kernel. */
  argument(r: IReg, from: Gpr): void {
    const place = this.#places[r]!;
    if (place.k === 'reg' && place.n === from.n) return;
    this.#write(r, from);
  }

  integer(node: IntInst): void {
    if (this.#places[node.dst]!.k === 'nowhere') return;
    switch (node.k) {
      case 'base': {
        const dst = this.#target(node.dst);
        this.#asm.emit('mov', [dst, mem(this.read(node.table, rax), 8 * node.buf)]);
        this.#write(node.dst, dst);
        return;
      }
      case 'lea':
        this.#lea(node);
        return;
      case 'affine':
        this.#evaluate(node.dst, node.a);
        break;
      case 'div':
      case 'mod':
        this.affine(node.a, rax);
        this.#divide(node.k, node.b);
        this.#write(node.dst, rax);
        return;
      case 'min':
      case 'max':
        this.#bound(node.dst, node.a, node.b, node.k === 'min' ? 'g' : 'l');
        return;
      case 'loadIndex':
        this.#asm.emit(node.bytes === 4 ? 'movsxd' : 'movzx', [rax, this.memory(node.mem)]);
        this.#clamp(node.lo, 'cmovl');
        this.#clamp(node.hi, 'cmovg');
        this.#write(node.dst, rax);
        return;
    }
  }

  /** Evaluates into a register that no term is in. Changes rax, or rdx where the result goes to rax. */
  affine(a: IntAffine, into: Gpr): void {
    const asm = this.#asm;
    const other = into === rax ? rdx : rax;
    const first = a.terms[0];
    if (first === undefined) {
      this.#constant(into, a.c);
      return;
    }
    this.#multiply(into, first[0], first[1]);
    for (const [r, c] of a.terms.slice(1)) {
      if (c === 1) asm.emit('add', [into, this.#operand(r)]);
      else if (c === -1) asm.emit('sub', [into, this.#operand(r)]);
      else {
        this.#multiply(other, r, c);
        asm.emit('add', [into, other]);
      }
    }
    if (a.c !== 0) this.#add(into, a.c, other);
  }

  enter(loop: MachineLoop, innermost: boolean, carries: () => void): void {
    const asm = this.#asm;
    const labels = { top: asm.label(), exit: asm.label() };
    this.#loops.push(labels);
    if (loop.counter >= 0) this.#evaluate(loop.counter, loop.extent);
    if (loop.index >= 0) this.#evaluate(loop.index, loop.begin);
    if (!loop.entered) {
      const [r, limit] = loop.counter >= 0 ? [loop.counter, 0] : [loop.index, loop.endValue];
      asm.emit('cmp', [this.#operand(r), limit]);
      asm.jcc(loop.counter >= 0 ? 'le' : 'ge', labels.exit);
    }
    if (innermost) asm.align(32);
    asm.bind(labels.top);
    carries();
  }

  leave(loop: MachineLoop): void {
    const asm = this.#asm;
    const { top, exit } = this.#loops.pop()!;
    for (const [r, bytes] of loop.advances)
      if (this.#places[r]!.k !== 'nowhere') this.#add(this.#operand(r), bytes, rax);
    if (loop.index >= 0 && this.#places[loop.index]!.k !== 'nowhere') {
      asm.emit('add', [this.#operand(loop.index), loop.step]);
    }
    if (loop.counter >= 0) {
      asm.emit('sub', [this.#operand(loop.counter), loop.step]);
      asm.jcc('g', top);
    } else {
      asm.emit('cmp', [this.#operand(loop.index), loop.endValue]);
      asm.jcc('l', top);
    }
    asm.bind(exit);
  }

  if(node: MachineIf): void {
    const asm = this.#asm;
    const labels = { otherwise: asm.label(), end: asm.label() };
    this.#branches.push(labels);
    const [term] = node.value.terms;
    if (node.value.terms.length === 1 && term![1] === 1 && isInt32(-node.value.c)) {
      asm.emit('cmp', [this.#operand(term![0]), -node.value.c]);
    } else {
      this.affine(node.value, rax);
      asm.emit('cmp', [rax, 0]);
    }
    asm.jcc(UNLESS[node.rel], labels.otherwise);
  }

  /** `empty`: nothing follows up to the end of the branch. */
  else(empty: boolean): void {
    const { otherwise, end } = this.#branches.at(-1)!;
    if (!empty) this.#asm.jmp(end);
    this.#asm.bind(otherwise);
  }

  endif(): void {
    this.#asm.bind(this.#branches.pop()!.end);
  }

  #operand(r: IReg): Gpr | AsmMem {
    const place = this.#places[r]!;
    if (place.k === 'nowhere') throw new Error('an integer that nothing reads is read');
    return place.k === 'reg' ? gpr(place.n) : this.#frame.int(place.n);
  }

  #target(r: IReg): Gpr {
    const place = this.#places[r]!;
    return place.k === 'reg' ? gpr(place.n) : rax;
  }

  #write(r: IReg, from: Gpr): void {
    const place = this.#places[r]!;
    if (place.k === 'nowhere' || (place.k === 'reg' && place.n === from.n)) return;
    this.#asm.emit('mov', [this.#operand(r), from]);
  }

  /** Evaluates into the place of `dst`: its register, unless the expression needs what is there. */
  #evaluate(dst: IReg, a: IntAffine): void {
    const place = this.#places[dst]!;
    if (place.k === 'nowhere') return;
    const clashes = place.k === 'slot' || a.terms.some(([r]) => this.#isIn(r, place.n));
    const into = clashes ? rax : gpr(place.n);
    this.affine(a, into);
    this.#write(dst, into);
  }

  #isIn(r: IReg, n: number): boolean {
    const place = this.#places[r]!;
    return place.k === 'reg' && place.n === n;
  }

  #constant(into: Gpr, value: number): void {
    this.#asm.emit('mov', [into, Number.isSafeInteger(value) ? BigInt(value) : value]);
  }

  #add(to: Gpr | AsmMem, value: number, scratch: Gpr): void {
    if (isInt32(value)) this.#asm.emit('add', [to, value]);
    else {
      this.#constant(scratch, value);
      this.#asm.emit('add', [to, scratch]);
    }
  }

  #multiply(into: Gpr, r: IReg, factor: number): void {
    const asm = this.#asm;
    const operand = this.#operand(r);
    if (factor === 1) asm.emit('mov', [into, operand]);
    else if (factor > 0 && isPowerOfTwo(factor)) {
      asm.emit('mov', [into, operand]);
      asm.emit('shl', [into, Math.log2(factor)]);
    } else if (isInt32(factor)) asm.emit('imul', [into, operand, factor]);
    else {
      this.#constant(into, factor);
      asm.emit('imul', [into, operand]);
    }
  }

  #lea({ dst, base, index, scale, disp }: Extract<IntInst, { k: 'lea' }>): void {
    const asm = this.#asm;
    const target = this.#target(dst);
    if (index >= 0) {
      const simple = scale === 1 || scale === 2 || scale === 4 || scale === 8;
      let i = rdx;
      if (simple) i = this.read(index, rdx);
      else this.#multiply(rdx, index, scale);
      asm.emit('lea', [target, mem(this.read(base, rax), disp, i, simple ? scale : 1)]);
    } else {
      const from = this.read(base, rax);
      if (isInt32(disp)) {
        if (disp !== 0) asm.emit('lea', [target, mem(from, disp)]);
        else if (target.n !== from.n) asm.emit('mov', [target, from]);
      } else {
        this.#constant(rdx, disp);
        asm.emit('lea', [target, mem(from, 0, rdx)]);
      }
    }
    this.#write(dst, target);
  }

  /** Floored quotient or remainder of rax, in rax. */
  #divide(k: 'div' | 'mod', b: number): void {
    const asm = this.#asm;
    if (isPowerOfTwo(b)) {
      if (k === 'div') asm.emit('sar', [rax, Math.log2(b)]);
      else if (isInt32(b - 1)) asm.emit('and', [rax, b - 1]);
      else {
        this.#constant(rdx, b - 1);
        asm.emit('and', [rax, rdx]);
      }
      return;
    }
    const divisor = asm.data(new Uint8Array(new BigInt64Array([BigInt(b)]).buffer), 8);
    asm.emit('cqo');
    asm.emit('idiv', [ripRel(divisor)]);
    // the remainder has the sign of the dividend: a negative one means one too few
    if (k === 'div') {
      asm.emit('sar', [rdx, 63]);
      asm.emit('add', [rax, rdx]);
      return;
    }
    asm.emit('mov', [rax, rdx]);
    asm.emit('sar', [rdx, 63]);
    asm.emit('and', [rdx, ripRel(divisor)]);
    asm.emit('add', [rax, rdx]);
  }

  /** `a`, or `b` where `a` compares to it as `replace` says. */
  #bound(dst: IReg, a: IntAffine, b: IntAffine, replace: 'l' | 'g'): void {
    const { spare } = this.#frame;
    this.affine(b, rax);
    this.#asm.emit('mov', [spare, rax]);
    this.affine(a, rax);
    this.#asm.emit('cmp', [rax, spare]);
    this.#asm.emit(`cmov${replace}`, [rax, spare]);
    this.#write(dst, rax);
  }

  #clamp(limit: number, move: 'cmovl' | 'cmovg'): void {
    this.#constant(rdx, limit);
    this.#asm.emit('cmp', [rax, rdx]);
    this.#asm.emit(move, [rax, rdx]);
  }
}
