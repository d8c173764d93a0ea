import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { BaseAdaptivePooling } from './base-adaptive-pooling.ts';

/** The largest of each window. */
export abstract class BaseAdaptiveMaxPooling extends BaseAdaptivePooling {
  override call(inputs: Tensor): Tensor {
    this.computeOutputShape(inputs.shape);
    return ops.adaptiveMaxPool(inputs, this.outputSize, { dataFormat: this.dataFormat });
  }
}
