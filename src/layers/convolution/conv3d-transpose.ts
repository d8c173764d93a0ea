import { BaseConvTranspose, type ConvTransposeOptions } from './base-conv-transpose.ts';
import type { Sizes } from './convolution.ts';

/**
 * The transposed convolution over three axes: what a convolution of the same window would have come from; the sizes grow
 * by the strides. Keras's `Conv3DTranspose`.
 *
 * Inputs [batch, depth, height, width, channels], outputs [batch, newDepth, newHeight, newWidth, filters]; weights `kernel`
 * [...kernelSize, filters, channels] and `bias` [filters].
 *
 * @param filters The outputs' channels.
 * @param kernelSize Size of the window, one number or one for each axis.
 * @param options.strides Default 1.
 * @param options.padding `'valid'` (the default) or `'same'`: size * stride outputs.
 * @param options.outputPadding Rows added at the end, less than the stride; default: what makes the sizes above.
 * @param options.dataFormat Default `'channels_last'`.
 * @param options.dilationRate Default 1.
 * @param options.activation Default: none (linear).
 * @param options.useBias Default `true`.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `options.biasInitializer` `'zeros'`; also
 *   `kernelRegularizer`, `biasRegularizer`, `kernelConstraint`, `biasConstraint`.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers, or an output padding not below the
 *   stride; `SHAPE` for inputs of another rank, or with other or unknown channels.
 * @example
 * const layer = new Conv3DTranspose(4, 3, { strides: 2, padding: 'same' });
 * layer.apply(ops.ones([1, 2, 2, 2, 1])).shape; // [1, 4, 4, 4, 4]
 */
export class Conv3DTranspose extends BaseConvTranspose {
  static override className = 'Conv3DTranspose';
  static override moduleName = 'keras.layers';

  constructor(filters: number, kernelSize: Sizes, options?: ConvTransposeOptions);
  constructor(options: ConvTransposeOptions & { filters: number; kernelSize: Sizes });
  constructor(...args: unknown[]) {
    super(3, args);
  }
}
