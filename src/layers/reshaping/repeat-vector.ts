import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface RepeatVectorOptions extends LayerOptions {
  /** How often. */
  n?: number;
}

const DEFAULTS: Defaults<RepeatVectorOptions> = { n: REQUIRED };

/**
 * Each vector `n` times, as steps of a sequence. Keras's `RepeatVector`.
 *
 * Inputs [batch, features], outputs [batch, n, features].
 *
 * @param n How often.
 * @throws OlifantError `INVALID_ARGUMENT` where that is no positive whole number, `SHAPE` for inputs that have not two axes.
 * @example
 * new RepeatVector(3).apply(ops.ones([2, 4])).shape; // [2, 3, 4]
 */
export class RepeatVector extends Layer {
  static override className = 'RepeatVector';
  static override moduleName = 'keras.layers';

  readonly n: number;

  constructor(n: number, options?: RepeatVectorOptions);
  constructor(options: RepeatVectorOptions & { n: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RepeatVectorOptions>(owner, ['n'], DEFAULTS, args);
    super(o);
    this.n = wholeNumber(owner, 'n', o.n);
    this.inputSpec = { ndim: 2 };
  }

  override call(inputs: Tensor): Tensor {
    return ops.repeat(ops.expandDims(inputs, 1), this.n, 1);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return [inputShape[0]!, this.n, inputShape[1]!];
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), n: this.n };
  }
}
