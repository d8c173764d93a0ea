import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, oneOf, readOptions } from '../options.ts';
import { spatialAxes } from '../spatial.ts';
import { BaseUpSampling } from './base-up-sampling.ts';

const INTERPOLATIONS = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'] as const;

export type UpSamplingInterpolation = (typeof INTERPOLATIONS)[number];

export interface UpSampling2DOptions extends LayerOptions {
  /** The factor of both axes, or [height, width]. Default 2. */
  size?: number | readonly number[];
  /** Default `'channels_last'`. */
  dataFormat?: ops.DataFormat | null;
  /** `'nearest'` (the default) repeats; `'bilinear'` goes from one to the next in a straight line, the others in a curve. */
  interpolation?: UpSamplingInterpolation;
}

const DEFAULTS: Defaults<UpSampling2DOptions> = { size: 2, dataFormat: null, interpolation: 'nearest' };

/**
 * Images made larger by whole factors. Keras's `UpSampling2D`.
 *
 * Inputs [batch, height, width, channels], outputs [batch, height * size[0], width * size[1], channels].
 *
 * @param size The factor of both axes, or [height, width]. Default 2.
 * @param options.interpolation `'nearest'` (the default) repeats; `'bilinear'` interpolates between the centres of the
 *   pixels, which beyond the outermost ones keep their values; `'bicubic'`, `'lanczos3'` and `'lanczos5'` are those of
 *   `ops.image.resize`.
 * @param options.dataFormat Default `'channels_last'`.
 * @throws OlifantError `INVALID_ARGUMENT` for factors that are no positive whole numbers and unknown interpolations, `SHAPE`
 *   for inputs that have not four axes.
 * @example
 * new UpSampling2D(2).apply(ops.ones([1, 3, 4, 2])).shape; // [1, 6, 8, 2]
 */
export class UpSampling2D extends BaseUpSampling {
  static override className = 'UpSampling2D';
  static override moduleName = 'keras.layers';

  readonly interpolation: UpSamplingInterpolation;

  constructor(size: number | readonly number[], options?: UpSampling2DOptions);
  constructor(options?: UpSampling2DOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<UpSampling2DOptions>(owner, ['size'], DEFAULTS, args);
    super(2, o, o.size, o.dataFormat);
    this.interpolation = oneOf(owner, 'interpolation', o.interpolation, INTERPOLATIONS);
  }

  override call(inputs: Tensor): Tensor {
    const { interpolation, dataFormat, factors } = this;
    if (interpolation === 'nearest') return super.call(inputs);
    const axes = spatialAxes(dataFormat, 2);
    const x = ops.cast(inputs, this.floatDtype);
    if (interpolation === 'bilinear') return axes.reduce((y, axis, i) => interpolate(y, axis, factors[i]!), x);
    const size = axes.map((axis, i) => x.shape[axis]! * factors[i]!);
    return this.inComputeDtype(ops.image.resize(x, size, { interpolation, dataFormat }));
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return this.interpolation === 'nearest' ? dtype! : this.floatDtype;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      size: this.factors,
      data_format: this.dataFormat,
      interpolation: this.interpolation,
    };
  }
}

/**
 * Output k of a pixel lies (k + 1/2) / factor - 1/2 pixels from its centre, before it or after: there the value is on the
 * line to the neighbour on that side; the outermost pixels are their own neighbours.
 */
function interpolate(x: Tensor, axis: number, factor: number): Tensor {
  if (factor === 1) return x;
  const size = x.shape[axis]!;
  const part = (from: number, count: number) =>
    ops.slice(
      x,
      x.shape.map((_, i) => (i === axis ? from : 0)),
      x.shape.map((d, i) => (i === axis ? count : d)),
    );
  const before = ops.concatenate([part(0, 1), part(0, size - 1)], axis);
  const after = ops.concatenate([part(1, size - 1), part(size - 1, 1)], axis);
  const outputs = Array.from({ length: factor }, (_, k) => {
    const offset = (k + 0.5) / factor - 0.5;
    const share = Math.abs(offset);
    return ops.add(ops.multiply(x, 1 - share), ops.multiply(offset < 0 ? before : after, share));
  });
  return ops.reshape(
    ops.stack(outputs, axis + 1),
    x.shape.map((d, i) => (i === axis ? d * factor : d)),
  );
}
