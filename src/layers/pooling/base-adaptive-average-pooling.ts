import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { BaseAdaptivePooling } from './base-adaptive-pooling.ts';

/** The mean of each window. */
export abstract class BaseAdaptiveAveragePooling extends BaseAdaptivePooling {
  override call(inputs: Tensor): Tensor {
    this.computeOutputShape(inputs.shape);
    return ops.adaptiveAveragePool(inputs, this.outputSize, { dataFormat: this.dataFormat });
  }
}
