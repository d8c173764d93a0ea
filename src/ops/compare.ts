import { node } from '../graph/build.ts';
import { isFloating } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { alignShapes, castTo, commonType, fail, lift, wide, wrap } from './core.ts';
import { absolute, alike, multiply, subtract } from './elementwise.ts';

function comparable(op: string, a: TensorLike, b: TensorLike, bool = false): [Node, Node] {
  const dtype = commonType(a, b);
  const meet = bool && dtype === 'bool' ? dtype : wide(dtype);
  return alignShapes(op, [lift(a, meet), lift(b, meet)]) as [Node, Node];
}

const not = (x: Node): Node => node('not', [x], {});

/** `x == y`, bool; NaN equals nothing. */
export const equal = (x: TensorLike, y: TensorLike): Tensor => wrap(node('eq', comparable('equal', x, y, true), {}));
/** `x != y`, bool. */
export const notEqual = (x: TensorLike, y: TensorLike): Tensor => wrap(not(equal(x, y).node));
/** `x < y`, bool. */
export const less = (x: TensorLike, y: TensorLike): Tensor => wrap(node('lt', comparable('less', x, y), {}));
/** `x <= y`, bool. */
export const lessEqual = (x: TensorLike, y: TensorLike): Tensor => wrap(node('le', comparable('lessEqual', x, y), {}));
/** `x > y`, bool. */
export const greater = (x: TensorLike, y: TensorLike): Tensor => wrap(node('lt', comparable('greater', y, x), {}));
/** `x >= y`, bool. */
export const greaterEqual = (x: TensorLike, y: TensorLike): Tensor =>
  wrap(node('le', comparable('greaterEqual', y, x), {}));

function logical(op: string, primitive: 'and' | 'or' | 'xor', x: TensorLike, y: TensorLike): Tensor {
  return wrap(node(primitive, alignShapes(op, [lift(x, 'bool'), lift(y, 'bool')]), {}));
}

/** Both; anything but 0 counts as true. */
export const logicalAnd = (x: TensorLike, y: TensorLike): Tensor => logical('logicalAnd', 'and', x, y);
export const logicalOr = (x: TensorLike, y: TensorLike): Tensor => logical('logicalOr', 'or', x, y);
export const logicalXor = (x: TensorLike, y: TensorLike): Tensor => logical('logicalXor', 'xor', x, y);
export const logicalNot = (x: TensorLike): Tensor => wrap(not(lift(x, 'bool')));

function bitwise(op: string, primitive: 'and' | 'or' | 'xor' | 'shl', x: TensorLike, y: TensorLike): Tensor {
  const dtype = commonType(x, y);
  if (isFloating(dtype)) fail(op, `expected integers or booleans, got ${dtype}`, 'DTYPE');
  const meet = dtype === 'bool' && primitive !== 'shl' ? 'bool' : 'int32';
  // Booleans become numbers where they are shifted.
  const out = dtype === 'bool' && primitive === 'shl' ? 'int32' : dtype;
  return wrap(castTo(node(primitive, alignShapes(op, [lift(x, meet), lift(y, meet)]), {}), out));
}

export const bitwiseAnd = (x: TensorLike, y: TensorLike): Tensor => bitwise('bitwiseAnd', 'and', x, y);
export const bitwiseOr = (x: TensorLike, y: TensorLike): Tensor => bitwise('bitwiseOr', 'or', x, y);
export const bitwiseXor = (x: TensorLike, y: TensorLike): Tensor => bitwise('bitwiseXor', 'xor', x, y);
export const leftShift = (x: TensorLike, y: TensorLike): Tensor => bitwise('leftShift', 'shl', x, y);

/** Every bit inverted; `!x` for bool. */
export function bitwiseNot(x: TensorLike): Tensor {
  const n = lift(x);
  const meet = n.dtype === 'bool' ? 'bool' : 'int32';
  if (isFloating(n.dtype)) fail('bitwiseNot', `expected integers or booleans, got ${n.dtype}`, 'DTYPE');
  return wrap(castTo(not(castTo(n, meet)), n.dtype));
}

/** `condition ? x : y`, with broadcasting of all three. */
export function where(condition: TensorLike, x: TensorLike, y: TensorLike): Tensor {
  const dtype = commonType(x, y);
  const meet = dtype === 'uint8' ? 'int32' : dtype;
  const nodes = alignShapes('where', [lift(condition, 'bool'), lift(x, meet), lift(y, meet)]);
  return wrap(castTo(node('select', nodes, {}), dtype));
}

/** True where `x` is not a number. */
export function isnan(x: TensorLike): Tensor {
  const n = lift(x, 'float');
  return wrap(not(node('eq', [n, n], {})));
}

/** True where `x` is neither infinite nor NaN. */
export function isfinite(x: TensorLike): Tensor {
  const n = node('abs', [lift(x, 'float')], {});
  return wrap(node('lt', [n, alike(Number.POSITIVE_INFINITY, n)], {}));
}

/** True where `x` is infinite. */
export function isinf(x: TensorLike): Tensor {
  const n = node('abs', [lift(x, 'float')], {});
  return wrap(node('eq', [n, alike(Number.POSITIVE_INFINITY, n)], {}));
}

/** |x - y| <= atol + rtol |y|; equal infinities are close, NaNs only with `equalNan`. */
export function isclose(
  x: TensorLike,
  y: TensorLike,
  { rtol = 1e-5, atol = 1e-8, equalNan = false }: { rtol?: number; atol?: number; equalNan?: boolean } = {},
): Tensor {
  const [a, b] = alignShapes('isclose', [lift(x, 'float'), lift(y, 'float')]).map(wrap) as [Tensor, Tensor];
  const bound = wrap(node('add', [alike(atol, b.node), multiply(absolute(b), rtol).node], {}));
  const near = logicalAnd(lessEqual(absolute(subtract(a, b)), bound), logicalAnd(isfinite(a), isfinite(b)));
  const close = logicalOr(near, equal(a, b));
  return equalNan ? logicalOr(close, logicalAnd(isnan(a), isnan(b))) : close;
}

/** The largest finite numbers. */
const LARGEST = { float32: (2 - 2 ** -23) * 2 ** 127, bfloat16: (2 - 2 ** -7) * 2 ** 127, float16: 65504 } as const;

/** NaN replaced by `nan`, infinities by the largest number or by `posinf` and `neginf`. */
export function nanToNum(
  x: TensorLike,
  { nan = 0, posinf, neginf }: { nan?: number; posinf?: number; neginf?: number } = {},
): Tensor {
  const t = wrap(lift(x));
  if (!isFloating(t.dtype)) return t;
  const largest = LARGEST[t.dtype as keyof typeof LARGEST];
  const finite = where(isnan(t), nan, t);
  const below = where(equal(finite, Number.POSITIVE_INFINITY), posinf ?? largest, finite);
  return where(equal(below, Number.NEGATIVE_INFINITY), neginf ?? -largest, below);
}
