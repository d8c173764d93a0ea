import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import { type Tensor, tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, perAxis, readOptions } from '../options.ts';
import {
  BaseImagePreprocessingLayer,
  IMAGE_DEFAULTS,
  type ImageLayerOptions,
  rescaled,
} from './base-image-preprocessing-layer.ts';
import { type Range, readNumber, readValueRange } from './factors.ts';

export interface ContrastLimitedAdaptiveHistogramEqualizationOptions extends ImageLayerOptions {
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
  /** How much more frequent than the others a value may count; 0 or less: as it is. Default 4. */
  clipLimit?: number;
  /** In how many tiles an image is divided, down and across. Default `[8, 8]`. */
  tileGridSize?: number | readonly [number, number];
}

const DEFAULTS: Defaults<ContrastLimitedAdaptiveHistogramEqualizationOptions> = {
  valueRange: [0, 255],
  clipLimit: 4,
  tileGridSize: [8, 8],
  ...IMAGE_DEFAULTS,
};

/** Values are counted as bytes. */
const BINS = 256;

/**
 * Spreads the values of each tile of an image so that all are about equally frequent, in training and otherwise: the
 * contrast-limited adaptive histogram equalization of Zuiderveld (1994). What is more frequent in a tile than the limit
 * allows is shared among all values; between the centres of tiles, the results of four of them are mixed. Keras's
 * `ContrastLimitedAdaptiveHistogramEqualization`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs of the same shape, and of the dtype of the inputs: of whole numbers,
 * fractions are cut off.
 *
 * @param options.valueRange The smallest and the largest value of the images. Default `[0, 255]`.
 * @param options.clipLimit How much more frequent than the others a value may count. Default 4.
 * @param options.tileGridSize In how many tiles an image is divided, down and across. Default `[8, 8]`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new ContrastLimitedAdaptiveHistogramEqualization({ tileGridSize: 1 }).apply(tensor([[[0], [0]]])).shape; // [1, 2, 1]
 */
export class ContrastLimitedAdaptiveHistogramEqualization extends BaseImagePreprocessingLayer<null> {
  static override className = 'ContrastLimitedAdaptiveHistogramEqualization';
  static override moduleName = 'keras.layers';

  readonly valueRange: Range;
  readonly clipLimit: number;
  readonly tileGridSize: readonly [down: number, across: number];

  constructor(options?: ContrastLimitedAdaptiveHistogramEqualizationOptions);
  constructor(
    valueRange: readonly [number, number],
    clipLimit?: number,
    options?: ContrastLimitedAdaptiveHistogramEqualizationOptions,
  );
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const positional = ['valueRange', 'clipLimit', 'tileGridSize', 'dataFormat'];
    const o = readOptions<ContrastLimitedAdaptiveHistogramEqualizationOptions>(owner, positional, DEFAULTS, args);
    super(owner, o);
    this.valueRange = readValueRange(owner, o.valueRange);
    this.clipLimit = readNumber(owner, 'clipLimit', o.clipLimit);
    this.tileGridSize = perAxis(owner, 'tileGridSize', o.tileGridSize, 2) as [number, number];
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

  protected override prepare(images: Tensor): Tensor {
    return images;
  }

  protected override changeImages(images: Tensor): Tensor {
    const first = this.dataFormat === 'channels_first';
    const given = ops.cast(images, 'float32');
    const x = rescaled(first ? ops.transpose(given, [0, 2, 3, 1]) : given, this.valueRange, [0, 255]);
    const y = ops.cast(rescaled(this.#equalized(x), [0, 255], this.valueRange), images.dtype);
    return first ? ops.transpose(y, [0, 3, 1, 2]) : y;
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  #equalized(images: Tensor): Tensor {
    const [, height, width] = images.shape as [number, number, number];
    const [rows, columns] = this.tileGridSize;
    const tile = { height: Math.ceil(height / rows), width: Math.ceil(width / columns) };
    const padded = [tile.height * rows, tile.width * columns].reduce(
      (x, size, i) => ops.take(x, mirroredPlaces(x.shape[i + 1]!, size), i + 1),
      images,
    );
    const bytes = ops.cast(ops.clip(padded, 0, 255), 'int32');
    const tables = this.#tables(bytes, tile.height, tile.width);
    const y = this.#mixed(bytes, tables, tile);
    return ops.slice(y, [0, 0, 0, 0], images.shape);
  }

  /** For each tile and channel the new value of each byte: [batch, rows, columns, channels, 256]. */
  #tables(bytes: Tensor, tileHeight: number, tileWidth: number): Tensor {
    const [batch, , , channels] = bytes.shape as [number, number, number, number];
    const [rows, columns] = this.tileGridSize;
    const pixels = tileHeight * tileWidth;
    const tiled = ops.reshape(bytes, [batch, rows, tileHeight, columns, tileWidth, channels]);
    const flat = ops.reshape(ops.transpose(tiled, [0, 1, 3, 5, 2, 4]), [batch * rows * columns * channels, pixels]);
    const tiles = flat.shape[0]!;
    const places = ops.add(flat, ops.multiply(ops.reshape(ops.arange(tiles), [tiles, 1]), BINS));
    const all = ops.bincount(ops.reshape(places, [tiles * pixels]), { minlength: tiles * BINS });
    let counts = ops.cast(ops.reshape(all, [tiles, BINS]), 'float32');
    if (this.clipLimit > 0) {
      const clipped = ops.clip(counts, 0, (this.clipLimit * pixels) / BINS);
      const excess = ops.sum(ops.subtract(counts, clipped), { axis: -1, keepdims: true });
      counts = ops.add(clipped, ops.divide(excess, BINS));
    }
    const upTo = ops.cumsum(counts, -1);
    const least = ops.min(upTo, { axis: -1, keepdims: true });
    const others = ops.subtract(pixels, least);
    const above = ops.multiply(ops.subtract(upTo, least), 255);
    const table = ops.clip(ops.divide(above, ops.where(ops.equal(others, 0), 1, others)), 0, 255);
    return ops.reshape(table, [batch, rows, columns, channels, BINS]);
  }

  /** The new values of the bytes: of the tables of the four nearest tiles, by the distances from their centres. */
  #mixed(bytes: Tensor, tables: Tensor, tile: { height: number; width: number }): Tensor {
    const [batch, height, width, channels] = bytes.shape as [number, number, number, number];
    const [rows, columns] = this.tileGridSize;
    const flat = ops.reshape(tables, [tables.size]);
    const base = ops.add(
      ops.multiply(ops.reshape(ops.arange(batch), [batch, 1, 1, 1]), rows * columns * channels * BINS),
      ops.add(ops.multiply(ops.reshape(ops.arange(channels), [1, 1, 1, channels]), BINS), bytes),
    );
    const y = neighbours(height, tile.height, rows, [1, height, 1, 1]);
    const x = neighbours(width, tile.width, columns, [1, 1, width, 1]);
    const at = (row: Tensor, column: Tensor): Tensor => {
      const place = ops.multiply(ops.add(ops.multiply(row, columns), column), channels * BINS);
      return ops.take(flat, ops.add(base, place), 0);
    };
    const mix = (a: Tensor, b: Tensor, share: Tensor) =>
      ops.add(ops.multiply(a, ops.subtract(1, share)), ops.multiply(b, share));
    const above = mix(at(y.before, x.before), at(y.before, x.after), x.share);
    const below = mix(at(y.after, x.before), at(y.after, x.after), x.share);
    return mix(above, below, y.share);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      value_range: this.valueRange,
      clip_limit: this.clipLimit,
      tile_grid_size: this.tileGridSize,
    };
  }
}

/** For each place along an axis the tiles whose centres lie before and after it, and how near it is to the latter. */
function neighbours(size: number, tile: number, count: number, shape: readonly number[]) {
  const places = ops.cast(ops.arange(size), 'float32');
  const at = ops.divide(ops.subtract(places, tile / 2), tile);
  const lower = ops.floor(at);
  const index = (i: Tensor) => ops.reshape(ops.cast(ops.clip(i, 0, count - 1), 'int32'), shape);
  return { before: index(lower), after: index(ops.add(lower, 1)), share: ops.reshape(ops.subtract(at, lower), shape) };
}

/** The places of an axis, and beyond its end back again and again, the ends twice. */
function mirroredPlaces(size: number, count: number): Tensor {
  const at = (i: number) => (i % (2 * size) < size ? i % size : size - 1 - (i % size));
  return tensor(
    Int32Array.from({ length: count }, (_, i) => at(i)),
    [count],
    'int32',
  );
}
