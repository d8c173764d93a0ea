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
import { aroundMoved, type BoundingBoxes, clipToImage, convertFormat } from './bounding-boxes.ts';
import { type Factor, type Range, readFactor } from './factors.ts';
import { type AffineFillMode, affineMatrix, RandomAffineLayer } from './random-affine-layer.ts';

export interface RandomRotationOptions extends RandomImageLayerOptions {
  /** From -1 to 1: a number f for -|f| .. |f|, or two ends; 0.1 turns by up to 36 degrees. */
  factor?: Factor;
  /** What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`. */
  fillMode?: AffineFillMode;
  /** Default `'bilinear'`. */
  interpolation?: ops.image.Interpolation;
  /** The value beyond the edges, for `'constant'`. Default 0. */
  fillValue?: number;
}

const DEFAULTS: Defaults<RandomRotationOptions> = {
  factor: REQUIRED,
  fillMode: 'reflect',
  interpolation: 'bilinear',
  fillValue: 0,
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Rotation {
  /** Degrees: [batch]. */
  readonly angle: Tensor;
  /** [batch, 8]. */
  readonly rotationMatrix: Tensor;
  readonly imageHeight: number;
  readonly imageWidth: number;
}

/**
 * In training, turns each image around its middle by a share of a full turn, drawn from the factor's range: positive
 * numbers against the clock. Keras's `RandomRotation`.
 *
 * Bounding boxes are taken as corners x1, y1, x2, y2 in any format, as in Keras; only the results are converted.
 *
 * As an interpolated image is what is at the moved places of the old one, pixels from beyond the edges are what
 * `fillMode` says. Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param factor From -1 to 1: a number f for -|f| .. |f|, or two ends; 0.1 turns by up to 36 degrees.
 * @param options.fillMode What lies beyond the edges: see `ops.image.mapCoordinates`. Default `'reflect'`.
 * @param options.interpolation Default `'bilinear'`.
 * @param options.fillValue The value beyond the edges, for `'constant'`. Default 0.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomRotation([0.5, 0.5]).apply(tensor([[[3]]])).arraySync(); // [[[3]]]
 */
export class RandomRotation extends RandomAffineLayer<Rotation> {
  static override className = 'RandomRotation';
  static override moduleName = 'keras.layers';

  readonly factor: Range;

  constructor(factor: Factor, options?: RandomRotationOptions);
  constructor(options: RandomRotationOptions & { factor: Factor });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomRotationOptions>(
      owner,
      ['factor', 'fillMode', 'interpolation', 'seed', 'fillValue', 'dataFormat'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [-1, 1]);
  }

  protected override draw(shape: readonly number[], seed: TransformationSeed): Rotation {
    const { height, width } = this.sizeOf(shape);
    const [low, high] = this.factor;
    const angle = between(this.source(seed), [low * 360, high * 360], [shape[0]!]);
    const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
    const [sin, cos] = turn(angle);
    const rows = [
      [cos, ops.negative(sin), around(cx, ops.add(ops.multiply(cos, cx), ops.multiply(sin, -cy)))],
      [sin, cos, around(cy, ops.add(ops.multiply(sin, cx), ops.multiply(cos, cy)))],
    ] as const;
    return { angle, rotationMatrix: affineMatrix(...rows), imageHeight: height, imageWidth: width };
  }

  protected override matrix({ rotationMatrix }: Rotation): Tensor {
    return rotationMatrix;
  }

  protected override changeBoxes({ boxes, labels }: BoundingBoxes, rotation: Rotation): BoundingBoxes {
    const size = { height: rotation.imageHeight, width: rotation.imageWidth };
    const [cx, cy] = [(size.width - 1) / 2, (size.height - 1) / 2];
    const [sin, cos] = turn(ops.reshape(rotation.angle, [rotation.angle.size, 1, 1]));
    const moved = aroundMoved(boxes, (x, y) => {
      const [u, v] = [ops.subtract(x, cx), ops.subtract(y, cy)];
      return [
        ops.add(ops.add(ops.multiply(cos, u), ops.multiply(sin, v)), cx),
        ops.add(ops.subtract(ops.multiply(cos, v), ops.multiply(sin, u)), cy),
      ];
    });
    const clipped = clipToImage({ boxes: moved, labels }, size);
    return { ...clipped, boxes: convertFormat(clipped.boxes, 'xyxy', this.boundingBoxFormat!, size) };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, seed: this.seed, ...this.affineConfig() };
  }
}

/** Sine and cosine of degrees. */
function turn(degrees: Tensor): readonly [sin: Tensor, cos: Tensor] {
  const angle = ops.multiply(degrees, Math.PI / 180);
  return [ops.sin(angle), ops.cos(angle)];
}

/** What must be added so that the centre stays where it is. */
const around = (centre: number, moved: Tensor): Tensor => ops.subtract(centre, moved);
