import { type DType, isHalf, type TypedArray } from '../graph/dtype.ts';
import { fromMemory, toMemory } from '../graph/half.ts';
import type { Block } from '../targets/target.ts';

/**
 * The typed view of a block that holds `size` elements; of numbers of 16 bits, a copy as the host has them. Views are not kept:
 * the memory may move.
 */
export function viewBlock(block: Block, dtype: DType, size: number): TypedArray {
  const bytes = block.bytesView();
  if (isHalf(dtype)) return fromMemory(dtype, bytes, size);
  if (dtype === 'float32') return new Float32Array(bytes.buffer, bytes.byteOffset, size);
  if (dtype === 'int32') return new Int32Array(bytes.buffer, bytes.byteOffset, size);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, size);
}

/** A copy of the values in a block. */
export function copyBlock(block: Block, dtype: DType, size: number): TypedArray {
  return fromMemory(dtype, block.bytesView(), size);
}

/** Sets the values in a block. */
export function writeBlock(block: Block, dtype: DType, data: TypedArray): void {
  block.bytesView().set(toMemory(dtype, data));
}
