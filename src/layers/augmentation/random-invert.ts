import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import {
  chance,
  IMAGE_DEFAULTS,
  perImage,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type Factor, type Range, readFactor, readValueRange } from './factors.ts';

export interface RandomInvertOptions extends RandomImageLayerOptions {
  /** The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1. */
  factor?: Factor;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomInvertOptions> = {
  factor: 1,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

/**
 * In training, turns some images into their negatives: the end of the value range minus each pixel. The probability
 * is drawn for each image from the factor's range. Keras's `RandomInvert`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.factor The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomInvert([1, 1]).apply(tensor([[[5], [255]]])).arraySync(); // [[[250], [0]]]
 */
export class RandomInvert extends RandomImageLayer<{ readonly applyInversion: Tensor }> {
  static override className = 'RandomInvert';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly valueRange: Range;

  constructor(factor?: Factor, options?: RandomInvertOptions);
  constructor(options?: RandomInvertOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomInvertOptions>(owner, ['factor', 'valueRange', 'seed', 'dataFormat'], DEFAULTS, args);
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [0, 1]);
    this.valueRange = readValueRange(owner, o.valueRange);
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    return { applyInversion: chance(this.source(seed), this.factor, batch!) };
  }

  protected override changeImages(images: Tensor, { applyInversion }: { readonly applyInversion: Tensor }): Tensor {
    return ops.where(perImage(applyInversion), ops.subtract(this.valueRange[1], images), images);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, value_range: this.valueRange, seed: this.seed };
  }
}
