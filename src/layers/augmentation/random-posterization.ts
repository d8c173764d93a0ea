import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import {
  IMAGE_DEFAULTS,
  perImage,
  RandomImageLayer,
  type RandomImageLayerOptions,
  rescaled,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type Factor, type Range, readFactor, readValueRange } from './factors.ts';

export interface RandomPosterizationOptions extends RandomImageLayerOptions {
  /** From 1 to 8: a number f for 1 .. f, or two ends, whole numbers. */
  factor?: Factor;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomPosterizationOptions> = {
  factor: REQUIRED,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

/**
 * In training, keeps only some of the highest bits of each pixel, of eight over the value range: how many is drawn
 * for each image from the factor's range, its upper end excluded where it differs from the lower, as in Keras.
 * Keras's `RandomPosterization`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param factor From 1 to 8: a number f for 1 .. f, or two ends, whole numbers.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomPosterization([3, 3]).apply(tensor([[[31], [33], [255]]])).arraySync(); // [[[0], [32], [224]]]
 */
export class RandomPosterization extends RandomImageLayer<{ readonly shiftFactor: Tensor }> {
  static override className = 'RandomPosterization';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly valueRange: Range;

  constructor(factor: Factor, options?: RandomPosterizationOptions);
  constructor(options: RandomPosterizationOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomPosterizationOptions>(
      owner,
      ['factor', 'valueRange', 'dataFormat', 'seed'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    const range = readFactor(owner, 'factor', o.factor, [1, 8]);
    this.factor = [wholeNumber(owner, 'factor', range[0]), wholeNumber(owner, 'factor', range[1])];
    this.valueRange = readValueRange(owner, o.valueRange, true);
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed) {
    const [low, high] = this.factor;
    const kept =
      low === high ? ops.full([batch!], low, 'int32') : ops.randint(this.source(seed).next(), [batch!], { low, high });
    return { shiftFactor: ops.subtract(8, kept) };
  }

  protected override changeImages(images: Tensor, { shiftFactor }: { readonly shiftFactor: Tensor }): Tensor {
    const bytes = ops.trunc(ops.clip(rescaled(images, this.valueRange, [0, 255]), 0, 255));
    const step = perImage(ops.take([1, 2, 4, 8, 16, 32, 64, 128, 256], shiftFactor, 0));
    return rescaled(ops.multiply(ops.floor(ops.divide(bytes, step)), step), [0, 255], this.valueRange);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, value_range: this.valueRange, seed: this.seed };
  }
}
