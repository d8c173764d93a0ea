import { OlifantError } from '../../errors.ts';
import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { RandomLayer } from './random-layer.ts';

export interface GaussianDropoutOptions extends LayerOptions {
  /** As of `Dropout`: the noise has the standard deviation sqrt(rate / (1 - rate)). From 0 to below 1. */
  rate?: number;
  /** Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

const DEFAULTS: Defaults<GaussianDropoutOptions> = { rate: REQUIRED, seed: null };

/**
 * In training, inputs are multiplied by normal noise of mean 1 and standard deviation sqrt(rate / (1 - rate)) (Srivastava et
 * al. 2014); otherwise nothing changes. Keras's `GaussianDropout`.
 *
 * Inputs and outputs of any shape.
 *
 * @param rate From 0 to below 1.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for a rate out of range.
 * @example
 * new GaussianDropout(0.1).apply(tensor([1, 2])).arraySync(); // [1, 2]
 */
export class GaussianDropout extends RandomLayer {
  static override className = 'GaussianDropout';
  static override moduleName = 'keras.layers';

  readonly rate: number;

  constructor(rate: number, options?: GaussianDropoutOptions);
  constructor(options: GaussianDropoutOptions & { rate: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<GaussianDropoutOptions>(owner, ['rate'], DEFAULTS, args);
    const rate = rateBelowOne(owner, o.rate);
    super(o, o.seed, rate > 0);
    this.rate = rate;
  }

  protected override perturb(inputs: Tensor, key: Tensor): Tensor {
    const stddev = Math.sqrt(this.rate / (1 - this.rate));
    return this.inComputeDtype(ops.multiply(inputs, ops.normal(key, inputs.shape, { mean: 1, stddev })));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}

/** A rate by which can be divided: 1 would divide by 0. */
export function rateBelowOne(owner: string, value: unknown): number {
  const rate = checkNumber(owner, 'rate', value, { min: 0 });
  if (rate < 1) return rate;
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: rate must be a number from 0 to below 1, got ${rate}`);
}
