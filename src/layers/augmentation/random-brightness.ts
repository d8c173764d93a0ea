import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { between, type TransformationSeed } from './base-image-preprocessing-layer.ts';
import type { Factor } from './factors.ts';
import { RandomColorLayer, type RandomColorLayerOptions } from './random-color-layer.ts';

export interface RandomBrightnessOptions extends RandomColorLayerOptions {
  /** From -1 to 1: a number f for -|f| .. |f|, or two ends. */
  factor?: Factor;
}

/**
 * In training, makes each image brighter or darker: a number drawn from the factor's range, times the width of the value
 * range, is added to all pixels, and what leaves the range is clipped. Keras's `RandomBrightness`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape. Images of whole numbers are
 * computed as float32, too (Keras adds whole numbers to them).
 *
 * @param factor From -1 to 1: a number f for -|f| .. |f|, or two ends; 0.2 adds up to a fifth of the range.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for a factor out of range, `SHAPE` for what are no images.
 * @example
 * new RandomBrightness([0.1, 0.1], { valueRange: [0, 10] }).apply(tensor([[[1], [9.5]]])).arraySync(); // [[[2], [10]]]
 */
export class RandomBrightness extends RandomColorLayer<{ readonly rgbDelta: Tensor }> {
  static override className = 'RandomBrightness';
  static override moduleName = 'keras.layers';

  constructor(factor: Factor, options?: RandomBrightnessOptions);
  constructor(options: RandomBrightnessOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    super(new.target.className, args, { positional: ['factor', 'valueRange', 'seed'], factor: [-1, 1], ordered: true });
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    const [low, high] = this.valueRange;
    const share = between(this.source(seed), this.factor, [batch!, 1, 1, 1]);
    return { rgbDelta: ops.multiply(share, high - low) };
  }

  protected override changeImages(images: Tensor, { rgbDelta }: { readonly rgbDelta: Tensor }): Tensor {
    return ops.clip(ops.add(images, rgbDelta), ...this.valueRange);
  }
}
