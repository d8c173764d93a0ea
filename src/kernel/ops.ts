import type { OpName, VType } from './ir.ts';

/** The signature of a lane-wise operation. */
export interface OpRow {
  readonly args: readonly VType[];
  readonly result: VType;
}

const f = (n: number, result: VType = 'f32'): OpRow => ({ args: Array(n).fill('f32'), result });
const i = (n: number, result: VType = 'i32'): OpRow => ({ args: Array(n).fill('i32'), result });
const m = (n: number): OpRow => ({ args: Array(n).fill('mask'), result: 'mask' });

/**
 * Every operation of the loop IR with its signature. float32 operations round once to nearest-even; denormals are kept.
 */
export const OPS: { readonly [O in OpName]: OpRow } = {
  neg: f(1), // flips the sign bit, NaN included
  abs: f(1), // clears the sign bit
  sqrt: f(1),
  floor: f(1),
  ceil: f(1),
  trunc: f(1),
  round: f(1), // to nearest, ties to even
  add: f(2),
  sub: f(2),
  mul: f(2),
  div: f(2),
  mins: f(2), // a < b ? a : b   (so b where either is NaN)
  maxs: f(2), // a > b ? a : b   (so b where either is NaN)
  fma: f(3), // a * b + c, rounded once; only where the target has it
  fnma: f(3), // c - a * b, rounded once; only where the target has it
  eq: f(2, 'mask'), // false where either is NaN
  ne: f(2, 'mask'), // true where either is NaN
  lt: f(2, 'mask'),
  le: f(2, 'mask'),
  unord: f(2, 'mask'), // true where either is NaN
  iadd: i(2), // wraps, as isub and imul do
  isub: i(2),
  imul: i(2), // the low 32 bits
  imin: i(2), // signed
  imax: i(2),
  iand: i(2),
  ior: i(2),
  ixor: i(2),
  ishl: i(2), // lane-wise counts; a count outside 0..31 gives 0 (isar: all sign bits)
  ishr: i(2), // logical
  isar: i(2), // arithmetic
  ishlImm: i(1),
  ishrImm: i(1),
  isarImm: i(1),
  irotlImm: i(1),
  ieq: i(2, 'mask'),
  ilt: i(2, 'mask'), // signed
  iltu: i(2, 'mask'), // unsigned
  mand: m(2),
  mor: m(2),
  mxor: m(2),
  mnot: m(1),
  i2f: { args: ['i32'], result: 'f32' }, // to nearest-even
  f2i: { args: ['f32'], result: 'i32' }, // towards zero; -2^31 where it does not fit or is NaN
  f2iRound: { args: ['f32'], result: 'i32' }, // to nearest-even; -2^31 where it does not fit or is NaN
  f2bits: { args: ['f32'], result: 'i32' },
  bits2f: { args: ['i32'], result: 'f32' },
  // c + a1 * b1 + a0 * b0, of pairs of bfloat16 in the upper (1) and lower (0) halves; denormals are 0, and the
  // sign of a sum that is 0 is not specified. Only where the target has it
  dot2: { args: ['i32', 'i32', 'f32'], result: 'f32' },
  select: { args: ['mask', 'f32', 'f32'], result: 'f32' }, // mask ? a : b
  iselect: { args: ['mask', 'i32', 'i32'], result: 'i32' },
  shuffle: f(2),
  ishuffle: i(2),
};
