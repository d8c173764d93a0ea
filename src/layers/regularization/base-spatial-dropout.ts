import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config, Layer, LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readDataFormat, readOptions } from '../options.ts';
import { spatialAxes } from '../spatial.ts';
import { RandomLayer } from './random-layer.ts';

export interface SpatialDropoutOptions extends LayerOptions {
  /** The share of the channels that are dropped, from 0 to 1. */
  rate?: number;
  /** Default `'channels_last'`: [batch, spatial..., channels]. */
  dataFormat?: ops.DataFormat | null;
  /** Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

const DEFAULTS: Defaults<SpatialDropoutOptions> = { rate: REQUIRED, dataFormat: null, seed: null };

/** What the layers share that drop whole channels of a sample. */
export abstract class BaseSpatialDropout extends RandomLayer {
  readonly rate: number;
  readonly dataFormat: ops.DataFormat;
  readonly #rank: number;

  /** @param rank Number of spatial axes. */
  constructor(rank: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const o = readOptions<SpatialDropoutOptions>(owner, ['rate'], DEFAULTS, args);
    const rate = checkNumber(owner, 'rate', o.rate, { min: 0, max: 1 });
    super(o, o.seed, rate > 0);
    this.rate = rate;
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    this.#rank = rank;
    this.inputSpec = { ndim: rank + 2 };
  }

  protected override perturb(inputs: Tensor, key: Tensor): Tensor {
    const axes = spatialAxes(this.dataFormat, this.#rank);
    const shape = inputs.shape.map((d, i) => (axes.includes(i) ? 1 : d));
    return ops.dropout(inputs, this.rate, key, shape);
  }

  /** Keras's has no `trainable`, the dtype by its name, and in one dimension no data format. */
  override getConfig(): Config {
    const config: Config = { rate: this.rate, seed: this.seed, name: this.name, dtype: this.dtype };
    if (this.#rank > 1) config.data_format = this.dataFormat;
    return config;
  }
}
