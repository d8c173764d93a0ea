/**
 * The loop IR: what a kernel is before it becomes instructions.
 *
 * A kernel is a function over buffers. Its body runs once for each item of a one-dimensional domain; items are
 * independent, so a range of them is what a thread is given. Inside are counted loops, values of `lanes` lanes in static
 * single assignment, and memory accesses whose addresses are affine in the index variables. A scalar is a vector
 * of which one lane is loaded or stored.
 *
 * The meaning of every statement is defined by `runtime/reference`; what is well formed by `spec.ts`.
 */

/**
 * How an element lies in memory. `u8` (uint8 and bool) and `u16` (the bits of bfloat16 and float16) are widened to i32 by a
 * load, with zeros, and cut by a store.
 */
export type MemType = 'f32' | 'i32' | 'u16' | 'u8';

/** Bytes of an element in memory. */
export const MEM_BYTES: { readonly [M in MemType]: 1 | 2 | 4 } = { f32: 4, i32: 4, u16: 2, u8: 1 };

/** The type of a value: `lanes` float32, `lanes` int32, or `lanes` truth values. */
export type VType = 'f32' | 'i32' | 'mask';

/** A value in static single assignment; unique in its kernel. */
export type ValueId = number;

/** An index variable (a 64-bit signed integer in a general register); unique in its kernel. */
export type IndexId = number;

/** `c + sum(coefficient * index)`, in elements (not bytes). Terms are sorted by index, without zero coefficients. */
export interface Affine {
  readonly c: number;
  readonly terms: readonly (readonly [index: IndexId, coefficient: number])[];
}

/** A buffer that the kernel is given. Buffers do not overlap, except that one buffer may be read and written. */
export interface BufferParam {
  readonly name: string;
  readonly mem: MemType;
  readonly access: 'r' | 'w' | 'rw';
}

/** A loop-carried value: `phi` is `init` in the first iteration, then `next` of the iteration before; `out` is the last. */
export interface Carry {
  readonly type: VType;
  readonly init: ValueId;
  readonly phi: ValueId;
  readonly next: ValueId;
  readonly out: ValueId;
}

/** Lane-wise operations, grouped by signature. Meaning in `ops.ts`, one line each. */
export type UnaryF32 = 'neg' | 'abs' | 'sqrt' | 'floor' | 'ceil' | 'trunc' | 'round';
export type BinaryF32 = 'add' | 'sub' | 'mul' | 'div' | 'mins' | 'maxs';
export type TernaryF32 = 'fma' | 'fnma';
export type CompareF32 = 'eq' | 'ne' | 'lt' | 'le' | 'unord';
export type BinaryI32 = 'iadd' | 'isub' | 'imul' | 'imin' | 'imax' | 'iand' | 'ior' | 'ixor' | 'ishl' | 'ishr' | 'isar';
/** The second operand is the immediate `imm` (a shift count 0..31). */
export type ShiftI32 = 'ishlImm' | 'ishrImm' | 'isarImm' | 'irotlImm';
export type CompareI32 = 'ieq' | 'ilt' | 'iltu';
export type MaskOp = 'mand' | 'mor' | 'mxor' | 'mnot';
export type Convert = 'i2f' | 'f2i' | 'f2iRound' | 'f2bits' | 'bits2f';
export type OpName =
  | UnaryF32
  | BinaryF32
  | TernaryF32
  | CompareF32
  | BinaryI32
  | ShiftI32
  | CompareI32
  | MaskOp
  | Convert
  | 'dot2'
  | 'select'
  | 'iselect'
  | 'shuffle'
  | 'ishuffle';

export type Stmt =
  | LoopStmt
  | IfStmt
  | IndexStmt
  | LoadIndexStmt
  | ConstStmt
  | IotaStmt
  | SplatIndexStmt
  | OpStmt
  | LoadStmt
  | GatherStmt
  | StoreStmt;

/** `for (index = begin; index < end; index += step)`; `step` is a positive constant. */
export interface LoopStmt {
  readonly k: 'loop';
  readonly index: IndexId;
  readonly begin: Affine;
  readonly end: Affine;
  readonly step: number;
  readonly carry: readonly Carry[];
  readonly body: readonly Stmt[];
}

/** Runs `then` where `value < 0` (`lt`), `>= 0` (`ge`) or `== 0` (`eq`), else `otherwise`. Gives no values. */
export interface IfStmt {
  readonly k: 'if';
  readonly value: Affine;
  readonly rel: 'lt' | 'ge' | 'eq';
  readonly then: readonly Stmt[];
  readonly otherwise: readonly Stmt[];
}

/** `div` and `mod` are floored and take a positive constant `b`; `min` and `max` an affine one. */
export type IndexStmt =
  | { readonly k: 'index'; readonly id: IndexId; readonly op: 'div' | 'mod'; readonly a: Affine; readonly b: number }
  | { readonly k: 'index'; readonly id: IndexId; readonly op: 'min' | 'max'; readonly a: Affine; readonly b: Affine };

/** An index read from memory and clamped into `[lo, hi]`, so that no data can lead out of a buffer. */
export interface LoadIndexStmt {
  readonly k: 'loadIndex';
  readonly id: IndexId;
  readonly buf: number;
  readonly at: Affine;
  readonly lo: number;
  readonly hi: number;
}

/** The same constant in all lanes. For `mask`, 0 or 1. */
export interface ConstStmt {
  readonly k: 'const';
  readonly id: ValueId;
  readonly type: VType;
  readonly value: number;
}

/** i32: 0, 1, 2 ... `lanes - 1`. */
export interface IotaStmt {
  readonly k: 'iota';
  readonly id: ValueId;
}

/** i32: the (low 32 bits of the) index expression in all lanes. */
export interface SplatIndexStmt {
  readonly k: 'splatIndex';
  readonly id: ValueId;
  readonly at: Affine;
}

export interface OpStmt {
  readonly k: 'op';
  readonly id: ValueId;
  readonly type: VType;
  readonly op: OpName;
  readonly args: readonly ValueId[];
  /** Shift count of the `Imm` operations. */
  readonly imm?: number;
  /** `shuffle`: lane i of the result is lane `pattern[i]` of the concatenation of both operands (0 .. 2*lanes-1). */
  readonly pattern?: readonly number[];
}

/**
 * Loads `count` lanes (default: all; the others become 0): lane i from element `at + i * stride` (default 1). With
 * `splat`, one element goes to all lanes. Never touches memory beyond the elements it names.
 */
export interface LoadStmt {
  readonly k: 'load';
  readonly id: ValueId;
  readonly type: 'f32' | 'i32';
  readonly buf: number;
  readonly at: Affine;
  readonly splat?: boolean;
  readonly count?: number;
  readonly stride?: number;
}

/** Lane i of the first `count` lanes from element `at + indices[i]`; the others become 0. The lowering clamps indices. */
export interface GatherStmt {
  readonly k: 'gather';
  readonly id: ValueId;
  readonly type: 'f32' | 'i32';
  readonly buf: number;
  readonly at: Affine;
  readonly indices: ValueId;
  readonly count?: number;
}

/** Stores the first `count` lanes (default: all) to elements `at + i * stride` (default 1). */
export interface StoreStmt {
  readonly k: 'store';
  readonly value: ValueId;
  readonly type: 'f32' | 'i32';
  readonly buf: number;
  readonly at: Affine;
  readonly count?: number;
  readonly stride?: number;
}

export interface Kernel {
  readonly name: string;
  /** Lanes of every value: 16, 8 or 4. */
  readonly lanes: number;
  readonly buffers: readonly BufferParam[];
  /** Number of items; the body sees one as `item`. */
  readonly domain: number;
  readonly item: IndexId;
  readonly body: readonly Stmt[];
}

/** Builds an affine expression. */
export function affine(c: number, ...terms: (readonly [IndexId, number])[]): Affine {
  return sum([{ c, terms: [] }, ...terms.map((t) => ({ c: 0, terms: t[1] === 0 ? [] : [t] }))]);
}

/** The sum of affine expressions. */
export function sum(parts: readonly Affine[]): Affine {
  let total: Affine = parts[0] ?? { c: 0, terms: [] };
  for (let i = 1; i < parts.length; i++) total = plus(total, parts[i]!);
  return total;
}

function plus(a: Affine, b: Affine): Affine {
  const c = a.c + b.c;
  if (b.terms.length === 0) return b.c === 0 ? a : { c, terms: a.terms };
  if (a.terms.length === 0) return { c, terms: b.terms };
  const terms: (readonly [IndexId, number])[] = [];
  let [i, j] = [0, 0];
  while (i < a.terms.length || j < b.terms.length) {
    const [s, t] = [a.terms[i], b.terms[j]];
    if (t === undefined || (s !== undefined && s[0] < t[0])) {
      terms.push(s!);
      i++;
    } else if (s === undefined || t[0] < s[0]) {
      terms.push(t);
      j++;
    } else {
      const k = s[1] + t[1];
      if (k !== 0) terms.push([s[0], k]);
      i++;
      j++;
    }
  }
  return { c, terms };
}

/** `a * factor`. */
export function scale(a: Affine, factor: number): Affine {
  if (factor === 1) return a;
  if (factor === 0) return { c: 0, terms: [] };
  return { c: a.c * factor, terms: a.terms.map(([i, k]) => [i, k * factor] as const) };
}
