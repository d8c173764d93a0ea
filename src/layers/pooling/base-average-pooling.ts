import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { BasePooling } from './base-pooling.ts';

/** The mean of each window. */
export abstract class BaseAveragePooling extends BasePooling {
  override call(inputs: Tensor): Tensor {
    this.computeOutputShape(inputs.shape);
    return ops.averagePool(inputs, this.poolSize, this.window);
  }
}
