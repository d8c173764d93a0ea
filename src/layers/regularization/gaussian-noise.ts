import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { RandomLayer } from './random-layer.ts';

export interface GaussianNoiseOptions extends LayerOptions {
  /** Standard deviation of the noise, from 0 to 1. */
  stddev?: number;
  /** Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

const DEFAULTS: Defaults<GaussianNoiseOptions> = { stddev: REQUIRED, seed: null };

/**
 * In training, normal noise of mean 0 is added; otherwise nothing changes. Keras's `GaussianNoise`.
 *
 * Inputs and outputs of any shape.
 *
 * @param stddev Standard deviation of the noise, from 0 to 1.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for a deviation out of range.
 * @example
 * new GaussianNoise(0.1).apply(tensor([1, 2])).arraySync(); // [1, 2]
 */
export class GaussianNoise extends RandomLayer {
  static override className = 'GaussianNoise';
  static override moduleName = 'keras.layers';

  readonly stddev: number;

  constructor(stddev: number, options?: GaussianNoiseOptions);
  constructor(options: GaussianNoiseOptions & { stddev: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<GaussianNoiseOptions>(owner, ['stddev'], DEFAULTS, args);
    const stddev = checkNumber(owner, 'stddev', o.stddev, { min: 0, max: 1 });
    super(o, o.seed, stddev > 0);
    this.stddev = stddev;
  }

  protected override perturb(inputs: Tensor, key: Tensor): Tensor {
    return this.inComputeDtype(ops.add(inputs, ops.normal(key, inputs.shape, { stddev: this.stddev })));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), stddev: this.stddev, seed: this.seed };
  }
}
