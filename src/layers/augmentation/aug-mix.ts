import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { logGamma, spread } from '../../random/gamma.ts';
import { beta } from '../../random/index.ts';
import { HostRandom } from '../../trace/random-host.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, oneOf, readFlag, readOptions, wholeNumber } from '../options.ts';
import { AUGMENT_LAYERS, type AugmentLayer, type AugmentLayerName, augmentLayers } from './augment-layers.ts';
import type { AutoContrast } from './auto-contrast.ts';
import {
  IMAGE_DEFAULTS,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import type { Equalization } from './equalization.ts';
import { type Factor, type Range, readFactor, readNumber, readValueRange } from './factors.ts';
import type { RandomBrightness } from './random-brightness.ts';
import type { RandomColorDegeneration } from './random-color-degeneration.ts';
import type { RandomContrast } from './random-contrast.ts';
import type { RandomPosterization } from './random-posterization.ts';
import type { RandomRotation } from './random-rotation.ts';
import type { RandomSharpness } from './random-sharpness.ts';
import type { RandomShear } from './random-shear.ts';
import type { RandomTranslation } from './random-translation.ts';
import type { Solarization } from './solarization.ts';

export interface AugMixOptions extends RandomImageLayerOptions {
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
  /** How many chains there are. Default 3. */
  numChains?: number;
  /** How many steps a chain has. Default 3. */
  chainDepth?: number;
  /** The strength, from 0 to 1: a number f for 0 .. f, or two ends. Default 0.3. */
  factor?: Factor;
  /** Of the two distributions, above 0. Default 1. */
  alpha?: number;
  /** Whether light and colours change, too. Default `true`. */
  allOps?: boolean;
  /** Default `'bilinear'`. */
  interpolation?: ops.image.Interpolation;
}

const DEFAULTS: Defaults<AugMixOptions> = {
  valueRange: [0, 255],
  numChains: 3,
  chainDepth: 3,
  factor: 0.3,
  alpha: 1,
  allOps: true,
  interpolation: 'bilinear',
  seed: null,
  ...IMAGE_DEFAULTS,
};

/** What one step of a chain does. */
interface Step {
  readonly layerName: AugmentLayerName;
  readonly transformation: unknown;
}

interface Chains {
  /** The share of each chain: [numChains]. */
  readonly chainMixingWeights: Tensor;
  /** The share of the images as they were: a scalar. */
  readonly weightSample: Tensor;
  readonly chainTransforms: readonly (readonly Step[])[];
}

/** Changes of colours and light that only `allOps` makes. */
const FURTHER: readonly AugmentLayerName[] = [
  'randomBrightness',
  'randomColorDegeneration',
  'randomContrast',
  'randomSharpness',
];

/**
 * In training, mixes the images with what chains of other layers make of them (Hendrycks et al. 2020): w x + (1 - w)
 * (sum of the chains' results, weighted), where w is drawn from Beta(alpha, alpha) and the weights of the chains
 * from a Dirichlet distribution, for the whole batch. A step of a chain is one of shear, translation, rotation,
 * posterization, solarization, contrast stretching, equalization, with `allOps` also brightness, colour
 * degeneration, contrast and sharpness, or nothing. What leaves the value range is clipped. Keras's `AugMix`.
 *
 * Which layers the chains have is chosen where the computation is put together, as in Keras: at each call on data,
 * and once for a compiled program, whose steps then differ in what the layers draw.
 *
 * Inputs [batch, height, width, 3], or one image; outputs float32 of the same shape.
 *
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.numChains How many chains there are. Default 3.
 * @param options.chainDepth How many steps a chain has. Default 3.
 * @param options.factor The strength, from 0 to 1: a number f for 0 .. f, or two ends. Default 0.3.
 * @param options.alpha Of the two distributions, above 0. Default 1.
 * @param options.allOps Whether light and colours change, too. Default `true`.
 * @param options.interpolation Default `'bilinear'`.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new AugMix().apply(tensor([[[3, 4, 5]]])).shape; // [1, 1, 3]
 */
export class AugMix extends RandomImageLayer<Chains> {
  static override className = 'AugMix';
  static override moduleName = 'keras.layers';

  readonly valueRange: Range;
  readonly numChains: number;
  readonly chainDepth: number;
  readonly alpha: number;
  readonly allOps: boolean;
  readonly factor: Range;
  readonly interpolation: ops.image.Interpolation;
  readonly randomShear: RandomShear;
  readonly randomTranslation: RandomTranslation;
  readonly randomRotation: RandomRotation;
  readonly randomBrightness: RandomBrightness | null;
  readonly randomColorDegeneration: RandomColorDegeneration | null;
  readonly randomContrast: RandomContrast | null;
  readonly randomSharpness: RandomSharpness | null;
  readonly solarization: Solarization;
  readonly randomPosterization: RandomPosterization;
  readonly autoContrast: AutoContrast;
  readonly equalization: Equalization;
  readonly #choices: HostRandom;

  constructor(valueRange?: readonly [number, number], options?: AugMixOptions);
  constructor(options?: AugMixOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<AugMixOptions>(
      owner,
      ['valueRange', 'numChains', 'chainDepth', 'factor', 'alpha', 'allOps', 'interpolation', 'seed', 'dataFormat'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.valueRange = readValueRange(owner, o.valueRange);
    this.numChains = wholeNumber(owner, 'numChains', o.numChains);
    this.chainDepth = wholeNumber(owner, 'chainDepth', o.chainDepth);
    this.factor = readFactor(owner, 'factor', o.factor, [0, 1]);
    this.alpha = readNumber(owner, 'alpha', o.alpha);
    if (!(this.alpha > 0))
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: alpha must be above 0, got ${this.alpha}`);
    this.allOps = readFlag(owner, 'allOps', o.allOps);
    this.interpolation = oneOf(owner, 'interpolation', o.interpolation, ['nearest', 'bilinear']);
    const { factor, interpolation, valueRange } = this;
    const inner = augmentLayers(factor, interpolation, valueRange, o);
    this.randomShear = inner.randomShear;
    this.randomTranslation = inner.randomTranslation;
    this.randomRotation = inner.randomRotation;
    this.randomBrightness = this.allOps ? inner.randomBrightness : null;
    this.randomColorDegeneration = this.allOps ? inner.randomColorDegeneration : null;
    this.randomContrast = this.allOps ? inner.randomContrast : null;
    this.randomSharpness = this.allOps ? inner.randomSharpness : null;
    this.solarization = inner.solarization;
    this.randomPosterization = inner.randomPosterization;
    this.autoContrast = inner.autoContrast;
    this.equalization = inner.equalization;
    this.#choices = new HostRandom(this.seedGenerator.seed);
  }

  #choose(): AugmentLayerName | null {
    const names = AUGMENT_LAYERS.filter((name) => this.allOps || !FURTHER.includes(name));
    return names[Math.floor(this.#choices.uniform() * (names.length + 1))] ?? null;
  }

  protected override draw(shape: readonly number[], seed: TransformationSeed): Chains {
    const from = this.source(seed);
    const data = ops.zeros(shape);
    const logs = logGamma(from.next(), spread(this.alpha, [this.numChains]));
    const weightSample = beta([], this.alpha, this.alpha, { seed: from });
    const times = (n: number) => Array.from({ length: n });
    const chainTransforms = times(this.numChains).map(() =>
      times(this.chainDepth).flatMap((): Step[] => {
        const layerName = this.#choose();
        if (layerName === null) return [];
        return [{ layerName, transformation: this[layerName]!.getRandomTransformation(data, true, from) }];
      }),
    );
    return { chainMixingWeights: ops.softmax(logs), weightSample, chainTransforms };
  }

  #mixed(x: Tensor, chains: Chains, f: (layer: AugmentLayer, x: Tensor, transformation: unknown) => Tensor): Tensor {
    const results = chains.chainTransforms.map((steps) =>
      steps.reduce((y, { layerName, transformation }) => f(this[layerName]!, y, transformation), x),
    );
    const weights = ops.unstack(chains.chainMixingWeights);
    const sum = results.map((y, i) => ops.multiply(y, weights[i]!)).reduce((a, b) => ops.add(a, b));
    const { weightSample: own } = chains;
    return ops.add(ops.multiply(own, x), ops.multiply(ops.subtract(1, own), sum));
  }

  protected override changeImages(images: Tensor, chains: Chains): Tensor {
    const y = this.#mixed(images, chains, (layer, x, t) => layer.transformImages(x, t as never));
    return ops.clip(y, ...this.valueRange);
  }

  protected override changeMasks(masks: Tensor, chains: Chains): Tensor {
    return this.#mixed(masks, chains, (layer, x, t) => layer.transformSegmentationMasks(x, t as never));
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      value_range: this.valueRange,
      num_chains: this.numChains,
      chain_depth: this.chainDepth,
      factor: this.factor,
      alpha: this.alpha,
      all_ops: this.allOps,
      interpolation: this.interpolation,
      seed: this.seed,
    };
  }
}
