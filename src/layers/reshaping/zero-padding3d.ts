import { BaseZeroPadding, type ZeroPaddingOptions } from './base-zero-padding.ts';
import type { Borders } from './borders.ts';

/**
 * Zeros around volumes. Keras's `ZeroPadding3D`.
 *
 * Inputs [batch, depth, height, width, channels]; each spatial size grows by the rows on both its sides.
 *
 * @param padding One number for all sides, one for each axis, or [before, after] for each axis. Default 1.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for padding of another form, `SHAPE` for inputs that have not five axes.
 * @example
 * new ZeroPadding3D(1).apply(ops.ones([1, 3, 3, 3, 1])).shape; // [1, 5, 5, 5, 1]
 */
export class ZeroPadding3D extends BaseZeroPadding {
  static override className = 'ZeroPadding3D';
  static override moduleName = 'keras.layers';

  constructor(padding: Borders, options?: ZeroPaddingOptions);
  constructor(options?: ZeroPaddingOptions);
  constructor(...args: unknown[]) {
    super(3, args);
  }
}
