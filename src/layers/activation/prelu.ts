import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readAxes, readOptions, show } from '../options.ts';
import { knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';

export interface PReLUOptions extends LayerOptions, WeightRuleOptions<'alpha'> {
  /** Axes (from 1, the batch being 0) along which all elements have one slope. Default: none. */
  sharedAxes?: number | readonly number[] | null;
}

const DEFAULTS: Defaults<PReLUOptions> = { sharedAxes: null, ...ruleDefaults('alpha', 'zeros') };

/**
 * `x` where it is not negative, `alpha * x` elsewhere, with slopes that are learned (He et al. 2015). Keras's `PReLU`.
 *
 * Inputs and outputs [batch, ...]; weight `alpha` of the inputs' shape without the batch, with 1 along the shared axes.
 *
 * @param options.sharedAxes Axes along which all elements have one slope: [1, 2] for images. Default: none.
 * @param options.alphaInitializer Default `'zeros'`; also `alphaRegularizer`, `alphaConstraint`.
 * @throws OlifantError `INVALID_ARGUMENT` for axes below 1, `SHAPE` where a size that alpha depends on is not known.
 * @example
 * new PReLU({ alphaInitializer: 'ones' }).apply(tensor([[-1, 2]])).arraySync(); // [[-1, 2]]
 */
export class PReLU extends Layer {
  static override className = 'PReLU';
  static override moduleName = 'keras.layers';

  readonly sharedAxes: readonly number[] | null;
  alpha!: Variable;
  readonly #rules: WeightRules;

  constructor(options?: PReLUOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<PReLUOptions>(owner, [], DEFAULTS, args);
    super(o);
    const shared = o.sharedAxes;
    if (shared !== null && [shared].flat().some((a) => !((a as number) >= 1)))
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: sharedAxes must be axes from 1 on, got ${show(shared)}`);
    this.sharedAxes = shared === null ? null : [readAxes(owner, 'sharedAxes', shared)].flat();
    this.#rules = readRules(owner, o, 'alpha');
    this.supportsMasking = true;
    this.inputSpec = { minNdim: 2 };
  }

  override build(inputShape: DynamicShape): void {
    const shared = this.sharedAxes ?? [];
    const beyond = shared.find((a) => a >= inputShape.length);
    if (beyond !== undefined)
      throw new OlifantError('SHAPE', `${this.label}: sharedAxes names axis ${beyond} of ${inputShape.length} axes`);
    const axes = inputShape.map((_, i) => i).slice(1);
    const shape = axes.map((i) => (shared.includes(i) ? 1 : knownSize(this, inputShape, i)));
    this.alpha = this.addWeight({ name: 'alpha', shape, ...this.#rules });
    const own = axes.filter((i) => !shared.includes(i));
    this.inputSpec = { ndim: inputShape.length, axes: Object.fromEntries(own.map((i) => [i, inputShape[i]!])) };
  }

  override call(inputs: Tensor): Tensor {
    const below = ops.multiply(ops.negative(this.alpha), ops.relu(ops.negative(inputs)));
    return ops.add(ops.relu(inputs), below);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...rulesConfig('alpha', this.#rules), shared_axes: this.sharedAxes };
  }
}
