import { affine } from '../../ops/image-transform.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { oneOf } from '../options.ts';
import { RandomImageLayer, type RandomImageLayerOptions } from './base-image-preprocessing-layer.ts';
import { readNumber } from './factors.ts';

/** What lies beyond the edges: see `ops.image.mapCoordinates`. */
export type AffineFillMode = 'reflect' | 'wrap' | 'constant' | 'nearest';

const FILL_MODES: readonly AffineFillMode[] = ['reflect', 'wrap', 'constant', 'nearest'];

interface AffineOptions extends RandomImageLayerOptions {
  readonly fillMode: AffineFillMode;
  readonly interpolation: ops.image.Interpolation;
  readonly fillValue: number;
}

/** What layers share that move, turn, zoom or slant images. */
export abstract class RandomAffineLayer<T> extends RandomImageLayer<T> {
  readonly fillMode: AffineFillMode;
  readonly interpolation: ops.image.Interpolation;
  readonly fillValue: number;

  constructor(owner: string, options: AffineOptions) {
    super(owner, options);
    this.fillMode = oneOf(owner, 'fillMode', options.fillMode, FILL_MODES);
    this.interpolation = oneOf(owner, 'interpolation', options.interpolation, ['nearest', 'bilinear']);
    this.fillValue = readNumber(owner, 'fillValue', options.fillValue);
  }

  /** Where the pixels of the result are in images of this shape: the transforms of `ops.image.affineTransform`. */
  protected abstract matrix(transformation: T, shape: readonly number[]): Tensor;

  #moved(images: Tensor, transformation: T, interpolation: ops.image.Interpolation): Tensor {
    const { fillMode, fillValue, dataFormat } = this;
    const options = { interpolation, fillMode, fillValue, dataFormat };
    return affine(images, this.matrix(transformation, images.shape), options, false);
  }

  protected override changeImages(images: Tensor, transformation: T): Tensor {
    return this.#moved(images, transformation, this.interpolation);
  }

  protected override changeMasks(masks: Tensor, transformation: T): Tensor {
    return this.#moved(masks, transformation, 'nearest');
  }

  /** What `getConfig` of all of them gives. */
  protected affineConfig() {
    return { fill_mode: this.fillMode, interpolation: this.interpolation, fill_value: this.fillValue };
  }
}

type Row = readonly [Tensor | number, Tensor | number, Tensor | number];

/** Transforms [batch, 8] of two rows of three; numbers hold for all images. */
export function affineMatrix(first: Row, second: Row): Tensor {
  const known = [...first, ...second].find((v) => typeof v !== 'number') as Tensor;
  const all = [...first, ...second, 0, 0].map((v) => (typeof v === 'number' ? ops.full(known.shape, v) : v));
  return ops.stack(all, 1);
}
