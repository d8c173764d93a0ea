import type { DType } from '../graph/dtype.ts';
import type { NestedArray } from './host.ts';
import { type Tensor, tensor } from './tensor.ts';

/** Types of NumPy that there are not here. */
const NEAREST: Readonly<Record<string, DType>> = {
  float64: 'float32',
  int64: 'int32',
  int16: 'int32',
  int8: 'int32',
  uint16: 'int32',
  uint32: 'int32',
  uint64: 'int32',
};

/** Whether a configuration holds an array: `{ class_name: '__numpy__' or '__tensor__', config: { value, dtype } }`. */
export function isSavedTensor(x: unknown): x is { readonly config: { readonly value: NestedArray; dtype?: string } } {
  const name = typeof x === 'object' && x !== null ? (x as { class_name?: unknown }).class_name : undefined;
  return name === '__numpy__' || name === '__tensor__';
}

/** The array that a configuration holds, in the nearest type that there is here. */
export function savedTensor({ config }: { readonly config: { readonly value: NestedArray; dtype?: string } }): Tensor {
  const { value, dtype } = config;
  return tensor(value, undefined, (dtype && NEAREST[dtype]) || (dtype as DType | undefined));
}
