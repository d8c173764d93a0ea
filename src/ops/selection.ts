import { node } from '../graph/build.ts';
import { bytesPerElement, type DType } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { type Shape, showShape, sizeOf, stridesOf } from '../graph/shape.ts';
import { checkDType, type Tensor, type TensorLike } from '../trace/index.ts';
import { fromBits, toBits } from './bits.ts';
import { where as choose, isclose, less } from './compare.ts';
import { castTo, fail, floatType, lift, normalizeAxis, reshapeTo, wrap } from './core.ts';
import { add, alike, maximum, minimum, sqrt, square, subtract } from './elementwise.ts';
import { nonzero } from './host.ts';
import { argsort, sort } from './indexing.ts';
import { concatenate, expandDims, flip, pad, reshape, sliceAxis, split } from './movement.ts';
import { conv } from './nn-conv.ts';
import { all, sum } from './reduce.ts';
import { floorDivide, mod } from './remainder.ts';

/** Whether all elements of `x` and `y` are close, as `isclose` says; a bool scalar. */
export const allclose = (
  x: TensorLike,
  y: TensorLike,
  options: { rtol?: number; atol?: number; equalNan?: boolean } = {},
): Tensor => all(isclose(x, y, options));

/**
 * An order along `axis` (the flat tensor for null) in which the `kth` element stands where sorting would put it, smaller ones
 * before, larger ones after; int32.
 */
export function argpartition(x: TensorLike, kth: number, axis: number | null = -1): Tensor {
  const n = lift(x);
  const t = wrap(axis === null ? reshapeTo(n, [sizeOf(n.shape)]) : n);
  const at = normalizeAxis('argpartition', axis ?? 0, t.rank);
  const size = t.shape[at]!;
  const k = normalizeAxis('argpartition', kth, size);
  const order = argsort(t, at);
  const [low, high] = split(order, [k + 1], at) as [Tensor, Tensor];
  // As Keras's on JAX: what comes after stands in the order of the places.
  return high.size === 0 ? order : concatenate([low, sort(high, at)], at);
}

/**
 * Sums of products of `x2` with the part of `x1` below it, at all places: out[k] = sum_n x1[n + k] x2[n]; both vectors.
 *
 * @param mode `'valid'` (default): only where the shorter one lies within the longer; `'same'`: as many as the longer one has;
 *   `'full'`: wherever they overlap.
 */
export function correlate(x1: TensorLike, x2: TensorLike, mode: 'valid' | 'same' | 'full' = 'valid'): Tensor {
  const dtype = floatType(x1, x2);
  const [a, b] = [wrap(lift(x1, 'float32')), wrap(lift(x2, 'float32'))];
  if (a.rank !== 1 || b.rank !== 1 || a.size === 0 || b.size === 0)
    fail('correlate', `expected two vectors with elements, got ${showShape(a.shape)} and ${showShape(b.shape)}`);
  if (a.size < b.size) return flip(correlate(x2, x1, mode));
  const around = {
    valid: [0, 0],
    same: [Math.floor(b.size / 2), b.size - Math.floor(b.size / 2) - 1],
    full: [b.size - 1, b.size - 1],
  };
  const width = around[mode];
  if (width === undefined)
    fail('correlate', `mode: expected 'valid', 'same' or 'full', got '${mode}'`, 'INVALID_ARGUMENT');
  const padded = pad(a, [width as [number, number]]);
  const sums = conv(reshape(padded, [1, -1, 1]), reshape(b, [-1, 1, 1]), { dataFormat: 'channels_last' });
  return wrap(castTo(reshape(sums, [-1]).node, dtype));
}

/** The distances of all pairs of rows: [..., n, d] and [..., m, d] -> [..., n, m], float32. */
export function cdist(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = [wrap(lift(x, 'float32')), wrap(lift(y, 'float32'))];
  if (a.rank < 2 || b.rank < 2 || a.shape.at(-1) !== b.shape.at(-1))
    fail('cdist', `expected [..., n, d] and [..., m, d], got ${showShape(a.shape)} and ${showShape(b.shape)}`);
  return sqrt(sum(square(subtract(expandDims(a, -2), expandDims(b, -3))), -1));
}

/** For each element the first of `choices` whose condition is true, `otherwise` where none is. */
export function select(
  conditions: readonly TensorLike[],
  choices: readonly TensorLike[],
  otherwise: TensorLike = 0,
): Tensor {
  if (
    !Array.isArray(conditions) ||
    !Array.isArray(choices) ||
    conditions.length !== choices.length ||
    choices.length === 0
  )
    fail('select', 'expected two lists of the same length, conditions and choices', 'INVALID_ARGUMENT');
  return choices.reduceRight(
    (rest: TensorLike, choice, i) => choose(conditions[i]!, choice, rest),
    otherwise,
  ) as Tensor;
}

/**
 * The indices along each axis of a tensor of `shape` that row-major numbers name, in their dtype. Numbers beyond the ends name the
 * first or last element; negative ones count from the end.
 */
export function unravelIndex(indices: TensorLike, shape: Shape): Tensor[] {
  const n = lift(indices);
  if (n.dtype === 'float32' && typeof indices !== 'number' && !Array.isArray(indices))
    fail('unravelIndex', 'expected integers, got float32', 'DTYPE');
  const count = sizeOf(shape);
  const given = wrap(castTo(n, 'int32'));
  const flat = minimum(maximum(choose(less(given, 0), add(given, count), given), 0), count - 1);
  const strides = stridesOf(shape);
  return shape.map((d, i) => {
    const at = mod(floorDivide(flat, wrap(alike(strides[i]!, flat.node))), wrap(alike(d, flat.node)));
    return wrap(castTo(at.node, n.dtype === 'uint8' ? 'uint8' : 'int32'));
  });
}

/**
 * The same bits as another dtype. Where its elements are shorter, the last axis grows (the low bytes first); where they are longer,
 * it shrinks. bool has a byte, 0 or 1.
 *
 * @param dtype Default: that of `x`.
 */
export function view(x: TensorLike, dtype?: DType | null): Tensor {
  const n = lift(x);
  if (dtype === null || dtype === undefined || dtype === n.dtype) return wrap(n);
  checkDType(dtype, 'ops.view');
  const [from, to] = [bytesPerElement(n.dtype), bytesPerElement(dtype)];
  if (from === to) return wrap(fromBits(toBits(n), dtype));
  const last = n.shape.at(-1);
  if (last === undefined) fail('view', `a scalar of ${n.dtype} cannot be viewed as ${dtype}`);
  const bits = from > to ? inParts(toBits(n), from / to, 8 * to) : joined(toBits(n), to / from, 8 * from);
  return wrap(fromBits(bits, dtype));
}

/** Each number as `count` numbers of `width` bits, the low ones first. */
function inParts(x: Node, count: number, width: number): Node {
  const parts = Array.from({ length: count }, (_, i) => {
    const shifted = i === 0 ? x : node('shr', [x, alike(i * width, x)], {});
    return reshapeTo(node('and', [shifted, alike(2 ** width - 1, x)], {}), [...x.shape, 1]);
  });
  const all = node('concat', parts, { axis: x.shape.length });
  return reshapeTo(all, [...x.shape.slice(0, -1), x.shape.at(-1)! * count]);
}

/** Each `count` numbers of `width` bits along the last axis as one number. */
function joined(x: Node, count: number, width: number): Node {
  const last = x.shape.at(-1)!;
  if (last % count !== 0) fail('view', `the last axis of shape ${showShape(x.shape)} does not divide by ${count}`);
  const axis = x.shape.length;
  const parts = reshapeTo(x, [...x.shape.slice(0, -1), last / count, count]);
  return Array.from({ length: count }, (_, i) => {
    const part = reshapeTo(sliceAxis(parts, axis, i, i + 1), parts.shape.slice(0, -1));
    return i === 0 ? part : node('shl', [part, alike(i * width, part)], {});
  }).reduce((a, b) => node('or', [a, b], {}));
}

/**
 * `condition ? x : y`, with broadcasting of all three; or, of a condition alone, the places where it holds, as `nonzero` gives
 * them.
 *
 * @throws OlifantError `INVALID_ARGUMENT` where only one of `x` and `y` is given.
 */
export function where(condition: TensorLike): Tensor[];
export function where(condition: TensorLike, x: TensorLike, y: TensorLike): Tensor;
export function where(condition: TensorLike, x?: TensorLike | null, y?: TensorLike | null): Tensor | Tensor[] {
  const [hasX, hasY] = [x, y].map((v) => v !== null && v !== undefined);
  if (!hasX && !hasY) return nonzero(condition);
  if (!hasX || !hasY) fail('where', 'expected both x and y, or none of them', 'INVALID_ARGUMENT');
  return choose(condition, x!, y!);
}
