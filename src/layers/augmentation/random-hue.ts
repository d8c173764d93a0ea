import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { between, perImage, rescaled, signs, type TransformationSeed } from './base-image-preprocessing-layer.ts';
import type { Factor } from './factors.ts';
import { RandomColorLayer, type RandomColorLayerOptions } from './random-color-layer.ts';

export interface RandomHueOptions extends RandomColorLayerOptions {
  /** From 0 to 1: a number f for 0 .. f, or two ends; 1 turns by up to half a turn. */
  factor?: Factor;
}

/**
 * In training, turns the colours of each image around the colour wheel, by up to half a turn times the factor in
 * either direction. Keras's `RandomHue`.
 *
 * Inputs [batch, height, width, 3], or one image; outputs float32 of the same shape.
 *
 * @param factor From 0 to 1: a number f for 0 .. f, or two ends; 1 turns by up to half a turn.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomHue(1, { valueRange: [0, 1] }).apply(tensor([[[0.5, 0.5, 0.5]]])).arraySync(); // [[[0.5, 0.5, 0.5]]]
 */
export class RandomHue extends RandomColorLayer<{ readonly factor: Tensor }> {
  static override className = 'RandomHue';
  static override moduleName = 'keras.layers';

  constructor(factor: Factor, options?: RandomHueOptions);
  constructor(options: RandomHueOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    super(new.target.className, args, {
      positional: ['factor', 'valueRange', 'dataFormat', 'seed'],
      factor: [0, 1],
      ordered: false,
    });
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    const from = this.source(seed);
    const sign = signs(from, [batch!]);
    return { factor: ops.multiply(ops.multiply(sign, between(from, this.factor, [batch!])), 0.5) };
  }

  protected override changeImages(images: Tensor, { factor }: { readonly factor: Tensor }): Tensor {
    const { dataFormat } = this;
    const hsv = ops.image.rgbToHsv(rescaled(images, this.valueRange, [0, 1]), { dataFormat });
    const [hue, saturation, value] = ops.split(hsv, 3, this.axes.channels) as [Tensor, Tensor, Tensor];
    const turned = ops.add(hue, perImage(factor));
    const below = ops.where(ops.greater(turned, 1), ops.subtract(turned, 1), turned);
    const within = ops.where(ops.less(below, 0), ops.add(below, 1), below);
    const rgb = ops.image.hsvToRgb(ops.concatenate([within, saturation, value], this.axes.channels), { dataFormat });
    return rescaled(ops.clip(rgb, 0, 1), [0, 1], this.valueRange);
  }
}
