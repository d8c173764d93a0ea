import { describe } from '../errors.ts';
import { node } from '../graph/build.ts';
import type { DType } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { broadcastShapes, type Shape, sameShape, showShape, sizeOf } from '../graph/shape.ts';
import { floatx } from '../settings.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import {
  castTo,
  expandTo,
  fail,
  lift,
  normalizeAxes,
  normalizeAxis,
  permuteTo,
  promote,
  reshapeTo,
  wrap,
} from './core.ts';
import { knownNumbers, type Numbers } from './known.ts';

/** The elements in another shape; one size may be -1, it follows from the others. */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const n = lift(x);
  const size = sizeOf(n.shape);
  const unknown = shape.filter((d) => d === -1).length;
  const known = shape.reduce((a, d) => (d === -1 ? a : a * d), 1);
  const full = shape.map((d) => (d === -1 ? size / known : d));
  if (unknown > 1 || !full.every((d) => Number.isInteger(d) && d >= 0) || sizeOf(full) !== size)
    fail('reshape', `${size} elements of shape ${showShape(n.shape)} do not fill the shape ${showShape(shape)}`);
  return wrap(reshapeTo(n, full));
}

/** All elements in one row. */
export const ravel = (x: TensorLike): Tensor => reshape(x, [-1]);

/** The axes in the order `axes`; without it, reversed. */
export function transpose(x: TensorLike, axes?: readonly number[] | null): Tensor {
  const n = lift(x);
  const rank = n.shape.length;
  const perm = axes ? axes.map((a) => normalizeAxis('transpose', a, rank)) : n.shape.map((_, i) => rank - 1 - i);
  if (perm.length !== rank || new Set(perm).size !== rank)
    fail('transpose', `expected an order of ${rank} axes for shape ${showShape(n.shape)}, got ${showShape(perm)}`);
  return wrap(permuteTo(n, perm));
}

/** The axes of `source` moved to the places `destination`; the others keep their order. */
export function moveaxis(
  x: TensorLike,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const n = lift(x);
  const rank = n.shape.length;
  const from = [source].flat().map((a) => normalizeAxis('moveaxis', a as number, rank));
  const to = [destination].flat().map((a) => normalizeAxis('moveaxis', a as number, rank));
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length)
    fail('moveaxis', `expected as many distinct places as axes, got ${showShape(from)} to ${showShape(to)}`);
  const perm = new Array<number>(rank).fill(-1);
  from.forEach((f, i) => {
    perm[to[i]!] = f;
  });
  const rest = n.shape.map((_, i) => i).filter((i) => !from.includes(i));
  return wrap(
    permuteTo(
      n,
      perm.map((p) => (p === -1 ? rest.shift()! : p)),
    ),
  );
}

/** Two axes exchanged. */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): Tensor {
  const n = lift(x);
  const [a, b] = [axis1, axis2].map((k) => normalizeAxis('swapaxes', k, n.shape.length)) as [number, number];
  return wrap(
    permuteTo(
      n,
      n.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
    ),
  );
}

/** New axes of size 1 at the places `axis` of the result. */
export function expandDims(x: TensorLike, axis: number | readonly number[]): Tensor {
  const n = lift(x);
  const list = typeof axis === 'number' ? [axis] : axis;
  const places = normalizeAxes('expandDims', list, n.shape.length + list.length);
  const rest = [...n.shape];
  return wrap(
    reshapeTo(
      n,
      Array.from({ length: rest.length + places.length }, (_, i) => (places.includes(i) ? 1 : rest.shift()!)),
    ),
  );
}

/** Without the axes of size 1: all of them, or those named. */
export function squeeze(x: TensorLike, axis?: number | readonly number[] | null): Tensor {
  const n = lift(x);
  const all = axis === null || axis === undefined;
  const axes = all ? n.shape.flatMap((d, i) => (d === 1 ? [i] : [])) : normalizeAxes('squeeze', axis, n.shape.length);
  for (const a of axes)
    if (n.shape[a] !== 1) fail('squeeze', `axis ${a} of shape ${showShape(n.shape)} has size ${n.shape[a]}, not 1`);
  return wrap(
    reshapeTo(
      n,
      n.shape.filter((_, i) => !axes.includes(i)),
    ),
  );
}

/** Repeated to `shape` by NumPy's rule. */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const n = lift(x);
  const joined = broadcastShapes(n.shape, shape);
  if (joined === undefined || !sameShape(joined, shape))
    fail('broadcastTo', `shape ${showShape(n.shape)} cannot be repeated to ${showShape(shape)}`);
  return wrap(expandTo(n, shape));
}

function joined(op: string, list: readonly TensorLike[]): Node[] {
  if (list.length === 0) fail(op, 'expected at least one tensor, got none');
  const nodes = list.map((x) => lift(x));
  const dtype = nodes.map((n) => n.dtype).reduce(promote);
  return nodes.map((n) => castTo(n, dtype));
}

/** One after the other along `axis`; the other sizes must agree. */
export function concatenate(list: readonly TensorLike[], axis = 0): Tensor {
  const nodes = joined('concatenate', list);
  const first = nodes[0]!;
  const at = normalizeAxis('concatenate', axis, first.shape.length);
  nodes.forEach((n, i) => {
    if (n.shape.length !== first.shape.length || n.shape.some((d, k) => k !== at && d !== first.shape[k]))
      fail(
        'concatenate',
        `operand ${i} of shape ${showShape(n.shape)} does not fit ${showShape(first.shape)} along axis ${at}`,
      );
  });
  return wrap(nodes.length === 1 ? first : node('concat', nodes, { axis: at }));
}

/** Tensors of one shape as rows of a new axis. */
export function stack(list: readonly TensorLike[], axis = 0): Tensor {
  const nodes = joined('stack', list);
  nodes.forEach((n, i) => {
    if (!sameShape(n.shape, nodes[0]!.shape))
      fail('stack', `operand ${i} has shape ${showShape(n.shape)}, the first one ${showShape(nodes[0]!.shape)}`);
  });
  const at = normalizeAxis('stack', axis, nodes[0]!.shape.length + 1);
  return concatenate(
    nodes.map((n) => expandDims(wrap(n), at)),
    at,
  );
}

/**
 * The rows along `axis` as separate tensors.
 *
 * @param num How many there must be. Default: any number.
 */
export function unstack(x: TensorLike, num: number | null = null, axis = 0): Tensor[] {
  const n = lift(x);
  const at = normalizeAxis('unstack', axis, n.shape.length);
  if (num !== null && num !== n.shape[at])
    fail('unstack', `expected ${num} rows along axis ${at}, got shape ${showShape(n.shape)}`);
  return Array.from({ length: n.shape[at]! }, (_, i) => squeeze(wrap(sliceAxis(n, at, i, i + 1)), at));
}

/** `x[..., start:limit:step, ...]` of one axis. */
export function sliceAxis(x: Node, axis: number, start: number, limit: number, step = 1): Node {
  if (start === 0 && limit === x.shape[axis] && step === 1) return x;
  return node('slice', [x], {
    start: x.shape.map((_, i) => (i === axis ? start : 0)),
    limit: x.shape.map((d, i) => (i === axis ? limit : d)),
    step: x.shape.map((_, i) => (i === axis ? step : 1)),
  });
}

/** The block of `shape` that begins at `start`; a size of -1 goes to the end. */
export function slice(x: TensorLike, start: readonly number[], shape: Shape): Tensor {
  const n = lift(x);
  const limit = n.shape.map((d, i) => (shape[i] === -1 ? d : start[i]! + shape[i]!));
  if (
    start.length !== n.shape.length ||
    shape.length !== n.shape.length ||
    limit.some((l, i) => l > n.shape[i]! || start[i]! < 0 || l < start[i]!)
  )
    fail(
      'slice',
      `a block of ${showShape(shape)} at ${showShape(start)} does not lie within shape ${showShape(n.shape)}`,
    );
  return wrap(node('slice', [n], { start: [...start], limit, step: n.shape.map(() => 1) }));
}

/** Along `axis`: in `sections` equal parts, or cut before each of the given indices. */
export function split(x: TensorLike, sections: Numbers, axis = 0): Tensor[] {
  const n = lift(x);
  const parts = knownNumbers('split', 'sections', sections);
  const at = normalizeAxis('split', axis, n.shape.length);
  const size = n.shape[at]!;
  if (typeof parts === 'number' && (!Number.isInteger(parts) || parts < 1 || size % parts !== 0))
    fail('split', `axis ${at} of shape ${showShape(n.shape)} does not divide into ${parts} equal parts`);
  const part = typeof parts === 'number' ? size / parts : 0;
  const cuts = typeof parts === 'number' ? Array.from({ length: parts - 1 }, (_, i) => (i + 1) * part) : parts;
  const bounds = [0, ...cuts.map((c) => Math.min(size, Math.max(0, c < 0 ? c + size : c))), size];
  return bounds.slice(1).map((end, i) => wrap(sliceAxis(n, at, bounds[i]!, Math.max(bounds[i]!, end))));
}

/** `[before, after]` of every axis, of all axes alike, or one number for all sides. */
export type PadWidth = number | readonly [number, number] | readonly (readonly [number, number])[];

/** More elements around: a constant, the border mirrored without ('reflect') or with ('symmetric') itself, or repeated ('edge'). */
export function pad(
  x: TensorLike,
  padWidth: PadWidth,
  {
    mode = 'constant',
    constantValues,
  }: { mode?: 'constant' | 'reflect' | 'symmetric' | 'edge'; constantValues?: number | null } = {},
): Tensor {
  const n = lift(x);
  if (mode !== 'constant' && constantValues !== undefined && constantValues !== null)
    fail('pad', `constantValues are those of mode 'constant', not of '${mode}'`, 'INVALID_ARGUMENT');
  const widths = readPadWidth(padWidth, n.shape);
  if (mode === 'constant') {
    const [low, high] = [widths.map((w) => w[0]), widths.map((w) => w[1])];
    if (low.every((l) => l === 0) && high.every((h) => h === 0)) return wrap(n);
    return wrap(node('pad', [n], { low, high, interior: widths.map(() => 0), value: constantValues ?? 0 }));
  }
  return wrap(widths.reduce((y, [low, high], axis) => padMirrored(y, axis, low, high, mode), n));
}

function readPadWidth(padWidth: PadWidth, shape: Shape): readonly (readonly [number, number])[] {
  const pair = (w: PadWidth): readonly [number, number] =>
    typeof w === 'number' ? [w, w] : (w as readonly [number, number]);
  const each = Array.isArray(padWidth) && Array.isArray(padWidth[0]);
  const list = each ? (padWidth as readonly (readonly [number, number])[]) : shape.map(() => pair(padWidth));
  if (list.length !== shape.length || list.flat().some((w) => !Number.isInteger(w) || w < 0))
    fail('pad', `expected a pair of whole numbers for each of ${shape.length} axes, got ${JSON.stringify(padWidth)}`);
  return list;
}

function padMirrored(x: Node, axis: number, low: number, high: number, mode: 'reflect' | 'symmetric' | 'edge'): Node {
  if (low === 0 && high === 0) return x;
  const size = x.shape[axis]!;
  const own = mode === 'reflect' ? 1 : 0;
  if (mode !== 'edge' && Math.max(low, high) > size - own)
    fail('pad', `mode '${mode}' cannot pad axis ${axis} of size ${size} by ${Math.max(low, high)}`);
  const parts: Node[] = [x];
  const edge = (at: number, times: number) =>
    node('broadcast', [sliceAxis(x, axis, at, at + 1)], { shape: x.shape.map((d, i) => (i === axis ? times : d)) });
  const mirror = (from: number, to: number) => node('reverse', [sliceAxis(x, axis, from, to)], { axes: [axis] });
  if (low > 0) parts.unshift(mode === 'edge' ? edge(0, low) : mirror(own, own + low));
  if (high > 0) parts.push(mode === 'edge' ? edge(size - 1, high) : mirror(size - own - high, size - own));
  return node('concat', parts, { axis });
}

/** The order along `axis` (all axes by default) reversed. */
export function flip(x: TensorLike, axis?: number | readonly number[] | null): Tensor {
  const n = lift(x);
  const axes = normalizeAxes('flip', axis, n.shape.length);
  return wrap(axes.length === 0 ? n : node('reverse', [n], { axes }));
}

/** Shifted around by `shift` along `axis`; without an axis, in the flat order. */
export function roll(
  x: TensorLike,
  shift: number | readonly number[],
  axis?: number | readonly number[] | null,
): Tensor {
  const n = lift(x);
  if (axis === null || axis === undefined) {
    const total = [shift].flat().reduce((a: number, s) => a + (s as number), 0);
    return wrap(reshapeTo(rollAxis(reshapeTo(n, [sizeOf(n.shape)]), total, 0), n.shape));
  }
  const axes = [axis].flat().map((a) => normalizeAxis('roll', a as number, n.shape.length));
  const shifts = [shift].flat() as number[];
  if (shifts.length !== 1 && shifts.length !== axes.length)
    fail('roll', `expected one shift or ${axes.length}, got ${shifts.length}`, 'INVALID_ARGUMENT');
  return wrap(axes.reduce((y, a, i) => rollAxis(y, shifts.length === 1 ? shifts[0]! : shifts[i]!, a), n));
}

function rollAxis(x: Node, shift: number, axis: number): Node {
  const size = x.shape[axis]!;
  const by = size === 0 ? 0 : ((shift % size) + size) % size;
  if (by === 0) return x;
  return node('concat', [sliceAxis(x, axis, size - by, size), sliceAxis(x, axis, 0, size - by)], { axis });
}

/** The whole repeated `repeats` times along each axis. */
export function tile(x: TensorLike, repeats: number | readonly number[]): Tensor {
  const n = lift(x);
  const given = typeof repeats === 'number' ? [repeats] : repeats;
  const rank = Math.max(given.length, n.shape.length);
  const times = [...new Array<number>(rank - given.length).fill(1), ...given];
  const shape = [...new Array<number>(rank - n.shape.length).fill(1), ...n.shape];
  if (times.some((t) => !Number.isInteger(t) || t < 0)) fail('tile', `expected whole numbers, got ${showShape(times)}`);
  const split = node(
    'broadcast',
    [
      reshapeTo(
        n,
        shape.flatMap((d) => [1, d]),
      ),
    ],
    {
      shape: shape.flatMap((d, i) => [times[i]!, d]),
    },
  );
  return wrap(
    reshapeTo(
      split,
      shape.map((d, i) => d * times[i]!),
    ),
  );
}

/** Each element repeated `repeats` times along `axis`; without an axis, of the flat tensor. */
export function repeat(x: TensorLike, repeats: Numbers, axis?: number | null): Tensor {
  const times = knownNumbers('repeat', 'repeats', repeats);
  const n =
    axis === null || axis === undefined
      ? reshapeTo(
          lift(x),
          [-1].map(() => sizeOf(lift(x).shape)),
        )
      : lift(x);
  const at = normalizeAxis('repeat', axis ?? 0, n.shape.length);
  const size = n.shape[at]!;
  if (typeof times !== 'number') {
    if (times.length !== size) fail('repeat', `expected ${size} numbers of repetitions, got ${times.length}`);
    const parts = times.map((r, i) => repeat(wrap(sliceAxis(n, at, i, i + 1)), r, at));
    return concatenate(parts, at);
  }
  const [before, after] = [n.shape.slice(0, at), n.shape.slice(at + 1)];
  const wide = node('broadcast', [reshapeTo(n, [...before, size, 1, ...after])], {
    shape: [...before, size, times, ...after],
  });
  return wrap(reshapeTo(wide, [...before, size * times, ...after]));
}

/** A tensor of `shape` (a number: a vector) with the same value everywhere. */
export function full(size: Shape | number, value: TensorLike, dtype: DType = floatx()): Tensor {
  const shape = typeof size === 'number' ? [size] : size;
  if (!Array.isArray(shape) || !shape.every((d) => Number.isSafeInteger(d) && d >= 0))
    fail(
      'full',
      `expected a shape of whole numbers, got ${Array.isArray(shape) ? `[${shape.join(', ')}]` : describe(shape)}`,
    );
  return broadcastTo(wrap(lift(value, dtype)), shape);
}
export const zeros = (shape: Shape | number, dtype: DType = floatx()): Tensor => full(shape, 0, dtype);
export const ones = (shape: Shape | number, dtype: DType = floatx()): Tensor => full(shape, 1, dtype);

export function fullLike(x: TensorLike, value: TensorLike, dtype?: DType): Tensor {
  const n = lift(x);
  return full(n.shape, value, dtype ?? n.dtype);
}
export const zerosLike = (x: TensorLike, dtype?: DType): Tensor => fullLike(x, 0, dtype);
export const onesLike = (x: TensorLike, dtype?: DType): Tensor => fullLike(x, 1, dtype);
