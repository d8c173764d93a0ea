import type { Axis } from '../ops/index.ts';
import * as ops from '../ops/index.ts';
import { epsilon } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike } from '../trace/index.ts';
import { both } from './regression.ts';

/** 1 - 2 sum(t p) / (sum t + sum p) over `axis` (all by default). */
export function dice(yTrue: TensorLike, yPred: TensorLike, { axis = null }: { axis?: Axis } = {}): Tensor {
  const [t, p] = both(yTrue, yPred);
  const common = ops.sum(ops.multiply(t, p), { axis });
  const sizes = ops.add(ops.add(ops.sum(t, { axis }), ops.sum(p, { axis })), epsilon());
  return ops.subtract(1, ops.divide(ops.multiply(common, 2), sizes));
}

export interface TverskyOptions {
  /** Weight of what is predicted too little. Default 0.5. */
  readonly alpha?: number;
  /** Weight of what is predicted too much. Default 0.5. */
  readonly beta?: number;
  readonly axis?: Axis;
}

/** 1 - c / (c + alpha sum(t (1 - p)) + beta sum((1 - t) p)) with c = sum(t p), over `axis` (Salehi et al. 2017). */
export function tversky(
  yTrue: TensorLike,
  yPred: TensorLike,
  { alpha = 0.5, beta = 0.5, axis = null }: TverskyOptions = {},
): Tensor {
  const [t, p] = both(yTrue, yPred);
  const common = ops.sum(ops.multiply(t, p), { axis });
  const missed = ops.sum(ops.multiply(ops.subtract(1, p), t), { axis });
  const added = ops.sum(ops.multiply(p, ops.subtract(1, t)), { axis });
  const whole = ops.add(common, ops.add(ops.multiply(missed, alpha), ops.multiply(added, beta)));
  return ops.subtract(1, ops.divide(common, ops.add(whole, epsilon())));
}

export interface CircleOptions {
  /** The scale of the scores. Default 80. */
  readonly gamma?: number;
  /** How far similar and dissimilar pairs are kept apart. Default 0.4. */
  readonly margin?: number;
  /** Whether a sample is no pair with itself. Default true. */
  readonly removeDiagonal?: boolean;
  /** Numbers and vectors to compare with; default: the batch itself. */
  readonly refLabels?: TensorLike;
  readonly refEmbeddings?: TensorLike;
}

/** Circle loss (Sun et al. 2020) of class numbers [n] and normalised vectors [n, d]: similar pairs near, others apart. */
export function circle(yTrue: TensorLike, yPred: TensorLike, options: CircleOptions = {}): Tensor {
  const { gamma = 80, margin = 0.4, removeDiagonal = true } = options;
  const p = asTensor(yPred, 'float32');
  const t = asTensor(yTrue, 'int32');
  const others = ops.reshape(asTensor(options.refLabels ?? t, 'int32'), [1, -1]);
  const vectors = asTensor(options.refEmbeddings ?? p, 'float32');
  const distance = ops.maximum(ops.subtract(1, ops.matmul(p, ops.transpose(vectors))), 0);
  const same = ops.equal(ops.reshape(t, [-1, 1]), others);
  const different = ops.logicalNot(same);
  const [rows, columns] = same.shape as [number, number];
  const similar = removeDiagonal ? ops.logicalAnd(same, ops.logicalNot(ops.eye(rows, columns))) : same;
  const weight = (sign: number, offset: number, mask: Tensor) =>
    ops.maximum(ops.multiply(ops.add(ops.multiply(distance, sign), offset), ops.cast(mask, 'float32')), 0);
  const score = (sign: number, weights: Tensor, delta: number, mask: Tensor) => {
    const scores = ops.multiply(ops.multiply(weights, sign * gamma), ops.subtract(delta, distance));
    return ops.logsumexp(ops.where(mask, scores, Number.NEGATIVE_INFINITY), 1);
  };
  const near = score(-1, weight(1, margin, similar), margin, similar);
  const far = score(1, weight(-1, 1 + margin, different), 1 - margin, different);
  return ops.softplus(ops.add(near, far));
}
