import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readAxes, readOptions } from '../options.ts';
import { axisOf } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface UnitNormalizationOptions extends LayerOptions {
  /** The axis or axes along which the outputs have norm 1. Default -1. */
  axis?: number | readonly number[];
}

const DEFAULTS: Defaults<UnitNormalizationOptions> = { axis: -1 };

/**
 * Each sample divided by its Euclidean norm over `axis`. Keras's `UnitNormalization`.
 *
 * Inputs and outputs of any shape; a sample of zeros stays.
 *
 * @param options.axis The axis or axes. Default -1.
 * @throws OlifantError `INVALID_ARGUMENT` for an axis that is no whole number, `SHAPE` for one that the input has not.
 * @example
 * new UnitNormalization().apply(tensor([[0, 2]])).arraySync(); // [[0, 1]]
 */
export class UnitNormalization extends Layer {
  static override className = 'UnitNormalization';
  static override moduleName = 'keras.layers';

  readonly axis: number | number[];

  constructor(options?: UnitNormalizationOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<UnitNormalizationOptions>(owner, [], DEFAULTS, args);
    super(o);
    this.axis = readAxes(owner, 'axis', o.axis);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor): Tensor {
    this.computeOutputShape(inputs.shape);
    return ops.normalize(inputs, { axis: this.axis, order: 2, epsilon: 1e-12 });
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    for (const axis of [this.axis].flat()) axisOf(this, inputShape, axis);
    return inputShape;
  }

  override computeOutputDType(): DType {
    return this.floatDtype;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis };
  }
}
