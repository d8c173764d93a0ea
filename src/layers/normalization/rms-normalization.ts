import type { DType } from '../../graph/dtype.ts';
import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readAxes, readOptions } from '../options.ts';
import { axisOf, knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface RMSNormalizationOptions extends LayerOptions {
  /** The axis or axes that are normalised together. Default -1. */
  axis?: number | readonly number[];
  /** Added to the mean square. Default 1e-6. */
  epsilon?: number;
}

const DEFAULTS: Defaults<RMSNormalizationOptions> = { axis: -1, epsilon: 1e-6 };

/**
 * x / sqrt(mean(x^2) + epsilon) * scale, the mean being that of each sample over `axis` (Zhang and Sennrich 2019). Keras's
 * `RMSNormalization`.
 *
 * Inputs and outputs of any shape; weight `scale` of the sizes of the axes, ones at the beginning.
 *
 * @param options.axis The axis or axes that are normalised together. Default -1.
 * @param options.epsilon Default 1e-6.
 * @throws OlifantError `INVALID_ARGUMENT` for numbers out of range, `SHAPE` where an axis is none of the input's or of unknown
 *   size.
 * @example
 * new RMSNormalization({ epsilon: 0 }).apply(tensor([[3, -3]])).arraySync(); // [[1, -1]]
 */
export class RMSNormalization extends Layer {
  static override className = 'RMSNormalization';
  static override moduleName = 'keras.layers';
  static override callArguments = ['x'];

  /** As it was given; once built, a sorted array. */
  axis: number | readonly number[];
  readonly epsilon: number;
  scale!: Variable;

  constructor(options?: RMSNormalizationOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RMSNormalizationOptions>(owner, [], DEFAULTS, args);
    super(o);
    this.axis = readAxes(owner, 'axis', o.axis);
    this.epsilon = checkNumber(owner, 'epsilon', o.epsilon, { min: 0 });
  }

  override build(inputShape: DynamicShape): void {
    this.axis = [this.axis].flat().sort((a, b) => a - b);
    const places = this.axis.map((a) => axisOf(this, inputShape, a)).sort((a, b) => a - b);
    const shape = places.map((a) => knownSize(this, inputShape, a));
    this.scale = this.addWeight({ name: 'scale', shape, initializer: 'ones' });
    this.inputSpec = {
      ndim: inputShape.length,
      axes: Object.fromEntries(places.map((a) => [a, inputShape[a]!])),
    };
  }

  override call(inputs: Tensor): Tensor {
    const { scale, axis, epsilon } = this;
    return ops.rmsNormalization(inputs, { scale, axis, epsilon });
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    for (const axis of [this.axis].flat()) axisOf(this, inputShape, axis);
    return inputShape;
  }

  override computeOutputDType(): DType {
    return this.floatDtype;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis, epsilon: this.epsilon };
  }
}
