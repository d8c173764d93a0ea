import type { DType } from '../../graph/dtype.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import { readOptions } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

/**
 * The inputs as they are. Keras's `Identity`.
 *
 * @example
 * new Identity().apply(tensor([1, 2])).shape; // [2]
 */
export class Identity extends Layer {
  static override className = 'Identity';
  static override moduleName = 'keras.layers';

  constructor(options?: LayerOptions);
  constructor(...args: unknown[]) {
    super(readOptions<LayerOptions>(new.target.className, [], {}, args));
    this.supportsMasking = true;
  }

  override call(inputs: Tensor): Tensor {
    return inputs;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }
}
