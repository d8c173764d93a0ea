import { describe } from '../errors.ts';
import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { type Shape, showShape } from '../graph/shape.ts';
import { isTensorLike, type Tensor, type TensorLike, type Variable } from '../trace/index.ts';
import { iotaAlong } from './arithmetic.ts';
import { where } from './compare.ts';
import { expandTo, fail, lift, reshapeTo, wrap } from './core.ts';
import { alike } from './elementwise.ts';
import { take } from './indexing.ts';
import { knownNumbers } from './known.ts';
import { expandDims, slice as fixedSlice, flip, sliceAxis } from './movement.ts';

/** Where a block begins: numbers, or an integer tensor whose values may come only when the program runs. */
export type Start = readonly (number | Tensor)[] | Tensor | Variable;

const isFixed = (start: Start): start is readonly number[] =>
  Array.isArray(start) && start.every((s) => typeof s === 'number');

/** The start along each axis as scalars, int32. */
function starts(op: string, start: Start, rank: number): Node[] {
  const list = Array.isArray(start)
    ? start.map((s) => reshapeTo(lift(s, 'int32'), []))
    : Array.from({ length: lift(start as Tensor).shape[0] ?? 0 }, (_, i) =>
        reshapeTo(sliceAxis(lift(start as Tensor, 'int32'), 0, i, i + 1), []),
      );
  if (list.length !== rank)
    fail(op, `expected a start for each of ${rank} axes, got ${list.length}`, 'INVALID_ARGUMENT');
  return list;
}

/** A start as XLA takes it: such that the block lies within. */
function clamped(start: Node, size: number, part: number): Node {
  const low = node('max', [start, lift(0, 'int32')], {});
  return node('min', [low, lift(size - part, 'int32')], {});
}

/**
 * The block of `shape` that begins at `start`.
 *
 * @param start A number for each axis; or tensors: then the block is moved to where it lies within `x`.
 * @param shape Sizes, numbers or a tensor whose values are known; with numbers as start, -1 goes to the end.
 */
export function slice(x: TensorLike, start: Start, shape: Shape | Tensor): Tensor {
  const sizes = knownNumbers('slice', 'shape', shape);
  return block(x, start, typeof sizes === 'number' ? [sizes] : sizes);
}

function block(x: TensorLike, start: Start, shape: Shape): Tensor {
  if (isFixed(start)) return fixedSlice(x, start, shape);
  const t = wrap(lift(x));
  const from = starts('slice', start, t.rank);
  if (shape.length !== t.rank || shape.some((d, i) => !(d >= 0 && d <= t.shape[i]!)))
    fail('slice', `a block of ${showShape(shape)} does not fit into shape ${showShape(t.shape)}`);
  return shape.reduce((y, d, axis) => {
    const places = iotaAlong([d], 0);
    const first = expandTo(clamped(from[axis]!, t.shape[axis]!, d), [d]);
    return take(y, wrap(node('add', [places, first], {})), axis);
  }, t);
}

/**
 * `x` with the block that begins at `start` replaced by `updates`. A block that would reach beyond the ends is moved to where
 * it lies within.
 */
export function sliceUpdate(x: TensorLike, start: Start, updates: TensorLike): Tensor {
  const t = wrap(lift(x));
  const u = lift(updates, t.dtype);
  if (u.shape.length !== t.rank || u.shape.some((d, i) => d > t.shape[i]!))
    fail('sliceUpdate', `updates of shape ${showShape(u.shape)} do not fit into shape ${showShape(t.shape)}`);
  if (u.shape.some((d) => d === 0)) return t;
  const from = starts('sliceUpdate', start, t.rank);
  // Each element's place in the block, along each axis; outside of it nothing is taken.
  let block = wrap(u);
  let inside: Node | undefined;
  t.shape.forEach((size, axis) => {
    const part = u.shape[axis]!;
    const places = iotaAlong([size], 0);
    const first = expandTo(clamped(from[axis]!, size, part), [size]);
    const at = node('sub', [places, first], {});
    const within = node('and', [node('le', [alike(0, at), at], {}), node('lt', [at, alike(part, at)], {})], {});
    // Negative places would count from the end.
    block = take(block, wrap(node('max', [at, alike(0, at)], {})), axis);
    const along = reshapeTo(
      within,
      t.shape.map((d, i) => (i === axis ? d : 1)),
    );
    const wide = expandTo(along, t.shape);
    inside = inside === undefined ? wide : node('and', [inside, wide], {});
  });
  return inside === undefined ? block : where(wrap(inside), block, t);
}

/** `start:stop:step` of one axis, as in Python: negative places count from the end, what is missing goes to it. */
export interface Range {
  readonly start?: number | null;
  readonly stop?: number | null;
  readonly step?: number | null;
}

/** A place, a range, `null` for a new axis, `'...'` for all axes in between, or a tensor (or list) of places. */
export type Key = number | Range | null | '...' | Tensor | readonly number[];

function isRange(key: unknown): key is Range {
  return (
    typeof key === 'object' &&
    key !== null &&
    Object.getPrototypeOf(key) === Object.prototype &&
    Object.keys(key).every((k) => k === 'start' || k === 'stop' || k === 'step')
  );
}

/** The first place, how many there are, and the step, as Python's `slice.indices` gives them. */
function placesOf({ start, stop, step }: Range, size: number): { first: number; count: number; step: number } {
  const by = step ?? 1;
  if (!Number.isSafeInteger(by) || by === 0)
    fail('getItem', `a step must be a whole number other than 0, got ${by}`, 'INVALID_ARGUMENT');
  const [low, high] = by > 0 ? [0, size] : [-1, size - 1];
  const within = (v: number) => Math.min(high, Math.max(low, v < 0 ? v + size : v));
  const first = start === null || start === undefined ? (by > 0 ? low : high) : within(start);
  const end = stop === null || stop === undefined ? (by > 0 ? high : low) : within(stop);
  return { first, count: Math.max(0, Math.ceil((end - first) / by)), step: by };
}

function ranged(x: Tensor, axis: number, range: Range): Tensor {
  const { first, count, step } = placesOf(range, x.shape[axis]!);
  if (count === 0) return wrap(sliceAxis(x.node, axis, 0, 0));
  const last = first + (count - 1) * step;
  if (step > 0) return wrap(sliceAxis(x.node, axis, first, last + 1, step));
  return flip(wrap(sliceAxis(x.node, axis, last, first + 1, -step)), axis);
}

/**
 * Python's `x[key]`.
 *
 * @param key One of `Key`, or a list of them, one an axis: `[0, { start: 1, stop: 3 }, '...']`. A list of numbers alone is
 *   such a list, too. At most one of them a tensor of places.
 * @throws OlifantError `INVALID_ARGUMENT` where a place does not exist, or there are more keys than axes.
 * @example
 * ops.getItem(x, 0); // x[0]
 * ops.getItem(x, [{ step: -1 }, null, '...']); // x[::-1, None, ...]
 */
export function getItem(x: TensorLike, key: Key | readonly Key[]): Tensor {
  const keys = (Array.isArray(key) ? key : [key]) as readonly Key[];
  let y = wrap(lift(x));
  const used = keys.filter((k) => k !== null && k !== '...').length;
  if (used > y.rank || keys.filter((k) => k === '...').length > 1)
    fail('getItem', `${used} keys do not fit ${y.rank} axes (and '...' may stand once)`, 'INVALID_ARGUMENT');
  if (keys.filter((k) => k !== null && typeof k === 'object' && !isRange(k)).length > 1)
    fail('getItem', 'only one of the keys can be a tensor of places', 'UNSUPPORTED');
  const given = y.rank;
  let axis = 0;
  for (const k of keys) {
    if (k === '...') axis += given - used;
    else if (k === null) {
      y = expandDims(y, axis);
      axis++;
    } else if (typeof k === 'number') {
      y = onePlace(y, axis, k);
    } else if (isRange(k)) {
      y = ranged(y, axis, k);
      axis++;
    } else {
      if (!isTensorLike(k)) fail('getItem', `expected a number, a range, null, '...' or places, got ${describe(k)}`);
      const places = lift(k);
      if (places.dtype === 'bool')
        fail('getItem', 'which elements a mask chooses is known only with its values: use ops.where', 'UNSUPPORTED');
      y = take(y, wrap(places), axis);
      axis += places.shape.length;
    }
  }
  return y;
}

function onePlace(x: Tensor, axis: number, place: number): Tensor {
  const size = x.shape[axis]!;
  if (!Number.isSafeInteger(place) || place < -size || place >= size)
    fail(
      'getItem',
      `place ${place} does not exist along axis ${axis} of shape ${showShape(x.shape)}`,
      'INVALID_ARGUMENT',
    );
  const at = place < 0 ? place + size : place;
  return wrap(
    reshapeTo(
      sliceAxis(x.node, axis, at, at + 1),
      x.shape.filter((_, i) => i !== axis),
    ),
  );
}
