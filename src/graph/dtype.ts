/**
 * Element types of a tensor. `bool` is stored as one byte, 0 or 1. `bfloat16` and `float16` are stored in two bytes; there is
 * no arithmetic in them: `node` computes in float32 and rounds each result (see `build.ts`).
 */
export type DType = 'float32' | 'bfloat16' | 'float16' | 'int32' | 'uint8' | 'bool';

/** The floating types of 16 bits. */
export type HalfType = 'bfloat16' | 'float16';

export type TypedArray = Float32Array | Int32Array | Uint8Array;

export const DTYPES: readonly DType[] = ['float32', 'bfloat16', 'float16', 'int32', 'uint8', 'bool'];

/** Whether it is one of the floating types of 16 bits. */
export function isHalf(dtype: DType): dtype is HalfType {
  return dtype === 'bfloat16' || dtype === 'float16';
}

export function isFloating(dtype: DType): boolean {
  return dtype === 'float32' || isHalf(dtype);
}

/** Bytes in the memory of a program. */
export function bytesPerElement(dtype: DType): number {
  if (isHalf(dtype)) return 2;
  return dtype === 'float32' || dtype === 'int32' ? 4 : 1;
}

/** A zeroed host array for `size` elements. On the host, numbers of 16 bits are float32 numbers that these can hold. */
export function hostArray(dtype: DType, size: number): TypedArray {
  if (isFloating(dtype)) return new Float32Array(size);
  if (dtype === 'int32') return new Int32Array(size);
  return new Uint8Array(size);
}
