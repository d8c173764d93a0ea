import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { type NoiseShape, readNoiseShape, resolveNoiseShape } from './noise-shape.ts';
import { RandomLayer } from './random-layer.ts';

export interface DropoutOptions extends LayerOptions {
  /** The share of the inputs that are dropped, from 0 to 1. */
  rate?: number;
  /** Sizes of the random choice: 1 for one choice along an axis, `null` for the inputs' size. Default: all `null`. */
  noiseShape?: NoiseShape | null;
  /** Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

const DEFAULTS: Defaults<DropoutOptions> = { rate: REQUIRED, noiseShape: null, seed: null };

/**
 * In training, a random share `rate` of the inputs becomes 0 and the others are divided by 1 - rate, so that sums stay as
 * they are on average (Srivastava et al. 2014); otherwise nothing changes. Keras's `Dropout`.
 *
 * Inputs and outputs of any shape.
 *
 * @param rate The share that is dropped, from 0 to 1.
 * @param options.noiseShape Sizes of the random choice: 1 for one choice along an axis, `null` for the inputs' size.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for a rate out of range, `SHAPE` where the noise's shape does not fit the inputs.
 * @example
 * new Dropout(0.5).apply(tensor([1, 2])).arraySync(); // [1, 2]
 */
export class Dropout extends RandomLayer {
  static override className = 'Dropout';
  static override moduleName = 'keras.layers';

  readonly rate: number;
  readonly noiseShape: NoiseShape | null;

  constructor(rate: number, options?: DropoutOptions);
  constructor(options: DropoutOptions & { rate: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<DropoutOptions>(owner, ['rate'], DEFAULTS, args);
    const rate = checkNumber(owner, 'rate', o.rate, { min: 0, max: 1 });
    super(o, o.seed, rate > 0);
    this.rate = rate;
    this.noiseShape = readNoiseShape(owner, o.noiseShape);
  }

  protected override perturb(inputs: Tensor, key: Tensor): Tensor {
    const shape = resolveNoiseShape(this, this.noiseShape, inputs.shape);
    return ops.dropout(inputs, this.rate, key, shape);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, noise_shape: this.noiseShape };
  }
}
