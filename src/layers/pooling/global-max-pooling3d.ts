import { BaseGlobalMaxPooling } from './base-global-max-pooling.ts';
import type { GlobalPoolingOptions } from './base-global-pooling.ts';

/**
 * The largest value of each channel over the volume. Keras's `GlobalMaxPooling3D`.
 *
 * Inputs [batch, depth, height, width, channels], outputs [batch, channels].
 *
 * @param options.dataFormat Default `'channels_last'`.
 * @param options.keepdims Whether the spatial axes stay, with size 1. Default `false`.
 * @throws OlifantError `SHAPE` for inputs of another rank or with a size of 0.
 * @example
 * new GlobalMaxPooling3D().apply(ops.ones([1, 4, 4, 4, 1])).shape; // [1, 1]
 */
export class GlobalMaxPooling3D extends BaseGlobalMaxPooling {
  static override className = 'GlobalMaxPooling3D';
  static override moduleName = 'keras.layers';

  constructor(options?: GlobalPoolingOptions);
  constructor(...args: unknown[]) {
    super(3, args);
  }
}
