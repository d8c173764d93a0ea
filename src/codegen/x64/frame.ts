import type { Assembler } from '../../asm/x64/assembler.ts';
import { type Mem, mem, rax, rsp } from '../../asm/x64/registers.ts';
import type { RegClass } from './machine.ts';

const PAGE = 4096;

/**
 * The stack frame, from its lower end: integer slots, mask slots, a spare word, then vectors on their own alignment.
 * At the entry the stack is 64-byte aligned but for the return address.
 */
export class Frame {
  readonly bytes: number;
  readonly #masks: number;
  readonly #spare: number;
  readonly #vectors: number;
  readonly #vectorBytes: number;

  /** `scratchVector`: a vector of memory besides the slots is needed. */
  constructor(ints: number, slots: Readonly<Record<RegClass, number>>, vectorBytes: number, scratchVector: boolean) {
    this.#masks = 8 * ints;
    this.#spare = this.#masks + 8 * slots.k;
    this.#vectors = (this.#spare + 8 + 63) & ~63;
    this.#vectorBytes = vectorBytes;
    const vectors = slots.v + (scratchVector ? 1 : 0);
    this.bytes = ((this.#vectors + vectors * vectorBytes + 63) & ~63) + 56;
  }

  int(slot: number): Mem {
    return mem(rsp, 8 * slot);
  }

  /** A word that holds nothing across instructions. */
  get spare(): Mem {
    return mem(rsp, this.#spare);
  }

  slot(cls: RegClass, n: number): Mem {
    return cls === 'k' ? mem(rsp, this.#masks + 8 * n) : mem(rsp, this.#vectors + this.#vectorBytes * n);
  }

  /** Makes room, page by page: some systems map a stack only next to what was touched. */
  enter(asm: Assembler): void {
    let left = this.bytes;
    for (; left > PAGE; left -= PAGE) {
      asm.emit('sub', [rsp, PAGE]);
      asm.emit('mov', [mem(rsp), rax]);
    }
    asm.emit('sub', [rsp, left]);
  }

  leave(asm: Assembler): void {
    asm.emit('add', [rsp, this.bytes]);
    asm.ret();
  }
}
