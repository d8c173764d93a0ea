import * as activations from '../../activations/index.ts';
import { checkNumber } from '../../keras-object.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface ReLUOptions extends LayerOptions {
  /** The largest output; default: none. */
  maxValue?: number | null;
  /** Slope below the threshold. Default 0. */
  negativeSlope?: number;
  /** What is not above it is cut. Default 0. */
  threshold?: number;
}

const DEFAULTS: Defaults<ReLUOptions> = { maxValue: null, negativeSlope: 0, threshold: 0 };

/**
 * `x` above `threshold` (at most `maxValue`), `negativeSlope * (x - threshold)` elsewhere. Keras's `ReLU`.
 *
 * Inputs and outputs of any shape.
 *
 * @param options.maxValue Default: none.
 * @param options.negativeSlope Default 0.
 * @param options.threshold Default 0.
 * @throws OlifantError `INVALID_ARGUMENT` for negative numbers.
 * @example
 * new ReLU({ maxValue: 6 }).apply(tensor([-3, 4, 8])).arraySync(); // [0, 4, 6]
 */
export class ReLU extends Layer {
  static override className = 'ReLU';
  static override moduleName = 'keras.layers';

  readonly maxValue: number | null;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(maxValue: number | null, options?: ReLUOptions);
  constructor(options?: ReLUOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<ReLUOptions>(owner, ['maxValue'], DEFAULTS, args);
    super(o);
    this.maxValue = o.maxValue === null ? null : checkNumber(owner, 'maxValue', o.maxValue, { min: 0 });
    this.negativeSlope = checkNumber(owner, 'negativeSlope', o.negativeSlope, { min: 0 });
    this.threshold = checkNumber(owner, 'threshold', o.threshold, { min: 0 });
    this.supportsMasking = true;
  }

  override call(inputs: Tensor): Tensor {
    const { maxValue, negativeSlope, threshold } = this;
    return activations.relu(inputs, { maxValue, negativeSlope, threshold });
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      max_value: this.maxValue,
      negative_slope: this.negativeSlope,
      threshold: this.threshold,
    };
  }
}
