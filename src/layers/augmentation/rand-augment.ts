import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, oneOf, readOptions, wholeNumber } from '../options.ts';
import { AUGMENT_LAYERS, type AugmentLayer, type AugmentLayerName, augmentLayers } from './augment-layers.ts';
import type { AutoContrast } from './auto-contrast.ts';
import {
  IMAGE_DEFAULTS,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import type { BoundingBoxes } from './bounding-boxes.ts';
import type { Equalization } from './equalization.ts';
import { type Factor, type Range, readFactor, readValueRange } from './factors.ts';
import type { RandomBrightness } from './random-brightness.ts';
import type { RandomColorDegeneration } from './random-color-degeneration.ts';
import type { RandomContrast } from './random-contrast.ts';
import type { RandomPosterization } from './random-posterization.ts';
import type { RandomRotation } from './random-rotation.ts';
import type { RandomSharpness } from './random-sharpness.ts';
import type { RandomShear } from './random-shear.ts';
import type { RandomTranslation } from './random-translation.ts';
import type { Solarization } from './solarization.ts';

export interface RandAugmentOptions extends RandomImageLayerOptions {
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
  /** How many layers are applied. Default 2. */
  numOps?: number;
  /** The strength, from 0 to 1: a number f for 0 .. f, or two ends. Default 0.5. */
  factor?: Factor;
  /** Default `'bilinear'`. */
  interpolation?: ops.image.Interpolation;
}

const DEFAULTS: Defaults<RandAugmentOptions> = {
  valueRange: [0, 255],
  numOps: 2,
  factor: 0.5,
  interpolation: 'bilinear',
  seed: null,
  ...IMAGE_DEFAULTS,
};

type Round<V> = (layer: AugmentLayer, x: V, transformation: unknown, chosen: Tensor) => V;

interface Augmentation {
  /** For each operation, what its layer drew. */
  readonly transforms: Readonly<Record<AugmentLayerName, unknown>>;
  /** Which layers are applied, one after the other: int32 [numOps]. */
  readonly layerIdxes: Tensor;
}

/**
 * In training, applies `numOps` of eleven layers to the images, one after the other, each drawn for the whole batch
 * (Cubuk et al. 2020): shear, translation, rotation, brightness, colour degeneration, contrast, sharpness,
 * posterization, solarization, contrast stretching, equalization, all with the same factor. Keras's `RandAugment`.
 *
 * Inputs [batch, height, width, 3], or one image; outputs float32 of the same shape. All eleven are computed in each
 * of the `numOps` rounds, and one of them is taken.
 *
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.numOps How many layers are applied. Default 2.
 * @param options.factor The strength, from 0 to 1: a number f for 0 .. f, or two ends. Default 0.5.
 * @param options.interpolation Default `'bilinear'`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandAugment().apply(tensor([[[3, 4, 5]]])).shape; // [1, 1, 3]
 */
export class RandAugment extends RandomImageLayer<Augmentation> {
  static override className = 'RandAugment';
  static override moduleName = 'keras.layers';

  readonly valueRange: Range;
  readonly numOps: number;
  readonly factor: Range;
  readonly interpolation: ops.image.Interpolation;
  readonly randomShear: RandomShear;
  readonly randomTranslation: RandomTranslation;
  readonly randomRotation: RandomRotation;
  readonly randomBrightness: RandomBrightness;
  readonly randomColorDegeneration: RandomColorDegeneration;
  readonly randomContrast: RandomContrast;
  readonly randomSharpness: RandomSharpness;
  readonly solarization: Solarization;
  readonly randomPosterization: RandomPosterization;
  readonly autoContrast: AutoContrast;
  readonly equalization: Equalization;

  constructor(valueRange?: readonly [number, number], options?: RandAugmentOptions);
  constructor(options?: RandAugmentOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandAugmentOptions>(
      owner,
      ['valueRange', 'numOps', 'factor', 'interpolation', 'seed', 'dataFormat'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.valueRange = readValueRange(owner, o.valueRange);
    this.numOps = wholeNumber(owner, 'numOps', o.numOps);
    this.factor = readFactor(owner, 'factor', o.factor, [0, 1]);
    this.interpolation = oneOf(owner, 'interpolation', o.interpolation, ['nearest', 'bilinear']);
    const { factor, interpolation, valueRange } = this;
    const inner = augmentLayers(factor, interpolation, valueRange, o);
    this.randomShear = inner.randomShear;
    this.randomTranslation = inner.randomTranslation;
    this.randomRotation = inner.randomRotation;
    this.randomBrightness = inner.randomBrightness;
    this.randomColorDegeneration = inner.randomColorDegeneration;
    this.randomContrast = inner.randomContrast;
    this.randomSharpness = inner.randomSharpness;
    this.solarization = inner.solarization;
    this.randomPosterization = inner.randomPosterization;
    this.autoContrast = inner.autoContrast;
    this.equalization = inner.equalization;
  }

  protected override draw(shape: readonly number[], seed: TransformationSeed): Augmentation {
    const from = this.source(seed);
    const layerIdxes = ops.randint(from.next(), [this.numOps], { high: AUGMENT_LAYERS.length });
    const data = ops.zeros(shape);
    const transforms = Object.fromEntries(
      AUGMENT_LAYERS.map((name) => [name, this[name].getRandomTransformation(data, true, from)]),
    ) as Augmentation['transforms'];
    return { layerIdxes, transforms };
  }

  /** Each round takes what one of the layers makes of `x`. */
  #rounds<V>({ layerIdxes, transforms }: Augmentation, x: V, f: Round<V>): V {
    return ops
      .unstack(layerIdxes)
      .reduce(
        (y, chosen) =>
          AUGMENT_LAYERS.reduce((z, name, i) => f(this[name], z, transforms[name], ops.equal(chosen, i)), y),
        x,
      );
  }

  protected override changeImages(images: Tensor, transformation: Augmentation): Tensor {
    return this.#rounds(transformation, images, (layer, x, t, chosen) =>
      ops.where(chosen, layer.transformImages(x, t as never), x),
    );
  }

  protected override changeMasks(masks: Tensor, transformation: Augmentation): Tensor {
    return this.#rounds(transformation, masks, (layer, x, t, chosen) =>
      ops.where(chosen, layer.transformSegmentationMasks(x, t as never), x),
    );
  }

  protected override changeBoxes(given: BoundingBoxes, transformation: Augmentation): BoundingBoxes {
    return this.#rounds(transformation, given, (layer, x, t, chosen) => {
      const moved = layer.transformBoundingBoxes(x, t as never);
      return { boxes: ops.where(chosen, moved.boxes, x.boxes), labels: ops.where(chosen, moved.labels, x.labels) };
    });
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      value_range: this.valueRange,
      num_ops: this.numOps,
      factor: this.factor,
      interpolation: this.interpolation,
      seed: this.seed,
    };
  }
}
