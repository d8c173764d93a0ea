import * as activations from '../../activations/index.ts';
import { sizeOf } from '../../graph/shape.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor, TensorLike } from '../../trace/index.ts';

/**
 * activation(x kernel + bias), x being [..., features], kernel [features, units] and bias [units]. Bias and activation come
 * before the rows are put back into their axes: so they belong to the kernel that computes the product.
 */
export function denseRows(
  x: Tensor,
  kernel: TensorLike,
  bias: TensorLike | null,
  activation: activations.Activation,
): Tensor {
  const lead = x.shape.slice(0, -1);
  const product = ops.matmul(ops.reshape(x, [sizeOf(lead), x.shape.at(-1)!]), kernel);
  const y = bias === null ? product : ops.add(product, bias);
  const whole = (rows: Tensor) => ops.reshape(rows, [...lead, rows.shape.at(-1)!]);
  return isOfRows(activation) ? whole(activation(y)) : activation(whole(y));
}

/** Keras's own activations work on elements or along the last axis; what others do with the axes is not known. */
function isOfRows(activation: activations.Activation): boolean {
  return Object.values(activations).includes(activation as never);
}
