import { BaseCropping, type CroppingOptions } from './base-cropping.ts';
import type { Borders } from './borders.ts';

/**
 * Sequences without their borders. Keras's `Cropping1D`.
 *
 * Inputs [batch, steps, channels]; each spatial size loses the rows on both its sides.
 *
 * @param cropping One number for both sides, or [before, after]. Default 1.
 * @throws OlifantError `INVALID_ARGUMENT` for cropping of another form, `SHAPE` for inputs that have not three axes or of
 *   which nothing would be left.
 * @example
 * new Cropping1D(1).apply(ops.ones([1, 3, 2])).shape; // [1, 1, 2]
 */
export class Cropping1D extends BaseCropping {
  static override className = 'Cropping1D';
  static override moduleName = 'keras.layers';

  constructor(cropping: Borders, options?: CroppingOptions);
  constructor(options?: CroppingOptions);
  constructor(...args: unknown[]) {
    super(1, 1, args);
  }
}
