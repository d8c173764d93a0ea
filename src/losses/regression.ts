import * as ops from '../ops/index.ts';
import { epsilon } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike } from '../trace/index.ts';
import { pair } from './shapes.ts';

/** Targets and predictions, given as anything. */
export const both = (yTrue: TensorLike, yPred: TensorLike): [Tensor, Tensor] => pair(asTensor(yTrue), asTensor(yPred));

/** mean((t - p)^2) over the last axis. */
export function meanSquaredError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = both(yTrue, yPred);
  return ops.mean(ops.square(ops.subtract(t, p)), -1);
}

/** mean(|t - p|) over the last axis. */
export function meanAbsoluteError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = both(yTrue, yPred);
  return ops.mean(ops.abs(ops.subtract(t, p)), -1);
}

/** 100 mean(|t - p| / max(|t|, 1e-7)) over the last axis. */
export function meanAbsolutePercentageError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = both(yTrue, yPred);
  const share = ops.abs(ops.divide(ops.subtract(t, p), ops.maximum(ops.abs(t), epsilon())));
  return ops.multiply(ops.mean(share, -1), 100);
}

/** mean((log(t + 1) - log(p + 1))^2) over the last axis; values below 1e-7 count as that. */
export function meanSquaredLogarithmicError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = both(yTrue, yPred);
  const logs = (x: Tensor) => ops.log(ops.add(ops.maximum(x, epsilon()), 1));
  return ops.mean(ops.square(ops.subtract(logs(p), logs(t))), -1);
}

/** Minus the cosine between targets and predictions along `axis`: -1 where they have one direction. */
export function cosineSimilarity(yTrue: TensorLike, yPred: TensorLike, { axis = -1 }: { axis?: number } = {}): Tensor {
  const [t, p] = both(yTrue, yPred);
  return ops.negative(ops.sum(ops.multiply(ops.normalize(t, { axis }), ops.normalize(p, { axis })), { axis }));
}

/** With e = p - t: mean(e^2 / 2) where |e| <= delta, else mean(delta |e| - delta^2 / 2). */
export function huber(yTrue: TensorLike, yPred: TensorLike, { delta = 1 }: { delta?: number } = {}): Tensor {
  const [t, p] = both(yTrue, yPred);
  const error = ops.subtract(p, t);
  const size = ops.abs(error);
  const near = ops.multiply(ops.square(error), 0.5);
  const far = ops.subtract(ops.multiply(size, delta), 0.5 * delta * delta);
  return ops.mean(ops.where(ops.lessEqual(size, delta), near, far), -1);
}

/** With e = p - t: mean(log(cosh e)) = mean(e + log(1 + exp(-2 e)) - log 2). */
export function logCosh(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = both(yTrue, yPred);
  const e = ops.subtract(p, t);
  return ops.mean(ops.subtract(ops.add(e, ops.softplus(ops.multiply(e, -2))), Math.LN2), -1);
}

/** sum(t log(t / p)) over the last axis, both within [1e-7, 1]. */
export function klDivergence(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = both(yTrue, yPred).map((x) => ops.clip(x, epsilon(), 1)) as [Tensor, Tensor];
  return ops.sum(ops.multiply(t, ops.log(ops.divide(t, p))), -1);
}

/** mean(p - t log(p + 1e-7)) over the last axis. */
export function poisson(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = both(yTrue, yPred);
  return ops.mean(ops.subtract(p, ops.multiply(t, ops.log(ops.add(p, epsilon())))), -1);
}

/** Targets of 0 and 1 only become -1 and 1; others stay. */
function signed(t: Tensor): Tensor {
  const binary = ops.all(ops.logicalOr(ops.equal(t, 0), ops.equal(t, 1)));
  return ops.where(binary, ops.subtract(ops.multiply(t, 2), 1), t);
}

const shortfall = (t: Tensor, p: Tensor): Tensor => ops.maximum(ops.subtract(1, ops.multiply(signed(t), p)), 0);

/** mean(max(1 - t p, 0)) over the last axis, for targets of -1 and 1 (or 0 and 1). */
export function hinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return ops.mean(shortfall(...both(yTrue, yPred)), -1);
}

/** mean(max(1 - t p, 0)^2) over the last axis, for targets of -1 and 1 (or 0 and 1). */
export function squaredHinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return ops.mean(ops.square(shortfall(...both(yTrue, yPred))), -1);
}

/** max(1 + max((1 - t) p) - sum(t p), 0) over the last axis, for one-hot targets. */
export function categoricalHinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = both(yTrue, yPred);
  const right = ops.sum(ops.multiply(t, p), -1);
  const wrong = ops.max(ops.multiply(ops.subtract(1, t), p), -1);
  return ops.maximum(ops.add(ops.subtract(wrong, right), 1), 0);
}
