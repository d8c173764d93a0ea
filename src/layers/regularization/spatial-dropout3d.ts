import { BaseSpatialDropout, type SpatialDropoutOptions } from './base-spatial-dropout.ts';

/**
 * Dropout of whole channels of a volume, for neighbours say the same (Tompson et al. 2015). Keras's `SpatialDropout3D`.
 *
 * Inputs and outputs [batch, depth, height, width, channels]; outside of training nothing changes.
 *
 * @param rate The share of the channels that are dropped, from 0 to 1.
 * @param options.dataFormat Default `'channels_last'`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for a rate out of range, `SHAPE` for inputs that have not five axes.
 * @example
 * new SpatialDropout3D(0.2).apply(ops.ones([1, 2, 2, 2, 1])).shape; // [1, 2, 2, 2, 1]
 */
export class SpatialDropout3D extends BaseSpatialDropout {
  static override className = 'SpatialDropout3D';
  static override moduleName = 'keras.layers';

  constructor(rate: number, options?: SpatialDropoutOptions);
  constructor(options: SpatialDropoutOptions & { rate: number });
  constructor(...args: unknown[]) {
    super(3, args);
  }
}
