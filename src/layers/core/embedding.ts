import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import * as regularizers from '../../regularizers/index.ts';
import { asTensor, type TensorLike } from '../../trace/convert.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { LORA_DEFAULTS, Lora, type LoraOptions } from '../lora.ts';
import { LowRankLayer } from '../low-rank-layer.ts';
import { type Defaults, REQUIRED, readFlag, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';

export interface EmbeddingOptions extends LayerOptions, LoraOptions, WeightRuleOptions<'embeddings'> {
  /** How many different numbers there are: the largest one plus 1. */
  inputDim?: number;
  /** Size of the vectors. */
  outputDim?: number;
  /** Whether 0 is padding, masked for the layers that follow. Default `false`. */
  maskZero?: boolean;
  /** The vectors to begin with, shape [inputDim, outputDim]; alone or as the only one of an array. */
  weights?: TensorLike | readonly TensorLike[] | null;
  /** Taken for the sake of older programs; says nothing that is needed. */
  inputLength?: number;
}

const DEFAULTS: Defaults<EmbeddingOptions> = {
  inputDim: REQUIRED,
  outputDim: REQUIRED,
  maskZero: false,
  weights: null,
  inputLength: 0,
  ...ruleDefaults('embeddings', 'uniform'),
  ...LORA_DEFAULTS,
};

/**
 * A vector of its own for each whole number from 0 to inputDim - 1: words, categories. Keras's `Embedding`.
 *
 * Inputs: whole numbers of any shape; outputs [...shape, outputDim]; weight `embeddings` [inputDim, outputDim]. Numbers
 * beyond the last row give the last row.
 *
 * @param inputDim How many different numbers there are.
 * @param outputDim Size of the vectors.
 * @param options.maskZero Whether 0 is padding, masked for the layers that follow. Default `false`.
 * @param options.weights The vectors to begin with.
 * @param options.embeddingsInitializer Default `'uniform'`; also `embeddingsRegularizer`, `embeddingsConstraint`.
 * @param options.loraRank Rank of an addition to the vectors that learns in their place: see `enableLora`. As in Keras,
 *   `loraAlpha` becomes the rank when the weights are made; `enableLora` takes another one.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers; `SHAPE` for `weights` of another shape.
 * @example
 * new Embedding(1000, 16).apply(tensor([[1, 2, 3]])).shape; // [1, 3, 16]
 */
export class Embedding extends LowRankLayer {
  static override className = 'Embedding';
  static override moduleName = 'keras.layers';

  readonly inputDim: number;
  readonly outputDim: number;
  readonly maskZero: boolean;
  embeddings!: Variable;
  readonly #rules: WeightRules;
  protected readonly lora: Lora;
  #initial: Tensor | undefined;

  constructor(inputDim: number, outputDim: number, options?: EmbeddingOptions);
  constructor(options: EmbeddingOptions & { inputDim: number; outputDim: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<EmbeddingOptions>(owner, ['inputDim', 'outputDim'], DEFAULTS, args);
    super(o);
    this.inputDim = wholeNumber(owner, 'inputDim', o.inputDim);
    this.outputDim = wholeNumber(owner, 'outputDim', o.outputDim);
    this.maskZero = readFlag(owner, 'maskZero', o.maskZero);
    this.#rules = readRules(owner, o, 'embeddings');
    this.lora = new Lora(owner, o, 'embeddings', this.#rules);
    this.#initial = initialWeights(owner, o.weights, [this.inputDim, this.outputDim]);
    this.supportsMasking = this.maskZero;
    this.autocast = false;
    // As in Keras, given vectors are there at once; classes that extend this one are not ready here.
    if (this.#initial !== undefined && new.target === Embedding) this.ensureBuilt([null]);
  }

  override build(): void {
    const shape = [this.inputDim, this.outputDim];
    this.embeddings = this.addWeight({ name: 'embeddings', shape, ...this.#rules });
    if (this.#initial !== undefined) this.embeddings.write(this.#initial.dataSync());
    this.#initial = undefined;
    this.lora.build(this.embeddings, (w) => this.addWeight(w), this.lora.rank);
  }

  /** The vectors that count: with the addition of low rank, where there is one. */
  protected get effectiveEmbeddings(): Variable | Tensor {
    return this.lora.of(this.embeddings, this.floatDtype);
  }

  override call(inputs: Tensor): Tensor {
    return this.inComputeDtype(ops.take(this.effectiveEmbeddings, inputs, 0));
  }

  protected get adapted(): Variable {
    return this.embeddings;
  }

  /** The factors of the addition of low rank, a and b. */
  get loraEmbeddingsA(): Variable | null {
    return this.lora.a;
  }

  get loraEmbeddingsB(): Variable | null {
    return this.lora.b;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return [...inputShape, this.outputDim];
  }

  override computeMask(inputs: Tensor): Tensor | null {
    return this.maskZero ? ops.notEqual(inputs, 0) : null;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      input_dim: this.inputDim,
      output_dim: this.outputDim,
      ...rulesConfig('embeddings', this.#rules),
      activity_regularizer: regularizers.serialize(this.activityRegularizer),
      mask_zero: this.maskZero,
      quantization_config: null,
      ...this.lora.config,
    };
  }
}

function initialWeights(owner: string, weights: unknown, shape: readonly number[]): Tensor | undefined {
  if (weights === null) return undefined;
  const one = Array.isArray(weights) && weights.length === 1 ? weights[0] : weights;
  const value = asTensor(one as TensorLike, 'float32');
  if (formatShape(value.shape) !== formatShape(shape))
    throw new OlifantError(
      'SHAPE',
      `${owner}: weights must have the shape ${formatShape(shape)} (inputDim, outputDim), got ${formatShape(value.shape)}`,
    );
  return value;
}
