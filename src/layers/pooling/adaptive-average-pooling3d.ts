import { BaseAdaptiveAveragePooling } from './base-adaptive-average-pooling.ts';
import type { AdaptivePoolingOptions } from './base-adaptive-pooling.ts';
import type { PoolSizes } from './base-pooling.ts';

/**
 * The mean of each of `outputSize` windows that together cover the volume: window i of n reaches from floor(i size / n) to
 * ceil((i + 1) size / n). Keras's `AdaptiveAveragePooling3D`. (Keras 3.15 on JAX
 * rounds these bounds in float32 and misses some, as 7 outputs of 7 steps; its other backends do not.)
 *
 * Inputs [batch, depth, height, width, channels], outputs [batch, newDepth, newHeight, newWidth, channels].
 *
 * @param outputSize Spatial sizes of the outputs, one number or one for each axis.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers; `SHAPE` for inputs of another rank or
 *   with a spatial size of 0.
 * @example
 * new AdaptiveAveragePooling3D(4).apply(ops.ones([1, 4, 7, 5, 3])).shape; // [1, 4, 4, 4, 3]
 */
export class AdaptiveAveragePooling3D extends BaseAdaptiveAveragePooling {
  static override className = 'AdaptiveAveragePooling3D';
  static override moduleName = 'keras.layers';

  constructor(outputSize: PoolSizes, options?: AdaptivePoolingOptions);
  constructor(options: AdaptivePoolingOptions & { outputSize: PoolSizes });
  constructor(...args: unknown[]) {
    super(3, args);
  }
}
