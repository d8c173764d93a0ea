import { BaseZeroPadding, type ZeroPaddingOptions } from './base-zero-padding.ts';
import type { Borders } from './borders.ts';

/**
 * Zeros around sequences. Keras's `ZeroPadding1D`.
 *
 * Inputs [batch, steps, channels]; each spatial size grows by the rows on both its sides.
 *
 * @param padding One number for both sides, or [before, after]. Default 1.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for padding of another form, `SHAPE` for inputs that have not three axes.
 * @example
 * new ZeroPadding1D(1).apply(ops.ones([1, 3, 2])).shape; // [1, 5, 2]
 */
export class ZeroPadding1D extends BaseZeroPadding {
  static override className = 'ZeroPadding1D';
  static override moduleName = 'keras.layers';

  constructor(padding: Borders, options?: ZeroPaddingOptions);
  constructor(options?: ZeroPaddingOptions);
  constructor(...args: unknown[]) {
    super(1, args);
  }
}
