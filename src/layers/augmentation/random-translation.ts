import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import {
  between,
  IMAGE_DEFAULTS,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type BoundingBoxes, clipToImage, convertFormat } from './bounding-boxes.ts';
import { type Factor, type Range, readStrictFactor } from './factors.ts';
import { type AffineFillMode, affineMatrix, RandomAffineLayer } from './random-affine-layer.ts';

export interface RandomTranslationOptions extends RandomImageLayerOptions {
  /** From -1 to 1: a number f for -|f| .. |f|, or two ends; positive: down. */
  heightFactor?: Factor;
  /** From -1 to 1: a number f for -|f| .. |f|, or two ends; positive: to the right. */
  widthFactor?: Factor;
  /** What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`. */
  fillMode?: AffineFillMode;
  /** Default `'bilinear'`. */
  interpolation?: ops.image.Interpolation;
  /** The value beyond the edges, for `'constant'`. Default 0. */
  fillValue?: number;
}

const DEFAULTS: Defaults<RandomTranslationOptions> = {
  heightFactor: REQUIRED,
  widthFactor: REQUIRED,
  fillMode: 'reflect',
  interpolation: 'bilinear',
  fillValue: 0,
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Translations {
  /** Pixels to the right and down: [batch, 2]. */
  readonly translations: Tensor;
  readonly inputShape: readonly number[];
}

/**
 * In training, moves each image down and to the right by shares of its height and width, drawn from the factors'
 * ranges. Keras's `RandomTranslation`.
 *
 * As an interpolated image is what is at the moved places of the old one, pixels from beyond the edges are what
 * `fillMode` says. Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param heightFactor From -1 to 1: a number f for -|f| .. |f|, or two ends; positive: down.
 * @param widthFactor From -1 to 1: a number f for -|f| .. |f|, or two ends; positive: to the right.
 * @param options.fillMode What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`.
 * @param options.interpolation Default `'bilinear'`.
 * @param options.fillValue The value beyond the edges, for `'constant'`. Default 0.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomTranslation([0, 0], [0.5, 0.5], { fillMode: 'constant' }).apply(tensor([[[3], [4]]])).arraySync(); // [[[0], [3]]]
 */
export class RandomTranslation extends RandomAffineLayer<Translations> {
  static override className = 'RandomTranslation';
  static override moduleName = 'keras.layers';

  readonly heightFactor: Factor;
  readonly widthFactor: Factor;
  readonly #down: Range;
  readonly #right: Range;

  constructor(heightFactor: Factor, widthFactor: Factor, options?: RandomTranslationOptions);
  constructor(options: RandomTranslationOptions & { heightFactor: Factor; widthFactor: Factor });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomTranslationOptions>(
      owner,
      ['heightFactor', 'widthFactor', 'fillMode', 'interpolation', 'seed', 'fillValue', 'dataFormat'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    const bounds = { min: -1, max: 1 };
    this.heightFactor = o.heightFactor;
    this.#down = readStrictFactor(owner, 'heightFactor', o.heightFactor, bounds, (f) => -f);
    this.widthFactor = o.widthFactor;
    this.#right = readStrictFactor(owner, 'widthFactor', o.widthFactor, bounds, (f) => -f);
  }

  protected override draw(inputShape: readonly number[], seed: TransformationSeed): Translations {
    const from = this.source(seed);
    const batch = inputShape[0]!;
    const { height, width } = this.sizeOf(inputShape);
    const down = ops.multiply(between(from, this.#down, [batch, 1]), height);
    const right = ops.multiply(between(from, this.#right, [batch, 1]), width);
    return { translations: ops.concatenate([right, down], 1), inputShape };
  }

  protected override matrix({ translations }: Translations): Tensor {
    const [right, down] = ops.unstack(translations, null, 1) as [Tensor, Tensor];
    return affineMatrix([1, 0, ops.negative(right)], [0, 1, ops.negative(down)]);
  }

  protected override changeBoxes(given: BoundingBoxes, { translations, inputShape }: Translations): BoundingBoxes {
    const size = this.sizeOf(inputShape);
    const format = this.boundingBoxFormat!;
    const boxes = convertFormat(given.boxes, format, 'xyxy', size);
    const moves = ops.expandDims(ops.tile(translations, [1, 2]), 1);
    const clipped = clipToImage({ boxes: ops.add(boxes, moves), labels: given.labels }, size);
    return { ...clipped, boxes: convertFormat(clipped.boxes, 'xyxy', format, size) };
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      height_factor: this.heightFactor,
      width_factor: this.widthFactor,
      seed: this.seed,
      ...this.affineConfig(),
    };
  }
}
