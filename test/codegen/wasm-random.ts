import {
  type Affine,
  affine,
  type BufferParam,
  type Carry,
  type IndexId,
  type Kernel,
  type OpName,
  type Stmt,
  scale,
  sum,
  type ValueId,
  type VType,
} from '../../src/kernel/ir.ts';
import { OPS } from '../../src/kernel/ops.ts';
import type { Data } from './wasm-run.ts';

const LANES = 4;
const LENGTH = 150;
const BUFFERS: readonly BufferParam[] = [
  { name: 'f', mem: 'f32', access: 'r' },
  { name: 'fo', mem: 'f32', access: 'rw' },
  { name: 'i', mem: 'i32', access: 'r' },
  { name: 'io', mem: 'i32', access: 'rw' },
  { name: 'u', mem: 'u8', access: 'r' },
  { name: 'uo', mem: 'u8', access: 'rw' },
];
const SPECIAL = [0, -0, 1, -1, 0.5, 1.5, -2.5, 2 ** 31, -(2 ** 31), 1e30, 1e-40, Infinity, -Infinity, NaN];

interface Value {
  readonly id: ValueId;
  readonly type: VType;
  /** Its bits are the same everywhere: no NaN that an operation made. */
  readonly exact: boolean;
}
interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** Random kernels whose accesses are all inside of the buffers. */
export class RandomKernel {
  private readonly random: () => number;
  private readonly ops: readonly OpName[];
  private readonly ranges = new Map<IndexId, Range>();
  private nextValue = 0;
  private nextIndex = 1;
  private budget: number;

  constructor(random: () => number, size: number, fma: boolean) {
    this.random = random;
    this.budget = size;
    this.ops = (Object.keys(OPS) as OpName[]).filter((op) => op !== 'dot2' && (fma || (op !== 'fma' && op !== 'fnma')));
  }

  kernel(): Kernel {
    const domain = 1 + this.below(4);
    this.ranges.set(0, { lo: 0, hi: domain - 1 });
    const values: Value[] = [];
    const body = [...this.block(values, [0], 0), ...this.stores(values, [0], 4)];
    return { name: 'random', lanes: LANES, buffers: BUFFERS, domain, item: 0, body };
  }

  data(): Data[] {
    const float = () => (this.chance(0.2) ? this.pick(SPECIAL) : Math.fround((this.random() - 0.5) * 8));
    const int = () => (this.chance(0.5) ? this.below(40) - 4 : Math.floor((this.random() - 0.5) * 2 ** 32));
    return BUFFERS.map(({ mem }) => {
      if (mem === 'f32') return Float32Array.from({ length: LENGTH }, float);
      if (mem === 'i32') return Int32Array.from({ length: LENGTH }, int);
      return Uint8Array.from({ length: LENGTH }, () => this.below(256));
    });
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }
  private chance(p: number): boolean {
    return this.random() < p;
  }
  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  private rangeOf(a: Affine): Range {
    let [lo, hi] = [a.c, a.c];
    for (const [i, k] of a.terms) {
      const r = this.ranges.get(i)!;
      lo += Math.min(k * r.lo, k * r.hi);
      hi += Math.max(k * r.lo, k * r.hi);
    }
    return { lo, hi };
  }

  private expression(indices: readonly IndexId[]): Affine {
    const terms = Array.from({ length: this.below(4) }, () =>
      scale(affine(0, [this.pick(indices), 1]), this.pick([1, 1, 2, 3, 4, -1, -2])),
    );
    return sum([affine(this.below(9) - 4), ...terms]);
  }

  /** An expression within `[lo, hi]`: most terms survive because the ranges are small. */
  private within(indices: readonly IndexId[], lo: number, hi: number): Affine {
    for (let tries = 0; tries < 8; tries++) {
      const a = this.expression(indices);
      const r = this.rangeOf(a);
      if (r.hi - r.lo > hi - lo) continue;
      return { c: a.c - r.lo + lo + this.below(hi - lo - (r.hi - r.lo) + 1), terms: a.terms };
    }
    return affine(lo + this.below(hi - lo + 1));
  }

  private block(values: Value[], indices: IndexId[], depth: number): Stmt[] {
    const out: Stmt[] = [];
    const length = 2 + this.below(8);
    for (let n = 0; n < length && this.budget > 0; n++) {
      this.budget--;
      const kind = this.random();
      if (kind < 0.12 && depth < 3) out.push(...this.loop(values, indices, depth));
      else if (kind < 0.18 && depth < 3) out.push(this.branch(values, indices, depth));
      else if (kind < 0.28) out.push(this.index(indices));
      else if (kind < 0.36) out.push(...this.stores(values, indices, 1));
      else if (kind < 0.6) out.push(...this.source(values, indices));
      else out.push(...this.op(values));
    }
    return out;
  }

  private define(values: Value[], type: VType, exact = false): ValueId {
    const id = this.nextValue++;
    values.push({ id, type, exact });
    return id;
  }

  /** A value of the type, made up if there is none. */
  private value(values: Value[], type: VType, out: Stmt[], exact = false): ValueId {
    const fitting = values.filter((v) => v.type === type && (v.exact || !exact));
    if (fitting.length > 0 && this.chance(0.9)) return this.pick(fitting.slice(-6)).id;
    const value = type === 'f32' ? this.pick(SPECIAL) : type === 'mask' ? this.below(2) : this.below(70) - 2;
    const id = this.define(values, type, true);
    out.push({ k: 'const', id, type, value: Math.fround(value) });
    return id;
  }

  private span(): { count?: number; stride?: number; last: number; first: number } {
    const count = this.chance(0.4) ? 1 + this.below(LANES) : undefined;
    const stride = this.chance(0.25) ? this.pick([2, 3, 5, 1]) : undefined;
    return {
      ...(count && { count }),
      ...(stride && { stride }),
      first: 0,
      last: ((count ?? LANES) - 1) * (stride ?? 1),
    };
  }

  private source(values: Value[], indices: IndexId[]): Stmt[] {
    const kind = this.random();
    const splat = { k: 'splatIndex', at: this.expression(indices) } as const;
    if (kind < 0.1) return [{ k: 'iota', id: this.define(values, 'i32', true) }];
    if (kind < 0.2) return [{ ...splat, id: this.define(values, 'i32', true) }];
    const buf = this.below(BUFFERS.length);
    const { mem, access } = BUFFERS[buf]!;
    const type = mem === 'f32' ? 'f32' : 'i32';
    const exact = type === 'i32' || access === 'r';
    if (kind < 0.35) {
      const at = this.within(indices, 0, LENGTH - 1);
      return [{ k: 'load', id: this.define(values, type, exact), type, buf, at, splat: true }];
    }
    if (kind < 0.5) return this.gather(values, indices, buf, type, exact);
    const { first: _, last, ...span } = this.span();
    const at = this.within(indices, 0, LENGTH - 1 - last);
    return [{ k: 'load', id: this.define(values, type, exact), type, buf, at, ...span }];
  }

  private gather(values: Value[], indices: IndexId[], buf: number, type: 'f32' | 'i32', exact: boolean): Stmt[] {
    const out: Stmt[] = [];
    const raw = this.value(values, 'i32', out);
    const [low, high] = [-this.below(20), this.below(40)];
    const constant = (value: number): ValueId => {
      const id = this.define(values, 'i32', true);
      out.push({ k: 'const', id, type: 'i32', value });
      return id;
    };
    const [lo, hi] = [constant(low), constant(high)];
    const above = this.define(values, 'i32', true);
    out.push({ k: 'op', id: above, type: 'i32', op: 'imax', args: [raw, lo] });
    const clamped = this.define(values, 'i32', true);
    out.push({ k: 'op', id: clamped, type: 'i32', op: 'imin', args: [above, hi] });
    const at = this.within(indices, -low, LENGTH - 1 - high);
    const count = this.chance(0.5) ? { count: 1 + this.below(LANES) } : {};
    out.push({ k: 'gather', id: this.define(values, type, exact), type, buf, at, indices: clamped, ...count });
    return out;
  }

  private stores(values: Value[], indices: IndexId[], count: number): Stmt[] {
    const out: Stmt[] = [];
    for (let n = 0; n < count; n++) {
      const buf = this.pick([1, 3, 5]);
      const type = BUFFERS[buf]!.mem === 'f32' ? 'f32' : 'i32';
      const value = this.value(values, type, out);
      const { first: _, last, ...span } = this.span();
      out.push({ k: 'store', value, type, buf, at: this.within(indices, 0, LENGTH - 1 - last), ...span });
    }
    return out;
  }

  private op(values: Value[]): Stmt[] {
    const op = this.pick(this.ops);
    const { args: types, result } = OPS[op];
    const out: Stmt[] = [];
    const args = types.map((t) => this.value(values, t, out, op === 'f2bits'));
    const imm = op.endsWith('Imm') ? { imm: this.below(32) } : {};
    const pattern = op.endsWith('shuffle')
      ? { pattern: Array.from({ length: LANES }, () => this.below(2 * LANES)) }
      : {};
    const id = this.define(values, result, result !== 'f32');
    out.push({ k: 'op', id, type: result, op, args, ...imm, ...pattern });
    return out;
  }

  private index(indices: IndexId[]): Stmt {
    const a = this.expression(indices);
    const r = this.rangeOf(a);
    const id = this.nextIndex++;
    const kind = this.below(5);
    const b = this.pick([1, 2, 3, 4, 7]);
    const other = this.expression(indices);
    const s = this.rangeOf(other);
    indices.push(id);
    if (kind === 0) {
      this.ranges.set(id, { lo: Math.floor(r.lo / b), hi: Math.floor(r.hi / b) });
      return { k: 'index', id, op: 'div', a, b };
    }
    if (kind === 1) {
      this.ranges.set(id, { lo: 0, hi: b - 1 });
      return { k: 'index', id, op: 'mod', a, b };
    }
    if (kind === 2) {
      const [lo, hi] = [-this.below(4), this.below(9)];
      this.ranges.set(id, { lo, hi });
      return {
        k: 'loadIndex',
        id,
        buf: this.pick([2, 3]),
        at: this.within(indices.slice(0, -1), 0, LENGTH - 1),
        lo,
        hi,
      };
    }
    const op = kind === 3 ? 'min' : 'max';
    this.ranges.set(id, { lo: Math[op](r.lo, s.lo), hi: Math[op](r.hi, s.hi) });
    return { k: 'index', id, op, a, b: other };
  }

  private branch(values: Value[], indices: IndexId[], depth: number): Stmt {
    const value = this.expression(indices);
    const rel = this.pick(['lt', 'ge', 'eq'] as const);
    const side = (): Stmt[] => {
      const [v, i] = [[...values], [...indices]];
      return [...this.block(v, i, depth + 1), ...this.stores(v, i, 1)];
    };
    return { k: 'if', value, rel, then: side(), otherwise: this.chance(0.5) ? side() : [] };
  }

  private loop(values: Value[], indices: IndexId[], depth: number): Stmt[] {
    const before: Stmt[] = [];
    const begin = this.expression(indices);
    const end = sum([begin, this.chance(0.5) ? affine(this.below(6) - 1) : this.expression(indices)]);
    // Long loops would make addresses that do not fit.
    const bounded = this.rangeOf(sum([end, scale(begin, -1)])).hi > 6 ? sum([begin, affine(3)]) : end;
    const index = this.nextIndex++;
    const start = this.rangeOf(begin);
    this.ranges.set(index, { lo: start.lo, hi: Math.max(start.lo, this.rangeOf(bounded).hi - 1) });
    const carried = Array.from({ length: this.below(4) }, () => {
      const type = this.pick(['f32', 'i32', 'mask', 'f32'] as const);
      return { type, init: this.value(values, type, before) };
    });
    const inner = [...values];
    const phis = carried.map(({ type }) => this.define(inner, type, type !== 'f32'));
    const innerIndices = [...indices, index];
    const body = this.block(inner, innerIndices, depth + 1);
    const nexts = carried.map(({ type }) => this.value(inner, type, body));
    const carry: Carry[] = carried.map(({ type, init }, i) => {
      const out = this.define(values, type, type !== 'f32');
      return { type, init, phi: phis[i]!, next: nexts[i]!, out };
    });
    const step = 1 + this.below(3);
    return [...before, { k: 'loop', index, begin, end: bounded, step, carry, body }];
  }
}

/** A generator of numbers in [0, 1) from a seed (splitmix32). */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
