import { checkOptions, describe, formatShape, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import { broadcastShapes } from '../graph/shape.ts';
import { type Config, checkWord } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import { type FloatType, floatx } from '../settings.ts';
import { asTensor, autoName, camelKey, type Tensor, type TensorLike } from '../trace/index.ts';
import { matchRanks } from './shapes.ts';

const REDUCTIONS = ['sum_over_batch_size', 'sum', 'mean', 'mean_with_sample_weight', 'none'] as const;

/**
 * How the losses of the samples become one: `'sum_over_batch_size'` and `'mean'` divide the sum by their number,
 * `'mean_with_sample_weight'` by the sum of the weights, `'none'` (or null) keeps them.
 */
export type Reduction = (typeof REDUCTIONS)[number] | null;

/** A floating type, or the policy of one: the type that it computes in counts. */
export type LossDType = FloatType | 'mixed_bfloat16' | 'mixed_float16' | { readonly computeDtype: DType };

export interface LossOptions {
  /** Default: the class's name in snake case. */
  readonly name?: string | null;
  /** Default `'sum_over_batch_size'`. */
  readonly reduction?: Reduction;
  /** The type of the predictions and of the loss. Default: that of `config.setFloatx`, `'float32'` at first. */
  readonly dtype?: LossDType | null;
}

/** What training minimizes: a number for targets and predictions. Subclasses override `call`. */
export abstract class Loss {
  readonly name: string;
  readonly reduction: Reduction;
  /** The type of the loss. As in Keras, no configuration names it. */
  readonly dtype: DType;

  constructor({ name, reduction = 'sum_over_batch_size', dtype }: LossOptions = {}) {
    this.name = checkWord(this.constructor.name, 'name', name ?? autoName(this.constructor.name));
    if (reduction !== null && !REDUCTIONS.includes(reduction))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.constructor.name}: reduction must be one of ${REDUCTIONS.join(', ')}, got ${describe(reduction)}`,
      );
    this.reduction = reduction;
    this.dtype = readDType(this.constructor.name, dtype);
  }

  /** The loss of each sample, before weights and reduction. */
  abstract call(yTrue: Tensor, yPred: Tensor): Tensor;

  /** Which of the losses count (bool, of their shape); all of them by default. */
  mask(_yTrue: Tensor, _yPred: Tensor, _losses: Tensor): Tensor | null {
    return null;
  }

  /**
   * The loss, weighted and reduced.
   *
   * @param sampleWeight Factors that repeat to the shape of the samples' losses.
   * @param mask Which of them count; the others have weight 0, and a mean is that over what counts.
   * @throws OlifantError `SHAPE` where shapes do not fit.
   */
  apply(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike | null, mask?: TensorLike | null): Tensor {
    const [t, p] = [asTensor(yTrue), asTensor(yPred, this.dtype)];
    const losses = ops.cast(this.#values(t, p), this.dtype);
    const own = this.mask(t, p, losses);
    const given = mask === null || mask === undefined ? null : asTensor(mask, 'bool');
    const counts = own !== null && given !== null ? ops.logicalAnd(own, given) : (own ?? given);
    return reduceWeighted(this.name, losses, sampleWeight ?? null, counts, this.reduction);
  }

  #values(t: Tensor, p: Tensor): Tensor {
    try {
      return this.call(t, p);
    } catch (error) {
      if (!(error instanceof OlifantError) || error.code !== 'SHAPE') throw error;
      throw new OlifantError(
        'SHAPE',
        `loss '${this.name}': targets of shape ${formatShape(t.shape)} do not fit predictions of shape ` +
          `${formatShape(p.shape)}: ${error.message}`,
        { cause: error },
      );
    }
  }

  /** The options, equal to Keras's `get_config()`. */
  getConfig(): Config {
    return { name: this.name, reduction: this.reduction };
  }

  /** A loss from its configuration, this package's or Keras's. */
  static fromConfig(config: Config): Loss {
    const options = Object.fromEntries(Object.entries(config).map(([k, v]) => [camelKey(k), v]));
    return new (this as unknown as new (options: unknown) => Loss)(options);
  }
}

const FLOATS: readonly DType[] = ['float32', 'bfloat16', 'float16'];

function readDType(owner: string, dtype: LossOptions['dtype']): DType {
  const given = typeof dtype === 'object' && dtype !== null ? dtype.computeDtype : (dtype ?? floatx());
  const type = String(given).replace(/^mixed_/, '') as DType;
  if (FLOATS.includes(type)) return type;
  throw new OlifantError(
    'DTYPE',
    `${owner}: dtype must be 'float32', 'bfloat16', 'float16' or a policy of one of them, got ${describe(dtype)}`,
  );
}

/** Factors for a mask: 1 and 0, scaled for means so that they are means over what counts. */
export function maskWeights(mask: Tensor, reduction: Reduction): Tensor {
  const factor = ops.cast(mask, 'float32');
  if (reduction !== 'mean' && reduction !== 'sum_over_batch_size') return factor;
  return ops.multiply(factor, ops.divideNoNan(mask.size, ops.sum(factor)));
}

/** The weights with the mask in them. */
export function maskedWeights(weight: Tensor | null, mask: Tensor | null, reduction: Reduction): Tensor | null {
  if (mask === null) return weight;
  const factor = maskWeights(mask, reduction);
  if (weight === null) return factor;
  const [f, w] = matchRanks(ops.cast(factor, weight.dtype), weight);
  return ops.multiply(w, f);
}

function reduceWeighted(
  name: string,
  losses: Tensor,
  sampleWeight: TensorLike | null,
  mask: Tensor | null,
  reduction: Reduction,
): Tensor {
  const given = sampleWeight === null ? null : asTensor(sampleWeight, losses.dtype);
  const weight = maskedWeights(given, mask, reduction);
  if (weight === null) return reduce(losses, null, reduction);
  const [values, w] = matchRanks(losses, weight);
  if (broadcastShapes(values.shape, w.shape) === undefined)
    throw new OlifantError(
      'SHAPE',
      `loss '${name}': sample weights of shape ${formatShape(w.shape)} do not fit losses of shape ` +
        `${formatShape(values.shape)}; give one weight for each of these, or one for each sample with a last axis of 1`,
    );
  const factor = ops.cast(w, losses.dtype);
  return reduce(ops.multiply(values, factor), factor, reduction);
}

function reduce(losses: Tensor, weight: Tensor | null, reduction: Reduction): Tensor {
  if (reduction === null || reduction === 'none' || losses.rank === 0) return losses;
  const total = ops.sum(losses);
  if (reduction === 'sum') return total;
  if (reduction === 'mean_with_sample_weight' && weight !== null) return ops.divideNoNan(total, ops.sum(weight));
  return losses.size === 0 ? ops.multiply(total, 0) : ops.divide(total, losses.size);
}

/** A loss made of a function of targets and predictions. */
export class LossFunctionWrapper extends Loss {
  static readonly className: string = 'LossFunctionWrapper';
  readonly fn: (yTrue: Tensor, yPred: Tensor) => Tensor;

  /** @param fn Gives the loss of each sample. */
  constructor(fn: (yTrue: Tensor, yPred: Tensor) => Tensor, options: LossOptions = {}) {
    super(checkOptions('LossFunctionWrapper', options, ['name', 'reduction', 'dtype']));
    this.fn = fn;
  }

  call(yTrue: Tensor, yPred: Tensor): Tensor {
    const [t, p] = matchRanks(yTrue, yPred);
    return this.fn(t, p);
  }
}
