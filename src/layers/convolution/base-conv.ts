import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { Config, Layer } from '../layer.ts';
import { type EnableLoraOptions, LORA_DEFAULTS, Lora, type LoraOptions } from '../lora.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';
import { CONVOLUTION_DEFAULTS, Convolution, type ConvolutionOptions, refuseDilatedStrides } from './convolution.ts';

export interface ConvOptions extends ConvolutionOptions, LoraOptions, WeightRuleOptions<'kernel'> {
  /** Number of filters: the outputs' channels. */
  filters?: number;
  /** In how many groups the channels are cut, each with its own filters. Default 1. */
  groups?: number;
}

const DEFAULTS: Defaults<ConvOptions> = {
  ...CONVOLUTION_DEFAULTS,
  filters: REQUIRED,
  groups: 1,
  ...ruleDefaults('kernel', 'glorot_uniform'),
  ...LORA_DEFAULTS,
};

/** The convolutions of one, two and three spatial axes. */
export abstract class BaseConv extends Convolution {
  readonly filters: number;
  readonly groups: number;
  kernel!: Variable;
  readonly #rules: WeightRules;
  readonly #lora: Lora;

  constructor(rank: number, args: readonly unknown[]) {
    const owner = (new.target as unknown as typeof Layer).className;
    const o = readOptions<ConvOptions>(owner, ['filters', 'kernelSize'], DEFAULTS, args);
    super(rank, o, rank === 1 ? ['valid', 'same', 'causal'] : undefined);
    this.filters = wholeNumber(owner, 'filters', o.filters);
    this.groups = wholeNumber(owner, 'groups', o.groups);
    this.#rules = readRules(owner, o, 'kernel');
    this.#lora = new Lora(owner, o, 'kernel', this.#rules);
    if (this.filters % this.groups !== 0)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: filters must be a multiple of groups, got ${this.filters} filters and ${this.groups} groups`,
      );
    refuseDilatedStrides(owner, this);
  }

  override build(inputShape: DynamicShape): void {
    const channels = this.readChannels(inputShape);
    if (channels % this.groups !== 0)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: the input's channels must be a multiple of groups, got ${channels} channels in shape ` +
          `${formatShape(inputShape)} and ${this.groups} groups`,
      );
    this.computeOutputShape(inputShape);
    const shape = [...this.kernelSize, channels / this.groups, this.filters];
    this.kernel = this.addWeight({ name: 'kernel', shape, ...this.#rules });
    this.addBias(this.filters);
    this.#lora.build(this.kernel, (w) => this.addWeight(w));
  }

  override call(inputs: Tensor): Tensor {
    this.computeOutputShape(inputs.shape);
    return this.finish(ops.conv(inputs, this.#lora.of(this.kernel, this.floatDtype), this.window));
  }

  /**
   * Freezes the kernel and lets an addition of low rank learn: kernel + (alpha / rank) a b (Hu et al. 2021). A model that is
   * compiled heeds it at its next `compile`. Files hold the sum, as in Keras.
   *
   * @param rank Of the addition.
   * @param options.loraAlpha Default: the rank.
   * @param options.aInitializer Default `'he_uniform'`; `options.bInitializer` `'zeros'`.
   * @throws OlifantError `INVALID_ARGUMENT` where it has one already or the kernel has a constraint, `NOT_BUILT` where there is no
   *   kernel yet.
   */
  enableLora(rank: number, options: EnableLoraOptions = {}): void {
    this.#lora.enable(this, this.kernel, (w) => this.addWeight(w), rank, options);
  }

  get loraEnabled(): boolean {
    return this.#lora.enabled;
  }

  get loraRank(): number | null {
    return this.#lora.rank;
  }

  get loraAlpha(): number | null {
    return this.#lora.alpha;
  }

  /** The factors of the addition of low rank, a and b. */
  get loraKernelA(): Variable | null {
    return this.#lora.a;
  }

  get loraKernelB(): Variable | null {
    return this.#lora.b;
  }

  /** @internal */
  override get storedVariables(): ReturnType<Lora['stored']> {
    return this.#lora.stored(this.kernel, this.ownVariables);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return this.windowShape(inputShape, this.filters);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      filters: this.filters,
      groups: this.groups,
      ...rulesConfig('kernel', this.#rules),
      ...this.#lora.config,
    };
  }
}
