import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, perAxis, readOptions, show } from '../options.ts';
import {
  between,
  chance,
  IMAGE_DEFAULTS,
  perImage,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type Factor, type Range, readFactor, readValueRange } from './factors.ts';

export interface RandomGaussianBlurOptions extends RandomImageLayerOptions {
  /** The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1. */
  factor?: Factor;
  /** Width and height of the filter, odd. Default 3. */
  kernelSize?: number | readonly [number, number];
  /** Standard deviation of the bell, from 0 to 1: a number s for 0 .. s, or two ends. Default 1. */
  sigma?: Factor;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomGaussianBlurOptions> = {
  factor: 1,
  kernelSize: 3,
  sigma: 1,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Blur {
  readonly shouldApplyBlur: Tensor;
  readonly blurFactor: Tensor;
}

/**
 * In training, blurs some images with a Gaussian bell, with zeros around. The probability is drawn for each image
 * from the factor's range, the two widths of the bell for the whole batch from that of `sigma`. What leaves the
 * value range is clipped. Keras's `RandomGaussianBlur`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.factor The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1.
 * @param options.kernelSize Width and height of the filter, odd. Default 3.
 * @param options.sigma Standard deviation of the bell, from 0 to 1: a number s for 0 .. s, or two ends. Default 1.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomGaussianBlur({ kernelSize: 1 }).apply(tensor([[[3], [4]]])).arraySync(); // [[[3], [4]]]
 */
export class RandomGaussianBlur extends RandomImageLayer<Blur> {
  static override className = 'RandomGaussianBlur';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly kernelSize: readonly [number, number];
  readonly sigma: Range;
  readonly valueRange: Range;

  constructor(factor?: Factor, options?: RandomGaussianBlurOptions);
  constructor(options?: RandomGaussianBlurOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomGaussianBlurOptions>(
      owner,
      ['factor', 'kernelSize', 'sigma', 'valueRange', 'dataFormat', 'seed'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [0, 1]);
    this.kernelSize = perAxis(owner, 'kernelSize', o.kernelSize, 2) as [number, number];
    if (this.kernelSize.some((k) => k % 2 === 0))
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: kernelSize must be odd, got ${show(o.kernelSize)}`);
    this.sigma = readFactor(owner, 'sigma', o.sigma, [0, 1]);
    this.valueRange = readValueRange(owner, o.valueRange);
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed): Blur {
    const from = this.source(seed);
    const shouldApplyBlur = chance(from, this.factor, batch!);
    return { shouldApplyBlur, blurFactor: ops.add(between(from, this.sigma, [2]), 1e-6) };
  }

  protected override changeImages(images: Tensor, { shouldApplyBlur, blurFactor }: Blur): Tensor {
    const { kernelSize, dataFormat } = this;
    const blurred = ops.image.gaussianBlur(images, { kernelSize, sigma: blurFactor, dataFormat });
    return ops.clip(ops.where(perImage(shouldApplyBlur), blurred, images), ...this.valueRange);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      factor: this.factor,
      kernel_size: this.kernelSize,
      sigma: this.sigma,
      value_range: this.valueRange,
      seed: this.seed,
    };
  }
}
