import { BaseAveragePooling } from './base-average-pooling.ts';
import type { PoolingOptions, PoolSizes } from './base-pooling.ts';

/**
 * The mean of each window over steps; padding does not count. Keras's `AveragePooling1D`.
 *
 * Inputs [batch, steps, channels], outputs [batch, newSteps, channels].
 *
 * @param poolSize Size of the window, one number or one for each axis. Default 2.
 * @param options.strides Default: the window's size.
 * @param options.padding `'valid'` (the default) or `'same'`: ceil(size / stride) outputs.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers; `SHAPE` for inputs of another rank or
 *   smaller than the window.
 * @example
 * new AveragePooling1D(2).apply(ops.ones([2, 6, 3])).shape; // [2, 3, 3]
 */
export class AveragePooling1D extends BaseAveragePooling {
  static override className = 'AveragePooling1D';
  static override moduleName = 'keras.layers';

  constructor(poolSize: PoolSizes, options?: PoolingOptions);
  constructor(poolSize: PoolSizes, strides: PoolSizes | null, options?: PoolingOptions);
  constructor(options?: PoolingOptions);
  constructor(...args: unknown[]) {
    super(1, args);
  }
}
