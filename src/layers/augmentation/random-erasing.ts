import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { SeedGenerator } from '../../trace/seed-generator.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions, show } from '../options.ts';
import {
  between,
  chance,
  IMAGE_DEFAULTS,
  perImage,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { insideBox, randomSpan } from './box.ts';
import { type Factor, type Range, readFactor, readValueRange } from './factors.ts';

export interface RandomErasingOptions extends RandomImageLayerOptions {
  /** The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1. */
  factor?: Factor;
  /** The share of the image that is covered, from 0 to 1: a number s for 0 .. s, or two ends. Default `[0.02, 0.33]`. */
  scale?: Factor;
  /** What covers it: a number, or one for each of three channels. Default: normal noise times the end of the value range. */
  fillValue?: number | readonly number[] | null;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomErasingOptions> = {
  factor: 1,
  scale: [0.02, 0.33],
  fillValue: null,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Erasing {
  readonly applyErasing: Tensor;
  readonly batchMasks: Tensor;
  readonly fillValue: Tensor;
}

/**
 * In training, covers a rectangle of some images (Zhong et al. 2020). The probability is drawn for each image from
 * the factor's range; width and height of the rectangle are the root of numbers drawn from `scale`, as shares of the
 * image's. Keras's `RandomErasing`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.factor The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1.
 * @param options.scale The share of the image that is covered, from 0 to 1: a number s for 0 .. s, or two ends.
 * Default `[0.02, 0.33]`.
 * @param options.fillValue What covers it: a number, or one for each of three channels. Default: normal noise times
 * the end of the value range.
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomErasing({ scale: [1, 1], factor: [1, 1], fillValue: 7 }).apply(tensor([[[3], [4]]])).arraySync(); // [[[7], [7]]]
 */
export class RandomErasing extends RandomImageLayer<Erasing> {
  static override className = 'RandomErasing';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly scale: Range;
  readonly fillValue: number | readonly number[] | null;
  readonly valueRange: Range;

  constructor(factor?: Factor, options?: RandomErasingOptions);
  constructor(options?: RandomErasingOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomErasingOptions>(
      owner,
      ['factor', 'scale', 'fillValue', 'valueRange', 'seed', 'dataFormat'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [0, 1]);
    this.scale = readFactor(owner, 'scale', o.scale, [0, 1]);
    this.fillValue = readFill(owner, o.fillValue);
    this.valueRange = readValueRange(owner, o.valueRange);
  }

  protected override draw(shape: readonly number[], seed: TransformationSeed): Erasing {
    const from = this.source(seed);
    const batch = shape[0]!;
    const [across, down] = ops.unstack(ops.sqrt(between(from, this.scale, [batch, 2])), null, 1) as [Tensor, Tensor];
    const x = randomSpan(from, shape[this.axes.width]!, across);
    const y = randomSpan(from, shape[this.axes.height]!, down);
    const batchMasks = insideBox(shape, this.axes, x, y);
    const applyErasing = chance(from, this.factor, batch);
    return { applyErasing, batchMasks, fillValue: ops.clip(this.#fill(shape, from), ...this.valueRange) };
  }

  #fill(shape: readonly number[], from: SeedGenerator): Tensor {
    const { fillValue } = this;
    if (fillValue === null) return ops.multiply(ops.normal(from.next(), shape), this.valueRange[1]);
    if (typeof fillValue === 'number') return ops.full([1, 1, 1, 1], fillValue);
    return ops.reshape([...fillValue], this.dataFormat === 'channels_last' ? [1, 1, 1, 3] : [1, 3, 1, 1]);
  }

  protected override changeImages(images: Tensor, { applyErasing, batchMasks, fillValue }: Erasing): Tensor {
    return ops.where(ops.logicalAnd(perImage(applyErasing), batchMasks), fillValue, images);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      factor: this.factor,
      scale: this.scale,
      fill_value: this.fillValue,
      value_range: this.valueRange,
      seed: this.seed,
    };
  }
}

function readFill(owner: string, value: unknown): number | readonly number[] | null {
  const isNumber = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v);
  if (value === null || isNumber(value)) return value;
  if (Array.isArray(value) && value.length === 3 && value.every(isNumber)) return [...value];
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: fillValue must be a number, three numbers for three channels, or null for noise, got ${show(value)}`,
  );
}
