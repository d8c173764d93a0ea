import * as activations from '../../activations/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { LORA_DEFAULTS, Lora, type LoraOptions } from '../lora.ts';
import { LowRankLayer } from '../low-rank-layer.ts';
import { type Defaults, REQUIRED, readActivation, readFlag, readOptions, wholeNumber } from '../options.ts';
import { knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';
import { denseRows } from './dense-rows.ts';

export interface DenseOptions
  extends LayerOptions,
    LoraOptions,
    WeightRuleOptions<'kernel'>,
    WeightRuleOptions<'bias'> {
  /** Size of the outputs' last axis. */
  units?: number;
  /** Default: none (linear). */
  activation?: activations.ActivationLike;
  /** Default `true`. */
  useBias?: boolean;
}

const DEFAULTS: Defaults<DenseOptions> = {
  units: REQUIRED,
  activation: null,
  useBias: true,
  ...ruleDefaults('kernel', 'glorot_uniform'),
  ...ruleDefaults('bias', 'zeros'),
  ...LORA_DEFAULTS,
};

/**
 * activation(x kernel + bias): every output depends on every input of the last axis. Keras's `Dense`.
 *
 * Inputs [batch, ..., features], outputs [batch, ..., units]; weights `kernel` [features, units] and `bias` [units].
 *
 * @param units Size of the outputs' last axis.
 * @param options.activation Default: none (linear).
 * @param options.useBias Default `true`.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `options.biasInitializer` `'zeros'`. There are also
 *   `kernelRegularizer`, `biasRegularizer`, `kernelConstraint` and `biasConstraint`.
 * @param options.loraRank Rank of an addition to the kernel that learns in its place: see `enableLora`. As in Keras,
 *   `loraAlpha` becomes the rank when the weights are made; `enableLora` takes another one.
 * @throws OlifantError `INVALID_ARGUMENT` for units that are no positive whole number; `SHAPE` for inputs of less than two
 *   axes or of an unknown or different number of features.
 * @example
 * const layer = new Dense(3, { activation: 'relu' });
 * layer.apply(tensor([[1, 2], [3, 4]])).shape; // [2, 3]
 */
export class Dense extends LowRankLayer {
  static override className = 'Dense';
  static override moduleName = 'keras.layers';

  readonly units: number;
  readonly activation: activations.Activation;
  readonly useBias: boolean;
  kernel!: Variable;
  bias: Variable | null = null;
  readonly #kernelRules: WeightRules;
  readonly #biasRules: WeightRules;
  protected readonly lora: Lora;

  constructor(units: number, options?: DenseOptions);
  constructor(options: DenseOptions & { units: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<DenseOptions>(owner, ['units'], DEFAULTS, args);
    super(o);
    this.units = wholeNumber(owner, 'units', o.units);
    this.activation = readActivation(o.activation);
    this.useBias = readFlag(owner, 'useBias', o.useBias);
    this.#kernelRules = readRules(owner, o, 'kernel');
    this.#biasRules = readRules(owner, o, 'bias');
    this.lora = new Lora(owner, o, 'kernel', this.#kernelRules);
    this.supportsMasking = true;
    this.inputSpec = { minNdim: 2 };
  }

  override build(inputShape: DynamicShape): void {
    const features = knownSize(this, inputShape, -1);
    this.kernel = this.addWeight({ name: 'kernel', shape: [features, this.units], ...this.#kernelRules });
    if (this.useBias) this.bias = this.addWeight({ name: 'bias', shape: [this.units], ...this.#biasRules });
    this.inputSpec = { minNdim: 2, axes: { [-1]: features } };
    this.lora.build(this.kernel, (w) => this.addWeight(w), this.lora.rank);
  }

  override call(inputs: Tensor): Tensor {
    return denseRows(inputs, this.lora.of(this.kernel, this.floatDtype), this.bias, this.activation);
  }

  protected get adapted(): Variable {
    return this.kernel;
  }

  /** The factors of the addition of low rank, a and b. */
  get loraKernelA(): Variable | null {
    return this.lora.a;
  }

  get loraKernelB(): Variable | null {
    return this.lora.b;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return [...inputShape.slice(0, -1), this.units];
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      units: this.units,
      activation: activations.serialize(this.activation),
      use_bias: this.useBias,
      ...rulesConfig('kernel', this.#kernelRules),
      ...rulesConfig('bias', this.#biasRules),
      quantization_config: null,
      ...this.lora.config,
    };
  }
}
