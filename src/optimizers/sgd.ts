import { type Config, checkFlag, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { Optimizer, type OptimizerArgument, type OptimizerOptions, readArgument, type Update } from './optimizer.ts';

export interface SGDOptions extends OptimizerOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Whether the step looks ahead along the momentum (Nesterov). Default false. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent, with momentum if asked for. Learning rate 0.01 by default. */
export class SGD extends Optimizer {
  static readonly className: string = 'SGD';
  readonly momentum: number;
  readonly nesterov: boolean;
  #momentums: Variable[] = [];

  constructor(argument: OptimizerArgument<SGDOptions> = {}) {
    const options = readArgument(new.target.name, argument, ['momentum', 'nesterov']);
    super(options, 0.01);
    this.momentum = checkNumber('SGD', 'momentum', options.momentum ?? 0, { min: 0, max: 1 });
    this.nesterov = checkFlag(this.constructor.name, 'nesterov', options.nesterov ?? false);
  }

  protected override buildState(weights: readonly Variable[]): void {
    if (this.momentum !== 0) this.#momentums = this.addPerWeight(weights, 'momentum');
  }

  protected step(rate: Tensor): Update {
    return (gradient, weight, i) => {
      const down = ops.multiply(gradient, rate);
      const m = this.#momentums[i];
      if (m === undefined) return weight.assignSub(down);
      m.assign(ops.subtract(ops.multiply(m, this.momentum), down));
      weight.assignAdd(this.nesterov ? ops.subtract(ops.multiply(m, this.momentum), down) : m);
    };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), momentum: this.momentum, nesterov: this.nesterov };
  }
}
