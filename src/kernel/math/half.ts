import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';

/**
 * Numbers of 16 bits, which are in the low bits of i32 lanes, as float32 and back: to nearest, ties to even; NaN stays NaN.
 * `graph/half.ts` says the same for the host.
 */

/** bfloat16 is the upper half of a float32. */
export function fromBfloat16(b: KernelBuilder, x: ValueId): ValueId {
  return b.op('bits2f', b.shift('ishlImm', x, 16));
}

export function toBfloat16(b: KernelBuilder, x: ValueId): ValueId {
  const bits = b.op('f2bits', x);
  const upper = b.shift('ishrImm', bits, 16);
  const odd = b.op('iand', upper, b.int(1));
  const near = b.shift('ishrImm', b.op('iadd', b.op('iadd', bits, b.int(0x7fff)), odd), 16);
  return b.op('iselect', b.op('unord', x, x), b.op('ior', upper, b.int(0x40)), near);
}

const INFINITY = 0x7f800000;
/** 127 - 15: the difference of the exponents' biases. */
const BIAS = 112 << 23;

/** Below 2^-14 a float16 is its fraction times 2^-24; infinity and NaN have all bits of the exponent here as there. */
export function fromFloat16(b: KernelBuilder, x: ValueId): ValueId {
  const sign = b.shift('ishlImm', b.op('iand', x, b.int(0x8000)), 16);
  const magnitude = b.op('iand', x, b.int(0x7fff));
  const wide = b.shift('ishlImm', magnitude, 13);
  const normal = b.op('iadd', wide, b.int(BIAS));
  const small = b.op('f2bits', b.op('mul', b.op('i2f', magnitude), b.float(2 ** -24)));
  const huge = b.op('ior', wide, b.int(INFINITY));
  const finite = b.op('iselect', b.op('ilt', magnitude, b.int(0x400)), small, normal);
  const value = b.op('iselect', b.op('ilt', b.int(0x7bff), magnitude), huge, finite);
  return b.op('bits2f', b.op('ior', value, sign));
}

/** Below 2^-14 float16 has steps of 2^-24, as float32 has at 1/2. */
export function toFloat16(b: KernelBuilder, x: ValueId): ValueId {
  const bits = b.op('f2bits', x);
  const sign = b.op('iand', b.shift('ishrImm', bits, 16), b.int(0x8000));
  const magnitude = b.op('iand', bits, b.int(0x7fffffff));
  const odd = b.op('iand', b.shift('ishrImm', magnitude, 13), b.int(1));
  const normal = b.shift('ishrImm', b.op('iadd', b.op('iadd', magnitude, b.int(0xfff - BIAS)), odd), 13);
  const half = b.float(0.5);
  const small = b.op('isub', b.op('f2bits', b.op('add', b.op('bits2f', magnitude), half)), b.op('f2bits', half));
  const huge = b.op('iselect', b.op('ilt', b.int(INFINITY), magnitude), b.int(0x7e00), b.int(0x7c00));
  const finite = b.op('iselect', b.op('ilt', magnitude, b.int(0x38800000)), small, normal);
  // From 65520 on the nearest is infinity.
  return b.op('ior', b.op('iselect', b.op('ilt', magnitude, b.int(0x477ff000)), finite, huge), sign);
}
