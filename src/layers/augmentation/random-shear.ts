import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import {
  between,
  IMAGE_DEFAULTS,
  type RandomImageLayerOptions,
  signs,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type BoundingBoxes, clipToImage, columns, convertFormat, joined } from './bounding-boxes.ts';
import { type Factor, type Range, readStrictFactor } from './factors.ts';
import { type AffineFillMode, affineMatrix, RandomAffineLayer } from './random-affine-layer.ts';

export interface RandomShearOptions extends RandomImageLayerOptions {
  /** From 0 to 1: a number f for -f .. f, or two ends. Default 0. */
  xFactor?: Factor;
  /** From 0 to 1: a number f for -f .. f, or two ends. Default 0. */
  yFactor?: Factor;
  /** What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`. */
  fillMode?: AffineFillMode;
  /** Default `'bilinear'`. */
  interpolation?: ops.image.Interpolation;
  /** The value beyond the edges, for `'constant'`. Default 0. */
  fillValue?: number;
}

const DEFAULTS: Defaults<RandomShearOptions> = {
  xFactor: 0,
  yFactor: 0,
  fillMode: 'reflect',
  interpolation: 'bilinear',
  fillValue: 0,
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Shear {
  /** To the side and down: [batch, 2]. */
  readonly shearFactor: Tensor;
  readonly inputShape: readonly number[];
}

/**
 * In training, slants each image: a pixel moves to the side by a share of its row, and down by a share of its
 * column. The shares are drawn from the factors' ranges, and with equal chances both change their sign. Keras's
 * `RandomShear`.
 *
 * As an interpolated image is what is at the moved places of the old one, pixels from beyond the edges are what
 * `fillMode` says. Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.xFactor From 0 to 1: a number f for -f .. f, or two ends. Default 0.
 * @param options.yFactor From 0 to 1: a number f for -f .. f, or two ends. Default 0.
 * @param options.fillMode What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`.
 * @param options.interpolation Default `'bilinear'`.
 * @param options.fillValue The value beyond the edges, for `'constant'`. Default 0.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomShear().apply(tensor([[[3], [4]]])).arraySync(); // [[[3], [4]]]
 */
export class RandomShear extends RandomAffineLayer<Shear> {
  static override className = 'RandomShear';
  static override moduleName = 'keras.layers';

  readonly xFactor: Range;
  readonly yFactor: Range;

  constructor(xFactor?: Factor, options?: RandomShearOptions);
  constructor(options?: RandomShearOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomShearOptions>(
      owner,
      ['xFactor', 'yFactor', 'interpolation', 'fillMode', 'fillValue', 'dataFormat', 'seed'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.xFactor = readShear(owner, 'xFactor', o.xFactor);
    this.yFactor = readShear(owner, 'yFactor', o.yFactor);
  }

  protected override draw(inputShape: readonly number[], seed: TransformationSeed): Shear {
    const from = this.source(seed);
    const batch = inputShape[0]!;
    const sign = signs(from, [batch, 1]);
    const y = between(from, this.yFactor, [batch, 1]);
    const x = between(from, this.xFactor, [batch, 1]);
    return { shearFactor: ops.multiply(ops.concatenate([x, y], 1), sign), inputShape };
  }

  protected override matrix({ shearFactor }: Shear): Tensor {
    const [x, y] = ops.unstack(shearFactor, null, 1) as [Tensor, Tensor];
    return affineMatrix([1, x, 0], [y, 1, 0]);
  }

  protected override changeBoxes(given: BoundingBoxes, { shearFactor, inputShape }: Shear): BoundingBoxes {
    const size = this.sizeOf(inputShape);
    const format = this.boundingBoxFormat!;
    const [sx, sy] = ops.split(ops.expandDims(shearFactor, 1), 2, -1) as [Tensor, Tensor];
    let [x1, y1, x2, y2] = columns(convertFormat(given.boxes, format, 'rel_xyxy', size));
    const moved = (x: Tensor, s: Tensor, y: Tensor) => ops.subtract(x, ops.multiply(s, y));
    const left = ops.less(sx, 0);
    [x1, x2] = [
      ops.where(left, moved(x1, sx, y1), moved(x1, sx, y2)),
      ops.where(left, moved(x2, sx, y2), moved(x2, sx, y1)),
    ];
    const down = ops.greater(sy, 0);
    [y1, y2] = [
      ops.where(down, moved(y1, sy, x2), moved(y1, sy, x1)),
      ops.where(down, moved(y2, sy, x1), moved(y2, sy, x2)),
    ];
    const clipped = clipToImage({ boxes: joined([x1, y1, x2, y2]), labels: given.labels }, { height: 1, width: 1 });
    return { ...clipped, boxes: convertFormat(clipped.boxes, 'rel_xyxy', format, size) };
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      x_factor: this.xFactor,
      y_factor: this.yFactor,
      seed: this.seed,
      ...this.affineConfig(),
    };
  }
}

/** Two ends from 0 to 1; those of a single number begin at its negative, and so may those of files. */
function readShear(owner: string, name: string, value: unknown): Range {
  const mirrored = Array.isArray(value) && value.length === 2 && value[0] === -value[1] && value[1] <= 1;
  if (mirrored) return [value[0], value[1]];
  return readStrictFactor(owner, name, value, { min: 0, max: 1 }, (f) => 0 - f);
}
