import { type Config, checkFlag, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { Optimizer, type OptimizerArgument, type OptimizerOptions, readArgument, type Update } from './optimizer.ts';

export interface AdafactorOptions extends OptimizerOptions {
  /** The exponent by which the memory of squares grows with the steps. Default -0.8. */
  readonly beta2Decay?: number;
  /** Added to the squares. Default 1e-30. */
  readonly epsilon1?: number;
  /** The least size of a weight that counts. Default 1e-3. */
  readonly epsilon2?: number;
  /** The largest root mean square of an update. Default 1. */
  readonly clipThreshold?: number;
  /** Whether the rate falls with the root of the steps. Default true. */
  readonly relativeStep?: boolean;
}

/** Adam without momentum whose mean squares are kept as rows and columns only (Shazeer and Stern 2018). */
export class Adafactor extends Optimizer {
  static readonly className: string = 'Adafactor';
  readonly beta2Decay: number;
  readonly epsilon1: number;
  readonly epsilon2: number;
  readonly clipThreshold: number;
  readonly relativeStep: boolean;
  #rows: Variable[] = [];
  #columns: Variable[] = [];
  #velocities: Variable[] = [];

  constructor(argument: OptimizerArgument<AdafactorOptions> = {}) {
    const options = readArgument(new.target.name, argument, [
      'beta2Decay',
      'epsilon1',
      'epsilon2',
      'clipThreshold',
      'relativeStep',
    ]);
    super(options, 0.001);
    this.beta2Decay = checkNumber('Adafactor', 'beta2Decay', options.beta2Decay ?? -0.8);
    this.epsilon1 = checkNumber('Adafactor', 'epsilon1', options.epsilon1 ?? 1e-30);
    this.epsilon2 = checkNumber('Adafactor', 'epsilon2', options.epsilon2 ?? 1e-3);
    this.clipThreshold = checkNumber('Adafactor', 'clipThreshold', options.clipThreshold ?? 1, { above: 0 });
    this.relativeStep = checkFlag(this.constructor.name, 'relativeStep', options.relativeStep ?? true);
  }

  protected override buildState(weights: readonly Variable[]): void {
    for (const w of weights) {
      // Weights of one axis have no rows and columns; Keras keeps empty places for them.
      const flat = w.rank < 2;
      const dtype = flat ? 'int32' : w.dtype;
      this.#rows.push(this.addVariable(flat ? [] : w.shape.slice(0, -1), w.name, { dtype }));
      this.#columns.push(this.addVariable(flat ? [] : [...w.shape.slice(0, -2), w.shape.at(-1)!], w.name, { dtype }));
      this.#velocities.push(this.addLike(w, 'velocity'));
    }
  }

  protected step(rate: Tensor): Update {
    const t = this.localStep;
    const falling = ops.divide(1, ops.sqrt(t));
    const relative = this.relativeStep && !this.scheduled ? ops.minimum(rate, falling) : rate;
    const rho = ops.minimum(relative, falling);
    const kept = ops.subtract(1, ops.power(t, this.beta2Decay));
    const fresh = ops.subtract(1, kept);
    const running = (state: Variable, x: Tensor) =>
      state.assign(ops.add(ops.multiply(state, kept), ops.multiply(x, fresh)));
    const rms = (x: Tensor) => ops.sqrt(ops.mean(ops.square(x)));
    return (gradient, weight, i) => {
      const size = ops.multiply(ops.maximum(rms(weight.value()), this.epsilon2), rho);
      const squares = ops.add(ops.square(gradient), this.epsilon1);
      const velocity = this.#velocities[i]!;
      if (weight.rank < 2) running(velocity, squares);
      else {
        const [rows, columns] = [this.#rows[i]!, this.#columns[i]!];
        running(rows, ops.mean(squares, -1));
        running(columns, ops.mean(squares, -2));
        const share = ops.divide(rows, ops.mean(rows, { axis: -1, keepdims: true }));
        velocity.assign(ops.multiply(ops.expandDims(share, -1), ops.expandDims(columns, -2)));
      }
      const update = ops.divide(gradient, ops.sqrt(velocity));
      const limit = ops.maximum(ops.divide(rms(update), this.clipThreshold), 1);
      weight.assignSub(ops.multiply(ops.divide(update, limit), size));
    };
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      beta_2_decay: this.beta2Decay,
      epsilon_1: this.epsilon1,
      epsilon_2: this.epsilon2,
      clip_threshold: this.clipThreshold,
      relative_step: this.relativeStep,
    };
  }
}
