import type { Logs } from '../callbacks/callback.ts';
import type { Batch } from '../data/batches.ts';
import type { Samples } from '../data/columns.ts';
import { checkOptions, describe, OlifantError } from '../errors.ts';
import type { Layer } from '../layers/layer.ts';
import { tablesRevision } from '../layers/preprocessing/tables-revision.ts';
import { inferOutputs } from '../layers/shape-inference.ts';
import { flatten, keysOf, type Struct } from '../layers/struct.ts';
import { type DynamicShape, TensorSpec } from '../layers/symbolic.ts';
import type { Metric } from '../metrics/index.ts';
import * as optimizers from '../optimizers/index.ts';
import { CompiledFunction } from '../trace/function.ts';
import { type HostTensor, toNested } from '../trace/host.ts';
import type { Tensor } from '../trace/tensor.ts';
import type { Variable } from '../trace/variable.ts';
import { checkIndices, checkTargets, fitsInput, fitsRank, inputsMisfit, sizesFix } from './check-data.ts';
import type { CompileOptions, OutputSpec } from './compile-options.ts';
import type { LayerGraph } from './graph.ts';
import type { Model, StepData } from './model.ts';
import { Objective } from './objective.ts';
import { batchKey, buildStep, defaultStep, type Mode, type StepContext, type StepProgram } from './programs.ts';

/** How many programs a model keeps: data of many lengths has one for each. */
const PROGRAMS = 32;

/** What a model needs for training: the compiled options, losses and metrics, and the programs made so far. */
export class Trainer {
  readonly model: Model;
  options: CompileOptions | null = null;
  optimizer: optimizers.Optimizer | null = null;
  objective: Objective | null = null;
  /** The structure of the outputs that were last predicted. */
  outputStructure: Struct<unknown> = null;
  #variables: readonly Variable[] | null = null;
  #outputs = new Map<string, OutputSpec[]>();
  readonly #programs = new Map<string, StepProgram>();
  /** The program that ran last and for what, so that the steps of a pass need no look at shapes. */
  #last: { mode: Mode; samples: Samples; count: number; program: StepProgram } | undefined;
  /** The revision of the optimizer and of layers' tables that the programs were made for. */
  #revision = 0;
  /** The step of the model's own that ran last: its outputs are the metrics. */
  #own: StepProgram | null = null;
  #results: CompiledFunction | null = null;
  #metrics: readonly { readonly key: string; readonly metric: Metric }[] | undefined;
  #stateSize = 0;
  #reset: CompiledFunction | null = null;

  constructor(model: Model) {
    this.model = model;
  }

  compile(options: CompileOptions): void {
    checkCompileOptions(options);
    const given = optimizers.get(options.optimizer ?? 'rmsprop') as optimizers.Optimizer;
    const scales = options.autoScaleLoss !== false && 'name' in this.model.dtypePolicy;
    const optimizer =
      scales &&
      (this.model.dtypePolicy as { name: string }).name === 'mixed_float16' &&
      !(given instanceof optimizers.LossScaleOptimizer)
        ? new optimizers.LossScaleOptimizer(given, { name: 'loss_scale_optimizer' })
        : given;
    this.forget();
    this.options = { ...options };
    this.optimizer = optimizer;
    this.objective = null;
    this.#variables = null;
    this.#outputs.clear();
    if (this.model.built && this.model.outputSpecs !== undefined) this.#chooseEarly(this.model.outputSpecs);
  }

  /** Unknown losses and metrics are an error of `compile`, not of `fit`, wherever the outputs are known. */
  #chooseEarly(outputs: readonly { name: string; shape: DynamicShape }[]): void {
    new Objective(
      this.options!,
      outputs.map((o) => ({ ...o, target: null })),
    );
  }

  /** Drops compiled programs: the model has changed. */
  forget(): void {
    for (const p of this.#programs.values()) p.compiled.dispose();
    this.#programs.clear();
    this.#last = undefined;
    this.#own = null;
    this.#forgetMetrics();
  }

  requireCompiled(method: string): void {
    if (this.options === null)
      throw new OlifantError(
        'NOT_COMPILED',
        `${method}: model '${this.model.name}' is not compiled. Call model.compile({ optimizer: 'adam', loss: ... }) first`,
      );
  }

  /** Builds what is not built yet and checks that samples fit, before anything is computed. */
  prepare(mode: Mode, samples: Samples, method: string): void {
    const { model } = this;
    const graph = model.compiledGraph;
    if (graph !== undefined) {
      this.#checkInputs(graph, mode, samples, method);
      checkIndices(graph, samples.x, method);
    }
    if (!model.hasCall && model.hasOwnStep(mode)) {
      // There is nothing to build; what the step calls builds itself.
      model.built = true;
      this.objective ??= new Objective(this.options ?? {}, []);
      return;
    }
    const shapes = inputStruct(samples, batchShape) as Struct<DynamicShape>;
    if (!model.built) model.ensureBuilt(shapes);
    if (mode === 'predict') return;
    const outputs = this.#outputSpecs(samples);
    this.objective ??= new Objective(this.options!, outputs);
    if (model.hasOwnStep(mode)) return;
    checkTargets(this.objective, outputs, samples, method);
    if (mode === 'train') this.trainedVariables();
  }

  /**
   * As in Keras, sizes of the data may differ from those of the inputs where all layers take them: always in `Sequential`
   * models, in functional ones in `predict`, and in training and evaluation after the first batch since `compile`.
   */
  #checkInputs(graph: LayerGraph, mode: Mode, samples: Samples, method: string): void {
    const { model } = this;
    const misfit = inputsMisfit(graph.inputs, samples.x, model.name, method);
    if (misfit === undefined) return;
    if (inputsMisfit(graph.inputs, samples.x, model.name, method, fitsRank) !== undefined) throw misfit;
    if (!model.takesOtherSizes && mode !== 'predict' && this.objective === null) {
      const i = graph.inputs.findIndex((input, k) => !fitsInput(input.shape, samples.x[k]!.shape));
      throw new OlifantError('SHAPE', misfit.message + sizesFix(graph.inputs[i]!.shape, samples.x[i]!.shape));
    }
    try {
      this.#outputSpecs(samples);
    } catch (cause) {
      throw new OlifantError('SHAPE', `${misfit.message}. ${(cause as Error).message}`, { cause });
    }
  }

  #outputSpecs(samples: Samples): OutputSpec[] {
    const key = samples.x.map((c) => c && `${c.dtype}[${c.shape.slice(1)}]`).join(' ');
    const known = this.#outputs.get(key);
    const { model } = this;
    // Stateful layers take batches of one size alone.
    const batch = model.compiledGraph?.inputs.map((t) => t.shape[0]!);
    const infer = (): OutputSpec[] => {
      const outputs = inferOutputs(
        (x, options) => model.withOtherSizes(() => model.apply<Struct<Tensor>>(x, options)),
        inputStruct(samples, (c, i) => c && new TensorSpec([batch?.[i] ?? null, ...c.shape.slice(1)], c.dtype)),
        {},
      );
      const names = model.targetNames ?? keysOf(outputs);
      return flatten(outputs).map((s, i) => ({ name: names?.[i] ?? null, shape: s.shape, target: null }));
    };
    const specs = known ?? infer();
    this.#outputs.set(key, specs);
    return specs.map((s, i) => ({ ...s, target: samples.y[i]?.shape ?? null }));
  }

  /** The names of the outputs for such inputs, where a class of models gives its outputs in a record. */
  outputKeys(samples: Samples): string[] | null {
    const { model } = this;
    if (!model.hasCall) return null;
    if (!model.built) model.ensureBuilt(inputStruct(samples, batchShape) as Struct<DynamicShape>);
    const names = this.#outputSpecs(samples).map((s) => s.name);
    return names.every((name) => name !== null) ? (names as string[]) : null;
  }

  /** The weights that training changes, as they were when training began after `compile`. */
  trainedVariables(): readonly Variable[] {
    if (this.#variables === null) {
      const variables = this.model.trainableWeights;
      if (variables.length > 0) this.optimizer!.build(variables);
      else warnOfNothing(this.model);
      this.#variables = variables;
    }
    return this.#variables;
  }

  /** The programs in use, for tools that look at them. */
  get programs(): readonly StepProgram[] {
    return [...this.#programs.values()];
  }

  /** The program for batches like this one, compiled at the first use. */
  program(mode: Mode, batch: Batch): StepProgram {
    const revision = (this.optimizer?.revision ?? 0) + tablesRevision();
    if (revision !== this.#revision) {
      this.forget();
      this.#revision = revision;
    }
    const last = this.#last;
    if (last?.samples === batch.samples && last.count === batch.count && last.mode === mode) return last.program;
    const program = this.#findProgram(mode, batch);
    if (!this.options?.runEagerly) this.#last = { mode, samples: batch.samples, count: batch.count, program };
    if (mode === 'predict') this.outputStructure = program.structure;
    else this.#own = program.results === null ? null : program;
    return program;
  }

  #findProgram(mode: Mode, batch: Batch): StepProgram {
    const key = batchKey(mode, batch);
    const known = this.#programs.get(key);
    this.#programs.delete(key);
    if (known !== undefined && !this.options?.runEagerly) {
      this.#programs.set(key, known);
      return known;
    }
    known?.compiled.dispose();
    const program = this.#build(mode, batch);
    this.#programs.set(key, program);
    // The trace may have made more metrics (`addMetric`), and more variables of metrics, which wait for the shape of the targets.
    if (this.#metrics !== undefined && stateSize(this.metrics) !== this.#stateSize) this.#forgetMetrics();
    return program;
  }

  /** Makes a program; those that were not used for longest make room for it. */
  #build(mode: Mode, batch: Batch): StepProgram {
    this.#last = undefined;
    this.#makeRoom(PROGRAMS - 1);
    const build = () => this.model.withOtherSizes(() => buildStep(mode, batch, this.#context(mode)));
    try {
      return build();
    } catch (error) {
      if ((error as { code?: string }).code !== 'OUT_OF_MEMORY' || this.#programs.size === 0) throw error;
      this.#makeRoom(0);
      return build();
    }
  }

  /** Drops programs until `most` are left, but not the one whose results may still be read. */
  #makeRoom(most: number): void {
    for (const [key, program] of this.#programs) {
      if (this.#programs.size <= most) return;
      if (program === this.#own) continue;
      program.compiled.dispose();
      this.#programs.delete(key);
    }
  }

  #forgetMetrics(): void {
    this.#metrics = undefined;
    this.#results?.dispose();
    this.#reset?.dispose();
    this.#results = null;
    this.#reset = null;
  }

  #context(mode: Mode): StepContext {
    const trains = mode === 'train' && !this.model.hasOwnStep(mode);
    return {
      model: this.model,
      objective: this.objective,
      optimizer: trains ? this.optimizer : null,
      variables: trains ? this.trainedVariables() : [],
    };
  }

  /** What a step does that is not overridden (or called by the one that overrides it). */
  step(mode: 'train' | 'test', data: StepData): Record<string, Tensor> {
    this.requireCompiled(`${mode}Step`);
    const { model, objective, optimizer } = this;
    const variables = mode === 'train' ? this.trainedVariables() : [];
    const { reported } = defaultStep(mode, { model, objective, optimizer, variables }, data);
    return reported ?? model.getMetricsResult();
  }

  /** All metrics with the names under which they are reported: the loss, those of `compile`, those of the model and its layers. */
  get metrics(): readonly { readonly key: string; readonly metric: Metric }[] {
    const entries = this.objective?.entries ?? [];
    const known = new Set(entries.map((e) => e.metric));
    const inside = allLayers(this.model).flatMap((layer) => layer.metricsInside);
    const own = [...this.model.ownMetrics, ...inside].filter((metric) => !known.has(metric));
    return [...entries, ...[...new Set(own)].map((metric) => ({ key: metric.name, metric }))];
  }

  /** The metrics as they were when a program was last made; a look at all layers in every step would cost more than small steps do. */
  #reported(): readonly { readonly key: string; readonly metric: Metric }[] {
    if (this.#metrics === undefined) {
      this.#metrics = this.metrics;
      this.#stateSize = stateSize(this.#metrics);
    }
    return this.#metrics;
  }

  /** Sets all metrics back. */
  resetMetrics(): void {
    if (this.objective === null) return;
    const metrics = this.#reported();
    this.#reset ??= new CompiledFunction(() => {
      for (const { metric } of metrics) metric.resetState();
      return [];
    }, []);
    this.#reset.run();
  }

  /** The values of all metrics, the loss first; of a step of the model's own what it returned. */
  readMetrics(): Logs {
    if (this.objective === null) return {};
    if (this.#own !== null) return readOutputs(this.#own.results!, this.#own.compiled);
    const metrics = this.#reported();
    this.#results ??= new CompiledFunction(() => metrics.map((m) => m.metric.result()), []);
    this.#results.run();
    return readOutputs(
      metrics.map((m) => m.key),
      this.#results,
    );
  }

  /** The metrics in alphabetical order, as callbacks see them. */
  logs(): Logs {
    const values = this.readMetrics();
    const logs: Logs = {};
    for (const name of Object.keys(values).sort()) logs[name] = values[name]!;
    return logs;
  }

  /** `logs`, read only when somebody looks. */
  lazyLogs(): Logs {
    const names = this.#own?.results ?? this.#reported().map((m) => m.key);
    let values: Logs | undefined;
    const logs: Logs = {};
    for (const name of [...names].sort())
      Object.defineProperty(logs, name, {
        enumerable: true,
        configurable: true,
        get: () => {
          values ??= this.readMetrics();
          return values[name];
        },
      });
    return logs;
  }

  dispose(): void {
    this.forget();
    for (const v of [...this.model.weights, ...(this.optimizer?.variables ?? []), ...(this.objective?.variables ?? [])])
      v.dispose();
  }
}

function readOutputs(names: readonly string[], program: CompiledFunction): Logs {
  const logs: Logs = {};
  names.forEach((name, i) => {
    const { shape, dtype } = program.traced.outputs[i]!;
    const data = program.outputView(i);
    logs[name] = shape.length === 0 ? data[0]! : (toNested({ data, shape, dtype }) as unknown as number);
  });
  return logs;
}

/** As in Keras, it is no error: statistics of a `BatchNormalization` are learned without trainable weights. */
function warnOfNothing({ name, weights }: Model): void {
  const why = weights.length > 0 ? 'all its layers are frozen (trainable = false)' : 'none of its layers has any';
  console.warn(`olifant: model '${name}' has no weights to train: ${why}`);
}

/** Metrics and their variables, counted. */
function stateSize(metrics: readonly { readonly metric: Metric }[]): number {
  return metrics.reduce((n, { metric }) => n + 1 + metric.variables.length, 0);
}

function allLayers(layer: Layer): Layer[] {
  return layer.sublayers.flatMap((l) => [l, ...allLayers(l)]);
}

/** The shape of a column for batches of any size. */
const batchShape = (c: HostTensor | null): DynamicShape | null => c && [null, ...c.shape.slice(1)];

/** Something for each input, in the structure in which `call` gets the inputs. */
export function inputStruct<T>(samples: Samples, f: (column: Samples['x'][number], index: number) => T): Struct<T> {
  const items = samples.x.map(f);
  if (samples.names !== null) return Object.fromEntries(samples.names.map((n, i) => [n, items[i]!]));
  return items.length === 1 ? items[0]! : items;
}

const COMPILE_KEYS: readonly (keyof CompileOptions)[] = [
  'optimizer',
  'loss',
  'lossWeights',
  'metrics',
  'weightedMetrics',
  'runEagerly',
  'stepsPerExecution',
  'jitCompile',
  'autoScaleLoss',
];

function checkCompileOptions(options: CompileOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new OlifantError('INVALID_ARGUMENT', `compile: expected options like { optimizer: 'adam', loss: 'mse' }`);
  checkOptions('compile', options, COMPILE_KEYS);
  if (options.runEagerly !== undefined && typeof options.runEagerly !== 'boolean')
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `compile: runEagerly must be true or false, got ${describe(options.runEagerly)}`,
    );
  const steps = options.stepsPerExecution ?? 1;
  if (!Number.isInteger(steps) || steps < 1)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `compile: stepsPerExecution must be a whole number from 1, got ${steps}`,
    );
}
