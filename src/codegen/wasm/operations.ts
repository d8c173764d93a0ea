import type { InstructionName } from '../../asm/wasm/instructions.ts';
import type { OpName, OpStmt, ValueId } from '../../kernel/ir.ts';
import type { Constant, Context } from './context.ts';
import { LANES, type WasmOptions } from './options.ts';

/** Instructions without immediates. */
type Plain = Extract<
  InstructionName,
  | `f32x4.${string}`
  | `i32x4.${'add' | 'sub' | 'mul' | 'min_s' | 'max_s' | 'eq' | 'lt_s' | 'lt_u' | 'convert'}`
  | `v128.${'and' | 'or' | 'xor' | 'not'}`
>;

/** One instruction, operands pushed in the order given by `order` (default: as they are). */
interface Direct {
  readonly name: Exclude<Plain, `${string}lane`>;
  readonly order?: readonly number[];
}

const SWAPPED = [1, 0];

const DIRECT: { readonly [O in OpName]?: Direct } = {
  neg: { name: 'f32x4.neg' },
  abs: { name: 'f32x4.abs' },
  sqrt: { name: 'f32x4.sqrt' },
  floor: { name: 'f32x4.floor' },
  ceil: { name: 'f32x4.ceil' },
  trunc: { name: 'f32x4.trunc' },
  round: { name: 'f32x4.nearest' },
  add: { name: 'f32x4.add' },
  sub: { name: 'f32x4.sub' },
  mul: { name: 'f32x4.mul' },
  div: { name: 'f32x4.div' },
  // pmin(x, y) = y < x ? y : x
  mins: { name: 'f32x4.pmin', order: SWAPPED },
  // pmax(x, y) = x < y ? y : x
  maxs: { name: 'f32x4.pmax', order: SWAPPED },
  eq: { name: 'f32x4.eq' },
  ne: { name: 'f32x4.ne' },
  lt: { name: 'f32x4.lt' },
  le: { name: 'f32x4.le' },
  iadd: { name: 'i32x4.add' },
  isub: { name: 'i32x4.sub' },
  imul: { name: 'i32x4.mul' },
  imin: { name: 'i32x4.min_s' },
  imax: { name: 'i32x4.max_s' },
  iand: { name: 'v128.and' },
  ior: { name: 'v128.or' },
  ixor: { name: 'v128.xor' },
  ieq: { name: 'i32x4.eq' },
  ilt: { name: 'i32x4.lt_s' },
  iltu: { name: 'i32x4.lt_u' },
  mand: { name: 'v128.and' },
  mor: { name: 'v128.or' },
  mxor: { name: 'v128.xor' },
  mnot: { name: 'v128.not' },
  i2f: { name: 'f32x4.convert_i32x4_s' },
};

const TWO_31: Constant = { type: 'f32', value: 2 ** 31 };
const INT_MIN: Constant = { type: 'i32', value: -(2 ** 31) };
const C31: Constant = { type: 'i32', value: 31 };
const C32: Constant = { type: 'i32', value: 32 };

/** Constants that the code of an operation pushes. */
export function constantsOf(op: OpName, options: WasmOptions): readonly Constant[] {
  if (op === 'f2i' || op === 'f2iRound') return options.truncGivesMin ? [] : [TWO_31, INT_MIN];
  if (op === 'ishl' || op === 'ishr') return [C32];
  return op === 'isar' ? [C31] : [];
}

/** Pushes the result of an operation. */
export function emitOperation(x: Context, s: OpStmt): void {
  const direct = DIRECT[s.op];
  if (direct) {
    for (const i of direct.order ?? s.args.keys()) x.value(s.args[i]!);
    x.f.emit(direct.name);
    return;
  }
  const [a, b, c] = s.args as [ValueId, ValueId, ValueId];
  switch (s.op) {
    case 'fma':
    case 'fnma':
      multiplyAdd(x, s.op, a, b, c);
      return;
    case 'unord':
      x.value(a);
      x.value(a);
      x.f.emit('f32x4.ne');
      if (a === b) return;
      x.value(b);
      x.value(b);
      x.f.emit('f32x4.ne').emit('v128.or');
      return;
    case 'ishl':
    case 'ishr':
    case 'isar':
      shiftByLane(x, s.op, a, b);
      return;
    case 'ishlImm':
    case 'ishrImm':
    case 'isarImm':
    case 'irotlImm':
      shiftByImmediate(x, s, a);
      return;
    case 'f2i':
      truncate(x, () => x.value(a));
      return;
    case 'f2iRound':
      roundToInt(x, a);
      return;
    case 'f2bits':
    case 'bits2f':
      x.value(a);
      return;
    case 'select':
    case 'iselect':
      x.value(b);
      x.value(c);
      x.value(a);
      x.f.emit(x.options.relaxed ? 'i32x4.relaxed_laneselect' : 'v128.bitselect');
      return;
    case 'shuffle':
    case 'ishuffle':
      x.value(a);
      x.value(b);
      x.f.emit('i8x16.shuffle', bytePattern(x, s));
      return;
    default:
      throw new Error(`kernel "${x.kernel.name}": no code for operation ${s.op}`);
  }
}

function multiplyAdd(x: Context, op: 'fma' | 'fnma', a: ValueId, b: ValueId, c: ValueId): void {
  if (!x.options.relaxed) {
    throw new Error(
      `kernel "${x.kernel.name}": operation ${op} needs a fused multiply-add, which this engine lacks or strict mode ` +
        'forbids; lower with facts.fma = false',
    );
  }
  for (const id of [a, b, c]) x.value(id);
  x.f.emit(op === 'fma' ? 'f32x4.relaxed_madd' : 'f32x4.relaxed_nmadd');
}

/** There is no shift by different counts; scalar shifts take the count modulo 32. */
function shiftByLane(x: Context, op: 'ishl' | 'ishr' | 'isar', a: ValueId, count: ValueId): void {
  const { f } = x;
  const clamped = op === 'isar' ? x.scratch() : undefined;
  if (clamped !== undefined) {
    x.value(count);
    x.constant(C31);
    f.emit('i32x4.min_u').set(clamped);
  }
  x.value(a);
  for (let lane = 0; lane < LANES; lane++) {
    x.value(a);
    f.emit('i32x4.extract_lane', lane);
    if (clamped !== undefined) f.get(clamped);
    else x.value(count);
    f.emit('i32x4.extract_lane', lane);
    f.emit(op === 'ishl' ? 'i32.shl' : op === 'ishr' ? 'i32.shr_u' : 'i32.shr_s').emit('i32x4.replace_lane', lane);
  }
  if (clamped !== undefined) return;
  x.value(count);
  x.constant(C32);
  f.emit('i32x4.lt_u').emit('v128.and');
}

function shiftByImmediate(x: Context, s: OpStmt, a: ValueId): void {
  const { f } = x;
  const count = s.imm ?? -1;
  if (!(Number.isInteger(count) && count >= 0 && count < 32)) {
    throw new Error(`kernel "${x.kernel.name}": ${s.op} takes a shift count 0 .. 31, got ${s.imm}`);
  }
  x.value(a);
  if (count === 0) return;
  f.emit('i32.const', count);
  f.emit(s.op === 'ishrImm' ? 'i32x4.shr_u' : s.op === 'isarImm' ? 'i32x4.shr_s' : 'i32x4.shl');
  if (s.op !== 'irotlImm') return;
  x.value(a);
  f.emit('i32.const', 32 - count)
    .emit('i32x4.shr_u')
    .emit('v128.or');
}

/** `trunc_sat` gives 2^31 - 1 for what is too large and 0 for NaN: both are exactly where `a < 2^31` is false. */
function truncate(x: Context, push: () => void): void {
  push();
  if (x.options.truncGivesMin) {
    x.f.emit('i32x4.relaxed_trunc_f32x4_s');
    return;
  }
  x.f.emit('i32x4.trunc_sat_f32x4_s');
  x.constant(INT_MIN);
  push();
  x.constant(TWO_31);
  x.f.emit('f32x4.lt').emit('v128.bitselect');
}

function roundToInt(x: Context, a: ValueId): void {
  x.value(a);
  x.f.emit('f32x4.nearest');
  if (x.options.truncGivesMin) {
    x.f.emit('i32x4.relaxed_trunc_f32x4_s');
    return;
  }
  const rounded = x.scratch();
  x.f.set(rounded);
  truncate(x, () => x.f.get(rounded));
}

function bytePattern(x: Context, s: OpStmt): readonly number[] {
  const pattern = s.pattern ?? [];
  if (pattern.length !== LANES || pattern.some((p) => !(Number.isInteger(p) && p >= 0 && p < 2 * LANES))) {
    throw new Error(`kernel "${x.kernel.name}": ${s.op} takes ${LANES} lanes below ${2 * LANES}, got [${pattern}]`);
  }
  return pattern.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]);
}
