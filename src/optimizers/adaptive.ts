import { type Config, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { Optimizer, type OptimizerArgument, type OptimizerOptions, readArgument, type Update } from './optimizer.ts';

export interface AdagradOptions extends OptimizerOptions {
  /** Default 0.1. */
  readonly initialAccumulatorValue?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

/** Gradients divided by the root of the sum of all squares so far (Duchi et al. 2011). Learning rate 0.001. */
export class Adagrad extends Optimizer {
  static readonly className: string = 'Adagrad';
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;
  #sums: Variable[] = [];

  constructor(argument: OptimizerArgument<AdagradOptions> = {}) {
    const options = readArgument(new.target.name, argument, ['initialAccumulatorValue', 'epsilon']);
    super(options, 0.001);
    this.initialAccumulatorValue = checkNumber(
      'Adagrad',
      'initialAccumulatorValue',
      options.initialAccumulatorValue ?? 0.1,
    );
    this.epsilon = checkNumber('Adagrad', 'epsilon', options.epsilon ?? 1e-7);
  }

  protected override buildState(weights: readonly Variable[]): void {
    this.#sums = this.addPerWeight(weights, 'accumulator', this.initialAccumulatorValue);
  }

  protected step(rate: Tensor): Update {
    return (gradient, weight, i) => {
      const sum = this.#sums[i]!;
      sum.assignAdd(ops.square(gradient));
      weight.assignSub(ops.divide(ops.multiply(gradient, rate), ops.sqrt(ops.add(sum, this.epsilon))));
    };
  }

  override getConfig(): Config {
    const { initialAccumulatorValue, epsilon } = this;
    return { ...super.getConfig(), initial_accumulator_value: initialAccumulatorValue, epsilon };
  }
}

export interface AdadeltaOptions extends OptimizerOptions {
  /** How much of the mean squares is kept at each step. Default 0.95. */
  readonly rho?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

/** Steps as long as the steps before, relative to the gradients (Zeiler 2012). Learning rate 0.001; the paper's is 1. */
export class Adadelta extends Optimizer {
  static readonly className: string = 'Adadelta';
  readonly rho: number;
  readonly epsilon: number;
  #gradients: Variable[] = [];
  #steps: Variable[] = [];

  constructor(argument: OptimizerArgument<AdadeltaOptions> = {}) {
    const options = readArgument(new.target.name, argument, ['rho', 'epsilon']);
    super(options, 0.001);
    this.rho = checkNumber('Adadelta', 'rho', options.rho ?? 0.95);
    this.epsilon = checkNumber('Adadelta', 'epsilon', options.epsilon ?? 1e-7);
  }

  protected override buildState(weights: readonly Variable[]): void {
    for (const w of weights) {
      this.#gradients.push(this.addLike(w, 'accumulated_grad'));
      this.#steps.push(this.addLike(w, 'accumulated_delta_var'));
    }
  }

  protected step(rate: Tensor): Update {
    const running = (state: Variable, x: Tensor) =>
      state.assign(ops.add(ops.multiply(state, this.rho), ops.multiply(ops.square(x), 1 - this.rho)));
    const root = (state: Variable) => ops.sqrt(ops.add(state, this.epsilon));
    return (gradient, weight, i) => {
      const [squares, steps] = [this.#gradients[i]!, this.#steps[i]!];
      running(squares, gradient);
      const down = ops.divide(ops.multiply(root(steps), gradient), root(squares));
      running(steps, down);
      weight.assignSub(ops.multiply(down, rate));
    };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rho: this.rho, epsilon: this.epsilon };
  }
}

export interface LionOptions extends OptimizerOptions {
  /** Weight of the momentum in the direction. Default 0.9. */
  readonly beta1?: number;
  /** How much of the momentum is kept at each step. Default 0.99. */
  readonly beta2?: number;
}

/** Steps of one length along the sign of the momentum (Chen et al. 2023). Learning rate 0.001. */
export class Lion extends Optimizer {
  static readonly className: string = 'Lion';
  readonly beta1: number;
  readonly beta2: number;
  #momentums: Variable[] = [];

  constructor(argument: OptimizerArgument<LionOptions> = {}) {
    const options = readArgument(new.target.name, argument, ['beta1', 'beta2']);
    super(options, 0.001);
    this.beta1 = checkNumber('Lion', 'beta1', options.beta1 ?? 0.9, { above: 0, max: 1 });
    this.beta2 = checkNumber('Lion', 'beta2', options.beta2 ?? 0.99);
  }

  protected override buildState(weights: readonly Variable[]): void {
    this.#momentums = this.addPerWeight(weights, 'momentum');
  }

  protected step(rate: Tensor): Update {
    const blend = (m: Variable, gradient: Tensor, beta: number) =>
      ops.add(ops.multiply(m, beta), ops.multiply(gradient, ops.subtract(1, ops.cast(beta, 'float32'))));
    return (gradient, weight, i) => {
      const m = this.#momentums[i]!;
      weight.assignSub(ops.multiply(ops.sign(blend(m, gradient, this.beta1)), rate));
      m.assign(blend(m, gradient, this.beta2));
    };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), beta_1: this.beta1, beta_2: this.beta2 };
  }
}
