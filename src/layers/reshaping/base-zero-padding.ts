import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readDataFormat, readOptions } from '../options.ts';
import { mapSpatial } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { type Border, type Borders, readBorders } from './borders.ts';

export interface ZeroPaddingOptions extends LayerOptions {
  /** Rows of zeros: one number for all sides, one for each axis, or [before, after] for each axis. Default 1. */
  padding?: Borders;
  /** Default `'channels_last'`: [batch, spatial..., channels]. */
  dataFormat?: ops.DataFormat | null;
}

const DEFAULTS: Defaults<ZeroPaddingOptions> = { padding: 1, dataFormat: null };

/** What the layers share that put zeros around. */
export abstract class BaseZeroPadding extends Layer {
  readonly padding: readonly Border[];
  readonly dataFormat: ops.DataFormat;

  /** @param rank Number of spatial axes. */
  constructor(rank: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const o = readOptions<ZeroPaddingOptions>(owner, ['padding'], DEFAULTS, args);
    super(o);
    this.padding = readBorders(owner, 'padding', o.padding, rank);
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    this.inputSpec = { ndim: rank + 2 };
  }

  override call(inputs: Tensor): Tensor {
    const none: Border = [0, 0];
    const last = this.dataFormat === 'channels_last';
    return ops.pad(inputs, last ? [none, ...this.padding, none] : [none, none, ...this.padding]);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return mapSpatial(inputShape, this.dataFormat, (size, i) => size + this.padding[i]![0] + this.padding[i]![1]);
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  override getConfig(): Config {
    const padding = this.padding.length === 1 ? this.padding[0] : this.padding;
    return { ...super.getConfig(), padding, data_format: this.dataFormat };
  }
}
