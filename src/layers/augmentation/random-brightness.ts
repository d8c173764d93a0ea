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

export interface RandomBrightnessOptions extends RandomImageLayerOptions {
  /** From -1 to 1: a number f for -|f| .. |f|, or two ends. */
  factor?: Factor;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomBrightnessOptions> = {
  factor: REQUIRED,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

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
export class RandomBrightness extends RandomImageLayer<{ readonly rgbDelta: Tensor }> {
  static override className = 'RandomBrightness';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly valueRange: Range;

  constructor(factor: Factor, options?: RandomBrightnessOptions);
  constructor(options: RandomBrightnessOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomBrightnessOptions>(owner, ['factor', 'valueRange', 'seed'], DEFAULTS, args);
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [-1, 1]);
    this.valueRange = readValueRange(owner, o.valueRange, true);
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    const [low, high] = this.valueRange;
    const share = between(this.source(seed), this.factor, [batch!, 1, 1, 1]);
    return { rgbDelta: ops.multiply(share, high - low) };
  }

  protected override changeImages(images: Tensor, { rgbDelta }: { readonly rgbDelta: Tensor }): Tensor {
    return ops.clip(ops.add(images, rgbDelta), ...this.valueRange);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, value_range: this.valueRange, seed: this.seed };
  }
}
