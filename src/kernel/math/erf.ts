import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';
import { polynomial, signBit, withSign } from './parts.ts';

/** erf a = a + a E(a^2) for a <= 1, minimax: relative error 2^-29.4. */
const SMALL = [
  0.128379166, -0.37612626, 0.112835787, -0.0268533472, 0.0051871622, -0.00079978531, 7.80690389e-5,
] as const;
/** erf a around CENTER for a in 1 .. END, minimax: error 2^-24. */
const LARGE = [
  0.999433517, 0.00296571874, -0.0072313752, 0.0107591897, -0.0106862467, 0.00720361434, -0.00304326811, 0.000384471932,
  0.0004655745, -0.000311564829, 3.97306212e-5, 2.76786268e-5, -8.25526604e-6,
] as const;
const CENTER = 2.4375;
/** Above, erf is 1 in float32. */
const END = 3.92;

/** The error function. */
export function erf(b: KernelBuilder, x: ValueId): ValueId {
  const a = b.op('mins', b.float(END), b.op('abs', x));
  const small = b.mulAdd(a, polynomial(b, b.op('mul', a, a), SMALL), a);
  const large = polynomial(b, b.op('sub', a, b.float(CENTER)), LARGE);
  return withSign(b, b.op('select', b.op('lt', a, b.float(1)), small, large), signBit(b, x));
}
