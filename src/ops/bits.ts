import { node } from '../graph/build.ts';
import { bytesPerElement, type DType, isHalf } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { isinf, isnan, less, where } from './compare.ts';
import { castTo, wrap } from './core.ts';
import { absolute, alike, multiply, signBit } from './elementwise.ts';

const shl = (x: Node, by: number): Node => (by === 0 ? x : node('shl', [x, alike(by, x)], {}));
const shr = (x: Node, by: number): Node => (by === 0 ? x : node('shr', [x, alike(by, x)], {}));
const and = (x: Node, mask: number): Node => node('and', [x, alike(mask, x)], {});
const or = (x: Node, y: Node): Node => node('or', [x, y], {});
const asInt = (x: Node): Node => (x.dtype === 'int32' ? x : node('bitcast', [x], { dtype: 'int32' }));
const asFloat = (x: Node): Node => node('bitcast', [x], { dtype: 'float32' });

/** 2^112: float16 counts exponents from -15, float32 from -127. */
const REBASE = 2 ** 112;

/** The bits of each element as int32: those of the narrower types from 0 to 255, or to 65535. */
export function toBits(x: Node): Node {
  if (bytesPerElement(x.dtype) === 1) return castTo(x, 'int32');
  if (!isHalf(x.dtype)) return asInt(x);
  const wide = castTo(x, 'float32');
  if (x.dtype === 'bfloat16') return and(shr(asInt(wide), 16), 0xffff);
  const size = absolute(wrap(wide));
  const finite = shr(asInt(multiply(size, 1 / REBASE).node), 13);
  const magnitude = where(isnan(size), 0x7e00, where(isinf(size), 0x7c00, wrap(finite)));
  return or(magnitude.node, shl(castTo(signBit(wide), 'int32'), 15));
}

/** The elements of a type that have these bits. */
export function fromBits(bits: Node, dtype: DType): Node {
  if (bytesPerElement(dtype) === 1) return castTo(bits, dtype);
  if (dtype === 'int32') return bits;
  if (dtype === 'float32') return asFloat(bits);
  if (dtype === 'bfloat16') return castTo(asFloat(shl(bits, 16)), dtype);
  const magnitude = shl(and(bits, 0x7fff), 13);
  const finite = multiply(wrap(asFloat(magnitude)), REBASE);
  // An exponent of ones stands for infinity and NaN.
  const special = wrap(asFloat(or(magnitude, alike(0x7f800000, magnitude))));
  const size = where(less(wrap(and(bits, 0x7fff)), 0x7c00), finite, special);
  const signed = or(asInt(size.node), shl(and(bits, 0x8000), 16));
  return castTo(asFloat(signed), dtype);
}
