import * as ops from '../ops/index.ts';
import type { Tensor } from '../trace/index.ts';

/**
 * Two tensors of one rank where they differ by a last axis of size 1: a vector gets that axis, of longer ones the axis is
 * dropped, as Keras does it for targets and predictions, and for losses and their weights.
 */
export function matchRanks(a: Tensor, b: Tensor): [Tensor, Tensor] {
  if (a.rank === b.rank + 1 && a.shape.at(-1) === 1)
    return b.rank === 1 ? [a, ops.expandDims(b, -1)] : [ops.squeeze(a, -1), b];
  if (b.rank === a.rank + 1 && b.shape.at(-1) === 1)
    return a.rank === 1 ? [ops.expandDims(a, -1), b] : [a, ops.squeeze(b, -1)];
  return [a, b];
}

/** Targets and predictions in float32 and of one rank. */
export function pair(yTrue: Tensor, yPred: Tensor): [Tensor, Tensor] {
  return matchRanks(ops.cast(yTrue, 'float32'), ops.cast(yPred, 'float32'));
}
