import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { Softmax } from '../activation/softmax.ts';
import type { CallOptions, Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, show, wholeNumber } from '../options.ts';
import type { Dropout } from '../regularization/dropout.ts';
import { knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { HEADS_DEFAULTS, type HeadsCallOptions, HeadsLayer, type HeadsOptions } from './heads-layer.ts';

export interface MultiHeadAttentionOptions extends HeadsOptions {
  /** Number of heads. */
  numHeads?: number;
  /** Size of queries and keys in each head. */
  keyDim?: number;
  /** Size of values in each head. Default: `keyDim`. */
  valueDim?: number | null;
  /** Sizes of the outputs after the time axes. Default: the query's last size. */
  outputShape?: number | readonly number[] | null;
  /** The axes that are attended over. Default: all between the batch and the features. */
  attentionAxes?: number | readonly number[] | null;
}

const DEFAULTS: Defaults<MultiHeadAttentionOptions> = {
  numHeads: REQUIRED,
  keyDim: REQUIRED,
  valueDim: null,
  outputShape: null,
  attentionAxes: null,
  ...HEADS_DEFAULTS,
};

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Several attentions side by side (Vaswani et al. 2017): query, key and value are projected for each head,
 * softmax(q k^T / sqrt(keyDim)) weights the values, and a last projection joins the heads. Keras's `MultiHeadAttention`.
 *
 * Called by `layer.apply(query, value, key, { attentionMask, useCausalMask, returnAttentionScores ... })`: query [batch,
 * queries, features], value and key (default: the value) [batch, keys, features], any number of axes in the place of
 * queries and keys. Outputs [batch, queries, outputShape or the query's features], and the scores [batch, heads, queries,
 * keys] where they are asked for. Weights: kernel and bias of `query`, `key`, `gate` (with `useGate`), `value` and
 * `attention_output`.
 *
 * As in Keras, the mask that came with the query (not an explicit `queryMask`) counts; and a query without any key has the
 * mean of all values, except where the layer has dropout, gives its scores or has several attention axes: there it has 0.
 *
 * @param numHeads Number of heads.
 * @param keyDim Size of queries and keys in each head.
 * @param options.valueDim Size of values in each head. Default: `keyDim`.
 * @param options.dropout Share of the attention's weights that are dropped in training. Default 0.
 * @param options.useBias Default `true`.
 * @param options.outputShape Sizes of the outputs after the time axes. Default: the query's last size.
 * @param options.attentionAxes The axes that are attended over. Default: all between the batch and the features.
 * @param options.slidingWindow A query looks only at keys less than so many places away.
 * @param options.useGate Whether the heads' results are multiplied by a sigmoid of a projection of the query.
 * @param options.seed Of the dropout.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `options.biasInitializer` `'zeros'`. There are also
 *   regularizers and constraints for both, and `activityRegularizer`, all for each projection.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that are no positive whole numbers, flash attention with dropout or
 *   with scores, and axes that do not exist; `SHAPE` where query, key and value do not belong together.
 * @example
 * const layer = new MultiHeadAttention(2, 4);
 * layer.apply(ops.ones([1, 3, 8]), ops.ones([1, 5, 8]), { useCausalMask: true }).shape; // [1, 3, 8]
 */
export class MultiHeadAttention extends HeadsLayer {
  static override className = 'MultiHeadAttention';
  static override moduleName = 'keras.layers';
  /** Where Keras's files have the layers inside. */
  static attributeNames: Readonly<Record<string, string>> = {
    gateDense: '_gate_dense',
    dropoutLayer: '_dropout_layer',
    softmax: '_softmax',
  };

  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly outputShape: readonly number[] | null;
  /** Once built, those of the projected query: all that are attended over. */
  attentionAxes: readonly number[] | null;
  softmax: Softmax | null = null;

  constructor(numHeads: number, keyDim: number, options?: MultiHeadAttentionOptions);
  constructor(options: MultiHeadAttentionOptions & { numHeads: number; keyDim: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<MultiHeadAttentionOptions>(owner, ['numHeads', 'keyDim'], DEFAULTS, args);
    super(owner, o);
    this.numHeads = wholeNumber(owner, 'numHeads', o.numHeads);
    this.keyDim = wholeNumber(owner, 'keyDim', o.keyDim);
    this.valueDim = o.valueDim === null ? this.keyDim : wholeNumber(owner, 'valueDim', o.valueDim);
    this.outputShape = readSizes(owner, o.outputShape);
    this.attentionAxes = readAttentionAxes(owner, o.attentionAxes);
  }

  override build(queryShape: DynamicShape, shapes: Record<string, DynamicShape> = {}): void {
    const value = shapes.value ?? queryShape;
    const key = shapes.key ?? value;
    this.checkShapes(queryShape, value, key);
    const { numHeads, keyDim, valueDim } = this;
    this.queryDense = this.#toHeads('query', queryShape, keyDim);
    this.keyDense = this.#toHeads('key', key, keyDim);
    if (this.useGate) this.gateDense = this.#toHeads('gate', queryShape, valueDim, 'sigmoid');
    this.valueDense = this.#toHeads('value', value, valueDim);
    this.#resolveAxes(value.length + 1);
    this.softmax = new Softmax({ dtype: this.dtypePolicy });
    this.makeDropout();
    const outputShape = this.outputShape ?? [knownSize(this, queryShape, -1)];
    const free = LETTERS.slice(0, queryShape.length - 1);
    const [heads, outputs] = [LETTERS.slice(free.length, free.length + 2), LETTERS.slice(free.length + 2)];
    const made = outputs.slice(0, outputShape.length);
    this.outputDense = this.projection(
      'attention_output',
      `${free}${heads},${heads}${made}->${free}${made}`,
      [...queryShape.slice(1, -1).map(() => null), ...outputShape],
      made,
    );
    this.outputDense.ensureBuilt([...queryShape.slice(0, -1), numHeads, valueDim]);
  }

  /** [batch, ..., features] to [batch, ..., heads, size] */
  #toHeads(name: string, shape: DynamicShape, size: number, activation: 'sigmoid' | null = null) {
    const free = LETTERS.slice(0, shape.length - 1);
    const [k, heads] = [LETTERS[free.length]!, LETTERS.slice(free.length + 1, free.length + 3)];
    const outputs = [...shape.slice(1, -1).map(() => null), this.numHeads, size];
    const dense = this.projection(name, `${free}${k},${k}${heads}->${free}${heads}`, outputs, heads, { activation });
    dense.ensureBuilt(shape);
    return dense;
  }

  /** @param rank Of the projected value; negative axes are counted as Keras does, without the heads. */
  #resolveAxes(rank: number): void {
    const given = this.attentionAxes ?? Array.from({ length: rank - 3 }, (_, i) => i + 1);
    const axes = given.map((a) => (a < 0 ? a + rank - 1 : a));
    if (new Set(axes).size !== axes.length || axes.some((a) => a < 1 || a > rank - 3))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: attentionAxes must be different axes between the batch and the features of a value of ` +
          `${rank - 1} axes, got ${show(given)}`,
      );
    this.attentionAxes = axes;
  }

  override call(inputs: Tensor, options: CallOptions): Tensor | Tensor[] {
    const o = options as HeadsCallOptions;
    const value = o.value as Tensor;
    const key = (o.key ?? value) as Tensor;
    this.checkShapes(inputs.shape, value.shape, key.shape);
    this.checkScores(o.returnAttentionScores === true);
    const mask = this.joinMasks({ query: inputs, value, key }, (options.mask ?? null) as Tensor | null, o);
    const gate = this.gateDense?.apply(inputs);
    const heads = [this.queryDense.apply(inputs), this.keyDense.apply(key), this.valueDense.apply(value)] as const;
    const whole = this.dropout === 0 && !o.returnAttentionScores && inputs.rank === 3 && value.rank === 3;
    const [joined, scores] = whole ? [this.#attend(heads, mask)] : this.#attendInSteps(heads, mask);
    const outputs = this.outputDense.apply(gate === undefined ? joined : ops.multiply(joined, gate));
    return o.returnAttentionScores ? [outputs, scores!] : outputs;
  }

  #attend([query, key, value]: readonly [Tensor, Tensor, Tensor], mask: Tensor | null): Tensor {
    const m = mask && spreadMask(this, mask, 4, 1);
    return ops.dotProductAttention(query, key, value, { mask: m, scale: 1 / Math.sqrt(this.keyDim) });
  }

  #attendInSteps([query, key, value]: readonly [Tensor, Tensor, Tensor], mask: Tensor | null): [Tensor, Tensor] {
    const axes = this.attentionAxes!;
    const [q, k, v] = [byHead(query, axes), byHead(key, axes), byHead(value, axes)];
    const products = ops.multiply(ops.matmul(q.rows, ops.swapaxes(k.rows, -1, -2)), 1 / Math.sqrt(this.keyDim));
    const shape = [...q.batch, ...q.places, ...k.places];
    const full = mask && spreadMask(this, mask, shape.length, axes.length);
    const flat = full && flatMask(full, axes.length, q.places, k.places);
    const weights = this.softmax!.apply(products, { mask: flat });
    const summed = ops.matmul((this.dropoutLayer as Dropout).apply(weights), v.rows);
    return [backFromHeads(summed, q, axes), ops.reshape(weights, shape)];
  }

  override computeOutputShape(
    queryShape: DynamicShape,
    valueShape: DynamicShape = queryShape,
    keyShape?: DynamicShape | null,
  ): DynamicShape {
    this.checkShapes(queryShape, valueShape, keyShape ?? valueShape);
    return this.outputShape === null ? queryShape : [...queryShape.slice(0, -1), ...this.outputShape];
  }

  protected override scoresShape(query: DynamicShape, value: DynamicShape): DynamicShape {
    const axes = this.attentionAxes!;
    const projected = [...query.slice(0, -1), this.numHeads, this.keyDim];
    const order = orderOf(projected.length, axes).slice(0, -1);
    return [...order.map((i) => projected[i]!), ...axes.map((i) => value[i]!)];
  }

  override getConfig(): Config {
    return {
      ...this.headsConfig(),
      num_heads: this.numHeads,
      key_dim: this.keyDim,
      value_dim: this.valueDim,
      output_shape: this.outputShape,
      attention_axes: this.attentionAxes,
    };
  }
}

function readSizes(owner: string, value: unknown): readonly number[] | null {
  if (value === null) return null;
  const list = Array.isArray(value) ? value : [value];
  return list.map((d) => wholeNumber(owner, 'outputShape', d));
}

function readAttentionAxes(owner: string, value: unknown): readonly number[] | null {
  if (value === null) return null;
  const list = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((a) => Number.isSafeInteger(a))) return list;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: attentionAxes must be one axis, several, or null, got ${show(value)}`,
  );
}

/** A projection by batch and head: [batch..., heads, places together, size]. */
interface ByHead {
  readonly rows: Tensor;
  readonly batch: readonly number[];
  readonly places: readonly number[];
}

function orderOf(rank: number, axes: readonly number[]): number[] {
  const batch = Array.from({ length: rank - 1 }, (_, i) => i).filter((i) => !axes.includes(i));
  return [...batch, ...axes, rank - 1];
}

function byHead(x: Tensor, axes: readonly number[]): ByHead {
  const order = orderOf(x.rank, axes);
  const sizes = order.map((i) => x.shape[i]!);
  const batch = sizes.slice(0, -axes.length - 1);
  const places = sizes.slice(-axes.length - 1, -1);
  const count = places.reduce((a, b) => a * b, 1);
  return { rows: ops.reshape(ops.transpose(x, order), [...batch, count, sizes.at(-1)!]), batch, places };
}

/** [batch..., heads, places together, size] to [batch, places where they were, heads, size] */
function backFromHeads(x: Tensor, { batch, places }: ByHead, axes: readonly number[]): Tensor {
  const apart = ops.reshape(x, [...batch, ...places, x.shape.at(-1)!]);
  const order = orderOf(apart.rank, axes);
  return ops.transpose(
    apart,
    order.map((_, i) => order.indexOf(i)),
  );
}

/** The mask with axes of size 1 (for the heads, for one) before the axes of queries and keys. */
export function spreadMask(layer: HeadsLayer, mask: Tensor, rank: number, axes: number): Tensor {
  const missing = rank - mask.rank;
  const lead = mask.rank - 2 * axes;
  if (missing < 0 || lead < 0)
    throw new OlifantError(
      'SHAPE',
      `${layer.label}: expected an attentionMask of ${2 * axes} to ${rank} axes, [batch, queries, keys] for one attention ` +
        `axis, got shape ${formatShape(mask.shape)}`,
    );
  const ones = new Array<number>(missing).fill(1);
  return ops.reshape(mask, [...mask.shape.slice(0, lead), ...ones, ...mask.shape.slice(lead)]);
}

/** Several axes of queries, and of keys, become one each. */
function flatMask(mask: Tensor, axes: number, queries: readonly number[], keys: readonly number[]): Tensor {
  if (axes === 1) return mask;
  const lead = mask.shape.slice(0, -2 * axes);
  const count = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  const whole = ops.broadcastTo(mask, [...lead, ...queries, ...keys]);
  return ops.reshape(whole, [...lead, count(queries), count(keys)]);
}
