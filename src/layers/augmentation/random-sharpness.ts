import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { between, perImage, type TransformationSeed } from './base-image-preprocessing-layer.ts';
import type { Factor } from './factors.ts';
import { RandomColorLayer, type RandomColorLayerOptions } from './random-color-layer.ts';

export interface RandomSharpnessOptions extends RandomColorLayerOptions {
  /** From 0 to 1: a number f for 0 .. f, or two ends. */
  factor?: Factor;
}

/**
 * In training, makes each image smoother or sharper: x + (1 - 2 f) (smooth - x) for an f drawn from the factor's
 * range, so that 0 gives the smoothed image, 0.5 the same image and 1 a sharper one. The filter has 5 in the middle
 * and 1 around, over 13; beyond the edges are zeros. What leaves the value range is clipped. Keras's
 * `RandomSharpness`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param factor From 0 to 1: a number f for 0 .. f, or two ends.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomSharpness([0.5, 0.5]).apply(tensor([[[3], [4]]])).arraySync(); // [[[3], [4]]]
 */
export class RandomSharpness extends RandomColorLayer<{ readonly factor: Tensor }> {
  static override className = 'RandomSharpness';
  static override moduleName = 'keras.layers';

  constructor(factor: Factor, options?: RandomSharpnessOptions);
  constructor(options: RandomSharpnessOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    super(new.target.className, args, {
      positional: ['factor', 'valueRange', 'dataFormat', 'seed'],
      factor: [0, 1],
      ordered: true,
    });
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    return { factor: between(this.source(seed), this.factor, [batch!]) };
  }

  protected override changeImages(images: Tensor, { factor }: { readonly factor: Tensor }): Tensor {
    const { dataFormat } = this;
    const channels = images.shape[this.axes.channels]!;
    const filter = ops.divide(ops.reshape([1, 1, 1, 1, 5, 1, 1, 1, 1], [3, 3, 1, 1]), 13);
    const smooth = ops.depthwiseConv(images, ops.tile(filter, [1, 1, channels, 1]), { padding: 'same', dataFormat });
    const share = ops.subtract(1, ops.multiply(perImage(factor), 2));
    const y = ops.add(images, ops.multiply(share, ops.subtract(smooth, images)));
    return ops.clip(y, ...this.valueRange);
  }
}
