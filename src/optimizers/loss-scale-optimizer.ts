import { checkOptions, describe, OlifantError } from '../errors.ts';
import { type Config, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { readInner, serializeInner } from './builtin.ts';
import { Optimizer, type Update } from './optimizer.ts';
import type { LearningRateSchedule } from './schedules/index.ts';

export interface LossScaleOptimizerOptions {
  /** By what the loss is multiplied at first. Default 32768. */
  readonly initialScale?: number;
  /** After how many steps without infinities the scale is doubled. Default 2000. */
  readonly dynamicGrowthSteps?: number;
  readonly name?: string | null;
}

/**
 * Multiplies the loss by a scale that follows the gradients, and gives another optimizer the gradients divided by it. A step
 * with a gradient that is not finite changes no weight and halves the scale; `dynamicGrowthSteps` good ones double it. Keras's
 * `LossScaleOptimizer`, made for gradients in float16; in float32 it spares the weights from steps that overflow.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for an inner optimizer that is none.
 */
export class LossScaleOptimizer extends Optimizer {
  static readonly className: string = 'LossScaleOptimizer';
  readonly innerOptimizer: Optimizer;
  readonly initialScale: number;
  readonly dynamicGrowthSteps: number;
  #counter: Variable | undefined;
  #scale: Variable | undefined;

  constructor(innerOptimizer: Optimizer, options: LossScaleOptimizerOptions = {}) {
    const owner = 'LossScaleOptimizer';
    checkOptions(owner, options, ['initialScale', 'dynamicGrowthSteps', 'name']);
    super({ learningRate: 0, ...(options.name == null ? {} : { name: options.name }) }, 0);
    if (!(innerOptimizer instanceof Optimizer))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: expected an optimizer as the inner one, such as new Adam(), got ${describe(innerOptimizer)}`,
      );
    this.innerOptimizer = innerOptimizer;
    this.initialScale = checkNumber(owner, 'initialScale', options.initialScale ?? 2 ** 15, { above: 0 });
    this.dynamicGrowthSteps = checkNumber(owner, 'dynamicGrowthSteps', options.dynamicGrowthSteps ?? 2000, { min: 1 });
    // Else gradients would be divided twice.
    if (innerOptimizer.lossScaleFactor !== null) innerOptimizer.lossScaleFactor = null;
  }

  /** That of the inner optimizer: steps with gradients that are not finite do not count. */
  override get iteration(): Variable {
    return this.innerOptimizer.iteration;
  }

  override get variables(): readonly Variable[] {
    return [...super.variables, ...this.innerOptimizer.variables];
  }

  override get revision(): number {
    return super.revision + this.innerOptimizer.revision;
  }

  /** That of the inner optimizer. */
  override get learningRate(): number {
    return this.innerOptimizer.learningRate;
  }

  override set learningRate(rate: number | LearningRateSchedule) {
    this.innerOptimizer.learningRate = rate;
  }

  override get averages(): Optimizer['averages'] {
    return this.innerOptimizer.averages;
  }

  override build(weights: readonly Variable[]): void {
    if (this.built) return;
    this.#counter = this.addVariable([], 'step_counter', { dtype: 'int32' });
    this.#scale = this.addVariable([], 'dynamic_scale', { value: this.initialScale });
    this.innerOptimizer.build(weights);
    super.build(weights);
  }

  override scaleLoss(loss: Tensor): Tensor {
    return ops.multiply(loss, this.#scale ?? this.initialScale);
  }

  override apply(gradients: readonly (Tensor | null)[], weights?: readonly Variable[]): void {
    if (weights !== undefined) this.build(weights);
    const [counter, scale] = [this.#counter, this.#scale];
    if (counter === undefined || scale === undefined)
      throw new OlifantError('INVALID_ARGUMENT', `${this.name}: no weights were given, and build was not called`);
    const given = gradients.filter((g) => g !== null);
    const finite = given.map((g) => ops.all(ops.isfinite(g))).reduce(ops.logicalAnd, ops.full([], 1, 'bool'));
    const before = scale.value();
    const touched = [...(weights ?? this.weights), ...this.innerOptimizer.variables];
    const old = touched.map((v) => v.value());
    this.innerOptimizer.apply(
      gradients.map((g) => g && ops.divide(g, before)),
      weights,
    );
    touched.forEach((v, i) => {
      const next = v.value();
      if (next.node !== old[i]!.node) v.assign(ops.where(finite, next, old[i]!));
    });
    const due = ops.equal(counter, this.dynamicGrowthSteps - 1);
    const factor = ops.where(finite, ops.where(due, 2, 1), 0.5);
    counter.assign(ops.where(ops.logicalAnd(finite, ops.logicalNot(due)), ops.add(counter, 1), 0));
    scale.assign(ops.multiply(before, factor));
  }

  protected step(): Update {
    throw new OlifantError('INVALID_ARGUMENT', `${this.name}: its inner optimizer makes the steps`);
  }

  override finalizeVariableValues(): void {
    this.innerOptimizer.finalizeVariableValues();
  }

  override getConfig(): Config {
    return {
      name: this.name,
      inner_optimizer: serializeInner(this.innerOptimizer),
      initial_scale: this.initialScale,
      dynamic_growth_steps: this.dynamicGrowthSteps,
    };
  }

  static override fromConfig(config: Config): LossScaleOptimizer {
    const {
      inner_optimizer: inner,
      initial_scale: initialScale,
      dynamic_growth_steps: dynamicGrowthSteps,
      name,
    } = config;
    if (inner === undefined || inner === null)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        "LossScaleOptimizer: it needs an inner optimizer; write new LossScaleOptimizer(new Adam()) in the name's place",
      );
    return new LossScaleOptimizer(readInner(inner), {
      initialScale,
      dynamicGrowthSteps,
      name,
    } as LossScaleOptimizerOptions);
  }
}
