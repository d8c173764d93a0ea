import { describe } from '../errors.ts';
import { node } from '../graph/build.ts';
import { type Shape, showShape, sizeOf } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { pullBack } from '../transform/gradient.ts';
import { eye, stopGradient } from './arithmetic.ts';
import { isfinite, where } from './compare.ts';
import { expandTo, fail, lift, wrap } from './core.ts';
import { subtract } from './elementwise.ts';
import { broadcastTo, reshape, slice, swapaxes } from './movement.ts';

/** Matrices of one size, the axes before the last two as one. */
export interface Matrices {
  /** [count, rows, columns], float32. */
  readonly x: Tensor;
  readonly batch: Shape;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/** The matrices in the last two axes; @throws OlifantError `SHAPE` where there are none, or they must be square and are not. */
export function matrices(op: string, x: TensorLike, square = false): Matrices {
  const n = lift(x, 'float32');
  if (n.shape.length < 2)
    fail(op, `expected matrices, [..., rows, columns], got ${describe(x)} of shape ${showShape(n.shape)}`);
  const [rows, columns] = n.shape.slice(-2) as [number, number];
  if (square && rows !== columns) fail(op, `expected square matrices, got the shape ${showShape(n.shape)}`);
  const batch = n.shape.slice(0, -2);
  const count = sizeOf(batch);
  return { x: reshape(wrap(n), [count, rows, columns]), batch, count, rows, columns };
}

/** [count, ...] with the axes that `matrices` put together. */
export const unflatten = (x: Tensor, batch: Shape): Tensor => reshape(x, [...batch, ...x.shape.slice(1)]);

/** The last two axes exchanged. */
export const matrixTranspose = (x: Tensor): Tensor => swapaxes(x, -1, -2);

/** `count` identity matrices [count, n, m]. */
export const identities = (count: number, n: number, m = n): Tensor => broadcastTo(eye(n, m), [count, n, m]);

/** Rows `start` to `end` of each matrix. */
export const rowsOf = (x: Tensor, start: number, end: number): Tensor =>
  slice(x, [0, start, 0], [x.shape[0]!, end - start, x.shape[2]!]);

/** Columns `start` to `end` of each matrix. */
export const columnsOf = (x: Tensor, start: number, end: number): Tensor =>
  slice(x, [0, 0, start], [x.shape[0]!, x.shape[1]!, end - start]);

/** x - stopGradient(x): 0 where x is finite, with the derivative of x. */
export const change = (x: Tensor): Tensor => subtract(x, stopGradient(x));

/**
 * A value that was computed without gradients, given the derivative of `tangent`: an expression linear in `change(x)` for each x
 * of `operands`, hence 0 itself. So a decomposition has the derivative that a formula says instead of that of its loop, which
 * would keep a matrix a step; and where no gradient is asked for, nothing of the formula is computed. Where it is not finite (a
 * singular matrix), the value stays and there is no gradient. Derivatives of derivatives are not those of the function: what
 * the formula is made of counts as constant.
 */
export function withDerivative(value: Tensor, tangent: Tensor, ...operands: Tensor[]): Tensor {
  const at = [...new Set(operands.map((x) => x.node))];
  // Stands for the gradient of the result; it depends on the value, so that in a loop's body it stays where that is.
  const upstream = node('neg', [value.node], {});
  const kept = where(isfinite(tangent), tangent, 0);
  const gradients = pullBack([kept.node], [upstream], at).map((g, i) => g ?? expandTo(lift(0), at[i]!.shape));
  return wrap(node('custom', [value.node, upstream, ...at, ...gradients], { operands: at.length }));
}
