import type { DType } from '../../graph/dtype.ts';
import type * as ops from '../../ops/index.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, perAxis, readDataFormat, readOptions, readPadding } from '../options.ts';
import { checkOutputSizes, mapSpatial, windows } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';

/** One number for all spatial axes, or one for each. */
export type PoolSizes = number | readonly number[];

export interface PoolingOptions extends LayerOptions {
  /** Size of the window. Default 2. */
  poolSize?: PoolSizes;
  /** Default: the window's size. */
  strides?: PoolSizes | null;
  /** `'valid'` (the default): only whole windows; `'same'`: as many outputs as size / stride. */
  padding?: ops.Padding;
  /** Default `'channels_last'`: [batch, spatial..., channels]. */
  dataFormat?: ops.DataFormat | null;
}

const DEFAULTS: Defaults<PoolingOptions> = { poolSize: 2, strides: null, padding: 'valid', dataFormat: null };

/** What pooling layers share: windows that slide over the spatial axes. */
export abstract class BasePooling extends Layer {
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: ops.Padding;
  readonly dataFormat: ops.DataFormat;

  /** @param rank Number of spatial axes. */
  constructor(rank: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const o = readOptions<PoolingOptions>(owner, ['poolSize', 'strides', 'padding'], DEFAULTS, args);
    super(o);
    this.poolSize = perAxis(owner, 'poolSize', o.poolSize, rank);
    this.strides = perAxis(owner, 'strides', o.strides ?? this.poolSize, rank);
    this.padding = readPadding(owner, o.padding, ['valid', 'same']);
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    this.inputSpec = { ndim: rank + 2 };
  }

  /** The geometry, as the operations take it. */
  protected get window(): ops.PoolOptions {
    return { strides: this.strides, padding: this.padding, dataFormat: this.dataFormat };
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const { poolSize, strides, padding } = this;
    const shape = mapSpatial(inputShape, this.dataFormat, (size, i) =>
      windows(size, poolSize[i]!, strides[i]!, padding),
    );
    return checkOutputSizes(this, inputShape, shape, `a window of ${poolSize.join(' x ')}`);
  }

  override computeOutputDType(): DType {
    return this.floatDtype;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      pool_size: this.poolSize,
      padding: this.padding,
      strides: this.strides,
      data_format: this.dataFormat,
    };
  }
}
