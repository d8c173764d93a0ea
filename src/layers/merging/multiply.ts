import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { LayerOptions } from '../layer.ts';
import { readOptions } from '../options.ts';
import type { SymbolicTensor } from '../symbolic.ts';
import { type Masks, Merge, spread } from './merge.ts';

/**
 * The product of the inputs. Keras's `Multiply`.
 *
 * Inputs: an array of two or more, of one shape or of shapes that repeat to one (an input of fewer axes gets axes of size 1 after the
 * batch). What is masked in one counts as 1; what is masked in all becomes 0. Outputs of that shape.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for a single tensor, `SHAPE` where shapes do not fit.
 * @example
 * new Multiply().apply([tensor([[1, 2]]), tensor([[3, 4]])]).arraySync(); // [[3, 8]]
 */
export class Multiply extends Merge {
  static override className = 'Multiply';
  static override moduleName = 'keras.layers';

  constructor(options?: LayerOptions);
  constructor(...args: unknown[]) {
    super(readOptions<LayerOptions>(new.target.className, [], {}, args));
  }

  protected override merge(inputs: readonly Tensor[], masks: Masks): Tensor {
    return masks.some((m) => m !== null) ? masked(inputs, masks) : inputs.reduce((a, b) => ops.multiply(a, b));
  }
}

/** As Keras: a masked factor is 1, and where all factors are masked the product is 0. */
function masked(inputs: readonly Tensor[], masks: Masks): Tensor {
  const whole = inputs.map((x, i) => (masks[i] ? ops.where(spread(masks[i], x), x, 1) : x));
  const product = whole.reduce((a, b) => ops.multiply(a, b));
  if (masks.some((m) => m === null)) return product;
  const any = masks.map((m, i) => spread(m!, inputs[i]!)).reduce((a, b) => ops.logicalOr(a, b));
  return ops.where(any, product, 0);
}

/** `new Multiply(options).apply(inputs)`. */
export function multiply(inputs: readonly SymbolicTensor[], options?: LayerOptions): SymbolicTensor;
export function multiply(inputs: readonly Tensor[], options?: LayerOptions): Tensor;
export function multiply(inputs: readonly Tensor[] | readonly SymbolicTensor[], options?: LayerOptions): unknown {
  return new Multiply(options).apply(inputs as readonly Tensor[]);
}
