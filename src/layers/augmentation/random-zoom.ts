import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import {
  between,
  IMAGE_DEFAULTS,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type BoundingBoxes, clipToImage, columns, convertFormat, joined } from './bounding-boxes.ts';
import { type Factor, type Range, readStrictFactor } from './factors.ts';
import { type AffineFillMode, affineMatrix, RandomAffineLayer } from './random-affine-layer.ts';

export interface RandomZoomOptions extends RandomImageLayerOptions {
  /** Above -1, at most 1: a number f for -|f| .. |f|, or two ends; positive: out. */
  heightFactor?: Factor;
  /** The same for the width. Default null: as the height, so that proportions stay. */
  widthFactor?: Factor | null;
  /** What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`. */
  fillMode?: AffineFillMode;
  /** Default `'bilinear'`. */
  interpolation?: ops.image.Interpolation;
  /** The value beyond the edges, for `'constant'`. Default 0. */
  fillValue?: number;
}

const DEFAULTS: Defaults<RandomZoomOptions> = {
  heightFactor: REQUIRED,
  widthFactor: null,
  fillMode: 'reflect',
  interpolation: 'bilinear',
  fillValue: 0,
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Zooms {
  /** [batch, 1]. */
  readonly heightZoom: Tensor;
  /** [batch, 1]. */
  readonly widthZoom: Tensor;
  readonly inputShape: readonly number[];
}

/**
 * In training, shows more or less of each image around its middle: height and width of what is shown are 1 + f times
 * the image's, f being drawn from the factors' ranges, so that positive numbers zoom out. Keras's `RandomZoom`.
 *
 * As an interpolated image is what is at the moved places of the old one, pixels from beyond the edges are what
 * `fillMode` says. Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param heightFactor Above -1, at most 1: a number f for -|f| .. |f|, or two ends; positive: out.
 * @param options.widthFactor The same for the width. Default null: as the height, so that proportions stay.
 * @param options.fillMode What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`.
 * @param options.interpolation Default `'bilinear'`.
 * @param options.fillValue The value beyond the edges, for `'constant'`. Default 0.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomZoom([0, 0]).apply(tensor([[[3], [4]]])).arraySync(); // [[[3], [4]]]
 */
export class RandomZoom extends RandomAffineLayer<Zooms> {
  static override className = 'RandomZoom';
  static override moduleName = 'keras.layers';

  readonly heightFactor: Factor;
  readonly widthFactor: Factor | null;
  readonly #height: Range;
  readonly #width: Range | null;

  constructor(heightFactor: Factor, options?: RandomZoomOptions);
  constructor(heightFactor: Factor, widthFactor: Factor | null, options?: RandomZoomOptions);
  constructor(options: RandomZoomOptions & { heightFactor: Factor });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomZoomOptions>(
      owner,
      ['heightFactor', 'widthFactor', 'fillMode', 'interpolation', 'seed', 'fillValue', 'dataFormat'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    const bounds = { min: -1, max: 1, above: true };
    this.heightFactor = o.heightFactor;
    this.#height = readStrictFactor(owner, 'heightFactor', o.heightFactor, bounds, (f) => -f);
    this.widthFactor = o.widthFactor;
    this.#width =
      o.widthFactor === null ? null : readStrictFactor(owner, 'widthFactor', o.widthFactor, bounds, (f) => -f);
  }

  protected override draw(inputShape: readonly number[], seed: TransformationSeed): Zooms {
    const from = this.source(seed);
    const zoom = ([low, high]: Range) => between(from, [1 + low, 1 + high], [inputShape[0]!, 1]);
    const heightZoom = zoom(this.#height);
    return { heightZoom, widthZoom: this.#width === null ? heightZoom : zoom(this.#width), inputShape };
  }

  /** The first row and column that are shown: [batch, 1]. */
  #start(zoom: Tensor, size: number): Tensor {
    return ops.multiply(ops.subtract(1, zoom), (size - 1) / 2);
  }

  protected override matrix({ heightZoom, widthZoom }: Zooms, shape: readonly number[]): Tensor {
    const { height, width } = this.sizeOf(shape);
    const flat = (t: Tensor) => ops.squeeze(t, 1);
    return affineMatrix(
      [flat(widthZoom), 0, flat(this.#start(widthZoom, width))],
      [0, flat(heightZoom), flat(this.#start(heightZoom, height))],
    );
  }

  protected override changeBoxes(given: BoundingBoxes, { heightZoom, widthZoom, inputShape }: Zooms): BoundingBoxes {
    const size = this.sizeOf(inputShape);
    const format = this.boundingBoxFormat!;
    const shown = (zoom: Tensor, length: number) => {
      const z = ops.expandDims(zoom, -1);
      const start = this.#start(z, length);
      return [start, ops.add(ops.multiply(z, length), start)] as const;
    };
    const [left, right] = shown(widthZoom, size.width);
    const [top, bottom] = shown(heightZoom, size.height);
    const within = (x: Tensor, a: Tensor, b: Tensor) => ops.subtract(ops.minimum(ops.maximum(x, a), b), a);
    const [x1, y1, x2, y2] = columns(convertFormat(given.boxes, format, 'xyxy', size));
    const cut = [within(x1, left, right), within(y1, top, bottom), within(x2, left, right), within(y2, top, bottom)];
    const window = { height: ops.subtract(bottom, top), width: ops.subtract(right, left) };
    const shares = convertFormat(joined(cut), 'xyxy', 'rel_xyxy', window);
    const clipped = clipToImage({ boxes: shares, labels: given.labels }, { height: 1, width: 1 });
    return { ...clipped, boxes: convertFormat(clipped.boxes, 'rel_xyxy', format, size) };
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      height_factor: this.heightFactor,
      width_factor: this.widthFactor,
      seed: this.seed,
      ...this.affineConfig(),
    };
  }
}
