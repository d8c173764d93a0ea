import type { OpName, OpStmt } from '../../kernel/ir.ts';
import { fma32 } from './fma.ts';
import { bitsToFloat, roundEven } from './scalar.ts';

/** A value of the loop IR: the lanes as float32 and, in the same memory, as int32. Masks are 0 or 1 in `i`. */
export interface Lanes {
  readonly f: Float32Array;
  readonly i: Int32Array;
}

export function makeLanes(count: number): Lanes {
  const f = new Float32Array(count);
  return { f, i: new Int32Array(f.buffer) };
}

type Run = (out: Lanes, a: Lanes, b: Lanes, c: Lanes) => void;
type LaneOp = (stmt: OpStmt) => Run;

/** float32 results: an operation of doubles, rounded by being stored; this is exact for + - * / and sqrt. */
const floats =
  (f: (a: number, b: number, c: number) => number): LaneOp =>
  () =>
  (out, a, b, c) => {
    for (let k = 0; k < out.f.length; k++) out.f[k] = f(a.f[k]!, b.f[k]!, c.f[k]!);
  };
/** Truth values of float32 operands. */
const compare =
  (f: (a: number, b: number) => boolean): LaneOp =>
  () =>
  (out, a, b) => {
    for (let k = 0; k < out.i.length; k++) out.i[k] = f(a.f[k]!, b.f[k]!) ? 1 : 0;
  };
/** int32 results of float32 operands. */
const toInts =
  (f: (a: number) => number): LaneOp =>
  () =>
  (out, a) => {
    for (let k = 0; k < out.i.length; k++) out.i[k] = f(a.f[k]!);
  };
/** int32 operands and results, truth values, and whatever moves bits. */
const ints =
  (f: (a: number, b: number, c: number) => number): LaneOp =>
  () =>
  (out, a, b, c) => {
    for (let k = 0; k < out.i.length; k++) out.i[k] = f(a.i[k]!, b.i[k]!, c.i[k]!);
  };
const shiftBy =
  (f: (a: number, count: number) => number): LaneOp =>
  ({ imm }) =>
  (out, a) => {
    for (let k = 0; k < out.i.length; k++) out.i[k] = f(a.i[k]!, imm!);
  };
/** Which of two float32 operands is taken, with its bits. */
const choose =
  (first: (a: number, b: number) => boolean): LaneOp =>
  () =>
  (out, a, b) => {
    for (let k = 0; k < out.i.length; k++) out.i[k] = first(a.f[k]!, b.f[k]!) ? a.i[k]! : b.i[k]!;
  };
const shuffle: LaneOp =
  ({ pattern }) =>
  (out, a, b) => {
    pattern!.forEach((p, k) => {
      out.i[k] = p < out.i.length ? a.i[p]! : b.i[p - out.i.length]!;
    });
  };

/** A float32, denormals as 0. */
const whole = (x: number) => (Math.abs(Math.fround(x)) < 2 ** -126 ? x * 0 : Math.fround(x));

const inWord = (count: number) => count >= 0 && count < 32;
const SIGN = -0x80000000;
/** To int32; the least one where it does not fit or is NaN, as x86 has it. */
const orLeast = (x: number) => (x >= -2147483648 && x <= 2147483647 ? x : SIGN);

/** The meaning of every operation; `kernel/ops.ts` says it in words. Operands and results share no memory. */
export const LANE_OPS: { readonly [O in OpName]: LaneOp } = {
  neg: ints((a) => a ^ SIGN),
  abs: ints((a) => a & ~SIGN),
  sqrt: floats(Math.sqrt),
  floor: floats(Math.floor),
  ceil: floats(Math.ceil),
  trunc: floats(Math.trunc),
  round: floats(roundEven),
  add: floats((a, b) => a + b),
  sub: floats((a, b) => a - b),
  mul: floats((a, b) => a * b),
  div: floats((a, b) => a / b),
  mins: choose((a, b) => a < b),
  maxs: choose((a, b) => a > b),
  fma: floats(fma32),
  fnma: floats((a, b, c) => fma32(-a, b, c)),
  eq: compare((a, b) => a === b),
  ne: compare((a, b) => a !== b),
  lt: compare((a, b) => a < b),
  le: compare((a, b) => a <= b),
  unord: compare((a, b) => Number.isNaN(a) || Number.isNaN(b)),
  iadd: ints((a, b) => a + b),
  isub: ints((a, b) => a - b),
  imul: ints(Math.imul),
  imin: ints(Math.min),
  imax: ints(Math.max),
  iand: ints((a, b) => a & b),
  ior: ints((a, b) => a | b),
  ixor: ints((a, b) => a ^ b),
  ishl: ints((a, b) => (inWord(b) ? a << b : 0)),
  ishr: ints((a, b) => (inWord(b) ? a >>> b : 0)),
  isar: ints((a, b) => a >> (inWord(b) ? b : 31)),
  ishlImm: shiftBy((a, n) => a << n),
  ishrImm: shiftBy((a, n) => a >>> n),
  isarImm: shiftBy((a, n) => a >> n),
  irotlImm: shiftBy((a, n) => (a << n) | (n === 0 ? 0 : a >>> (32 - n))),
  ieq: ints((a, b) => (a === b ? 1 : 0)),
  ilt: ints((a, b) => (a < b ? 1 : 0)),
  iltu: ints((a, b) => (a >>> 0 < b >>> 0 ? 1 : 0)),
  mand: ints((a, b) => a & b),
  mor: ints((a, b) => a | b),
  mxor: ints((a, b) => a ^ b),
  mnot: ints((a) => a ^ 1),
  i2f: () => (out, a) => {
    for (let k = 0; k < out.f.length; k++) out.f[k] = a.i[k]!;
  },
  f2i: toInts((a) => orLeast(Math.trunc(a))),
  f2iRound: toInts((a) => orLeast(roundEven(a))),
  f2bits: ints((a) => a),
  bits2f: ints((a) => a),
  dot2: () => (out, a, b, c) => {
    for (let k = 0; k < out.f.length; k++) {
      const [x, y] = [a.i[k]!, b.i[k]!];
      const upper = whole(c.f[k]! + whole(bitsToFloat(x & ~0xffff)) * whole(bitsToFloat(y & ~0xffff)));
      out.f[k] = whole(upper + whole(bitsToFloat(x << 16)) * whole(bitsToFloat(y << 16)));
    }
  },
  select: ints((m, a, b) => (m === 1 ? a : b)),
  iselect: ints((m, a, b) => (m === 1 ? a : b)),
  shuffle,
  ishuffle: shuffle,
};
