import { node } from '../graph/build.ts';
import { type DType, isFloating } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { checkDType, type Tensor, type TensorLike } from '../trace/index.ts';
import { alignShapes, castTo, commonType, floatType, lift, scalar, wide, wrap } from './core.ts';

type FloatUnary = 'sqrt' | 'exp' | 'log' | 'log1p' | 'expm1' | 'sin' | 'cos' | 'atan' | 'tanh' | 'erf';
type Arithmetic = 'add' | 'sub' | 'mul' | 'max' | 'min';

/** Two operands in one dtype and shape. */
function operands(op: string, a: TensorLike, b: TensorLike, dtype: DType): [Node, Node] {
  return alignShapes(op, [lift(a, dtype), lift(b, dtype)]) as [Node, Node];
}

function arithmetic(op: string, primitive: Arithmetic, a: TensorLike, b: TensorLike): Tensor {
  const dtype = commonType(a, b);
  return wrap(castTo(node(primitive, operands(op, a, b, wide(dtype)), {}), dtype));
}

const floatUnary = (primitive: FloatUnary, x: TensorLike): Tensor => wrap(node(primitive, [lift(x, 'float')], {}));

const rounding = (primitive: 'floor' | 'ceil' | 'round', x: TensorLike): Tensor =>
  wrap(node(primitive, [lift(x, 'float')], {}));

/** `x + y`, with NumPy's broadcasting; the result has the wider dtype (bool < uint8 < int32 < 16 bits < float32). */
export const add = (x: TensorLike, y: TensorLike): Tensor => arithmetic('add', 'add', x, y);
/** `x - y`, with broadcasting. */
export const subtract = (x: TensorLike, y: TensorLike): Tensor => arithmetic('subtract', 'sub', x, y);
/** `x * y`, with broadcasting. */
export const multiply = (x: TensorLike, y: TensorLike): Tensor => arithmetic('multiply', 'mul', x, y);
/** The larger of two, with broadcasting; NaN where either is NaN. */
export const maximum = (x: TensorLike, y: TensorLike): Tensor => arithmetic('maximum', 'max', x, y);
/** The smaller of two, with broadcasting; NaN where either is NaN. */
export const minimum = (x: TensorLike, y: TensorLike): Tensor => arithmetic('minimum', 'min', x, y);

/** `x / y`, with broadcasting; integers give float32. */
export function divide(x: TensorLike, y: TensorLike): Tensor {
  return wrap(node('div', operands('divide', x, y, floatType(x, y)), {}));
}
export const trueDivide = divide;

/** `x / y`, and 0 where `y` is 0 (with a gradient of 0 there). */
export function divideNoNan(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = operands('divideNoNan', x, y, floatType(x, y));
  const [zero, one] = [alike(0, b), alike(1, b)];
  const isZero = node('eq', [b, zero], {});
  return wrap(node('select', [isZero, zero, node('div', [a, node('select', [isZero, one, b], {})], {})], {}));
}

/** A constant of the dtype and shape of `x`. */
export function alike(value: number, x: Node): Node {
  return alignShapes('constant', [scalar(value, x.dtype), x])[0]!;
}

/** `-x`. */
export function negative(x: TensorLike): Tensor {
  const n = lift(x);
  return wrap(castTo(node('neg', [castTo(n, wide(n.dtype))], {}), n.dtype));
}

/** `|x|`. */
export function absolute(x: TensorLike): Tensor {
  const n = lift(x);
  return wrap(isFloating(n.dtype) || n.dtype === 'int32' ? node('abs', [n], {}) : n);
}
export const abs = absolute;

/** -1, 0 or 1, of the dtype of `x`; NaN for NaN. */
export function sign(x: TensorLike): Tensor {
  const n = lift(x);
  return wrap(castTo(node('sign', [castTo(n, wide(n.dtype))], {}), n.dtype));
}

/** The largest integer not above `x`, as a floating number. */
export const floor = (x: TensorLike): Tensor => rounding('floor', x);
/** The smallest integer not below `x`, as a floating number. */
export const ceil = (x: TensorLike): Tensor => rounding('ceil', x);

/** To the nearest value with `decimals` decimals, ties to the even one; of the dtype of `x`. */
export function round(x: TensorLike, decimals = 0): Tensor {
  const n = lift(x);
  if (!isFloating(n.dtype))
    return wrap(decimals < 0 ? castTo(round(wrap(castTo(n, 'float32')), decimals).node, n.dtype) : n);
  if (decimals === 0) return rounding('round', x);
  const scale = 10 ** Math.abs(decimals);
  return decimals > 0
    ? divide(rounding('round', multiply(lift32(x), scale)), scale)
    : multiply(rounding('round', divide(lift32(x), scale)), scale);
}

const lift32 = (x: TensorLike): Tensor => wrap(lift(x, 'float'));

/** Towards zero. */
export function trunc(x: TensorLike): Tensor {
  const n = lift(x);
  if (!isFloating(n.dtype)) return wrap(n);
  return wrap(node('select', [node('lt', [n, alike(0, n)], {}), node('ceil', [n], {}), node('floor', [n], {})], {}));
}

/** The square root. */
export const sqrt = (x: TensorLike): Tensor => floatUnary('sqrt', x);
/** `1 / sqrt(x)`. */
export const rsqrt = (x: TensorLike): Tensor => divide(1, sqrt(x));
/** `x * x`; int32 for bool. */
export function square(x: TensorLike): Tensor {
  const n = lift(x);
  const t = wrap(n.dtype === 'bool' ? castTo(n, 'int32') : n);
  return multiply(t, t);
}
/** `1 / x`. */
export const reciprocal = (x: TensorLike): Tensor => divide(1, x);
/** `e ** x`. */
export const exp = (x: TensorLike): Tensor => floatUnary('exp', x);
/** `2 ** x`. */
export const exp2 = (x: TensorLike): Tensor => exp(multiply(lift32(x), Math.LN2));
/** `e ** x - 1`, exact near 0. */
export const expm1 = (x: TensorLike): Tensor => floatUnary('expm1', x);
/** The natural logarithm. */
export const log = (x: TensorLike): Tensor => floatUnary('log', x);
/** `log(1 + x)`, exact near 0. */
export const log1p = (x: TensorLike): Tensor => floatUnary('log1p', x);
/** The logarithm of base 2. */
export const log2 = (x: TensorLike): Tensor => divide(log(x), Math.LN2);
/** The logarithm of base 10. */
export const log10 = (x: TensorLike): Tensor => divide(log(x), Math.LN10);

/** `log(exp(x) + exp(y))` without overflow: the larger one plus log1p(exp(-|x - y|)). */
export function logaddexp(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = operands('logaddexp', x, y, floatType(x, y));
  const gap = node('sub', [a, b], {});
  const soft = node('log1p', [node('exp', [node('neg', [node('abs', [gap], {})], {})], {})], {});
  // Equal infinities have a gap of NaN; their sum is the infinity itself (NaN operands come out of a + b).
  const sum = node('add', [a, b], {});
  return wrap(node('select', [node('eq', [gap, gap], {}), node('add', [node('max', [a, b], {}), soft], {}), sum], {}));
}

export const sin = (x: TensorLike): Tensor => floatUnary('sin', x);
export const cos = (x: TensorLike): Tensor => floatUnary('cos', x);
export const tan = (x: TensorLike): Tensor => divide(sin(x), cos(x));
export const arctan = (x: TensorLike): Tensor => floatUnary('atan', x);

/** asin x = atan2(x, sqrt((1 - x)(1 + x))). */
export function arcsin(x: TensorLike): Tensor {
  return arctan2(x, sqrt(multiply(subtract(1, lift32(x)), add(1, lift32(x)))));
}

/** acos x = atan2(sqrt((1 - x)(1 + x)), x). */
export function arccos(x: TensorLike): Tensor {
  return arctan2(sqrt(multiply(subtract(1, lift32(x)), add(1, lift32(x)))), x);
}

/** The angle of the point `(x, y)`, from -pi to pi; arctan2(y, x). */
export function arctan2(y: TensorLike, x: TensorLike): Tensor {
  const [b, a] = operands('arctan2', y, x, floatType(y, x));
  const [ab, aa] = [node('abs', [b], {}), node('abs', [a], {})];
  const [zero, one] = [alike(0, a), alike(1, a)];
  // The smaller by the larger keeps the quotient in [0, 1]; two zeros give 0, two infinities 1.
  const [low, high] = [node('min', [ab, aa], {}), node('max', [ab, aa], {})];
  const degenerate = node('eq', [low, high], {});
  const equal = node('select', [node('eq', [high, zero], {}), zero, one], {});
  const safe = node('select', [degenerate, one, high], {});
  const t = node('select', [degenerate, equal, node('div', [low, safe], {})], {});
  const base = node('atan', [t], {});
  const steep = node('select', [node('lt', [aa, ab], {}), node('sub', [alike(Math.PI / 2, a), base], {}), base], {});
  const left = node('select', [signBit(a), node('sub', [alike(Math.PI, a), steep], {}), steep], {});
  return wrap(node('select', [signBit(b), node('neg', [left], {}), left], {}));
}

/** True for negative numbers, -0 and negative NaNs. */
export function signBit(x: Node): Node {
  const bits = node('bitcast', [x], { dtype: 'int32' });
  return node('lt', [bits, alike(0, bits)], {});
}

export const tanh = (x: TensorLike): Tensor => floatUnary('tanh', x);

/** sinh x = (u + u / (u + 1)) / 2 with u = expm1 |x|; halved exponents keep large x finite as long as possible. */
export function sinh(x: TensorLike): Tensor {
  const t = lift32(x);
  const a = absolute(t);
  const u = expm1(a);
  const small = multiply(0.5, add(u, divide(u, add(u, 1))));
  const half = exp(multiply(a, 0.5));
  const large = multiply(multiply(0.5, half), half);
  const magnitude = wrap(node('select', [node('lt', [a.node, alike(20, a.node)], {}), small.node, large.node], {}));
  return wrap(node('select', [signBit(t.node), negative(magnitude).node, magnitude.node], {}));
}

/** cosh x = (h * h + 1 / (h * h)) / 2 with h = exp(|x| / 2), so that only a result beyond float32 overflows. */
export function cosh(x: TensorLike): Tensor {
  const half = exp(multiply(absolute(lift32(x)), 0.5));
  const inverse = divide(1, half);
  return add(multiply(multiply(0.5, half), half), multiply(multiply(0.5, inverse), inverse));
}

/** asinh x = sign(x) log1p(|x| + x^2 / (1 + sqrt(1 + x^2))), and log |x| + log 2 where the square would overflow. */
export function arcsinh(x: TensorLike): Tensor {
  const t = lift32(x);
  const a = absolute(t);
  const big = node('lt', [alike(1e9, a.node), a.node], {});
  const safe = wrap(node('select', [big, alike(1, a.node), a.node], {}));
  const s = square(safe);
  const small = log1p(add(safe, divide(s, add(1, sqrt(add(1, s))))));
  const large = add(log(a), Math.LN2);
  const magnitude = wrap(node('select', [big, large.node, small.node], {}));
  return wrap(node('select', [signBit(t.node), negative(magnitude).node, magnitude.node], {}));
}

/** acosh x = log1p(u + sqrt(2 u + u^2)) with u = x - 1; NaN below 1. */
export function arccosh(x: TensorLike): Tensor {
  const t = lift32(x);
  const big = node('lt', [alike(1e9, t.node), t.node], {});
  const safe = wrap(node('select', [big, alike(2, t.node), t.node], {}));
  const u = subtract(safe, 1);
  const small = log1p(add(u, sqrt(multiply(u, add(u, 2)))));
  const above = node('select', [big, add(log(t), Math.LN2).node, small.node], {});
  // Far below 1, u + 2 is u, and the root is -u: NaN would become 0.
  const below = node('lt', [t.node, alike(1, t.node)], {});
  return wrap(node('select', [below, alike(Number.NaN, t.node), above], {}));
}

/** atanh x = log1p(2 x / (1 - x)) / 2. */
export function arctanh(x: TensorLike): Tensor {
  const t = lift32(x);
  return multiply(0.5, log1p(divide(multiply(2, t), subtract(1, t))));
}

/** The error function. */
export const erf = (x: TensorLike): Tensor => floatUnary('erf', x);
/** 1 - erf(x); its relative error grows where erf(x) is near 1. */
export const erfc = (x: TensorLike): Tensor => subtract(1, erf(x));

/** `x` within `[low, high]`; NaN stays NaN. */
export function clip(x: TensorLike, low: TensorLike, high: TensorLike): Tensor {
  return minimum(maximum(x, low), high);
}

/** Converts the element type: floats to integers towards zero and saturating, anything to bool by `!= 0`. */
export function cast(x: TensorLike, dtype: DType): Tensor {
  checkDType(dtype, 'ops.cast');
  return wrap(lift(x, dtype));
}

/** `x * 180 / pi`. */
export const rad2deg = (x: TensorLike): Tensor => multiply(lift32(x), 180 / Math.PI);
/** `x * pi / 180`. */
export const deg2rad = (x: TensorLike): Tensor => multiply(lift32(x), Math.PI / 180);
