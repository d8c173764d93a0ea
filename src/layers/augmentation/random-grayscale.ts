import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import {
  IMAGE_DEFAULTS,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';

export interface RandomGrayscaleOptions extends RandomImageLayerOptions {
  /** The probability, from 0 to 1. Default 0.5. */
  factor?: number;
}

const DEFAULTS: Defaults<RandomGrayscaleOptions> = {
  factor: 0.5,
  seed: null,
  ...IMAGE_DEFAULTS,
};

/**
 * In training, makes some images grey, each with a probability of `factor`; they keep their three channels. Keras's
 * `RandomGrayscale`.
 *
 * Inputs [batch, height, width, 3], or one image; outputs float32 of the same shape.
 *
 * @param options.factor The probability, from 0 to 1. Default 0.5.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomGrayscale(0).apply(tensor([[[3, 4, 5]]])).arraySync(); // [[[3, 4, 5]]]
 */
export class RandomGrayscale extends RandomImageLayer<Tensor> {
  static override className = 'RandomGrayscale';
  static override moduleName = 'keras.layers';

  readonly factor: number;

  constructor(factor?: number, options?: RandomGrayscaleOptions);
  constructor(options?: RandomGrayscaleOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomGrayscaleOptions>(owner, ['factor', 'dataFormat', 'seed'], DEFAULTS, args);
    super(owner, o);
    this.factor = checkNumber(owner, 'factor', o.factor, { min: 0, max: 1 });
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed): Tensor {
    return ops.less(ops.uniform(this.source(seed).next(), [batch!, 1, 1, 1]), this.factor);
  }

  protected override changeImages(images: Tensor, chosen: Tensor): Tensor {
    return ops.where(chosen, ops.image.rgbToGrayscale(images, { dataFormat: this.dataFormat }), images);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor };
  }
}
