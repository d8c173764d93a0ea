import type * as ops from '../../ops/index.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import { BaseUpSampling } from './base-up-sampling.ts';

export interface UpSampling3DOptions extends LayerOptions {
  /** The factor of all axes, or one of each. Default 2. */
  size?: number | readonly number[];
  /** Default `'channels_last'`. */
  dataFormat?: ops.DataFormat | null;
}

const DEFAULTS: Defaults<UpSampling3DOptions> = { size: 2, dataFormat: null };

/**
 * Volumes made larger by repeating. Keras's `UpSampling3D`.
 *
 * Inputs [batch, depth, height, width, channels]; each spatial size grows by its factor.
 *
 * @param size The factor of all axes, or one of each. Default 2.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for factors that are no positive whole numbers, `SHAPE` for inputs that have not
 *   five axes.
 * @example
 * new UpSampling3D([1, 2, 2]).apply(ops.ones([1, 2, 2, 2, 1])).shape; // [1, 2, 4, 4, 1]
 */
export class UpSampling3D extends BaseUpSampling {
  static override className = 'UpSampling3D';
  static override moduleName = 'keras.layers';

  constructor(size: number | readonly number[], options?: UpSampling3DOptions);
  constructor(options?: UpSampling3DOptions);
  constructor(...args: unknown[]) {
    const o = readOptions<UpSampling3DOptions>(new.target.className, ['size'], DEFAULTS, args);
    super(3, o, o.size, o.dataFormat);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), size: this.factors, data_format: this.dataFormat };
  }
}
