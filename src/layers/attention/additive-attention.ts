import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import { knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { Attention } from './attention.ts';

export interface AdditiveAttentionOptions extends LayerOptions {
  /** Whether the features of a score have weights. Default `true`. */
  useScale?: boolean;
  /** Share of the weights that are dropped in training. Default 0. */
  dropout?: number;
  /** Of the dropout. Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

const DEFAULTS: Defaults<AdditiveAttentionOptions> = { useScale: true, dropout: 0, seed: null };

/**
 * softmax(scores) value with scores = sum of scale * tanh(query + key) over the features (Bahdanau et al. 2015). Keras's
 * `AdditiveAttention`.
 *
 * Inputs and outputs are those of `Attention`; weight `scale` [features] with `useScale`.
 *
 * @param options.useScale Whether the features of a score have weights. Default `true`.
 * @param options.dropout Share of the weights that are dropped in training. Default 0.
 * @param options.seed Of the dropout.
 * @throws OlifantError as `Attention` does.
 * @example
 * const layer = new AdditiveAttention();
 * layer.apply([ops.ones([1, 2, 3]), ops.ones([1, 4, 3])]).shape; // [1, 2, 3]
 */
export class AdditiveAttention extends Attention {
  static override className = 'AdditiveAttention';
  static override moduleName = 'keras.layers';

  constructor(options?: AdditiveAttentionOptions);
  constructor(...args: unknown[]) {
    super(readOptions<AdditiveAttentionOptions>(new.target.className, [], DEFAULTS, args));
  }

  override build(inputShape: DynamicShape): void {
    this.computeOutputShape(inputShape);
    const [query] = inputShape as unknown as readonly DynamicShape[];
    if (this.useScale) this.scale = this.addWeight({ name: 'scale', shape: [knownSize(this, query!, -1)] });
  }

  protected override scores(query: Tensor, key: Tensor): Tensor {
    const both = ops.tanh(ops.add(ops.expandDims(query, -2), ops.expandDims(key, -3)));
    return ops.sum(this.scale === null ? both : ops.multiply(both, this.scale), { axis: -1 });
  }

  override getConfig(): Config {
    const { score_mode: _, ...config } = super.getConfig();
    return config;
  }
}
