import type * as ops from '../../ops/index.ts';
import { AutoContrast } from './auto-contrast.ts';
import type { BaseImagePreprocessingLayer, RandomImageLayerOptions } from './base-image-preprocessing-layer.ts';
import { Equalization } from './equalization.ts';
import type { Range } from './factors.ts';
import { RandomBrightness } from './random-brightness.ts';
import { RandomColorDegeneration } from './random-color-degeneration.ts';
import { RandomContrast } from './random-contrast.ts';
import { RandomPosterization } from './random-posterization.ts';
import { RandomRotation } from './random-rotation.ts';
import { RandomSharpness } from './random-sharpness.ts';
import { RandomShear } from './random-shear.ts';
import { RandomTranslation } from './random-translation.ts';
import { Solarization } from './solarization.ts';

/** The layers among which `RandAugment` and `AugMix` choose, in Keras's order. */
export const AUGMENT_LAYERS = [
  'randomShear',
  'randomTranslation',
  'randomRotation',
  'randomBrightness',
  'randomColorDegeneration',
  'randomContrast',
  'randomSharpness',
  'randomPosterization',
  'solarization',
  'autoContrast',
  'equalization',
] as const;

export type AugmentLayerName = (typeof AUGMENT_LAYERS)[number];

export type AugmentLayer = BaseImagePreprocessingLayer<unknown>;

/** All of them, with the same factor. */
export function augmentLayers(
  factor: Range,
  interpolation: ops.image.Interpolation,
  valueRange: Range,
  { seed = null, dataFormat = null, boundingBoxFormat = null }: RandomImageLayerOptions,
) {
  const common = { dataFormat, boundingBoxFormat };
  const place = { ...common, seed, interpolation };
  const colour = { ...common, seed, valueRange };
  return {
    randomShear: new RandomShear({ ...place, xFactor: factor, yFactor: factor }),
    randomTranslation: new RandomTranslation(factor, factor, place),
    randomRotation: new RandomRotation(factor, place),
    randomBrightness: new RandomBrightness(factor, colour),
    randomColorDegeneration: new RandomColorDegeneration(factor, colour),
    randomContrast: new RandomContrast(factor, colour),
    randomSharpness: new RandomSharpness(factor, colour),
    solarization: new Solarization({ ...colour, additionFactor: factor, thresholdFactor: factor }),
    randomPosterization: new RandomPosterization(Math.max(1, Math.trunc(8 * factor[1])), colour),
    autoContrast: new AutoContrast({ ...common, valueRange }),
    equalization: new Equalization({ ...common, valueRange }),
  };
}
