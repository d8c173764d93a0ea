import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readDataFormat, readOptions } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface FlattenOptions extends LayerOptions {
  /** `'channels_first'`: the axis of the channels goes last before the sizes are joined. Default `'channels_last'`. */
  dataFormat?: ops.DataFormat | null;
}

const DEFAULTS: Defaults<FlattenOptions> = { dataFormat: null };

/**
 * All sizes but the batch's joined to one. Keras's `Flatten`.
 *
 * Inputs [batch, ...], outputs [batch, product of the sizes] ([batch, 1] for [batch]).
 *
 * @param options.dataFormat `'channels_first'`: the channels go last before the sizes are joined. Default `'channels_last'`.
 * @throws OlifantError `SHAPE` for a scalar.
 * @example
 * new Flatten().apply(ops.ones([2, 3, 4])).shape; // [2, 12]
 */
export class Flatten extends Layer {
  static override className = 'Flatten';
  static override moduleName = 'keras.layers';

  readonly dataFormat: ops.DataFormat;

  constructor(options?: FlattenOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<FlattenOptions>(owner, [], DEFAULTS, args);
    super(o);
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    this.inputSpec = { minNdim: 1 };
  }

  override call(inputs: Tensor): Tensor {
    const first = this.dataFormat === 'channels_first' && inputs.rank > 2;
    const x = first ? ops.moveaxis(inputs, 1, -1) : inputs;
    return ops.reshape(x, this.computeOutputShape(x.shape) as number[]);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const [batch, ...sizes] = inputShape;
    return [batch!, sizes.includes(null) ? null : (sizes as number[]).reduce((a, d) => a * d, 1)];
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), data_format: this.dataFormat };
  }
}
