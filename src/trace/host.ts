import { describe, formatShape, OlifantError } from '../errors.ts';
import { type DType, hostArray, isFloating, isHalf, type TypedArray } from '../graph/dtype.ts';
import { roundToHalf } from '../graph/half.ts';
import { sizeOf } from '../graph/shape.ts';
import { floatx } from '../settings.ts';

/** Numbers as JavaScript writes them: a number, a boolean, or arrays of arrays of them, all rows alike. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** Every typed array that can be read as a tensor. */
export type AnyTypedArray =
  | TypedArray
  | Float64Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | Uint8ClampedArray
  | BigInt64Array
  | BigUint64Array;

/** Host values with their shape. */
export interface HostTensor {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export function isTypedArray(x: unknown): x is AnyTypedArray {
  return ArrayBuffer.isView(x) && !(x instanceof DataView);
}

const INT32_MAX = 2 ** 31 - 1;

/**
 * Converts values as the `cast` primitive does: to int32 truncates and saturates, to uint8 keeps the low 8 bits, to 16 bits
 * rounds.
 */
export function convertHost(data: ArrayLike<number>, from: DType, to: DType): TypedArray {
  if (from === to && data.constructor === hostArray(to, 0).constructor) return data as TypedArray;
  const out = hostArray(to, data.length);
  if (to === 'bool') for (let i = 0; i < out.length; i++) out[i] = data[i] === 0 ? 0 : 1;
  else if (isHalf(to)) for (let i = 0; i < out.length; i++) out[i] = roundToHalf(to, data[i]!);
  else if (to === 'float32' || !isFloating(from)) out.set(data);
  else
    for (let i = 0; i < out.length; i++) out[i] = Math.max(-INT32_MAX - 1, Math.min(INT32_MAX, Math.trunc(data[i]!)));
  return out;
}

/** The dtype that a typed array stands for, and its values in the array type of that dtype. No copy where it fits. */
export function fromTypedArray(data: AnyTypedArray): { data: TypedArray; dtype: DType } {
  if (data instanceof Float32Array) return { data, dtype: 'float32' };
  if (data instanceof Int32Array) return { data, dtype: 'int32' };
  if (data instanceof Uint8Array) return { data, dtype: 'uint8' };
  if (data instanceof Uint8ClampedArray)
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), dtype: 'uint8' };
  if (data instanceof Float64Array) return { data: Float32Array.from(data), dtype: 'float32' };
  if (data instanceof Int8Array || data instanceof Int16Array || data instanceof Uint16Array)
    return { data: Int32Array.from(data), dtype: 'int32' };
  const out = new Int32Array(data.length);
  for (let i = 0; i < out.length; i++) {
    const value = Number(data[i]);
    if (value > INT32_MAX || value < -INT32_MAX - 1)
      throw new OlifantError(
        'DTYPE',
        `tensor: element ${i} of the ${data.constructor.name} is ${data[i]}, which does not fit int32; use a Float64Array`,
      );
    out[i] = value;
  }
  return { data: out, dtype: 'int32' };
}

/** Flattens nested arrays; all rows must be alike. Booleans give `bool`, numbers floating, unless `dtype` says else. */
export function fromNested(value: NestedArray, dtype?: DType, what = 'tensor'): HostTensor {
  const shape: number[] = [];
  let first: unknown = value;
  while (Array.isArray(first)) {
    shape.push(first.length);
    first = first[0];
  }
  const size = sizeOf(shape);
  const values = new Float64Array(size);
  let at = 0;
  let booleans = size > 0;
  const walk = (v: unknown, depth: number, where: string): void => {
    if (depth < shape.length) {
      if (!Array.isArray(v) || v.length !== shape[depth])
        throw new OlifantError(
          'INVALID_DATA',
          `${what}: rows must all be alike, but ${where} is ${describe(v)} where an array of ${shape[depth]} was expected`,
        );
      for (let i = 0; i < v.length; i++) walk(v[i], depth + 1, `${where}[${i}]`);
      return;
    }
    if (typeof v !== 'number' && typeof v !== 'boolean')
      throw new OlifantError('INVALID_DATA', `${what}: expected numbers, but ${where} is ${describe(v)}`);
    if (typeof v === 'number') booleans = false;
    values[at++] = Number(v);
  };
  walk(value, 0, 'value');
  const to = dtype ?? (booleans ? 'bool' : floatx());
  return { data: convertHost(values, 'float32', to), shape, dtype: to };
}

/** Nested JavaScript arrays of host values; booleans for `bool`. */
export function toNested({ data, shape, dtype }: HostTensor): NestedArray {
  const read = dtype === 'bool' ? (i: number) => data[i] !== 0 : (i: number) => data[i]!;
  let at = 0;
  const build = (axis: number): NestedArray =>
    axis === shape.length ? read(at++) : Array.from({ length: shape[axis]! }, () => build(axis + 1));
  return build(0);
}

/** Checks that `shape` is a list of whole sizes that hold exactly `size` elements. */
export function checkShape(shape: readonly number[], size: number, what: string): void {
  if (!Array.isArray(shape) || !shape.every((d) => Number.isSafeInteger(d) && d >= 0))
    throw new OlifantError('SHAPE', `${what}: expected a shape of whole numbers, got ${describe(shape)}`);
  if (sizeOf(shape) !== size)
    throw new OlifantError(
      'SHAPE',
      `${what}: shape ${formatShape(shape)} needs ${sizeOf(shape)} values, but the data has ${size}`,
    );
}
