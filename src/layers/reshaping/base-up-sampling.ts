import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import { perAxis, readDataFormat } from '../options.ts';
import { mapSpatial, spatialAxes } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';

/** What the layers share that repeat rows. */
export abstract class BaseUpSampling extends Layer {
  /** @internal The factor of each spatial axis. */
  readonly factors: readonly number[];
  readonly dataFormat: ops.DataFormat;

  /** @param rank Number of spatial axes. */
  constructor(rank: number, options: LayerOptions, size: unknown, dataFormat: unknown) {
    super(options);
    this.factors = perAxis(this.className, 'size', size, rank);
    this.dataFormat = readDataFormat(this.className, dataFormat);
    this.inputSpec = { ndim: rank + 2 };
  }

  override call(inputs: Tensor): Tensor {
    const axes = spatialAxes(this.dataFormat, this.factors.length);
    return axes.reduce((x, axis, i) => (this.factors[i] === 1 ? x : ops.repeat(x, this.factors[i]!, axis)), inputs);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return mapSpatial(inputShape, this.dataFormat, (size, i) => size * this.factors[i]!);
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }
}
