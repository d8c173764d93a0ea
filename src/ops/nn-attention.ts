import { showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { diagonalMask } from './arithmetic.ts';
import { where } from './compare.ts';
import { fail, lift, wrap } from './core.ts';
import { add, divide, multiply, tanh } from './elementwise.ts';
import { matmul } from './linalg.ts';
import { repeat, transpose } from './movement.ts';
import { softmax } from './nn-activation.ts';

export interface AttentionOptions {
  /** Added to the scores: [batch, heads, queries, keys] or what repeats to it. */
  readonly bias?: TensorLike | null;
  /** Which keys a query may look at (bool), of the same shape. */
  readonly mask?: TensorLike | null;
  /** Factor of the scores. Default 1 / sqrt(depth). */
  readonly scale?: number | null;
  /** Whether a query may look only at keys that do not come later. Default false. */
  readonly isCausal?: boolean;
  /** Accepted as in Keras: the compiler decides how it is computed. */
  readonly flashAttention?: boolean | null;
  /** Scores s become cap tanh(s / cap). Default: none. */
  readonly attnLogitsSoftCap?: number | null;
}

/** Scores of what is masked: low enough to vanish, finite so that a row without any key stays a number. */
const MASKED = -0.7 * 3.4028234663852886e38;

/**
 * softmax(query key^T scale + bias) value, head by head: all [batch, length, heads, depth]. Keys and values may have
 * fewer heads, by a divisor: then several heads of the query share one.
 */
export function dotProductAttention(
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
  { bias, mask, scale, isCausal = false, attnLogitsSoftCap }: AttentionOptions = {},
): Tensor {
  const [q, k, v] = [query, key, value].map((x) => lift(x, 'float32')) as [
    Tensor['node'],
    Tensor['node'],
    Tensor['node'],
  ];
  if ([q, k, v].some((x) => x.shape.length !== 4) || q.shape[2]! % k.shape[2]! !== 0 || k.shape[2] !== v.shape[2])
    fail(
      'dotProductAttention',
      `expected [batch, length, heads, depth] with heads that divide, got ${[q, k, v].map((x) => showShape(x.shape)).join(', ')}`,
    );
  const [, queries, heads, depth] = q.shape as [number, number, number, number];
  const keys = k.shape[1]!;
  const byHead = (x: Tensor['node'], order: number[]) => {
    const shared = heads / x.shape[2]!;
    return transpose(shared === 1 ? wrap(x) : repeat(wrap(x), shared, 2), order);
  };
  const product = matmul(byHead(q, [0, 2, 1, 3]), byHead(k, [0, 2, 3, 1]));
  let scores = multiply(product, scale ?? 1 / Math.sqrt(depth));
  if (attnLogitsSoftCap) scores = multiply(tanh(divide(scores, attnLogitsSoftCap)), attnLogitsSoftCap);
  if (bias !== null && bias !== undefined) scores = add(scores, bias);
  if (mask !== null && mask !== undefined) scores = where(mask, scores, MASKED);
  if (isCausal) scores = where(wrap(diagonalMask(queries, keys, 0, 'le')), scores, MASKED);
  return transpose(matmul(softmax(scores), byHead(v, [0, 2, 1, 3])), [0, 2, 1, 3]);
}
