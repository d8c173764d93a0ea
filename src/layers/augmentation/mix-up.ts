import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { beta } from '../../random/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import {
  IMAGE_DEFAULTS,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import type { BoundingBoxes } from './bounding-boxes.ts';
import { readNumber } from './factors.ts';

export interface MixUpOptions extends RandomImageLayerOptions {
  /** Above 0: 1 gives all shares alike, less those near 0 and 1. Default 0.2. */
  alpha?: number;
}

const DEFAULTS: Defaults<MixUpOptions> = {
  alpha: 0.2,
  seed: null,
  ...IMAGE_DEFAULTS,
};

interface Mix {
  /** The share of each image: [batch]. */
  readonly mixWeight: Tensor;
  /** Which image it is mixed with: int32 [batch]. */
  readonly permutationOrder: Tensor;
}

/**
 * In training, mixes each image with another of its batch (Zhang et al. 2018): w x + (1 - w) other, where w is drawn
 * from the beta distribution Beta(alpha, alpha). Labels and masks are mixed alike, so they must be numbers such as
 * one-hot vectors; bounding boxes are those of both images. Keras's `MixUp`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.alpha Above 0: 1 gives all shares alike, less those near 0 and 1. Default 0.2.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new MixUp().apply(tensor([[[3], [4]]])).shape; // [1, 2, 1]
 */
export class MixUp extends RandomImageLayer<Mix> {
  static override className = 'MixUp';
  static override moduleName = 'keras.layers';

  readonly alpha: number;

  constructor(alpha?: number, options?: MixUpOptions);
  constructor(options?: MixUpOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<MixUpOptions>(owner, ['alpha', 'dataFormat', 'seed'], DEFAULTS, args);
    super(owner, o);
    this.alpha = readNumber(owner, 'alpha', o.alpha);
    if (!(this.alpha > 0))
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: alpha must be above 0, got ${this.alpha}`);
  }

  protected override draw([batch]: readonly number[], seed: TransformationSeed): Mix {
    const from = this.source(seed);
    const permutationOrder = ops.shuffle(from.next(), ops.arange(batch!));
    return { permutationOrder, mixWeight: beta([batch!], this.alpha, this.alpha, { seed: from }) };
  }

  #mixed(x: Tensor, { mixWeight, permutationOrder }: Mix): Tensor {
    const own = ops.cast(x, 'float32');
    const share = ops.reshape(mixWeight, [-1, ...x.shape.slice(1).map(() => 1)]);
    const other = ops.take(own, ops.cast(permutationOrder, 'int32'), 0);
    return ops.add(ops.multiply(share, own), ops.multiply(ops.subtract(1, share), other));
  }

  protected override changeImages(images: Tensor, transformation: Mix): Tensor {
    return this.#mixed(images, transformation);
  }

  protected override changeLabels(labels: Tensor, transformation: Mix): Tensor {
    return this.#mixed(labels, transformation);
  }

  protected override changeMasks(masks: Tensor, transformation: Mix): Tensor {
    return this.#mixed(masks, transformation);
  }

  protected override changeBoxes({ boxes, labels }: BoundingBoxes, { permutationOrder }: Mix): BoundingBoxes {
    const withOther = (x: Tensor) => ops.concatenate([x, ops.take(x, ops.cast(permutationOrder, 'int32'), 0)], 1);
    return { boxes: withOther(boxes), labels: withOther(labels) };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), alpha: this.alpha, seed: this.seed };
  }
}
