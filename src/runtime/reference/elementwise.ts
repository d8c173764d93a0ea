import type { DType } from '../../graph/dtype.ts';
import type { Attrs } from '../../graph/node.ts';
import { bitsToFloat, caster, erf, floatToBits, pow, roundEven } from './scalar.ts';
import type { Values } from './values.ts';

type Unary = (x: number) => number;
type Binary = (x: number, y: number) => number;

type UnaryOp =
  | ('neg' | 'abs' | 'sign' | 'floor' | 'ceil' | 'round' | 'sqrt' | 'exp' | 'log' | 'log1p' | 'expm1')
  | ('sin' | 'cos' | 'atan' | 'tanh' | 'sigmoid' | 'erf' | 'not');
type BinaryOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'max'
  | 'min'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'
  | CompareOp;
type CompareOp = 'eq' | 'lt' | 'le';

/** On doubles; the result is rounded where it is stored. */
const UNARY: { readonly [O in UnaryOp]: Unary } = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundEven,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sin: Math.sin,
  cos: Math.cos,
  atan: Math.atan,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  erf,
  not: (x) => ~x,
};

/** A shift count outside 0..31 shifts everything out. */
const inWord = (count: number) => count >= 0 && count < 32;

const BINARY: { readonly [O in BinaryOp]: Binary } = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  pow,
  max: (x, y) => Math.max(x, y),
  min: (x, y) => Math.min(x, y),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shl: (x, y) => (inWord(y) ? x << y : 0),
  shr: (x, y) => (inWord(y) ? x >>> y : 0),
  eq: (x, y) => (x === y ? 1 : 0),
  lt: (x, y) => (x < y ? 1 : 0),
  le: (x, y) => (x <= y ? 1 : 0),
};

/** Storing into an `Int32Array` wraps; only the product of two int32 needs more than a double holds. */
const binaryFor = (op: BinaryOp, dtype: DType): Binary => (op === 'mul' && dtype === 'int32' ? Math.imul : BINARY[op]);
const unaryFor = (op: UnaryOp, dtype: DType): Unary => (op === 'not' && dtype === 'bool' ? (x) => x ^ 1 : UNARY[op]);

export function isUnary(op: string): op is UnaryOp {
  return Object.hasOwn(UNARY, op);
}

export function isBinary(op: string): op is BinaryOp {
  return Object.hasOwn(BINARY, op);
}

export type { BinaryOp, UnaryOp };

export function evalUnary(op: UnaryOp, dtype: DType, x: Values, out: Values): void {
  const f = unaryFor(op, dtype);
  for (let i = 0; i < out.length; i++) out[i] = f(x[i]!);
}

export function evalBinary(op: BinaryOp, dtype: DType, x: Values, y: Values, out: Values): void {
  const f = binaryFor(op, dtype);
  for (let i = 0; i < out.length; i++) out[i] = f(x[i]!, y[i]!);
}

export function evalSelect(condition: Values, x: Values, y: Values, out: Values): void {
  for (let i = 0; i < out.length; i++) out[i] = condition[i] !== 0 ? x[i]! : y[i]!;
}

export function evalCast(from: DType, { dtype }: Attrs['cast'], x: Values, out: Values): void {
  // In double precision nothing is rounded.
  const f = out instanceof Float64Array ? (v: number) => v : caster(from, dtype);
  for (let i = 0; i < out.length; i++) out[i] = f(x[i]!);
}

export function evalBitcast(from: DType, { dtype }: Attrs['bitcast'], x: Values, out: Values): void {
  const f = from === dtype ? (v: number) => v : dtype === 'int32' ? floatToBits : bitsToFloat;
  for (let i = 0; i < out.length; i++) out[i] = f(x[i]!);
}
