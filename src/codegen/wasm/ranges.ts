import type { Affine, IndexId, IndexStmt, Kernel, Stmt } from '../../kernel/ir.ts';

/** The values that an index can take, both ends included. */
export interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** Ranges of all index variables of a kernel. Addresses wrap at 32 bits; whatever is compared or divided must not. */
export class Ranges {
  private readonly byIndex = new Map<IndexId, Range>();
  private readonly kernel: string;

  constructor(kernel: Kernel) {
    this.kernel = kernel.name;
    this.byIndex.set(kernel.item, { lo: 0, hi: Math.max(0, kernel.domain - 1) });
    this.fitting({ lo: 0, hi: kernel.domain }, 'the domain');
    this.walk(kernel.body);
  }

  /** The range of an affine expression, with its indices taken as independent. */
  of(a: Affine): Range {
    let lo = a.c;
    let hi = a.c;
    for (const [index, k] of a.terms) {
      const range = this.byIndex.get(index);
      if (!range) throw new Error(`kernel "${this.kernel}": index ${index} is used where it is not defined`);
      lo += k * (k > 0 ? range.lo : range.hi);
      hi += k * (k > 0 ? range.hi : range.lo);
    }
    return { lo, hi };
  }

  private fitting(range: Range, what: string): Range {
    if (range.lo >= -(2 ** 31) && range.hi < 2 ** 31) return range;
    throw new RangeError(
      `kernel "${this.kernel}": ${what} ranges over ${range.lo} .. ${range.hi}; on this target indices have 32 bits`,
    );
  }

  private walk(body: readonly Stmt[]): void {
    for (const s of body) {
      if (s.k === 'loop') {
        const begin = this.fitting(this.of(s.begin), 'the begin of a loop');
        const end = this.of(s.end);
        this.fitting({ lo: end.lo, hi: end.hi - 1 + s.step }, 'the end of a loop');
        this.byIndex.set(s.index, { lo: begin.lo, hi: Math.max(begin.lo, end.hi - 1) });
        this.walk(s.body);
      } else if (s.k === 'if') {
        this.fitting(this.of(s.value), 'the value of an if');
        this.walk(s.then);
        this.walk(s.otherwise);
      } else if (s.k === 'index') {
        this.byIndex.set(s.id, this.derived(s));
      } else if (s.k === 'loadIndex') {
        this.byIndex.set(s.id, this.fitting({ lo: s.lo, hi: s.hi }, 'a loaded index'));
      }
    }
  }

  private derived(s: IndexStmt): Range {
    const a = this.fitting(this.of(s.a), `the operand of ${s.op}`);
    if (s.op === 'div') return { lo: Math.floor(a.lo / s.b), hi: Math.floor(a.hi / s.b) };
    if (s.op === 'mod') return a.lo >= 0 && a.hi < s.b ? a : { lo: 0, hi: s.b - 1 };
    if (typeof s.b === 'number') throw new Error(`kernel "${this.kernel}": ${s.op} takes an affine second operand`);
    const b = this.fitting(this.of(s.b), `the operand of ${s.op}`);
    const pick = s.op === 'min' ? Math.min : Math.max;
    return { lo: pick(a.lo, b.lo), hi: pick(a.hi, b.hi) };
  }
}
