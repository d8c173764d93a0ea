import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';
import {
  BaseImagePreprocessingLayer,
  IMAGE_DEFAULTS,
  type ImageLayerOptions,
} from './base-image-preprocessing-layer.ts';
import { type BoundingBoxes, clipToImage, columns, convertFormat, joined } from './bounding-boxes.ts';
import { cropSize, smartResize } from './smart-resize.ts';

export interface CenterCropOptions extends ImageLayerOptions {
  /** Of the result, in pixels. */
  height?: number;
  /** Of the result, in pixels. */
  width?: number;
}

const DEFAULTS: Defaults<CenterCropOptions> = {
  height: REQUIRED,
  width: REQUIRED,
  ...IMAGE_DEFAULTS,
};

/**
 * Cuts out the middle of images, in training and otherwise; images that are smaller on one side are cut to the
 * proportions of the result and resized. Keras's `CenterCrop`.
 *
 * Inputs [batch, any height, any width, channels], or one image; outputs float32 [batch, height, width, channels].
 *
 * @param height Of the result, in pixels.
 * @param width Of the result, in pixels.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new CenterCrop(1, 2).apply(tensor([[[1], [2], [3], [4]]])).arraySync(); // [[[2], [3]]]
 */
export class CenterCrop extends BaseImagePreprocessingLayer<{ readonly inputShape: readonly number[] }> {
  static override className = 'CenterCrop';
  static override moduleName = 'keras.layers';

  readonly height: number;
  readonly width: number;

  constructor(height: number, width: number, options?: CenterCropOptions);
  constructor(options: CenterCropOptions & { height: number; width: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<CenterCropOptions>(owner, ['height', 'width', 'dataFormat'], DEFAULTS, args);
    super(owner, o);
    this.height = wholeNumber(owner, 'height', o.height);
    this.width = wholeNumber(owner, 'width', o.width);
  }

  protected override get always(): boolean {
    return true;
  }

  protected override draw(inputShape: readonly number[]) {
    return { inputShape };
  }

  protected override changeImages(images: Tensor): Tensor {
    const { height, width } = this.sizeOf(images.shape);
    const [rows, columns] = [height - this.height, width - this.width];
    if (rows < 0 || columns < 0) return smartResize(images, this, this.dataFormat);
    const start = [0, 0, 0, 0];
    const shape = [...images.shape];
    start[this.axes.height] = Math.floor(rows / 2);
    start[this.axes.width] = Math.floor(columns / 2);
    shape[this.axes.height] = this.height;
    shape[this.axes.width] = this.width;
    return ops.slice(images, start, shape);
  }

  protected override changeMasks(masks: Tensor): Tensor {
    return this.changeImages(ops.cast(masks, 'float32'));
  }

  protected override changeBoxes(
    given: BoundingBoxes,
    { inputShape }: { readonly inputShape: readonly number[] },
  ): BoundingBoxes {
    const size = this.sizeOf(inputShape);
    const target = { height: this.height, width: this.width };
    const format = this.boundingBoxFormat!;
    const fits = size.height >= target.height && size.width >= target.width;
    const window = fits ? target : cropSize(size, target);
    const top = Math.trunc((size.height - window.height) / 2);
    const left = Math.trunc((size.width - window.width) / 2);
    const within = (x: Tensor, start: number, length: number) =>
      ops.subtract(ops.clip(x, start, start + length), start);
    const [x1, y1, x2, y2] = columns(convertFormat(given.boxes, format, 'xyxy', size));
    const cut = joined([
      within(x1, left, window.width),
      within(y1, top, window.height),
      within(x2, left, window.width),
      within(y2, top, window.height),
    ]);
    const resized = fits
      ? cut
      : convertFormat(convertFormat(cut, 'xyxy', 'rel_xyxy', window), 'rel_xyxy', 'xyxy', target);
    const clipped = clipToImage({ boxes: resized, labels: given.labels }, target);
    return { ...clipped, boxes: convertFormat(clipped.boxes, 'xyxy', format, target) };
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return this.resizedShape(inputShape, this);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), height: this.height, width: this.width };
  }
}
