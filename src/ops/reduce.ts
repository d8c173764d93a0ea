import { unknownId } from '../errors.ts';
import { node } from '../graph/build.ts';
import { type DType, isFloating } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { isinf, where } from './compare.ts';
import {
  type Axis,
  alignShapes,
  castTo,
  expandTo,
  fail,
  floatType,
  inFloat32,
  lift,
  normalizeAxes,
  normalizeAxis,
  reducedShape,
  reshapeTo,
  scalar,
  wide,
  wrap,
} from './core.ts';
import {
  add,
  alike,
  divide,
  exp,
  log,
  maximum,
  minimum,
  multiply,
  signBit,
  sqrt,
  square,
  subtract,
} from './elementwise.ts';
import { customGradient } from './gradient.ts';

/** `axis`: all of them by default. `keepdims`: the reduced axes stay with size 1 (default false). */
export interface ReduceOptions {
  readonly axis?: Axis;
  readonly keepdims?: boolean;
}

/** Either the options, or the axis alone. */
export type Reduce = Axis | ReduceOptions;

export function readReduce(op: string, x: Node, how: Reduce | undefined): { axes: number[]; keepdims: boolean } {
  const options: ReduceOptions =
    how !== null && typeof how === 'object' && !Array.isArray(how) ? (how as ReduceOptions) : { axis: how as Axis };
  const odd = Object.keys(options).find((k) => k !== 'axis' && k !== 'keepdims');
  if (odd !== undefined) fail(op, unknownId('option', odd, ['axis', 'keepdims']).message, 'INVALID_ARGUMENT');
  return { axes: normalizeAxes(op, options.axis, x.shape.length), keepdims: options.keepdims ?? false };
}

type Fold = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin';

function fold(op: string, primitive: Fold, x: Node, how: Reduce | undefined): Node {
  const { axes, keepdims } = readReduce(op, x, how);
  const wideX = castTo(x, wide(x.dtype));
  const y = axes.length === 0 ? wideX : node(primitive, [wideX], { axes });
  return reshapeTo(y, reducedShape(x.shape, axes, keepdims));
}

/** How many elements go into one result. */
const countOf = (x: Node, axes: readonly number[]): number => axes.reduce((n, a) => n * x.shape[a]!, 1);

/** The sum over `axis`; int32 for bool and uint8. Of nothing: 0. */
export const sum = (x: TensorLike, how?: Reduce): Tensor => wrap(fold('sum', 'reduceSum', lift(x), how));
/** The product over `axis`; int32 for bool and uint8, or of `dtype`. Of nothing: 1. */
export function prod(x: TensorLike, how?: Axis | (ReduceOptions & { dtype?: DType | null })): Tensor {
  if (how === null || typeof how !== 'object' || Array.isArray(how))
    return wrap(fold('prod', 'reduceProd', lift(x), how as Axis));
  const { dtype, ...rest } = how as ReduceOptions & { dtype?: DType | null };
  return wrap(fold('prod', 'reduceProd', lift(x, dtype ?? undefined), rest));
}

function extreme(op: string, primitive: Fold, x: TensorLike, how: Reduce | undefined): Tensor {
  const n = lift(x);
  const { axes } = readReduce(op, n, how);
  if (axes.length > 0 && countOf(n, axes) === 0)
    fail(op, `nothing to choose from along axes [${axes.join(', ')}] of shape [${n.shape.join(', ')}]`);
  return wrap(castTo(fold(op, primitive, n, how), n.dtype));
}

/** Also a value that takes part with the elements. */
export type Extreme = Axis | (ReduceOptions & { readonly initial?: number | null });

function withInitial(
  x: TensorLike,
  how: Extreme | undefined,
  fold: (x: TensorLike, how?: Reduce) => Tensor,
  join: typeof maximum,
) {
  if (how === null || typeof how !== 'object' || Array.isArray(how)) return fold(x, how as Axis);
  const { initial = null, ...rest } = how as ReduceOptions & { initial?: number | null };
  if (initial === null) return fold(x, rest);
  const n = lift(x);
  const { axes } = readReduce('max', n, rest);
  const nothing = axes.length > 0 && countOf(n, axes) === 0;
  const start = lift(initial, n.dtype);
  if (!nothing) return join(fold(x, rest), wrap(start));
  const shape = reducedShape(n.shape, axes, rest.keepdims ?? false);
  return wrap(expandTo(start, shape));
}

/** The largest element over `axis`; NaN where any is NaN. `initial` takes part, and is the result where there is nothing else. */
export const max = (x: TensorLike, how?: Extreme): Tensor =>
  withInitial(x, how, (t, h) => extreme('max', 'reduceMax', t, h), maximum);
/** The smallest element over `axis`; NaN where any is NaN. `initial` takes part, and is the result where there is nothing else. */
export const min = (x: TensorLike, how?: Extreme): Tensor =>
  withInitial(x, how, (t, h) => extreme('min', 'reduceMin', t, h), minimum);
export const amax = max;
export const amin = min;

/** The mean over `axis`, computed in float32. Of nothing: NaN. */
export const mean = (x: TensorLike, how?: Reduce): Tensor =>
  inFloat32(x, ({ node: n }) => {
    const { axes, keepdims } = readReduce('mean', n, how);
    // Divided where it is summed: the kernel that sums then gives the mean.
    const { node: small } = divide(wrap(fold('mean', 'reduceSum', n, { axis: axes })), countOf(n, axes));
    return wrap(reshapeTo(small, reducedShape(n.shape, axes, keepdims)));
  });

/** The variance over `axis` (divided by the number of elements): the mean of (x - mean)^2. */
export const variance = (x: TensorLike, how?: Reduce): Tensor =>
  inFloat32(x, ({ node: n }) => {
    const { axes, keepdims } = readReduce('var', n, how);
    return spread(n, axes, keepdims, (t) => {
      const centre = mean(t, { axis: axes, keepdims: true });
      return { centre, value: mean(square(subtract(t, centre)), { axis: axes, keepdims: true }) };
    });
  });

/**
 * Mean and variance over `axes`. Where the first axis and others are reduced, each item along the first is taken by itself, and
 * then the items together: the variance is the mean of the items' variances and the variance of their means. An item is
 * still near when its mean is known, a whole batch is not.
 */
export function meanAndVariance(
  x: TensorLike,
  axes: readonly number[],
  keepdims: boolean,
): { mean: Tensor; variance: Tensor } {
  const given = lift(x, 'float');
  const how = { axis: axes, keepdims };
  const inner = axes.filter((a) => a !== 0);
  if (inner.length === 0 || inner.length === axes.length)
    return { mean: mean(wrap(given), how), variance: variance(wrap(given), how) };
  const n = castTo(given, 'float32');
  const ofItems = mean(wrap(n), { axis: inner, keepdims: true });
  const centre = mean(ofItems, { axis: 0, keepdims: true });
  const total = spread(n, axes, keepdims, (t) => {
    const within = mean(square(subtract(t, ofItems)), { axis: inner, keepdims: true });
    const value = mean(add(within, square(subtract(ofItems, centre))), { axis: 0, keepdims: true });
    return { centre, value };
  });
  const average = reshapeTo(centre.node, reducedShape(n.shape, axes, keepdims));
  return { mean: wrap(castTo(average, given.dtype)), variance: wrap(castTo(total.node, given.dtype)) };
}

/**
 * A variance over `axes` with its derivative, 2 (x - mean) / count: that the mean depends on x too adds nothing, as the
 * differences sum to 0, but would cost one more pass over x.
 */
function spread(
  n: Node,
  axes: readonly number[],
  keepdims: boolean,
  compute: (t: Tensor) => { centre: Tensor; value: Tensor },
): Tensor {
  const wide = customGradient((t) => {
    const { centre, value } = compute(t);
    const slope = (upstream: Tensor) => multiply(multiply(upstream, 2 / countOf(n, axes)), subtract(t, centre));
    return [value, slope];
  })(wrap(n));
  return wrap(reshapeTo(wide.node, reducedShape(n.shape, axes, keepdims)));
}

/** The standard deviation over `axis`. */
export const std = (x: TensorLike, how?: Reduce): Tensor => sqrt(variance(x, how));

/** True where all elements over `axis` are true. Of nothing: true. */
export function all(x: TensorLike, how?: Reduce): Tensor {
  return wrap(castTo(fold('all', 'reduceProd', castTo(lift(x, 'bool'), 'int32'), how), 'bool'));
}

/** True where any element over `axis` is true. Of nothing: false. */
export function any(x: TensorLike, how?: Reduce): Tensor {
  return wrap(castTo(fold('any', 'reduceSum', castTo(lift(x, 'bool'), 'int32'), how), 'bool'));
}

/** The number of elements that are not 0, int32. */
export const countNonzero = (x: TensorLike, how?: Reduce): Tensor => sum(wrap(lift(x, 'bool')), how);

/** log(sum(exp(x))): the maximum is taken out first, so that nothing overflows. Of nothing: minus infinity. */
export function logsumexp(x: TensorLike, how?: Reduce): Tensor {
  const n = lift(x, 'float');
  const { axes, keepdims } = readReduce('logsumexp', n, how);
  if (countOf(n, axes) === 0)
    return wrap(expandTo(scalar(Number.NEGATIVE_INFINITY, n.dtype), reducedShape(n.shape, axes, keepdims)));
  const peak = max(wrap(n), { axis: axes, keepdims: true });
  // Where the maximum is infinite, x - peak would be NaN: nothing is taken out there.
  const shift = where(isinf(peak), 0, peak);
  const total = log(sum(exp(subtract(wrap(n), shift)), { axis: axes, keepdims: true }));
  return wrap(reshapeTo(node('add', [total.node, shift.node], {}), reducedShape(n.shape, axes, keepdims)));
}

/** -0 lies below 0 here, as Keras has it: the smallest normal number that is negative takes its place. */
function signedZeros(x: Node): Node {
  const isZero = node('eq', [x, alike(0, x)], {});
  return node('select', [node('and', [isZero, signBit(x)], {}), alike(-(2 ** -126), x), x], {});
}

export interface ArgOptions {
  readonly axis?: number | null;
  readonly keepdims?: boolean;
}

function arg(op: string, x: TensorLike, how: number | null | undefined | ArgOptions, flip: boolean): Tensor {
  const options: ArgOptions = typeof how === 'object' && how !== null ? how : { axis: how };
  const n = lift(x);
  const values = castTo(n, wide(n.dtype));
  const keys = isFloating(values.dtype) ? signedZeros(castTo(values, 'float32')) : values;
  // The bits of an integer inverted reverse the order without overflow; a float is negated.
  const ordered = flip ? node(values.dtype === 'int32' ? 'not' : 'neg', [keys], {}) : keys;
  const flat = options.axis === null || options.axis === undefined;
  const axis = flat ? 0 : normalizeAxis(op, options.axis as number, n.shape.length);
  const source = flat ? reshapeTo(ordered, [n.shape.reduce((a, b) => a * b, 1)]) : ordered;
  if (source.shape[axis] === 0) fail(op, `nothing to choose from in shape [${n.shape.join(', ')}]`);
  const found = node('argmax', [source], { axis });
  const keep = options.keepdims ?? false;
  return wrap(reshapeTo(found, flat ? (keep ? n.shape.map(() => 1) : []) : reducedShape(n.shape, [axis], keep)));
}

/** The place of the largest element along `axis` (the first of equals), int32; without an axis, of the flat tensor. */
export const argmax = (x: TensorLike, how?: number | null | ArgOptions): Tensor => arg('argmax', x, how, false);
/** The place of the smallest element along `axis` (the first of equals), int32. */
export const argmin = (x: TensorLike, how?: number | null | ArgOptions): Tensor => arg('argmin', x, how, true);

/** The weighted mean over `axis`: sum(x * weights) / sum(weights). */
export function average(
  x: TensorLike,
  { axis = null, weights }: { axis?: Axis; weights?: TensorLike | null } = {},
): Tensor {
  if (weights === undefined || weights === null) return mean(x, { axis });
  const n = wrap(lift(x, 'float'));
  let w = lift(weights, 'float');
  if (w.shape.length === 1 && n.shape.length > 1 && typeof axis === 'number') {
    const at = normalizeAxis('average', axis, n.shape.length);
    w = reshapeTo(
      w,
      n.shape.map((_, i) => (i === at ? w.shape[0]! : 1)),
    );
  }
  const [values, whole] = alignShapes('average', [n.node, w]).map(wrap) as [Tensor, Tensor];
  const quotient = divide(sum(multiply(values, whole), { axis }), sum(whole, { axis }));
  return wrap(castTo(quotient.node, floatType(x, weights)));
}
