import { formatShape, OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import type * as ops from '../../ops/index.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readDataFormat, readFlag, readOptions } from '../options.ts';
import { spatialAxes } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface GlobalPoolingOptions extends LayerOptions {
  /** Default `'channels_last'`: [batch, spatial..., channels]. */
  dataFormat?: ops.DataFormat | null;
  /** Whether the spatial axes stay, with size 1. Default `false`. */
  keepdims?: boolean;
}

const DEFAULTS: Defaults<GlobalPoolingOptions> = { dataFormat: null, keepdims: false };

/** What layers share that make one value of each channel. */
export abstract class BaseGlobalPooling extends Layer {
  readonly dataFormat: ops.DataFormat;
  readonly keepdims: boolean;
  /** @internal */
  readonly spatial: readonly number[];

  /** @param rank Number of spatial axes. */
  constructor(rank: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const o = readOptions<GlobalPoolingOptions>(owner, [], DEFAULTS, args);
    super(o);
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    this.keepdims = readFlag(owner, 'keepdims', o.keepdims);
    this.spatial = spatialAxes(this.dataFormat, rank);
    this.inputSpec = { ndim: rank + 2 };
  }

  /** The axes to reduce, as the operations take them. */
  protected get how(): ops.ReduceOptions {
    return { axis: this.spatial, keepdims: this.keepdims };
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    if (this.spatial.some((axis) => inputShape[axis] === 0))
      throw new OlifantError(
        'SHAPE',
        `${this.label}: expected spatial sizes of at least 1, got an input of shape ${formatShape(inputShape)}`,
      );
    if (this.keepdims) return inputShape.map((d, i) => (this.spatial.includes(i) ? 1 : d));
    return inputShape.filter((_, i) => !this.spatial.includes(i));
  }

  override computeOutputDType(): DType {
    return this.floatDtype;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), data_format: this.dataFormat, keepdims: this.keepdims };
  }
}
