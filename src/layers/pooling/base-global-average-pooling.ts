import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { CallOptions } from '../layer.ts';
import { BaseGlobalPooling } from './base-global-pooling.ts';

/** The mean of each channel. */
export abstract class BaseGlobalAveragePooling extends BaseGlobalPooling {
  override call(inputs: Tensor, _options?: CallOptions): Tensor {
    this.computeOutputShape(inputs.shape);
    return ops.mean(inputs, this.how);
  }
}
