import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { BasePooling } from './base-pooling.ts';

/** The largest of each window. */
export abstract class BaseMaxPooling extends BasePooling {
  override call(inputs: Tensor): Tensor {
    this.computeOutputShape(inputs.shape);
    return ops.maxPool(inputs, this.poolSize, this.window);
  }
}
