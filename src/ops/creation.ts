import { describe } from '../errors.ts';
import { node } from '../graph/build.ts';
import { type DType, isFloating } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import type { Shape } from '../graph/shape.ts';
import { floatx } from '../settings.ts';
import {
  asTensor,
  checkDType,
  isTensorLike,
  Tensor,
  type TensorLike,
  type TypedArray,
  Variable,
} from '../trace/index.ts';
import { diagonalMask, iotaAlong, power } from './arithmetic.ts';
import { equal, less, logicalAnd, where } from './compare.ts';
import { alignShapes, castTo, fail, lift, normalizeAxis, promote, reshapeTo, weakType, wrap } from './core.ts';
import { absolute, add, alike, divide, exp, log, maximum, minimum, multiply, sign, subtract } from './elementwise.ts';
import { knownNumber } from './known.ts';
import { stack, zeros, zerosLike } from './movement.ts';

function checked(op: string, dtype: DType | null | undefined): DType | undefined {
  if (dtype === null || dtype === undefined) return undefined;
  checkDType(dtype, `ops.${op}`);
  return dtype;
}

/** Arrays in which tensors stand: all of one dtype, stacked. */
function joined(parts: readonly unknown[]): Tensor {
  const inside = (x: unknown): Tensor[] => (x instanceof Tensor ? [x] : Array.isArray(x) ? x.flatMap(inside) : []);
  const dtype = inside(parts)
    .map((t) => t.dtype)
    .reduce(promote);
  const make = (x: unknown): Tensor =>
    Array.isArray(x) ? stack(x.map(make)) : x instanceof Tensor ? wrap(castTo(x.node, dtype)) : asTensor(x as number);
  const weak = (x: unknown): unknown =>
    Array.isArray(x) ? x.map(weak) : typeof x === 'number' ? wrap(lift(x, weakType(x, dtype))) : x;
  return make(weak(parts));
}

const holdsTensors = (x: unknown): boolean => Array.isArray(x) && x.some((v) => v instanceof Tensor || holdsTensors(v));

/**
 * The tensor of a value: a tensor, a variable, numbers, nested arrays, also of tensors. Numbers without a `dtype` are float32.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for what is no numbers.
 */
export function convertToTensor(x: TensorLike | readonly TensorLike[], dtype?: DType | null): Tensor {
  return asTensor(
    holdsTensors(x) ? joined(x as readonly unknown[]) : (x as TensorLike),
    checked('convertToTensor', dtype),
  );
}
export const array = convertToTensor;
/** The same values. Tensors never change, so nothing is copied. */
export const copy = (x: TensorLike): Tensor => wrap(lift(x));

/**
 * The values as a typed array, in row-major order (`bool` as 0 and 1): a copy. Nested arrays are what `tensor.arraySync()` gives.
 *
 * @throws OlifantError `NO_VALUE` for a tensor inside of a layer's `call` while it is being traced.
 */
export const convertToNumpy = (x: TensorLike): TypedArray => asTensor(x).dataSync().slice();

/** Zeros: memory that nobody has written does not exist here. */
export const empty = (shape: Shape | number, dtype: DType | null = null): Tensor =>
  zeros(shape, checked('empty', dtype));
/** Zeros of the shape of `x`, and of its dtype unless another is given. */
export const emptyLike = (x: TensorLike, dtype?: DType | null): Tensor => zerosLike(x, checked('emptyLike', dtype));

/** Whether `x` is a tensor (and not numbers or arrays that could become one). */
export const isTensor = (x: unknown): boolean => x instanceof Tensor;

interface Shaped {
  readonly shape: readonly (number | null)[];
  readonly dtype: DType;
}

function shapedOf(op: string, x: unknown): Shaped {
  if (x instanceof Tensor || x instanceof Variable) return x;
  if (isTensorLike(x)) return asTensor(x);
  const { shape, dtype } = (x ?? {}) as Partial<Shaped>;
  if (Array.isArray(shape) && typeof dtype === 'string') return x as Shaped;
  fail(op, `expected a tensor, got ${describe(x)}`, 'INVALID_ARGUMENT');
}

/** The sizes of a tensor, of a variable, of an array, or of a symbolic tensor, whose unknown ones are `null`. */
export const shape = (x: TensorLike | Shaped): (number | null)[] => [...shapedOf('shape', x).shape];
/** The name of the element type. */
export const dtype = (x: TensorLike | Shaped): DType => shapedOf('dtype', x).dtype;
/** The number of axes. */
export const ndim = (x: TensorLike | Shaped): number => shapedOf('ndim', x).shape.length;
/** The number of elements; `null` for a symbolic tensor that has unknown sizes. */
export const size = (x: TensorLike | Shaped): number | null =>
  shapedOf('size', x).shape.reduce((n, d) => (n === null || d === null ? null : n * d), 1 as number | null);

/** Ones on and below diagonal `k` of an [n, m] matrix, zeros above. */
export function tri(n: number, m: number | null = n, k = 0, dtype: DType | null = null): Tensor {
  return wrap(castTo(diagonalMask(n, m ?? n, k, 'le'), checked('tri', dtype) ?? floatx()));
}

/** To another dtype; values beyond its range become its ends, NaN becomes 0. */
export function saturateCast(x: TensorLike, dtype: DType): Tensor {
  checkDType(dtype, 'ops.saturateCast');
  const t = wrap(lift(x));
  if (dtype === t.dtype) return t;
  if (isFloating(dtype)) return wrap(castTo(dtype === 'float16' ? held(t, -HALF_MAX, HALF_MAX).node : t.node, dtype));
  if (dtype === 'bool') return wrap(castTo(held(t, 0, 1).node, dtype));
  const n = isFloating(t.dtype) ? where(equal(t, t), t, 0) : t;
  // A cast to int32 saturates by itself.
  return wrap(castTo(dtype === 'uint8' ? held(n, 0, 255).node : n.node, dtype));
}

/** The largest number of float16. */
const HALF_MAX = 65504;

const held = (t: Tensor, low: number, high: number): Tensor =>
  t.dtype === 'bool' ? t : minimum(maximum(t, low), high);

export interface RangeOptions {
  /** Whether the last value is `stop`. Default true. */
  readonly endpoint?: boolean;
  /** Default float32. */
  readonly dtype?: DType | null;
  /** Where the new axis goes, if `start` and `stop` are tensors. Default 0. */
  readonly axis?: number;
}

/** The ends repeated along the new axis, and the numbers 0 .. num-1 along it. */
function ramp(
  op: string,
  start: TensorLike,
  stop: TensorLike,
  num: number | Tensor,
  axis: number,
): { from: Tensor; to: Tensor; at: Node; count: number } {
  const count = knownNumber(op, 'num', num);
  if (!Number.isSafeInteger(count) || count < 0)
    fail(op, `num: expected a whole number, got ${count}`, 'INVALID_ARGUMENT');
  const [a, b] = alignShapes(op, [lift(start, 'float32'), lift(stop, 'float32')]) as [Node, Node];
  const where = normalizeAxis(op, axis, a.shape.length + 1);
  const with1 = [...a.shape.slice(0, where), 1, ...a.shape.slice(where)];
  const shape = with1.map((d, i) => (i === where ? count : d));
  const [from, to] = [a, b].map((n) => wrap(node('broadcast', [reshapeTo(n, with1)], { shape })));
  return { from: from!, to: to!, at: iotaAlong(shape, where), count };
}

function even(from: Tensor, to: Tensor, at: Node, num: number, endpoint: boolean): Tensor {
  const parts = endpoint ? num - 1 : num;
  if (parts <= 0) return from;
  const rising = add(multiply(castToFloat(at), divide(subtract(to, from), parts)), from);
  // The last one is `stop` itself, not a sum that may miss it by rounding.
  return endpoint ? where(wrap(node('eq', [at, alike(parts, at)], {})), to, rising) : rising;
}

const castToFloat = (n: Node): Tensor => wrap(castTo(n, 'float32'));

const finish = (op: string, t: Tensor, dtype: DType | null | undefined): Tensor =>
  wrap(castTo(t.node, checked(op, dtype) ?? 'float32'));

/**
 * `num` values from `start` to `stop`, in equal steps.
 *
 * @param options.retstep Whether to give the step, too. Default false.
 * @returns Shape [num], with the axes of `start` and `stop` around; with `retstep`, that and the step.
 */
export function linspace(
  start: TensorLike,
  stop: TensorLike,
  num: number | Tensor | undefined,
  options: RangeOptions & { retstep: true },
): [Tensor, Tensor];
export function linspace(
  start: TensorLike,
  stop: TensorLike,
  num?: number | Tensor,
  options?: RangeOptions & { retstep?: false },
): Tensor;
export function linspace(
  start: TensorLike,
  stop: TensorLike,
  num: number | Tensor = 50,
  { endpoint = true, retstep = false, dtype, axis = 0 }: RangeOptions & { retstep?: boolean } = {},
): Tensor | [Tensor, Tensor] {
  const { from, to, at, count } = ramp('linspace', start, stop, num, axis);
  const values = finish('linspace', even(from, to, at, count, endpoint), dtype);
  if (!retstep) return values;
  const parts = endpoint ? count - 1 : count;
  const step =
    parts > 0
      ? divide(subtract(wrap(lift(stop, 'float32')), wrap(lift(start, 'float32'))), parts)
      : wrap(lift(Number.NaN));
  return [values, step];
}

/** `base` to the powers of `linspace(start, stop)`. */
export function logspace(
  start: TensorLike,
  stop: TensorLike,
  num: number | Tensor = 50,
  { endpoint = true, base = 10, dtype, axis = 0 }: RangeOptions & { base?: number } = {},
): Tensor {
  const { from, to, at, count } = ramp('logspace', start, stop, num, axis);
  const values = power(base, even(from, to, at, count, endpoint));
  return finish('logspace', dtype === 'int32' || dtype === 'uint8' ? wholeIfNear(values) : values, dtype);
}

/** A power that rounding has kept from being a whole number is one again, before it is cut to integers. */
function wholeIfNear(t: Tensor): Tensor {
  const nearest = wrap(node('round', [t.node], {}));
  return where(less(absolute(subtract(t, nearest)), multiply(absolute(t), 1e-6)), nearest, t);
}

/** `num` values from `start` to `stop`, each the same multiple of the one before; both of one sign, and not 0. */
export function geomspace(
  start: TensorLike,
  stop: TensorLike,
  num: number | Tensor = 50,
  { endpoint = true, dtype, axis = 0 }: RangeOptions = {},
): Tensor {
  const { from, to, at, count } = ramp('geomspace', start, stop, num, axis);
  const logs = even(log(absolute(from)), log(absolute(to)), at, count, endpoint);
  const values = multiply(sign(from), exp(logs));
  const is = (i: number) => equal(wrap(at), i);
  const last = logicalAnd(is(count - 1), endpoint && count > 1);
  return finish('geomspace', where(is(0), from, where(last, to, values)), dtype);
}
