import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { CallOptions } from '../layer.ts';
import { BaseGlobalAveragePooling } from './base-global-average-pooling.ts';
import type { GlobalPoolingOptions } from './base-global-pooling.ts';

/**
 * The mean over time of each channel; of a masked sequence, the mean of the steps that count. Keras's
 * `GlobalAveragePooling1D`.
 *
 * Inputs [batch, steps, channels], outputs [batch, channels]. A sequence that is masked throughout gives NaN.
 *
 * @param options.dataFormat Default `'channels_last'`.
 * @param options.keepdims Whether the axis of the steps stays, with size 1. Default `false`.
 * @throws OlifantError `SHAPE` for inputs that have not three axes, or no steps, or a mask that is not [batch, steps].
 * @example
 * new GlobalAveragePooling1D().apply(tensor([[[1, 2], [3, 4]]])).arraySync(); // [[2, 3]]
 */
export class GlobalAveragePooling1D extends BaseGlobalAveragePooling {
  static override className = 'GlobalAveragePooling1D';
  static override moduleName = 'keras.layers';
  static override callArguments = ['inputs', 'mask'];

  constructor(options?: GlobalPoolingOptions);
  constructor(...args: unknown[]) {
    super(1, args);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor, { mask }: CallOptions = {}): Tensor {
    if (mask === null || mask === undefined) return super.call(inputs);
    const [batch, steps] = [inputs.shape[0]!, inputs.shape[this.spatial[0]!]!];
    const given = mask as Tensor;
    if (formatShape(given.shape) !== formatShape([batch, steps]))
      throw new OlifantError(
        'SHAPE',
        `${this.label}: expected a mask of shape ${formatShape([batch, steps])}, got ${formatShape(given.shape)}`,
      );
    const keep = ops.expandDims(ops.cast(given, 'bool'), this.dataFormat === 'channels_last' ? 2 : 1);
    const total = ops.sum(ops.where(keep, inputs, 0), this.how);
    return this.inComputeDtype(ops.divide(total, ops.sum(ops.cast(keep, 'float32'), this.how)));
  }

  override computeMask(): null {
    return null;
  }
}
