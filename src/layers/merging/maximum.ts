import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { LayerOptions } from '../layer.ts';
import { readOptions } from '../options.ts';
import type { SymbolicTensor } from '../symbolic.ts';
import { type Masks, Merge, mergeKept } from './merge.ts';

/**
 * The largest of the inputs, element by element; NaN where one is. Keras's `Maximum`.
 *
 * Inputs: an array of two or more, of one shape or of shapes that repeat to one (an input of fewer axes gets axes of size 1 after the
 * batch). What is masked in one does not count there. Outputs of that shape.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for a single tensor, `SHAPE` where shapes do not fit.
 * @example
 * new Maximum().apply([tensor([[1, 2]]), tensor([[3, 4]])]).arraySync(); // [[3, 4]]
 */
export class Maximum extends Merge {
  static override className = 'Maximum';
  static override moduleName = 'keras.layers';

  constructor(options?: LayerOptions);
  constructor(...args: unknown[]) {
    super(readOptions<LayerOptions>(new.target.className, [], {}, args));
  }

  protected override merge(inputs: readonly Tensor[], masks: Masks): Tensor {
    return mergeKept(ops.maximum, inputs, masks);
  }
}

/** `new Maximum(options).apply(inputs)`. */
export function maximum(inputs: readonly SymbolicTensor[], options?: LayerOptions): SymbolicTensor;
export function maximum(inputs: readonly Tensor[], options?: LayerOptions): Tensor;
export function maximum(inputs: readonly Tensor[] | readonly SymbolicTensor[], options?: LayerOptions): unknown {
  return new Maximum(options).apply(inputs as readonly Tensor[]);
}
