import { node } from '../graph/build.ts';
import { type DType, isFloating } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { floatx } from '../settings.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { where } from './compare.ts';
import { alignShapes, castTo, commonType, fail, lift, wide, wrap } from './core.ts';
import { add, alike, divide, multiply } from './elementwise.ts';

/** Exponents up to this are written as products, which are exact where a power is and have the derivative of one. */
const LARGEST_CHAIN = 32;

/**
 * `x ** y`, with broadcasting. A whole number as exponent multiplies; integers to a tensor of integers wrap around as
 * products of int32 do.
 */
export function power(x: TensorLike, y: TensorLike): Tensor {
  const common = commonType(x, y);
  const dtype = common === 'bool' ? 'int32' : common;
  if (typeof y === 'number' && Number.isInteger(y) && Math.abs(y) <= LARGEST_CHAIN && (y >= 0 || isFloating(dtype)))
    return y < 0 ? divide(1, integerPower(wrap(lift(x, dtype)), -y)) : integerPower(wrap(lift(x, dtype)), y);
  const meet = wide(dtype);
  const [a, b] = alignShapes('power', [lift(x, meet), lift(y, meet)]) as [Node, Node];
  return wrap(castTo(isFloating(meet) ? node('pow', [a, b], {}) : wholePower(a, b), dtype));
}

/** x ** n by squaring. */
function integerPower(x: Tensor, n: number): Tensor {
  if (n === 0) return wrap(castTo(alike(1, castTo(x.node, wide(x.dtype))), x.dtype));
  let result: Tensor | undefined;
  let base = x;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? base : multiply(result, base);
    if (rest > 1) base = multiply(base, base);
  }
  return result!;
}

/** Squaring over the 31 bits of an exponent that is not known; a negative one gives 0 but for the bases 1 and -1. */
function wholePower(x: Node, y: Node): Node {
  const [zero, one] = [alike(0, x), alike(1, x)];
  let result = one;
  let base = x;
  for (let bit = 0; bit < 31; bit++) {
    const on = node('not', [node('eq', [node('and', [y, alike(2 ** bit, x)], {}), zero], {})], {});
    result = node('select', [on, node('mul', [result, base], {}), result], {});
    base = node('mul', [base, base], {});
  }
  const unit = node('eq', [node('abs', [x], {}), one], {});
  return node('select', [node('lt', [y, zero], {}), node('select', [unit, result, zero], {}), result], {});
}

/**
 * The value without a gradient. Its bits go through int32, where no derivative exists.
 */
export function stopGradient(x: TensorLike): Tensor {
  const n = lift(x);
  if (!isFloating(n.dtype)) return wrap(n);
  const bits = node('bitcast', [castTo(n, 'float32')], { dtype: 'int32' });
  return wrap(castTo(node('bitcast', [bits], { dtype: 'float32' }), n.dtype));
}

/** x1 as a row of numbers 0 .. n-1 (int32), in the place `axis` of a shape. */
export function iotaAlong(shape: readonly number[], axis: number): Node {
  return node('iota', [], { shape, axis });
}

/** `start`, `start + step`, ... before `stop`; int32 where all are whole numbers, unless `dtype` says else. */
export function arange(
  start: number,
  stop?: number | null,
  step: number | null = 1,
  { dtype }: { dtype?: DType | null } = {},
): Tensor {
  const by = step ?? 1;
  const [from, to] = stop === undefined || stop === null ? [0, start] : [start, stop];
  if (![from, to, by].every(Number.isFinite) || by === 0)
    fail('arange', `expected finite numbers and a step other than 0, got ${from}, ${to}, ${by}`, 'INVALID_ARGUMENT');
  const size = Math.max(0, Math.ceil((to - from) / by));
  const whole = [from, to, by].every(Number.isInteger);
  const steps = wrap(iotaAlong([size], 0));
  const values = whole ? add(multiply(steps, by), from) : add(multiply(wrap(castTo(steps.node, 'float32')), by), from);
  return wrap(castTo(values.node, dtype ?? values.dtype));
}

/** A matrix [n, m] with ones on diagonal `k` (above the main one for positive `k`), of the type of `config.setFloatx`. */
export function eye(n: number, m: number | null = n, k = 0, dtype: DType | null = null): Tensor {
  return wrap(castTo(diagonalMask(n, m ?? n, k, 'eq'), dtype ?? floatx()));
}
/** The square matrix with ones on its diagonal. */
export const identity = (n: number, dtype: DType | null = null): Tensor => eye(n, n, 0, dtype);

/** [n, m] bool: column - row == k, or <= k. */
export function diagonalMask(n: number, m: number, k: number, how: 'eq' | 'le'): Node {
  const [rows, columns] = [iotaAlong([n, m], 0), iotaAlong([n, m], 1)];
  return node(how, [columns, node('add', [rows, alike(k, rows)], {})], {});
}

/** 0 of the dtype of `x`: a plain number would make integers of booleans. */
const zeroOf = (x: Tensor): Tensor => wrap(lift(0, x.dtype));

/** Zero above diagonal `k` of the last two axes. */
export function tril(x: TensorLike, k = 0): Tensor {
  const n = wrap(lift(x));
  const [rows, columns] = n.shape.slice(-2) as [number, number];
  return where(wrap(diagonalMask(rows, columns, k, 'le')), n, zeroOf(n));
}

/** Zero below diagonal `k` of the last two axes. */
export function triu(x: TensorLike, k = 0): Tensor {
  const n = wrap(lift(x));
  const [rows, columns] = n.shape.slice(-2) as [number, number];
  return where(wrap(diagonalMask(rows, columns, k - 1, 'le')), zeroOf(n), n);
}
