import { BaseConv, type ConvOptions } from './base-conv.ts';
import type { Sizes } from './convolution.ts';

/**
 * Filters that slide over images. Keras's `Conv2D`.
 *
 * Inputs [batch, height, width, channels], outputs [batch, newHeight, newWidth, filters]; weights `kernel`
 * [...kernelSize, channels / groups, filters] and `bias` [filters].
 *
 * @param filters Number of filters: the outputs' channels.
 * @param kernelSize Size of the window, one number or one for each axis.
 * @param options.strides Default 1.
 * @param options.padding `'valid'` (the default) or `'same'`: zeros around, ceil(size / stride) outputs.
 * @param options.dataFormat Default `'channels_last'`; `'channels_first'`: [batch, channels, height, width].
 * @param options.dilationRate Distance of the window's taps. Default 1.
 * @param options.groups In how many groups the channels are cut, each with its own filters. Default 1.
 * @param options.activation Default: none (linear).
 * @param options.useBias Default `true`.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `options.biasInitializer` `'zeros'`; also
 *   `kernelRegularizer`, `biasRegularizer`, `kernelConstraint`, `biasConstraint`.
 * @param options.loraRank Rank of an addition to the kernel that learns in its place: see `enableLora`; also `loraAlpha`.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers, filters that are no multiple of the
 *   groups, and strides together with a dilation; `SHAPE` for inputs of another rank, with other or unknown channels, or
 *   smaller than the window.
 * @example
 * const layer = new Conv2D(8, [3, 3], { padding: 'same', activation: 'relu' });
 * layer.apply(ops.ones([1, 8, 8, 3])).shape; // [1, 8, 8, 8]
 */
export class Conv2D extends BaseConv {
  static override className = 'Conv2D';
  static override moduleName = 'keras.layers';

  constructor(filters: number, kernelSize: Sizes, options?: ConvOptions);
  constructor(options: ConvOptions & { filters: number; kernelSize: Sizes });
  constructor(...args: unknown[]) {
    super(2, args);
  }
}
