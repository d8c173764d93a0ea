import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { between, perImage, type TransformationSeed } from './base-image-preprocessing-layer.ts';
import type { Factor } from './factors.ts';
import { RandomColorLayer, type RandomColorLayerOptions } from './random-color-layer.ts';

export interface RandomSaturationOptions extends RandomColorLayerOptions {
  /** From -1 to 1: a number f for -|f| .. |f|, or two ends; `[0.5, 0.5]` changes nothing. */
  factor?: Factor;
}

/**
 * In training, multiplies the saturation of each image by f / (1 - f) for an f drawn from the factor's range: 0
 * gives grey, 0.5 the same, 1 the strongest colours. The saturation is clipped to the value range, as in Keras.
 * Keras's `RandomSaturation`.
 *
 * Inputs [batch, height, width, 3], or one image; outputs float32 of the same shape.
 *
 * @param factor From -1 to 1: a number f for -|f| .. |f|, or two ends; `[0.5, 0.5]` changes nothing.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomSaturation([0, 0], { valueRange: [0, 1] }).apply(tensor([[[0.5, 1, 0.5]]])).arraySync(); // [[[1, 1, 1]]]
 */
export class RandomSaturation extends RandomColorLayer<{ readonly factor: Tensor }> {
  static override className = 'RandomSaturation';
  static override moduleName = 'keras.layers';

  constructor(factor: Factor, options?: RandomSaturationOptions);
  constructor(options: RandomSaturationOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    super(new.target.className, args, {
      positional: ['factor', 'valueRange', 'dataFormat', 'seed'],
      factor: [-1, 1],
      ordered: true,
    });
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    const share = between(this.source(seed), this.factor, [batch!]);
    return { factor: ops.divide(share, ops.add(ops.subtract(1, share), 1e-7)) };
  }

  protected override changeImages(images: Tensor, { factor }: { readonly factor: Tensor }): Tensor {
    const { dataFormat } = this;
    const hsv = ops.image.rgbToHsv(images, { dataFormat });
    const [hue, saturation, value] = ops.split(hsv, 3, this.axes.channels) as [Tensor, Tensor, Tensor];
    const changed = ops.clip(ops.multiply(saturation, perImage(factor)), ...this.valueRange);
    return ops.image.hsvToRgb(ops.concatenate([hue, changed, value], this.axes.channels), { dataFormat });
  }
}
