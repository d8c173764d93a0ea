import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import {
  IMAGE_DEFAULTS,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type Factor, type Range, readValueRange } from './factors.ts';
import { RandomBrightness } from './random-brightness.ts';
import { RandomContrast } from './random-contrast.ts';
import { RandomHue } from './random-hue.ts';
import { RandomSaturation } from './random-saturation.ts';

export interface RandomColorJitterOptions extends RandomImageLayerOptions {
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
  /** As the factor of `RandomBrightness`. Default null: not changed. */
  brightnessFactor?: Factor | null;
  /** As the factor of `RandomContrast`. Default null: not changed. */
  contrastFactor?: Factor | null;
  /** As the factor of `RandomSaturation`. Default null: not changed. */
  saturationFactor?: Factor | null;
  /** As the factor of `RandomHue`. Default null: not changed. */
  hueFactor?: Factor | null;
}

const DEFAULTS: Defaults<RandomColorJitterOptions> = {
  valueRange: [0, 255],
  brightnessFactor: null,
  contrastFactor: null,
  saturationFactor: null,
  hueFactor: null,
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Jitter {
  readonly brightness: { readonly rgbDelta: Tensor } | null;
  readonly contrast: { readonly contrastFactor: Tensor } | null;
  readonly saturation: { readonly factor: Tensor } | null;
  readonly hue: { readonly factor: Tensor } | null;
}

/**
 * In training, changes brightness, contrast, saturation and hue of each image, in this order: what
 * `RandomBrightness`, `RandomContrast`, `RandomSaturation` and `RandomHue` do with these factors. Keras's
 * `RandomColorJitter`.
 *
 * Inputs [batch, height, width, 3], or one image; outputs float32 of the same shape.
 *
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.brightnessFactor As the factor of `RandomBrightness`. Default null: not changed.
 * @param options.contrastFactor As the factor of `RandomContrast`. Default null: not changed.
 * @param options.saturationFactor As the factor of `RandomSaturation`. Default null: not changed.
 * @param options.hueFactor As the factor of `RandomHue`. Default null: not changed.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomColorJitter({ brightnessFactor: [1, 1] }).apply(tensor([[[3, 4, 5]]])).arraySync(); // [[[255, 255, 255]]]
 */
export class RandomColorJitter extends RandomImageLayer<Jitter> {
  static override className = 'RandomColorJitter';
  static override moduleName = 'keras.layers';

  readonly valueRange: Range;
  readonly brightnessFactor: Factor | null;
  readonly contrastFactor: Factor | null;
  readonly saturationFactor: Factor | null;
  readonly hueFactor: Factor | null;
  readonly randomBrightness: RandomBrightness | null;
  readonly randomContrast: RandomContrast | null;
  readonly randomSaturation: RandomSaturation | null;
  readonly randomHue: RandomHue | null;

  constructor(options?: RandomColorJitterOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomColorJitterOptions>(
      owner,
      ['valueRange', 'brightnessFactor', 'contrastFactor', 'saturationFactor', 'hueFactor', 'seed', 'dataFormat'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.valueRange = readValueRange(owner, o.valueRange);
    this.brightnessFactor = o.brightnessFactor;
    this.contrastFactor = o.contrastFactor;
    this.saturationFactor = o.saturationFactor;
    this.hueFactor = o.hueFactor;
    const { valueRange, seed, dataFormat } = o;
    const inner = { valueRange, seed, dataFormat };
    this.randomBrightness = o.brightnessFactor === null ? null : new RandomBrightness(o.brightnessFactor, inner);
    this.randomContrast = o.contrastFactor === null ? null : new RandomContrast(o.contrastFactor, inner);
    this.randomSaturation = o.saturationFactor === null ? null : new RandomSaturation(o.saturationFactor, inner);
    this.randomHue = o.hueFactor === null ? null : new RandomHue(o.hueFactor, inner);
  }

  protected override draw(shape: readonly number[], seed: TransformationSeed): Jitter {
    const from = this.source(seed);
    const data = ops.zeros(shape);
    return {
      brightness: this.randomBrightness?.getRandomTransformation(data, true, from) ?? null,
      contrast: this.randomContrast?.getRandomTransformation(data, true, from) ?? null,
      saturation: this.randomSaturation?.getRandomTransformation(data, true, from) ?? null,
      hue: this.randomHue?.getRandomTransformation(data, true, from) ?? null,
    };
  }

  protected override changeImages(images: Tensor, { brightness, contrast, saturation, hue }: Jitter): Tensor {
    let y = images;
    if (this.randomBrightness !== null) y = this.randomBrightness.transformImages(y, brightness);
    if (this.randomContrast !== null) y = this.randomContrast.transformImages(y, contrast);
    if (this.randomSaturation !== null) y = this.randomSaturation.transformImages(y, saturation);
    if (this.randomHue !== null) y = this.randomHue.transformImages(y, hue);
    return y;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      value_range: this.valueRange,
      brightness_factor: this.brightnessFactor,
      contrast_factor: this.contrastFactor,
      saturation_factor: this.saturationFactor,
      hue_factor: this.hueFactor,
      seed: this.seed,
    };
  }
}
