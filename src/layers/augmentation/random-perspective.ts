import { checkNumber } from '../../keras-object.ts';
import { type Point, projection } from '../../ops/image-transform.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, oneOf, readOptions } from '../options.ts';
import {
  between,
  chance,
  IMAGE_DEFAULTS,
  perImage,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { aroundMoved, type BoundingBoxes, clipToImage, convertFormat } from './bounding-boxes.ts';
import { type Factor, type Range, readFactor, readNumber } from './factors.ts';

export interface RandomPerspectiveOptions extends RandomImageLayerOptions {
  /** The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1. */
  factor?: Factor;
  /** How far corners move, from 0 to 1. Default 1. */
  scale?: number;
  /** Default `'bilinear'`. */
  interpolation?: ops.image.Interpolation;
  /** The value beyond the edges. Default 0. */
  fillValue?: number;
}

const DEFAULTS: Defaults<RandomPerspectiveOptions> = {
  factor: 1,
  scale: 1,
  interpolation: 'bilinear',
  fillValue: 0,
  seed: null,
  ...IMAGE_DEFAULTS,
};

type Eight = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

interface Perspective {
  /** bool [batch]. */
  readonly applyPerspective: Tensor;
  /** [batch, 4, 2]. */
  readonly startPoints: Tensor;
  /** [batch, 4, 2]. */
  readonly endPoints: Tensor;
  readonly inputShape: readonly number[];
}

/**
 * In training, shows some images as from elsewhere: each coordinate of their corners is multiplied by a number
 * between 1 - scale / 2 and 1 + scale / 2, so that the first corner stays. The probability is drawn for each image
 * from the factor's range. Keras's `RandomPerspective`.
 *
 * Bounding boxes come back as corners x1, y1, x2, y2 in any format, as in Keras. Inputs [batch, height, width,
 * channels], or one image; outputs float32 of the same shape.
 *
 * @param options.factor The probability, from 0 to 1: a number f for 0 .. f, or two ends. Default 1.
 * @param options.scale How far corners move, from 0 to 1. Default 1.
 * @param options.interpolation Default `'bilinear'`.
 * @param options.fillValue The value beyond the edges. Default 0.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomPerspective(0).apply(tensor([[[3], [4]]])).arraySync(); // [[[3], [4]]]
 */
export class RandomPerspective extends RandomImageLayer<Perspective> {
  static override className = 'RandomPerspective';
  static override moduleName = 'keras.layers';

  readonly factor: Range;
  readonly scale: number;
  readonly interpolation: ops.image.Interpolation;
  readonly fillValue: number;

  constructor(factor?: Factor, options?: RandomPerspectiveOptions);
  constructor(options?: RandomPerspectiveOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomPerspectiveOptions>(
      owner,
      ['factor', 'scale', 'interpolation', 'fillValue', 'seed', 'dataFormat'],
      DEFAULTS,
      args,
    );
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [0, 1]);
    this.scale = checkNumber(owner, 'scale', o.scale, { min: 0, max: 1 });
    this.interpolation = oneOf(owner, 'interpolation', o.interpolation, ['nearest', 'bilinear']);
    this.fillValue = readNumber(owner, 'fillValue', o.fillValue);
  }

  protected override draw(inputShape: readonly number[], seed: TransformationSeed): Perspective {
    const from = this.source(seed);
    const batch = inputShape[0]!;
    const { height, width } = this.sizeOf(inputShape);
    const applyPerspective = chance(from, this.factor, batch);
    const moves = between(from, [-0.5 * this.scale, 0.5 * this.scale], [batch, 4, 2]);
    const corners = [0, 0, width - 1, 0, 0, height - 1, width - 1, height - 1];
    const startPoints = ops.tile(ops.reshape(ops.cast(corners, 'float32'), [1, 4, 2]), [batch, 1, 1]);
    const endPoints = ops.add(startPoints, ops.multiply(startPoints, moves));
    return { applyPerspective, startPoints, endPoints, inputShape };
  }

  #seen(images: Tensor, t: Perspective, interpolation: ops.image.Interpolation): Tensor {
    const { fillValue, dataFormat } = this;
    const options = { interpolation, fillValue, dataFormat };
    const y = ops.image.perspectiveTransform(images, t.startPoints, t.endPoints, options);
    return ops.where(perImage(t.applyPerspective), y, images);
  }

  protected override changeImages(images: Tensor, transformation: Perspective): Tensor {
    return this.#seen(images, transformation, this.interpolation);
  }

  protected override changeMasks(masks: Tensor, transformation: Perspective): Tensor {
    return this.#seen(masks, transformation, 'nearest');
  }

  protected override changeBoxes({ boxes, labels }: BoundingBoxes, t: Perspective): BoundingBoxes {
    const size = this.sizeOf(t.inputShape);
    const given = convertFormat(boxes, this.boundingBoxFormat!, 'xyxy', size);
    const points = (p: Tensor): Point[] =>
      ops.unstack(p, null, 1).map((v) => ops.split(ops.expandDims(v, 1), 2, -1) as unknown as Point);
    const [h0, h1, h2, h3, h4, h5, h6, h7] = projection(points(t.startPoints), points(t.endPoints)) as Eight;
    const moved = aroundMoved(given, (x, y) => {
      const line = (a: Tensor, b: Tensor, c: Tensor | number) =>
        ops.add(ops.add(ops.multiply(a, x), ops.multiply(b, y)), c);
      const depth = line(h6, h7, 1);
      return [ops.divide(line(h0, h1, h2), depth), ops.divide(line(h3, h4, h5), depth)];
    });
    const chosen = ops.reshape(t.applyPerspective, [t.applyPerspective.size, 1, 1]);
    return clipToImage({ boxes: ops.where(chosen, moved, given), labels }, size);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      factor: this.factor,
      scale: this.scale,
      interpolation: this.interpolation,
      fill_value: this.fillValue,
      seed: this.seed,
    };
  }
}
