import { BaseSeparableConv, type SeparableConvOptions } from './base-separable-conv.ts';
import type { Sizes } from './convolution.ts';

/**
 * A convolution of each channel by itself, then one of size 1 that mixes the channels. Keras's `SeparableConv1D`.
 *
 * Inputs [batch, steps, channels], outputs [batch, newSteps, filters]; weights `depthwise_kernel`
 * [kernelSize, channels, depthMultiplier], `pointwise_kernel` [1, channels * depthMultiplier, filters] and `bias`.
 *
 * @param filters The outputs' channels.
 * @param kernelSize Size of the window, one number or one for each axis.
 * @param options.depthMultiplier Filters of each channel in the first convolution. Default 1.
 * @param options.strides Default 1.
 * @param options.padding `'valid'` (the default) or `'same'`.
 * @param options.dataFormat Default `'channels_last'`.
 * @param options.dilationRate Default 1.
 * @param options.activation Default: none (linear).
 * @param options.useBias Default `true`.
 * @param options.depthwiseInitializer Default `'glorot_uniform'`, as `options.pointwiseInitializer`; `biasInitializer`
 *   `'zeros'`; also `...Regularizer` and `...Constraint` of depthwise, pointwise and bias.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers; `SHAPE` for inputs of another rank,
 *   with other or unknown channels, or smaller than the window.
 * @example
 * new SeparableConv1D(4, 3).apply(ops.ones([1, 5, 2])).shape; // [1, 3, 4]
 */
export class SeparableConv1D extends BaseSeparableConv {
  static override className = 'SeparableConv1D';
  static override moduleName = 'keras.layers';

  constructor(filters: number, kernelSize: Sizes, options?: SeparableConvOptions);
  constructor(options: SeparableConvOptions & { filters: number; kernelSize: Sizes });
  constructor(...args: unknown[]) {
    super(1, args);
  }
}
