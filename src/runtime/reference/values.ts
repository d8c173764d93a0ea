import { type DType, hostArray, isFloating, type TypedArray } from '../../graph/dtype.ts';

/** The elements of a tensor in row-major order; what is floating is a `Float64Array` under float64 precision. */
export type Values = TypedArray | Float64Array;

/** How float32 tensors are held. Storing into a `Float32Array` is the rounding of a primitive's result. */
export type Precision = 'float32' | 'float64';

export function allocate(dtype: DType, size: number, precision: Precision): Values {
  return isFloating(dtype) && precision === 'float64' ? new Float64Array(size) : hostArray(dtype, size);
}

/** An operand as [outer, size, inner] around one axis. */
export interface AxisView {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

export function viewAxis(shape: readonly number[], axis: number): AxisView {
  let outer = 1;
  let inner = 1;
  for (let i = 0; i < axis; i++) outer *= shape[i]!;
  for (let i = axis + 1; i < shape.length; i++) inner *= shape[i]!;
  return { outer, size: shape[axis]!, inner };
}

/**
 * Calls `row(source, target)` with the two offsets of each innermost run of `shape`: the last axis is left to the
 * caller, the others are walked in row-major order, each offset moving by its own strides.
 */
export function walkRows(
  shape: readonly number[],
  a: { readonly offset: number; readonly strides: readonly number[] },
  b: { readonly offset: number; readonly strides: readonly number[] },
  row: (a: number, b: number) => void,
): void {
  const rank = shape.length;
  if (shape.some((d) => d === 0)) return;
  const index = new Array<number>(rank).fill(0);
  let p = a.offset;
  let q = b.offset;
  for (;;) {
    row(p, q);
    let axis = rank - 2;
    for (; axis >= 0; axis--) {
      p += a.strides[axis]!;
      q += b.strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      p -= a.strides[axis]! * shape[axis]!;
      q -= b.strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}
