import { OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { type Config, Layer } from '../layer.ts';
import { type Defaults, readAxis, readOptions, wholeNumber } from '../options.ts';
import { axisOf, knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import {
  GAMMA_BETA_DEFAULTS,
  type GammaBeta,
  type GammaBetaOptions,
  gammaBetaConfig,
  readGammaBeta,
} from './gamma-beta.ts';

export interface GroupNormalizationOptions extends GammaBetaOptions {
  /** Number of groups; -1: as many as channels. Default 32. */
  groups?: number;
  /** The axis of the channels. Default -1. */
  axis?: number;
  /** Added to the variance. Default 0.001. */
  epsilon?: number;
}

const DEFAULTS: Defaults<GroupNormalizationOptions> = {
  groups: 32,
  axis: -1,
  epsilon: 1e-3,
  ...GAMMA_BETA_DEFAULTS,
};

/**
 * (x - mean) / sqrt(variance + epsilon) * gamma + beta, with statistics of each sample over a group of channels and all other
 * axes (Wu and He 2018). Keras's `GroupNormalization`.
 *
 * Inputs and outputs [batch, ..., channels]; weights `gamma` and `beta` [channels].
 *
 * @param groups Number of groups, of which the channels must be a multiple; -1: as many as channels. Default 32.
 * @param options.axis The axis of the channels. Default -1.
 * @param options.epsilon Default 0.001.
 * @param options.center Whether there is a `beta`. Default `true`.
 * @param options.scale Whether there is a `gamma`. Default `true`.
 * @param options.gammaInitializer Default `'ones'`; `betaInitializer` `'zeros'`; also regularizers and constraints.
 * @throws OlifantError `INVALID_ARGUMENT` for numbers out of range, `SHAPE` where the channels are no multiple of the groups or
 *   of unknown size.
 * @example
 * new GroupNormalization(2).apply(tensor([[1, 1, 5, 5]])).arraySync(); // [[0, 0, 0, 0]]
 */
export class GroupNormalization extends Layer {
  static override className = 'GroupNormalization';
  static override moduleName = 'keras.layers';

  /** As it was given; once built, never -1. */
  groups: number;
  readonly axis: number;
  readonly epsilon: number;
  gamma: Variable | null = null;
  beta: Variable | null = null;
  readonly #rules: GammaBeta;

  constructor(groups: number, options?: GroupNormalizationOptions);
  constructor(options?: GroupNormalizationOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<GroupNormalizationOptions>(owner, ['groups'], DEFAULTS, args);
    super(o);
    this.groups = o.groups === -1 ? -1 : wholeNumber(owner, 'groups', o.groups);
    this.axis = readAxis(owner, 'axis', o.axis);
    this.epsilon = checkNumber(owner, 'epsilon', o.epsilon, { min: 0 });
    this.#rules = readGammaBeta(owner, o);
    this.supportsMasking = true;
    this.autocast = false;
  }

  override build(inputShape: DynamicShape): void {
    const axis = axisOf(this, inputShape, this.axis);
    if (axis === 0)
      throw new OlifantError('SHAPE', `${this.label}: axis ${this.axis} is the batch; name the axis of the channels`);
    const channels = knownSize(this, inputShape, axis);
    if (this.groups === -1) this.groups = channels;
    if (channels % this.groups !== 0)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: the channels must be a multiple of groups, got ${channels} channels and ${this.groups} groups`,
      );
    const { scale, center, gamma, beta } = this.#rules;
    if (scale) this.gamma = this.addWeight({ name: 'gamma', shape: [channels], ...gamma });
    if (center) this.beta = this.addWeight({ name: 'beta', shape: [channels], ...beta });
    this.inputSpec = { ndim: inputShape.length, axes: { [axis]: channels } };
  }

  override call(inputs: Tensor): Tensor {
    const at = axisOf(this, inputs.shape, this.axis);
    const parts = [this.groups, inputs.shape[at]! / this.groups];
    const grouped = ops.reshape(ops.cast(inputs, 'float32'), inputs.shape.toSpliced(at, 1, ...parts));
    const axis = grouped.shape.map((_, i) => i).filter((i) => i !== 0 && i !== at);
    const { mean, variance } = ops.moments(grouped, axis, { keepdims: true });
    const along = (v: Variable) =>
      ops.reshape(
        v,
        grouped.shape.map((d, i) => (i === at || i === at + 1 ? d : 1)),
      );
    let inverse = ops.rsqrt(ops.add(variance, this.epsilon));
    if (this.gamma !== null) inverse = ops.multiply(inverse, along(this.gamma));
    let shift = ops.negative(ops.multiply(mean, inverse));
    if (this.beta !== null) shift = ops.add(shift, along(this.beta));
    return this.inComputeDtype(ops.reshape(ops.add(ops.multiply(grouped, inverse), shift), inputs.shape));
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override computeOutputDType(): DType {
    return this.floatDtype;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      groups: this.groups,
      axis: this.axis,
      epsilon: this.epsilon,
      ...gammaBetaConfig(this.#rules),
    };
  }
}
