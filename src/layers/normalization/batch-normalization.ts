import { checkOptions, formatShape, OlifantError } from '../../errors.ts';
import type { DType, TypedArray } from '../../graph/dtype.ts';
import type { Shape } from '../../graph/shape.ts';
import * as initializers from '../../initializers/index.ts';
import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { type CallOptions, type Config, Layer } from '../layer.ts';
import { type Defaults, readAxis, readFlag, readOptions } from '../options.ts';
import { axisOf, knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import {
  GAMMA_BETA_DEFAULTS,
  type GammaBeta,
  type GammaBetaOptions,
  gammaBetaConfig,
  readGammaBeta,
} from './gamma-beta.ts';

/** The correction multiplies by r in [rmin, rmax] and adds d in [-dmax, dmax]; what is left out bounds nothing. */
export interface RenormClipping {
  rmin?: number | null;
  rmax?: number | null;
  dmax?: number | null;
}

export interface BatchNormalizationOptions extends GammaBetaOptions {
  /** The axis that keeps its own statistics. Default -1; 1 for channels first. */
  axis?: number;
  /** What is left of the moving statistics at each step. Default 0.99. */
  momentum?: number;
  /** Added to the variance. Default 0.001. */
  epsilon?: number;
  /** Default `'zeros'`. */
  movingMeanInitializer?: initializers.InitializerLike;
  /** Default `'ones'`. */
  movingVarianceInitializer?: initializers.InitializerLike;
  /** For several devices in Keras; here there is one. */
  synchronized?: boolean;
  /** Whether training too comes near the moving statistics (Ioffe 2017). Default `false`. */
  renorm?: boolean;
  /** Bounds of the correction by `renorm`. Default: none. */
  renormClipping?: RenormClipping | null;
  /** What is left at each step of the statistics that `renorm` uses in training. Default 0.99. */
  renormMomentum?: number;
}

const DEFAULTS: Defaults<BatchNormalizationOptions> = {
  axis: -1,
  momentum: 0.99,
  epsilon: 1e-3,
  ...GAMMA_BETA_DEFAULTS,
  movingMeanInitializer: 'zeros',
  movingVarianceInitializer: 'ones',
  synchronized: false,
  renorm: false,
  renormClipping: null,
  renormMomentum: 0.99,
};

/** Keras's `epsilon()`: keeps the mean of nothing finite. */
const TINY = 1e-7;

/**
 * (x - mean) / sqrt(variance + epsilon) * gamma + beta, with statistics of each channel over the batch and all other axes
 * (Ioffe and Szegedy 2015). Keras's `BatchNormalization`.
 *
 * In training the statistics are those of the batch, and the moving ones follow them: `moving * momentum + batch *
 * (1 - momentum)`. Otherwise, and where `trainable` is false, the moving ones count. With a mask [batch, ...] only what it
 * keeps counts for the statistics.
 *
 * With `renorm` the values of training, x' = (x - mean) / sqrt(variance + epsilon), become x' r + d, where r = stddev /
 * renormStddev and d = (mean - renormMean) / renormStddev are constants for the gradient: so small or uneven batches see nearly what
 * inference will (Ioffe 2017).
 *
 * Inputs and outputs of any shape; weights `gamma`, `beta`, `moving_mean`, `moving_variance`, and with `renorm`
 * `moving_stddev`, `renorm_mean`, `renorm_stddev`, each [channels].
 *
 * @param options.axis The axis of the channels. Default -1.
 * @param options.momentum Default 0.99.
 * @param options.epsilon Default 0.001.
 * @param options.center Whether there is a `beta`. Default `true`.
 * @param options.scale Whether there is a `gamma`. Default `true`.
 * @param options.renorm Default `false`; with it `renormClipping` ({ rmin, rmax, dmax }, default: no bounds) and `renormMomentum`
 *   (default 0.99).
 * @param options.gammaInitializer Default `'ones'`; `betaInitializer` `'zeros'`; `movingMeanInitializer` `'zeros'`;
 *   `movingVarianceInitializer` `'ones'`; also regularizers and constraints of gamma and beta.
 * @throws OlifantError `INVALID_ARGUMENT` for numbers out of range, `SHAPE` where the axis is none of
 *   the input's or of unknown size, or a mask does not fit.
 * @example
 * const layer = new BatchNormalization();
 * layer.apply(tensor([[1], [3]]), { training: true }).shape; // [2, 1]
 */
export class BatchNormalization extends Layer {
  static override className = 'BatchNormalization';
  static override callArguments: readonly string[] = ['inputs', 'training', 'mask'];
  static override moduleName = 'keras.layers';

  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  gamma: Variable | null = null;
  beta: Variable | null = null;
  movingMean!: Variable;
  movingVariance!: Variable;
  readonly renorm: boolean;
  readonly renormClipping: RenormClipping | null;
  readonly renormMomentum: number;
  movingStddev: Variable | null = null;
  renormMean: Variable | null = null;
  renormStddev: Variable | null = null;
  readonly #rules: GammaBeta;
  readonly #meanInitializer: initializers.Initializer;
  readonly #varianceInitializer: initializers.Initializer;
  readonly #synchronized: boolean;

  constructor(options?: BatchNormalizationOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<BatchNormalizationOptions>(owner, [], DEFAULTS, args);
    super(o);
    this.axis = readAxis(owner, 'axis', Array.isArray(o.axis) && o.axis.length === 1 ? o.axis[0] : o.axis);
    this.momentum = checkNumber(owner, 'momentum', o.momentum, { min: 0, max: 1 });
    this.epsilon = checkNumber(owner, 'epsilon', o.epsilon, { min: 0 });
    this.#rules = readGammaBeta(owner, o);
    this.#meanInitializer = initializers.get(o.movingMeanInitializer);
    this.#varianceInitializer = initializers.get(o.movingVarianceInitializer);
    this.#synchronized = readFlag(owner, 'synchronized', o.synchronized);
    this.renorm = readFlag(owner, 'renorm', o.renorm);
    this.renormClipping = readClipping(owner, o.renormClipping);
    this.renormMomentum = checkNumber(owner, 'renormMomentum', o.renormMomentum, { min: 0, max: 1 });
    this.supportsMasking = true;
  }

  override build(inputShape: DynamicShape): void {
    const axis = axisOf(this, inputShape, this.axis);
    const channels = knownSize(this, inputShape, axis);
    const { scale, center, gamma, beta } = this.#rules;
    const shape = [channels];
    if (scale) this.gamma = this.addWeight({ name: 'gamma', shape, autocast: false, ...gamma });
    if (center) this.beta = this.addWeight({ name: 'beta', shape, autocast: false, ...beta });
    const moving = { shape, trainable: false, autocast: false };
    this.movingMean = this.addWeight({ name: 'moving_mean', ...moving, initializer: this.#meanInitializer });
    this.movingVariance = this.addWeight({
      name: 'moving_variance',
      ...moving,
      initializer: this.#varianceInitializer,
    });
    if (this.renorm) this.#addRenormWeights(shape);
    this.inputSpec = { ndim: inputShape.length, axes: { [axis]: channels } };
  }

  #addRenormWeights(shape: number[]): void {
    const add = (name: string, initializer: initializers.Initializer) =>
      this.addWeight({ name, shape, trainable: false, autocast: false, initializer });
    const root = new RootOf(this.#varianceInitializer);
    this.movingStddev = add('moving_stddev', root);
    this.renormMean = add('renorm_mean', this.#meanInitializer);
    this.renormStddev = add('renorm_stddev', root);
  }

  override call(inputs: Tensor, { training, mask }: CallOptions = {}): Tensor {
    this.#checkMask(inputs, mask as Tensor | null | undefined);
    const x = ops.cast(inputs, 'float32');
    let mean = this.movingMean.value();
    let variance = this.movingVariance.value();
    const { epsilon } = this;
    let [scale, offset]: (Tensor | Variable | null)[] = [this.gamma, this.beta];
    if (training && this.trainable) {
      ({ mean, variance } = this.#moments(x, (mask ?? null) as Tensor | null));
      if (this.renorm) [scale, offset] = this.#renormalized(mean, variance);
      else {
        this.#follow(this.movingMean, mean);
        this.#follow(this.movingVariance, variance);
      }
    }
    return this.inComputeDtype(ops.batchNormalization(x, mean, variance, this.axis, { scale, offset, epsilon }));
  }

  /** A mask is for all axes but the last one; sizes of 1 repeat. */
  #checkMask(x: Tensor, mask: Tensor | null | undefined): void {
    if (mask === null || mask === undefined) return;
    if (mask.rank === x.rank - 1 && mask.shape.every((d, i) => d === 1 || d === x.shape[i])) return;
    throw new OlifantError(
      'SHAPE',
      `${this.label}: expected a mask of shape ${formatShape(x.shape.slice(0, -1))}, got ${formatShape(mask.shape)}`,
    );
  }

  #moments(x: Tensor, mask: Tensor | null): { mean: Tensor; variance: Tensor } {
    const own = axisOf(this, x.shape, this.axis);
    const axis = x.shape.map((_, i) => i).filter((i) => i !== own);
    if (mask === null) return ops.moments(x, axis);
    const keep = ops.broadcastTo(ops.expandDims(ops.cast(mask, 'bool'), -1), x.shape);
    const count = ops.add(ops.sum(ops.cast(keep, 'float32'), { axis, keepdims: true }), TINY);
    const mean = ops.divide(ops.sum(ops.where(keep, x, 0), { axis, keepdims: true }), count);
    const squares = ops.square(ops.where(keep, ops.subtract(x, mean), 0));
    const variance = ops.divide(ops.sum(squares, { axis, keepdims: true }), count);
    return { mean: ops.squeeze(mean, axis), variance: ops.squeeze(variance, axis) };
  }

  /** Moves the statistics, and gives the scale and offset of (x' r + d) gamma + beta = x' (r gamma) + (d gamma + beta). */
  #renormalized(mean: Tensor, variance: Tensor): [scale: Tensor, offset: Tensor] {
    const stddev = ops.sqrt(ops.add(variance, this.epsilon));
    // In the first steps it may be next to nothing.
    const usual = ops.maximum(this.renormStddev!, Math.sqrt(this.epsilon));
    const { rmin, rmax, dmax } = this.renormClipping ?? {};
    let r = ops.divide(stddev, usual);
    if (typeof rmin === 'number') r = ops.maximum(r, rmin);
    if (typeof rmax === 'number') r = ops.minimum(r, rmax);
    let d = ops.divide(ops.subtract(mean, this.renormMean!), usual);
    if (typeof dmax === 'number') d = ops.clip(d, -dmax, dmax);
    [r, d] = [ops.stopGradient(r), ops.stopGradient(d)];
    this.#moveRenormed(mean, stddev);
    const { gamma, beta } = this;
    const [scale, offset] = gamma === null ? [r, d] : [ops.multiply(r, gamma), ops.multiply(d, gamma)];
    return [scale, beta === null ? offset : ops.add(offset, beta)];
  }

  #moveRenormed(mean: Tensor, stddev: Tensor): void {
    this.#follow(this.renormMean!, mean, this.renormMomentum);
    this.#follow(this.renormStddev!, stddev, this.renormMomentum);
    this.#follow(this.movingMean, mean);
    const next = this.#follow(this.movingStddev!, stddev);
    // Rounding may make it negative.
    this.movingVariance.assign(ops.relu(ops.subtract(ops.square(next), this.epsilon)));
  }

  #follow(moving: Variable, batch: Tensor, momentum = this.momentum): Tensor {
    const next = ops.add(ops.multiply(moving, momentum), ops.multiply(batch, 1 - momentum));
    moving.assign(next);
    return next;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    axisOf(this, inputShape, this.axis);
    return inputShape;
  }

  override computeOutputDType(): DType {
    return this.floatDtype;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      axis: this.axis,
      momentum: this.momentum,
      epsilon: this.epsilon,
      ...gammaBetaConfig(this.#rules),
      moving_mean_initializer: initializers.serialize(this.#meanInitializer),
      moving_variance_initializer: initializers.serialize(this.#varianceInitializer),
      synchronized: this.#synchronized,
      renorm: this.renorm,
      renorm_clipping: this.renormClipping ?? (this.renorm ? {} : null),
      renorm_momentum: this.renormMomentum,
    };
  }
}

/** The square root of what another one gives. */
class RootOf extends initializers.Initializer {
  readonly #inner: initializers.Initializer;

  constructor(inner: initializers.Initializer) {
    super();
    this.#inner = inner;
  }

  call(shape: Shape, dtype?: DType): TypedArray {
    return this.#inner.call(shape, dtype).map(Math.sqrt);
  }

  getConfig(): Config {
    return this.#inner.getConfig();
  }
}

function readClipping(owner: string, value: unknown): RenormClipping | null {
  if (value === null) return null;
  const given = checkOptions(`${owner}: renormClipping`, value as RenormClipping, ['rmin', 'rmax', 'dmax']);
  for (const [key, bound] of Object.entries(given))
    if (bound !== null && bound !== undefined)
      checkNumber(owner, `renormClipping.${key}`, bound, key === 'dmax' ? { min: 0 } : {});
  const { rmin, rmax } = given;
  if (typeof rmin === 'number' && typeof rmax === 'number' && rmax < rmin)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: renormClipping.rmax must be at least rmin, got rmin ${rmin} and rmax ${rmax}`,
    );
  return given;
}
