import { describe } from '../errors.ts';
import type { DType, TypedArray } from '../graph/dtype.ts';
import { hostArray } from '../graph/dtype.ts';
import { type Shape, sizeOf, stridesOf } from '../graph/shape.ts';
import { isTensorLike, literal, type Tensor, type TensorLike } from '../trace/index.ts';
import { fail, lift, normalizeAxis, reshapeTo, wrap } from './core.ts';
import { concreteData } from './known.ts';
import { moveaxis } from './movement.ts';

/** Like `concreteData`, of an argument that may be anything. */
function known(op: string, x: TensorLike): Tensor {
  const why =
    'the shape of the result depends on the values, so that it cannot be part of a compiled program or functional model';
  if (!isTensorLike(x)) fail(op, `${why}; got ${describe(x)}`, 'UNSUPPORTED');
  const n = lift(x);
  concreteData(op, n, why);
  return wrap(n);
}

/**
 * The places of the elements that are not 0: for each axis a vector of indices, int32, in row-major order.
 *
 * @throws OlifantError `NO_VALUE` or `UNSUPPORTED` where values are not known: the shape of the result depends on them.
 */
export function nonzero(x: TensorLike): Tensor[] {
  const t = known('nonzero', x);
  const data = t.dataSync();
  const found: number[] = [];
  data.forEach((v, i) => {
    if (v !== 0) found.push(i);
  });
  return placesOf(found, t.shape);
}

/** Flat places as one vector of indices an axis. */
function placesOf(flat: readonly number[], shape: Shape): Tensor[] {
  const strides = stridesOf(shape);
  return shape.map((d, axis) =>
    literal(
      Int32Array.from(flat, (i) => Math.floor(i / strides[axis]!) % d),
      [flat.length],
      'int32',
    ),
  );
}

export interface UniqueOptions {
  /** Sorted anyway. Default true. */
  readonly sorted?: boolean;
  /** Also the first place of each. Default false. */
  readonly returnIndex?: boolean;
  /** Also, for each element, which one it is. Default false. */
  readonly returnInverse?: boolean;
  /** Also how often each occurs. Default false. */
  readonly returnCounts?: boolean;
  /** Whole slices along this axis are compared. Default: the elements of the flat tensor. */
  readonly axis?: number | null;
  /** As many results: the first ones, or `fillValue` for those missing. */
  readonly size?: number | null;
  /** Default: the smallest one. */
  readonly fillValue?: number | null;
}

/**
 * The different elements, in ascending order (NaN last, each NaN for itself, as in Keras on JAX); and, where asked for, their first places, the place
 * in the result for each element, and counts, all int32.
 *
 * @returns One tensor, or a list of them where more is asked for.
 * @throws OlifantError `NO_VALUE` or `UNSUPPORTED` where values are not known: the shape of the result depends on them.
 */
export function unique(x: TensorLike, options: UniqueOptions = {}): Tensor | Tensor[] {
  const given = known('unique', x);
  const { axis = null, size = null } = options;
  const at = axis === null ? 0 : normalizeAxis('unique', axis, given.rank);
  const t = axis === null ? wrap(reshapeTo(given.node, [given.size])) : moveaxis(given, at, 0);
  const [rows, ...inner] = t.shape as [number, ...number[]];
  const width = sizeOf(inner);
  const data = t.dataSync();
  const compare = comparison(data, width);
  const order = Array.from({ length: rows }, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
  const hasNaN = (row: number) => data.subarray(row * width, (row + 1) * width).some(Number.isNaN);
  const groups: number[][] = [];
  for (const i of order) {
    const group = groups.at(-1);
    if (group !== undefined && compare(group[0]!, i) === 0 && !hasNaN(i)) group.push(i);
    else groups.push([i]);
  }
  const count = size ?? groups.length;
  if (!Number.isSafeInteger(count) || count < 0)
    fail('unique', `size: expected a whole number, got ${describe(size)}`, 'INVALID_ARGUMENT');
  const kept = groups.slice(0, count);
  const missing = count - kept.length;
  const values = gather(
    data,
    t.dtype,
    kept.map((g) => g[0]!),
    missing,
    width,
    options.fillValue ?? undefined,
  );
  const whole = literal(values, [count, ...inner], t.dtype);
  const results = [axis === null ? whole : moveaxis(whole, 0, at)];
  const ints = (list: readonly number[], shape: Shape = [list.length]) =>
    results.push(literal(Int32Array.from(list), shape, 'int32'));
  const padding = (v: number) => new Array<number>(missing).fill(v);
  if (options.returnIndex) ints([...kept.map((g) => g[0]!), ...padding(kept[0]?.[0] ?? 0)]);
  if (options.returnInverse) {
    const inverse = new Array<number>(rows).fill(0);
    groups.forEach((g, k) => {
      for (const i of g) inverse[i] = k;
    });
    ints(inverse, axis === null ? given.shape : [rows]);
  }
  if (options.returnCounts) ints([...kept.map((g) => g.length), ...padding(0)]);
  return results.length === 1 ? results[0]! : results;
}

/** The order of rows of numbers; NaN is the largest. */
function comparison(data: TypedArray, width: number): (a: number, b: number) => number {
  return (a, b) => {
    for (let i = 0; i < width; i++) {
      const [p, q] = [data[a * width + i]!, data[b * width + i]!];
      if (p === q || (Number.isNaN(p) && Number.isNaN(q))) continue;
      return p < q || Number.isNaN(q) ? -1 : 1;
    }
    return 0;
  };
}

function gather(
  data: TypedArray,
  dtype: DType,
  rows: readonly number[],
  missing: number,
  width: number,
  fill?: number,
): TypedArray {
  const out = hostArray(dtype, (rows.length + missing) * width);
  [...rows, ...new Array<number>(missing).fill(rows[0] ?? 0)].forEach((row, i) => {
    const filled = i >= rows.length && fill !== undefined;
    for (let k = 0; k < width; k++) out[i * width + k] = filled ? fill : data[row * width + k]!;
  });
  return out;
}
