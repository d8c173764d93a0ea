import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { Config, Layer } from '../layer.ts';
import { type Defaults, perAxis, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import { checkOutputSizes, mapSpatial } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';
import {
  CONVOLUTION_DEFAULTS,
  Convolution,
  type ConvolutionOptions,
  refuseDilatedStrides,
  type Sizes,
} from './convolution.ts';

export interface ConvTransposeOptions extends ConvolutionOptions, WeightRuleOptions<'kernel'> {
  /** The outputs' channels. */
  filters?: number;
  /** Rows added at the end, less than the stride. Default: what makes the outputs stride times as large. */
  outputPadding?: Sizes | null;
}

const DEFAULTS: Defaults<ConvTransposeOptions> = {
  ...CONVOLUTION_DEFAULTS,
  filters: REQUIRED,
  outputPadding: null,
  ...ruleDefaults('kernel', 'glorot_uniform'),
};

/** The transposed convolutions of one, two and three spatial axes. */
export abstract class BaseConvTranspose extends Convolution {
  readonly filters: number;
  readonly outputPadding: readonly number[] | null;
  kernel!: Variable;
  readonly #rules: WeightRules;

  constructor(rank: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const o = readOptions<ConvTransposeOptions>(owner, ['filters', 'kernelSize'], DEFAULTS, args);
    super(rank, o);
    this.filters = wholeNumber(owner, 'filters', o.filters);
    this.outputPadding =
      o.outputPadding === null ? null : perAxis(owner, 'outputPadding', o.outputPadding, this.rank, 0);
    this.#rules = readRules(owner, o, 'kernel');
    if (this.outputPadding?.some((p, i) => p >= this.strides[i]!))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: outputPadding must be less than the strides, got ${formatShape(this.outputPadding)} and strides ` +
          formatShape(this.strides),
      );
    refuseDilatedStrides(owner, this);
  }

  override build(inputShape: DynamicShape): void {
    const channels = this.readChannels(inputShape);
    this.computeOutputShape(inputShape);
    const shape = [...this.kernelSize, this.filters, channels];
    this.kernel = this.addWeight({ name: 'kernel', shape, ...this.#rules });
    this.addBias(this.filters);
  }

  override call(inputs: Tensor): Tensor {
    const padding = this.padding as ops.Padding;
    return this.finish(
      ops.convTranspose(inputs, this.kernel, { ...this.window, padding, outputPadding: this.outputPadding }),
    );
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const { kernelSize, strides, dilationRate, outputPadding } = this;
    const padding = this.padding as ops.Padding;
    const shape = mapSpatial(inputShape, this.dataFormat, (size, i) => {
      const extra = outputPadding === null ? null : outputPadding[i]!;
      return ops.transposedAxis(size, kernelSize[i]!, strides[i]!, dilationRate[i]!, padding, extra).size;
    });
    shape[this.dataFormat === 'channels_last' ? shape.length - 1 : 1] = this.filters;
    return checkOutputSizes(this, inputShape, shape, `a window of ${kernelSize.join(' x ')}`);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      filters: this.filters,
      output_padding: this.outputPadding,
      ...rulesConfig('kernel', this.#rules),
    };
  }
}
