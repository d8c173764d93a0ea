import { layerOf } from '../activations/index.ts';
import * as constraints from '../constraints/index.ts';
import { type CustomObjects, customObjectScope } from '../custom-objects.ts';
import type { DTypePolicy, DTypePolicyMap } from '../dtype-policies/index.ts';
import * as dtypePolicies from '../dtype-policies/index.ts';
import { checkOptions, describe, formatShape, OlifantError } from '../errors.ts';
import { node, withScope } from '../graph/build.ts';
import { type DType, isFloating } from '../graph/dtype.ts';
import * as initializers from '../initializers/index.ts';
import { Mean, Metric } from '../metrics/index.ts';
import * as regularizers from '../regularizers/index.ts';
import { floatx } from '../settings.ts';
import { scopeOf, withAutocast } from '../trace/autocast.ts';
import { currentTrace } from '../trace/context.ts';
import { asTensor, isTensorLike, type TensorLike } from '../trace/convert.ts';
import { autoName, withPath } from '../trace/names.ts';
import { SeedGenerator } from '../trace/seed-generator.ts';
import { isStringLike, type StringLike, StringTensor, stringTensor } from '../trace/string-tensor.ts';
import { Tensor } from '../trace/tensor.ts';
import { Variable, type VariableFunction } from '../trace/variable.ts';
import {
  buildShape,
  hasTensors,
  isInputs,
  isShape,
  masksOf,
  overBatch,
  shapesOf,
  symbolicIn,
} from './call-arguments.ts';
import { callTraining, withTraining } from './call-context.ts';
import { checkInputSpec, type InputSpec } from './input-spec.ts';
import {
  type CallOptions,
  type Config,
  type LayerOptions,
  optionsOf,
  policyOf,
  QUANTIZED_LATER,
  readPolicy,
  type StoredValue,
  WEIGHT_OPTIONS,
  type WeightOptions,
} from './layer-options.ts';
import { maskOf, withMask } from './mask.ts';
import { inferOutputs } from './shape-inference.ts';
import { flatten, mapStruct, type Struct } from './struct.ts';
import { type CallNode, type DynamicShape, type SymbolicDType, SymbolicTensor, TensorSpec } from './symbolic.ts';

export type { CallOptions, Config, LayerOptions, WeightOptions } from './layer-options.ts';

type Inputs = Struct<TensorLike>;

/**
 * The base of all layers: weights, and a function from tensors to tensors. As in Keras, `build` makes the weights when the
 * shape of the inputs is known, `call` computes, and users call `apply`. Layers and variables inside of it are found where
 * they are public fields, or in arrays, plain objects and maps of public fields; private `#fields` stay unseen.
 *
 * @example
 * class Scale extends Layer {
 *   static override className = 'Scale';
 *   factor!: Variable;
 *   override build() {
 *     this.factor = this.addWeight({ name: 'factor', initializer: 'ones' });
 *   }
 *   override call(x: Tensor) {
 *     return ops.multiply(x, this.factor);
 *   }
 * }
 */
export class Layer {
  /** Keras's `class_name`; a class without its own is known by its JavaScript name. */
  static className = 'Layer';
  /** The Keras module of the class, or nothing for classes that are not Keras's. */
  static moduleName: string | undefined;
  /** Names of the positional arguments of Keras's `call`, for the calls recorded in files. */
  static callArguments: readonly string[] = ['inputs'];
  /** @internal Names of arguments that `call` refuses in words of its own. */
  static refusedArguments: readonly string[] = [];
  /** @internal How many of them, the inputs first, are tensors that Keras's users give by position. */
  static tensorArguments = 1;

  readonly name: string;
  /** The type of its weights. */
  readonly dtype: DType;
  /** The type that it computes in, and of its outputs: another one than `dtype` under a mixed policy. */
  readonly computeDtype: DType;
  /** Whether floating inputs are cast to `computeDtype`, and weights where `call` reads them. */
  autocast = true;
  /** In which types it keeps its weights and computes. */
  readonly dtypePolicy: DTypePolicy | DTypePolicyMap;
  /** What `apply` accepts; set by `build` or the constructor. */
  inputSpec: InputSpec | readonly (InputSpec | null)[] | null = null;
  /** Whether masks go through: `computeMask` says which one the outputs have. Default: whether the class has its own. */
  supportsMasking = this.computeMask !== Layer.prototype.computeMask;
  activityRegularizer: VariableFunction | null;
  built = false;
  /** @internal Shape of the inputs, with the batch axis, that the constructor was told. */
  readonly batchInputShape: DynamicShape | undefined;
  /** @internal What the weights were built for. */
  buildShape: Struct<DynamicShape> | undefined;
  /** @internal */
  optionShapes: Record<string, DynamicShape> | undefined;

  readonly #nodes: CallNode[] = [];
  readonly #added: Variable[] = [];
  /** Those of `#added` that were not trainable when they were made. */
  readonly #fixed = new Set<Variable>();
  #trainable: boolean;
  /** Whether the constructor was told not to cast. */
  readonly #isUncast: boolean;
  #isBuilding = false;
  #isCalling = false;
  #losses: Tensor[] = [];
  readonly #metrics = new Map<string, Metric>();

  constructor(options: LayerOptions = {}) {
    const className = classNameOf(this.constructor);
    if (typeof options !== 'object' || options === null)
      throw new OlifantError('INVALID_ARGUMENT', `${className}: expected options, got ${describe(options)}`);
    checkCommonOptions(className, options);
    this.name = options.name ?? autoName(className);
    this.dtypePolicy = readPolicy(options.dtype);
    const policy = policyOf(this.dtypePolicy, this.name);
    [this.dtype, this.computeDtype] = [policy.variableDtype, policy.computeDtype];
    this.#trainable = options.trainable ?? true;
    this.autocast = options.autocast ?? true;
    this.#isUncast = !this.autocast;
    this.activityRegularizer = regularizers.get(options.activityRegularizer ?? null);
    this.batchInputShape = options.batchInputShape ?? (options.inputShape ? [null, ...options.inputShape] : undefined);
    if (this.ensureBuilt === Layer.prototype.ensureBuilt) this.#buildOnce();
  }

  /** Lets `build` do what `ensureBuilt` does where it is called from outside, as the layers that hold layers do in Keras. */
  #buildOnce(): void {
    const build = this.build;
    const value: Layer['build'] = (inputShape, optionShapes) => {
      if (this.#isBuilding) build.call(this, inputShape, optionShapes);
      else this.ensureBuilt(inputShape, optionShapes);
    };
    Object.defineProperty(this, 'build', { value, configurable: true, writable: true });
  }

  /** Keras's name of the class. */
  get className(): string {
    return classNameOf(this.constructor);
  }

  /** Makes the weights for inputs of this shape. Layers with weights override it; called from outside, it does so once. */
  build(_inputShape: DynamicShape, _optionShapes?: Record<string, DynamicShape>): void {}

  /**
   * @internal Whether it computes on the host, before the compiled program of a model: layers on strings, and those whose
   * results depend on more than arithmetic. Only such layers are given strings.
   */
  get runsOnHost(): boolean {
    return false;
  }

  /** @internal The dtype of the data of a `Sequential` model that begins with this layer and has no `Input`. */
  get dataDType(): SymbolicDType {
    return floatx();
  }

  /** What the layer computes. Layers override it; users call `apply`. */
  call(_inputs: Tensor, _options: CallOptions): Struct<Tensor> {
    throw new OlifantError('UNSUPPORTED', `layer '${this.name}': the class ${this.className} has no method \`call\``);
  }

  /**
   * The shape of the outputs for inputs of this shape. The default traces `call`; layers that know better override it.
   */
  computeOutputShape(inputShape: DynamicShape): DynamicShape | DynamicShape[] {
    const inputs = isShape(inputShape)
      ? new TensorSpec(inputShape, this.dtype)
      : (inputShape as unknown as DynamicShape[]).map((shape) => new TensorSpec(shape, this.dtype));
    const outputs = mapStruct(this.#infer(inputs as Struct<TensorSpec>, {}), (o) => o.shape);
    return outputs as DynamicShape | DynamicShape[];
  }

  /** The mask of the outputs. Default: that of the inputs. */
  computeMask(_inputs: Tensor, mask: Tensor | null): Tensor | null | (Tensor | null)[] {
    return mask;
  }

  /** Makes the weights unless they are there. Layers that hold layers call it on them, with the shape that they will see. */
  ensureBuilt(inputShape: Struct<DynamicShape>, optionShapes?: Record<string, DynamicShape>): void {
    if (this.built) return;
    this.#isBuilding = true;
    try {
      withPath(this.name, () => {
        this.build(inputShape as DynamicShape, optionShapes);
      });
    } finally {
      this.#isBuilding = false;
    }
    this.built = true;
    this.buildShape = inputShape;
    this.optionShapes = optionShapes;
    this.#buildActivation(inputShape);
    if (!this.#trainable) this.trainable = false;
  }

  /** A layer that is the `activation` of this one has its outputs as inputs. */
  #buildActivation(inputShape: Struct<DynamicShape>): void {
    const layer = layerOf((this as { activation?: unknown }).activation);
    const knowsShape = this.computeOutputShape !== Layer.prototype.computeOutputShape;
    if (!(layer instanceof Layer) || layer.built || !knowsShape || !isShape(inputShape)) return;
    withPath(this.name, () => {
      const shape = this.computeOutputShape(inputShape);
      if (isShape(shape)) layer.ensureBuilt(shape);
    });
  }

  /**
   * Makes one weight. To be called in `build` (or the constructor).
   *
   * @throws OlifantError `INVALID_ARGUMENT` in `call`, and for options that there are not; `SHAPE` for sizes that are none.
   */
  protected addWeight(options: WeightOptions = {}): Variable {
    checkOptions(`${this.label}: addWeight`, options, WEIGHT_OPTIONS);
    if (this.#isCalling)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: addWeight was called in \`call\`, which would make another weight each time; call it in \`build\``,
      );
    return this.#isBuilding ? this.#makeWeight(options) : withPath(this.name, () => this.#makeWeight(options));
  }

  #makeWeight(options: WeightOptions): Variable {
    const shape = options.shape ?? [];
    const dtype = options.dtype ?? this.dtype;
    if (shape.some((d) => !Number.isSafeInteger(d) || d < 0))
      throw new OlifantError(
        'SHAPE',
        `layer '${this.name}': the weight '${options.name}' cannot have the shape ${formatShape(shape)}; ` +
          'the sizes of the inputs along the axes that weights depend on must be known',
      );
    const fallback = isFloating(dtype) ? 'glorot_uniform' : 'zeros';
    const initializer = initializers.get(options.initializer ?? fallback)!;
    const variable = new Variable((s, d) => initializer.call(s, d), {
      name: options.name,
      shape,
      dtype,
      trainable: options.trainable ?? true,
      autocast: options.autocast ?? true,
    });
    variable.regularizer = regularizers.get(options.regularizer ?? null);
    variable.constraint = constraints.get(options.constraint ?? null);
    this.#added.push(variable);
    if (!variable.trainable) this.#fixed.add(variable);
    return variable;
  }

  /** Adds a scalar (a tensor computed in `call`) to the loss of the model. */
  addLoss(loss: Tensor): void {
    const trace = currentTrace();
    if (trace !== undefined) trace.losses.push(loss);
    else this.#losses.push(loss);
  }

  /**
   * Reports the mean of a value over the batches of an epoch, under this name in the logs of the model. To be called in `call`. It
   * is Keras 2's `add_metric`, which Keras 3 has dropped: there, and here too, a `Mean` in a field of the layer does the same,
   * by `this.size.updateState(value)` in `call`.
   *
   * @param value A tensor, of which all elements count.
   * @param name Unique in the model.
   * @param aggregation How values of several batches are put together: `'mean'`, the only way that there is.
   * @throws OlifantError `INVALID_ARGUMENT` for a symbolic tensor, an empty name, another aggregation.
   */
  addMetric(value: TensorLike, name: string, aggregation: 'mean' = 'mean'): void {
    const { label } = this;
    if (!isTensorLike(value))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${label}: addMetric expected a tensor that was computed in \`call\`, got ${describe(value)}`,
      );
    if (typeof name !== 'string' || name === '')
      throw new OlifantError('INVALID_ARGUMENT', `${label}: addMetric expected a name, got ${describe(name)}`);
    if (aggregation !== 'mean')
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${label}: addMetric knows the aggregation 'mean' alone, got ${describe(aggregation)}; for others put a metric into a field`,
      );
    const known = this.#metrics.get(name) ?? new Mean({ name });
    this.#metrics.set(name, known);
    known.updateState(value);
  }

  /** @internal The metrics in its fields, also in lists and records there, and those of `addMetric`. */
  get ownMetrics(): Metric[] {
    const found = new Set<Metric>();
    for (const value of Object.values(this)) collect(value, Metric, found, 0);
    for (const metric of this.#metrics.values()) found.add(metric);
    return [...found];
  }

  /** @internal What a model that it is in reports of it; the layers inside are asked themselves. */
  get metricsInside(): Metric[] {
    return this.ownMetrics;
  }

  /** The metrics that it updates in `call`, and those of the layers inside: the model reports them. */
  get metrics(): Metric[] {
    return [...new Set([...this.ownMetrics, ...this.sublayers.flatMap((l) => l.metrics)])];
  }

  /**
   * Calls the layer, as `layer(x)` does in Keras. On tensors (or numbers) it computes; on symbolic tensors, from `Input`, it
   * adds to the graph of a functional model. Builds the weights at the first call.
   *
   * @throws OlifantError `SHAPE` where the inputs do not fit, `INVALID_ARGUMENT` for options that a layer of Keras's does not take.
   */
  apply<R extends Struct<SymbolicTensor> = SymbolicTensor>(inputs: Struct<SymbolicTensor>, options?: CallOptions): R;
  apply<R extends Struct<Tensor> = Tensor>(inputs: Inputs, options?: CallOptions): R;
  /** Layers on strings take strings, and some give them; models with optional inputs take null. */
  apply<R extends Struct<Tensor | StringTensor> = Tensor>(
    inputs: Struct<TensorLike | StringLike | null>,
    options?: CallOptions,
  ): R;
  apply(inputs: unknown, options: CallOptions = {}): unknown {
    this.#checkCall(options);
    const leaves = isInputs(inputs) ? flatten<unknown>(inputs) : [inputs];
    const symbolic = leaves.filter((x) => x instanceof SymbolicTensor).length;
    if (symbolic === 0) return this.#applyTensors(inputs as Inputs, options);
    if (symbolic !== leaves.length)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `layer '${this.name}': inputs must be all symbolic tensors or all values, got ${leaves.map(describe).join(', ')}`,
      );
    return this.#applySymbolic(inputs as Struct<SymbolicTensor>, options);
  }

  /** Refuses what a layer of Keras's does not take; what a class of the user's takes, it alone knows. */
  #checkCall(options: CallOptions): void {
    const cls = this.constructor as typeof Layer;
    if (!Object.hasOwn(cls, 'moduleName') || cls.moduleName === undefined) return;
    const known = [...new Set(['training', 'mask', ...cls.callArguments.slice(1), ...cls.refusedArguments])];
    const isRecord = typeof options === 'object' && options !== null && !Array.isArray(options);
    const given = isRecord && Object.fromEntries(Object.entries(options).filter(([, v]) => (v ?? null) !== null));
    checkOptions(`${this.label}: apply`, given || options, known);
  }

  #applyTensors(inputs: Inputs, given: CallOptions): Struct<Tensor> {
    const tensors = (
      isInputs(inputs)
        ? mapStruct(inputs as Struct<TensorLike>, (x) =>
            (x as unknown) === null && this.takesNull ? x : this.#converted(this.#toTensor(x)),
          )
        : this.#converted(this.#toTensor(inputs as TensorLike))
    ) as Struct<Tensor>;
    const options = this.#convertedOptions(given);
    const flat = flatten(tensors);
    checkInputSpec(this.inputSpec, flat, this.label);
    if (!this.built)
      this.ensureBuilt(
        mapStruct(tensors, (t) => buildShape(t)),
        shapesOf(options),
      );
    const training = options.training ?? callTraining() ?? false;
    const mask = options.mask ?? this.#ownMask(tensors, options);
    // What earlier calls added to the loss does not count in a call that is in no other one.
    if (callTraining() === undefined) for (const layer of [this, ...this.#allSublayers()]) layer.#losses = [];
    const outputs = withScope(this.name, () =>
      withPath(this.name, () =>
        withAutocast(scopeOf(this.computeDtype, this.dtype, this.autocast), () =>
          withTraining(training, () =>
            this.#calling(() => this.call(tensors as Tensor, { ...options, training, mask })),
          ),
        ),
      ),
    );
    this.#checkOutputs(outputs);
    this.#addActivityLoss(outputs);
    return this.#withMasks(tensors, mask ?? masksOf(tensors), outputs);
  }

  #calling<T>(f: () => T): T {
    const outer = this.#isCalling;
    this.#isCalling = true;
    try {
      return f();
    } finally {
      this.#isCalling = outer;
    }
  }

  /**
   * The mask that came with the inputs. As in Keras, a `call` that has an argument `mask` gets it by itself only where no
   * other argument has tensors: a recurrent layer with `initialState` must be given its mask by name.
   */
  #ownMask(inputs: Struct<Tensor>, options: CallOptions): CallOptions['mask'] {
    const { callArguments } = this.constructor as typeof Layer;
    const alone = !callArguments.includes('mask') || !hasTensors(options);
    return alone ? masksOf(inputs) : null;
  }

  /** @internal Whether some of its inputs may be null. */
  protected get takesNull(): boolean {
    return false;
  }

  /** @internal Whether `apply` casts floating inputs to the type that the layer computes in. */
  protected get convertsInputs(): boolean {
    return this.autocast && isFloating(this.computeDtype);
  }

  #typeOf(given: DType): DType {
    return this.convertsInputs && isFloating(given) ? this.computeDtype : given;
  }

  /** A floating tensor in the type that the layer computes in; with its mask. */
  #converted<T>(x: T): T | Tensor {
    if (!(x instanceof Tensor) || this.#typeOf(x.dtype) === x.dtype) return x;
    return withMask(new Tensor(node('cast', [x.node], { dtype: this.computeDtype })), maskOf(x));
  }

  /** Tensors among the options are inputs, too. */
  #convertedOptions(options: CallOptions): CallOptions {
    if (!this.convertsInputs || !hasTensors(options)) return options;
    return Object.fromEntries(
      Object.entries(options).map(([k, v]) => [k, mapStruct(v as Struct<unknown>, (x) => this.#converted(x))]),
    );
  }

  #toTensor(x: TensorLike): Tensor {
    if (x === null || x === undefined || (x as unknown) instanceof Layer)
      throw new OlifantError('INVALID_ARGUMENT', `${this.label}: expected tensors as inputs, got ${describe(x)}`);
    if (isStringLike(x)) return this.#toStrings(x);
    if (!isTensorLike(x))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: expected tensors as inputs, got ${describe(x)}${(x as unknown) instanceof Promise ? '. Is an `await` missing?' : ''}`,
      );
    return asTensor(x);
  }

  /** Strings go to layers that work on the host, which know what to do with them. */
  #toStrings(x: StringLike): Tensor {
    if (this.runsOnHost) return stringTensor(x, undefined, this.label) as unknown as Tensor;
    throw this.#refuseStrings(x);
  }

  #refuseStrings(x?: unknown): OlifantError {
    const first = x instanceof StringTensor ? x.data[0] : [x].flat(32)[0];
    return new OlifantError(
      'INVALID_ARGUMENT',
      `${this.label}: expected numbers, got strings${first === undefined ? '' : ` (the first is ${describe(first)})`}. Make numbers of them first, with StringLookup, TextVectorization or Hashing`,
    );
  }

  #checkOutputs(outputs: unknown): void {
    const fits = (t: unknown) => t instanceof Tensor || (this.runsOnHost && t instanceof StringTensor);
    const odd = flatten<unknown>(outputs as Struct<unknown>).findIndex((t) => !fits(t));
    if (odd < 0) return;
    const got = flatten<unknown>(outputs as Struct<unknown>)[odd];
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${this.label}: its method \`call\` must return a tensor, or several, got ${describe(got)}` +
        (got === undefined ? '. Is a `return` missing?' : ''),
    );
  }

  #addActivityLoss(outputs: Struct<Tensor>): void {
    const { activityRegularizer } = this;
    if (activityRegularizer !== null)
      withScope(this.name, () => {
        // Per sample, so that the strength does not depend on the size of the batch.
        for (const t of flatten(outputs)) this.addLoss(overBatch(activityRegularizer.call(t), t));
      });
  }

  #withMasks(inputs: Struct<Tensor>, mask: CallOptions['mask'], outputs: Struct<Tensor>): Struct<Tensor> {
    if (!this.supportsMasking) return outputs;
    const masks = this.computeMask(inputs as Tensor, (mask ?? null) as Tensor | null);
    if (masks === null || masks === undefined) return outputs;
    const list = Array.isArray(masks) ? masks : undefined;
    return mapStruct(outputs, (t, i) => withMask(t, list ? list[i] : i === 0 ? (masks as Tensor) : undefined));
  }

  #applySymbolic(inputs: Struct<SymbolicTensor>, options: CallOptions): Struct<SymbolicTensor> {
    if (!this.runsOnHost && flatten(inputs).some((t) => t.dtype === 'string')) throw this.#refuseStrings();
    checkInputSpec(this.inputSpec, flatten(inputs), this.label);
    this.checkSymbolic(inputs);
    this.ensureBuilt(
      mapStruct(inputs, (t) => t.shape),
      shapesOf(options),
    );
    const specs = this.outputSpecsFor(inputs, options);
    const outputs = mapStruct(specs, (s) => new SymbolicTensor(s.shape, s.dtype));
    this.recordCall(inputs, options, outputs);
    return outputs;
  }

  /** @internal Checks what `inputSpec` cannot say of symbolic inputs, whose sizes may be unknown. */
  protected checkSymbolic(_inputs: Struct<SymbolicTensor>): void {}

  /** @internal Notes a call in the graph of a functional model. */
  recordCall(inputs: Struct<SymbolicTensor>, options: CallOptions, outputs: Struct<SymbolicTensor>): CallNode {
    const arguments_ = [...flatten(inputs), ...symbolicIn(options)];
    const call: CallNode = {
      layer: this,
      index: this.#nodes.length,
      inputs,
      options,
      inputTensors: arguments_,
      outputs,
      outputTensors: flatten(outputs),
    };
    call.outputTensors.forEach((t, tensorIndex) => {
      t.history = { layer: this, nodeIndex: call.index, tensorIndex };
    });
    this.#nodes.push(call);
    return call;
  }

  /** @internal Shapes and dtypes of what a call gives. */
  protected outputSpecsFor(inputs: Struct<TensorSpec>, options: CallOptions): Struct<TensorSpec> {
    // Without casts the types are what `call` makes of those of its inputs and weights.
    const uncast = this.#isUncast && this.computeDtype !== this.dtype && !this.runsOnHost;
    if (uncast || this.computeOutputShape === Layer.prototype.computeOutputShape) return this.#infer(inputs, options);
    const shape = this.computeOutputShape(mapStruct(inputs, (t) => t.shape) as DynamicShape);
    const dtype = this.computeOutputDType(flatten(inputs).map((t) => this.#typeOf(t.dtype as DType)));
    return specsOf(shape, dtype);
  }

  /** The dtype of the outputs for inputs of these dtypes. Default: that which the layer computes in. */
  computeOutputDType(_inputs: readonly DType[]): SymbolicDType {
    return this.computeDtype;
  }

  /** The type of results that are floating also where the inputs are not. */
  protected get floatDtype(): DType {
    return isFloating(this.computeDtype) ? this.computeDtype : 'float32';
  }

  /** A floating result in the type that the layer computes in, of what was computed in another one. */
  protected inComputeDtype(x: Tensor): Tensor {
    const dtype = this.floatDtype;
    return !isFloating(x.dtype) || x.dtype === dtype ? x : new Tensor(node('cast', [x.node], { dtype }));
  }

  #infer(inputs: Struct<TensorSpec>, options: CallOptions): Struct<TensorSpec> {
    this.ensureBuilt(mapStruct(inputs, (t) => t.shape));
    return inferOutputs((x, o) => this.#applyTensors(x, o), inputs, options);
  }

  /** How messages name it. */
  get label(): string {
    return `layer '${this.name}' (${this.className})`;
  }

  /** @internal The calls recorded in functional models. */
  get inboundNodes(): readonly CallNode[] {
    return this.#nodes;
  }

  /** The symbolic tensor that the layer was called on, in a functional model. */
  get input(): Struct<SymbolicTensor> {
    return this.#onlyNode().inputs;
  }

  /** The symbolic tensor that the layer gave, in a functional model. */
  get output(): Struct<SymbolicTensor> {
    return this.#onlyNode().outputs;
  }

  #onlyNode(): CallNode {
    const call = this.#nodes[0];
    if (call === undefined)
      throw new OlifantError('NOT_BUILT', `${this.label} has not been called yet, so it has no input and output`);
    return call;
  }

  /** @internal The layers that it holds: its fields, and arrays, plain objects, maps and sets in its fields, in order. */
  get sublayers(): Layer[] {
    const found = new Set<Layer>();
    for (const value of Object.values(this)) collect<Layer>(value, Layer, found, 0);
    found.delete(this);
    return [...found];
  }

  /**
   * Whether training changes its weights; setting it holds for the layers inside too. A model that is compiled already heeds
   * it at its next `compile`, as in Keras.
   */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    if (typeof value !== 'boolean')
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: trainable must be true or false, got ${describe(value)}`,
      );
    this.#trainable = value;
    for (const layer of this.sublayers) layer.trainable = value;
  }

  /**
   * @internal Its own weights, without those of the layers inside: first those that were made trainable, as in Keras's files.
   * Weights that are frozen later keep their place.
   */
  get ownVariables(): Variable[] {
    const own = new Set(this.#added);
    for (const value of Object.values(this)) collect(value, Variable, own, 0);
    const added = new Set(this.#added);
    const last = (v: Variable) => (added.has(v) ? this.#fixed.has(v) : !v.trainable);
    return [...[...own].filter((v) => !last(v)), ...[...own].filter(last)];
  }

  /** @internal What files hold of its own, by the names that it has there: its weights, numbered. */
  get storedVariables(): readonly (readonly [name: string, value: StoredValue])[] {
    return this.ownVariables.map((v, i) => [String(i), v] as const);
  }

  /** @internal Files of its own in a `.keras` file, by name: vocabularies. */
  saveAssets(): Readonly<Record<string, Uint8Array>> {
    return {};
  }

  /** @internal Takes what `saveAssets` gave; called only where a file has some for it, before weights are set. */
  loadAssets(_files: ReadonlyMap<string, Uint8Array>): void {}

  /** All weights, in Keras's order: its own, then those of the layers inside. */
  get weights(): Variable[] {
    return [...new Set([...this.ownVariables, ...this.sublayers.flatMap((l) => l.weights)])];
  }

  /** Its weights and the states of its sources of random numbers, then those of the layers inside. */
  get variables(): Variable[] {
    const sources = new Set<SeedGenerator>();
    for (const value of Object.values(this)) collect(value, SeedGenerator, sources, 0);
    const own = [...this.ownVariables, ...[...sources].map((s) => s.state)];
    return [...new Set([...own, ...this.sublayers.flatMap((l) => l.variables)])];
  }

  /** `trainableWeights`, by Keras's other name. */
  get trainableVariables(): Variable[] {
    return this.trainableWeights;
  }

  /** Those of `variables` that training leaves alone, but for layers that change them themselves. */
  get nonTrainableVariables(): Variable[] {
    const trainable = new Set(this.trainableWeights);
    return this.variables.filter((v) => !trainable.has(v));
  }

  /** The weights that training changes. */
  get trainableWeights(): Variable[] {
    if (!this.#trainable) return [];
    const own = this.ownVariables.filter((v) => v.trainable);
    return [...new Set([...own, ...this.sublayers.flatMap((l) => l.trainableWeights)])];
  }

  /** The weights that the optimizer leaves alone. */
  get nonTrainableWeights(): Variable[] {
    const trainable = new Set(this.trainableWeights);
    return this.weights.filter((v) => !trainable.has(v));
  }

  /**
   * Not there yet: would keep the weights in few bits.
   *
   * @throws OlifantError `UNSUPPORTED`, always.
   */
  quantize(mode: string): never {
    throw new OlifantError('UNSUPPORTED', `${this.label}: quantize(${describe(mode)}): ${QUANTIZED_LATER}`);
  }

  /** Copies of the weights' values, in the order of `weights`. */
  getWeights(): Tensor[] {
    return this.weights.map((v) => v.value());
  }

  /** @throws OlifantError `SHAPE` where number or shapes are not those of `weights`. */
  setWeights(values: readonly TensorLike[]): void {
    const { weights } = this;
    if (!Array.isArray(values))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: setWeights expected a list of tensors, as getWeights gives, got ${describe(values)}`,
      );
    if (weights.length === 0 && values.length > 0 && !this.built)
      throw new OlifantError(
        'NOT_BUILT',
        `${this.label} has no weights yet, so setWeights cannot set ${values.length}: call it, or \`build\` with a shape, first`,
      );
    if (values.length !== weights.length)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: setWeights expected ${weights.length} tensors, got ${values.length}`,
      );
    const tensors = values.map((v) => asTensor(v));
    weights.forEach((w, i) => {
      if (formatShape(w.shape) !== formatShape(tensors[i]!.shape))
        throw new OlifantError(
          'SHAPE',
          `${this.label}: setWeights expected shape ${formatShape(w.shape)} for ${w.path}, got ${formatShape(tensors[i]!.shape)}`,
        );
    });
    weights.forEach((w, i) => {
      w.assign(tensors[i]!);
    });
  }

  /** Number of weights. */
  countParams(): number {
    if (!this.built && this.weights.length === 0)
      throw new OlifantError(
        'NOT_BUILT',
        `${this.label} has no weights yet: call it, or \`build\` with a shape, first`,
      );
    return this.weights.reduce((n, v) => n + v.size, 0);
  }

  /** What the layer adds to the loss: `addLoss` (of calls outside of training) and the regularizers of its weights. */
  get losses(): Tensor[] {
    const own = [this, ...this.#allSublayers()].flatMap((l) => l.#losses);
    return [...own, ...this.regularizationLosses()];
  }

  #allSublayers(): Layer[] {
    return [...new Set(this.sublayers.flatMap((l) => [l, ...l.#allSublayers()]))];
  }

  /** @internal The penalties of the weights' regularizers. */
  regularizationLosses(): Tensor[] {
    return this.trainableWeights.flatMap((v) => (v.regularizer ? [v.regularizer.call(v.value())] : []));
  }

  /** The configuration from which `fromConfig` makes the layer anew, equal to Keras's `get_config()`. */
  getConfig(): Config {
    const config: Config = {
      name: this.name,
      trainable: this.#trainable,
      dtype: dtypePolicies.serialize(this.dtypePolicy),
    };
    if (this.activityRegularizer !== null)
      config.activity_regularizer = regularizers.serialize(this.activityRegularizer as never);
    return config;
  }

  /** @internal The class as files name it; classes of the user's have no module. */
  identity(): { module: string | null; class_name: string; registered_name: string | null } {
    const cls = this.constructor as typeof Layer;
    const module = Object.hasOwn(cls, 'moduleName') ? (cls.moduleName ?? null) : null;
    return { module, class_name: this.className, registered_name: null };
  }

  /** What `build` needs to make the weights anew, as Keras's `get_build_config`. */
  getBuildConfig(): Config | null {
    if (this.buildShape === undefined) return null;
    return { input_shape: this.buildShape };
  }

  /** Makes a layer of a configuration, its own or one from Keras. */
  static fromConfig(config: Config, customObjects: CustomObjects = {}): Layer {
    return customObjectScope(customObjects, () => new this(optionsOf(config)));
  }
}

/** A spec for each shape of a structure. */
function specsOf(shapes: Struct<DynamicShape>, dtype: SymbolicDType): Struct<TensorSpec> {
  if (isShape(shapes)) return new TensorSpec(shapes, dtype);
  if (Array.isArray(shapes)) return (shapes as Struct<DynamicShape>[]).map((s) => specsOf(s, dtype));
  return Object.fromEntries(Object.entries(shapes).map(([k, s]) => [k, specsOf(s, dtype)]));
}

function checkCommonOptions(owner: string, options: LayerOptions): void {
  const { name, inputShape, batchInputShape } = options;
  if (name !== undefined && name !== null && (typeof name !== 'string' || name === ''))
    throw new OlifantError('INVALID_ARGUMENT', `${owner}: expected a word for name, got ${describe(name)}`);
  if (name?.includes('/'))
    throw new OlifantError('INVALID_ARGUMENT', `${owner}: a name must not contain '/', got '${name}'`);
  for (const key of ['trainable', 'autocast'] as const) {
    const flag = options[key];
    if (flag !== undefined && flag !== null && typeof flag !== 'boolean')
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: ${key} must be true or false, got ${describe(flag)}`);
  }
  for (const [key, shape] of Object.entries({ inputShape, batchInputShape })) {
    if (shape === undefined || shape === null) continue;
    if (isShape(shape) && shape.every((d) => d === null || (Number.isSafeInteger(d) && d > 0))) continue;
    const fix = typeof shape === 'number' ? `; write [${shape}]` : '';
    throw new OlifantError('SHAPE', `${owner}: ${key} must be an array of sizes or null, got ${describe(shape)}${fix}`);
  }
}

function classNameOf(cls: unknown): string {
  const layer = cls as typeof Layer;
  return Object.hasOwn(layer, 'className') ? layer.className : layer.name;
}

/** Instances of a class in a field, in arrays, plain objects, maps and sets of fields a few levels deep. */
function collect<T extends object>(
  value: unknown,
  cls: abstract new (...args: never[]) => T,
  found: Set<T>,
  depth: number,
): void {
  const inner = layerOf(value) ?? value;
  if (inner instanceof cls) found.add(inner);
  else if (depth < 4 && Array.isArray(value)) for (const v of value) collect(v, cls, found, depth + 1);
  else if (depth < 4 && (value instanceof Map || value instanceof Set))
    for (const v of value.values()) collect(v, cls, found, depth + 1);
  else if (
    depth < 4 &&
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype
  )
    for (const v of Object.values(value)) collect(v, cls, found, depth + 1);
}
