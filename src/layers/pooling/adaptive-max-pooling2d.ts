import { BaseAdaptiveMaxPooling } from './base-adaptive-max-pooling.ts';
import type { AdaptivePoolingOptions } from './base-adaptive-pooling.ts';
import type { PoolSizes } from './base-pooling.ts';

/**
 * The largest of each of `outputSize` windows that together cover the image: window i of n reaches from floor(i size / n) to
 * ceil((i + 1) size / n). Keras's `AdaptiveMaxPooling2D`. (Keras 3.15 on JAX
 * rounds these bounds in float32 and misses some, as 7 outputs of 7 steps; its other backends do not.)
 *
 * Inputs [batch, height, width, channels], outputs [batch, newHeight, newWidth, channels].
 *
 * @param outputSize Spatial sizes of the outputs, one number or one for each axis.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers; `SHAPE` for inputs of another rank or
 *   with a spatial size of 0.
 * @example
 * new AdaptiveMaxPooling2D(4).apply(ops.ones([2, 7, 5, 3])).shape; // [2, 4, 4, 3]
 */
export class AdaptiveMaxPooling2D extends BaseAdaptiveMaxPooling {
  static override className = 'AdaptiveMaxPooling2D';
  static override moduleName = 'keras.layers';

  constructor(outputSize: PoolSizes, options?: AdaptivePoolingOptions);
  constructor(options: AdaptivePoolingOptions & { outputSize: PoolSizes });
  constructor(...args: unknown[]) {
    super(2, args);
  }
}
