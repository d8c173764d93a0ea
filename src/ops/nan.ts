import { node } from '../graph/build.ts';
import { type DType, isFloating } from '../graph/dtype.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { isnan, less, logicalNot, where } from './compare.ts';
import { castTo, fail, lift, normalizeAxes, reducedShape, reshapeTo, wrap } from './core.ts';
import { maximum, minimum, multiply, subtract } from './elementwise.ts';
import { cumprod, cumsum, sort, takeAlongAxis } from './indexing.ts';
import { knownNumbers, type Numbers } from './known.ts';
import { expandDims, reshape, stack, transpose } from './movement.ts';
import { type ArgOptions, all, argmax, argmin, max, min, type Reduce, type ReduceOptions, sum } from './reduce.ts';
import { between, type QuantileOptions } from './statistics.ts';

/** x with `fill` in the places of its NaNs; integers have none. */
function without(x: TensorLike, fill: number): Tensor {
  const t = wrap(lift(x));
  return isFloating(t.dtype) ? where(isnan(t), fill, t) : t;
}

function place(x: TensorLike, how: number | null | undefined | ArgOptions, find: typeof argmax, fill: number): Tensor {
  const t = wrap(lift(x));
  const found = find(without(t, fill), how);
  if (!isFloating(t.dtype)) return found;
  const { axis = null, keepdims = false } = typeof how === 'object' && how !== null ? how : { axis: how };
  return where(all(isnan(t), { axis, keepdims }), -1, found);
}

/** The place of the largest element along `axis` that is a number, int32; -1 where there is none. */
export const nanargmax = (x: TensorLike, how?: number | null | ArgOptions): Tensor =>
  place(x, how, argmax, Number.NEGATIVE_INFINITY);
/** The place of the smallest element along `axis` that is a number, int32; -1 where there is none. */
export const nanargmin = (x: TensorLike, how?: number | null | ArgOptions): Tensor =>
  place(x, how, argmin, Number.POSITIVE_INFINITY);

/** Sums of the elements up to each, along `axis` or of the flat tensor; NaN counts as 0. */
export const nancumsum = (x: TensorLike, axis?: number | null, dtype?: DType | null): Tensor =>
  cumsum(without(x, 0), axis, dtype);
/** Products of the elements up to each, along `axis` or of the flat tensor; NaN counts as 1. */
export const nancumprod = (x: TensorLike, axis?: number | null, dtype?: DType | null): Tensor =>
  cumprod(without(x, 1), axis, dtype);

/** The value below which the share `q` (0 to 1) of the numbers over `axis` lies; NaN where there are none. */
export function nanquantile(x: TensorLike, q: Numbers, options: QuantileOptions = {}): Tensor {
  const given = lift(x, 'float');
  const n = castTo(given, 'float32');
  const { method = 'linear', keepdims = false } = options;
  const shares = knownNumbers('nanquantile', 'q', q);
  const list = typeof shares === 'number' ? [shares] : shares;
  if (list.some((v) => !(v >= 0 && v <= 1)))
    fail('nanquantile', `q: expected numbers from 0 to 1, got ${JSON.stringify(shares)}`, 'INVALID_ARGUMENT');
  const axes = normalizeAxes('nanquantile', options.axis, n.shape.length);
  const rest = n.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const rows = reshape(transpose(wrap(n), [...rest, ...axes]), [...rest.map((i) => n.shape[i]!), -1]);
  if (rows.shape.at(-1) === 0) fail('nanquantile', 'expected at least one element, got none');
  // NaN comes last.
  const sorted = sort(rows, -1);
  const last = subtract(sum(wrap(castTo(logicalNot(isnan(rows)).node, 'float32')), -1), 1);
  const at = (places: Tensor) =>
    reshape(takeAlongAxis(sorted, expandDims(wrap(castTo(maximum(places, 0).node, 'int32')), -1), -1), last.shape);
  const one = (share: number): Tensor => {
    const exact = multiply(last, share);
    const [below, above] = [wrap(node('floor', [exact.node], {})), wrap(node('ceil', [exact.node], {}))];
    const value = between(at(below), at(minimum(above, maximum(last, 0))), subtract(exact, below), method);
    const known = where(less(last, 0), Number.NaN, value);
    return wrap(castTo(reshapeTo(known.node, reducedShape(n.shape, axes, keepdims)), given.dtype));
  };
  return typeof shares === 'number' ? one(shares) : stack(list.map(one), 0);
}

/** `nanquantile` in percent. */
export function nanpercentile(x: TensorLike, q: Numbers, options: QuantileOptions = {}): Tensor {
  const known = knownNumbers('nanpercentile', 'q', q);
  return nanquantile(x, typeof known === 'number' ? known / 100 : known.map((v) => v / 100), options);
}

/** The middle one of the numbers over `axis`, or the mean of the two. */
export const nanmedian = (x: TensorLike, options: ReduceOptions = {}): Tensor => nanquantile(x, 0.5, options);

/** The largest minus the smallest element over `axis`. */
export const ptp = (x: TensorLike, how?: Reduce): Tensor => subtract(max(x, how), min(x, how));
