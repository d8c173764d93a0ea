import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type CallOptions, type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';
import { encodeCategories, encodedShape, readOutputMode, refuseSparse } from './encode-categories.ts';

const MODES = ['multi_hot', 'one_hot', 'count'] as const;

export interface CategoryEncodingOptions extends LayerOptions {
  /** Number of categories. */
  numTokens?: number;
  /** `'multi_hot'` (default): which categories a sample has. `'count'`: how often. `'one_hot'`: a vector for each number. */
  outputMode?: (typeof MODES)[number] | 'binary';
  /** Sparse outputs are not supported. */
  sparse?: boolean;
}

/** What `apply` takes beside the numbers. */
export interface CategoryEncodingCall extends CallOptions {
  /** In mode `'count'`: what each number counts, of the shape of the inputs. */
  countWeights?: Tensor;
}

const DEFAULTS: Defaults<CategoryEncodingOptions> = { numTokens: REQUIRED, outputMode: 'multi_hot', sparse: false };

/**
 * Category numbers, 0 to `numTokens` - 1, to vectors of 0 and 1, or of counts. Keras's `CategoryEncoding`.
 *
 * Numbers out of range leave no trace. Inputs [batch] or [batch, n]; outputs float32 [batch, numTokens]; in mode `'one_hot'`
 * [batch, n, numTokens], without an n of 1.
 *
 * @param numTokens Number of categories.
 * @throws OlifantError `INVALID_ARGUMENT` for `countWeights` in another mode than `'count'`, `SHAPE` where they do not fit.
 * @example
 * new CategoryEncoding(4).apply([[0, 1], [3, 1]]).arraySync(); // [[1, 1, 0, 0], [0, 1, 0, 1]]
 */
export class CategoryEncoding extends Layer {
  static override className = 'CategoryEncoding';
  static override moduleName = 'keras.layers';
  static override callArguments: readonly string[] = ['inputs', 'countWeights'];

  readonly numTokens: number;
  readonly outputMode: (typeof MODES)[number];

  constructor(numTokens: number, options?: CategoryEncodingOptions);
  constructor(options: CategoryEncodingOptions & { numTokens: number });
  constructor(...args: unknown[]) {
    const owner = 'CategoryEncoding';
    const o = readOptions<CategoryEncodingOptions>(owner, ['numTokens'], DEFAULTS, args);
    super(o);
    this.numTokens = wholeNumber(owner, 'numTokens', o.numTokens);
    this.outputMode = readOutputMode(owner, o.outputMode, MODES);
    refuseSparse(owner, 'sparse', o.sparse);
  }

  override call(inputs: Tensor, { countWeights }: CategoryEncodingCall): Tensor {
    if (countWeights === undefined || countWeights === null)
      return encodeCategories(inputs, this.outputMode, this.numTokens);
    if (this.outputMode !== 'count')
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: countWeights need outputMode 'count', got '${this.outputMode}'`,
      );
    const weights = ops.cast(countWeights, 'float32');
    if (formatShape(weights.shape) !== formatShape(inputs.shape))
      throw new OlifantError(
        'SHAPE',
        `${this.label}: expected countWeights of the shape of the inputs, ${formatShape(inputs.shape)}, got ${formatShape(weights.shape)}`,
      );
    return encodeCategories(inputs, 'count', this.numTokens, weights);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return encodedShape(inputShape, this.outputMode, this.numTokens);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), num_tokens: this.numTokens, output_mode: this.outputMode };
  }
}
