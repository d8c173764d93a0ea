import { node } from '../graph/build.ts';
import { isFloating } from '../graph/dtype.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { diagonal } from './arrays.ts';
import { equal, isnan, less, lessEqual, logicalAnd, logicalNot, logicalOr, where } from './compare.ts';
import {
  castTo,
  commonType,
  expandTo,
  fail,
  inFloat32,
  lift,
  normalizeAxes,
  reducedShape,
  reshapeTo,
  wrap,
} from './core.ts';
import { linspace } from './creation.ts';
import { add, divide, log10, multiply, sqrt, square, subtract } from './elementwise.ts';
import { sort, take } from './indexing.ts';
import { knownNumbers, type Numbers } from './known.ts';
import { matmul } from './linalg.ts';
import { expandDims, reshape, stack, transpose } from './movement.ts';
import { all, max, mean, min, prod, type ReduceOptions, sum } from './reduce.ts';
import { segmentSum } from './segments.ts';

export interface QuantileOptions extends ReduceOptions {
  /** Between two elements: in proportion (default), one of them, or their mean. */
  readonly method?: 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';
}

/** The value below which the share `q` (0 to 1) of the elements over `axis` lies. NaN where any is NaN. */
export function quantile(x: TensorLike, q: Numbers, options: QuantileOptions = {}): Tensor {
  const given = lift(x, 'float');
  const n = castTo(given, 'float32');
  const { method = 'linear', keepdims = false } = options;
  const shares = knownNumbers('quantile', 'q', q);
  const list = typeof shares === 'number' ? [shares] : shares;
  if (list.some((v) => !(v >= 0 && v <= 1)))
    fail('quantile', `q: expected numbers from 0 to 1, got ${JSON.stringify(shares)}`, 'INVALID_ARGUMENT');
  const axes = normalizeAxes('quantile', options.axis, n.shape.length);
  const rest = n.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const rows = reshape(transpose(wrap(n), [...rest, ...axes]), [...rest.map((i) => n.shape[i]!), -1]);
  const count = rows.shape.at(-1)!;
  if (count === 0) fail('quantile', 'expected at least one element, got none');
  const sorted = sort(rows, -1);
  const broken = isnan(take(sorted, count - 1, -1));
  const one = (share: number): Tensor => {
    const at = share * (count - 1);
    const [low, high] = [take(sorted, Math.floor(at), -1), take(sorted, Math.ceil(at), -1)];
    const value = between(low, high, at - Math.floor(at), method);
    const shaped = where(broken, Number.NaN, value);
    return wrap(castTo(reshapeTo(shaped.node, reducedShape(n.shape, axes, keepdims)), given.dtype));
  };
  return typeof shares === 'number' ? one(shares) : stack(list.map(one), 0);
}

/** The value `share` (0 to 1) of the way from `low` to `high`. */
export function between(
  low: Tensor,
  high: Tensor,
  share: TensorLike,
  method: NonNullable<QuantileOptions['method']>,
): Tensor {
  if (method === 'lower') return low;
  if (method === 'higher') return high;
  if (method === 'midpoint') return multiply(add(low, high), 0.5);
  if (method === 'nearest') return where(lessEqual(share, 0.5), low, high);
  // An infinite end would give NaN where nothing of it is taken.
  return where(equal(share, 0), low, add(low, multiply(share, subtract(high, low))));
}

/** `quantile` in percent. */
export function percentile(x: TensorLike, q: Numbers, options: QuantileOptions = {}): Tensor {
  const known = knownNumbers('percentile', 'q', q);
  return quantile(x, typeof known === 'number' ? known / 100 : known.map((v) => v / 100), options);
}

/** The middle element over `axis`, or the mean of the two. */
export const median = (x: TensorLike, options: ReduceOptions = {}): Tensor => quantile(x, 0.5, options);

/** x without its NaNs, `fill` in their places; integers have none. */
const without = (x: TensorLike, fill: number): Tensor => {
  const t = wrap(lift(x));
  return isFloating(t.dtype) ? where(isnan(t), fill, t) : t;
};

/** The sum of the elements that are numbers; of none: 0. */
export const nansum = (x: TensorLike, options: ReduceOptions = {}): Tensor => sum(without(x, 0), options);
/** The product of the elements that are numbers; of none: 1. */
export const nanprod = (x: TensorLike, options: ReduceOptions = {}): Tensor => prod(without(x, 1), options);

function extreme(x: TensorLike, options: ReduceOptions, fold: typeof max, fill: number): Tensor {
  const found = fold(without(x, fill), options);
  return isFloating(found.dtype) ? where(all(isnan(x), options), Number.NaN, found) : found;
}
/** The largest of the elements that are numbers; of none: NaN. */
export const nanmax = (x: TensorLike, options: ReduceOptions = {}): Tensor =>
  extreme(x, options, max, Number.NEGATIVE_INFINITY);
/** The smallest of the elements that are numbers; of none: NaN. */
export const nanmin = (x: TensorLike, options: ReduceOptions = {}): Tensor =>
  extreme(x, options, min, Number.POSITIVE_INFINITY);
/** The mean of the elements that are numbers; of none: NaN. */
export const nanmean = (x: TensorLike, options: ReduceOptions = {}): Tensor =>
  divide(nansum(x, options), sum(where(isnan(x), 0, 1), options));

/** The variance of the elements that are numbers. */
export const nanvar = (x: TensorLike, options: ReduceOptions = {}): Tensor => inFloat32(x, (t) => spread(t, options));

function spread(t: Tensor, options: ReduceOptions): Tensor {
  const centre = nanmean(t, { ...options, keepdims: true });
  // 0 for NaN before the square: its derivative would be NaN, too.
  const squares = square(where(isnan(t), 0, subtract(t, centre)));
  return divide(sum(squares, options), sum(where(isnan(t), 0, 1), options));
}
/** The standard deviation of the elements that are numbers. */
export const nanstd = (x: TensorLike, options: ReduceOptions = {}): Tensor =>
  inFloat32(x, (t) => sqrt(spread(t, options)));

/** Correlations between the rows of a matrix [variables, samples]; of a vector the scalar 1. */
export const corrcoef = (x: TensorLike): Tensor => inFloat32(x, correlations);

function correlations(t: Tensor): Tensor {
  const rows = t.rank === 1 ? expandDims(t, 0) : t;
  const centred = subtract(rows, mean(rows, { axis: 1, keepdims: true }));
  const products = matmul(centred, transpose(centred));
  const lengths = sqrt(diagonal(products));
  const all = divide(divide(products, expandDims(lengths, 0)), expandDims(lengths, 1));
  return t.rank === 1 ? reshape(all, []) : all;
}

/** The peak signal-to-noise ratio of two pictures whose largest value is `maxVal`, in decibel. */
export function psnr(x1: TensorLike, x2: TensorLike, maxVal: number): Tensor {
  const error = mean(square(subtract(wrap(lift(x1, 'float32')), wrap(lift(x2, 'float32')))));
  return subtract(20 * Math.log10(maxVal), multiply(log10(error), 10));
}

/**
 * For each value the place in the sorted vector where it belongs: before equals (`'left'`) or after them. NaN belongs after all
 * numbers.
 */
export function searchsorted(sorted: TensorLike, values: TensorLike, side: 'left' | 'right' = 'left'): Tensor {
  const meet = isFloating(commonType(sorted, values)) ? 'float32' : 'int32';
  const [s, v] = [lift(sorted, meet), lift(values, meet)];
  if (s.shape.length !== 1) fail('searchsorted', `expected a sorted vector, got ${s.shape.length} axes`);
  const shape = [...v.shape, s.shape[0]!];
  const [row, column] = [expandTo(s, shape), expandTo(reshapeTo(v, [...v.shape, 1]), shape)];
  const [own, value] = [wrap(row), wrap(column)];
  const below = side === 'left' ? less(own, value) : lessEqual(own, value);
  // Numbers lie below NaN, and so do other NaNs, from the right.
  const before =
    meet === 'int32'
      ? below
      : logicalOr(below, side === 'left' ? logicalAnd(isnan(value), logicalNot(isnan(own))) : isnan(value));
  return wrap(node('reduceSum', [castTo(before.node, 'int32')], { axes: [v.shape.length] }));
}

/** For each value the number of the bin that it lies in: how many of `bins` (ascending) are not above it. */
export const digitize = (x: TensorLike, bins: TensorLike): Tensor => searchsorted(bins, x, 'right');

/**
 * How many elements lie in each of `bins` equal parts of `range`, and the parts' bounds; both float32. The last part contains its
 * upper bound; what lies outside of the range is not counted.
 *
 * @param bins Default 10.
 * @param range Default: from the smallest to the largest element, or half a unit around them if they are equal.
 */
export function histogram(
  x: TensorLike,
  bins = 10,
  range: readonly [number, number] | null = null,
): { counts: Tensor; edges: Tensor } {
  if (!Number.isInteger(bins) || bins < 1 || (range !== null && !(range[1] > range[0])))
    fail('histogram', `expected a number of bins and low < high, got ${bins} and [${range}]`, 'INVALID_ARGUMENT');
  const n = lift(x, 'float32');
  const flat = wrap(reshapeTo(n, [sizeOf(n.shape)]));
  const edges = edgesOf(flat, bins, range);
  const place = subtract(searchsorted(edges, flat, 'right'), 1);
  const upper = take(edges, bins, 0);
  const inside = where(lessEqual(flat, upper), where(less(place, bins), place, bins - 1), -1);
  return { counts: segmentSum(wrap(expandTo(lift(1), inside.shape)), inside, bins), edges };
}

function edgesOf(flat: Tensor, bins: number, range: readonly [number, number] | null): Tensor {
  if (range !== null) {
    const [low, high] = range;
    return wrap(lift(Float32Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins)));
  }
  if (flat.size === 0) return linspace(0, 1, bins + 1);
  const [low, high] = [min(flat), max(flat)];
  const half = where(equal(low, high), 0.5, 0);
  return linspace(subtract(low, half), add(high, half), bins + 1);
}
