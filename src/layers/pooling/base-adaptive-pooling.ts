import { formatShape, OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import type * as ops from '../../ops/index.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, perAxis, REQUIRED, readDataFormat, readOptions } from '../options.ts';
import { spatialAxes } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import type { PoolSizes } from './base-pooling.ts';

export interface AdaptivePoolingOptions extends LayerOptions {
  /** Spatial sizes of the outputs: one number for all axes, or one for each. */
  outputSize?: PoolSizes;
  /** Default `'channels_last'`: [batch, spatial..., channels]. */
  dataFormat?: ops.DataFormat | null;
}

const DEFAULTS: Defaults<AdaptivePoolingOptions> = { outputSize: REQUIRED, dataFormat: null };

/** What pooling layers share whose windows follow from the sizes of inputs and outputs. */
export abstract class BaseAdaptivePooling extends Layer {
  readonly outputSize: readonly number[];
  readonly dataFormat: ops.DataFormat;

  /** @param rank Number of spatial axes. */
  constructor(rank: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const o = readOptions<AdaptivePoolingOptions>(owner, ['outputSize'], DEFAULTS, args);
    super(o);
    this.outputSize = perAxis(owner, 'outputSize', o.outputSize, rank);
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    this.inputSpec = { ndim: rank + 2 };
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const empty = spatialAxes(this.dataFormat, this.outputSize.length).some((axis) => inputShape[axis] === 0);
    if (empty)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: expected spatial sizes of at least 1, got an input of shape ${formatShape(inputShape)}`,
      );
    const [batch, ...rest] = inputShape as readonly [number | null, ...(number | null)[]];
    return this.dataFormat === 'channels_last'
      ? [batch, ...this.outputSize, rest.at(-1)!]
      : [batch, rest[0]!, ...this.outputSize];
  }

  override computeOutputDType(): DType {
    return this.floatDtype;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), output_size: this.outputSize, data_format: this.dataFormat };
  }
}
