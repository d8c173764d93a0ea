import { type Config, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { approach } from './adam.ts';
import { Optimizer, type OptimizerArgument, type OptimizerOptions, readArgument, type Update } from './optimizer.ts';

export interface ScheduleFreeAdamWOptions extends OptimizerOptions {
  /** Where between the average and the fast iterate the gradient is taken. Default 0.9. */
  readonly beta1?: number;
  /** How much of the mean of the squares is kept at each step. Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Over how many steps the learning rate rises to its value. Default 0. */
  readonly warmupSteps?: number;
}

/**
 * AdamW without a schedule of its learning rate (Defazio et al. 2024). A fast iterate z goes Adam's way without momentum, x is
 * the mean of all z, and the weights are y = (1 - beta1) z + beta1 x:
 * v += (g^2 - v) (1 - beta2), z -= rate g / (sqrt(v / (1 - beta2^t)) + epsilon), x += (z - x) / t.
 * Learning rate 0.0025 by default; only z and v are kept, x is had back from y and z. Keras's `ScheduleFreeAdamW`.
 */
export class ScheduleFreeAdamW extends Optimizer {
  static readonly className: string = 'ScheduleFreeAdamW';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly warmupSteps: number;
  readonly #fast: Variable[] = [];
  readonly #squares: Variable[] = [];

  constructor(argument: OptimizerArgument<ScheduleFreeAdamWOptions> = {}) {
    const options = readArgument(new.target.name, argument, ['beta1', 'beta2', 'epsilon', 'warmupSteps']);
    super(options, 0.0025);
    const owner = this.constructor.name;
    this.beta1 = checkNumber(owner, 'beta1', options.beta1 ?? 0.9, { above: 0, max: 1 });
    this.beta2 = checkNumber(owner, 'beta2', options.beta2 ?? 0.999, { min: 0, below: 1 });
    this.epsilon = checkNumber(owner, 'epsilon', options.epsilon ?? 1e-8, { min: 0 });
    this.warmupSteps = checkNumber(owner, 'warmupSteps', options.warmupSteps ?? 0, { min: 0 });
  }

  protected override buildState(weights: readonly Variable[]): void {
    // Both states of a weight lie side by side.
    for (const w of weights) {
      this.#fast.push(this.addCopy(w, 'momentum'));
      this.#squares.push(this.addLike(w, 'velocity'));
    }
  }

  protected step(rate: Tensor): Update {
    const t = this.localStep;
    const warm = this.warmupSteps > 0 ? ops.multiply(rate, ops.minimum(ops.divide(t, this.warmupSteps), 1)) : rate;
    const correction = ops.subtract(1, ops.power(this.beta2, t));
    const share = ops.divide(1, t);
    return (gradient, weight, i) => {
      const [z, v] = [this.#fast[i]!, this.#squares[i]!];
      const mean = ops.divide(ops.subtract(weight, ops.multiply(z, 1 - this.beta1)), this.beta1);
      approach(v, ops.square(gradient), this.beta2);
      const root = ops.add(ops.sqrt(ops.divide(v, correction)), this.epsilon);
      z.assignSub(ops.divide(ops.multiply(gradient, warm), root));
      const next = ops.add(ops.multiply(mean, ops.subtract(1, share)), ops.multiply(z, share));
      weight.assign(ops.add(ops.multiply(z, 1 - this.beta1), ops.multiply(next, this.beta1)));
    };
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      beta_1: this.beta1,
      beta_2: this.beta2,
      epsilon: this.epsilon,
      warmup_steps: this.warmupSteps,
    };
  }
}
