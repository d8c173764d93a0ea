import * as ops from '../../ops/index.ts';
import { currentTrace } from '../../trace/context.ts';
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

type Change<V> = (layer: AugmentLayer, x: V, transformation: unknown) => V;
type Choice<V> = (condition: Tensor, x: V, y: V) => V;

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
 * Inputs [batch, height, width, 3], or one image; outputs float32 of the same shape. In a model, all eleven are computed
 * in each of the `numOps` rounds, and one of them is taken.
 *
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.numOps How many layers are applied; 0: none. Default 2.
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
    this.numOps = wholeNumber(owner, 'numOps', o.numOps, 0);
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

  /**
   * Each round takes what one of the layers makes of `x`. Outside of compiled programs it is known which, and the others are
   * not computed.
   */
  #rounds<V>({ layerIdxes, transforms }: Augmentation, x: V, f: Change<V>, choose: Choice<V>): V {
    const changed = (name: AugmentLayerName, y: V) => f(this[name], y, transforms[name]);
    if (currentTrace() === undefined)
      return Array.from(layerIdxes.dataSync(), (i) => AUGMENT_LAYERS[i]!).reduce((y, name) => changed(name, y), x);
    return ops
      .unstack(layerIdxes)
      .reduce((y, chosen) => AUGMENT_LAYERS.reduce((z, n, i) => choose(ops.equal(chosen, i), changed(n, z), z), y), x);
  }

  protected override changeImages(images: Tensor, transformation: Augmentation): Tensor {
    return this.#rounds(transformation, images, (layer, x, t) => layer.transformImages(x, t as never), ops.where);
  }

  protected override changeMasks(masks: Tensor, transformation: Augmentation): Tensor {
    const f: Change<Tensor> = (layer, x, t) => layer.transformSegmentationMasks(x, t as never);
    return this.#rounds(transformation, masks, f, ops.where);
  }

  protected override changeBoxes(given: BoundingBoxes, transformation: Augmentation): BoundingBoxes {
    const f: Change<BoundingBoxes> = (layer, x, t) => layer.transformBoundingBoxes(x, t as never);
    return this.#rounds(transformation, given, f, (chosen, a, b) => ({
      boxes: ops.where(chosen, a.boxes, b.boxes),
      labels: ops.where(chosen, a.labels, b.labels),
    }));
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
