import { describe, formatShape, OlifantError } from '../errors.ts';
import { sizeOf } from '../graph/shape.ts';
import * as ops from '../ops/index.ts';
import { asTensor, type TensorLike } from '../trace/convert.ts';
import { literal, type Tensor } from '../trace/tensor.ts';

/**
 * One-hot rows of class numbers (Keras's `to_categorical`).
 *
 * @param x Whole numbers from 0, of any shape; an axis of size 1 at the end is dropped.
 * @param numClasses Default: the greatest number and one.
 * @returns float32, with the axis of the classes at the end.
 * @throws OlifantError `INVALID_DATA` for a number that is no class.
 */
export function toCategorical(x: TensorLike, numClasses?: number): Tensor {
  const labels = asTensor(x);
  const data = labels.dataSync();
  const shape = labels.rank > 1 && labels.shape.at(-1) === 1 ? labels.shape.slice(0, -1) : labels.shape;
  let most = -1;
  for (const label of data) most = Math.max(most, label);
  const classes = numClasses ?? most + 1;
  if (!Number.isSafeInteger(classes) || classes < 1)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `toCategorical: numClasses must be a whole number from 1, got ${describe(classes)}`,
    );
  const out = new Float32Array(data.length * classes);
  data.forEach((label: number, i: number) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new OlifantError(
        'INVALID_DATA',
        `toCategorical: class numbers must be whole numbers from 0 to ${classes - 1}, got ${label} at ${i}`,
      );
    out[i * classes + label] = 1;
  });
  return literal(out, [...shape, classes], 'float32');
}

/**
 * Divides by the norm along an axis, so that the norm becomes 1 (Keras's `normalize`); zeros stay zeros.
 *
 * @param axis Default -1.
 * @param order Of the norm; 2 is Euclid's.
 */
export function normalize(x: TensorLike, axis = -1, order = 2): Tensor {
  const values = asTensor(x, 'float32');
  if (values.rank === 0 || sizeOf(values.shape) === 0)
    throw new OlifantError('SHAPE', `normalize: expected at least one axis, got shape ${formatShape(values.shape)}`);
  if (!(order > 0))
    throw new OlifantError('INVALID_ARGUMENT', `normalize: the order of the norm must be positive, got ${order}`);
  const powers = order === 2 ? ops.square(values) : ops.power(ops.abs(values), order);
  const sums = ops.sum(powers, { axis, keepdims: true });
  const norm = order === 2 ? ops.sqrt(sums) : ops.power(sums, 1 / order);
  return ops.divide(values, ops.where(ops.equal(norm, 0), ops.onesLike(norm), norm));
}
