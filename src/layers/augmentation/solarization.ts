import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import {
  between,
  IMAGE_DEFAULTS,
  RandomImageLayer,
  type RandomImageLayerOptions,
  rescaled,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type Factor, type Range, readStrictFactor, readValueRange } from './factors.ts';

export interface SolarizationOptions extends RandomImageLayerOptions {
  /** From 0 to 1: a number f for 0 .. f, or two ends. Default 0. */
  additionFactor?: Factor;
  /** From 0 to 1: a number f for 0 .. f, or two ends. Default 0: all pixels turn. */
  thresholdFactor?: Factor;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<SolarizationOptions> = {
  additionFactor: 0,
  thresholdFactor: 0,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Sun {
  readonly additions: Tensor;
  readonly thresholds: Tensor;
}

/**
 * In training, adds a number to all pixels and then turns those into their negatives that are not below a threshold.
 * Both are drawn for each image, as shares of the value range (as in Keras, the lower ends of the factors count as
 * they are on a range of 0 to 255). Keras's `Solarization`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.additionFactor From 0 to 1: a number f for 0 .. f, or two ends. Default 0.
 * @param options.thresholdFactor From 0 to 1: a number f for 0 .. f, or two ends. Default 0: all pixels turn.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new Solarization().apply(tensor([[[3], [4], [5]]])).arraySync(); // [[[252], [251], [250]]]
 */
export class Solarization extends RandomImageLayer<Sun> {
  static override className = 'Solarization';
  static override moduleName = 'keras.layers';

  readonly additionFactor: Range;
  readonly thresholdFactor: Range;
  readonly valueRange: Range;

  constructor(additionFactor?: Factor, options?: SolarizationOptions);
  constructor(options?: SolarizationOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<SolarizationOptions>(
      owner,
      ['additionFactor', 'thresholdFactor', 'valueRange', 'seed'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    const bounds = { min: 0, max: 1 };
    this.additionFactor = readStrictFactor(owner, 'additionFactor', o.additionFactor, bounds, () => 0);
    this.thresholdFactor = readStrictFactor(owner, 'thresholdFactor', o.thresholdFactor, bounds, () => 0);
    this.valueRange = readValueRange(owner, o.valueRange, true);
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed): Sun {
    const from = this.source(seed);
    const [additions, thresholds] = [this.additionFactor, this.thresholdFactor].map(([low, high]) =>
      between(from, [low, high * 255], [batch!, 1, 1, 1]),
    ) as [Tensor, Tensor];
    return { additions, thresholds };
  }

  protected override changeImages(images: Tensor, { additions, thresholds }: Sun): Tensor {
    const lighter = ops.clip(ops.add(rescaled(images, this.valueRange, [0, 255]), additions), 0, 255);
    const y = ops.where(ops.less(lighter, thresholds), lighter, ops.subtract(255, lighter));
    return rescaled(y, [0, 255], this.valueRange);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      value_range: this.valueRange,
      addition_factor: this.additionFactor,
      threshold_factor: this.thresholdFactor,
      seed: this.seed,
    };
  }
}
