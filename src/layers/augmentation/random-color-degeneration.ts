import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { between, type TransformationSeed } from './base-image-preprocessing-layer.ts';
import type { Factor } from './factors.ts';
import { RandomColorLayer, type RandomColorLayerOptions } from './random-color-layer.ts';

export interface RandomColorDegenerationOptions extends RandomColorLayerOptions {
  /** From -1 to 1: a number f for -|f| .. |f|, or two ends; 0 changes nothing, 1 gives grey. */
  factor?: Factor;
}

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
export class RandomColorDegeneration extends RandomColorLayer<{ readonly factor: Tensor }> {
  static override className = 'RandomColorDegeneration';
  static override moduleName = 'keras.layers';

  constructor(factor: Factor, options?: RandomColorDegenerationOptions);
  constructor(options: RandomColorDegenerationOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    super(new.target.className, args, {
      positional: ['factor', 'valueRange', 'dataFormat', 'seed'],
      factor: [-1, 1],
      ordered: true,
    });
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    return { factor: between(this.source(seed), this.factor, [batch!, 1, 1, 1]) };
  }

  protected override changeImages(images: Tensor, { factor }: { readonly factor: Tensor }): Tensor {
    const grey = ops.image.rgbToGrayscale(images, { dataFormat: this.dataFormat });
    const y = ops.add(images, ops.multiply(factor, ops.subtract(grey, images)));
    return ops.clip(y, ...this.valueRange);
  }
}
