import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, oneOf, readOptions } from '../options.ts';
import {
  IMAGE_DEFAULTS,
  RandomImageLayer,
  type RandomImageLayerOptions,
  type TransformationSeed,
} from './base-image-preprocessing-layer.ts';
import { type BoundingBoxes, clipToImage, columns, convertFormat, joined } from './bounding-boxes.ts';

/** Which sides change places: left and right, top and bottom, or both. */
export type FlipMode = 'horizontal' | 'vertical' | 'horizontal_and_vertical';

export interface RandomFlipOptions extends RandomImageLayerOptions {
  /** `'horizontal'`, `'vertical'` or `'horizontal_and_vertical'`, the default. */
  mode?: FlipMode;
}

const DEFAULTS: Defaults<RandomFlipOptions> = {
  mode: 'horizontal_and_vertical',
  seed: null,
  ...IMAGE_DEFAULTS,
};

const MODES: readonly FlipMode[] = ['horizontal', 'vertical', 'horizontal_and_vertical'];

interface Flips {
  /** bool [batch, 1, 1, 1]. */
  readonly flips: Tensor;
  readonly inputShape: readonly number[];
}

/**
 * In training, mirrors about half of the images: left and right, top and bottom, or (as in Keras, by the same draw)
 * both. Keras's `RandomFlip`.
 *
 * Inputs [batch, height, width, channels], or one image; outputs float32 of the same shape.
 *
 * @param options.mode `'horizontal'`, `'vertical'` or `'horizontal_and_vertical'`, the default.
 * @param options.seed Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for options out of range, `SHAPE` for what are no images.
 * @example
 * new RandomFlip('horizontal', { seed: 1 }).apply(tensor([[[3], [3]]])).arraySync(); // [[[3], [3]]]
 */
export class RandomFlip extends RandomImageLayer<Flips> {
  static override className = 'RandomFlip';
  static override moduleName = 'keras.layers';

  readonly mode: FlipMode;

  constructor(mode?: FlipMode, options?: RandomFlipOptions);
  constructor(options?: RandomFlipOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RandomFlipOptions>(owner, ['mode', 'seed', 'dataFormat'], DEFAULTS, args);
    super(owner, o);
    this.mode = oneOf(owner, 'mode', o.mode, MODES);
  }

  protected override draw(inputShape: readonly number[], seed: TransformationSeed): Flips {
    const draws = ops.uniform(this.source(seed).next(), [inputShape[0]!, 1, 1, 1]);
    return { flips: ops.lessEqual(draws, 0.5), inputShape };
  }

  #along(kind: FlipMode): boolean {
    return this.mode === kind || this.mode === 'horizontal_and_vertical';
  }

  protected override changeImages(images: Tensor, { flips }: Flips): Tensor {
    const { height, width } = this.axes;
    let y = images;
    if (this.#along('horizontal')) y = ops.where(flips, ops.flip(y, width), y);
    if (this.#along('vertical')) y = ops.where(flips, ops.flip(y, height), y);
    return y;
  }

  protected override changeMasks(masks: Tensor, transformation: Flips): Tensor {
    return this.changeImages(masks, transformation);
  }

  protected override changeBoxes({ boxes, labels }: BoundingBoxes, { flips, inputShape }: Flips): BoundingBoxes {
    const size = this.sizeOf(inputShape);
    const format = this.boundingBoxFormat!;
    const chosen = ops.squeeze(flips, -1);
    const choose = (a: Tensor, b: Tensor) => ops.where(chosen, a, b);
    let [x1, y1, x2, y2] = columns(convertFormat(boxes, format, 'rel_xyxy', size));
    if (this.#along('horizontal')) [x1, x2] = [choose(ops.subtract(1, x2), x1), choose(ops.subtract(1, x1), x2)];
    if (this.#along('vertical')) [y1, y2] = [choose(ops.subtract(1, y2), y1), choose(ops.subtract(1, y1), y2)];
    const clipped = clipToImage({ boxes: joined([x1, y1, x2, y2]), labels }, size);
    return { ...clipped, boxes: convertFormat(clipped.boxes, 'rel_xyxy', format, size) };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), seed: this.seed, mode: this.mode };
  }
}
