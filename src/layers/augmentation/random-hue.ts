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
  rescaled,
  signs,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type Factor, type Range, readFactor, readValueRange } from './factors.ts';

export interface RandomHueOptions extends RandomImageLayerOptions {
  /** From 0 to 1: a number f for 0 .. f, or two ends; 1 turns by up to half a turn. */
  factor?: Factor;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomHueOptions> = {
  factor: REQUIRED,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

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
export class RandomHue extends RandomImageLayer<{ readonly factor: Tensor }> {
  static override className = 'RandomHue';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly valueRange: Range;

  constructor(factor: Factor, options?: RandomHueOptions);
  constructor(options: RandomHueOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomHueOptions>(owner, ['factor', 'valueRange', 'dataFormat', 'seed'], DEFAULTS, args);
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [0, 1]);
    this.valueRange = readValueRange(owner, o.valueRange);
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

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, value_range: this.valueRange, seed: this.seed };
  }
}
