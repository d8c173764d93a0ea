import { matchRanks } from '../losses/index.ts';
import * as ops from '../ops/index.ts';
import { asTensor, type Tensor, type TensorLike } from '../trace/index.ts';

const count = (matches: Tensor): Tensor => ops.cast(matches, 'float32');

/** 1 where targets and predictions are equal. */
export function accuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return count(ops.equal(...matchRanks(asTensor(yTrue), asTensor(yPred))));
}

/** 1 where predictions above `threshold` meet targets of 1, and others targets of 0. */
export function binaryAccuracy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { threshold = 0.5 }: { threshold?: number } = {},
): Tensor {
  const [t, p] = matchRanks(asTensor(yTrue), asTensor(yPred));
  return count(ops.equal(ops.cast(t, 'float32'), ops.cast(ops.greater(p, threshold), 'float32')));
}

/** 1 where the largest prediction is at the place of the largest target (one-hot). */
export function categoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return count(ops.equal(ops.argmax(yTrue, -1), ops.argmax(yPred, -1)));
}

/** 1 where the largest prediction is that of the class whose number the target is. */
export function sparseCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = [asTensor(yTrue), asTensor(yPred)];
  const numbers = t.rank === p.rank && t.shape.at(-1) === 1 ? ops.squeeze(t, -1) : t;
  return count(ops.equal(numbers, ops.argmax(p, -1)));
}

/** 1 where the class of the largest target (one-hot) is among the `k` likeliest. */
export function topKCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike, { k = 5 }: { k?: number } = {}): Tensor {
  return sparseTopKCategoricalAccuracy(ops.argmax(yTrue, -1), yPred, { k });
}

export interface SparseTopKOptions {
  /** Default 5. */
  readonly k?: number;
  /** Whether predictions are class numbers, the likeliest first, instead of scores. Default false. */
  readonly fromSortedIds?: boolean;
}

/** 1 where the class whose number the target is is among the `k` likeliest. */
export function sparseTopKCategoricalAccuracy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { k = 5, fromSortedIds = false }: SparseTopKOptions = {},
): Tensor {
  const [t, p] = [asTensor(yTrue), asTensor(yPred)];
  const numbers = ops.reshape(t, [-1]);
  const rows = ops.reshape(p, [-1, p.shape.at(-1)!]);
  const first = ops.split(rows, [Math.min(k, p.shape.at(-1)!)], 1)[0]!;
  const matches = fromSortedIds
    ? ops.any(ops.equal(ops.expandDims(numbers, 1), first), 1)
    : ops.inTopK(numbers, rows, k);
  return ops.reshape(count(matches), t.shape);
}
