import { BaseDepthwiseConv, type DepthwiseConvOptions } from './base-depthwise-conv.ts';
import type { Sizes } from './convolution.ts';

/**
 * Each channel filtered by itself, by `depthMultiplier` filters. Keras's `DepthwiseConv1D`.
 *
 * Inputs [batch, steps, channels], outputs [batch, newSteps, channels * depthMultiplier], those of one
 * channel side by side; weights `kernel` [kernelSize, channels, depthMultiplier] and `bias`.
 *
 * @param kernelSize Size of the window, one number or one for each axis.
 * @param options.depthMultiplier Filters of each channel. Default 1.
 * @param options.strides Default 1.
 * @param options.padding `'valid'` (the default) or `'same'`.
 * @param options.dataFormat Default `'channels_last'`.
 * @param options.dilationRate Default 1.
 * @param options.activation Default: none (linear).
 * @param options.useBias Default `true`.
 * @param options.depthwiseInitializer Default `'glorot_uniform'`; `options.biasInitializer` `'zeros'`; also
 *   `depthwiseRegularizer`, `biasRegularizer`, `depthwiseConstraint`, `biasConstraint`.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers; `SHAPE` for inputs of another rank,
 *   with other or unknown channels, or smaller than the window.
 * @example
 * new DepthwiseConv1D(3, { depthMultiplier: 2 }).apply(ops.ones([1, 5, 2])).shape; // [1, 3, 4]
 */
export class DepthwiseConv1D extends BaseDepthwiseConv {
  static override className = 'DepthwiseConv1D';
  static override moduleName = 'keras.layers';

  constructor(kernelSize: Sizes, options?: DepthwiseConvOptions);
  constructor(options: DepthwiseConvOptions & { kernelSize: Sizes });
  constructor(...args: unknown[]) {
    super(1, args);
  }
}
