import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import { BaseUpSampling } from './base-up-sampling.ts';

export interface UpSampling1DOptions extends LayerOptions {
  /** How often each step is repeated. Default 2. */
  size?: number;
}

const DEFAULTS: Defaults<UpSampling1DOptions> = { size: 2 };

/**
 * Each step repeated `size` times. Keras's `UpSampling1D`.
 *
 * Inputs [batch, steps, channels], outputs [batch, steps * size, channels].
 *
 * @param size Default 2.
 * @throws OlifantError `INVALID_ARGUMENT` where that is no positive whole number, `SHAPE` for inputs that have not three axes.
 * @example
 * new UpSampling1D(2).apply(tensor([[[1], [2]]])).arraySync(); // [[[1], [1], [2], [2]]]
 */
export class UpSampling1D extends BaseUpSampling {
  static override className = 'UpSampling1D';
  static override moduleName = 'keras.layers';

  constructor(size: number, options?: UpSampling1DOptions);
  constructor(options?: UpSampling1DOptions);
  constructor(...args: unknown[]) {
    const o = readOptions<UpSampling1DOptions>(new.target.className, ['size'], DEFAULTS, args);
    super(1, o, o.size, null);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), size: this.factors[0] };
  }
}
