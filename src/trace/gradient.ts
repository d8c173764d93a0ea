import { describe, formatShape, OlifantError } from '../errors.ts';
import { isFloating } from '../graph/dtype.ts';
import { gradient as nodeGradient } from '../transform/gradient.ts';
import { Tensor } from './tensor.ts';
import { Variable } from './variable.ts';

/**
 * The gradient of a scalar, by reverse accumulation.
 *
 * @param loss Floating, shape []: computed from the present values of `wrt`.
 * @param wrt Floating variables, or tensors that the loss was computed from.
 * @returns One tensor for each of `wrt`, of its shape and dtype; zeros where the loss does not depend on it.
 * @throws OlifantError `SHAPE` where the loss is no scalar, `DTYPE` where something is not floating.
 * @example
 * const loss = ops.mean(ops.square(layer.apply(x)));
 * const [dKernel, dBias] = gradient(loss, layer.trainableWeights);
 */
export function gradient(loss: Tensor, wrt: readonly (Variable | Tensor)[]): Tensor[] {
  if (!(loss instanceof Tensor))
    throw new OlifantError('INVALID_ARGUMENT', `gradient: expected a tensor as loss, got ${describe(loss)}`);
  if (loss.rank !== 0)
    throw new OlifantError(
      'SHAPE',
      `gradient: expected a scalar as loss, got shape ${formatShape(loss.shape)}; use ops.mean or ops.sum`,
    );
  if (!Array.isArray(wrt) || !wrt.every((v) => v instanceof Variable || v instanceof Tensor))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `gradient: expected a list of variables or tensors, got ${describe(wrt)}`,
    );
  const odd = [loss, ...wrt].find((v) => !isFloating(v.dtype));
  if (odd !== undefined)
    throw new OlifantError('DTYPE', `gradient: everything must be floating, got ${odd.dtype} (${String(odd)})`);
  return nodeGradient(
    loss.node,
    wrt.map((v) => v.node),
  ).map((n) => new Tensor(n));
}
