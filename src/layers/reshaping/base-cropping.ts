import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readDataFormat, readOptions } from '../options.ts';
import { checkOutputSizes, mapSpatial, spatialAxes } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { type Border, type Borders, readBorders } from './borders.ts';

export interface CroppingOptions extends LayerOptions {
  /** Rows cut off: one number for all sides, one for each axis, or [before, after] for each axis. */
  cropping?: Borders;
  /** Default `'channels_last'`: [batch, spatial..., channels]. */
  dataFormat?: ops.DataFormat | null;
}

/** What the layers share that cut the borders off. */
export abstract class BaseCropping extends Layer {
  readonly cropping: readonly Border[];
  readonly dataFormat: ops.DataFormat;

  /**
   * @param rank Number of spatial axes.
   * @param cropping The default.
   */
  constructor(rank: number, cropping: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const defaults: Defaults<CroppingOptions> = { cropping, dataFormat: null };
    const o = readOptions<CroppingOptions>(owner, ['cropping'], defaults, args);
    super(o);
    this.cropping = readBorders(owner, 'cropping', o.cropping, rank);
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    this.inputSpec = { ndim: rank + 2 };
  }

  override call(inputs: Tensor): Tensor {
    const shape = this.computeOutputShape(inputs.shape) as number[];
    const start = inputs.shape.map(() => 0);
    spatialAxes(this.dataFormat, this.cropping.length).forEach((axis, i) => {
      start[axis] = this.cropping[i]![0];
    });
    return ops.slice(inputs, start, shape);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const { cropping } = this;
    const shape = mapSpatial(inputShape, this.dataFormat, (size, i) => size - cropping[i]![0] - cropping[i]![1]);
    return checkOutputSizes(this, inputShape, shape, `cropping ${JSON.stringify(cropping)}`);
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  override getConfig(): Config {
    // Keras's Cropping1D has a pair of numbers and no data format.
    if (this.cropping.length === 1) return { ...super.getConfig(), cropping: this.cropping[0] };
    return { ...super.getConfig(), cropping: this.cropping, data_format: this.dataFormat };
  }
}
