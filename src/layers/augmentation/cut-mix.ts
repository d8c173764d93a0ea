import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { beta } from '../../random/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import {
  between,
  IMAGE_DEFAULTS,
  perImage,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import type { BoundingBoxes } from './bounding-boxes.ts';
import { insideBox, randomSpan } from './box.ts';
import { type Factor, type Range, readFactor } from './factors.ts';

export interface CutMixOptions extends RandomImageLayerOptions {
  /** From 0 to 1: a number f for 0 .. f, or two ends. Default 1. */
  factor?: Factor;
}

const DEFAULTS: Defaults<CutMixOptions> = {
  factor: 1,
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Cut {
  /** Which image the rectangle comes from: int32 [batch]. */
  readonly permutationOrder: Tensor;
  /** True in the rectangle. */
  readonly batchMasks: Tensor;
  /** The share of each image outside of the rectangle: [batch, 1, 1, 1]. */
  readonly mixWeight: Tensor;
}

/**
 * In training, replaces a rectangle of each image by that of another of its batch (Yun et al. 2019). With a number a
 * drawn from the factor's range for the batch, the rectangle has a share of the image drawn from Beta(a, a). Labels
 * are mixed in proportion to the shares, so they must be numbers such as one-hot vectors. One image alone stays as
 * it is. Keras's `CutMix`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.factor From 0 to 1: a number f for 0 .. f, or two ends. Default 1.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new CutMix().apply(tensor([[[3], [4]]])).arraySync(); // [[[3], [4]]]
 */
export class CutMix extends RandomImageLayer<Cut> {
  static override className = 'CutMix';
  static override moduleName = 'keras.layers';

  readonly factor: Range;

  constructor(factor?: Factor, options?: CutMixOptions);
  constructor(options?: CutMixOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<CutMixOptions>(owner, ['factor', 'seed', 'dataFormat'], DEFAULTS, args);
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, [0, 1]);
  }

  protected override draw(shape: readonly number[], seed: TransformationSeed): Cut {
    const from = this.source(seed);
    const batch = shape[0]!;
    const { height, width } = this.sizeOf(shape);
    const alpha = ops.add(between(from, this.factor, []), 1e-6);
    const side = ops.sqrt(ops.subtract(1, beta([batch], alpha, alpha, { seed: from })));
    const x = randomSpan(from, width, side);
    const y = randomSpan(from, height, side);
    const area = ops.multiply(ops.subtract(x[1], x[0]), ops.subtract(y[1], y[0]));
    return {
      permutationOrder: ops.shuffle(from.next(), ops.arange(batch)),
      batchMasks: insideBox(shape, this.axes, x, y),
      mixWeight: perImage(ops.subtract(1, ops.divide(area, width * height))),
    };
  }

  protected override changeImages(images: Tensor, { batchMasks, permutationOrder }: Cut): Tensor {
    return ops.where(batchMasks, ops.take(images, permutationOrder, 0), images);
  }

  protected override changeMasks(masks: Tensor, transformation: Cut): Tensor {
    return this.changeImages(ops.cast(masks, 'float32'), transformation);
  }

  protected override changeLabels(labels: Tensor, { mixWeight, permutationOrder }: Cut): Tensor {
    const own = ops.cast(labels, 'float32');
    const share = ops.reshape(mixWeight, [mixWeight.size, ...labels.shape.slice(1).map(() => 1)]);
    const other = ops.take(own, permutationOrder, 0);
    return ops.add(ops.multiply(share, own), ops.multiply(ops.subtract(1, share), other));
  }

  protected override changeBoxes(): BoundingBoxes {
    throw new OlifantError('UNSUPPORTED', `${this.label}: bounding boxes are not supported, as in Keras`);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, seed: this.seed };
  }
}
