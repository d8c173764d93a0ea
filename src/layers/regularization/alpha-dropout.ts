import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { rateBelowOne } from './gaussian-dropout.ts';
import { type NoiseShape, readNoiseShape, resolveNoiseShape } from './noise-shape.ts';
import { RandomLayer } from './random-layer.ts';

export interface AlphaDropoutOptions extends LayerOptions {
  /** The share of the inputs that are dropped, from 0 to below 1. */
  rate?: number;
  /** Sizes of the random choice: 1 for one choice along an axis, `null` for the inputs' size. Default: all `null`. */
  noiseShape?: NoiseShape | null;
  /** Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

const DEFAULTS: Defaults<AlphaDropoutOptions> = { rate: REQUIRED, noiseShape: null, seed: null };

/** What selu gives far below 0: minus its scale times its alpha. */
const SATURATED = -1.0507009873554805 * 1.6732632423543772;

/**
 * Dropout for networks of selu units: in training, a random share `rate` of the inputs gets the value at which selu saturates,
 * and all are scaled and shifted so that mean 0 and variance 1 stay (Klambauer et al. 2017); otherwise nothing changes.
 * Keras's `AlphaDropout`.
 *
 * Inputs and outputs of any shape.
 *
 * @param rate The share that is dropped, from 0 to below 1.
 * @param options.noiseShape Sizes of the random choice: 1 for one choice along an axis, `null` for the inputs' size.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for a rate out of range, `SHAPE` where the noise's shape does not fit the inputs.
 * @example
 * new AlphaDropout(0.1).apply(tensor([1, 2])).arraySync(); // [1, 2]
 */
export class AlphaDropout extends RandomLayer {
  static override className = 'AlphaDropout';
  static override moduleName = 'keras.layers';

  readonly rate: number;
  readonly noiseShape: NoiseShape | null;

  constructor(rate: number, options?: AlphaDropoutOptions);
  constructor(options: AlphaDropoutOptions & { rate: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<AlphaDropoutOptions>(owner, ['rate'], DEFAULTS, args);
    const rate = rateBelowOne(owner, o.rate);
    super(o, o.seed, rate > 0);
    this.rate = rate;
    this.noiseShape = readNoiseShape(owner, o.noiseShape);
  }

  protected override perturb(inputs: Tensor, key: Tensor): Tensor {
    const shape = resolveNoiseShape(this, this.noiseShape, inputs.shape);
    const { rate } = this;
    const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * SATURATED ** 2));
    const keep = ops.bernoulli(key, shape, 1 - rate, 'bool');
    const x = ops.where(keep, inputs, SATURATED);
    return ops.add(ops.multiply(x, scale), -scale * SATURATED * rate);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, noise_shape: this.noiseShape };
  }
}
