import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { Config, Layer } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';
import { CONVOLUTION_DEFAULTS, Convolution, type ConvolutionOptions } from './convolution.ts';

export interface SeparableConvOptions
  extends ConvolutionOptions,
    WeightRuleOptions<'depthwise'>,
    WeightRuleOptions<'pointwise'> {
  /** The outputs' channels. */
  filters?: number;
  /** Filters of each channel in the first convolution. Default 1. */
  depthMultiplier?: number;
}

const DEFAULTS: Defaults<SeparableConvOptions> = {
  ...CONVOLUTION_DEFAULTS,
  filters: REQUIRED,
  depthMultiplier: 1,
  ...ruleDefaults('depthwise', 'glorot_uniform'),
  ...ruleDefaults('pointwise', 'glorot_uniform'),
};

/** The separable convolutions of one and two spatial axes. */
export abstract class BaseSeparableConv extends Convolution {
  readonly filters: number;
  readonly depthMultiplier: number;
  depthwiseKernel!: Variable;
  pointwiseKernel!: Variable;
  readonly #depthwiseRules: WeightRules;
  readonly #pointwiseRules: WeightRules;

  constructor(rank: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const o = readOptions<SeparableConvOptions>(owner, ['filters', 'kernelSize'], DEFAULTS, args);
    super(rank, o);
    this.filters = wholeNumber(owner, 'filters', o.filters);
    this.depthMultiplier = wholeNumber(owner, 'depthMultiplier', o.depthMultiplier);
    this.#depthwiseRules = readRules(owner, o, 'depthwise');
    this.#pointwiseRules = readRules(owner, o, 'pointwise');
  }

  override build(inputShape: DynamicShape): void {
    const channels = this.readChannels(inputShape);
    this.computeOutputShape(inputShape);
    this.depthwiseKernel = this.addWeight({
      name: 'depthwise_kernel',
      shape: [...this.kernelSize, channels, this.depthMultiplier],
      ...this.#depthwiseRules,
    });
    this.pointwiseKernel = this.addWeight({
      name: 'pointwise_kernel',
      shape: [...this.kernelSize.map(() => 1), channels * this.depthMultiplier, this.filters],
      ...this.#pointwiseRules,
    });
    this.addBias(this.filters);
  }

  override call(inputs: Tensor): Tensor {
    this.computeOutputShape(inputs.shape);
    return this.finish(ops.separableConv(inputs, this.depthwiseKernel, this.pointwiseKernel, this.window));
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return this.windowShape(inputShape, this.filters);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      filters: this.filters,
      depth_multiplier: this.depthMultiplier,
      ...rulesConfig('depthwise', this.#depthwiseRules),
      ...rulesConfig('pointwise', this.#pointwiseRules),
    };
  }
}
