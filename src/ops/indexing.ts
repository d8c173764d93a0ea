import { node } from '../graph/build.ts';
import type { DType } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { type Shape, sameShape, showShape, sizeOf, stridesOf } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { iotaAlong } from './arithmetic.ts';
import { where } from './compare.ts';
import { castTo, expandTo, fail, lift, normalizeAxis, reshapeTo, wide, wrap } from './core.ts';
import { add, alike, multiply } from './elementwise.ts';
import { sliceAxis, zeros } from './movement.ts';

/** Negative indices count from the end of an axis of `size`. */
function fromEnd(indices: Node, size: number): Node {
  const zero = alike(0, indices);
  return node(
    'select',
    [node('lt', [indices, zero], {}), node('add', [indices, alike(size, indices)], {}), indices],
    {},
  );
}

/**
 * The elements at `indices` along `axis` (of the flat tensor without one): the axis is replaced by the axes of `indices`.
 * Negative indices count from the end; those beyond the ends give the first or last element.
 */
export function take(x: TensorLike, indices: TensorLike, axis?: number | null): Tensor {
  const n = lift(x);
  const flat = axis === null || axis === undefined;
  const source = flat ? reshapeTo(n, [sizeOf(n.shape)]) : n;
  const at = normalizeAxis('take', axis ?? 0, source.shape.length);
  return wrap(node('gather', [source, fromEnd(lift(indices, 'int32'), source.shape[at]!)], { axis: at }));
}

/** Row-major numbers of the elements that `indices` names along `axis` of a tensor of `shape`. */
function linearIndices(indices: Node, shape: Shape, axis: number): Node {
  const strides = stridesOf(shape);
  let linear = multiply(wrap(fromEnd(indices, shape[axis]!)), strides[axis]!);
  indices.shape.forEach((d, i) => {
    if (i !== axis && d > 1)
      linear = add(linear, multiply(wrap(expandTo(axisNumbers(indices.shape, i), indices.shape)), strides[i]!));
  });
  return linear.node;
}

const axisNumbers = (shape: Shape, axis: number): Node =>
  iotaAlong(
    shape.map((d, i) => (i === axis ? d : 1)),
    axis,
  );

/** For each place of `indices` the element of `x` there, but for the index along `axis`: the companion of `argsort`. */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis?: number | null): Tensor {
  const n = lift(x);
  let which = lift(indices, 'int32');
  if (axis === null || axis === undefined) return take(wrap(n), wrap(reshapeTo(which, [sizeOf(which.shape)])), null);
  const at = normalizeAxis('takeAlongAxis', axis, n.shape.length);
  const fits =
    which.shape.length === n.shape.length &&
    which.shape.every((d, i) => i === at || d === n.shape[i] || d === 1 || n.shape[i] === 1);
  if (!fits) fail('takeAlongAxis', `indices of shape ${showShape(which.shape)} do not fit ${showShape(n.shape)}`);
  const shape = n.shape.map((d, i) => (i === at ? which.shape[i]! : Math.max(d, which.shape[i]!)));
  which = expandTo(which, shape);
  const source = expandTo(
    n,
    shape.map((d, i) => (i === at ? n.shape[i]! : d)),
  );
  const linear = linearIndices(which, source.shape, at);
  return wrap(node('gather', [reshapeTo(source, [sizeOf(source.shape)]), linear], { axis: 0 }));
}

/** A new axis of `numClasses` with 1 at the number's place and 0 elsewhere; numbers out of range give only zeros. */
export function oneHot(
  x: TensorLike,
  numClasses: number,
  { axis = -1, dtype = 'float32' }: { axis?: number; dtype?: DType } = {},
): Tensor {
  const n = lift(x, 'int32');
  const at = normalizeAxis('oneHot', axis, n.shape.length + 1);
  const shape = [...n.shape.slice(0, at), numClasses, ...n.shape.slice(at)];
  const spread = node('broadcast', [reshapeTo(n, [...n.shape.slice(0, at), 1, ...n.shape.slice(at)])], { shape });
  return wrap(castTo(node('eq', [spread, iotaAlong(shape, at)], {}), dtype));
}

/** Ones at every number of the last axis of `x`, in an axis of `numClasses`. */
export function multiHot(x: TensorLike, numClasses: number, { dtype = 'float32' }: { dtype?: DType } = {}): Tensor {
  const hot = oneHot(x, numClasses, { dtype: 'int32' }).node;
  const rank = hot.shape.length;
  const y = rank >= 2 ? node('reduceMax', [hot], { axes: [rank - 2] }) : hot;
  return wrap(castTo(y, dtype));
}

/** The order that sorts along `axis` (the flat tensor for null), smallest first, equals as they stand, NaN last; int32. */
export function argsort(x: TensorLike, axis: number | null = -1, { descending = false } = {}): Tensor {
  const n = lift(x);
  const source = axis === null ? reshapeTo(n, [sizeOf(n.shape)]) : n;
  const at = normalizeAxis('argsort', axis ?? 0, source.shape.length);
  return wrap(node('argsort', [castTo(source, wide(source.dtype))], { axis: at, descending }));
}

/** Sorted along `axis` (the flat tensor for null), smallest first, NaN last. */
export function sort(x: TensorLike, axis: number | null = -1): Tensor {
  const n = lift(x);
  const source = wrap(axis === null ? reshapeTo(n, [sizeOf(n.shape)]) : n);
  return takeAlongAxis(source, argsort(source, axis ?? 0), axis ?? 0);
}

/** The `k` largest of the last axis, largest first, and their places. */
export function topK(x: TensorLike, k: number): { values: Tensor; indices: Tensor } {
  const n = wrap(lift(x));
  const axis = normalizeAxis('topK', -1, n.rank);
  if (!Number.isInteger(k) || k < 0 || k > n.shape[axis]!)
    fail('topK', `k = ${k} of ${n.shape[axis]} elements along the last axis`, 'INVALID_ARGUMENT');
  const indices = wrap(sliceAxis(argsort(n, axis, { descending: true }).node, axis, 0, k));
  return { values: takeAlongAxis(n, indices, axis), indices };
}

/** Whether each target's score is among the `k` largest of its row: fewer than `k` are larger. Not so for NaN rows. */
export function inTopK(targets: TensorLike, predictions: TensorLike, k: number): Tensor {
  const p = lift(predictions, 'float32');
  const t = lift(targets, 'int32');
  const classes = p.shape.at(-1)!;
  const spread = expandTo(reshapeTo(t, [...t.shape, 1]), p.shape);
  const isTarget = node('eq', [spread, iotaAlong(p.shape, p.shape.length - 1)], {});
  const last = [p.shape.length - 1];
  const score = node('reduceSum', [node('select', [isTarget, p, alike(0, p)], {})], { axes: last });
  const larger = node('lt', [expandTo(reshapeTo(score, [...t.shape, 1]), p.shape), p], {});
  const count = node('reduceSum', [castTo(larger, 'int32')], { axes: last });
  const finite = node('lt', [node('abs', [score], {}), alike(Number.POSITIVE_INFINITY, score)], {});
  const zero = alike(0, t);
  const known = node('and', [node('le', [zero, t], {}), node('lt', [t, alike(classes, t)], {})], {});
  const among = node('and', [node('lt', [count, alike(k, count)], {}), finite], {});
  return wrap(node('and', [among, known], {}));
}

function running(op: string, kind: 'sum' | 'prod' | 'max' | 'min', x: TensorLike, axis?: number | null): Tensor {
  const n = lift(x);
  const flat = axis === null || axis === undefined;
  const source = flat ? reshapeTo(n, [sizeOf(n.shape)]) : n;
  const at = normalizeAxis(op, axis ?? 0, source.shape.length);
  return wrap(node('cumulative', [castTo(source, wide(source.dtype))], { kind, axis: at, reverse: false }));
}

/** Sums of the elements up to each, along `axis` or of the flat tensor. */
export const cumsum = (x: TensorLike, axis?: number | null): Tensor => running('cumsum', 'sum', x, axis);
/** Products of the elements up to each. */
export const cumprod = (x: TensorLike, axis?: number | null): Tensor => running('cumprod', 'prod', x, axis);

/** The differences of neighbours along `axis`, `n` times over. */
export function diff(x: TensorLike, n = 1, axis = -1): Tensor {
  let y = lift(x);
  const at = normalizeAxis('diff', axis, y.shape.length);
  for (let i = 0; i < n; i++) {
    const size = y.shape[at]!;
    y = node('sub', [sliceAxis(y, at, Math.min(1, size), size), sliceAxis(y, at, 0, Math.max(0, size - 1))], {});
  }
  return wrap(y);
}

/** Row-major numbers of the places that the rows of `indices` ([n, rank]) name in `shape`. */
function placeNumbers(indices: TensorLike, shape: Shape, op: string): Node {
  const n = lift(indices, 'int32');
  if (n.shape.length !== 2 || n.shape[1]! > shape.length)
    fail(op, `expected indices of shape [n, at most ${shape.length}], got ${showShape(n.shape)}`);
  const depth = n.shape[1]!;
  const strides = stridesOf(shape.slice(0, depth));
  let linear = wrap(alike(0, reshapeTo(sliceAxis(n, 1, 0, 1), [n.shape[0]!])));
  for (let i = 0; i < depth; i++)
    linear = add(linear, multiply(wrap(reshapeTo(sliceAxis(n, 1, i, i + 1), [n.shape[0]!])), strides[i]!));
  return linear.node;
}

/** Zeros of `shape` with `values` added at the places that the rows of `indices` name. */
export function scatter(indices: TensorLike, values: TensorLike, shape: Shape): Tensor {
  const v = lift(values);
  return scatterInto(zeros(shape, v.dtype).node, indices, v, 'scatter');
}

function scatterInto(target: Node, indices: TensorLike, values: Node, op: string): Tensor {
  const depth = lift(indices).shape[1] ?? 0;
  const inner = target.shape.slice(depth);
  const places = placeNumbers(indices, target.shape, op);
  const updates = [places.shape[0]!, ...inner];
  if (!sameShape(values.shape, updates))
    fail(op, `expected values of shape ${showShape(updates)}, got ${showShape(values.shape)}`);
  const rows = sizeOf(target.shape.slice(0, depth));
  const meet = wide(target.dtype);
  const flat = castTo(reshapeTo(target, [rows, ...inner]), meet);
  const sum = node('scatterAdd', [flat, places, castTo(values, meet)], { axis: 0 });
  return wrap(castTo(reshapeTo(sum, target.shape), target.dtype));
}

/** `x` with `updates` in the places that the rows of `indices` name. Places named twice get the sum. */
export function scatterUpdate(x: TensorLike, indices: TensorLike, updates: TensorLike): Tensor {
  const n = lift(x);
  const u = lift(updates, n.dtype);
  const placed = scatter(indices, wrap(u), n.shape);
  const touched = scatter(indices, wrap(alike(1, castTo(u, 'int32'))), n.shape);
  return where(wrap(castTo(touched.node, 'bool')), placed, wrap(n));
}

/** Sums of the rows of `data` with the same number in `segmentIds`: shape [numSegments, ...]. Other numbers are dropped. */
export function segmentSum(data: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  const n = lift(data);
  const ids = lift(segmentIds, 'int32');
  const meet = wide(n.dtype);
  const rows = n.shape.slice(1);
  // One row more takes what belongs to no segment: scatter clamps.
  const zero = alike(0, ids);
  const outside = node('lt', [ids, zero], {});
  const safe = node('select', [outside, alike(numSegments, ids), ids], {});
  const base = zeros([numSegments + 1, ...rows], meet).node;
  const sum = node('scatterAdd', [base, safe, castTo(n, meet)], { axis: 0 });
  return wrap(castTo(sliceAxis(sum, 0, 0, numSegments), n.dtype));
}

/** How often each number 0 .. occurs, int32 (float32 sums of `weights` where given). */
export function bincount(
  x: TensorLike,
  { weights, minlength = 0 }: { weights?: TensorLike; minlength?: number } = {},
): Tensor {
  const n = lift(x, 'int32');
  return segmentSum(weights === undefined ? wrap(alike(1, n)) : wrap(lift(weights)), wrap(n), minlength);
}
