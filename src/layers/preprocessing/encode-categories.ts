import { OlifantError } from '../../errors.ts';
import { hostArray } from '../../graph/dtype.ts';
import { sizeOf } from '../../graph/shape.ts';
import * as ops from '../../ops/index.ts';
import type { HostTensor } from '../../trace/host.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { oneOf, show } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

/** What is made of categories: their numbers, a vector for each, or a vector for each sample. */
export type CategoryMode = 'int' | 'one_hot' | 'multi_hot' | 'count';

/**
 * Vectors of `depth` for category numbers, as Keras encodes them; numbers out of range leave no trace. `one_hot` adds an axis
 * (or takes the place of a last one of size 1); `multi_hot` and `count` gather axis 1, or the only one.
 *
 * @param weights For `count`: what each category counts, of the shape of `indices`.
 */
export function encodeCategories(indices: Tensor, mode: CategoryMode, depth: number, weights?: Tensor): Tensor {
  const at = ops.cast(indices.rank === 0 ? ops.reshape(indices, [1]) : indices, 'int32');
  if (mode === 'int') return ops.cast(indices, 'int32');
  if (mode === 'one_hot') return ops.oneHot(at.rank > 1 && at.shape.at(-1) === 1 ? ops.squeeze(at, -1) : at, depth);
  const hot = ops.oneHot(at, depth);
  const axis = at.rank > 1 ? 1 : 0;
  if (mode === 'multi_hot') return ops.max(hot, { axis });
  return ops.sum(weights === undefined ? hot : ops.multiply(hot, ops.expandDims(weights, -1)), { axis });
}

/** The same on the host; numbers as int32, vectors as float32. */
export function encodeOnHost(indices: HostTensor, mode: CategoryMode, depth: number): HostTensor {
  if (mode === 'int') return indices;
  const { data } = indices;
  const shape = indices.shape.length === 0 ? [1] : indices.shape;
  if (mode === 'one_hot') {
    const kept = shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
    const out = hostArray('float32', data.length * depth);
    for (let i = 0; i < data.length; i++) if (isInside(data[i]!, depth)) out[i * depth + data[i]!] = 1;
    return { data: out, shape: [...kept, depth], dtype: 'float32' };
  }
  const axis = shape.length > 1 ? 1 : 0;
  const inner = sizeOf(shape.slice(axis + 1));
  const gathered = shape[axis]!;
  const outShape = [...shape.slice(0, axis), ...shape.slice(axis + 1), depth];
  const out = hostArray('float32', sizeOf(outShape));
  for (let i = 0; i < data.length; i++) {
    if (!isInside(data[i]!, depth)) continue;
    const row = Math.floor(i / (gathered * inner)) * inner + (i % inner);
    const at = row * depth + data[i]!;
    out[at] = mode === 'count' ? out[at]! + 1 : 1;
  }
  return { data: out, shape: outShape, dtype: 'float32' };
}

const isInside = (index: number, depth: number) => index >= 0 && index < depth;

/** The shape of vectors for categories of this shape. */
export function encodedShape(shape: DynamicShape, mode: CategoryMode, depth: number): DynamicShape {
  if (mode === 'int') return shape;
  const s = shape.length === 0 ? [1] : shape;
  if (mode === 'one_hot') return [...(s.length > 1 && s.at(-1) === 1 ? s.slice(0, -1) : s), depth];
  return s.length > 1 ? [s[0]!, ...s.slice(2), depth] : [depth];
}

/** An output mode; `'binary'` and `'tf-idf'` are older names. */
export function readOutputMode<T extends string>(owner: string, value: unknown, modes: readonly T[]): T {
  const name = value === 'binary' ? 'multi_hot' : value === 'tf-idf' ? 'tf_idf' : value;
  return oneOf(owner, 'outputMode', name, modes);
}

/** Sparse outputs exist in Keras, and not here. */
export function refuseSparse(owner: string, name: string, value: unknown): void {
  if (value === false || value === null || value === undefined) return;
  throw new OlifantError('UNSUPPORTED', `${owner}: ${name} outputs are not supported yet, got ${name}: ${show(value)}`);
}
