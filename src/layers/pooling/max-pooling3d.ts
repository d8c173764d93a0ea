import { BaseMaxPooling } from './base-max-pooling.ts';
import type { PoolingOptions, PoolSizes } from './base-pooling.ts';

/**
 * The largest of each window over volumes; NaN where the window holds one. Keras's `MaxPooling3D`.
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
 * new MaxPooling3D(2).apply(ops.ones([1, 4, 4, 4, 1])).shape; // [1, 2, 2, 2, 1]
 */
export class MaxPooling3D extends BaseMaxPooling {
  static override className = 'MaxPooling3D';
  static override moduleName = 'keras.layers';

  constructor(poolSize: PoolSizes, options?: PoolingOptions);
  constructor(poolSize: PoolSizes, strides: PoolSizes | null, options?: PoolingOptions);
  constructor(options?: PoolingOptions);
  constructor(...args: unknown[]) {
    super(3, args);
  }
}
