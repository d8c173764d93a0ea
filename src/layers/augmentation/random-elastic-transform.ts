import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, oneOf, readOptions } from '../options.ts';
import {
  between,
  chance,
  IMAGE_DEFAULTS,
  perImage,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import type { BoundingBoxes } from './bounding-boxes.ts';
import { type Factor, type Range, readFactor, readNumber, readValueRange } from './factors.ts';

export interface RandomElasticTransformOptions extends RandomImageLayerOptions {
  /** The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1. */
  factor?: Factor;
  /** The strength, from 0 to 1: a number s for 0 .. s, or two ends. Default 1. */
  scale?: Factor;
  /** Default `'bilinear'`. */
  interpolation?: ops.image.Interpolation;
  /** What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`. */
  fillMode?: ops.image.ImageFillMode;
  /** The value beyond the edges, for `'constant'`. Default 0. */
  fillValue?: number;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomElasticTransformOptions> = {
  factor: 1,
  scale: 1,
  interpolation: 'bilinear',
  fillMode: 'reflect',
  fillValue: 0,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Elastic {
  /** bool [batch]. */
  readonly applyTransform: Tensor;
  /** A scalar for the batch. */
  readonly distortionFactor: Tensor;
  /** The key of the noise: int32 [2]. */
  readonly seed: Tensor;
}

const FILL_MODES: readonly ops.image.ImageFillMode[] = ['constant', 'nearest', 'wrap', 'mirror', 'reflect'];

/**
 * In training, moves the pixels of some images at random, neighbours alike (Simard et al. 2003): see
 * `ops.image.elasticTransform`. The probability is drawn for each image from the factor's range; the strength, drawn
 * from `scale` for the whole batch, times a tenth of the longer side is alpha, and times a twentieth of the shorter
 * side is sigma. What leaves the value range is clipped. Keras's `RandomElasticTransform`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.factor The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1.
 * @param options.scale The strength, from 0 to 1: a number s for 0 .. s, or two ends. Default 1.
 * @param options.interpolation Default `'bilinear'`.
 * @param options.fillMode What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`.
 * @param options.fillValue The value beyond the edges, for `'constant'`. Default 0.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomElasticTransform(0).apply(tensor([[[3], [4]]])).arraySync(); // [[[3], [4]]]
 */
export class RandomElasticTransform extends RandomImageLayer<Elastic> {
  static override className = 'RandomElasticTransform';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly scale: Range;
  readonly interpolation: ops.image.Interpolation;
  readonly fillMode: ops.image.ImageFillMode;
  readonly fillValue: number;
  readonly valueRange: Range;

  constructor(factor?: Factor, options?: RandomElasticTransformOptions);
  constructor(options?: RandomElasticTransformOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomElasticTransformOptions>(
      owner,
      ['factor', 'scale', 'interpolation', 'fillMode', 'fillValue', 'valueRange', 'seed', 'dataFormat'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [0, 1]);
    this.scale = readFactor(owner, 'scale', o.scale, [0, 1]);
    this.interpolation = oneOf(owner, 'interpolation', o.interpolation, ['nearest', 'bilinear']);
    this.fillMode = oneOf(owner, 'fillMode', o.fillMode, FILL_MODES);
    this.fillValue = readNumber(owner, 'fillValue', o.fillValue);
    this.valueRange = readValueRange(owner, o.valueRange);
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed): Elastic | null {
    if (this.scale[1] === 0 || this.factor[1] === 0) return null;
    const from = this.source(seed);
    const applyTransform = chance(from, this.factor, batch!);
    return { applyTransform, distortionFactor: between(from, this.scale, []), seed: from.next() };
  }

  #moved(images: Tensor, t: Elastic, interpolation: ops.image.Interpolation): Tensor {
    const { height, width } = this.sizeOf(images.shape);
    const { fillMode, fillValue, dataFormat } = this;
    const sigma = Math.min(height, width) * 0.05;
    const y = ops.image.elasticTransform(images, {
      alpha: ops.multiply(t.distortionFactor, Math.max(height, width) * 0.1),
      sigma: ops.multiply(t.distortionFactor, sigma),
      largestSigma: sigma * this.scale[1],
      interpolation,
      fillMode,
      fillValue,
      seed: t.seed,
      dataFormat,
    });
    return ops.clip(ops.where(perImage(t.applyTransform), y, images), ...this.valueRange);
  }

  protected override changeImages(images: Tensor, transformation: Elastic): Tensor {
    return this.#moved(images, transformation, this.interpolation);
  }

  protected override changeMasks(masks: Tensor, transformation: Elastic): Tensor {
    return this.#moved(masks, transformation, 'nearest');
  }

  protected override changeBoxes(): BoundingBoxes {
    throw new OlifantError('UNSUPPORTED', `${this.label}: bounding boxes are not supported, as in Keras`);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      factor: this.factor,
      scale: this.scale,
      interpolation: this.interpolation,
      fill_mode: this.fillMode,
      fill_value: this.fillValue,
      value_range: this.valueRange,
      seed: this.seed,
    };
  }
}
