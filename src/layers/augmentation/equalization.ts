import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions, wholeNumber } from '../options.ts';
import {
  BaseImagePreprocessingLayer,
  IMAGE_DEFAULTS,
  type ImageLayerOptions,
} from './base-image-preprocessing-layer.ts';
import { type Range, readValueRange } from './factors.ts';

export interface EqualizationOptions extends ImageLayerOptions {
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
  /** In how many classes values are counted. Default 256. */
  bins?: number;
}

const DEFAULTS: Defaults<EqualizationOptions> = {
  valueRange: [0, 255],
  bins: 256,
  ...IMAGE_DEFAULTS,
};

/**
 * In training, spreads the values of each channel so that all are about equally frequent. As in Keras, the
 * frequencies are those of the whole batch. Keras's `Equalization`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.bins In how many classes values are counted. Default 256.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new Equalization().apply(tensor([[[3], [4], [5]]])).arraySync(); // [[[0], [128], [255]]]
 */
export class Equalization extends BaseImagePreprocessingLayer<null> {
  static override className = 'Equalization';
  static override moduleName = 'keras.layers';

  readonly valueRange: Range;
  readonly bins: number;

  constructor(valueRange?: readonly [number, number], options?: EqualizationOptions);
  constructor(options?: EqualizationOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<EqualizationOptions>(owner, ['valueRange', 'bins', 'dataFormat'], DEFAULTS, args);
    super(owner, o);
    this.valueRange = readValueRange(owner, o.valueRange, true);
    this.bins = wholeNumber(owner, 'bins', o.bins);
  }

  protected override get draws(): boolean {
    return false;
  }

  protected override draw(): null {
    return null;
  }

  protected override changeImages(images: Tensor): Tensor {
    const channels = this.axes.channels;
    const x = rescaledBy(images, this.valueRange, [0, 255]);
    const parts = ops.split(x, images.shape[channels]!, channels).map((c) => this.#equalized(c));
    return rescaledBy(ops.concatenate(parts, channels), [0, 255], this.valueRange);
  }

  #equalized(x: Tensor): Tensor {
    const last = this.bins - 1;
    const place = (v: Tensor) => ops.cast(ops.clip(ops.trunc(v), 0, last), 'int32');
    const classes = ops.reshape(place(ops.divide(ops.multiply(x, last), 255)), [x.size]);
    const counts = ops.bincount(classes, { minlength: this.bins });
    const upTo = ops.cumsum(counts, 0);
    const first = ops.take(upTo, ops.argmax(ops.greater(upTo, 0)), 0);
    const others = ops.subtract(x.size, first);
    const rank = ops.cast(ops.multiply(ops.subtract(upTo, first), 255), 'float32');
    const table = ops.clip(ops.round(ops.divide(rank, ops.where(ops.equal(others, 0), 1, others))), 0, 255);
    const found = ops.take(table, place(ops.multiply(ops.divide(x, 255), last)), 0);
    return ops.where(ops.lessEqual(ops.countNonzero(counts), 1), x, found);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), bins: this.bins, value_range: this.valueRange };
  }
}

/** Keras reckons with one factor and one sum. */
function rescaledBy(x: Tensor, [a, b]: Range, [c, d]: Range): Tensor {
  const scale = (d - c) / (b - a);
  return ops.add(ops.multiply(x, scale), c - a * scale);
}
