import { BaseCropping, type CroppingOptions } from './base-cropping.ts';
import type { Borders } from './borders.ts';

/**
 * Volumes without their borders. Keras's `Cropping3D`.
 *
 * Inputs [batch, depth, height, width, channels]; each spatial size loses the rows on both its sides.
 *
 * @param cropping One number for all sides, one for each axis, or [before, after] for each axis. Default 1.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for cropping of another form, `SHAPE` for inputs that have not five axes or of
 *   which nothing would be left.
 * @example
 * new Cropping3D(1).apply(ops.ones([1, 3, 3, 3, 1])).shape; // [1, 1, 1, 1, 1]
 */
export class Cropping3D extends BaseCropping {
  static override className = 'Cropping3D';
  static override moduleName = 'keras.layers';

  constructor(cropping: Borders, options?: CroppingOptions);
  constructor(options?: CroppingOptions);
  constructor(...args: unknown[]) {
    super(3, 1, args);
  }
}
