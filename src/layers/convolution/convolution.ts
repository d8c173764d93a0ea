import * as activations from '../../activations/index.ts';
import { formatShape, OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import * as regularizers from '../../regularizers/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, perAxis, REQUIRED, readActivation, readDataFormat, readFlag, readPadding } from '../options.ts';
import { channelAxis, checkOutputSizes, knownSize, mapSpatial, windows } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';

/** One number for all spatial axes, or one for each. */
export type Sizes = number | readonly number[];

/** What all convolutions take. */
export interface ConvolutionOptions extends LayerOptions, WeightRuleOptions<'bias'> {
  /** Size of the window. */
  kernelSize?: Sizes;
  /** Default 1. */
  strides?: Sizes;
  /** `'valid'` (the default): only windows within the input; `'same'`: zeros around, as many outputs as size / stride. */
  padding?: ops.ConvPadding;
  /** Default `'channels_last'`: [batch, spatial..., channels]. */
  dataFormat?: ops.DataFormat | null;
  /** Distance of the window's taps. Default 1. */
  dilationRate?: Sizes;
  /** Default: none (linear). */
  activation?: activations.ActivationLike;
  /** Default `true`. */
  useBias?: boolean;
}

export const CONVOLUTION_DEFAULTS: Defaults<ConvolutionOptions> = {
  kernelSize: REQUIRED,
  strides: 1,
  padding: 'valid',
  dataFormat: null,
  dilationRate: 1,
  activation: null,
  useBias: true,
  ...ruleDefaults('bias', 'zeros'),
};

/** What all convolutions share: windows, bias, activation. */
export abstract class Convolution extends Layer {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: ops.ConvPadding;
  readonly dataFormat: ops.DataFormat;
  readonly dilationRate: readonly number[];
  readonly activation: activations.Activation;
  readonly useBias: boolean;
  bias: Variable | null = null;
  readonly #biasRules: WeightRules;

  /** @param rank Number of spatial axes. */
  constructor(
    rank: number,
    o: LayerOptions & Defaults<ConvolutionOptions>,
    paddings: readonly ops.ConvPadding[] = ['valid', 'same'],
  ) {
    super(o);
    const owner = this.className;
    this.kernelSize = perAxis(owner, 'kernelSize', o.kernelSize, rank);
    this.strides = perAxis(owner, 'strides', o.strides, rank);
    this.padding = readPadding(owner, o.padding, paddings);
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    this.dilationRate = perAxis(owner, 'dilationRate', o.dilationRate, rank);
    this.activation = readActivation(o.activation);
    this.useBias = readFlag(owner, 'useBias', o.useBias);
    this.#biasRules = readRules(owner, o, 'bias');
    this.inputSpec = { ndim: rank + 2 };
  }

  get rank(): number {
    return this.kernelSize.length;
  }

  /** The number of channels, which later inputs must have as well. */
  protected readChannels(inputShape: DynamicShape): number {
    const axis = channelAxis(this.dataFormat);
    const channels = knownSize(this, inputShape, axis);
    this.inputSpec = { ndim: this.rank + 2, axes: { [axis]: channels } };
    return channels;
  }

  protected addBias(filters: number): void {
    if (this.useBias) this.bias = this.addWeight({ name: 'bias', shape: [filters], ...this.#biasRules });
  }

  /** Adds the bias and applies the activation. */
  protected finish(outputs: Tensor): Tensor {
    if (this.bias === null) return this.activation(outputs);
    const last = this.dataFormat === 'channels_last';
    const bias = last ? this.bias : ops.reshape(this.bias, [1, -1, ...this.kernelSize.map(() => 1)]);
    return this.activation(ops.add(outputs, bias));
  }

  /** The geometry, as the operations take it. */
  protected get window(): ops.ConvOptions {
    const { strides, padding, dataFormat, dilationRate } = this;
    return { strides, padding, dataFormat, dilationRate };
  }

  protected windowShape(inputShape: DynamicShape, filters: number | null): DynamicShape {
    const { kernelSize, strides, padding, dilationRate } = this;
    const shape = mapSpatial(inputShape, this.dataFormat, (size, i) =>
      windows(size, kernelSize[i]!, strides[i]!, padding, dilationRate[i]!),
    );
    shape[this.dataFormat === 'channels_last' ? shape.length - 1 : 1] = filters;
    return checkOutputSizes(this, inputShape, shape, `a window of ${this.#reach()}`);
  }

  #reach(): string {
    return this.kernelSize.map((k, i) => (k - 1) * this.dilationRate[i]! + 1).join(' x ');
  }

  override computeOutputDType(): DType {
    return this.floatDtype;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      kernel_size: this.kernelSize,
      strides: this.strides,
      padding: this.padding,
      data_format: this.dataFormat,
      dilation_rate: this.dilationRate,
      activation: activations.serialize(this.activation),
      use_bias: this.useBias,
      ...rulesConfig('bias', this.#biasRules),
      activity_regularizer: regularizers.serialize(this.activityRegularizer),
    };
  }
}

/** @throws OlifantError `INVALID_ARGUMENT` where windows both jump and are dilated, which Keras refuses. */
export function refuseDilatedStrides(
  owner: string,
  { strides, dilationRate }: Pick<Convolution, 'strides' | 'dilationRate'>,
): void {
  if (strides.every((s) => s === 1) || dilationRate.every((d) => d === 1)) return;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: strides and dilationRate cannot both be above 1, got strides ${formatShape(strides)} and dilationRate ` +
      formatShape(dilationRate),
  );
}
