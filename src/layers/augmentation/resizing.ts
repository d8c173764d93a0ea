import { OlifantError } from '../../errors.ts';
import { type DType, isFloating } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, oneOf, REQUIRED, readFlag, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';
import {
  BaseImagePreprocessingLayer,
  IMAGE_DEFAULTS,
  type ImageLayerOptions,
} from './base-image-preprocessing-layer.ts';
import { type BoundingBoxes, clipToImage, columns, convertFormat, joined } from './bounding-boxes.ts';
import { readNumber } from './factors.ts';
import type { Size } from './smart-resize.ts';

export interface ResizingOptions extends ImageLayerOptions {
  /** Of the result, in pixels. */
  height?: number;
  /** Of the result, in pixels. */
  width?: number;
  /** `'nearest'`, `'bilinear'`, `'bicubic'`, `'lanczos3'` or `'lanczos5'`. Default `'bilinear'`. */
  interpolation?: ops.image.ResizeInterpolation;
  /** Whether what is too long is cut off before, so that nothing is distorted. Default `false`. */
  cropToAspectRatio?: boolean;
  /** Whether `fillValue` is added around before, so that nothing is distorted. Default `false`. */
  padToAspectRatio?: boolean;
  /** Only `'constant'`. */
  fillMode?: 'constant';
  /** The value that is added around. Default 0. */
  fillValue?: number;
  /** Whether every pixel counts where images shrink. Default `false`. */
  antialias?: boolean;
}

const DEFAULTS: Defaults<ResizingOptions> = {
  height: REQUIRED,
  width: REQUIRED,
  interpolation: 'bilinear',
  cropToAspectRatio: false,
  padToAspectRatio: false,
  fillMode: 'constant',
  fillValue: 0,
  antialias: false,
  ...IMAGE_DEFAULTS,
};

const INTERPOLATIONS: readonly ops.image.ResizeInterpolation[] = [
  'bilinear',
  'nearest',
  'bicubic',
  'lanczos3',
  'lanczos5',
];

/**
 * Images of another size, in training and otherwise: see `ops.image.resize`. Keras's `Resizing`.
 *
 * Inputs [batch, any height, any width, channels], or one image; outputs [batch, height, width, channels] of the
 * same dtype: whole numbers are rounded and stay within their range.
 *
 * @param height Of the result, in pixels.
 * @param width Of the result, in pixels.
 * @param options.interpolation `'nearest'`, `'bilinear'`, `'bicubic'`, `'lanczos3'` or `'lanczos5'`. Default
 * `'bilinear'`.
 * @param options.cropToAspectRatio Whether what is too long is cut off before, so that nothing is distorted. Default
 * `false`.
 * @param options.padToAspectRatio Whether `fillValue` is added around before, so that nothing is distorted. Default
 * `false`.
 * @param options.fillMode Only `'constant'`.
 * @param options.fillValue The value that is added around. Default 0.
 * @param options.antialias Whether every pixel counts where images shrink. Default `false`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new Resizing(1, 2).apply(tensor([[[1], [2], [3], [4]]])).arraySync(); // [[[1.5], [3.5]]]
 */
export class Resizing extends BaseImagePreprocessingLayer<{ readonly size: Size }> {
  static override className = 'Resizing';
  static override moduleName = 'keras.layers';

  readonly height: number;
  readonly width: number;
  readonly interpolation: ops.image.ResizeInterpolation;
  readonly cropToAspectRatio: boolean;
  readonly padToAspectRatio: boolean;
  readonly fillMode: 'constant';
  readonly fillValue: number;
  readonly antialias: boolean;

  constructor(height: number, width: number, options?: ResizingOptions);
  constructor(options: ResizingOptions & { height: number; width: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<ResizingOptions>(
      owner,
      [
        'height',
        'width',
        'interpolation',
        'cropToAspectRatio',
        'padToAspectRatio',
        'fillMode',
        'fillValue',
        'antialias',
        'dataFormat',
      ],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.height = wholeNumber(owner, 'height', o.height);
    this.width = wholeNumber(owner, 'width', o.width);
    this.interpolation = oneOf(owner, 'interpolation', o.interpolation, INTERPOLATIONS);
    this.cropToAspectRatio = readFlag(owner, 'cropToAspectRatio', o.cropToAspectRatio);
    this.padToAspectRatio = readFlag(owner, 'padToAspectRatio', o.padToAspectRatio);
    this.fillMode = oneOf(owner, 'fillMode', o.fillMode, ['constant']);
    this.fillValue = readNumber(owner, 'fillValue', o.fillValue);
    this.antialias = readFlag(owner, 'antialias', o.antialias);
    if (this.cropToAspectRatio && this.padToAspectRatio)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: cropToAspectRatio and padToAspectRatio exclude each other; choose one`,
      );
  }

  protected override get always(): boolean {
    return true;
  }

  protected override draw(shape: readonly number[]) {
    return { size: this.sizeOf(shape) };
  }

  protected override prepare(images: Tensor): Tensor {
    return images;
  }

  #resized(images: Tensor, interpolation: ops.image.ResizeInterpolation): Tensor {
    const { antialias, cropToAspectRatio, padToAspectRatio, fillMode, fillValue, dataFormat } = this;
    const y = ops.image.resize(images, [this.height, this.width], {
      interpolation,
      antialias,
      cropToAspectRatio,
      padToAspectRatio,
      fillMode,
      fillValue,
      dataFormat,
    });
    if (y.dtype === images.dtype || isFloating(images.dtype)) return ops.cast(y, images.dtype);
    const [low, high] = images.dtype === 'uint8' ? [0, 255] : [-(2 ** 31), 2 ** 31 - 128];
    return ops.cast(ops.clip(ops.round(y), low, high), images.dtype);
  }

  protected override changeImages(images: Tensor): Tensor {
    return this.#resized(images, this.interpolation);
  }

  protected override changeMasks(masks: Tensor): Tensor {
    return this.#resized(masks, 'nearest');
  }

  protected override changeBoxes({ boxes, labels }: BoundingBoxes, { size }: { readonly size: Size }): BoundingBoxes {
    const format = this.boundingBoxFormat!;
    const target = { height: this.height, width: this.width };
    const every = (value: number) => ops.all(ops.equal(boxes, value), { axis: -1, keepdims: true });
    const none = ops.logicalOr(every(-1), every(0));
    const { scale, move } = this.#boxMap(size);
    const [x1, y1, x2, y2] = columns(convertFormat(boxes, format, 'xyxy', size));
    const across = (x: Tensor) => ops.add(ops.multiply(x, scale[0]), move[0]);
    const down = (y: Tensor) => ops.add(ops.multiply(y, scale[1]), move[1]);
    const moved = joined([across(x1), down(y1), across(x2), down(y2)]);
    const clipped = clipToImage({ boxes: moved, labels }, target);
    const known = ops.where(none, 0, clipped.boxes);
    return { ...clipped, boxes: convertFormat(known, 'xyxy', format, target) };
  }

  /** How coordinates x and y change. */
  #boxMap({ height, width }: Size): { scale: readonly [number, number]; move: readonly [number, number] } {
    const [across, down] = [this.width / width, this.height / height];
    if (this.padToAspectRatio) {
      const least = Math.min(across, down);
      const before = (target: number, size: number) => Math.floor((target - size * least) / 2);
      return { scale: [least, least], move: [before(this.width, width), before(this.height, height)] };
    }
    if (this.cropToAspectRatio) {
      const ratio = width / height;
      const wide = ratio > this.width / this.height;
      const [newWidth, newHeight] = wide ? [this.height * ratio, this.height] : [this.width, this.width / ratio];
      return {
        scale: [newWidth / width, newHeight / height],
        move: [-Math.floor((newWidth - this.width) / 2), -Math.floor((newHeight - this.height) / 2)],
      };
    }
    return { scale: [across, down], move: [0, 0] };
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return this.resizedShape(inputShape, this);
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      height: this.height,
      width: this.width,
      interpolation: this.interpolation,
      crop_to_aspect_ratio: this.cropToAspectRatio,
      pad_to_aspect_ratio: this.padToAspectRatio,
      fill_mode: this.fillMode,
      fill_value: this.fillValue,
      antialias: this.antialias,
    };
  }
}
