import { describe, formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { asTensor, type TensorLike } from '../../trace/convert.ts';
import { camelKey } from '../../trace/names.ts';
import { SeedGenerator } from '../../trace/seed-generator.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { callTraining } from '../call-context.ts';
import { type CallOptions, type Config, Layer, type LayerOptions } from '../layer.ts';
import { readDataFormat } from '../options.ts';
import { flatten, type Struct } from '../struct.ts';
import { type DynamicShape, SymbolicTensor } from '../symbolic.ts';
import { type BoundingBoxes, type BoundingBoxFormat, readBoundingBoxFormat } from './bounding-boxes.ts';
import type { Range } from './factors.ts';
import type { Size } from './smart-resize.ts';

/** What all layers for images take. */
export interface ImageLayerOptions extends LayerOptions {
  /** Default `'channels_last'`. */
  dataFormat?: ops.DataFormat | null;
  /** What the numbers of bounding boxes mean; needed where there are some. */
  boundingBoxFormat?: BoundingBoxFormat | null;
}

/** Options of layers that draw random numbers. */
export interface RandomImageLayerOptions extends ImageLayerOptions {
  /** Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

/** The defaults of the options that all layers for images take. */
export const IMAGE_DEFAULTS = { dataFormat: null, boundingBoxFormat: null } as const;

/** Images, and what belongs to them and must change with them. */
export interface ImageData {
  /** [batch, height, width, channels], or one image [height, width, channels]. */
  readonly images: Tensor;
  /** [batch, classes], or [classes] of one image. */
  readonly labels?: Tensor;
  readonly boundingBoxes?: BoundingBoxes;
  /** [batch, height, width, channels], or that of one image. */
  readonly segmentationMasks?: Tensor;
}

/** Where a transformation's random numbers come from; default: the layer's own generator. */
export type TransformationSeed = number | SeedGenerator | null;

/** The axes of a batch of images. */
export interface Axes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * The base of all layers for images. A layer draws a transformation for a batch (`getRandomTransformation`) and applies it to
 * images, labels, boxes and masks (`transformImages` ...); `apply` does both. Called with data by itself it transforms; in a
 * model it does in training, and lets images pass otherwise. Keras's `BaseImagePreprocessingLayer`.
 *
 * @typeParam T What describes a transformation: tensors with one entry for each image, mostly.
 */
export abstract class BaseImagePreprocessingLayer<T> extends Layer {
  readonly dataFormat: ops.DataFormat;
  readonly boundingBoxFormat: BoundingBoxFormat | null;

  constructor(owner: string, options: ImageLayerOptions) {
    super(options);
    this.dataFormat = readDataFormat(owner, options.dataFormat);
    this.boundingBoxFormat = readBoundingBoxFormat(owner, options.boundingBoxFormat);
  }

  /** Whether it does the same in training and otherwise. */
  protected get always(): boolean {
    return false;
  }

  /** Whether there is anything to be drawn; if not, transformations are null. */
  protected get draws(): boolean {
    return true;
  }

  #applies(transformation: T | null, training: boolean): transformation is T {
    return (training || this.always) && (transformation !== null || !this.draws);
  }

  /** The axes of batches. */
  protected get axes(): Axes {
    return this.dataFormat === 'channels_last'
      ? { height: 1, width: 2, channels: 3 }
      : { height: 2, width: 3, channels: 1 };
  }

  /** Height and width of images of this shape. */
  protected sizeOf(shape: readonly number[]): Size {
    const { height, width } = this.axes;
    const start = shape.length - 4;
    return { height: shape[start + height]!, width: shape[start + width]! };
  }

  /** The shape of images of another size. */
  protected resizedShape(shape: DynamicShape, { height, width }: Size): DynamicShape {
    const start = BaseImagePreprocessingLayer.prototype.computeOutputShape.call(this, shape).length - 4;
    const { axes } = this;
    return shape.map((d, i) => (i === start + axes.height ? height : i === start + axes.width ? width : d));
  }

  /**
   * Draws what is to be done with a batch.
   *
   * @param data Images, alone or with what belongs to them; only shapes count.
   * @param training Without training there is nothing to be done: null, for most layers.
   * @param seed Default: the layer's own generator.
   */
  getRandomTransformation(data: TensorLike | ImageData, training = true, seed: TransformationSeed = null): T | null {
    return training || this.always ? this.draw(this.shapeOf(data), seed) : null;
  }

  /** Draws the transformation of a batch of this shape. */
  protected abstract draw(shape: readonly number[], seed: TransformationSeed): T | null;

  /** The images after a transformation: float32. */
  transformImages(images: TensorLike, transformation: T | null, training = true): Tensor {
    const given = asTensor(images);
    const x = this.prepare(given);
    if (!this.#applies(transformation, training)) return x;
    return this.batched(x, (batch) => this.changeImages(batch, transformation));
  }

  /** What the images are computed in: float32. */
  protected prepare(images: Tensor): Tensor {
    return ops.cast(images, 'float32');
  }

  /** Changes a batch of images. */
  protected abstract changeImages(images: Tensor, transformation: T): Tensor;

  /** The labels after a transformation. Most layers do not change them. */
  transformLabels(labels: TensorLike, transformation: T | null, training = true): Tensor {
    const given = asTensor(labels);
    return this.#applies(transformation, training) ? this.changeLabels(given, transformation) : given;
  }

  protected changeLabels(labels: Tensor, _transformation: T): Tensor {
    return labels;
  }

  /** The bounding boxes after a transformation. Layers that change colours only do not change them. */
  transformBoundingBoxes(boxes: BoundingBoxes, transformation: T | null, training = true): BoundingBoxes {
    if (!this.#applies(transformation, training)) return boxes;
    if (boxes.boxes.rank !== 2) return this.changeBoxes(boxes, transformation);
    const batch = { boxes: ops.expandDims(boxes.boxes, 0), labels: ops.expandDims(boxes.labels, 0) };
    const moved = this.changeBoxes(batch, transformation);
    return { boxes: ops.squeeze(moved.boxes, 0), labels: ops.squeeze(moved.labels, 0) };
  }

  protected changeBoxes(boxes: BoundingBoxes, _transformation: T): BoundingBoxes {
    return boxes;
  }

  /** The masks after a transformation. Layers that change colours only do not change them. */
  transformSegmentationMasks(masks: TensorLike, transformation: T | null, training = true): Tensor {
    const given = asTensor(masks);
    if (!this.#applies(transformation, training)) return given;
    return this.batched(given, (batch) => this.changeMasks(batch, transformation));
  }

  protected changeMasks(masks: Tensor, _transformation: T): Tensor {
    return masks;
  }

  override apply<R extends Struct<SymbolicTensor> = SymbolicTensor>(
    inputs: Struct<SymbolicTensor>,
    options?: CallOptions,
  ): R;
  override apply<R extends Struct<Tensor> = Tensor>(inputs: Struct<TensorLike>, options?: CallOptions): R;
  override apply(inputs: unknown, options: CallOptions = {}): unknown {
    const symbolic = flatten<unknown>(inputs as Struct<unknown>).some((x) => x instanceof SymbolicTensor);
    const alone = !symbolic && options.training === undefined && callTraining() === undefined;
    return super.apply(inputs as Tensor, alone ? { ...options, training: true } : options);
  }

  override call(data: Tensor, { training = false }: { training?: boolean } = {}): Tensor {
    const record = data as Tensor | ImageData;
    if (!isRecord(record))
      return this.inComputeDtype(
        this.transformImages(record, this.getRandomTransformation(record, training), training),
      );
    return this.#callWith(record, training) as unknown as Tensor;
  }

  #callWith(data: ImageData, training: boolean): ImageData {
    const python = ['bounding_boxes', 'segmentation_masks'].find((key) => key in data);
    if (python !== undefined)
      throw new OlifantError('INVALID_ARGUMENT', `${this.label}: ${python} are called ${camelKey(python)} here`);
    if (data.boundingBoxes !== undefined && this.boundingBoxFormat === null)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: there are bounding boxes, but not said what their numbers mean; give the option ` +
          "boundingBoxFormat, as 'xyxy'",
      );
    const transformation = this.getRandomTransformation(data, training);
    const single = data.images.rank === 3;
    const one = (x: Tensor) => (single ? ops.expandDims(x, 0) : x);
    const back = (x: Tensor) => (single ? ops.squeeze(x, 0) : x);
    const { images, labels, boundingBoxes: boxes, segmentationMasks: masks } = data;
    const result: Record<string, unknown> = {
      ...data,
      images: this.inComputeDtype(this.transformImages(images, transformation, training)),
    };
    if (boxes !== undefined) {
      const given = { ...boxes, boxes: ops.cast(boxes.boxes, 'float32') };
      result.boundingBoxes = this.transformBoundingBoxes(given, transformation, training);
    }
    if (labels !== undefined) result.labels = back(this.transformLabels(one(labels), transformation, training));
    if (masks !== undefined)
      result.segmentationMasks = this.transformSegmentationMasks(masks, transformation, training);
    return result as unknown as ImageData;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    if (!Array.isArray(inputShape))
      throw new OlifantError(
        'UNSUPPORTED',
        `${this.label}: in a model it takes images alone; apply it to images with labels, boxes or masks before, as data`,
      );
    if (inputShape.length !== 3 && inputShape.length !== 4) throw this.#noImages(inputShape);
    return inputShape;
  }

  #noImages(shape: DynamicShape): OlifantError {
    return new OlifantError(
      'SHAPE',
      `${this.label}: expected one image (3 axes) or a batch of images (4 axes), got shape ${formatShape(shape)}`,
    );
  }

  override getConfig(): Config {
    const config: Config = { ...super.getConfig(), data_format: this.dataFormat };
    if (this.boundingBoxFormat !== null) config.bounding_box_format = this.boundingBoxFormat;
    return config;
  }

  /** The shape of a batch; that of one image gets a batch of 1. */
  protected shapeOf(data: TensorLike | ImageData): readonly number[] {
    const { shape } = isRecord(data) ? data.images : asTensor(data as TensorLike);
    if (shape.length !== 3 && shape.length !== 4) throw this.#noImages(shape);
    return shape.length === 3 ? [1, ...shape] : shape;
  }

  /** Applies a function of batches to a batch, or to one image. */
  protected batched(images: Tensor, f: (batch: Tensor) => Tensor): Tensor {
    if (images.rank === 4) return f(images);
    if (images.rank === 3) return ops.squeeze(f(ops.expandDims(images, 0)), 0);
    throw this.#noImages(images.shape);
  }
}

/** What layers share that draw random numbers. */
export abstract class RandomImageLayer<T> extends BaseImagePreprocessingLayer<T> {
  /** Default: drawn from the stream of `setRandomSeed`. */
  readonly seed: number | null;
  /** Where the random numbers come from; its state moves on with each batch. */
  readonly seedGenerator: SeedGenerator;

  constructor(owner: string, options: RandomImageLayerOptions) {
    super(owner, options);
    const seed = options.seed ?? null;
    if (seed !== null && !(Number.isSafeInteger(seed) && seed >= 0))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: seed must be a whole number from 0 to 2^53 - 1, or null, got ${describe(seed)}`,
      );
    this.seed = seed;
    this.seedGenerator = new SeedGenerator(seed);
  }

  /** The generator that a transformation's numbers come from. */
  protected source(seed: TransformationSeed): SeedGenerator {
    return typeof seed === 'number' ? new SeedGenerator(seed) : (seed ?? this.seedGenerator);
  }
}

function isRecord(x: unknown): x is ImageData {
  return typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype;
}

/** Values of one range as values of another. */
export function rescaled(images: Tensor, [a, b]: Range, [c, d]: Range): Tensor {
  if (a === c && b === d) return images;
  const unit = ops.divide(ops.subtract(images, a), b - a);
  return ops.add(ops.multiply(unit, d - c), c);
}

/** One number for each image, beside its pixels. */
export const perImage = (x: Tensor): Tensor => ops.reshape(x, [x.size, 1, 1, 1]);

/** Numbers between the ends of a range, one draw. */
export const between = (from: SeedGenerator, [low, high]: Range, shape: readonly number[]): Tensor =>
  ops.uniform(from.next(), shape, { low, high });

/** For each image whether something happens, with a probability that is itself drawn. */
export const chance = (from: SeedGenerator, probability: Range, batch: number): Tensor => {
  const threshold = between(from, probability, [batch]);
  return ops.less(ops.uniform(from.next(), [batch]), threshold);
};

/** 1 or -1 for each image. */
export const signs = (from: SeedGenerator, shape: readonly number[]): Tensor =>
  ops.where(ops.greater(ops.uniform(from.next(), shape), 0.5), -1, 1);
