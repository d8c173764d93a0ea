import { BaseGlobalMaxPooling } from './base-global-max-pooling.ts';
import type { GlobalPoolingOptions } from './base-global-pooling.ts';

/**
 * The largest value of each channel over time. Keras's `GlobalMaxPooling1D`.
 *
 * Inputs [batch, steps, channels], outputs [batch, channels].
 *
 * @param options.dataFormat Default `'channels_last'`.
 * @param options.keepdims Whether the spatial axes stay, with size 1. Default `false`.
 * @throws OlifantError `SHAPE` for inputs of another rank or with a size of 0.
 * @example
 * new GlobalMaxPooling1D().apply(ops.ones([2, 6, 3])).shape; // [2, 3]
 */
export class GlobalMaxPooling1D extends BaseGlobalMaxPooling {
  static override className = 'GlobalMaxPooling1D';
  static override moduleName = 'keras.layers';

  constructor(options?: GlobalPoolingOptions);
  constructor(...args: unknown[]) {
    super(1, args);
  }
}
