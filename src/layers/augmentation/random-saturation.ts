import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import {
  between,
  IMAGE_DEFAULTS,
  perImage,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type Factor, type Range, readFactor, readValueRange } from './factors.ts';

export interface RandomSaturationOptions extends RandomImageLayerOptions {
  /** From -1 to 1: a number f for -|f| .. |f|, or two ends; `[0.5, 0.5]` changes nothing. */
  factor?: Factor;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomSaturationOptions> = {
  factor: REQUIRED,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

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
export class RandomSaturation extends RandomImageLayer<{ readonly factor: Tensor }> {
  static override className = 'RandomSaturation';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly valueRange: Range;

  constructor(factor: Factor, options?: RandomSaturationOptions);
  constructor(options: RandomSaturationOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomSaturationOptions>(
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

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, value_range: this.valueRange, seed: this.seed };
  }
}
