import { describe, formatShape, OlifantError } from '../../errors.ts';
import * as initializers from '../../initializers/index.ts';
import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import * as regularizers from '../../regularizers/index.ts';
import { asTensor, isTensorLike, type TensorLike } from '../../trace/convert.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { VariableFunction } from '../../trace/variable.ts';
import { EinsumDense, type EinsumDenseOptions } from '../core/einsum-dense.ts';
import { type CallOptions, type Config, Layer, type LayerOptions } from '../layer.ts';
import { maskOf } from '../mask.ts';
import { type Defaults, readFlag, wholeNumber } from '../options.ts';
import { Dropout } from '../regularization/dropout.ts';
import type { Struct } from '../struct.ts';
import { type DynamicShape, SymbolicTensor, TensorSpec } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';

/** What the layers with several heads are told at a call beside query, value and key. */
export interface HeadsCallOptions extends CallOptions {
  /** What is weighted: [batch, keys, features]. */
  readonly value?: TensorLike | SymbolicTensor;
  /** What the query is compared with. Default: the value. */
  readonly key?: TensorLike | SymbolicTensor | null;
  /** Which keys a query may look at: bool [batch, queries, keys], or with an axis for the heads after the batch. */
  readonly attentionMask?: TensorLike | SymbolicTensor | null;
  /** Which queries count: bool [batch, queries]. Default: the mask that came with the query. */
  readonly queryMask?: TensorLike | SymbolicTensor | null;
  /** Which values count: bool [batch, keys]. Default: the mask that came with the value. */
  readonly valueMask?: TensorLike | SymbolicTensor | null;
  /** Which keys count: bool [batch, keys]. Default: the mask that came with the key, if one was given. */
  readonly keyMask?: TensorLike | SymbolicTensor | null;
  /** Whether a query may look only at keys that do not come later. Default `false`. */
  readonly useCausalMask?: boolean;
  /** Whether the call gives the weights of the attention as well: [outputs, scores]. Default `false`. */
  readonly returnAttentionScores?: boolean;
}

export interface HeadsOptions extends LayerOptions, WeightRuleOptions<'kernel'>, WeightRuleOptions<'bias'> {
  /** Share of the attention's weights that are dropped in training. Default 0. */
  dropout?: number;
  /** Whether the projections have biases. Default `true`. */
  useBias?: boolean;
  /** A query looks only at keys less than so many places away. Default: at all. */
  slidingWindow?: number | null;
  /** Taken as Keras's option: the results are the same, and scores are never whole in memory where they need not be. */
  flashAttention?: boolean | null;
  /** Whether the heads' results are multiplied by a sigmoid of a projection of the query. Default `false`. */
  useGate?: boolean;
  /** Of the dropout. Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

/** The defaults of the options that the layers with several heads share. */
export const HEADS_DEFAULTS: Defaults<HeadsOptions> = {
  dropout: 0,
  useBias: true,
  slidingWindow: null,
  flashAttention: null,
  useGate: false,
  seed: null,
  ...ruleDefaults('kernel', 'glorot_uniform'),
  ...ruleDefaults('bias', 'zeros'),
};

/** A call's tensors. */
export interface HeadsInputs {
  readonly query: Tensor;
  readonly value: Tensor;
  readonly key: Tensor;
}

type Given = TensorLike | SymbolicTensor;
type Rest<T> = T | HeadsCallOptions | null | undefined;

/** What layers with several heads share: projections, masks, dropout, and calls with query, value and key. */
export abstract class HeadsLayer extends Layer {
  static override callArguments: readonly string[] = [
    'query',
    'value',
    'key',
    'queryMask',
    'valueMask',
    'keyMask',
    'attentionMask',
    'returnAttentionScores',
    'training',
    'useCausalMask',
  ];
  static override tensorArguments = 3;

  readonly dropout: number;
  readonly useBias: boolean;
  readonly useGate: boolean;
  readonly slidingWindow: number | null;
  readonly seed: number | null;
  queryDense!: EinsumDense;
  keyDense!: EinsumDense;
  gateDense: EinsumDense | null = null;
  valueDense!: EinsumDense;
  outputDense!: EinsumDense;
  dropoutLayer: Dropout | null = null;
  readonly #flash: boolean;
  readonly #kernelRules: WeightRules;
  readonly #biasRules: WeightRules;
  /** Keras gives it to the projections, not to the layer itself. */
  readonly #activityRegularizer: VariableFunction | null;

  constructor(owner: string, o: LayerOptions & Defaults<HeadsOptions>) {
    super({ ...o, activityRegularizer: null });
    this.dropout = checkNumber(owner, 'dropout', o.dropout, { min: 0, max: 1 });
    this.useBias = readFlag(owner, 'useBias', o.useBias);
    this.useGate = readFlag(owner, 'useGate', o.useGate);
    this.slidingWindow = o.slidingWindow === null ? null : wholeNumber(owner, 'slidingWindow', o.slidingWindow);
    this.seed = o.seed === null ? null : wholeNumber(owner, 'seed', o.seed, 0);
    this.#flash = o.flashAttention === null ? false : readFlag(owner, 'flashAttention', o.flashAttention);
    if (this.#flash && this.dropout > 0)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: flashAttention does not go together with dropout (${this.dropout}), as in Keras; leave one of them out`,
      );
    this.#kernelRules = readRules(owner, o, 'kernel');
    this.#biasRules = readRules(owner, o, 'bias');
    this.#activityRegularizer = regularizers.get(o.activityRegularizer ?? null);
    this.supportsMasking = true;
  }

  /** Calls the layer on query, value and key (default: the value), by position or as options. */
  override apply<R extends Struct<SymbolicTensor> = SymbolicTensor>(
    query: Struct<SymbolicTensor>,
    value?: Rest<SymbolicTensor>,
    key?: Rest<SymbolicTensor>,
    options?: HeadsCallOptions,
  ): R;
  override apply<R extends Struct<Tensor> = Tensor>(
    query: Struct<TensorLike>,
    value?: Rest<TensorLike>,
    key?: Rest<TensorLike>,
    options?: HeadsCallOptions,
  ): R;
  override apply(query: unknown, ...rest: unknown[]): unknown {
    const options = callOptions(this, rest);
    const { value, key } = options;
    const symbolic = [query, value, key ?? value].filter((x) => x instanceof SymbolicTensor).length;
    if (symbolic !== 0 && symbolic !== 3)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: query, value and key must be all symbolic tensors or all values, got ` +
          [query, value, ...(key ? [key] : [])].map(describe).join(', '),
      );
    if (symbolic === 3) return super.apply(query as SymbolicTensor, options);
    const tensors = {
      ...options,
      value: asTensor(value as TensorLike),
      ...(key ? { key: asTensor(key as TensorLike) } : {}),
    };
    return super.apply(query as TensorLike, tensors);
  }

  /** One of the projections inside. */
  protected projection(
    name: string,
    equation: string,
    outputShape: DynamicShape,
    biasAxes: string,
    options: EinsumDenseOptions = {},
  ): EinsumDense {
    // An initializer gives the same numbers whenever it is asked: each projection has one of its own.
    const fresh = (rules: WeightRules) => initializers.deserialize(initializers.serialize(rules.initializer));
    return new EinsumDense(equation, outputShape, {
      name,
      dtype: this.dtypePolicy,
      biasAxes: this.useBias ? biasAxes : null,
      activityRegularizer: this.#activityRegularizer,
      kernelInitializer: fresh(this.#kernelRules),
      kernelRegularizer: this.#kernelRules.regularizer as never,
      kernelConstraint: this.#kernelRules.constraint as never,
      biasInitializer: fresh(this.#biasRules),
      biasRegularizer: this.#biasRules.regularizer as never,
      biasConstraint: this.#biasRules.constraint as never,
      ...options,
    });
  }

  protected makeDropout(): void {
    this.dropoutLayer = new Dropout(this.dropout, { seed: this.seed, dtype: this.dtypePolicy });
  }

  /** @throws OlifantError where scores are asked of flash attention. */
  protected checkScores(wanted: boolean): void {
    if (wanted && this.#flash)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: flashAttention gives no attention scores, as in Keras; make the layer without flashAttention`,
      );
  }

  /** What a call's masks together let each query look at, [batch or 1, queries, keys] or with more axes; or nothing. */
  protected joinMasks(inputs: HeadsInputs, queryMask: Tensor | null, options: HeadsCallOptions): Tensor | null {
    const given = (x: Given | null | undefined) =>
      x === null || x === undefined ? null : ops.cast(x as TensorLike, 'bool');
    const { query, value } = inputs;
    const valueMask = given(options.valueMask) ?? maskOf(value) ?? null;
    const keyMask = given(options.keyMask) ?? (options.key ? maskOf(inputs.key) : null) ?? null;
    const [queries, keys] = [query.shape[1]!, value.shape[1]!];
    const named: readonly (readonly [string, Tensor | null])[] = [
      ['attentionMask', given(options.attentionMask)],
      ['queryMask', queryMask && ops.expandDims(ops.cast(queryMask, 'bool'), -1)],
      ['valueMask', valueMask && ops.expandDims(ops.cast(valueMask, 'bool'), -2)],
      ['keyMask', keyMask && ops.expandDims(ops.cast(keyMask, 'bool'), -2)],
    ];
    if (query.rank === 3 && value.rank === 3)
      for (const [name, mask] of named)
        if (mask !== null) this.#checkMask(name, mask, [query.shape[0]!, queries, keys]);
    const masks = [
      ...named.map(([, mask]) => mask),
      options.useCausalMask ? causalMask(queries, keys) : null,
      this.slidingWindow === null ? null : windowMask(queries, keys, this.slidingWindow),
    ].filter((m) => m !== null);
    return masks.length === 0 ? null : masks.reduce((a, b) => ops.logicalAnd(a, b));
  }

  #checkMask(name: string, { shape }: Tensor, [batch, queries, keys]: readonly [number, number, number]): void {
    const fits = (size: number | undefined, known: number) => size === undefined || size === 1 || size === known;
    if (fits(shape.at(-1), keys) && fits(shape.at(-2), queries) && (shape.length < 3 || fits(shape[0], batch))) return;
    const own = name === 'queryMask' ? shape.slice(0, -1) : name === 'attentionMask' ? shape : shape.toSpliced(-2, 1);
    throw new OlifantError(
      'SHAPE',
      `${this.label}: a ${name} of shape ${formatShape(own)} does not fit a batch of ${batch} with ${queries} queries and ` +
        `${keys} keys`,
    );
  }

  /** @throws OlifantError `SHAPE` where the three do not belong together. */
  protected checkShapes(query: DynamicShape, value: DynamicShape, key: DynamicShape): void {
    const inner = (s: DynamicShape) => s.slice(1, -1);
    const same =
      value.length === key.length &&
      inner(value).every((d, i) => d === null || inner(key)[i] === null || d === inner(key)[i]);
    if (same && query.length >= 3 && value.length >= 3) return;
    const shape = (s: DynamicShape) => `(${s.map((d) => d ?? 'None').join(', ')})`;
    throw new OlifantError(
      'SHAPE',
      `${this.label}: expected query, value and key of at least 3 axes, [batch, time, features], value and key with ` +
        `the same axes between the first and the last, got ${shape(query)}, ${shape(value)} and ${shape(key)}`,
    );
  }

  /** The shape of the scores for a query and a value of these shapes. */
  protected abstract scoresShape(query: DynamicShape, value: DynamicShape): DynamicShape;

  protected override outputSpecsFor(inputs: Struct<TensorSpec>, options: CallOptions): Struct<TensorSpec> {
    const query = (inputs as TensorSpec).shape;
    const [value, key] = [options.value, options.key ?? options.value].map((t) => (t as TensorSpec).shape) as [
      DynamicShape,
      DynamicShape,
    ];
    const outputs = new TensorSpec(this.computeOutputShape(query, value, key), this.floatDtype);
    if (!options.returnAttentionScores) return outputs;
    this.checkScores(true);
    return [outputs, new TensorSpec(this.scoresShape(query, value), this.floatDtype)];
  }

  abstract override computeOutputShape(
    query: DynamicShape,
    value?: DynamicShape,
    key?: DynamicShape | null,
  ): DynamicShape;

  override getBuildConfig(): Config | null {
    if (this.buildShape === undefined) return null;
    const { value, key } = this.optionShapes ?? {};
    return {
      shapes_dict: { query_shape: this.buildShape, value_shape: value, ...(key ? { key_shape: key } : {}) },
    };
  }

  /** The part of the configuration that all have. */
  protected headsConfig(): Config {
    return {
      ...super.getConfig(),
      dropout: this.dropout,
      use_bias: this.useBias,
      use_gate: this.useGate,
      sliding_window: this.slidingWindow,
      ...rulesConfig('kernel', this.#kernelRules),
      ...rulesConfig('bias', this.#biasRules),
      activity_regularizer: regularizers.serialize(this.#activityRegularizer),
      seed: this.seed,
    };
  }
}

function isRecord(x: unknown): x is HeadsCallOptions {
  return typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype;
}

/** Value, key and options of a call, however they were given. */
function callOptions(layer: Layer, rest: readonly unknown[]): HeadsCallOptions {
  const given = rest.filter((x, i) => x !== undefined || i < rest.findLastIndex((y) => y !== undefined));
  const named = isRecord(given.at(-1)) ? (given.at(-1) as HeadsCallOptions) : {};
  const tensors = given.filter((x) => x !== named) as Given[];
  const { value = tensors[0], key = tensors[1], ...others } = named;
  // In Keras's order: that of the layers of a model follows from it.
  const options: HeadsCallOptions = { ...(value === undefined ? {} : { value }), ...(key ? { key } : {}), ...others };
  for (const name of ['value', 'key'] as const) {
    const x = options[name] as unknown;
    if (name === 'key' && (x === null || x === undefined)) continue;
    if (isTensorLike(x) || x instanceof SymbolicTensor) continue;
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${layer.label}: expected a tensor as ${name}, got ${describe(x)}; write layer.apply(query, value) or ` +
        'layer.apply(query, value, key, { attentionMask })',
    );
  }
  return options;
}

/** bool [1, queries, keys]: a query sees keys up to its own place. */
export function causalMask(queries: number, keys: number): Tensor {
  return ops.greaterEqual(places(queries, [1, queries, 1]), places(keys, [1, 1, keys]));
}

/** bool [1, queries, keys]: a query sees keys less than `size` places away. */
function windowMask(queries: number, keys: number, size: number): Tensor {
  const apart = ops.subtract(places(queries, [1, queries, 1]), places(keys, [1, 1, keys]));
  return ops.less(ops.abs(apart), size);
}

const places = (n: number, shape: readonly number[]) => ops.reshape(ops.arange(n), shape);
