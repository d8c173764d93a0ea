import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { LayerOptions } from '../layer.ts';
import { readOptions } from '../options.ts';
import type { SymbolicTensor } from '../symbolic.ts';
import { Merge } from './merge.ts';

/**
 * The sum of the inputs. Keras's `Add`.
 *
 * Inputs: an array of two or more, of one shape or of shapes that repeat to one (an input of fewer axes gets axes of size 1 after the
 * batch). Outputs of that shape.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for a single tensor, `SHAPE` where shapes do not fit.
 * @example
 * new Add().apply([tensor([[1, 2]]), tensor([[3, 4]])]).arraySync(); // [[4, 6]]
 */
export class Add extends Merge {
  static override className = 'Add';
  static override moduleName = 'keras.layers';

  constructor(options?: LayerOptions);
  constructor(...args: unknown[]) {
    super(readOptions<LayerOptions>(new.target.className, [], {}, args));
  }

  protected override merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((a, b) => ops.add(a, b));
  }
}

/** `new Add(options).apply(inputs)`. */
export function add(inputs: readonly SymbolicTensor[], options?: LayerOptions): SymbolicTensor;
export function add(inputs: readonly Tensor[], options?: LayerOptions): Tensor;
export function add(inputs: readonly Tensor[] | readonly SymbolicTensor[], options?: LayerOptions): unknown {
  return new Add(options).apply(inputs as readonly Tensor[]);
}
