import { describe, OlifantError } from '../../errors.ts';
import { isFloating } from '../../graph/dtype.ts';
import type { Initializer } from '../../initializers/index.ts';
import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { FloatType } from '../../settings.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { CallOptions, Config } from '../layer.ts';
import { LORA_DEFAULTS } from '../lora.ts';
import { withMask } from '../mask.ts';
import { type Defaults, REQUIRED, readFlag, readOptions } from '../options.ts';
import type { Struct } from '../struct.ts';
import { type DynamicShape, TensorSpec } from '../symbolic.ts';
import { readRules, ruleDefaults } from '../weight-rules.ts';
import { Embedding, type EmbeddingOptions } from './embedding.ts';

export interface ReversibleEmbeddingOptions extends EmbeddingOptions {
  /** Whether the way back multiplies by the transposed embeddings, and not by a weight of its own. Default `true`. */
  tieWeights?: boolean;
  /** Type of the numbers on the way back. Default: that in which the layer computes. */
  reverseDtype?: FloatType | null;
  /** On the way back, y becomes cap tanh(y / cap). Default: nothing does. */
  logitSoftCap?: number | null;
}

const DEFAULTS: Defaults<ReversibleEmbeddingOptions> = {
  inputDim: REQUIRED,
  outputDim: REQUIRED,
  maskZero: false,
  weights: null,
  inputLength: 0,
  tieWeights: true,
  reverseDtype: null,
  logitSoftCap: null,
  ...LORA_DEFAULTS,
  ...ruleDefaults('embeddings', 'uniform'),
};

/**
 * An `Embedding` with a way back: `layer.apply(x, { reverse: true })` gives a score for each number (Press and Wolf 2017).
 * Keras's `ReversibleEmbedding`.
 *
 * Forward: whole numbers of any shape to [...shape, outputDim]; back: [..., outputDim] to [..., inputDim]. Weights
 * `embeddings` [inputDim, outputDim] and, with `tieWeights: false`, `reverse_embeddings` [outputDim, inputDim].
 *
 * @param inputDim How many different numbers there are.
 * @param outputDim Size of the vectors.
 * @param options.tieWeights Whether the way back multiplies by the transposed embeddings. Default `true`.
 * @param options.logitSoftCap On the way back, y becomes cap tanh(y / cap).
 * @param options.maskZero Whether 0 is padding, masked for the layers that follow. Default `false`.
 * @throws OlifantError as `Embedding` does; `UNSUPPORTED` for another `reverseDtype` than float32.
 * @example
 * const layer = new ReversibleEmbedding(1000, 16);
 * layer.apply(layer.apply(tensor([[1, 2, 3]])), { reverse: true }).shape; // [1, 3, 1000]
 */
export class ReversibleEmbedding extends Embedding {
  static override className = 'ReversibleEmbedding';
  static override moduleName = 'keras.layers';
  static override callArguments: readonly string[] = ['inputs', 'reverse'];

  readonly tieWeights: boolean;
  readonly logitSoftCap: number | null;
  reverseEmbeddings: Variable | null = null;
  readonly #reverseDtype: FloatType | null;
  readonly #initializer: Initializer;

  constructor(inputDim: number, outputDim: number, options?: ReversibleEmbeddingOptions);
  constructor(options: ReversibleEmbeddingOptions & { inputDim: number; outputDim: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const all = readOptions<ReversibleEmbeddingOptions>(owner, ['inputDim', 'outputDim'], DEFAULTS, args);
    const { tieWeights, reverseDtype, logitSoftCap, ...options } = all;
    super(options);
    this.tieWeights = readFlag(owner, 'tieWeights', tieWeights);
    this.logitSoftCap = logitSoftCap === null ? null : checkNumber(owner, 'logitSoftCap', logitSoftCap, { above: 0 });
    if (reverseDtype !== null && !isFloating(reverseDtype))
      throw new OlifantError(
        'UNSUPPORTED',
        `${owner}: reverseDtype can be 'float32', 'bfloat16', 'float16' or null only, got ${describe(reverseDtype)}`,
      );
    this.#reverseDtype = reverseDtype;
    this.#initializer = readRules(owner, all, 'embeddings').initializer;
  }

  override build(): void {
    super.build();
    if (this.tieWeights) return;
    const initializer = this.#initializer;
    this.reverseEmbeddings = this.addWeight({
      name: 'reverse_embeddings',
      shape: [this.outputDim, this.inputDim],
      initializer,
    });
  }

  override call(inputs: Tensor, options: CallOptions = {}): Tensor {
    if (!options.reverse) return withMask(super.call(inputs), super.computeMask(inputs));
    const kernel = this.reverseEmbeddings ?? ops.transpose(this.effectiveEmbeddings);
    const dtype = this.#reverseDtype ?? this.floatDtype;
    const logits = ops.matmul(ops.cast(inputs, dtype), ops.cast(kernel, dtype));
    const cap = this.logitSoftCap;
    return cap === null ? logits : ops.multiply(ops.tanh(ops.divide(logits, cap)), cap);
  }

  /** `call` gives the mask, for the way back has none. */
  override computeMask(): null {
    return null;
  }

  override computeOutputShape(inputShape: DynamicShape, reverse = false): DynamicShape {
    return reverse ? [...inputShape.slice(0, -1), this.inputDim] : super.computeOutputShape(inputShape);
  }

  protected override outputSpecsFor(inputs: Struct<TensorSpec>, options: CallOptions): Struct<TensorSpec> {
    const isBack = options.reverse === true;
    const dtype = (isBack ? this.#reverseDtype : null) ?? this.floatDtype;
    return new TensorSpec(this.computeOutputShape((inputs as TensorSpec).shape, isBack), dtype);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      tie_weights: this.tieWeights,
      reverse_dtype: this.#reverseDtype,
      logit_soft_cap: this.logitSoftCap,
    };
  }
}
