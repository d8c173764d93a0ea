import { OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, show } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface PermuteOptions extends LayerOptions {
  /** The order of the axes, counted from 1 (the batch is 0 and stays). */
  dims?: readonly number[];
}

const DEFAULTS: Defaults<PermuteOptions> = { dims: REQUIRED };

/**
 * The axes of each sample in another order. Keras's `Permute`.
 *
 * Inputs [batch, d1, d2, ...], outputs [batch, sizes in the order of `dims`].
 *
 * @param dims The order of the axes, counted from 1: [2, 1] exchanges two.
 * @throws OlifantError `INVALID_ARGUMENT` where that is no order of 1, 2, ...; `SHAPE` for inputs of another rank.
 * @example
 * new Permute([2, 1]).apply(ops.ones([1, 3, 4])).shape; // [1, 4, 3]
 */
export class Permute extends Layer {
  static override className = 'Permute';
  static override moduleName = 'keras.layers';

  readonly dims: readonly number[];

  constructor(dims: readonly number[], options?: PermuteOptions);
  constructor(options: PermuteOptions & { dims: readonly number[] });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<PermuteOptions>(owner, ['dims'], DEFAULTS, args);
    super(o);
    const dims: unknown = o.dims;
    const ok = Array.isArray(dims) && dims.map((_, i) => i + 1).every((d) => dims.includes(d));
    if (!ok)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: dims must be the numbers 1, 2, ... in some order (the batch, axis 0, stays), got ${show(dims)}`,
      );
    this.dims = [...dims];
    this.inputSpec = { ndim: dims.length + 1 };
  }

  override call(inputs: Tensor): Tensor {
    return ops.transpose(inputs, [0, ...this.dims]);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return [0, ...this.dims].map((d) => inputShape[d]!);
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), dims: this.dims };
  }
}
