import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { LayerOptions } from '../layer.ts';
import { readOptions } from '../options.ts';
import type { DynamicShape, SymbolicTensor } from '../symbolic.ts';
import { Merge } from './merge.ts';

/**
 * The first input less the second. Keras's `Subtract`.
 *
 * Inputs: an array of two, of one shape or of shapes that repeat to one (an input of fewer axes gets axes of size 1 after the
 * batch). Outputs of that shape.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for a single tensor, `SHAPE` where shapes do not fit or there are not two.
 * @example
 * new Subtract().apply([tensor([[1, 2]]), tensor([[3, 4]])]).arraySync(); // [[-2, -2]]
 */
export class Subtract extends Merge {
  static override className = 'Subtract';
  static override moduleName = 'keras.layers';

  constructor(options?: LayerOptions);
  constructor(...args: unknown[]) {
    super(readOptions<LayerOptions>(new.target.className, [], {}, args));
  }

  protected override merge(inputs: readonly Tensor[]): Tensor {
    return ops.subtract(inputs[0]!, inputs[1]!);
  }

  override computeOutputShape(inputShape: DynamicShape | readonly DynamicShape[]): DynamicShape {
    const shapes = this.shapesOf(inputShape);
    if (shapes.length !== 2)
      throw new OlifantError('SHAPE', `${this.label}: expected two inputs, got ${shapes.length}`);
    return super.computeOutputShape(shapes);
  }
}

/** `new Subtract(options).apply(inputs)`. */
export function subtract(inputs: readonly SymbolicTensor[], options?: LayerOptions): SymbolicTensor;
export function subtract(inputs: readonly Tensor[], options?: LayerOptions): Tensor;
export function subtract(inputs: readonly Tensor[] | readonly SymbolicTensor[], options?: LayerOptions): unknown {
  return new Subtract(options).apply(inputs as readonly Tensor[]);
}
