import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type CallOptions, type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readAxes, readOptions } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface SoftmaxOptions extends LayerOptions {
  /** The axis, or axes together, along which the outputs sum to 1. Default -1. */
  axis?: number | readonly number[];
}

const DEFAULTS: Defaults<SoftmaxOptions> = { axis: -1 };

/** What a masked input counts as: its exponential is 0. */
const MASKED = -1e9;

/**
 * e^x over its sum along `axis`. Keras's `Softmax`.
 *
 * Inputs and outputs of any shape. With a mask (a shape that repeats to the inputs' one), masked places get 0 and the
 * others sum to 1.
 *
 * @param axis Default -1; several axes are taken together.
 * @throws OlifantError `INVALID_ARGUMENT` for an axis that is no whole number, `SHAPE` for a mask that does not fit.
 * @example
 * new Softmax().apply(tensor([[1, 1]])).arraySync(); // [[0.5, 0.5]]
 */
export class Softmax extends Layer {
  static override className = 'Softmax';
  static override callArguments: readonly string[] = ['inputs', 'mask'];
  static override moduleName = 'keras.layers';

  readonly axis: number | number[];

  constructor(axis: number | readonly number[], options?: SoftmaxOptions);
  constructor(options?: SoftmaxOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<SoftmaxOptions>(owner, ['axis'], DEFAULTS, args);
    super(o);
    this.axis = readAxes(owner, 'axis', o.axis);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor, { mask }: CallOptions = {}): Tensor {
    if (mask === null || mask === undefined) return ops.softmax(inputs, this.axis);
    const keep = this.#checkMask(mask as Tensor, inputs);
    return ops.where(keep, ops.softmax(ops.where(keep, inputs, MASKED), this.axis), 0);
  }

  #checkMask(mask: Tensor, inputs: Tensor): Tensor {
    const missing = inputs.rank - mask.rank;
    const fits = missing >= 0 && mask.shape.every((d, i) => d === 1 || d === inputs.shape[i + missing]);
    if (!fits)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: a mask of shape ${formatShape(mask.shape)} does not repeat to the inputs' ${formatShape(inputs.shape)}`,
      );
    return ops.cast(mask, 'bool');
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis };
  }
}
