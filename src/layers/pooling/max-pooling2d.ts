import { BaseMaxPooling } from './base-max-pooling.ts';
import type { PoolingOptions, PoolSizes } from './base-pooling.ts';

/**
 * The largest of each window over images; NaN where the window holds one. Keras's `MaxPooling2D`.
 *
 * Inputs [batch, height, width, channels], outputs [batch, newHeight, newWidth, channels].
 *
 * @param poolSize Size of the window, one number or one for each axis. Default 2.
 * @param options.strides Default: the window's size.
 * @param options.padding `'valid'` (the default) or `'same'`: ceil(size / stride) outputs.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers; `SHAPE` for inputs of another rank or
 *   smaller than the window.
 * @example
 * new MaxPooling2D(2).apply(ops.ones([1, 4, 6, 3])).shape; // [1, 2, 3, 3]
 */
export class MaxPooling2D extends BaseMaxPooling {
  static override className = 'MaxPooling2D';
  static override moduleName = 'keras.layers';

  constructor(poolSize: PoolSizes, options?: PoolingOptions);
  constructor(poolSize: PoolSizes, strides: PoolSizes | null, options?: PoolingOptions);
  constructor(options?: PoolingOptions);
  constructor(...args: unknown[]) {
    super(2, args);
  }
}
