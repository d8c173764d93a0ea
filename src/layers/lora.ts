import { describe, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import * as initializers from '../initializers/index.ts';
import { checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor } from '../trace/tensor.ts';
import type { Variable } from '../trace/variable.ts';
import type { Layer } from './layer.ts';
import type { Config, StoredValue, WeightOptions } from './layer-options.ts';
import { wholeNumber } from './options.ts';
import { tableChanged } from './preprocessing/tables-revision.ts';
import type { WeightRules } from './weight-rules.ts';

/** Options of layers whose weight can learn by an addition of low rank. */
export interface LoraOptions {
  /** Rank of the addition, made with the weights; the weight itself stays as it is then. Default: there is none. */
  loraRank?: number | null;
  /** The addition is multiplied by loraAlpha / loraRank. Default: the rank. */
  loraAlpha?: number | null;
}

export const LORA_DEFAULTS: Required<LoraOptions> = { loraRank: null, loraAlpha: null };

export interface EnableLoraOptions {
  /** The addition is multiplied by loraAlpha / rank. Default: the rank. */
  loraAlpha?: number | null;
  /** Of the first factor. Default `'he_uniform'`. */
  aInitializer?: initializers.InitializerLike;
  /** Of the second factor. Default `'zeros'`: at first the addition is nothing. */
  bInitializer?: initializers.InitializerLike;
}

type AddWeight = (options: WeightOptions) => Variable;

/**
 * Low-rank adaptation of one weight (Hu et al. 2021): W + (alpha / rank) a b counts in its place, where a is
 * [..., inputs, rank] and b [rank, outputs]. W no longer learns, a and b do.
 *
 * Files hold the sum in the place of W, and nothing of a and b; a layer that is loaded from one has zeros in both, as in Keras.
 */
export class Lora {
  rank: number | null;
  alpha: number | null;
  a: Variable | null = null;
  b: Variable | null = null;
  readonly #owner: string;
  readonly #weight: string;
  readonly #rules: WeightRules;

  /** @param weight Name of the weight. */
  constructor(owner: string, o: Required<LoraOptions>, weight: string, rules: WeightRules) {
    this.#owner = owner;
    this.#weight = weight;
    this.#rules = rules;
    this.rank = o.loraRank === null ? null : wholeNumber(owner, 'loraRank', o.loraRank);
    this.alpha = o.loraAlpha === null ? this.rank : checkNumber(owner, 'loraAlpha', o.loraAlpha);
    if (this.rank !== null) this.#checkConstraint(owner);
  }

  get enabled(): boolean {
    return this.a !== null;
  }

  #checkConstraint(label: string): void {
    if (this.#rules.constraint === null) return;
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${label}: a ${this.#weight} with a constraint cannot have an addition of low rank; leave out ${this.#weight}Constraint`,
    );
  }

  /**
   * For `build`: makes the factors, if the layer was told a rank.
   *
   * @param alpha In the place of that of the options.
   */
  build(weight: Variable, add: AddWeight, alpha: number | null = this.alpha): void {
    if (this.rank !== null) this.#begin(weight, add, this.rank, { loraAlpha: alpha });
  }

  /** For `enableLora`. */
  enable(layer: Layer, weight: Variable | undefined, add: AddWeight, rank: number, o: EnableLoraOptions): void {
    const { label } = layer;
    this.#checkConstraint(label);
    if (!layer.built || weight === undefined)
      throw new OlifantError(
        'NOT_BUILT',
        `${label}: enableLora needs the ${this.#weight}, which is not there yet: call the layer, or \`build\` with a shape, first`,
      );
    if (this.enabled)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${label}: enableLora was called before; a layer can have one addition`,
      );
    wholeNumber(this.#owner, 'rank', rank);
    if (typeof o !== 'object' || o === null)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${label}: enableLora expected options like { loraAlpha: 8 } after the rank, got ${describe(o)}`,
      );
    this.#begin(weight, add, rank, o);
    // Programs that are compiled know the weight alone.
    tableChanged();
  }

  #begin(weight: Variable, add: AddWeight, rank: number, o: EnableLoraOptions): void {
    const { aInitializer = 'he_uniform', bInitializer = 'zeros' } = o;
    const alpha = checkNumber(this.#owner, 'loraAlpha', o.loraAlpha ?? rank);
    const { regularizer } = this.#rules;
    const factor = (letter: string, shape: number[], initializer: initializers.InitializerLike) =>
      add({
        name: `lora_${this.#weight}_${letter}`,
        shape,
        // In half precision small steps would be lost.
        dtype: 'float32',
        initializer: initializers.get(initializer),
        regularizer,
      });
    this.a = factor('a', [...weight.shape.slice(0, -1), rank], aInitializer);
    this.b = factor('b', [rank, weight.shape.at(-1)!], bInitializer);
    weight.trainable = false;
    this.rank = rank;
    this.alpha = alpha;
  }

  /** What counts in the place of the weight, in this type. */
  of(weight: Variable, dtype: DType): Variable | Tensor {
    return this.enabled ? ops.cast(this.#sum(weight), dtype) : weight;
  }

  #sum(weight: Variable): Tensor {
    const product = ops.matmul(ops.reshape(this.a!, [-1, this.rank!]), this.b!);
    return ops.add(weight, ops.multiply(ops.reshape(product, weight.shape), this.alpha! / this.rank!));
  }

  /** What files hold of these variables. */
  stored(weight: Variable, variables: readonly Variable[]): (readonly [name: string, value: StoredValue])[] {
    const kept = variables.filter((v) => v !== this.a && v !== this.b);
    return kept.map((v, i) => [String(i), this.enabled && v === weight ? this.#merged(weight) : v] as const);
  }

  #merged(weight: Variable): StoredValue {
    const { path, shape, dtype, size } = weight;
    return {
      path,
      shape,
      dtype,
      size,
      read: () => ops.cast(this.#sum(weight), dtype).dataSync().slice(),
      write: (data) => {
        weight.write(data);
        for (const factor of [this.a!, this.b!]) factor.write(new Float32Array(factor.size));
      },
    };
  }

  /** In Keras's configuration: nothing without a rank. */
  get config(): Config {
    return this.rank === null ? {} : { lora_rank: this.rank, lora_alpha: this.alpha };
  }
}
