import { OlifantError } from '../errors.ts';
import { bytesPerElement, type DType, hostArray, type TypedArray } from '../graph/dtype.ts';
import { type Shape, sizeOf } from '../graph/shape.ts';

let budget: { left: number } | undefined;

/**
 * Runs `f`, in which new variables begin with zeros instead of their initializers' values, because a file has better ones;
 * together they may take `bytes` bytes, so that a shape from a file cannot ask for all memory.
 */
export function withBlankVariables<T>(bytes: number, f: () => T): T {
  const before = budget;
  budget = { left: bytes };
  try {
    return f();
  } finally {
    budget = before;
  }
}

/** Zeros for a variable made under `withBlankVariables`; elsewhere nothing. */
export function blankValue(shape: Shape, dtype: DType): TypedArray | undefined {
  if (budget === undefined) return undefined;
  budget.left -= sizeOf(shape) * bytesPerElement(dtype);
  if (!(budget.left >= 0))
    throw new OlifantError('SHAPE', `a weight of shape [${shape.join(', ')}] does not fit the size of the file`);
  return hostArray(dtype, sizeOf(shape));
}
