import type { LayerClass } from '../registry.ts';
import { AugMix } from './aug-mix.ts';
import { AutoContrast } from './auto-contrast.ts';
import { CenterCrop } from './center-crop.ts';
import { ContrastLimitedAdaptiveHistogramEqualization } from './contrast-limited-adaptive-histogram-equalization.ts';
import { CutMix } from './cut-mix.ts';
import { Equalization } from './equalization.ts';
import { MaxNumBoundingBoxes } from './max-num-bounding-boxes.ts';
import { MixUp } from './mix-up.ts';
import { RandAugment } from './rand-augment.ts';
import { RandomBrightness } from './random-brightness.ts';
import { RandomColorDegeneration } from './random-color-degeneration.ts';
import { RandomColorJitter } from './random-color-jitter.ts';
import { RandomContrast } from './random-contrast.ts';
import { RandomCrop } from './random-crop.ts';
import { RandomElasticTransform } from './random-elastic-transform.ts';
import { RandomErasing } from './random-erasing.ts';
import { RandomFlip } from './random-flip.ts';
import { RandomGaussianBlur } from './random-gaussian-blur.ts';
import { RandomGrayscale } from './random-grayscale.ts';
import { RandomHue } from './random-hue.ts';
import { RandomInvert } from './random-invert.ts';
import { RandomPerspective } from './random-perspective.ts';
import { RandomPosterization } from './random-posterization.ts';
import { RandomRotation } from './random-rotation.ts';
import { RandomSaturation } from './random-saturation.ts';
import { RandomSharpness } from './random-sharpness.ts';
import { RandomShear } from './random-shear.ts';
import { RandomTranslation } from './random-translation.ts';
import { RandomZoom } from './random-zoom.ts';
import { Resizing } from './resizing.ts';
import { Solarization } from './solarization.ts';

export { AugMix, type AugMixOptions } from './aug-mix.ts';
export { AutoContrast, type AutoContrastOptions } from './auto-contrast.ts';
export {
  BaseImagePreprocessingLayer,
  type ImageData,
  type ImageLayerOptions,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
export type { BoundingBoxes, BoundingBoxFormat } from './bounding-boxes.ts';
export { CenterCrop, type CenterCropOptions } from './center-crop.ts';
export {
  ContrastLimitedAdaptiveHistogramEqualization,
  type ContrastLimitedAdaptiveHistogramEqualizationOptions,
} from './contrast-limited-adaptive-histogram-equalization.ts';
export { CutMix, type CutMixOptions } from './cut-mix.ts';
export { Equalization, type EqualizationOptions } from './equalization.ts';
export type { Factor } from './factors.ts';
export { MaxNumBoundingBoxes, type MaxNumBoundingBoxesOptions } from './max-num-bounding-boxes.ts';
export { MixUp, type MixUpOptions } from './mix-up.ts';
export { RandAugment, type RandAugmentOptions } from './rand-augment.ts';
export { RandomBrightness, type RandomBrightnessOptions } from './random-brightness.ts';
export { RandomColorDegeneration, type RandomColorDegenerationOptions } from './random-color-degeneration.ts';
export { RandomColorJitter, type RandomColorJitterOptions } from './random-color-jitter.ts';
export { RandomContrast, type RandomContrastOptions } from './random-contrast.ts';
export { RandomCrop, type RandomCropOptions } from './random-crop.ts';
export { RandomElasticTransform, type RandomElasticTransformOptions } from './random-elastic-transform.ts';
export { RandomErasing, type RandomErasingOptions } from './random-erasing.ts';
export { type FlipMode, RandomFlip, type RandomFlipOptions } from './random-flip.ts';
export { RandomGaussianBlur, type RandomGaussianBlurOptions } from './random-gaussian-blur.ts';
export { RandomGrayscale, type RandomGrayscaleOptions } from './random-grayscale.ts';
export { RandomHue, type RandomHueOptions } from './random-hue.ts';
export { RandomInvert, type RandomInvertOptions } from './random-invert.ts';
export { RandomPerspective, type RandomPerspectiveOptions } from './random-perspective.ts';
export { RandomPosterization, type RandomPosterizationOptions } from './random-posterization.ts';
export { RandomRotation, type RandomRotationOptions } from './random-rotation.ts';
export { RandomSaturation, type RandomSaturationOptions } from './random-saturation.ts';
export { RandomSharpness, type RandomSharpnessOptions } from './random-sharpness.ts';
export { RandomShear, type RandomShearOptions } from './random-shear.ts';
export { RandomTranslation, type RandomTranslationOptions } from './random-translation.ts';
export { RandomZoom, type RandomZoomOptions } from './random-zoom.ts';
export { Resizing, type ResizingOptions } from './resizing.ts';
export { Solarization, type SolarizationOptions } from './solarization.ts';

/** The layers for images that files may name. */
export function imageLayers(): readonly LayerClass[] {
  return [
    AugMix,
    AutoContrast,
    CenterCrop,
    ContrastLimitedAdaptiveHistogramEqualization,
    CutMix,
    Equalization,
    MaxNumBoundingBoxes,
    MixUp,
    RandAugment,
    RandomBrightness,
    RandomColorDegeneration,
    RandomColorJitter,
    RandomContrast,
    RandomCrop,
    RandomElasticTransform,
    RandomErasing,
    RandomFlip,
    RandomGaussianBlur,
    RandomGrayscale,
    RandomHue,
    RandomInvert,
    RandomPerspective,
    RandomPosterization,
    RandomRotation,
    RandomSaturation,
    RandomSharpness,
    RandomShear,
    RandomTranslation,
    RandomZoom,
    Resizing,
    Solarization,
  ];
}
