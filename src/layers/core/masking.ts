import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface MaskingOptions extends LayerOptions {
  /** Default 0. */
  maskValue?: number;
}

const DEFAULTS: Defaults<MaskingOptions> = { maskValue: 0 };

/**
 * Masks time steps of which all features equal `maskValue`: they become 0, and layers that follow and know masks leave
 * them out. Keras's `Masking`.
 *
 * Inputs and outputs [batch, time, features].
 *
 * @param options.maskValue Default 0.
 * @throws OlifantError `INVALID_ARGUMENT` for a value that is no number, `SHAPE` for inputs of less than two axes.
 * @example
 * new Masking({ maskValue: -1 }).apply(tensor([[[1, 2], [-1, -1]]])).arraySync(); // [[[1, 2], [0, 0]]]
 */
export class Masking extends Layer {
  static override className = 'Masking';
  static override moduleName = 'keras.layers';

  readonly maskValue: number;

  constructor(maskValue: number, options?: MaskingOptions);
  constructor(options?: MaskingOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<MaskingOptions>(owner, ['maskValue'], DEFAULTS, args);
    super(o);
    this.maskValue = checkNumber(owner, 'maskValue', o.maskValue);
    this.supportsMasking = true;
    this.inputSpec = { minNdim: 2 };
  }

  override call(inputs: Tensor): Tensor {
    return ops.where(ops.expandDims(this.computeMask(inputs), -1), inputs, 0);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override computeMask(inputs: Tensor): Tensor {
    return ops.any(ops.notEqual(inputs, this.maskValue), { axis: -1 });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), mask_value: this.maskValue };
  }
}
