import { type Config, checkFlag, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { Optimizer, type OptimizerArgument, type OptimizerOptions, readArgument, type Update } from './optimizer.ts';

export interface RMSpropOptions extends OptimizerOptions {
  /** How much of the mean square is kept at each step. Default 0.9. */
  readonly rho?: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Whether the gradient's variance takes the place of its mean square. Default false. */
  readonly centered?: boolean;
}

/** Gradients divided by the root of their running mean square (Tieleman and Hinton 2012). Learning rate 0.001. */
export class RMSprop extends Optimizer {
  static readonly className: string = 'RMSprop';
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
  #velocities: Variable[] = [];
  #momentums: Variable[] = [];
  #means: Variable[] = [];

  constructor(argument: OptimizerArgument<RMSpropOptions> = {}) {
    const options = readArgument(new.target.name, argument, ['rho', 'momentum', 'epsilon', 'centered']);
    super(options, 0.001);
    this.rho = checkNumber('RMSprop', 'rho', options.rho ?? 0.9);
    this.momentum = checkNumber('RMSprop', 'momentum', options.momentum ?? 0);
    this.epsilon = checkNumber('RMSprop', 'epsilon', options.epsilon ?? 1e-7);
    this.centered = checkFlag(this.constructor.name, 'centered', options.centered ?? false);
  }

  protected override buildState(weights: readonly Variable[]): void {
    this.#velocities = this.addPerWeight(weights, 'velocity');
    if (this.momentum > 0) this.#momentums = this.addPerWeight(weights, 'momentum');
    if (this.centered) this.#means = this.addPerWeight(weights, 'average_gradient');
  }

  protected step(rate: Tensor): Update {
    const running = (state: Variable, x: Tensor) =>
      state.assign(ops.add(ops.multiply(state, this.rho), ops.multiply(x, 1 - this.rho)));
    return (gradient, weight, i) => {
      const velocity = this.#velocities[i]!;
      running(velocity, ops.square(gradient));
      let square = velocity.value();
      if (this.centered) {
        running(this.#means[i]!, gradient);
        square = ops.subtract(square, ops.square(this.#means[i]!));
      }
      const down = ops.divide(ops.multiply(gradient, rate), ops.sqrt(ops.add(square, this.epsilon)));
      const m = this.#momentums[i];
      if (m === undefined) return weight.assignSub(down);
      m.assign(ops.add(ops.multiply(m, this.momentum), down));
      weight.assignSub(m);
    };
  }

  override getConfig(): Config {
    const { rho, momentum, epsilon, centered } = this;
    return { ...super.getConfig(), rho, momentum, epsilon, centered };
  }
}
