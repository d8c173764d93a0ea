import { showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { diagonalMask } from './arithmetic.ts';
import { where } from './compare.ts';
import { fail, lift, promote, wrap } from './core.ts';
import { add, cast, divide, multiply, tanh } from './elementwise.ts';
import { matmul } from './linalg.ts';
import { reshape, transpose, zeros } from './movement.ts';
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
  const dtype = [query, key, value].map((x) => lift(x, 'float').dtype).reduce(promote);
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
  // Of no values the sum is 0.
  if (keys === 0) return zeros([q.shape[0]!, queries, heads, v.shape[3]!], dtype);
  const shared = heads / k.shape[2]!;
  // [batch, heads of keys, queries' heads that share one, length, depth]; without sharing the third axis is not there.
  const byHead = (x: Tensor['node'], turned = false) => {
    const [batch, length, n, size] = x.shape as [number, number, number, number];
    if (shared === 1) return transpose(wrap(x), turned ? [0, 2, 3, 1] : [0, 2, 1, 3]);
    const split = reshape(wrap(x), [batch, length, k.shape[2]!, n / k.shape[2]!, size]);
    return transpose(split, turned ? [0, 2, 3, 4, 1] : [0, 2, 3, 1, 4]);
  };
  const product = matmul(byHead(q), byHead(k, true));
  let scores = reshape(multiply(product, scale ?? 1 / Math.sqrt(depth)), [q.shape[0]!, heads, queries, keys]);
  if (attnLogitsSoftCap) scores = multiply(tanh(divide(scores, attnLogitsSoftCap)), attnLogitsSoftCap);
  if (bias !== null && bias !== undefined) scores = add(scores, bias);
  if (mask !== null && mask !== undefined) scores = where(mask, scores, MASKED);
  if (isCausal) scores = where(wrap(diagonalMask(queries, keys, 0, 'le')), scores, MASKED);
  // Scores are float32; the shares are of 16 bits where the query is.
  const shares = cast(reshape(softmax(scores), product.shape), dtype);
  const summed = matmul(shares, cast(byHead(v), dtype));
  if (shared === 1) return transpose(summed, [0, 2, 1, 3]);
  return reshape(transpose(summed, [0, 3, 1, 2, 4]), [q.shape[0]!, queries, heads, v.shape[3]!]);
}
