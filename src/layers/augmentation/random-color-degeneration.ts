import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import {
  between,
  IMAGE_DEFAULTS,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type Factor, type Range, readFactor, readValueRange } from './factors.ts';

export interface RandomColorDegenerationOptions extends RandomImageLayerOptions {
  /** From -1 to 1: a number f for -|f| .. |f|, or two ends; 0 changes nothing, 1 gives grey. */
  factor?: Factor;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomColorDegenerationOptions> = {
  factor: REQUIRED,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

/**
 * In training, mixes each image with its grey version: x + f (grey - x) for an f drawn from the factor's range. What
 * leaves the value range is clipped. Keras's `RandomColorDegeneration`.
 *
 * Inputs [batch, height, width, 3], or one image; outputs float32 of the same shape.
 *
 * @param factor From -1 to 1: a number f for -|f| .. |f|, or two ends; 0 changes nothing, 1 gives grey.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomColorDegeneration([0, 0]).apply(tensor([[[3, 4, 5]]])).arraySync(); // [[[3, 4, 5]]]
 */
export class RandomColorDegeneration extends RandomImageLayer<{ readonly factor: Tensor }> {
  static override className = 'RandomColorDegeneration';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly valueRange: Range;

  constructor(factor: Factor, options?: RandomColorDegenerationOptions);
  constructor(options: RandomColorDegenerationOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomColorDegenerationOptions>(
      owner,
      ['factor', 'valueRange', 'dataFormat', 'seed'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [-1, 1]);
    this.valueRange = readValueRange(owner, o.valueRange, true);
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    return { factor: between(this.source(seed), this.factor, [batch!, 1, 1, 1]) };
  }

  protected override changeImages(images: Tensor, { factor }: { readonly factor: Tensor }): Tensor {
    const grey = ops.image.rgbToGrayscale(images, { dataFormat: this.dataFormat });
    const y = ops.add(images, ops.multiply(factor, ops.subtract(grey, images)));
    return ops.clip(y, ...this.valueRange);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, value_range: this.valueRange, seed: this.seed };
  }
}
