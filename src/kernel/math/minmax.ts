import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';

/** The larger one; NaN where either is NaN. */
export function maximum(b: KernelBuilder, a: ValueId, c: ValueId): ValueId {
  return propagating(b, 'maxs', a, c);
}

/** The smaller one; NaN where either is NaN. */
export function minimum(b: KernelBuilder, a: ValueId, c: ValueId): ValueId {
  return propagating(b, 'mins', a, c);
}

/** `maxs` and `mins` give their second operand where either is NaN: only a NaN in the first one is lost. */
function propagating(b: KernelBuilder, op: 'maxs' | 'mins', a: ValueId, c: ValueId): ValueId {
  const known = b.constantOf(a);
  if (known !== undefined && !Number.isNaN(known)) return b.op(op, a, c);
  const other = b.constantOf(c);
  if (other !== undefined && !Number.isNaN(other)) return b.op(op, c, a);
  return b.op('select', b.op('unord', a, a), a, b.op(op, a, c));
}

/** -1, 0 or 1; zeros keep their sign, NaN stays. Multiplying twice by 2^100 takes the least denormal beyond 1. */
export function sign(b: KernelBuilder, x: ValueId): ValueId {
  const factor = b.float(2 ** 100);
  const far = b.op('mul', b.op('mul', x, factor), factor);
  return b.op('mins', b.float(1), b.op('maxs', b.float(-1), far));
}

/** float32 to int32 towards zero; what does not fit becomes the nearest int32, NaN becomes 0. */
export function floatToInt(b: KernelBuilder, x: ValueId): ValueId {
  const above = b.op('le', b.float(2 ** 31), x);
  const saturated = b.op('iselect', above, b.int(0x7fffffff), b.op('f2i', x));
  return b.op('iselect', b.op('unord', x, x), b.int(0), saturated);
}
