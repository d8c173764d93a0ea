import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import {
  BaseImagePreprocessingLayer,
  IMAGE_DEFAULTS,
  type ImageLayerOptions,
} from './base-image-preprocessing-layer.ts';
import type { BoundingBoxes } from './bounding-boxes.ts';
import { readNumber } from './factors.ts';

export interface MaxNumBoundingBoxesOptions extends ImageLayerOptions {
  /** How many boxes there are then. */
  maxNumber?: number;
  /** What missing boxes and labels are filled with. Default -1. */
  fillValue?: number;
}

const DEFAULTS: Defaults<MaxNumBoundingBoxesOptions> = {
  maxNumber: REQUIRED,
  fillValue: -1,
  ...IMAGE_DEFAULTS,
};

/**
 * Gives every image the same number of bounding boxes: those beyond it are left out, and missing ones are filled in;
 * in training (the default for data), as in Keras. Images, labels and masks stay as they are. Keras's
 * `MaxNumBoundingBoxes`; as there, the fill value is not part of the configuration.
 *
 * Inputs {images, boundingBoxes: {boxes [batch, boxes, 4], labels [batch, boxes]}}; outputs with maxNumber boxes.
 *
 * @param maxNumber How many boxes there are then.
 * @param options.fillValue What missing boxes and labels are filled with. Default -1.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new MaxNumBoundingBoxes(2).apply(tensor([[[3], [4]]])).arraySync(); // [[[3], [4]]]
 */
export class MaxNumBoundingBoxes extends BaseImagePreprocessingLayer<null> {
  static override className = 'MaxNumBoundingBoxes';
  static override moduleName = 'keras.layers';

  readonly maxNumber: number;
  readonly fillValue: number;

  constructor(maxNumber: number, options?: MaxNumBoundingBoxesOptions);
  constructor(maxNumber: number, fillValue: number, options?: MaxNumBoundingBoxesOptions);
  constructor(options: MaxNumBoundingBoxesOptions & { maxNumber: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<MaxNumBoundingBoxesOptions>(owner, ['maxNumber', 'fillValue'], DEFAULTS, args);
    super(owner, o);
    this.maxNumber = wholeNumber(owner, 'maxNumber', o.maxNumber);
    this.fillValue = Math.trunc(readNumber(owner, 'fillValue', o.fillValue));
  }

  protected override get draws(): boolean {
    return false;
  }

  protected override draw(): null {
    return null;
  }

  protected override changeImages(images: Tensor): Tensor {
    return images;
  }

  protected override changeBoxes({ boxes, labels }: BoundingBoxes): BoundingBoxes {
    return { boxes: this.#filled(boxes), labels: this.#filled(labels) };
  }

  #filled(x: Tensor): Tensor {
    const [batch, count, ...rest] = x.shape as [number, number, ...number[]];
    const kept = ops.slice(
      x,
      x.shape.map(() => 0),
      [batch, Math.min(count, this.maxNumber), ...rest],
    );
    const missing = x.shape.map((_, i): [number, number] => [0, i === 1 ? Math.max(0, this.maxNumber - count) : 0]);
    return ops.pad(kept, missing, { constantValues: this.fillValue });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), max_number: this.maxNumber };
  }
}
