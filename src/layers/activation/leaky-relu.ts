import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface LeakyReLUOptions extends LayerOptions {
  /** Slope below 0. Default 0.3. */
  negativeSlope?: number;
  /** The name of `negativeSlope` in older Keras. */
  alpha?: number | null;
}

const DEFAULTS: Defaults<LeakyReLUOptions> = { negativeSlope: 0.3, alpha: null };

/**
 * `x` where it is not negative, `negativeSlope * x` elsewhere. Keras's `LeakyReLU`.
 *
 * Inputs and outputs of any shape.
 *
 * @param negativeSlope Default 0.3. Older programs call it `alpha`.
 * @throws OlifantError `INVALID_ARGUMENT` for a negative slope.
 * @example
 * new LeakyReLU(0.5).apply(tensor([-2, 4])).arraySync(); // [-1, 4]
 */
export class LeakyReLU extends Layer {
  static override className = 'LeakyReLU';
  static override moduleName = 'keras.layers';

  readonly negativeSlope: number;

  constructor(negativeSlope: number, options?: LeakyReLUOptions);
  constructor(options?: LeakyReLUOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<LeakyReLUOptions>(owner, ['negativeSlope'], DEFAULTS, args);
    super(o);
    this.negativeSlope = checkNumber(owner, 'negativeSlope', o.alpha ?? o.negativeSlope, { min: 0 });
    this.supportsMasking = true;
  }

  override call(inputs: Tensor): Tensor {
    return ops.leakyRelu(inputs, this.negativeSlope);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), negative_slope: this.negativeSlope };
  }
}
