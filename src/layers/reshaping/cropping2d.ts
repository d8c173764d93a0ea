import { BaseCropping, type CroppingOptions } from './base-cropping.ts';
import type { Borders } from './borders.ts';

/**
 * Images without their borders. Keras's `Cropping2D`.
 *
 * Inputs [batch, height, width, channels]; each spatial size loses the rows on both its sides.
 *
 * @param cropping One number for all sides, [height, width], or [[top, bottom], [left, right]]. Default 0.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for cropping of another form, `SHAPE` for inputs that have not four axes or of
 *   which nothing would be left.
 * @example
 * new Cropping2D(1).apply(ops.ones([1, 3, 4, 2])).shape; // [1, 1, 2, 2]
 */
export class Cropping2D extends BaseCropping {
  static override className = 'Cropping2D';
  static override moduleName = 'keras.layers';

  constructor(cropping: Borders, options?: CroppingOptions);
  constructor(options?: CroppingOptions);
  constructor(...args: unknown[]) {
    super(2, 0, args);
  }
}
