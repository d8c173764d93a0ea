import * as activations from '../../activations/index.ts';
import { formatShape, OlifantError } from '../../errors.ts';
import type { DType, TypedArray } from '../../graph/dtype.ts';
import { type Shape, sizeOf } from '../../graph/shape.ts';
import * as initializers from '../../initializers/index.ts';
import * as ops from '../../ops/index.ts';
import * as regularizers from '../../regularizers/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { LORA_DEFAULTS, Lora, type LoraOptions } from '../lora.ts';
import { LowRankLayer } from '../low-rank-layer.ts';
import { type Defaults, REQUIRED, readActivation, readOptions, show } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';
import { denseRows } from './dense-rows.ts';
import {
  type EinsumEquation,
  type EinsumShapes,
  einsumShapes,
  parseEquation,
  readBiasAxes,
} from './einsum-equation.ts';

export interface EinsumDenseOptions
  extends LayerOptions,
    LoraOptions,
    WeightRuleOptions<'kernel'>,
    WeightRuleOptions<'bias'> {
  /** Letters for the axes of inputs, kernel and outputs: `'abc,cd->abd'`. */
  equation?: string;
  /** Sizes of the outputs without the batch and without the axes of `...`; `null` for sizes that the inputs have. */
  outputShape?: number | DynamicShape;
  /** Default: none (linear). */
  activation?: activations.ActivationLike;
  /** Letters of the outputs that have a bias. Default: no bias. */
  biasAxes?: string | null;
}

const DEFAULTS: Defaults<EinsumDenseOptions> = {
  equation: REQUIRED,
  outputShape: REQUIRED,
  activation: null,
  biasAxes: null,
  ...ruleDefaults('kernel', 'glorot_uniform'),
  ...ruleDefaults('bias', 'zeros'),
  ...LORA_DEFAULTS,
};

/**
 * activation(einsum(equation, x, kernel) + bias): a dense layer along any axes. Keras's `EinsumDense`.
 *
 * The equation has one of the forms `'ab,bc->ac'`, `'...ab,bc->...ac'` and `'ab...,bc->ac...'`, letters of the kernel that
 * the outputs lack being summed over. The first axis of inputs and outputs is the batch. Weights: `kernel`, with the sizes
 * of its letters, and `bias`, from the first of the `biasAxes` to the last axis, 1 along the others.
 *
 * @param equation Letters for the axes of inputs, kernel and outputs.
 * @param outputShape Sizes of the outputs without the batch and the axes of `...`; `null` for sizes that the inputs have.
 * @param options.activation Default: none (linear).
 * @param options.biasAxes Letters of the outputs that have a bias. Default: no bias.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `options.biasInitializer` `'zeros'`. There are also
 *   `kernelRegularizer`, `biasRegularizer`, `kernelConstraint` and `biasConstraint`.
 * @param options.loraRank Rank of an addition to the kernel that learns in its place: see `enableLora`; also `loraAlpha`.
 * @throws OlifantError `INVALID_ARGUMENT` for an equation of another form, `SHAPE` where the sizes do not fit it.
 * @example
 * const layer = new EinsumDense('abc,cde->abde', [null, 2, 4], { biasAxes: 'de' });
 * layer.apply(ops.ones([2, 3, 5])).shape; // [2, 3, 2, 4]
 */
export class EinsumDense extends LowRankLayer {
  static override className = 'EinsumDense';
  static override moduleName = 'keras.layers';

  readonly equation: string;
  readonly outputShape: DynamicShape;
  readonly activation: activations.Activation;
  readonly biasAxes: string | null;
  kernel!: Variable;
  bias: Variable | null = null;
  readonly #parsed: EinsumEquation;
  readonly #kernelRules: WeightRules;
  readonly #biasRules: WeightRules;
  protected readonly lora: Lora;

  constructor(equation: string, outputShape: number | DynamicShape, options?: EinsumDenseOptions);
  constructor(options: EinsumDenseOptions & { equation: string; outputShape: number | DynamicShape });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<EinsumDenseOptions>(owner, ['equation', 'outputShape'], DEFAULTS, args);
    super(o);
    this.equation = o.equation;
    this.#parsed = parseEquation(owner, o.equation);
    this.outputShape = readOutputShape(owner, o.outputShape);
    this.activation = readActivation(o.activation);
    this.biasAxes = readBiasAxes(owner, o.biasAxes, this.#parsed);
    this.#kernelRules = readRules(owner, o, 'kernel');
    this.#biasRules = readRules(owner, o, 'bias');
    this.lora = new Lora(owner, o, 'kernel', this.#kernelRules);
  }

  override build(inputShape: DynamicShape): void {
    const { kernel, bias, fans } = this.#shapes(inputShape);
    const rules = { ...this.#kernelRules, initializer: withFans(this.#kernelRules.initializer, fans) };
    this.kernel = this.addWeight({ name: 'kernel', shape: this.#known('kernel', kernel, inputShape), ...rules });
    if (bias !== null)
      this.bias = this.addWeight({ name: 'bias', shape: this.#known('bias', bias, inputShape), ...this.#biasRules });
    this.inputSpec = { ndim: inputShape.length };
    this.lora.build(this.kernel, (w) => this.addWeight(w));
  }

  #shapes(inputShape: DynamicShape): EinsumShapes {
    return einsumShapes(this, this.#parsed, this.biasAxes, inputShape, this.outputShape);
  }

  #known(weight: string, shape: DynamicShape, inputShape: DynamicShape): number[] {
    if (shape.every((d) => d !== null)) return shape as number[];
    throw new OlifantError(
      'SHAPE',
      `${this.label}: the sizes ${formatShape(shape)} of the ${weight} are not all known for an input of shape ` +
        `${formatShape(inputShape)}; give them in outputShape, or in Input`,
    );
  }

  override call(inputs: Tensor): Tensor {
    const { bias } = this;
    const kernel = this.lora.of(this.kernel, this.floatDtype);
    const plan = rowsOf(this.#parsed, this.biasAxes, inputs.rank);
    if (plan === undefined) {
      const y = ops.einsum(this.equation, inputs, kernel);
      return this.activation(bias === null ? y : ops.add(y, bias));
    }
    const [lead, made] = [inputs.shape.slice(0, plan.lead), kernel.shape.slice(plan.summed)];
    const sizes = [sizeOf(kernel.shape.slice(0, plan.summed)), sizeOf(made)] as const;
    const rows = ops.reshape(inputs, [...lead, sizes[0]]);
    const flatBias = bias && ops.reshape(bias, [sizes[1]]);
    const oneAxis = made.length === 1;
    const y = denseRows(rows, ops.reshape(kernel, sizes), flatBias, oneAxis ? this.activation : activations.linear);
    return oneAxis ? y : this.activation(ops.reshape(y, [...lead, ...made]));
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
    return this.#shapes(inputShape).output;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      equation: this.equation,
      output_shape: this.outputShape,
      activation: activations.serialize(this.activation),
      bias_axes: this.biasAxes,
      ...rulesConfig('kernel', this.#kernelRules),
      ...rulesConfig('bias', this.#biasRules),
      activity_regularizer: regularizers.serialize(this.activityRegularizer),
      quantization_config: null,
      ...this.lora.config,
    };
  }
}

/**
 * How an equation is a product of rows: the inputs' last axes are summed over, and the kernel has them first and then the
 * outputs' last axes, all of which have a bias or none has.
 */
function rowsOf(
  { input, kernel, output, elided }: EinsumEquation,
  biasAxes: string | null,
  rank: number,
): { lead: number; summed: number } | undefined {
  const summed = [...kernel].findIndex((l) => output.includes(l));
  if (elided === 'right' || summed < 1) return undefined;
  const [inner, made] = [kernel.slice(0, summed), kernel.slice(summed)];
  const free = input.slice(0, input.length - summed);
  const distinct = new Set(free + kernel).size === free.length + kernel.length;
  const plain = distinct && input === free + inner && output === free + made;
  const wholeBias =
    biasAxes === null || ([...made].every((l) => biasAxes.includes(l)) && new Set(biasAxes).size === made.length);
  return plain && wholeBias ? { lead: rank - summed, summed } : undefined;
}

function readOutputShape(owner: string, value: unknown): DynamicShape {
  const list = Array.isArray(value) ? value : [value];
  if (list.every((d) => d === null || (Number.isSafeInteger(d) && d > 0))) return [...list];
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: outputShape must be a positive size, or an array of sizes or null, got ${show(value)}`,
  );
}

/** An initializer that scales by the number of inputs and outputs, which the shape of the kernel alone does not say. */
class FanInitializer extends initializers.Initializer {
  readonly #inner: initializers.Initializer;
  readonly #fans: Shape;

  constructor(inner: initializers.Initializer, fans: Shape) {
    super();
    this.#inner = inner;
    this.#fans = fans;
  }

  call(_shape: Shape, dtype?: DType): TypedArray {
    // The numbers of a kernel are drawn alike, so a matrix of as many inputs and outputs has the same ones.
    return this.#inner.call(this.#fans, dtype);
  }

  getConfig(): Config {
    return this.#inner.getConfig();
  }
}

function withFans(initializer: initializers.Initializer, fans: Shape): initializers.Initializer {
  const scales = initializer instanceof initializers.VarianceScaling;
  return scales && (initializer.inputAxes === null || initializer.outputAxes === null)
    ? new FanInitializer(initializer, fans)
    : initializer;
}
