import { type Config, checkFlag, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { Optimizer, type OptimizerArgument, type OptimizerOptions, readArgument, type Update } from './optimizer.ts';

export interface BetaOptions extends OptimizerOptions {
  /** How much of the mean of the gradients is kept at each step. Default 0.9. */
  readonly beta1?: number;
  /** How much of the mean of their squares is kept. Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

export interface AdamOptions extends BetaOptions {
  /** Whether the largest mean square so far is taken (Reddi et al. 2018). Default false. */
  readonly amsgrad?: boolean;
}

const BETA_OPTIONS = ['beta1', 'beta2', 'epsilon'];

/** state += (x - state) (1 - beta): the running mean of Adam's kind. */
export function approach(state: Variable, x: Tensor, beta: number): void {
  state.assignAdd(ops.multiply(ops.subtract(x, state), 1 - beta));
}

/** The two running means of Adam and its kin. */
export abstract class BetaOptimizer extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  protected first: Variable[] = [];
  protected second: Variable[] = [];

  constructor(options: BetaOptions, rate = 0.001) {
    super(options, rate);
    const owner = this.constructor.name;
    this.beta1 = checkNumber(owner, 'beta1', options.beta1 ?? 0.9, { min: 0, below: 1 });
    this.beta2 = checkNumber(owner, 'beta2', options.beta2 ?? 0.999, { min: 0, below: 1 });
    this.epsilon = checkNumber(owner, 'epsilon', options.epsilon ?? 1e-7, { min: 0 });
  }

  protected override buildState(weights: readonly Variable[]): void {
    this.addMeans(weights, 'momentum', 'velocity');
  }

  /** Both states of a weight lie side by side. */
  protected addMeans(weights: readonly Variable[], first: string, second: string): void {
    for (const w of weights) {
      this.first.push(this.addLike(w, first));
      this.second.push(this.addLike(w, second));
    }
  }

  override getConfig(): Config {
    return { ...super.getConfig(), beta_1: this.beta1, beta_2: this.beta2, epsilon: this.epsilon };
  }
}

/**
 * Adam (Kingma and Ba 2014): m and v are running means of the gradient and its square, and with
 * alpha = rate sqrt(1 - beta2^t) / (1 - beta1^t) each weight loses alpha m / (sqrt(v) + epsilon).
 */
export class Adam extends BetaOptimizer {
  static readonly className: string = 'Adam';
  readonly amsgrad: boolean;
  #largest: Variable[] = [];

  constructor(argument: OptimizerArgument<AdamOptions> = {}) {
    const options = readArgument(new.target.name, argument, [...BETA_OPTIONS, 'amsgrad']);
    super(options);
    this.amsgrad = checkFlag(this.constructor.name, 'amsgrad', options.amsgrad ?? false);
  }

  protected override buildState(weights: readonly Variable[]): void {
    super.buildState(weights);
    if (this.amsgrad) this.#largest = this.addPerWeight(weights, 'velocity_hat');
  }

  protected step(rate: Tensor): Update {
    const t = this.localStep;
    const root = ops.sqrt(ops.subtract(1, ops.power(this.beta2, t)));
    const alpha = ops.divide(ops.multiply(rate, root), ops.subtract(1, ops.power(this.beta1, t)));
    return (gradient, weight, i) => {
      const m = this.first[i]!;
      let v = this.second[i]!;
      approach(m, gradient, this.beta1);
      approach(v, ops.square(gradient), this.beta2);
      if (this.amsgrad) {
        this.#largest[i]!.assign(ops.maximum(this.#largest[i]!, v));
        v = this.#largest[i]!;
      }
      weight.assignSub(ops.divide(ops.multiply(m, alpha), ops.add(ops.sqrt(v), this.epsilon)));
    };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), amsgrad: this.amsgrad };
  }
}

/** Adam whose weights decay by themselves (Loshchilov and Hutter 2019); `weightDecay` is 0.004 by default. */
export class AdamW extends Adam {
  static override readonly className: string = 'AdamW';

  constructor(argument: OptimizerArgument<AdamOptions> = {}) {
    const options = readArgument(new.target.name, argument, [...BETA_OPTIONS, 'amsgrad']);
    super({ ...options, weightDecay: options.weightDecay === undefined ? 0.004 : options.weightDecay });
  }
}

/** Adam with the largest of the decaying gradients in the place of their mean square (Kingma and Ba 2014, section 7.1). */
export class Adamax extends BetaOptimizer {
  static readonly className: string = 'Adamax';

  constructor(argument: OptimizerArgument<BetaOptions> = {}) {
    super(readArgument(new.target.name, argument, BETA_OPTIONS));
  }

  protected override buildState(weights: readonly Variable[]): void {
    this.addMeans(weights, 'momentum', 'norm');
  }

  protected step(rate: Tensor): Update {
    const correction = ops.subtract(1, ops.power(this.beta1, this.localStep));
    return (gradient, weight, i) => {
      const [m, u] = [this.first[i]!, this.second[i]!];
      approach(m, gradient, this.beta1);
      u.assign(ops.maximum(ops.multiply(u, this.beta2), ops.abs(gradient)));
      weight.assignSub(ops.divide(ops.multiply(m, rate), ops.multiply(ops.add(u, this.epsilon), correction)));
    };
  }
}

/** Adam that looks ahead along the momentum (Dozat 2016). */
export class Nadam extends BetaOptimizer {
  static readonly className: string = 'Nadam';
  #product: Variable | undefined;

  constructor(argument: OptimizerArgument<BetaOptions> = {}) {
    super(readArgument(new.target.name, argument, BETA_OPTIONS));
  }

  protected override buildState(weights: readonly Variable[]): void {
    super.buildState(weights);
    this.#product = this.addVariable([], 'variable', { value: 1 });
  }

  protected step(rate: Tensor): Update {
    const t = this.localStep;
    const momentumAt = (step: Tensor) =>
      ops.multiply(ops.subtract(1, ops.multiply(ops.power(0.96, step), 0.5)), this.beta1);
    const [now, next] = [momentumAt(t), momentumAt(ops.add(t, 1))];
    this.#product!.assign(ops.multiply(this.#product!, now));
    const product = this.#product!.value();
    const ahead = ops.divide(next, ops.subtract(1, ops.multiply(product, next)));
    const here = ops.divide(ops.subtract(1, now), ops.subtract(1, product));
    const correction = ops.subtract(1, ops.power(this.beta2, t));
    return (gradient, weight, i) => {
      const [m, v] = [this.first[i]!, this.second[i]!];
      approach(m, gradient, this.beta1);
      approach(v, ops.square(gradient), this.beta2);
      const mean = ops.add(ops.multiply(m, ahead), ops.multiply(gradient, here));
      const root = ops.sqrt(ops.divide(v, correction));
      weight.assignSub(ops.divide(ops.multiply(mean, rate), ops.add(root, this.epsilon)));
    };
  }
}

/** Adam whose step for each weight is as long, relative to the rate, as the weight itself (You et al. 2019). */
export class Lamb extends BetaOptimizer {
  static readonly className: string = 'Lamb';

  constructor(argument: OptimizerArgument<BetaOptions> = {}) {
    super(readArgument(new.target.name, argument, BETA_OPTIONS));
  }

  protected step(rate: Tensor): Update {
    const t = this.localStep;
    const [first, second] = [this.beta1, this.beta2].map((b) => ops.subtract(1, ops.power(b, t))) as [Tensor, Tensor];
    const length = (x: Tensor) => ops.sqrt(ops.sum(ops.square(x)));
    return (gradient, weight, i) => {
      const [m, v] = [this.first[i]!, this.second[i]!];
      approach(m, gradient, this.beta1);
      approach(v, ops.square(gradient), this.beta2);
      const root = ops.add(ops.sqrt(ops.divide(v, second)), this.epsilon);
      const update = ops.divide(ops.divide(m, first), root);
      const [w, u] = [length(weight.value()), length(update)];
      const both = ops.logicalAnd(ops.greater(w, 0), ops.greater(u, 0));
      const ratio = ops.where(both, ops.divide(w, u), 1);
      weight.assignSub(ops.multiply(update, ops.multiply(ratio, rate)));
    };
  }
}
