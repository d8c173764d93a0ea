import { checkOptions, describe, OlifantError } from '../errors.ts';
import { type Config, isKerasObject } from '../keras-object.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { readInner, serializeInner } from './builtin.ts';
import { LossScaleOptimizer } from './loss-scale-optimizer.ts';
import { Optimizer, type Update } from './optimizer.ts';
import type { LearningRateSchedule } from './schedules/index.ts';

/** Which optimizer changes a weight. */
export type OptimizerSelector = (weight: Variable) => Optimizer;

export interface MultiOptimizerOptions {
  /** In the place of those of the inner optimizers. Default: none. */
  readonly lossScaleFactor?: number | null;
  readonly name?: string | null;
}

const refused = (message: string) => new OlifantError('INVALID_ARGUMENT', message);

function checkInner(owner: string, optimizer: unknown): Optimizer {
  if (!(optimizer instanceof Optimizer)) throw refused(`${owner}: expected an optimizer, got ${describe(optimizer)}`);
  if (optimizer instanceof LossScaleOptimizer || optimizer instanceof MultiOptimizer)
    throw refused(`${owner}: ${optimizer.constructor.name} cannot be one of several optimizers`);
  return optimizer;
}

/**
 * Optimizers by the paths of weights: a path itself, or a regular expression that fits all of it (`'encoder/.*'`). Keras's
 * `OptimizerMap`.
 */
export class OptimizerMap {
  static readonly className: string = 'OptimizerMap';
  readonly defaultOptimizer: Optimizer;
  readonly #map = new Map<string, Optimizer>();

  /**
   * @param defaultOptimizer Of weights that nothing else fits.
   * @param optimizers By paths or regular expressions.
   */
  constructor(defaultOptimizer: Optimizer, optimizers: Readonly<Record<string, Optimizer>> = {}) {
    this.defaultOptimizer = checkInner('OptimizerMap', defaultOptimizer);
    for (const [pattern, optimizer] of Object.entries(optimizers)) this.set(pattern, optimizer);
  }

  /** @throws OlifantError `INVALID_ARGUMENT` for a pattern that is there already, or is no regular expression. */
  set(pattern: string, optimizer: Optimizer): this {
    if (this.#map.has(pattern)) throw refused(`OptimizerMap: '${pattern}' has an optimizer already`);
    try {
      new RegExp(pattern);
    } catch {
      throw refused(`OptimizerMap: '${pattern}' is no regular expression`);
    }
    this.#map.set(pattern, checkInner(`OptimizerMap: '${pattern}'`, optimizer));
    return this;
  }

  /** @throws OlifantError `INVALID_ARGUMENT` where several patterns fit the path. */
  get(path: string): Optimizer {
    const exact = this.#map.get(path);
    if (exact !== undefined) return exact;
    const fitting = [...this.#map].filter(([pattern]) => new RegExp(`^(?:${pattern})$`).test(path));
    if (fitting.length > 1)
      throw refused(`OptimizerMap: '${path}' fits several patterns: ${fitting.map(([p]) => `'${p}'`).join(' and ')}`);
    return fitting[0]?.[1] ?? this.defaultOptimizer;
  }

  get entries(): readonly (readonly [string, Optimizer])[] {
    return [...this.#map];
  }

  getConfig(): Config {
    return {
      default_optimizer: serializeInner(this.defaultOptimizer),
      optimizer_map: Object.fromEntries(this.entries.map(([p, o]) => [p, serializeInner(o)])),
    };
  }

  static fromConfig(config: Config): OptimizerMap {
    const entries = Object.entries((config.optimizer_map ?? {}) as Config);
    return new OptimizerMap(
      readInner(config.default_optimizer),
      Object.fromEntries(entries.map(([pattern, c]) => [pattern, readInner(c)])),
    );
  }
}

/**
 * Several optimizers, each for some of the weights. Keras's `MultiOptimizer`. It has no learning rate of its own: set those of
 * its `optimizers`. A file keeps an `OptimizerMap`, but no function.
 *
 * @example
 * new MultiOptimizer(new OptimizerMap(new Adam(), { 'embedding/.*': new SGD(0.1) }));
 */
export class MultiOptimizer extends Optimizer {
  static readonly className: string = 'MultiOptimizer';
  readonly #choice: OptimizerMap | OptimizerSelector;
  readonly #optimizers: Optimizer[] = [];
  readonly #of = new Map<Variable, Optimizer>();

  /**
   * @param choice By path, or a function of the weight.
   * @throws OlifantError `INVALID_ARGUMENT` for anything else.
   */
  constructor(choice: OptimizerMap | OptimizerSelector, options: MultiOptimizerOptions = {}) {
    checkOptions('MultiOptimizer', options, ['lossScaleFactor', 'name']);
    super({ ...options, learningRate: 0 }, 0);
    if (!(choice instanceof OptimizerMap) && typeof choice !== 'function')
      throw refused(`MultiOptimizer: expected an OptimizerMap or a function of a weight, got ${describe(choice)}`);
    this.#choice = choice;
    if (choice instanceof OptimizerMap)
      for (const optimizer of [...choice.entries.map(([, o]) => o), choice.defaultOptimizer]) this.#include(optimizer);
  }

  #include(optimizer: Optimizer): void {
    if (this.#optimizers.includes(optimizer)) return;
    if (optimizer.lossScaleFactor !== this.lossScaleFactor) optimizer.lossScaleFactor = this.lossScaleFactor;
    this.#optimizers.push(optimizer);
  }

  /** Those that change weights: of a map in its order, the default last. */
  get optimizers(): readonly Optimizer[] {
    return [...this.#optimizers];
  }

  override get variables(): readonly Variable[] {
    return [...super.variables, ...this.#optimizers.flatMap((o) => o.variables)];
  }

  override get revision(): number {
    return this.#optimizers.reduce((sum, o) => sum + o.revision, super.revision);
  }

  override get averages(): Optimizer['averages'] {
    return this.#optimizers.flatMap((o) => o.averages);
  }

  /** @throws OlifantError `INVALID_ARGUMENT`: each of `optimizers` has one. */
  override get learningRate(): number {
    throw refused(`${this.name}: it has several learning rates; read and set those of its optimizers`);
  }

  override set learningRate(_rate: number | LearningRateSchedule) {
    throw refused(`${this.name}: it has several learning rates; read and set those of its optimizers`);
  }

  override build(weights: readonly Variable[]): void {
    if (this.built) return;
    const choice = this.#choice;
    for (const w of weights) {
      const found = choice instanceof OptimizerMap ? choice.get(w.path) : choice(w);
      const optimizer = checkInner(`MultiOptimizer: for the weight '${w.path}'`, found);
      this.#include(optimizer);
      this.#of.set(w, optimizer);
    }
    for (const optimizer of this.#optimizers) {
      const own = weights.filter((w) => this.#of.get(w) === optimizer);
      if (own.length > 0) optimizer.build(own);
    }
    super.build(weights);
  }

  override apply(gradients: readonly (Tensor | null)[], weights: readonly Variable[] = this.weights): void {
    if (gradients.length !== weights.length)
      throw refused(`${this.name}: expected a gradient for each of ${weights.length} weights, got ${gradients.length}`);
    this.build(weights);
    const strange = weights.find((w) => !this.#of.has(w));
    if (strange !== undefined)
      throw refused(`${this.name}: the weight '${strange.path}' is not among those that it was built for`);
    for (const optimizer of this.#optimizers) {
      const own = weights.flatMap((w, i) =>
        this.#of.get(w) === optimizer && (gradients[i] ?? null) !== null ? [i] : [],
      );
      if (own.length === 0) continue;
      optimizer.apply(
        own.map((i) => gradients[i]!),
        own.map((i) => weights[i]!),
      );
    }
    this.iteration.assignAdd(1);
  }

  protected step(): Update {
    throw refused(`${this.name}: its optimizers make the steps`);
  }

  override finalizeVariableValues(): void {
    for (const optimizer of this.#optimizers) optimizer.finalizeVariableValues();
  }

  /** @throws OlifantError `UNSUPPORTED` where a function chooses: a file cannot hold code. */
  override getConfig(): Config {
    if (!(this.#choice instanceof OptimizerMap))
      throw new OlifantError('UNSUPPORTED', `${this.name}: a function cannot be saved; choose by an OptimizerMap`);
    return {
      optimizer_map: {
        module: 'keras.optimizers',
        class_name: 'OptimizerMap',
        config: this.#choice.getConfig(),
        registered_name: null,
      },
      loss_scale_factor: this.lossScaleFactor,
      name: this.name,
    };
  }

  static override fromConfig(config: Config): MultiOptimizer {
    const { optimizer_map: map, loss_scale_factor: lossScaleFactor, name } = config;
    if (!isKerasObject(map) || map.class_name !== 'OptimizerMap')
      throw refused(`MultiOptimizer: expected a saved OptimizerMap, got ${describe(map)}`);
    return new MultiOptimizer(OptimizerMap.fromConfig(map.config), { lossScaleFactor, name } as MultiOptimizerOptions);
  }
}
