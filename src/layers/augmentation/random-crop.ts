import * as ops from '../../ops/index.ts';
import { asTensor, type TensorLike } from '../../trace/convert.ts';
import type { SeedGenerator } from '../../trace/seed-generator.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';
import type { ImageData } from './base-image-preprocessing-layer.ts';
import {
  IMAGE_DEFAULTS,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type BoundingBoxes, columns, convertFormat, joined } from './bounding-boxes.ts';
import { cropSize, cutOut, smartResize } from './smart-resize.ts';

export interface RandomCropOptions extends RandomImageLayerOptions {
  /** Of the result, in pixels. */
  height?: number;
  /** Of the result, in pixels. */
  width?: number;
}

/** The first row and the first column of the part. */
type Place = readonly [row: Tensor | number, column: Tensor | number];

const DEFAULTS: Defaults<RandomCropOptions> = {
  height: REQUIRED,
  width: REQUIRED,
  seed: null,
  ...IMAGE_DEFAULTS,
};

/**
 * In training, cuts a part out of the images, at a place drawn for the whole batch. Otherwise, and for images that
 * are not larger on both sides, the largest part in the middle that has the proportions of the result, resized.
 * Keras's `RandomCrop`; Keras 3.15 leaves images as they are outside of training, against its documentation.
 *
 * As in Keras, bounding boxes lose the row of the place from x1 and x2 and the column from y1 and y2, and images
 * that are not larger on both sides are cut to the result's size before they are resized. Inputs [batch, any height,
 * any width, channels], or one image; outputs float32 [batch, height, width, channels].
 *
 * @param height Of the result, in pixels.
 * @param width Of the result, in pixels.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomCrop(1, 2).apply(tensor([[[1], [2], [3], [4]]]), { training: false }).arraySync(); // [[[2], [3]]]
 */
export class RandomCrop extends RandomImageLayer<Place> {
  static override className = 'RandomCrop';
  static override moduleName = 'keras.layers';

  readonly height: number;
  readonly width: number;

  constructor(height: number, width: number, options?: RandomCropOptions);
  constructor(options: RandomCropOptions & { height: number; width: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomCropOptions>(owner, ['height', 'width', 'seed', 'dataFormat'], DEFAULTS, args);
    super(owner, o);
    this.height = wholeNumber(owner, 'height', o.height);
    this.width = wholeNumber(owner, 'width', o.width);
  }

  override getRandomTransformation(
    data: TensorLike | ImageData,
    training = true,
    seed: TransformationSeed = null,
  ): Place {
    return this.#place(this.shapeOf(data), training ? this.source(seed) : null);
  }

  protected override draw(shape: readonly number[], seed: TransformationSeed): Place {
    return this.#place(shape, this.source(seed));
  }

  /** Where the part begins; `from` is null outside of training. */
  #place(shape: readonly number[], from: SeedGenerator | null): Place {
    const size = this.sizeOf(shape);
    if (from !== null && size.height > this.height && size.width > this.width) {
      const start = (room: number) => ops.cast(ops.multiply(ops.uniform(from.next(), []), room + 1), 'int32');
      const row = start(size.height - this.height);
      return [row, start(size.width - this.width)];
    }
    const window = cropSize(size, this);
    return [Math.trunc((size.height - window.height) / 2), Math.trunc((size.width - window.width) / 2)];
  }

  protected override changeImages(images: Tensor, [row, column]: Place): Tensor {
    const { height, width } = this.axes;
    const rows = cutOut(images, height, row, this.height);
    const part = cutOut(rows, width, column, this.width);
    return ops.image.resize(part, [this.height, this.width], { dataFormat: this.dataFormat });
  }

  override transformImages(images: TensorLike, transformation: Place | null, training = true): Tensor {
    if (training) return super.transformImages(images, transformation, training);
    const x = ops.cast(asTensor(images), 'float32');
    return this.batched(x, (batch) => smartResize(batch, this, this.dataFormat));
  }

  override transformSegmentationMasks(masks: TensorLike, transformation: Place | null, training = true): Tensor {
    return this.transformImages(masks, transformation, training);
  }

  protected override changeBoxes({ boxes, labels }: BoundingBoxes, [row, column]: Place): BoundingBoxes {
    const size = { height: this.height, width: this.width };
    const format = this.boundingBoxFormat!;
    const [x1, y1, x2, y2] = columns(convertFormat(boxes, format, 'xyxy', size));
    const less = (x: Tensor, by: Tensor | number) =>
      ops.maximum(ops.subtract(x, typeof by === 'number' ? by : ops.cast(by, 'float32')), 0);
    const moved = joined([less(x1, row), less(y1, column), less(x2, row), less(y2, column)]);
    return { boxes: convertFormat(moved, 'xyxy', format, size), labels };
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return this.resizedShape(inputShape, this);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), height: this.height, width: this.width, seed: this.seed };
  }
}
