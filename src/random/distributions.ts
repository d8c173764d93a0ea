import { describe, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { floatType, keyOf, type Seed, wholeType } from './seed.ts';

export interface SampleOptions {
  readonly seed?: Seed;
  /** Default: that of `config.setFloatx`, float32 at first; int32 for whole numbers. */
  readonly dtype?: DType | null;
}

const KNOWN = ['seed', 'dtype'];

function checkNames(op: string, options: object, more: readonly string[]): void {
  const odd = Object.keys(options).find((k) => ![...KNOWN, ...more].includes(k));
  if (odd !== undefined)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `random.${op}: unknown option '${odd}'. Options: ${[...more, ...KNOWN].join(', ')}`,
    );
}

/**
 * Normal numbers of a shape.
 *
 * @param options.mean Default 0. @param options.stddev Default 1.
 */
export function normal(shape: Shape, options: SampleOptions & { mean?: number; stddev?: number } = {}): Tensor {
  checkNames('normal', options, ['mean', 'stddev']);
  const { mean = 0, stddev = 1, dtype, seed } = options;
  const to = floatType('normal', dtype);
  return ops.cast(ops.normal(keyOf('normal', seed), shape, { mean, stddev }), to);
}

/** Normal numbers no further from the mean than two standard deviations; options as for `normal`. */
export function truncatedNormal(
  shape: Shape,
  options: SampleOptions & { mean?: number; stddev?: number } = {},
): Tensor {
  checkNames('truncatedNormal', options, ['mean', 'stddev']);
  const { mean = 0, stddev = 1, dtype, seed } = options;
  const to = floatType('truncatedNormal', dtype);
  return ops.cast(ops.truncatedNormal(keyOf('truncatedNormal', seed), shape, { mean, stddev }), to);
}

/**
 * Numbers spread evenly over [minval, maxval); whole ones where `dtype` is one of integers.
 *
 * @param options.minval Default 0. @param options.maxval Default 1.
 */
export function uniform(shape: Shape, options: SampleOptions & { minval?: number; maxval?: number } = {}): Tensor {
  checkNames('uniform', options, ['minval', 'maxval']);
  const { minval = 0, maxval = 1, dtype, seed } = options;
  if (dtype === 'int32' || dtype === 'uint8')
    return randint(shape, minval, maxval, { dtype, ...(seed === undefined ? {} : { seed }) });
  const to = floatType('uniform', dtype);
  const key = keyOf('uniform', seed);
  if (to === 'float32') return ops.uniform(key, shape, { low: minval, high: maxval });
  // Of fewer bits, so that none is rounded up to maxval.
  const steps = to === 'float16' ? 2 ** 11 : 2 ** 8;
  const unit = ops.divide(ops.floor(ops.multiply(ops.uniform(key, shape), steps)), steps);
  return ops.cast(ops.add(ops.multiply(unit, maxval - minval), minval), to);
}

/** Whole numbers in [minval, maxval), int32 unless another `dtype` of integers is given. */
export function randint(shape: Shape, minval: number, maxval: number, options: SampleOptions = {}): Tensor {
  checkNames('randint', options, []);
  const dtype = wholeType('randint', options.dtype);
  return ops.cast(ops.randint(keyOf('randint', options.seed), shape, { low: minval, high: maxval }), dtype);
}

/** `numSamples` class numbers for each row of log-probabilities [batch, classes]: [batch, numSamples], int32. */
export function categorical(logits: TensorLike, numSamples: number, options: SampleOptions = {}): Tensor {
  checkNames('categorical', options, []);
  if (!Number.isSafeInteger(numSamples) || numSamples < 0)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `random.categorical: numSamples: expected a whole number, got ${describe(numSamples)}`,
    );
  const dtype = wholeType('categorical', options.dtype);
  return ops.cast(ops.categorical(keyOf('categorical', options.seed), logits, numSamples), dtype);
}

/**
 * Zeros in a random share `rate` of the elements, the others divided by 1 - rate.
 *
 * @param options.noiseShape Sizes of 1 share one choice along an axis; null is the size of the inputs. Default: their shape.
 */
export function dropout(
  inputs: TensorLike,
  rate: number,
  { noiseShape = null, seed = null }: { noiseShape?: readonly (number | null)[] | null; seed?: Seed } = {},
): Tensor {
  const x = ops.convertToTensor(inputs);
  const shape = noiseShape?.map((d, i) => d ?? x.shape[i] ?? 1);
  return ops.dropout(x, rate, keyOf('dropout', seed), shape);
}

/** The rows along `axis` (default 0) in random order. */
export function shuffle(x: TensorLike, { axis = 0, seed = null }: { axis?: number; seed?: Seed } = {}): Tensor {
  return ops.shuffle(keyOf('shuffle', seed), x, axis);
}
