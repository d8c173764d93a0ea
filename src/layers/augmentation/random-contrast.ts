import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { between, type TransformationSeed } from './base-image-preprocessing-layer.ts';
import type { Factor } from './factors.ts';
import { RandomColorLayer, type RandomColorLayerOptions } from './random-color-layer.ts';

export interface RandomContrastOptions extends RandomColorLayerOptions {
  /** From 0 to 1: a number f for 0 .. f, or two ends. */
  factor?: Factor;
}

/**
 * In training, multiplies the distance of each pixel from the mean of its image and channel by a number drawn for
 * each image, and clips what leaves the value range. A factor of [a, b] draws from 1 - a to 1 + b; a number f, as in
 * Keras, from 1 to 1 + f. Keras's `RandomContrast`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param factor From 0 to 1: a number f for 0 .. f, or two ends.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomContrast(0.5).apply(tensor([[[3], [3]]])).arraySync(); // [[[3], [3]]]
 */
export class RandomContrast extends RandomColorLayer<{ readonly contrastFactor: Tensor }> {
  static override className = 'RandomContrast';
  static override moduleName = 'keras.layers';

  constructor(factor: Factor, options?: RandomContrastOptions);
  constructor(options: RandomContrastOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    super(new.target.className, args, { positional: ['factor', 'valueRange', 'seed'], factor: [0, 1], ordered: false });
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    const [down, up] = this.factor;
    return { contrastFactor: between(this.source(seed), [1 - down, 1 + up], [batch!, 1, 1, 1]) };
  }

  protected override changeImages(images: Tensor, { contrastFactor }: { readonly contrastFactor: Tensor }): Tensor {
    const { height, width } = this.axes;
    const mean = ops.mean(images, { axis: [height, width], keepdims: true });
    const y = ops.add(ops.multiply(ops.subtract(images, mean), contrastFactor), mean);
    return ops.clip(y, ...this.valueRange);
  }
}
