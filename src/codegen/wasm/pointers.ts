import { type Affine, type IndexId, type Kernel, type LoopStmt, type Stmt, scale, sum } from '../../kernel/ir.ts';
import { bufferOf, elementBytes, lanesOf } from './elements.ts';
import type { WasmOptions } from './options.ts';
import type { ValuePlan } from './plan.ts';
import type { Ranges } from './ranges.ts';

/** An i32 local that holds `address of buf + bytes * (bias + sum(terms))` wherever all its indices are defined. */
export interface Pointer {
  readonly buf: number;
  readonly terms: Affine['terms'];
  readonly bytes: number;
  /** Smallest constant of its accesses: the others are the offsets of the memory instructions. In elements. */
  bias: number;
  /** Where it is defined: `parent + bytes * (constant + bias - parent.bias + (fromIndex ? coefficient * index : 0))`. */
  readonly parent: Pointer | undefined;
  readonly constant: number;
  /** The innermost of its indices; undefined for a buffer's own address. */
  readonly index: IndexId | undefined;
  readonly coefficient: number;
  /** The value of the index is part of the definition; a loop's begin is known, so there it is not. */
  readonly fromIndex: boolean;
}

/** What an index is: the item, a loop's counter, or computed by a statement. */
type Owner = LoopStmt | 'item' | 'statement';

/**
 * The pointers of a kernel: one for each buffer and combination of index terms. A pointer belongs to the innermost of
 * its indices; if that counts a loop, the pointer is set before it and advanced with it.
 */
export class PointerPlan {
  private readonly kernel: Kernel;
  private readonly pointers = new Map<string, Pointer>();
  private readonly constants = new Map<Pointer, number[]>();
  private readonly owners = new Map<IndexId, Owner>();
  private readonly order = new Map<IndexId, number>();

  constructor(kernel: Kernel, values: ValuePlan, ranges: Ranges, options: WasmOptions) {
    this.kernel = kernel;
    this.declare(kernel.item, 'item');
    this.walk(kernel.body, values);
    for (const [pointer, constants] of this.constants) {
      // The pointer itself may lie before its buffer, but not before address 0, where it would wrap to 4 GiB.
      const room = Math.floor(options.lowestAddress / pointer.bytes);
      const lowest = -ranges.of({ c: 0, terms: pointer.terms }).lo - room;
      pointer.bias = Math.max(Math.min(...constants), lowest);
    }
  }

  private declare(index: IndexId, owner: Owner): void {
    this.owners.set(index, owner);
    this.order.set(index, this.order.size);
  }

  private walk(body: readonly Stmt[], values: ValuePlan): void {
    for (const s of body) {
      if (s.k === 'loop') {
        this.declare(s.index, s);
        this.walk(s.body, values);
      } else if (s.k === 'if') {
        this.walk(s.then, values);
        this.walk(s.otherwise, values);
      } else if (s.k === 'index') {
        this.declare(s.id, 'statement');
      } else if (s.k === 'loadIndex') {
        this.access(s.buf, s.at);
        this.declare(s.id, 'statement');
      } else if (s.k === 'store' || (s.k === 'load' && !values.isDead(s))) {
        for (const at of lanesOf(s)) this.access(s.buf, at);
      } else if (s.k === 'gather' && !values.isDead(s)) {
        this.access(s.buf, s.at);
      }
    }
  }

  private access(buf: number, at: Affine): void {
    const pointer = this.resolve(buf, at.terms);
    const list = this.constants.get(pointer);
    if (list) list.push(at.c);
    else this.constants.set(pointer, [at.c]);
  }

  private resolve(buf: number, terms: Affine['terms']): Pointer {
    const key = `${buf}:${terms.map((t) => t.join('*')).join('+')}`;
    const found = this.pointers.get(key);
    if (found) return found;
    const made = this.make(buf, terms);
    this.pointers.set(key, made);
    return made;
  }

  private make(buf: number, terms: Affine['terms']): Pointer {
    const bytes = elementBytes(bufferOf(this.kernel, buf).mem);
    const basic = { buf, terms, bytes, bias: 0, constant: 0, fromIndex: false };
    if (terms.length === 0) return { ...basic, parent: undefined, index: undefined, coefficient: 0 };
    let [index, coefficient] = terms[0]!;
    for (const [i, k] of terms) if (this.rank(i) > this.rank(index)) [index, coefficient] = [i, k];
    const rest = terms.filter(([i]) => i !== index);
    const owner = this.owners.get(index)!;
    if (typeof owner === 'string') {
      return { ...basic, parent: this.resolve(buf, rest), index, coefficient, fromIndex: true };
    }
    const start = sum([{ c: 0, terms: rest }, scale(owner.begin, coefficient)]);
    return { ...basic, parent: this.resolve(buf, start.terms), constant: start.c, index, coefficient };
  }

  private rank(index: IndexId): number {
    const rank = this.order.get(index);
    if (rank !== undefined) return rank;
    throw new Error(`kernel "${this.kernel.name}": index ${index} is used where it is not defined`);
  }

  /** The pointer for an access. */
  at(buf: number, at: Affine): Pointer {
    return this.resolve(buf, at.terms);
  }

  /** All pointers that belong to an index, or the buffers' own addresses. */
  of(index: IndexId | undefined): readonly Pointer[] {
    return [...this.pointers.values()].filter((p) => p.index === index);
  }
}
