import { BaseZeroPadding, type ZeroPaddingOptions } from './base-zero-padding.ts';
import type { Borders } from './borders.ts';

/**
 * Zeros around images. Keras's `ZeroPadding2D`.
 *
 * Inputs [batch, height, width, channels]; each spatial size grows by the rows on both its sides.
 *
 * @param padding One number for all sides, [height, width], or [[top, bottom], [left, right]]. Default 1.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for padding of another form, `SHAPE` for inputs that have not four axes.
 * @example
 * new ZeroPadding2D(1).apply(ops.ones([1, 3, 4, 2])).shape; // [1, 5, 6, 2]
 */
export class ZeroPadding2D extends BaseZeroPadding {
  static override className = 'ZeroPadding2D';
  static override moduleName = 'keras.layers';

  constructor(padding: Borders, options?: ZeroPaddingOptions);
  constructor(options?: ZeroPaddingOptions);
  constructor(...args: unknown[]) {
    super(2, args);
  }
}
