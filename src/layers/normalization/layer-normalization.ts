import { formatShape, OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { type Config, Layer } from '../layer.ts';
import { type Defaults, readAxes, readFlag, readOptions } from '../options.ts';
import { axisOf, knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import {
  GAMMA_BETA_DEFAULTS,
  type GammaBeta,
  type GammaBetaOptions,
  gammaBetaConfig,
  readGammaBeta,
} from './gamma-beta.ts';

export interface LayerNormalizationOptions extends GammaBetaOptions {
  /** The axis or axes that are normalised together. Default -1. */
  axis?: number | readonly number[];
  /** Added to the variance. Default 0.001. */
  epsilon?: number;
  /** An older way: the inputs divided by their standard deviation, without subtracting the mean. Default `false`. */
  rmsScaling?: boolean;
}

const DEFAULTS: Defaults<LayerNormalizationOptions> = {
  axis: -1,
  epsilon: 1e-3,
  ...GAMMA_BETA_DEFAULTS,
  rmsScaling: false,
};

/**
 * (x - mean) / sqrt(variance + epsilon) * gamma + beta, with statistics of each sample over `axis` (Ba et al. 2016). Keras's
 * `LayerNormalization`.
 *
 * Inputs and outputs of any shape; weights `gamma` and `beta` of the sizes of the axes.
 *
 * @param options.axis The axis or axes that are normalised together. Default -1.
 * @param options.epsilon Default 0.001.
 * @param options.center Whether there is a `beta`. Default `true`.
 * @param options.scale Whether there is a `gamma`. Default `true`.
 * @param options.rmsScaling Keras's older way: x / sqrt(variance + epsilon) * gamma, with a `gamma` whatever `scale` says and no
 *   `beta`. The variance is that around the mean, so it is no RMS normalization: for that there is `RMSNormalization`.
 * @param options.gammaInitializer Default `'ones'`; `betaInitializer` `'zeros'`; also regularizers and constraints.
 * @throws OlifantError `INVALID_ARGUMENT` for numbers out of range, `SHAPE` where an axis is
 *   none of the input's or of unknown size.
 * @example
 * new LayerNormalization().apply(tensor([[1, 1]])).arraySync(); // [[0, 0]]
 */
export class LayerNormalization extends Layer {
  static override className = 'LayerNormalization';
  static override moduleName = 'keras.layers';

  /** As it was given; once built, a sorted array. */
  axis: number | readonly number[];
  readonly epsilon: number;
  readonly rmsScaling: boolean;
  gamma: Variable | null = null;
  beta: Variable | null = null;
  readonly #rules: GammaBeta;

  constructor(options?: LayerNormalizationOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<LayerNormalizationOptions>(owner, [], DEFAULTS, args);
    super(o);
    this.axis = readAxes(owner, 'axis', o.axis);
    this.epsilon = checkNumber(owner, 'epsilon', o.epsilon, { min: 0 });
    this.rmsScaling = readFlag(owner, 'rmsScaling', o.rmsScaling);
    this.#rules = readGammaBeta(owner, o);
    this.supportsMasking = true;
    this.autocast = false;
  }

  override build(inputShape: DynamicShape): void {
    this.axis = [this.axis].flat().sort((a, b) => a - b);
    const places = this.axis.map((a) => axisOf(this, inputShape, a));
    if (new Set(places).size < places.length)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: axis must name different axes, got [${this.axis}] for an input of shape ${formatShape(inputShape)}`,
      );
    const shape = places.map((a) => knownSize(this, inputShape, a));
    const { scale, center, gamma, beta } = this.#rules;
    if (scale || this.rmsScaling) this.gamma = this.addWeight({ name: 'gamma', shape, ...gamma });
    if (center && !this.rmsScaling) this.beta = this.addWeight({ name: 'beta', shape, ...beta });
    this.inputSpec = {
      ndim: inputShape.length,
      axes: Object.fromEntries(places.map((a) => [a, inputShape[a]!])),
    };
  }

  override call(inputs: Tensor): Tensor {
    const { axis, epsilon } = this;
    if (this.rmsScaling) return this.inComputeDtype(this.#divided(inputs));
    const gamma = this.gamma && this.#along(this.gamma, inputs);
    const beta = this.beta && this.#along(this.beta, inputs);
    return this.inComputeDtype(ops.layerNormalization(inputs, { gamma, beta, axis, epsilon }));
  }

  /** A weight along its axes of the inputs. As in Keras, one over axes such as [-1, 1] is taken flat. */
  #along(weight: Variable, { shape }: Tensor): Tensor {
    const places = [this.axis].flat().map((a) => axisOf(this, shape, a));
    return ops.reshape(
      weight,
      shape.map((d, i) => (places.includes(i) ? d : 1)),
    );
  }

  /** The inputs divided by their standard deviation. */
  #divided(inputs: Tensor): Tensor {
    const axis = [this.axis].flat();
    const x = ops.cast(inputs, 'float32');
    const variance = ops.var(x, { axis, keepdims: true });
    const gamma = this.#along(this.gamma!, x);
    return ops.multiply(ops.multiply(x, ops.rsqrt(ops.add(variance, this.epsilon))), ops.cast(gamma, 'float32'));
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    for (const axis of [this.axis].flat()) axisOf(this, inputShape, axis);
    return inputShape;
  }

  override computeOutputDType(): DType {
    return this.floatDtype;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      axis: this.axis,
      epsilon: this.epsilon,
      ...gammaBetaConfig(this.#rules),
      rms_scaling: this.rmsScaling,
    };
  }
}
