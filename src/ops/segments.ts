import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { sameShape, showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { iotaAlong } from './arithmetic.ts';
import { greaterEqual, less, logicalAnd, where } from './compare.ts';
import { castTo, expandTo, fail, lift, reshapeTo, wide, wrap } from './core.ts';
import { add, alike, multiply } from './elementwise.ts';
import { concreteData, isConcrete } from './known.ts';
import { sliceAxis } from './movement.ts';

export interface SegmentOptions {
  /** A promise that the ids rise, which makes no difference here. Default false. */
  readonly sorted?: boolean;
}

/** How many segments there are: as told, or one more than the largest id, where the ids are known. */
export function segmentCount(op: string, ids: Node, given: number | null | undefined): number {
  if (given !== null && given !== undefined) {
    if (Number.isSafeInteger(given) && given >= 0) return given;
    fail(op, `numSegments: expected a whole number, got ${given}`, 'INVALID_ARGUMENT');
  }
  const values: ArrayLike<number> = concreteData(
    op,
    ids,
    'how many segments there are depends on the values of the ids; give numSegments',
  );
  return Array.from(values).reduce((most, v) => Math.max(most, v + 1), 0);
}

/** For each segment the rows of `data` that belong to it, `fill` instead of the others: [segments, rows, ...]. */
function rowsOf(data: Node, ids: Node, count: number, fill: number): Node {
  const [rows, ...inner] = data.shape as [number, ...number[]];
  const shape = [count, rows, ...inner];
  const each = expandTo(reshapeTo(ids, [1, rows]), [count, rows]);
  const mine = node('eq', [each, iotaAlong([count, rows], 0)], {});
  const wideMine = expandTo(reshapeTo(mine, [count, rows, ...inner.map(() => 1)]), shape);
  const spread = expandTo(reshapeTo(data, [1, ...data.shape]), shape);
  return node('select', [wideMine, spread, expandTo(lift(fill, data.dtype), shape)], {});
}

type Fold = 'reduceMax' | 'reduceMin' | 'reduceProd';

function segments(op: string, fold: Fold, data: TensorLike, segmentIds: TensorLike, given: number | null | undefined) {
  const n = lift(data);
  const ids = lift(segmentIds, 'int32');
  if (n.shape.length === 0 || ids.shape.length !== 1 || ids.shape[0] !== n.shape[0])
    fail(op, `expected one id for each row of data [rows, ...], got ${ids.shape.join(', ')} for ${n.shape.join(', ')}`);
  const count = segmentCount(op, ids, given);
  const x = castTo(n, wide(n.dtype));
  return wrap(castTo(node(fold, [rowsOf(x, ids, count, emptyValue(fold, n.dtype))], { axes: [1] }), n.dtype));
}

/** What a segment without rows gives: what changes no other value. */
function emptyValue(fold: Fold, dtype: string): number {
  if (fold === 'reduceProd') return 1;
  const [low, high] =
    dtype === 'float32'
      ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
      : dtype === 'int32'
        ? [-(2 ** 31), 2 ** 31 - 1]
        : [0, 255];
  return fold === 'reduceMax' ? low! : high!;
}

/**
 * The largest of the rows of `data` with the same number in `segmentIds`: shape [numSegments, ...]. Other numbers are dropped;
 * a segment without rows gives the lowest value of its dtype.
 *
 * @param numSegments Default: one more than the largest id, whose values must be known then.
 */
export const segmentMax = (
  data: TensorLike,
  ids: TensorLike,
  numSegments?: number | null,
  _options: SegmentOptions = {},
): Tensor => segments('segmentMax', 'reduceMax', data, ids, numSegments);
/** The smallest of the rows of each segment; see `segmentMax`. */
export const segmentMin = (
  data: TensorLike,
  ids: TensorLike,
  numSegments?: number | null,
  _options: SegmentOptions = {},
): Tensor => segments('segmentMin', 'reduceMin', data, ids, numSegments);
/** The product of the rows of each segment, 1 for one without rows; see `segmentMax`. */
export const segmentProd = (
  data: TensorLike,
  ids: TensorLike,
  numSegments?: number | null,
  _options: SegmentOptions = {},
): Tensor => segments('segmentProd', 'reduceProd', data, ids, numSegments);

/** The sum of the rows of each segment, 0 for one without rows; see `segmentMax`. */
export function segmentSum(
  data: TensorLike,
  segmentIds: TensorLike,
  numSegments?: number | null,
  _options: SegmentOptions = {},
): Tensor {
  const n = lift(data);
  const ids = lift(segmentIds, 'int32');
  const count = segmentCount('segmentSum', ids, numSegments);
  const meet = wide(n.dtype);
  // One row more takes what belongs to no segment: scatter clamps.
  const outside = node('lt', [ids, alike(0, ids)], {});
  const safe = node('select', [outside, alike(count, ids), ids], {});
  const base = expandTo(lift(0, meet), [count + 1, ...n.shape.slice(1)]);
  const sum = node('scatterAdd', [base, safe, castTo(n, meet)], { axis: 0 });
  return wrap(castTo(sliceAxis(sum, 0, 0, count), n.dtype));
}

/**
 * How often each number 0, 1 ... occurs, int32; or the sums of their weights. Of a matrix for each row.
 *
 * @param x [n] or [rows, n]; negative numbers are not counted.
 * @param options.weights Of the shape of `x`. Default: 1 for each.
 * @param options.minlength How many numbers there are at least. Where values are known there are as many as the largest needs;
 *   in a compiled program exactly `minlength`, and larger numbers are not counted. Default 0.
 */
export function bincount(
  x: TensorLike,
  { weights, minlength = 0 }: { weights?: TensorLike | null; minlength?: number } = {},
): Tensor {
  const n = lift(x, 'int32');
  const length = isConcrete(n) ? Math.max(minlength, segmentCount('bincount', n, null)) : minlength;
  const each = weights === undefined || weights === null ? expandTo(lift(1, 'int32'), n.shape) : lift(weights);
  if (n.shape.length > 2 || !sameShape(each.shape, n.shape))
    fail(
      'bincount',
      `expected numbers of shape [n] or [rows, n], and weights of the same, got ${showShape(n.shape)} and ${showShape(each.shape)}`,
    );
  if (n.shape.length < 2) return segmentSum(wrap(each), wrap(n), length);
  const rows = n.shape[0]!;
  const place = add(wrap(n), multiply(wrap(iotaAlong(n.shape, 0)), length));
  const counted = logicalAnd(greaterEqual(wrap(n), 0), less(wrap(n), length));
  const flat = (x: Tensor): Tensor => wrap(reshapeTo(x.node, [x.size]));
  const sums = segmentSum(flat(wrap(each)), flat(where(counted, place, -1)), rows * length);
  return wrap(reshapeTo(sums.node, [rows, length]));
}
