import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts';
import type { Block } from '../targets/target.ts';

/** The typed view of a block that holds `size` elements. Views are not kept: the memory may move. */
export function viewBlock(block: Block, dtype: DType, size: number): TypedArray {
  const bytes = block.bytesView();
  if (dtype === 'float32') return new Float32Array(bytes.buffer, bytes.byteOffset, size);
  if (dtype === 'int32') return new Int32Array(bytes.buffer, bytes.byteOffset, size);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, size);
}

/** A copy of the values in a block. */
export function copyBlock(block: Block, dtype: DType, size: number): TypedArray {
  const out = hostArray(dtype, size);
  out.set(viewBlock(block, dtype, size));
  return out;
}

/** Sets the values in a block. */
export function writeBlock(block: Block, dtype: DType, data: TypedArray): void {
  viewBlock(block, dtype, data.length).set(data);
}
