import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';
import { expReduced, powerOfTwo, reduceExponent } from './exp.ts';
import { clamp, polynomial, signBit, withSign } from './parts.ts';

/** tanh a = a + a^3 T(a^2) for a < SMALL, minimax: relative error 2^-28.4. */
const TANH = [-0.333332986, 0.133319363, -0.0537847169, 0.0207986254, -0.00589796668] as const;
const SMALL = 0.6;
/** Above, tanh is 1 in float32. */
const LARGE = 9.5;

/** The hyperbolic tangent: a polynomial for small a = |x|, else 1 - 2 / (e^2a + 1). */
export function tanh(b: KernelBuilder, x: ValueId): ValueId {
  const a = b.op('mins', b.float(LARGE), b.op('abs', x));
  const square = b.op('mul', a, a);
  const small = b.mulAdd(b.op('mul', square, a), polynomial(b, square, TANH), a);
  const { n, r } = reduceExponent(b, b.op('add', a, a), 127);
  const sum = b.mulAdd(expReduced(b, r), powerOfTwo(b, n), b.float(1));
  const large = b.op('sub', b.float(1), b.op('div', b.float(2), sum));
  return withSign(b, b.op('select', b.op('lt', a, b.float(SMALL)), small, large), signBit(b, x));
}

/** What both parts of the sigmoid's fraction are multiplied by, so that e^-x does not overflow where the result is denormal. */
const SCALE = 24;

/** 1 / (1 + e^-x). */
export function sigmoid(b: KernelBuilder, x: ValueId): ValueId {
  const { n, r } = reduceExponent(b, clamp(b, b.op('neg', x), -70, 104), 127 - SCALE);
  const one = b.float(2 ** -SCALE);
  return b.op('div', one, b.mulAdd(expReduced(b, r), powerOfTwo(b, n), one));
}
