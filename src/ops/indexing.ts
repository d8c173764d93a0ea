import { node } from '../graph/build.ts';
import type { DType } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { type Shape, sameShape, showShape, sizeOf, stridesOf } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { iotaAlong } from './arithmetic.ts';
import { notEqual, where } from './compare.ts';
import { castTo, expandTo, fail, lift, normalizeAxis, reshapeTo, wide, wrap } from './core.ts';
import { add, alike, multiply, subtract } from './elementwise.ts';
import { flip, sliceAxis, zeros } from './movement.ts';

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
  const shape = n.shape.map((d, i) => (i === at || d === 1 ? which.shape[i]! : d));
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

/**
 * Ones at every number of a row, in a new axis of `numClasses`: [batch, numbers] -> [batch, numClasses].
 *
 * @param options.axis Where the new axis goes in `oneHot` of `x`, whose second axis (of a vector, the first) is folded then.
 *   Default -1.
 */
export function multiHot(
  x: TensorLike,
  numClasses: number,
  { axis = -1, dtype = 'float32' }: { axis?: number; dtype?: DType | null } = {},
): Tensor {
  const hot = oneHot(x, numClasses, { axis, dtype: 'int32' }).node;
  const rank = hot.shape.length - 1;
  return wrap(castTo(node('reduceMax', [hot], { axes: [rank > 1 ? 1 : 0] }), dtype ?? 'float32'));
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

/**
 * The `k` largest of the last axis and their places; NaN counts as the largest, of equals the first one comes first.
 *
 * @param options.sorted Whether the largest comes first: always so here. Default true.
 */
export function topK(
  x: TensorLike,
  k: number,
  _options: { sorted?: boolean } = {},
): { values: Tensor; indices: Tensor } {
  const n = wrap(lift(x));
  const axis = normalizeAxis('topK', -1, n.rank);
  if (!Number.isInteger(k) || k < 0 || k > n.shape[axis]!)
    fail('topK', `k = ${k} of ${n.shape[axis]} elements along the last axis`, 'INVALID_ARGUMENT');
  // From behind, so that NaN, which an ascending order has last, comes first, and of equals the first one.
  const order = flip(argsort(flip(n, axis), axis), axis);
  const indices = subtract(n.shape[axis]! - 1, wrap(sliceAxis(order.node, axis, 0, k)));
  return { values: takeAlongAxis(n, indices, axis), indices };
}

/**
 * Whether each target's score is among the `k` largest of its row: fewer than `k` are larger. A negative target counts from
 * the end; a score of NaN, or of a target that there is not, is as low as can be.
 */
export function inTopK(targets: TensorLike, predictions: TensorLike, k: number): Tensor {
  const p = lift(predictions, 'float32');
  const classes = p.shape.at(-1)!;
  const t = fromEnd(lift(targets, 'int32'), classes);
  const spread = expandTo(reshapeTo(t, [...t.shape, 1]), p.shape);
  const isTarget = node('eq', [spread, iotaAlong(p.shape, p.shape.length - 1)], {});
  const last = [p.shape.length - 1];
  const lowest = alike(Number.NEGATIVE_INFINITY, p);
  const known = node('and', [isTarget, node('eq', [p, p], {})], {});
  const score = node('reduceMax', [node('select', [known, p, lowest], {})], { axes: last });
  const larger = node('lt', [expandTo(reshapeTo(score, [...t.shape, 1]), p.shape), p], {});
  const count = node('reduceSum', [castTo(larger, 'int32')], { axes: last });
  return wrap(node('lt', [count, alike(k, count)], {}));
}

function running(
  op: string,
  kind: 'sum' | 'prod' | 'max' | 'min',
  x: TensorLike,
  axis?: number | null,
  dtype?: DType | null,
): Tensor {
  const n = lift(x, dtype ?? undefined);
  const flat = axis === null || axis === undefined;
  const source = flat ? reshapeTo(n, [sizeOf(n.shape)]) : n;
  const at = normalizeAxis(op, axis ?? 0, source.shape.length);
  const all = node('cumulative', [castTo(source, wide(source.dtype))], { kind, axis: at, reverse: false });
  return wrap(source.dtype === 'uint8' ? castTo(all, 'uint8') : all);
}

/** Sums of the elements up to each, along `axis` or of the flat tensor; of the dtype of `x` (bool: int32), or `dtype`. */
export const cumsum = (x: TensorLike, axis?: number | null, dtype?: DType | null): Tensor =>
  running('cumsum', 'sum', x, axis, dtype);
/** Products of the elements up to each, like `cumsum`. */
export const cumprod = (x: TensorLike, axis?: number | null, dtype?: DType | null): Tensor =>
  running('cumprod', 'prod', x, axis, dtype);

/** The differences of neighbours along `axis`, `n` times over, of the dtype of `x`; of booleans, whether they differ. */
export function diff(x: TensorLike, n = 1, axis = -1): Tensor {
  let y = lift(x);
  const at = normalizeAxis('diff', axis, y.shape.length);
  for (let i = 0; i < n; i++) {
    const size = y.shape[at]!;
    const [later, earlier] = [sliceAxis(y, at, Math.min(1, size), size), sliceAxis(y, at, 0, Math.max(0, size - 1))];
    y = (y.dtype === 'bool' ? notEqual : subtract)(wrap(later), wrap(earlier)).node;
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

/** What happens to an element that is named: nothing else stays, or it is joined with what comes. */
export type ScatterReduction = 'add' | 'max' | 'min' | 'mul';

/**
 * `x` with `updates` in the places that the rows of `indices` name, or joined with what is there.
 *
 * @param indices Integers, [n, at most the rank of `x`]; without a reduction, of places named twice the last one counts.
 * @param updates The new values, [n, ...].
 * @param options.reduction Default: none, the new values replace the old ones.
 */
export function scatterUpdate(
  x: TensorLike,
  indices: TensorLike,
  updates: TensorLike,
  { reduction = null }: { reduction?: ScatterReduction | null } = {},
): Tensor {
  const n = lift(x);
  const u = lift(updates, n.dtype);
  if (reduction === 'add') return scatterInto(n, indices, u, 'scatterUpdate');
  const places = placeNumbers(indices, n.shape, 'scatterUpdate');
  const depth = lift(indices).shape[1]!;
  const inner = n.shape.slice(depth);
  const expected = [places.shape[0]!, ...inner];
  if (!sameShape(u.shape, expected))
    fail('scatterUpdate', `expected updates of shape ${showShape(expected)}, got ${showShape(u.shape)}`);
  const rows = sizeOf(n.shape.slice(0, depth));
  const flat = reshapeTo(n, [rows, ...inner]);
  const joined = reduction === null ? lastOf(flat, places, u) : joinRows(flat, places, u, reduction);
  return wrap(reshapeTo(joined, n.shape));
}

/** Each row, or the last of the updates that name it: sorted by place, the last of each run is it. */
function lastOf(flat: Node, places: Node, updates: Node): Node {
  const [rows, ...inner] = flat.shape as [number, ...number[]];
  const count = places.shape[0]!;
  if (count === 0) return flat;
  const order = node('argsort', [places], { axis: 0, descending: false });
  const sorted = node('gather', [places, order], { axis: 0 });
  const next = node('concat', [sliceAxis(sorted, 0, 1, count), expandTo(lift(-1, 'int32'), [1])], { axis: 0 });
  const last = node('not', [node('eq', [sorted, next], {})], {});
  const meet = wide(flat.dtype);
  const chosen = castTo(node('gather', [updates, order], { axis: 0 }), meet);
  const mask = expandTo(reshapeTo(last, [count, ...inner.map(() => 1)]), chosen.shape);
  const kept = node('select', [mask, chosen, expandTo(lift(0, meet), chosen.shape)], {});
  const placed = node('scatterAdd', [expandTo(lift(0, meet), flat.shape), sorted, kept], { axis: 0 });
  const ones = expandTo(lift(1, 'int32'), [count]);
  const named = castTo(node('scatterAdd', [expandTo(lift(0, 'int32'), [rows]), sorted, ones], { axis: 0 }), 'bool');
  const touched = expandTo(reshapeTo(named, [rows, ...inner.map(() => 1)]), flat.shape);
  return where(wrap(touched), wrap(castTo(placed, flat.dtype)), wrap(flat)).node;
}

const JOINS = { max: 'reduceMax', min: 'reduceMin', mul: 'reduceProd' } as const;

/** Each row together with all updates that name it. */
function joinRows(flat: Node, places: Node, updates: Node, reduction: Exclude<ScatterReduction, 'add'>): Node {
  const fold = JOINS[reduction];
  if (fold === undefined)
    fail(
      'scatterUpdate',
      `reduction: expected null, 'add', 'max', 'min' or 'mul', got '${reduction}'`,
      'INVALID_ARGUMENT',
    );
  const [rows, ...inner] = flat.shape as [number, ...number[]];
  const shape = [rows, places.shape[0]! + 1, ...inner];
  const meet = wide(flat.dtype);
  const own = reshapeTo(castTo(flat, meet), [rows, 1, ...inner]);
  const given = expandTo(reshapeTo(castTo(updates, meet), [1, places.shape[0]!, ...inner]), [
    rows,
    places.shape[0]!,
    ...inner,
  ]);
  const all = node('concat', [own, given], { axis: 1 });
  const numbers = node('concat', [expandTo(lift(-1, 'int32'), [1]), places], { axis: 0 });
  const each = expandTo(reshapeTo(numbers, [1, numbers.shape[0]!]), [rows, numbers.shape[0]!]);
  const isOwn = node('eq', [each, expandTo(lift(-1, 'int32'), each.shape)], {});
  const named = node('or', [isOwn, node('eq', [each, iotaAlong(each.shape, 0)], {})], {});
  const mask = expandTo(reshapeTo(named, [...each.shape, ...inner.map(() => 1)]), shape);
  // A row itself takes the places of those that do not name it; a product has 1 there.
  const neutral = reduction === 'mul' ? expandTo(lift(1, meet), shape) : expandTo(own, shape);
  return castTo(node(fold, [node('select', [mask, all, neutral], {})], { axes: [1] }), flat.dtype);
}
