import { BaseGlobalAveragePooling } from './base-global-average-pooling.ts';
import type { GlobalPoolingOptions } from './base-global-pooling.ts';

/**
 * The mean of each channel over the image. Keras's `GlobalAveragePooling2D`.
 *
 * Inputs [batch, height, width, channels], outputs [batch, channels].
 *
 * @param options.dataFormat Default `'channels_last'`.
 * @param options.keepdims Whether the spatial axes stay, with size 1. Default `false`.
 * @throws OlifantError `SHAPE` for inputs of another rank or with a size of 0.
 * @example
 * new GlobalAveragePooling2D().apply(ops.ones([1, 4, 6, 3])).shape; // [1, 3]
 */
export class GlobalAveragePooling2D extends BaseGlobalAveragePooling {
  static override className = 'GlobalAveragePooling2D';
  static override moduleName = 'keras.layers';

  constructor(options?: GlobalPoolingOptions);
  constructor(...args: unknown[]) {
    super(2, args);
  }
}
