import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { BaseGlobalPooling } from './base-global-pooling.ts';

/** The largest value of each channel. */
export abstract class BaseGlobalMaxPooling extends BaseGlobalPooling {
  override call(inputs: Tensor): Tensor {
    this.computeOutputShape(inputs.shape);
    return ops.max(ops.cast(inputs, this.floatDtype), this.how);
  }
}
