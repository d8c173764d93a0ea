export { erf } from './erf.ts';
export { exp, expm1 } from './exp.ts';
export { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.ts';
export { sigmoid, tanh } from './hyperbolic.ts';
export { log, log1p } from './log.ts';
export { floatToInt, maximum, minimum, sign } from './minmax.ts';
export { pow } from './pow.ts';
export { threefry } from './random.ts';
export { atan, cos, sin } from './trigonometric.ts';
