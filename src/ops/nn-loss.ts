import { node } from '../graph/build.ts';
import { sameShape, showShape } from '../graph/shape.ts';
import { epsilon } from '../settings.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { iotaAlong } from './arithmetic.ts';
import { expandTo, fail, lift, normalizeAxis, reshapeTo, wrap } from './core.ts';
import { add, alike, clip, divide, log, multiply, negative, subtract } from './elementwise.ts';
import { logSigmoid, logSoftmax } from './nn-activation.ts';
import { sum } from './reduce.ts';

export interface CrossentropyOptions {
  /** Whether `output` are scores before the softmax or sigmoid. Default false: probabilities. */
  readonly fromLogits?: boolean;
  /** The axis of the classes. Default -1. */
  readonly axis?: number;
}

function logProbabilities(output: Tensor, fromLogits: boolean, axis: number): Tensor {
  if (fromLogits) return logSoftmax(output, axis);
  const normalised = divide(output, sum(output, { axis, keepdims: true }));
  return log(clip(normalised, epsilon(), 1 - epsilon()));
}

/** -sum(target log(output)) along `axis`; the shapes must be equal. */
export function categoricalCrossentropy(
  target: TensorLike,
  output: TensorLike,
  { fromLogits = false, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const [t, p] = [wrap(lift(target, 'float32')), wrap(lift(output, 'float32'))];
  if (!sameShape(t.shape, p.shape) || p.rank === 0)
    fail(
      'categoricalCrossentropy',
      `target and output must have one shape, got ${showShape(t.shape)} and ${showShape(p.shape)}; ` +
        'for class numbers use sparseCategoricalCrossentropy',
    );
  const at = normalizeAxis('categoricalCrossentropy', axis, p.rank);
  return negative(sum(multiply(t, logProbabilities(p, fromLogits, at)), { axis: at }));
}

/**
 * -log(output) of the class whose number `target` is; the shape is that of `output` without `axis`. A number that is no
 * class gives 0.
 */
export function sparseCategoricalCrossentropy(
  target: TensorLike,
  output: TensorLike,
  { fromLogits = false, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const p = wrap(lift(output, 'float32'));
  const at = normalizeAxis('sparseCategoricalCrossentropy', axis, p.rank);
  const rest = p.shape.filter((_, i) => i !== at);
  let t = lift(target, 'int32');
  if (t.shape.length === p.rank && t.shape.at(-1) === 1) t = reshapeTo(t, t.shape.slice(0, -1));
  if (!sameShape(t.shape, rest))
    fail(
      'sparseCategoricalCrossentropy',
      `expected class numbers of shape ${showShape(rest)} for an output of ${showShape(p.shape)}, got ${showShape(t.shape)}`,
    );
  const logs = logProbabilities(p, fromLogits, at).node;
  // Chosen by comparison, not by index: an elementwise step that fuses with the softmax and its sum.
  const spread = expandTo(
    reshapeTo(
      t,
      p.shape.map((d, i) => (i === at ? 1 : d)),
    ),
    p.shape,
  );
  const chosen = node('select', [node('eq', [iotaAlong(p.shape, at), spread], {}), logs, alike(0, logs)], {});
  return negative(sum(wrap(chosen), { axis: at }));
}

/** -(target log(output) + (1 - target) log(1 - output)), element by element; the shapes must be equal. */
export function binaryCrossentropy(
  target: TensorLike,
  output: TensorLike,
  { fromLogits = false }: { fromLogits?: boolean } = {},
): Tensor {
  const [t, p] = [wrap(lift(target, 'float32')), wrap(lift(output, 'float32'))];
  if (!sameShape(t.shape, p.shape))
    fail(
      'binaryCrossentropy',
      `target and output must have one shape, got ${showShape(t.shape)} and ${showShape(p.shape)}`,
    );
  if (fromLogits) {
    const against = multiply(subtract(1, t), logSigmoid(negative(p)));
    return subtract(negative(multiply(t, logSigmoid(p))), against);
  }
  const q = clip(p, epsilon(), 1 - epsilon());
  return negative(add(multiply(t, log(q)), multiply(subtract(1, t), log(subtract(1, q)))));
}
