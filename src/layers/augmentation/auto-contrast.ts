import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import {
  BaseImagePreprocessingLayer,
  IMAGE_DEFAULTS,
  type ImageLayerOptions,
  rescaled,
} from './base-image-preprocessing-layer.ts';
import { type Range, readValueRange } from './factors.ts';

export interface AutoContrastOptions extends ImageLayerOptions {
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<AutoContrastOptions> = {
  valueRange: [0, 255],
  ...IMAGE_DEFAULTS,
};

/**
 * Stretches the values of each image and channel over the whole value range, in training and otherwise: the smallest
 * becomes the smallest, the largest the largest. Images of one value stay as they are. As in Keras, smallest and
 * largest are taken over the second and third axis in either data format. Keras's `AutoContrast`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new AutoContrast().apply(tensor([[[3], [4], [5]]])).arraySync(); // [[[0], [127.5], [255]]]
 */
export class AutoContrast extends BaseImagePreprocessingLayer<null> {
  static override className = 'AutoContrast';
  static override moduleName = 'keras.layers';

  readonly valueRange: Range;

  constructor(valueRange?: readonly [number, number], options?: AutoContrastOptions);
  constructor(options?: AutoContrastOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<AutoContrastOptions>(owner, ['valueRange'], DEFAULTS, args);
    super(owner, o);
    this.valueRange = readValueRange(owner, o.valueRange, true);
  }

  protected override get always(): boolean {
    return true;
  }

  protected override get draws(): boolean {
    return false;
  }

  protected override draw(): null {
    return null;
  }

  protected override changeImages(images: Tensor): Tensor {
    const bytes = rescaled(images, this.valueRange, [0, 255]);
    const over = { axis: [1, 2], keepdims: true };
    const low = ops.min(bytes, over);
    const scale = ops.divide(255, ops.subtract(ops.max(bytes, over), low));
    const stretched = ops.add(ops.multiply(bytes, scale), ops.multiply(ops.negative(low), scale));
    const y = rescaled(ops.clip(stretched, 0, 255), [0, 255], this.valueRange);
    return ops.where(ops.isnan(y), images, y);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), value_range: this.valueRange };
  }
}
