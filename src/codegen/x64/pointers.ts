import {
  type Affine,
  type IndexId,
  type Kernel,
  type LoopStmt,
  MEM_BYTES,
  type Stmt,
  scale,
  sum,
} from '../../kernel/ir.ts';
import type { IntInst, IReg } from './machine.ts';

/** First and last item, as index variables that exist at the entry of the kernel. */
export const FIRST_ITEM: IndexId = -1;
export const END_ITEM: IndexId = -2;

/** A loop of the plan: what is computed ahead of it, and what advances at its end. */
export interface LoopPlan {
  readonly before: IntInst[];
  readonly advances: [IReg, number][];
  /** The variable is needed as a number, not only inside addresses. */
  indexNeeded: boolean;
}

/** `end - begin`. */
export function extent(loop: LoopStmt): Affine {
  return sum([loop.end, scale(loop.begin, -1)]);
}

/**
 * Addresses by strength reduction. Every distinct (buffer, terms) has one pointer. It belongs where the innermost of
 * its index variables is defined: a pointer of a loop starts from the pointer without that term, ahead of the loop,
 * and advances by `coefficient * step` elements; that of another index is computed behind its definition. What
 * differs in the constant only shares a pointer and differs in the displacement.
 */
export class Pointers {
  readonly entry: IntInst[] = [];
  /** Number of integer registers. */
  count = 0;
  /** The table of buffer addresses. */
  readonly table: IReg = this.fresh();
  readonly #byKey = new Map<string, IReg>();
  readonly #index = new Map<IndexId, IReg>();
  readonly #order = new Map<IndexId, number>();
  readonly #loops = new Map<IndexId, { loop: LoopStmt; plan: LoopPlan }>();
  readonly #after = new Map<IndexId, IntInst[]>();
  readonly #bytes: readonly number[];

  constructor(kernel: Kernel, domain: LoopStmt) {
    this.#bytes = kernel.buffers.map((b) => MEM_BYTES[b.mem]);
    this.#define(FIRST_ITEM);
    this.#define(END_ITEM);
    this.#block([domain]);
  }

  /** The pointer and the displacement, in bytes, of an element. */
  at(buf: number, a: Affine): { base: IReg; disp: number } {
    return { base: this.#pointer(buf, a.terms), disp: a.c * this.bytesOf(buf) };
  }

  bytesOf(buf: number): number {
    return this.#bytes[buf]!;
  }

  /** The integer register of an index variable. */
  index(id: IndexId): IReg {
    return this.#index.get(id)!;
  }

  loop(id: IndexId): LoopPlan {
    return this.#loops.get(id)!.plan;
  }

  /** Pointers to compute right behind the definition of an index. */
  after(id: IndexId): readonly IntInst[] {
    return this.#after.get(id)!;
  }

  fresh(): IReg {
    return this.count++;
  }

  #define(id: IndexId): void {
    this.#index.set(id, this.fresh());
    this.#order.set(id, this.#order.size);
    this.#after.set(id, []);
  }

  /** Every index of `a` is needed as a number. */
  #value(a: Affine): void {
    for (const [id] of a.terms) {
      const loop = this.#loops.get(id);
      if (loop) loop.plan.indexNeeded = true;
    }
  }

  #block(stmts: readonly Stmt[]): void {
    for (const s of stmts) this.#statement(s);
  }

  #statement(s: Stmt): void {
    switch (s.k) {
      case 'loop':
        this.#loop(s);
        break;
      case 'if':
        this.#value(s.value);
        this.#block(s.then);
        this.#block(s.otherwise);
        break;
      case 'index':
        this.#value(s.a);
        if (typeof s.b === 'object') this.#value(s.b);
        this.#define(s.id);
        break;
      case 'loadIndex':
        this.#pointer(s.buf, s.at.terms);
        this.#define(s.id);
        break;
      case 'splatIndex':
        this.#value(s.at);
        break;
      case 'load':
      case 'gather':
      case 'store':
        this.#pointer(s.buf, s.at.terms);
        break;
      case 'const':
      case 'iota':
      case 'op':
        break;
    }
  }

  #loop(s: LoopStmt): void {
    const plan: LoopPlan = { before: [], advances: [], indexNeeded: false };
    this.#value(extent(s));
    this.#loops.set(s.index, { loop: s, plan });
    this.#define(s.index);
    this.#block(s.body);
    if (plan.indexNeeded) this.#value(s.begin);
  }

  #pointer(buf: number, terms: Affine['terms']): IReg {
    let key = String(buf);
    for (const [id, c] of terms) key += `,${id}*${c}`;
    let p = this.#byKey.get(key);
    if (p === undefined) {
      p = this.#create(buf, terms);
      this.#byKey.set(key, p);
    }
    return p;
  }

  #create(buf: number, terms: Affine['terms']): IReg {
    if (terms.length === 0) {
      const dst = this.fresh();
      this.entry.push({ k: 'base', dst, table: this.table, buf });
      return dst;
    }
    const last = terms.reduce((a, b) => (this.#order.get(b[0])! > this.#order.get(a[0])! ? b : a));
    const rest = terms.filter((t) => t !== last);
    const [id, coefficient] = last;
    const bytes = coefficient * this.bytesOf(buf);
    const owner = this.#loops.get(id);
    if (owner === undefined) {
      const base = this.#pointer(buf, rest);
      const dst = this.fresh();
      const inst: IntInst = { k: 'lea', dst, base, index: this.index(id), scale: bytes, disp: 0 };
      (id === FIRST_ITEM ? this.entry : this.#after.get(id)!).push(inst);
      return dst;
    }
    const start = sum([{ c: 0, terms: rest }, scale(owner.loop.begin, coefficient)]);
    const base = this.#pointer(buf, start.terms);
    const dst = this.fresh();
    owner.plan.before.push({ k: 'lea', dst, base, index: -1, scale: 0, disp: start.c * this.bytesOf(buf) });
    owner.plan.advances.push([dst, owner.loop.step * bytes]);
    return dst;
  }
}
