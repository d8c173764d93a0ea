import type { Logs } from '../callbacks/callback.ts';
import type { History } from '../callbacks/history.ts';
import type { Backup, TrainingRun } from '../callbacks/training-run.ts';
import type { BatchStream } from '../data/batches.ts';
import type { Data } from '../data/columns.ts';
import { checkOptions, describe, OlifantError, unknownId } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import { type CallOptions, type Config, Layer, type LayerOptions } from '../layers/layer.ts';
import { optionsOf } from '../layers/layer-options.ts';
import { type CustomObjects, serializeLayer } from '../layers/registry.ts';
import { inferOutputs } from '../layers/shape-inference.ts';
import { flatten, keysOf, mapStruct, type Struct } from '../layers/struct.ts';
import { type DynamicShape, SymbolicTensor, TensorSpec } from '../layers/symbolic.ts';
import type { Metric } from '../metrics/index.ts';
import * as ops from '../ops/index.ts';
import type { Optimizer } from '../optimizers/index.ts';
import type { FileSource, LoadWeightsOptions, SaveOptions } from '../saving/index.ts';
import { currentTrace } from '../trace/context.ts';
import type { HostTensor } from '../trace/host.ts';
import { uniqueName } from '../trace/names.ts';
import { literal, type Tensor } from '../trace/tensor.ts';
import type { Variable } from '../trace/variable.ts';
import { fitsInput, fitsRank } from './check-data.ts';
import { compileConfig, compileOptionsOf } from './compile-config.ts';
import type { CompileOptions } from './compile-options.ts';
import { evaluate } from './evaluate.ts';
import { fit as runFit } from './fit.ts';
import { graphConfig, graphFromConfig } from './functional-config.ts';
import { inputMismatch, LayerGraph, matchInputs } from './graph.ts';
import { HostPart } from './host-part.ts';
import { knownModels } from './known-models.ts';
import { predictOnBatch, runOnBatch } from './on-batch.ts';
import { predict } from './predict.ts';
import {
  type AsList,
  asAsked,
  type EvaluateOptions,
  type FitOptions,
  type PredictOptions,
  type TestOnBatchOptions,
  type TrainOnBatchOptions,
} from './run-options.ts';
import { type SummaryOptions, summarize } from './summary.ts';
import { Trainer } from './trainer.ts';
import { writeJson } from './write-json.ts';

export interface ModelOptions extends LayerOptions {
  /** One symbolic tensor of `Input`, several, or a record of them. */
  inputs?: Struct<SymbolicTensor>;
  /** What layers made of the inputs. */
  outputs?: Struct<SymbolicTensor>;
}

/**
 * A batch, inside of a step. Where a model has several inputs or outputs, a list (or for inputs a record by names) of tensors
 * stands in the place of one; `null` stands for what was not given.
 */
export interface StepData {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly sampleWeight: Tensor | null;
}

/** What `computeLoss` is given: a batch, and what the model made of its inputs. */
export interface LossInputs {
  readonly x?: Tensor;
  readonly y: Tensor;
  readonly yPred: Tensor;
  readonly sampleWeight?: Tensor | null;
  readonly training?: boolean;
}

/**
 * A layer that can be trained: functional, from symbolic inputs and outputs, or a class of one's own that extends Model,
 * makes its layers in the constructor and computes in `call`.
 *
 * @example
 * const x = Input({ shape: [784] });
 * const h = new Dense(128, { activation: 'relu' }).apply(x);
 * const model = new Model({ inputs: x, outputs: new Dense(10).apply(h) });
 */
export class Model extends Layer {
  static override className = 'Model';
  static override moduleName: string | undefined = 'keras';
  static override callArguments: readonly string[] = ['inputs', 'training', 'mask'];

  static {
    knownModels.Functional = Model;
    knownModels.Model = Model;
  }

  /** Set by callbacks (or anybody) to end training after the present step. */
  stopTraining = false;
  /** The same for `evaluate`, and for validation in `fit`. */
  stopEvaluating = false;
  /** The same for `predict`. */
  stopPredicting = false;
  /** The last training's metrics. */
  history: History | null = null;

  #training: TrainingRun | null = null;
  #inOwnStep = false;
  readonly #graph: LayerGraph | undefined;
  readonly #trainer = new Trainer(this);
  #host: HostPart | undefined;
  #hostOf: LayerGraph | undefined;

  constructor(options: ModelOptions = {}) {
    if (new.target === Model) checkModelOptions(options);
    const { inputs, outputs, ...rest } = options;
    const functional = inputs !== undefined || outputs !== undefined;
    const name = rest.name ?? (functional && new.target === Model ? uniqueName('functional') : undefined);
    super({ ...rest, name });
    this.supportsMasking = true;
    if (!functional) return;
    checkEnds(inputs, outputs, this.name);
    this.#graph = new LayerGraph(inputs!, outputs!, this.name);
    this.built = true;
    if (options.trainable === false) this.trainable = false;
  }

  // --- structure

  /** @internal The graph of a functional model. */
  get graph(): LayerGraph | undefined {
    return this.#graph;
  }

  /** The layers, inputs first; of a class of one's own those in its fields. */
  get layers(): Layer[] {
    return this.sublayers;
  }

  override get sublayers(): Layer[] {
    return [...new Set([...(this.#graph?.layers ?? []), ...super.sublayers])];
  }

  /** The symbolic inputs; undefined for models that are no graph. */
  get inputs(): readonly SymbolicTensor[] | undefined {
    return this.graph?.inputs;
  }

  /** The symbolic outputs; undefined for models that are no graph. */
  get outputs(): readonly SymbolicTensor[] | undefined {
    return this.graph?.outputs;
  }

  /** The symbolic inputs in the structure in which they were given. */
  override get input(): Struct<SymbolicTensor> {
    return this.graph?.inputStruct ?? super.input;
  }

  /** The symbolic outputs in the structure in which they were given. */
  override get output(): Struct<SymbolicTensor> {
    return this.graph?.outputStruct ?? super.output;
  }

  get inputNames(): readonly string[] | undefined {
    return this.graph?.inputNames;
  }

  get outputNames(): readonly string[] | undefined {
    return this.graph?.outputNames;
  }

  /** Shape of the input, with `null` for the batch; a list for several. */
  get inputShape(): DynamicShape | DynamicShape[] | undefined {
    return onlyOrAll(this.inputs?.map((t) => t.shape));
  }

  /** Shape of the output, with `null` for the batch; a list for several. */
  get outputShape(): DynamicShape | DynamicShape[] | undefined {
    return onlyOrAll(this.outputs?.map((t) => t.shape));
  }

  /** @internal What of a functional model is computed on the host, before the compiled program: layers on strings. */
  get hostPart(): HostPart | undefined {
    const { graph } = this;
    if (graph !== this.#hostOf) {
      this.#hostOf = graph;
      this.#host = graph && HostPart.of(graph, this.name);
    }
    return this.#host;
  }

  override get runsOnHost(): boolean {
    return this.hostPart !== undefined;
  }

  /** @internal The graph of the compiled program: all of a functional model's but what is computed on the host. */
  get compiledGraph(): LayerGraph | undefined {
    return this.hostPart?.rest ?? this.graph;
  }

  /** @internal Builds for strings of this shape. Of models that are not built yet only `Sequential` ones can take any. */
  buildForStrings(_shape: readonly number[]): void {}

  /**
   * @internal What losses, metrics and targets call the outputs: by the keys of a record of outputs, as in Keras, else by the names
   * of the layers that make them.
   */
  get targetNames(): readonly string[] | undefined {
    const { graph } = this;
    return graph && (keysOf(graph.outputStruct) ?? graph.outputNames);
  }

  /** @internal Names and shapes of the outputs, where they are known. */
  get outputSpecs(): { name: string; shape: DynamicShape }[] | undefined {
    const names = this.targetNames;
    return this.outputs?.map((t, i) => ({ name: names![i]!, shape: t.shape }));
  }

  /**
   * A layer by its name, or by its place in `layers`.
   *
   * @throws OlifantError `UNKNOWN_ID` where there is none.
   */
  getLayer(nameOrIndex: string | number): Layer {
    const { layers } = this;
    const found = typeof nameOrIndex === 'number' ? layers[nameOrIndex] : layers.find((l) => l.name === nameOrIndex);
    if (found !== undefined) return found;
    if (typeof nameOrIndex === 'string')
      throw unknownId(
        `layer of model '${this.name}'`,
        nameOrIndex,
        layers.map((l) => l.name),
      );
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `getLayer: model '${this.name}' has ${layers.length} layers, there is no number ${nameOrIndex}`,
    );
  }

  // --- computation

  /** Makes all weights for inputs of this shape (with the batch axis, which may be `null`), by tracing `call`. */
  override build(inputShape: DynamicShape): void {
    if (this.graph !== undefined) return;
    // The layers inside are built as `call` meets them; this one must not begin again.
    this.built = true;
    try {
      const specs = mapShapes(inputShape, (shape) => new TensorSpec(shape, this.dtype));
      inferOutputs((x, options) => this.apply<Struct<Tensor>>(x, options), specs, {});
    } catch (error) {
      this.built = false;
      throw error;
    }
  }

  override ensureBuilt(inputShape: Struct<DynamicShape>): void {
    if (this.built) return;
    // `build` below traces `apply`, which names the variables' path itself.
    if (this.build === Model.prototype.build) {
      this.build(inputShape as DynamicShape);
      this.buildShape = inputShape;
    } else super.ensureBuilt(inputShape);
  }

  override call(inputs: Tensor, _options: CallOptions): Tensor | Tensor[] {
    // In a step the host's part has been computed already.
    const inTrace = currentTrace() !== undefined;
    const graph = inTrace ? this.compiledGraph : this.graph;
    if (graph === undefined)
      throw new OlifantError(
        'UNSUPPORTED',
        `model '${this.name}': give it inputs and outputs, or a method \`call\` in a class that extends Model`,
      );
    const given = matchInputs<Tensor | null>(graph, inputs as Struct<Tensor | null>, this.name);
    graph.checkGiven(given, this.name);
    const { hostPart } = this;
    if (!inTrace && hostPart !== undefined) return hostPart.apply(given, this.name) as Tensor | Tensor[];
    const { name, takesOtherSizes } = this;
    const values = given.map((x, i) => x && adaptInput(x, graph.inputs[i]!, name, takesOtherSizes));
    const misfits = (x: Tensor | null, i: number) => x !== null && !fitsInput(graph.inputs[i]!.shape, x.shape);
    const other = this.#inOwnStep ? -1 : given.findIndex(misfits);
    if (other < 0) return graph.run(values) as Tensor | Tensor[];
    try {
      return graph.run(values) as Tensor | Tensor[];
    } catch (cause) {
      const { message } = inputMismatch(name, graph.inputs[other]!, given[other]!.shape);
      throw new OlifantError('SHAPE', `${message}. ${(cause as Error).message}`, { cause });
    }
  }

  /**
   * @internal Whether data may have other sizes than the inputs, as long as the layers take them: as in Keras, functional models
   * take them in their own steps only, `Sequential` ones always.
   */
  get takesOtherSizes(): boolean {
    return this.#inOwnStep;
  }

  /** @internal Runs `f`, a step of this model. */
  withOtherSizes<T>(f: () => T): T {
    const outer = this.#inOwnStep;
    this.#inOwnStep = true;
    try {
      return f();
    } finally {
      this.#inOwnStep = outer;
    }
  }

  protected override get takesNull(): boolean {
    return this.graph?.hasOptional ?? false;
  }

  /** Inputs of a graph get the types that its `Input`s say. */
  protected override get convertsInputs(): boolean {
    return this.graph === undefined && super.convertsInputs;
  }

  protected override checkSymbolic(inputs: Struct<SymbolicTensor>): void {
    const { graph } = this;
    if (graph === undefined) return;
    matchInputs(graph, inputs, this.name).forEach((t, i) => {
      if (!fitsInput(graph.inputs[i]!.shape, t.shape)) throw inputMismatch(this.name, graph.inputs[i]!, t.shape);
    });
  }

  protected override outputSpecsFor(inputs: Struct<TensorSpec>, options: CallOptions): Struct<TensorSpec> {
    if (!this.runsOnHost) return super.outputSpecsFor(inputs, options);
    return mapStruct(this.graph!.outputStruct, (t) => new TensorSpec(t.shape, t.dtype));
  }

  /** Masks travel inside of `call`. */
  override computeMask(): null {
    return null;
  }

  // --- training

  get optimizer(): Optimizer | null {
    return this.#trainer.optimizer;
  }

  /** Whether `compile` has been called. */
  get compiled(): boolean {
    return this.#trainer.options !== null;
  }

  /** @internal */
  get compileOptions(): CompileOptions | null {
    return this.#trainer.options;
  }

  /** @internal */
  get trainer(): Trainer {
    return this.#trainer;
  }

  /** The names under which metrics are reported, the loss first; known once the model has seen data. */
  get metricsNames(): string[] {
    return this.#trainer.objective?.entries.map((e) => e.key) ?? [];
  }

  /**
   * Sets what training does. Layers frozen or thawed afterwards count at the next `compile`.
   *
   * @throws OlifantError `UNKNOWN_ID` for ids of optimizers, losses and metrics that do not exist.
   */
  compile(options: CompileOptions = {}): void {
    this.#trainer.compile(options);
  }

  /**
   * The scalar to be minimized: the losses of `compile`, and what layers add (regularizers, `addLoss`). Override it for a
   * loss that `compile` cannot say; `this.losses` are then to be added by the override.
   *
   * @returns `null` where there is no loss at all.
   */
  computeLoss({ y, yPred, sampleWeight }: LossInputs): Tensor | null {
    const { objective } = this.#trainer;
    const own = objective?.loss(flatten(y), flatten(yPred), flatten(sampleWeight ?? null)) ?? null;
    const added = this.losses.map((l) => ops.sum(ops.cast(l, 'float32')));
    const terms = own === null ? added : [own, ...added];
    return terms.length === 0 ? null : terms.reduce((a, b) => ops.add(a, b));
  }

  /**
   * Adds a batch to the metrics of `compile`, and gives what is to be reported. Override it to update metrics of one's own, or
   * to report other things.
   *
   * @returns Values by name, nearly always scalars.
   */
  computeMetrics({ y, yPred, sampleWeight }: LossInputs): Record<string, Tensor> {
    this.#trainer.objective?.update(flatten(y), flatten(yPred), flatten(sampleWeight ?? null));
    return this.getMetricsResult();
  }

  /** The values of all metrics by name, as tensors. */
  getMetricsResult(): Record<string, Tensor> {
    return Object.fromEntries(this.#trainer.metrics.map((m) => [m.key, m.metric.result()]));
  }

  /** @internal Whether a class of the user's says what is reported. */
  get hasOwnMetrics(): boolean {
    const { computeMetrics, getMetricsResult } = Model.prototype;
    return this.computeMetrics !== computeMetrics || this.getMetricsResult !== getMetricsResult;
  }

  /**
   * One step of training. It is traced and compiled once for a shape of batches, so it must compute with tensors only.
   * Override it to train in another way:
   *
   * @example
   * class Twice extends Model {
   *   override trainStep({ x, y }: StepData) {
   *     const yPred = this.apply(x, { training: true });
   *     const loss = ops.multiply(this.computeLoss({ y, yPred })!, 2);
   *     this.optimizer!.apply(gradient(loss, this.trainableWeights), this.trainableWeights);
   *     return { loss };
   *   }
   * }
   * @returns The metrics to be reported by name, nearly always scalars.
   */
  trainStep(data: StepData): Record<string, Tensor> {
    return this.#trainer.step('train', data);
  }

  /** One step of evaluation; see `trainStep`. */
  testStep(data: StepData): Record<string, Tensor> {
    return this.#trainer.step('test', data);
  }

  /** The outputs for a batch, of which only `x` is given; see `trainStep`. */
  predictStep({ x }: Pick<StepData, 'x'>): Struct<Tensor> {
    return this.apply<Struct<Tensor>>(x, { training: false });
  }

  /** @internal Whether a class of the user's says what a step is. */
  hasOwnStep(mode: 'train' | 'test' | 'predict'): boolean {
    const name = `${mode}Step` as const;
    return this[name] !== Model.prototype[name];
  }

  /** @internal Whether there is a way from inputs to outputs. A model whose steps are all its own need not have one. */
  get hasCall(): boolean {
    return this.graph !== undefined || this.call !== Model.prototype.call;
  }

  /**
   * The metrics: the mean of the loss, those of `compile` once the model has seen data, and those in fields of the model
   * and of its layers. `fit` sets them back before each epoch.
   */
  override get metrics(): Metric[] {
    return this.#trainer.metrics.map((m) => m.metric);
  }

  /** The state of `metrics`. */
  get metricsVariables(): Variable[] {
    return this.metrics.flatMap((metric) => metric.variables);
  }

  /** @internal As in Keras, a model inside of another one does not report metrics of its own; its layers do. */
  override get metricsInside(): Metric[] {
    return [];
  }

  /** @internal What `fit` is doing; `null` outside of it. */
  get training(): TrainingRun | null {
    return this.#training;
  }

  set training(run: TrainingRun | null) {
    this.#training = run;
  }

  /**
   * Trains the model.
   *
   * @param x Samples along the first axis; several inputs as a list or a record by names; or a stream of batches `[x, y]`.
   * @param y Targets; several outputs as a list or a record by names.
   * @returns The metrics of each epoch, under Keras's names.
   * @throws OlifantError before anything is computed, where data, model and options do not fit.
   */
  fit(x: Data | BatchStream, y?: Data | null, options?: FitOptions): Promise<History>;
  fit(x: BatchStream, options?: FitOptions): Promise<History>;
  async fit(x: unknown, y?: unknown, options?: FitOptions): Promise<History> {
    const [targets, rest] = shiftOptions(x, y, options);
    return runFit(this.#trainer, x, targets, rest);
  }

  /** The loss and the metrics on data, by name; with `returnDict: false` in a list, as Keras gives them by itself. */
  evaluate(
    x: Data | BatchStream,
    y: Data | null | undefined,
    options: EvaluateOptions & AsList,
  ): Promise<number | number[]>;
  evaluate(x: BatchStream, options: EvaluateOptions & AsList): Promise<number | number[]>;
  evaluate(x: Data | BatchStream, y?: Data | null, options?: EvaluateOptions): Promise<Logs>;
  evaluate(x: BatchStream, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(x: unknown, y?: unknown, options?: EvaluateOptions): Promise<unknown> {
    const [targets, rest] = shiftOptions(x, y, options);
    return asAsked(await evaluate(this.#trainer, x, targets, rest), (rest as EvaluateOptions).returnDict);
  }

  /** The outputs for data: a tensor, or one an output (in `call`'s structure). */
  async predict<R extends Struct<Tensor> = Tensor>(x: Data | BatchStream, options: PredictOptions = {}): Promise<R> {
    return this.wrapOutputs(await predict(this.#trainer, x, options)) as R;
  }

  /** One training step on one batch, and its metrics alone: as in Keras, what was seen before is forgotten. */
  trainOnBatch(x: Data, y: Data | null | undefined, options: TrainOnBatchOptions & AsList): Promise<number | number[]>;
  trainOnBatch(x: Data, y?: Data | null, options?: TrainOnBatchOptions): Promise<Logs>;
  async trainOnBatch(x: Data, y?: Data | null, options: TrainOnBatchOptions = {}): Promise<unknown> {
    return asAsked(await runOnBatch(this.#trainer, 'train', x, y, options), options.returnDict);
  }

  /** The metrics on one batch alone. */
  testOnBatch(x: Data, y: Data | null | undefined, options: TestOnBatchOptions & AsList): Promise<number | number[]>;
  testOnBatch(x: Data, y?: Data | null, options?: TestOnBatchOptions): Promise<Logs>;
  async testOnBatch(x: Data, y?: Data | null, options: TestOnBatchOptions = {}): Promise<unknown> {
    return asAsked(await runOnBatch(this.#trainer, 'test', x, y, options), options.returnDict);
  }

  /** The outputs for one batch. */
  async predictOnBatch<R extends Struct<Tensor> = Tensor>(x: Data): Promise<R> {
    return this.wrapOutputs(await predictOnBatch(this.#trainer, x)) as R;
  }

  /** @internal The arrays of the last prediction in the structure of the outputs. */
  wrapOutputs(outputs: readonly HostTensor[]): Struct<Tensor> {
    const tensors = outputs.map((o) => literal(o.data, o.shape, o.dtype));
    return mapStruct(this.#trainer.outputStructure, (_, i) => tensors[i]!);
  }

  /** Sets loss and metrics back to nothing seen. */
  resetMetrics(): void {
    this.#trainer.resetMetrics();
  }

  /** @internal Drops compiled programs, because the model has changed. */
  protected changed(): void {
    this.#trainer.forget();
  }

  /** Frees compiled programs and moves weights out of the target's memory. The model stays usable. */
  dispose(): void {
    this.#trainer.dispose();
  }

  // --- files

  /**
   * Writes the model to a `.keras` file, as Keras 3 does: configuration, weights and what training needs to go on. Without a
   * path, gives the bytes of the file.
   *
   * @throws FileError for what no file can hold, and for errors of the disk; an old file is then as it was.
   * @example
   * await model.save('model.keras');
   */
  save(path: string, options?: SaveOptions): Promise<void>;
  save(path?: undefined, options?: Pick<SaveOptions, 'includeOptimizer'>): Promise<Uint8Array>;
  async save(path?: string, options: SaveOptions = {}): Promise<unknown> {
    const saving = await loadSaving();
    if (path === undefined) return saving.saveModelToBytes(this, options);
    await saving.saveModel(this, path, options);
    return undefined;
  }

  /**
   * The structure and how it was compiled, as Keras's `to_json` gives them; no weights. `models.modelFromJson` reads it.
   *
   * @throws OlifantError `UNSUPPORTED` where a configuration holds what JSON cannot.
   */
  toJson(): string {
    return writeJson(serializeLayer(this));
  }

  /** Writes the weights, and the optimizer's state, to a `.weights.h5` file. */
  async saveWeights(path: string, options: Pick<SaveOptions, 'overwrite'> = {}): Promise<void> {
    await (await loadSaving()).saveWeights(this, path, options);
  }

  /**
   * Sets the weights from a `.weights.h5` or `.keras` file of a model of the same structure.
   *
   * @param options.skipMismatch Whether layers for which the file has no fitting weights keep theirs, with a warning. Default
   *   `false`.
   * @throws FileError for damaged files, and for those of other models.
   */
  async loadWeights(source: FileSource, options: LoadWeightsOptions = {}): Promise<void> {
    await (await loadSaving()).loadWeights(this, source, options);
  }

  /** @internal Writes weights, optimizer and what training must know besides to a file. */
  async saveBackup(path: string, backup: Backup): Promise<void> {
    await (await loadSaving()).saveBackup(this, path, backup);
  }

  /** @internal Sets weights and optimizer from such a file, and gives what was kept besides. */
  async loadBackup(path: string): Promise<Backup> {
    return (await loadSaving()).loadBackup(this, path);
  }

  /** In a step also what layers have added so far. */
  override get losses(): Tensor[] {
    const trace = currentTrace();
    return trace === undefined ? super.losses : [...trace.losses, ...this.regularizationLosses()];
  }

  // --- description

  /** Prints the table of the layers, as Keras does. */
  summary(options: SummaryOptions = {}): void {
    const { optimizer } = this;
    summarize(
      {
        name: this.name,
        layers: this.layers,
        graph: this.summaryGraph,
        trainableWeights: this.trainableWeights,
        nonTrainableWeights: this.nonTrainableWeights,
        optimizerWeights: optimizer?.built ? optimizer.variables : undefined,
      },
      options,
    );
  }

  /** @internal The graph whose connections a summary shows. */
  protected get summaryGraph(): LayerGraph | undefined {
    return this.#graph;
  }

  override identity() {
    if (this.#graph !== undefined && this.constructor === Model)
      return { module: 'keras.src.models.functional', class_name: 'Functional', registered_name: 'Functional' };
    return super.identity();
  }

  override get className(): string {
    return this.#graph !== undefined && this.constructor === Model ? 'Functional' : super.className;
  }

  override getConfig(): Config {
    if (this.#graph === undefined) return super.getConfig();
    return { name: this.name, trainable: this.trainable, ...graphConfig(this.#graph, isFunctional) };
  }

  override getBuildConfig(): Config | null {
    return this.#graph === undefined ? super.getBuildConfig() : { input_shape: null };
  }

  /** What `compile` was given, as Keras's `get_compile_config`; empty before `compile`. */
  getCompileConfig(): Config {
    const { options, optimizer } = this.#trainer;
    return options === null ? {} : compileConfig(options, optimizer!);
  }

  /** Compiles as a configuration says, and makes the optimizer's state where the weights are there. */
  compileFromConfig(config: Config, customObjects: CustomObjects = {}): void {
    this.compile(compileOptionsOf(config, customObjects));
    if (this.built && this.trainableWeights.length > 0) this.#trainer.trainedVariables();
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Model {
    if (!('layers' in config)) return new this(optionsOf(config));
    const known = { ...knownModels, ...customObjects };
    const { inputs, outputs } = graphFromConfig(config, known, isFunctional);
    const { layers: _, input_layers: _i, output_layers: _o, trainable, ...rest } = config;
    // A class of one's own may have options of its own.
    const own = this === Model ? { name: config.name as string } : optionsOf(rest);
    return new this({ ...own, inputs, outputs, trainable: trainable !== false });
  }
}

/** Files are a room above this one, loaded when a model is saved. */
const loadSaving = () => import('../saving/index.ts');

function isFunctional(layer: Layer): boolean {
  return layer instanceof Model && layer.className === 'Functional';
}

function onlyOrAll<T>(items: T[] | undefined): T | T[] | undefined {
  return items?.length === 1 ? items[0]! : items;
}

function mapShapes<U>(shape: unknown, f: (shape: DynamicShape) => U): Struct<U> {
  if (Array.isArray(shape) && shape.every((d) => d === null || typeof d === 'number')) return f(shape);
  if (Array.isArray(shape)) return shape.map((s) => mapShapes(s, f));
  if (typeof shape === 'object' && shape !== null)
    return Object.fromEntries(Object.entries(shape).map(([k, v]) => [k, mapShapes(v, f)]));
  throw new OlifantError(
    'SHAPE',
    `build: expected a shape with the batch axis, like [null, 784], got ${describe(shape)}`,
  );
}

/** Streams may be followed by the options at once. */
function shiftOptions<O extends object>(x: unknown, y: unknown, options: O | undefined): [unknown, O] {
  const isOptions =
    options === undefined && typeof y === 'object' && y !== null && Object.getPrototypeOf(y) === Object.prototype;
  const stream =
    typeof x === 'function' ||
    (typeof x === 'object' &&
      x !== null &&
      !Array.isArray(x) &&
      !ArrayBuffer.isView(x) &&
      (Symbol.iterator in x || Symbol.asyncIterator in x));
  if (isOptions && stream) return [undefined, y as O];
  if (options !== undefined && (typeof options !== 'object' || options === null))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `fit and evaluate take x, y and an object of options, like { epochs: 5 }; got ${describe(options)} for the options`,
    );
  return [y, options ?? ({} as O)];
}

function checkModelOptions(options: unknown): void {
  if (options instanceof SymbolicTensor || Array.isArray(options))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `Model: the ends are given by name: new Model({ inputs, outputs }), got ${describe(options)}`,
    );
  checkOptions('Model', options, ['inputs', 'outputs', 'name', 'trainable', 'dtype', 'activityRegularizer']);
}

function checkEnds(inputs: unknown, outputs: unknown, model: string): void {
  if (inputs === undefined || outputs === undefined)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `model '${model}': give both inputs and outputs: new Model({ inputs, outputs })`,
    );
  const ends = [flatten<unknown>(inputs as Struct<unknown>), flatten<unknown>(outputs as Struct<unknown>)];
  const leaves = ends.flat();
  const odd = leaves.find((t) => !(t instanceof SymbolicTensor));
  for (const [i, end] of ends.entries()) {
    const what = i === 0 ? 'inputs' : 'outputs';
    if (end.length === 0)
      throw new OlifantError('INVALID_ARGUMENT', `model '${model}': ${what} has nothing in it; give at least one`);
    if (i === 0 && new Set(end).size < end.length)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `model '${model}': the input '${(end.find((t, k) => end.indexOf(t) !== k) as SymbolicTensor).name}' is given twice`,
      );
  }
  if (odd !== undefined)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `model '${model}': inputs and outputs must be symbolic tensors, from Input(...) and layer.apply(...), got ${describe(odd)}`,
    );
}

/** Brings data to the dtype of an input; an axis of size 1 at the end is added or dropped. */
function adaptInput(x: Tensor, input: SymbolicTensor, model: string, anySizes: boolean): Tensor {
  if (!(anySizes ? fitsRank : fitsInput)(input.shape, x.shape)) throw inputMismatch(model, input, x.shape);
  const cast = x.dtype === input.dtype ? x : ops.cast(x, input.dtype as DType);
  if (x.rank === input.rank) return cast;
  return x.rank > input.rank ? ops.squeeze(cast, -1) : ops.expandDims(cast, -1);
}
