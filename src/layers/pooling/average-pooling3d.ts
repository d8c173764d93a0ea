import { BaseAveragePooling } from './base-average-pooling.ts';
import type { PoolingOptions, PoolSizes } from './base-pooling.ts';

/**
 * The mean of each window over volumes; padding does not count. Keras's `AveragePooling3D`.
 *
 * Inputs [batch, depth, height, width, channels], outputs [batch, newDepth, newHeight, newWidth, channels].
 *
 * @param poolSize Size of the window, one number or one for each axis. Default 2.
 * @param options.strides Default: the window's size.
 * @param options.padding `'valid'` (the default) or `'same'`: ceil(size / stride) outputs.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers; `SHAPE` for inputs of another rank or
 *   smaller than the window.
 * @example
 * new AveragePooling3D(2).apply(ops.ones([1, 4, 4, 4, 1])).shape; // [1, 2, 2, 2, 1]
 */
export class AveragePooling3D extends BaseAveragePooling {
  static override className = 'AveragePooling3D';
  static override moduleName = 'keras.layers';

  constructor(poolSize: PoolSizes, options?: PoolingOptions);
  constructor(poolSize: PoolSizes, strides: PoolSizes | null, options?: PoolingOptions);
  constructor(options?: PoolingOptions);
  constructor(...args: unknown[]) {
    super(3, args);
  }
}
