import * as activations from '../../activations/index.ts';
import type { Shape } from '../../graph/shape.ts';
import type { Initializer } from '../../initializers/index.ts';
import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import { SeedGenerator } from '../../trace/seed-generator.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readActivation, readFlag } from '../options.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';
import type { CellCallOptions, CellPlan, State, StateSize } from './cell.ts';

/** What all cells of Keras's take. */
export interface RecurrentCellOptions
  extends LayerOptions,
    WeightRuleOptions<'kernel'>,
    WeightRuleOptions<'recurrent'>,
    WeightRuleOptions<'bias'> {
  /** Default `'tanh'`. */
  activation?: activations.ActivationLike;
  /** Default `true`. */
  useBias?: boolean;
  /** Share of the inputs that is dropped in training, the same at all steps. Default 0. */
  dropout?: number;
  /** Share of the states that is dropped in training where they meet the weights, the same at all steps. Default 0. */
  recurrentDropout?: number;
  /** Of the dropout. Default: drawn from the stream of `setRandomSeed`. */
  seed?: number | null;
}

export const RECURRENT_CELL_DEFAULTS: Defaults<RecurrentCellOptions> = {
  activation: 'tanh',
  useBias: true,
  dropout: 0,
  recurrentDropout: 0,
  seed: null,
  ...ruleDefaults('kernel', 'glorot_uniform'),
  ...ruleDefaults('recurrent', 'orthogonal'),
  ...ruleDefaults('bias', 'zeros'),
};

/** What Keras's cells share: weights for the inputs and for the states, a bias, and dropout of both. */
export abstract class RecurrentCell extends Layer {
  static override callArguments: readonly string[] = ['inputs', 'states', 'training'];

  abstract readonly stateSize: StateSize;
  readonly activation: activations.Activation;
  readonly useBias: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator;
  kernel!: Variable;
  recurrentKernel!: Variable;
  bias: Variable | null = null;
  readonly #kernelRules: WeightRules;
  readonly #recurrentRules: WeightRules;
  readonly #biasRules: WeightRules;

  constructor(owner: string, o: LayerOptions & Defaults<RecurrentCellOptions>) {
    super(o);
    this.activation = readActivation(o.activation);
    this.useBias = readFlag(owner, 'useBias', o.useBias);
    this.#kernelRules = readRules(owner, o, 'kernel');
    this.#recurrentRules = readRules(owner, o, 'recurrent');
    this.#biasRules = readRules(owner, o, 'bias');
    this.dropout = checkNumber(owner, 'dropout', o.dropout, { min: 0, max: 1 });
    this.recurrentDropout = checkNumber(owner, 'recurrentDropout', o.recurrentDropout, { min: 0, max: 1 });
    this.seed = o.seed;
    this.seedGenerator = new SeedGenerator(o.seed);
  }

  /** What can be computed of a sequence [batch, time, ...] without the states, and the step that remains. */
  abstract prepare(sequences: Tensor, training: boolean): CellPlan;

  /** One step: `[output, states]`. */
  override call(inputs: Tensor, { states, training = false }: CellCallOptions): Struct2 {
    const plan = this.prepare(ops.expandDims(inputs, 1), training);
    const [output, next] = plan.step(
      plan.rows.map((r) => ops.squeeze(r, 1)),
      states,
    );
    return [output, next as Tensor[]];
  }

  /** Zeros. */
  getInitialState(batchSize: number): State {
    const { stateSize } = this;
    const sizes = typeof stateSize === 'number' ? [stateSize] : (stateSize as readonly number[]);
    return sizes.map((size) => ops.zeros([batchSize, size], this.computeDtype));
  }

  protected addWeights(kernel: Shape, recurrent: Shape, bias: Shape, start?: (own: Initializer) => Initializer): void {
    this.kernel = this.addWeight({ name: 'kernel', shape: kernel, ...this.#kernelRules });
    this.recurrentKernel = this.addWeight({ name: 'recurrent_kernel', shape: recurrent, ...this.#recurrentRules });
    if (!this.useBias) return;
    const own = this.#biasRules.initializer;
    this.bias = this.addWeight({ name: 'bias', shape: bias, ...this.#biasRules, initializer: start?.(own) ?? own });
  }

  /** `count` choices of what to keep of inputs or states; none where nothing is dropped. */
  protected dropMasks(rate: number, shape: Shape, count: number, training: boolean): readonly Tensor[] | null {
    if (!training || rate === 0 || !this.drops(rate)) return null;
    return Array.from({ length: count }, () =>
      ops.dropout(ops.ones(shape, this.computeDtype), rate, this.seedGenerator.next()),
    );
  }

  /** Whether a rate is heeded. Keras's gated cells drop nothing at a rate of 1. */
  protected drops(rate: number): boolean {
    return rate < 1;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      activation: activations.serialize(this.activation),
      use_bias: this.useBias,
      ...rulesConfig('kernel', this.#kernelRules),
      ...rulesConfig('recurrent', this.#recurrentRules),
      ...rulesConfig('bias', this.#biasRules),
      dropout: this.dropout,
      recurrent_dropout: this.recurrentDropout,
      seed: this.seed,
    };
  }
}

type Struct2 = [output: Tensor, states: Tensor[]];
