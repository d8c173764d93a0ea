import { type Config, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { Optimizer, type OptimizerArgument, type OptimizerOptions, readArgument, type Update } from './optimizer.ts';

export interface FtrlOptions extends OptimizerOptions {
  /** How the rate falls with the sum of the squares; at most 0. Default -0.5. */
  readonly learningRatePower?: number;
  /** Default 0.1. */
  readonly initialAccumulatorValue?: number;
  /** Default 0. */
  readonly l1RegularizationStrength?: number;
  /** Default 0. */
  readonly l2RegularizationStrength?: number;
  /** A penalty on the gradient's side. Default 0. */
  readonly l2ShrinkageRegularizationStrength?: number;
  /** Default 0. */
  readonly beta?: number;
}

/** Follow the regularized leader (McMahan et al. 2013): sparse weights for linear models. Learning rate 0.001. */
export class Ftrl extends Optimizer {
  static readonly className: string = 'Ftrl';
  readonly learningRatePower: number;
  readonly initialAccumulatorValue: number;
  readonly l1RegularizationStrength: number;
  readonly l2RegularizationStrength: number;
  readonly l2ShrinkageRegularizationStrength: number;
  readonly beta: number;
  #squares: Variable[] = [];
  #linears: Variable[] = [];

  constructor(argument: OptimizerArgument<FtrlOptions> = {}) {
    const options = readArgument(new.target.name, argument, [
      'learningRatePower',
      'initialAccumulatorValue',
      'l1RegularizationStrength',
      'l2RegularizationStrength',
      'l2ShrinkageRegularizationStrength',
      'beta',
    ]);
    super(options, 0.001);
    const read = (name: keyof FtrlOptions, value: number, range = {}) =>
      checkNumber('Ftrl', name, options[name] ?? value, range);
    this.learningRatePower = read('learningRatePower', -0.5, { max: 0 });
    this.initialAccumulatorValue = read('initialAccumulatorValue', 0.1, { min: 0 });
    this.l1RegularizationStrength = read('l1RegularizationStrength', 0, { min: 0 });
    this.l2RegularizationStrength = read('l2RegularizationStrength', 0, { min: 0 });
    this.l2ShrinkageRegularizationStrength = read('l2ShrinkageRegularizationStrength', 0, { min: 0 });
    this.beta = read('beta', 0);
  }

  protected override buildState(weights: readonly Variable[]): void {
    for (const w of weights) {
      this.#squares.push(this.addLike(w, 'accumulator', this.initialAccumulatorValue));
      this.#linears.push(this.addLike(w, 'linear'));
    }
  }

  protected step(rate: Tensor): Update {
    const l1 = this.l1RegularizationStrength;
    const l2 = ops.add(ops.divide(this.beta, ops.multiply(rate, 2)), this.l2RegularizationStrength);
    const scale = (squares: Tensor) => ops.power(squares, -this.learningRatePower);
    return (gradient, weight, i) => {
      const [state, linear] = [this.#squares[i]!, this.#linears[i]!];
      const before = state.value();
      const after = ops.add(before, ops.square(gradient));
      const shrunk = ops.add(gradient, ops.multiply(weight, 2 * this.l2ShrinkageRegularizationStrength));
      const sigma = ops.divide(ops.subtract(scale(after), scale(before)), rate);
      linear.assignAdd(ops.subtract(shrunk, ops.multiply(sigma, weight)));
      const quadratic = ops.add(ops.divide(scale(after), rate), ops.multiply(l2, 2));
      weight.assign(ops.divide(ops.subtract(ops.clip(linear, -l1, l1), linear), quadratic));
      state.assign(after);
    };
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      learning_rate_power: this.learningRatePower,
      initial_accumulator_value: this.initialAccumulatorValue,
      l1_regularization_strength: this.l1RegularizationStrength,
      l2_regularization_strength: this.l2RegularizationStrength,
      l2_shrinkage_regularization_strength: this.l2ShrinkageRegularizationStrength,
      beta: this.beta,
    };
  }
}
