import { type DType, isHalf } from '../../graph/dtype.ts';
import type { Node, Primitive } from '../../graph/node.ts';
import type { KernelBuilder } from '../../kernel/builder.ts';
import type { CompareF32, CompareI32, OpName, ValueId, VType } from '../../kernel/ir.ts';
import * as math from '../../kernel/math/index.ts';

/** Writes one pointwise primitive at a point, given its operands' values there. */
type Rule = (b: KernelBuilder, args: readonly ValueId[], node: Node) => ValueId;

/** How an element of a dtype is held in a register: uint8 and the bits of bfloat16 and float16 as int32, bool as a mask. */
export function registerType(dtype: DType): VType {
  if (dtype === 'float32') return 'f32';
  return dtype === 'bool' ? 'mask' : 'i32';
}

const one =
  (f: OpName): Rule =>
  (b, [x]) =>
    b.op(f, x!);

/** The operation of the operands' register type. */
const by =
  (table: { f32?: OpName; i32?: OpName; mask?: OpName }): Rule =>
  (b, args) =>
    b.op(table[b.typeOf(args[0]!)]!, ...args);

const compare =
  (f32: CompareF32, i32: CompareI32): Rule =>
  (b, [x, y]) => {
    if (b.typeOf(x!) === 'mask') return b.op('mnot', b.op('mxor', x!, y!));
    return b.op(b.typeOf(x!) === 'f32' ? f32 : i32, x!, y!);
  };

function cast(b: KernelBuilder, x: ValueId, from: DType, to: DType): ValueId {
  if (from === to) return x;
  if (isHalf(from)) {
    const value = from === 'bfloat16' ? math.fromBfloat16(b, x) : math.fromFloat16(b, x);
    return cast(b, value, 'float32', to);
  }
  if (isHalf(to)) {
    const value = cast(b, x, from, 'float32');
    return to === 'bfloat16' ? math.toBfloat16(b, value) : math.toFloat16(b, value);
  }
  if (from === 'bool') {
    if (to === 'float32') return b.op('select', x, b.float(1), b.float(0));
    return b.op('iselect', x, b.int(1), b.int(0));
  }
  if (to === 'bool') return from === 'float32' ? b.op('ne', x, b.float(0)) : b.op('mnot', b.op('ieq', x, b.int(0)));
  if (to === 'float32') return b.op('i2f', x);
  const whole = from === 'float32' ? math.floatToInt(b, x) : x;
  return to === 'uint8' ? b.op('iand', whole, b.int(255)) : whole;
}

function negate(b: KernelBuilder, x: ValueId): ValueId {
  return b.typeOf(x) === 'f32' ? b.op('neg', x) : b.op('isub', b.int(0), x);
}

/** The pointwise primitives; `randomBits` needs its place and stands in the emitter. */
export const POINTWISE: { readonly [P in Primitive]?: Rule } = {
  neg: (b, [x]) => negate(b, x!),
  abs: (b, [x]) => (b.typeOf(x!) === 'f32' ? b.op('abs', x!) : b.op('imax', x!, negate(b, x!))),
  sign: (b, [x]) => {
    if (b.typeOf(x!) === 'f32') return math.sign(b, x!);
    return b.op('imax', b.int(-1), b.op('imin', b.int(1), x!));
  },
  floor: one('floor'),
  ceil: one('ceil'),
  round: one('round'),
  sqrt: one('sqrt'),
  exp: (b, [x]) => math.exp(b, x!),
  expm1: (b, [x]) => math.expm1(b, x!),
  log: (b, [x]) => math.log(b, x!),
  log1p: (b, [x]) => math.log1p(b, x!),
  sin: (b, [x]) => math.sin(b, x!),
  cos: (b, [x]) => math.cos(b, x!),
  atan: (b, [x]) => math.atan(b, x!),
  tanh: (b, [x]) => math.tanh(b, x!),
  sigmoid: (b, [x]) => math.sigmoid(b, x!),
  erf: (b, [x]) => math.erf(b, x!),
  not: (b, [x]) => (b.typeOf(x!) === 'mask' ? b.op('mnot', x!) : b.op('ixor', x!, b.int(-1))),
  cast: (b, [x], n) => cast(b, x!, n.inputs[0]!.dtype, n.dtype),
  bitcast: (b, [x], n) => {
    if (n.inputs[0]!.dtype === n.dtype) return x!;
    return b.op(n.dtype === 'int32' ? 'f2bits' : 'bits2f', x!);
  },
  pair: (b, [low, high]) => b.op('ior', low!, b.shift('ishlImm', high!, 16)),
  add: by({ f32: 'add', i32: 'iadd' }),
  sub: by({ f32: 'sub', i32: 'isub' }),
  mul: by({ f32: 'mul', i32: 'imul' }),
  div: one2('div'),
  pow: (b, [x, y]) => math.pow(b, x!, y!),
  max: (b, [x, y]) => (b.typeOf(x!) === 'f32' ? math.maximum(b, x!, y!) : b.op('imax', x!, y!)),
  min: (b, [x, y]) => (b.typeOf(x!) === 'f32' ? math.minimum(b, x!, y!) : b.op('imin', x!, y!)),
  and: by({ i32: 'iand', mask: 'mand' }),
  or: by({ i32: 'ior', mask: 'mor' }),
  xor: by({ i32: 'ixor', mask: 'mxor' }),
  shl: one2('ishl'),
  shr: one2('ishr'),
  eq: compare('eq', 'ieq'),
  lt: compare('lt', 'ilt'),
  le: (b, [x, y]) => (b.typeOf(x!) === 'f32' ? b.op('le', x!, y!) : b.op('mnot', b.op('ilt', y!, x!))),
  select: (b, [c, x, y]) => {
    const type = b.typeOf(x!);
    if (type === 'mask') return b.op('mor', b.op('mand', c!, x!), b.op('mand', b.op('mnot', c!), y!));
    return b.op(type === 'f32' ? 'select' : 'iselect', c!, x!, y!);
  },
};

function one2(f: OpName): Rule {
  return (b, [x, y]) => b.op(f, x!, y!);
}

/** Vector operations that a primitive takes, where that is not about one. */
const COST: { readonly [P in Primitive]?: number } = {
  randomBits: 56,
  exp: 14,
  expm1: 20,
  log: 22,
  log1p: 26,
  sin: 30,
  cos: 30,
  atan: 24,
  tanh: 22,
  sigmoid: 16,
  erf: 26,
  pow: 70,
};

/** Roughly the vector operations that a pointwise node takes. */
export function pointwiseCost(n: Node): number {
  if (n.op === 'cast' && (isHalf(n.dtype) || isHalf(n.inputs[0]!.dtype))) return 4;
  return COST[n.op] ?? 1;
}
