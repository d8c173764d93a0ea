import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface ELUOptions extends LayerOptions {
  /** What the outputs tend to, negated, far below 0. Default 1. */
  alpha?: number;
}

const DEFAULTS: Defaults<ELUOptions> = { alpha: 1 };

/**
 * `x` above 0, `alpha (e^x - 1)` below (Clevert et al. 2016). Keras's `ELU`.
 *
 * Inputs and outputs of any shape.
 *
 * @param alpha Default 1.
 * @throws OlifantError `INVALID_ARGUMENT` for an alpha that is no number.
 * @example
 * new ELU().apply(tensor([0, 2])).arraySync(); // [0, 2]
 */
export class ELU extends Layer {
  static override className = 'ELU';
  static override moduleName = 'keras.layers';

  readonly alpha: number;

  constructor(alpha: number, options?: ELUOptions);
  constructor(options?: ELUOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<ELUOptions>(owner, ['alpha'], DEFAULTS, args);
    super(o);
    this.alpha = checkNumber(owner, 'alpha', o.alpha);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor): Tensor {
    return ops.elu(inputs, this.alpha);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), alpha: this.alpha };
  }
}
