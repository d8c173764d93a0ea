import { formatShape, OlifantError } from '../errors.ts';
import { sameShape } from '../graph/shape.ts';
import * as ops from '../ops/index.ts';
import { epsilon } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike } from '../trace/index.ts';
import { both } from './regression.ts';

/** Options of the crossentropies. */
export interface CrossentropyOptions {
  /** Whether predictions are scores before the sigmoid or softmax. Default false: probabilities. */
  readonly fromLogits?: boolean;
  /** How far the targets are drawn towards an even distribution. Default 0. */
  readonly labelSmoothing?: number;
  /** The axis of the classes (over which binary losses are averaged). Default -1. */
  readonly axis?: number;
}

function checkShapes(name: string, t: Tensor, p: Tensor): void {
  if (sameShape(t.shape, p.shape)) return;
  throw new OlifantError(
    'SHAPE',
    `${name}: targets of shape ${formatShape(t.shape)} for predictions of ${formatShape(p.shape)}; the shapes must be equal` +
      (t.rank < p.rank ? ' (for class numbers use sparse_categorical_crossentropy)' : ''),
  );
}

const smoothBinary = (t: Tensor, s: number): Tensor => (s === 0 ? t : ops.add(ops.multiply(t, 1 - s), 0.5 * s));

/** -(t log p + (1 - t) log(1 - p)), averaged over `axis`. */
export function binaryCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const [t, p] = both(yTrue, yPred);
  checkShapes('binary_crossentropy', t, p);
  return ops.mean(ops.binaryCrossentropy(smoothBinary(t, labelSmoothing), p, { fromLogits }), axis);
}

export interface BinaryFocalOptions extends CrossentropyOptions {
  /** Whether `alpha` weighs the classes. Default false. */
  readonly applyClassBalancing?: boolean;
  /** Weight of class 1; that of class 0 is 1 - alpha. Default 0.25. */
  readonly alpha?: number;
  /** The exponent of what is missing to certainty. Default 2. */
  readonly gamma?: number;
}

/** Binary crossentropy times (1 - the probability of the target)^gamma (Lin et al. 2018), averaged over `axis`. */
export function binaryFocalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: BinaryFocalOptions = {},
): Tensor {
  const { applyClassBalancing = false, alpha = 0.25, gamma = 2, fromLogits = false, labelSmoothing = 0 } = options;
  const [target, output] = both(yTrue, yPred);
  checkShapes('binary_focal_crossentropy', target, output);
  const t = smoothBinary(target, labelSmoothing);
  const p = fromLogits ? ops.sigmoid(output) : output;
  const either = (one: TensorLike, zero: TensorLike) =>
    ops.add(ops.multiply(t, one), ops.multiply(ops.subtract(1, t), zero));
  const focus = ops.power(ops.subtract(1, either(p, ops.subtract(1, p))), gamma);
  const loss = ops.multiply(focus, ops.binaryCrossentropy(t, p));
  const weighted = applyClassBalancing ? ops.multiply(either(alpha, 1 - alpha), loss) : loss;
  return ops.mean(weighted, options.axis ?? -1);
}

function smoothClasses(t: Tensor, s: number): Tensor {
  return s === 0 ? t : ops.add(ops.multiply(t, 1 - s), s / t.shape.at(-1)!);
}

/** -sum(t log p) over `axis`, for one-hot targets. */
export function categoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const [t, p] = both(yTrue, yPred);
  checkShapes('categorical_crossentropy', t, p);
  return ops.categoricalCrossentropy(smoothClasses(t, labelSmoothing), p, { fromLogits, axis });
}

export interface CategoricalFocalOptions extends CrossentropyOptions {
  /** A factor. Default 0.25. */
  readonly alpha?: number;
  /** The exponent of what is missing to certainty. Default 2. */
  readonly gamma?: number;
}

/** -sum(alpha (1 - p)^gamma t log p) over `axis`, for one-hot targets (Lin et al. 2018). */
export function categoricalFocalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { alpha = 0.25, gamma = 2, fromLogits = false, labelSmoothing = 0, axis = -1 }: CategoricalFocalOptions = {},
): Tensor {
  const [target, output] = both(yTrue, yPred);
  checkShapes('categorical_focal_crossentropy', target, output);
  const t = smoothClasses(target, labelSmoothing);
  const p = fromLogits ? ops.softmax(output, axis) : output;
  const q = ops.clip(ops.divide(p, ops.sum(p, { axis, keepdims: true })), epsilon(), 1 - epsilon());
  const entropy = ops.negative(ops.multiply(t, ops.log(q)));
  const focus = ops.multiply(ops.power(ops.subtract(1, q), gamma), alpha);
  return ops.sum(ops.multiply(focus, entropy), axis);
}

export interface SparseCrossentropyOptions extends Omit<CrossentropyOptions, 'labelSmoothing'> {
  /** A class number that counts for nothing, as that of unlabelled pixels. */
  readonly ignoreClass?: number | null;
}

/** -log p of the class whose number the target is. */
export function sparseCategoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { fromLogits = false, ignoreClass = null, axis = -1 }: SparseCrossentropyOptions = {},
): Tensor {
  let [t, p] = [asTensor(yTrue, 'int32'), asTensor(yPred, 'float32')];
  if (t.rank === p.rank && t.shape.at(axis) === 1) t = ops.squeeze(t, axis);
  if (ignoreClass === null) return ops.sparseCategoricalCrossentropy(t, p, { fromLogits, axis });
  const valid = ops.notEqual(t, ignoreClass);
  p = ops.where(ops.expandDims(valid, axis), p, 0);
  const losses = ops.sparseCategoricalCrossentropy(ops.where(valid, t, 0), p, { fromLogits, axis });
  return ops.where(valid, losses, 0);
}

/** (1 - p^q) / q of the class whose number the target is (Zhang and Sabuncu 2018). */
export function categoricalGeneralizedCrossEntropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { q = 0.5 }: { q?: number } = {},
): Tensor {
  const p = asTensor(yPred, 'float32');
  const right = ops.sum(ops.multiply(p, ops.oneHot(yTrue, p.shape.at(-1)!)), -1);
  return ops.divide(ops.subtract(1, ops.power(right, q)), q);
}
