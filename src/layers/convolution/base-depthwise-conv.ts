import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { Config, Layer } from '../layer.ts';
import { type Defaults, readOptions, wholeNumber } from '../options.ts';
import { channelAxis } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';
import { CONVOLUTION_DEFAULTS, Convolution, type ConvolutionOptions } from './convolution.ts';

export interface DepthwiseConvOptions extends ConvolutionOptions, WeightRuleOptions<'depthwise'> {
  /** Filters of each channel. Default 1. */
  depthMultiplier?: number;
}

const DEFAULTS: Defaults<DepthwiseConvOptions> = {
  ...CONVOLUTION_DEFAULTS,
  depthMultiplier: 1,
  ...ruleDefaults('depthwise', 'glorot_uniform'),
};

/** The depthwise convolutions of one and two spatial axes. */
export abstract class BaseDepthwiseConv extends Convolution {
  readonly depthMultiplier: number;
  kernel!: Variable;
  readonly #rules: WeightRules;

  constructor(rank: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const o = readOptions<DepthwiseConvOptions>(owner, ['kernelSize'], DEFAULTS, args);
    super(rank, o);
    this.depthMultiplier = wholeNumber(owner, 'depthMultiplier', o.depthMultiplier);
    this.#rules = readRules(owner, o, 'depthwise');
  }

  override build(inputShape: DynamicShape): void {
    const channels = this.readChannels(inputShape);
    this.computeOutputShape(inputShape);
    const shape = [...this.kernelSize, channels, this.depthMultiplier];
    this.kernel = this.addWeight({ name: 'kernel', shape, ...this.#rules });
    this.addBias(channels * this.depthMultiplier);
  }

  override call(inputs: Tensor): Tensor {
    this.computeOutputShape(inputs.shape);
    return this.finish(ops.depthwiseConv(inputs, this.kernel, this.window));
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const channels = inputShape.at(channelAxis(this.dataFormat)) ?? null;
    return this.windowShape(inputShape, channels === null ? null : channels * this.depthMultiplier);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      depth_multiplier: this.depthMultiplier,
      ...rulesConfig('depthwise', this.#rules),
    };
  }
}
