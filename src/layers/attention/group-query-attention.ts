import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { autoName } from '../../trace/names.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { Softmax } from '../activation/softmax.ts';
import type { CallOptions, Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import type { Dropout } from '../regularization/dropout.ts';
import { knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { HEADS_DEFAULTS, type HeadsCallOptions, HeadsLayer, type HeadsOptions } from './heads-layer.ts';
import { spreadMask } from './multi-head-attention.ts';

export interface GroupQueryAttentionOptions extends HeadsOptions {
  /** Size of a head. */
  headDim?: number;
  /** Heads of the query. */
  numQueryHeads?: number;
  /** Heads of key and value, by which those of the query can be divided. */
  numKeyValueHeads?: number;
}

const DEFAULTS: Defaults<GroupQueryAttentionOptions> = {
  headDim: REQUIRED,
  numQueryHeads: REQUIRED,
  numKeyValueHeads: REQUIRED,
  ...HEADS_DEFAULTS,
};

/**
 * Attention with several heads where groups of the query's heads share a head of key and value (Ainslie et al. 2023).
 * Keras's `GroupQueryAttention`.
 *
 * Called by `layer.apply(query, value, key, { attentionMask, useCausalMask, returnAttentionScores ... })`: query [batch,
 * queries, features], value and key (default: the value) [batch, keys, features]; outputs [batch, queries, features], and
 * the scores [batch, numQueryHeads, queries, keys] where they are asked for. Weights: kernel and bias of `query`, `key`,
 * `gate` (with `useGate`), `value` and `attention_output`.
 *
 * As in Keras, a query without any key has the mean of all values, except where the layer has dropout or gives its scores:
 * there it has 0.
 *
 * @param headDim Size of a head.
 * @param numQueryHeads Heads of the query.
 * @param numKeyValueHeads Heads of key and value, by which those of the query can be divided.
 * @param options.dropout Share of the attention's weights that are dropped in training. Default 0.
 * @param options.useBias Default `true`.
 * @param options.slidingWindow A query looks only at keys less than so many places away.
 * @param options.useGate Whether the heads' results are multiplied by a sigmoid of a projection of the query.
 * @param options.seed Of the dropout.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `options.biasInitializer` `'zeros'`. There are also
 *   regularizers and constraints for both, and `activityRegularizer`, all for each projection.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers, heads that do not divide, flash
 *   attention with dropout or with scores; `SHAPE` where query, key and value do not belong together.
 * @example
 * const layer = new GroupQueryAttention(4, 6, 2);
 * layer.apply(ops.ones([1, 3, 8]), ops.ones([1, 5, 8])).shape; // [1, 3, 8]
 */
export class GroupQueryAttention extends HeadsLayer {
  static override className = 'GroupQueryAttention';
  static override moduleName = 'keras.layers';
  /** Keras's class has a longer name than the one under which it is exported; names and files go by it. */
  static storedName = 'GroupedQueryAttention';
  /** Where Keras's files have the layers inside. */
  static attributeNames: Readonly<Record<string, string>> = {
    queryDense: '_query_dense',
    keyDense: '_key_dense',
    gateDense: '_gate_dense',
    valueDense: '_value_dense',
    dropoutLayer: '_dropout_layer',
    softmax: '_softmax',
    outputDense: '_output_dense',
  };

  readonly headDim: number;
  readonly numQueryHeads: number;
  readonly numKeyValueHeads: number;
  softmax: Softmax | null = null;

  constructor(headDim: number, numQueryHeads: number, numKeyValueHeads: number, options?: GroupQueryAttentionOptions);
  constructor(
    options: GroupQueryAttentionOptions & { headDim: number; numQueryHeads: number; numKeyValueHeads: number },
  );
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const positional = ['headDim', 'numQueryHeads', 'numKeyValueHeads'];
    const o = readOptions<GroupQueryAttentionOptions>(owner, positional, DEFAULTS, args);
    super(owner, { ...o, name: o.name ?? autoName(new.target.storedName) });
    this.headDim = wholeNumber(owner, 'headDim', o.headDim);
    this.numQueryHeads = wholeNumber(owner, 'numQueryHeads', o.numQueryHeads);
    this.numKeyValueHeads = wholeNumber(owner, 'numKeyValueHeads', o.numKeyValueHeads);
    if (this.numQueryHeads % this.numKeyValueHeads !== 0)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: numQueryHeads must be a multiple of numKeyValueHeads, got ${o.numQueryHeads} and ${o.numKeyValueHeads}`,
      );
  }

  override build(queryShape: DynamicShape, shapes: Record<string, DynamicShape> = {}): void {
    const value = shapes.value ?? queryShape;
    const key = shapes.key ?? value;
    this.checkShapes(queryShape, value, key);
    const { headDim, numQueryHeads, numKeyValueHeads } = this;
    const query = [null, numQueryHeads, headDim];
    const shared = [null, numKeyValueHeads, headDim];
    const make = (name: string, shape: DynamicShape, sizes: DynamicShape, activation: 'sigmoid' | null = null) => {
      const dense = this.projection(name, 'abc,cde->abde', sizes, 'de', { activation });
      dense.ensureBuilt(shape);
      return dense;
    };
    this.queryDense = make('query', queryShape, query);
    this.keyDense = make('key', key, shared);
    if (this.useGate) this.gateDense = make('gate', queryShape, query, 'sigmoid');
    this.valueDense = make('value', value, shared);
    this.softmax = new Softmax({ dtype: this.dtypePolicy });
    this.makeDropout();
    const features = knownSize(this, queryShape, -1);
    this.outputDense = this.projection('attention_output', 'abcd,cde->abe', [null, features], 'e');
    this.outputDense.ensureBuilt([queryShape[0]!, queryShape[1]!, numQueryHeads, headDim]);
  }

  override call(inputs: Tensor, options: CallOptions): Tensor | Tensor[] {
    const o = options as HeadsCallOptions;
    const value = o.value as Tensor;
    const key = (o.key ?? value) as Tensor;
    this.checkShapes(inputs.shape, value.shape, key.shape);
    this.checkScores(o.returnAttentionScores === true);
    const queryMask = (o.queryMask ?? options.mask ?? null) as Tensor | null;
    const mask = this.joinMasks({ query: inputs, value, key }, queryMask, o);
    const full = mask && spreadMask(this, mask, 4, 1);
    const gate = this.gateDense?.apply(inputs);
    const heads = [this.queryDense.apply(inputs), this.keyDense.apply(key), this.valueDense.apply(value)] as const;
    const [joined, scores] =
      this.dropout === 0 && !o.returnAttentionScores
        ? [ops.dotProductAttention(...heads, { mask: full, scale: 1 / Math.sqrt(this.headDim) })]
        : this.#attendInSteps(heads, full);
    const outputs = this.outputDense.apply(gate === undefined ? joined : ops.multiply(joined, gate));
    return o.returnAttentionScores ? [outputs, scores!] : outputs;
  }

  /** All with an axis for the heads of key and value and one for those of the query that share them. */
  #attendInSteps([query, key, value]: readonly [Tensor, Tensor, Tensor], mask: Tensor | null): [Tensor, Tensor] {
    const groups = this.numKeyValueHeads;
    const split = (x: Tensor) => {
      const [batch, length, heads, size] = x.shape as [number, number, number, number];
      return ops.transpose(ops.reshape(x, [batch, length, groups, heads / groups, size]), [0, 2, 3, 1, 4]);
    };
    const q = split(query);
    const products = ops.multiply(ops.matmul(q, ops.swapaxes(split(key), -1, -2)), 1 / Math.sqrt(this.headDim));
    const shape = [q.shape[0]!, this.numQueryHeads, q.shape[3]!, key.shape[1]!];
    const scores = this.softmax!.apply(ops.reshape(products, shape), { mask });
    const weights = ops.reshape((this.dropoutLayer as Dropout).apply(scores), products.shape);
    const summed = ops.transpose(ops.matmul(weights, split(value)), [0, 3, 1, 2, 4]);
    return [ops.reshape(summed, query.shape), scores];
  }

  protected override checkShapes(query: DynamicShape, value: DynamicShape, key: DynamicShape): void {
    super.checkShapes(query, value, key);
    if (query.length === 3 && value.length === 3) return;
    throw new OlifantError(
      'SHAPE',
      `${this.label}: expected query and value of 3 axes, [batch, time, features], got ${formatShape(query)} and ${formatShape(value)}`,
    );
  }

  override computeOutputShape(
    queryShape: DynamicShape,
    valueShape: DynamicShape = queryShape,
    keyShape?: DynamicShape | null,
  ): DynamicShape {
    this.checkShapes(queryShape, valueShape, keyShape ?? valueShape);
    return queryShape;
  }

  protected override scoresShape(query: DynamicShape, value: DynamicShape): DynamicShape {
    return [query[0]!, this.numQueryHeads, query[1]!, value[1]!];
  }

  override getConfig(): Config {
    return {
      ...this.headsConfig(),
      head_dim: this.headDim,
      num_query_heads: this.numQueryHeads,
      num_key_value_heads: this.numKeyValueHeads,
    };
  }
}
