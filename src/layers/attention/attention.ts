import { describe, formatShape, OlifantError } from '../../errors.ts';
import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import { SeedGenerator } from '../../trace/seed-generator.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { isShape } from '../call-arguments.ts';
import { type CallOptions, type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, oneOf, readFlag, readOptions, wholeNumber } from '../options.ts';
import type { Struct } from '../struct.ts';
import { type DynamicShape, TensorSpec } from '../symbolic.ts';
import { causalMask } from './heads-layer.ts';

/** How query and key are compared: by their product, or by the sum of tanh(query + key). */
export type ScoreMode = 'dot' | 'concat';

export interface AttentionOptions extends LayerOptions {
  /** Whether the scores are scaled by a weight. Default `false`. */
  useScale?: boolean;
  /** Default `'dot'`. */
  scoreMode?: ScoreMode;
  /** Share of the weights that are dropped in training. Default 0. */
  dropout?: number;
  /** Of the dropout. Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

/** What an attention is told at a call beside its inputs. */
export interface AttentionCallOptions extends CallOptions {
  /** Masks of query and value, bool [batch, time]. Default: those that came with them. */
  readonly mask?: CallOptions['mask'];
  /** Whether a query may look only at keys that do not come later. Default `false`. */
  readonly useCausalMask?: boolean;
  /** Whether the call gives the weights of the attention as well: [outputs, scores]. Default `false`. */
  readonly returnAttentionScores?: boolean;
}

const DEFAULTS: Defaults<AttentionOptions> = { useScale: false, scoreMode: 'dot', dropout: 0, seed: null };

/** What is taken off the scores of masked keys, as in Keras. */
const MASKED = 1e9;

/**
 * softmax(scores) value, where the scores compare each query with each key (Luong et al. 2015). Keras's `Attention`.
 *
 * Inputs: [query, value] or [query, value, key]; query [batch, queries, features], value and key (default: the value) [batch,
 * keys, features]. Outputs [batch, queries, features of the value], 0 for masked queries; with `returnAttentionScores` also
 * the scores [batch, queries, keys]. Weights, all scalars: `scale` with `useScale`, `concat_score_weight` for `'concat'`.
 *
 * Call options: `mask`, a list of the masks of query and value; `useCausalMask`; `returnAttentionScores`.
 *
 * @param options.useScale Whether the scores are scaled by a weight. Default `false`.
 * @param options.scoreMode `'dot'` (the default): query times key; `'concat'`: the sum of tanh(query + key).
 * @param options.dropout Share of the weights that are dropped in training. Default 0.
 * @param options.seed Of the dropout.
 * @throws OlifantError `INVALID_ARGUMENT` for inputs that are no list of two or three, and a rate out of range; `SHAPE`
 *   where they do not belong together.
 * @example
 * const layer = new Attention();
 * layer.apply([ops.ones([1, 2, 3]), ops.ones([1, 4, 3])]).shape; // [1, 2, 3]
 */
export class Attention extends Layer {
  static override className = 'Attention';
  static override moduleName = 'keras.layers';
  static override callArguments: readonly string[] = [
    'inputs',
    'mask',
    'training',
    'returnAttentionScores',
    'useCausalMask',
  ];

  readonly useScale: boolean;
  readonly scoreMode: ScoreMode;
  readonly dropout: number;
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator | null;
  scale: Variable | null = null;
  concatScoreWeight: Variable | null = null;

  constructor(options?: AttentionOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<AttentionOptions>(owner, [], DEFAULTS, args);
    super(o);
    this.useScale = readFlag(owner, 'useScale', o.useScale);
    this.scoreMode = oneOf(owner, 'scoreMode', o.scoreMode, ['dot', 'concat']);
    this.dropout = checkNumber(owner, 'dropout', o.dropout, { min: 0, max: 1 });
    this.seed = o.seed === null ? null : wholeNumber(owner, 'seed', o.seed, 0);
    this.seedGenerator = this.dropout > 0 ? new SeedGenerator(this.seed) : null;
    this.supportsMasking = true;
  }

  override build(inputShape: DynamicShape): void {
    this.#shapesOf(inputShape);
    if (this.useScale) this.scale = this.addWeight({ name: 'scale', shape: [], initializer: 'ones' });
    if (this.scoreMode === 'concat')
      this.concatScoreWeight = this.addWeight({ name: 'concat_score_weight', shape: [], initializer: 'ones' });
  }

  override call(inputs: Tensor | readonly Tensor[], options: AttentionCallOptions): Tensor | Tensor[] {
    const list = (Array.isArray(inputs) ? inputs : [inputs]) as readonly Tensor[];
    this.#shapesOf(list.map((x) => x.shape) as unknown as DynamicShape);
    const [query, value, key = value] = list as [Tensor, Tensor, Tensor?];
    const [queryMask, valueMask] = this.#masks(options.mask);
    const causal = options.useCausalMask ? causalMask(query.shape.at(-2)!, value.shape.at(-2)!) : null;
    let scores = this.scores(query, key!);
    const keys = valueMask && valueMask.rank < query.rank ? ops.expandDims(valueMask, -2) : valueMask;
    const keep = joined(keys, causal);
    if (keep !== null) scores = ops.where(keep, scores, ops.subtract(scores, MASKED));
    const weights = this.#drop(ops.softmax(scores), options.training);
    const outputs = ops.matmul(weights, value);
    const masked = queryMask === null ? outputs : ops.where(ops.expandDims(queryMask, -1), outputs, 0);
    return options.returnAttentionScores ? [masked, weights] : masked;
  }

  /** How well each key fits each query, [batch, queries, keys]. */
  protected scores(query: Tensor, key: Tensor): Tensor {
    const { scale, concatScoreWeight } = this;
    if (this.scoreMode === 'dot') {
      // One factor for all scores is the same for the queries, of which there are fewer numbers.
      const scaled = scale === null ? query : ops.multiply(query, scale);
      return ops.matmul(scaled, ops.swapaxes(key, -1, -2));
    }
    const both = ops.add(ops.expandDims(query, -2), ops.expandDims(key, -3));
    const sums = ops.sum(ops.tanh(scale === null ? both : ops.multiply(both, scale)), { axis: -1 });
    return ops.multiply(sums, concatScoreWeight!);
  }

  #drop(weights: Tensor, training: boolean | undefined): Tensor {
    if (!training || this.seedGenerator === null) return weights;
    return ops.dropout(weights, this.dropout, this.seedGenerator.next());
  }

  #masks(mask: CallOptions['mask']): [Tensor | null, Tensor | null] {
    if (mask === null || mask === undefined) return [null, null];
    if (!Array.isArray(mask) || mask.length < 2 || mask.length > 3)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: expected mask as a list [queryMask, valueMask], each a tensor or null, got ${describe(mask)}`,
      );
    const [query, value] = mask as (Tensor | null)[];
    return [query ? ops.cast(query, 'bool') : null, value ? ops.cast(value, 'bool') : null];
  }

  #shapesOf(inputShape: DynamicShape | readonly DynamicShape[]): DynamicShape[] {
    const list = isShape(inputShape) ? [inputShape] : (inputShape as readonly DynamicShape[]);
    if (isShape(inputShape) || list.length < 2 || list.length > 3)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: expected a list [query, value] or [query, value, key], got ${list.length} input(s)`,
      );
    const [query, value, key = value] = list as [DynamicShape, DynamicShape, DynamicShape?];
    const differ = (a: number | null | undefined, b: number | null | undefined) => a && b && a !== b;
    if (list.some((s) => s.length < 2) || differ(query.at(-1), key!.at(-1)) || differ(value.at(-2), key!.at(-2)))
      throw new OlifantError(
        'SHAPE',
        `${this.label}: query and key must have as many features, value and key as many places, got shapes ` +
          list.map(formatShape).join(', '),
      );
    return [...list];
  }

  override computeOutputShape(inputShape: DynamicShape | readonly DynamicShape[]): DynamicShape {
    const [query, value] = this.#shapesOf(inputShape) as [DynamicShape, DynamicShape];
    return [...query.slice(0, -1), value.at(-1)!];
  }

  protected override outputSpecsFor(inputs: Struct<TensorSpec>, options: CallOptions): Struct<TensorSpec> {
    const list = (Array.isArray(inputs) ? inputs : [inputs]) as readonly TensorSpec[];
    const shapes = list.map((t) => t.shape);
    const outputs = new TensorSpec(this.computeOutputShape(shapes), this.floatDtype);
    if (!options.returnAttentionScores) return outputs;
    return [outputs, new TensorSpec([...shapes[0]!.slice(0, -1), shapes[1]!.at(-2)!], this.floatDtype)];
  }

  override computeMask(_inputs: Tensor, mask: Tensor | readonly (Tensor | null)[] | null): Tensor | null {
    return Array.isArray(mask) ? ((mask[0] as Tensor | null) ?? null) : null;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      use_scale: this.useScale,
      score_mode: this.scoreMode,
      dropout: this.dropout,
      seed: this.seed,
    };
  }
}

function joined(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a !== null && b !== null ? ops.logicalAnd(a, b) : (a ?? b);
}
