import { checkOptions, describe, formatShape, OlifantError } from '../errors.ts';
import { InputLayer } from '../layers/core/input-layer.ts';
import { type CallOptions, type Config, Layer } from '../layers/layer.ts';
import { type CustomObjects, deserializeLayer, serializeLayer } from '../layers/registry.ts';
import type { Struct } from '../layers/struct.ts';
import { type DynamicShape, type SymbolicDType, SymbolicTensor } from '../layers/symbolic.ts';
import { withPath } from '../trace/names.ts';
import type { Tensor } from '../trace/tensor.ts';
import { LayerGraph } from './graph.ts';
import { knownModels } from './known-models.ts';
import { Model } from './model.ts';

export interface SequentialOptions {
  /** Default: `sequential`, `sequential_1` ... */
  name?: string | null;
  trainable?: boolean;
  layers?: readonly (Layer | SymbolicTensor)[];
}

/**
 * Layers one after the other.
 *
 * @example
 * const model = new Sequential([Input({ shape: [28, 28] }), new Flatten(), new Dense(10, { activation: 'softmax' })]);
 */
export class Sequential extends Model {
  static override className = 'Sequential';
  static override moduleName: string | undefined = 'keras';

  static {
    knownModels.Sequential = Sequential;
  }

  readonly #layers: Layer[] = [];
  /** What each layer gives, from the input on, as far as the shape of the input is known. */
  #outputs: SymbolicTensor[] = [];
  #graph: LayerGraph | undefined;

  /** @param layers The layers; the first may be an `Input`, or a layer with `inputShape`. */
  constructor(layers?: readonly (Layer | SymbolicTensor)[] | SequentialOptions, options: SequentialOptions = {}) {
    if (!Array.isArray(layers)) checkSequentialOptions(layers);
    checkSequentialOptions(options);
    const given = Array.isArray(layers) ? options : { ...(layers as SequentialOptions | undefined), ...options };
    super({ name: given.name, trainable: given.trainable });
    this.built = false;
    const list = Array.isArray(layers) ? layers : (given.layers ?? []);
    for (const layer of list) this.add(layer);
  }

  /**
   * Adds a layer at the end.
   *
   * @throws OlifantError where its name is taken, or the outputs so far do not fit it.
   */
  add(layer: Layer | SymbolicTensor): void {
    const next = layer instanceof SymbolicTensor ? layer.history.layer : layer;
    if (!(next instanceof Layer))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `model '${this.name}': only layers can be added, got ${describe(layer)}`,
      );
    if (next instanceof InputLayer) {
      if (this.#layers.length > 0)
        throw new OlifantError('INVALID_ARGUMENT', `model '${this.name}': an Input must come first, before any layer`);
      this.#begin(next);
      return;
    }
    if (this.#layers.some((l) => l.name === next.name))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `model '${this.name}': it has a layer named '${next.name}' already; give the new one another name`,
      );
    if (this.#layers.length === 0) {
      const shape = next.batchInputShape ?? (next instanceof Model ? next.inputShape : undefined);
      if (isShape(shape)) this.#begin(new InputLayer({ batchShape: shape, dtype: next.dataDType }));
    }
    this.#layers.push(next);
    try {
      if (this.#outputs.length > 0) this.#extend(next);
    } catch (error) {
      this.#layers.pop();
      throw error;
    }
    this.#touch();
  }

  /** Takes the last layer off, and gives it. */
  pop(): Layer | undefined {
    const last = this.#layers.at(-1);
    if (last === undefined || last instanceof InputLayer) return undefined;
    this.#layers.pop();
    if (this.#outputs.length > 1) this.#outputs.pop();
    this.#touch();
    return last;
  }

  #begin(input: InputLayer): void {
    this.#layers.push(input);
    this.#outputs = [input.output];
  }

  #extend(layer: Layer): void {
    const output = withPath(this.name, () => layer.apply(this.#outputs.at(-1)!));
    if (!(output instanceof SymbolicTensor))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `model '${this.name}': ${layer.label} has several outputs; only the functional Model can use it`,
      );
    this.#outputs.push(output);
  }

  #touch(): void {
    this.#graph = undefined;
    this.built = this.#outputs.length > 1;
    this.changed();
  }

  override ensureBuilt(inputShape: Struct<DynamicShape>): void {
    if (!this.built) this.build(inputShape as DynamicShape);
  }

  override buildForStrings(shape: readonly number[]): void {
    this.build([null, ...shape.slice(1)], undefined, 'string');
  }

  /** Makes all weights for inputs of this shape, with the batch axis. */
  override build(
    inputShape: DynamicShape,
    _optionShapes?: Record<string, DynamicShape>,
    dtype: SymbolicDType = this.#layers[0]?.dataDType ?? 'float32',
  ): void {
    if (this.#layers.length === 0) throw this.#noLayers();
    const known = this.#outputs[0];
    if (!isShape(inputShape)) {
      if (known !== undefined || !isShapes(inputShape))
        throw new OlifantError(
          'SHAPE',
          `model '${this.name}': build needs one shape with the batch axis, like [null, 784], got ${describe(inputShape)}`,
        );
      // What takes several inputs is no graph.
      this.#buildForSeveral(inputShape);
      return;
    }
    if (known !== undefined) {
      if (formatShape(known.shape) !== formatShape(inputShape) && this.#outputs.length > 1)
        throw new OlifantError(
          'SHAPE',
          `model '${this.name}': it is built for inputs of shape ${formatShape(known.shape)}, not ${formatShape(inputShape)}`,
        );
      return;
    }
    const layers = [...this.#layers];
    const input = new InputLayer({ batchShape: inputShape, dtype });
    this.#outputs = [input.output];
    try {
      for (const layer of layers) this.#extend(layer);
    } catch (error) {
      this.#outputs = [];
      throw error;
    }
    this.#layers.unshift(input);
    this.#touch();
  }

  /** Builds the layers by calling them, for inputs in a list or a record. */
  #buildForSeveral(shapes: DynamicShape): void {
    try {
      super.build(shapes);
    } catch (cause) {
      if (!(cause instanceof OlifantError)) throw cause;
      const why = 'a Sequential model has one input, unless its first layer takes several';
      throw new OlifantError('SHAPE', `model '${this.name}': ${why}: ${cause.message}`, { cause });
    }
    this.buildShape = shapes;
  }

  #noLayers(): OlifantError {
    return new OlifantError('NOT_BUILT', `model '${this.name}' has no layers yet; add some with model.add(layer)`);
  }

  /** The layers without the input, as in Keras. */
  override get layers(): Layer[] {
    return this.#layers.filter((l) => !(l instanceof InputLayer));
  }

  override get sublayers(): Layer[] {
    return [...this.#layers];
  }

  override get graph(): LayerGraph | undefined {
    if (this.#outputs.length < 2) return undefined;
    this.#graph ??= new LayerGraph(this.#outputs[0]!, this.#outputs.at(-1)!, this.name);
    return this.#graph;
  }

  override get takesOtherSizes(): boolean {
    return true;
  }

  override get dataDType(): SymbolicDType {
    return this.#layers[0]?.dataDType ?? 'float32';
  }

  override call(inputs: Tensor, options: CallOptions): Tensor | Tensor[] {
    if (this.graph !== undefined) return super.call(inputs, options);
    if (this.layers.length === 0) throw this.#noLayers();
    let x = inputs;
    for (const layer of this.layers) x = layer.apply(x);
    return x;
  }

  protected override get summaryGraph(): undefined {
    return undefined;
  }

  override getConfig(): Config {
    const config: Config = { ...super.getConfig(), layers: this.#layers.map((l) => serializeLayer(l)) };
    if (this.graph !== undefined) config.build_input_shape = [...this.#outputs[0]!.shape];
    return config;
  }

  override getBuildConfig(): Config | null {
    if (this.graph !== undefined) return { input_shape: [...this.#outputs[0]!.shape] };
    return this.buildShape === undefined ? null : { input_shape: this.buildShape };
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Sequential {
    if (!Array.isArray(config.layers))
      throw new OlifantError(
        'INVALID_CONFIG',
        `Sequential: the configuration needs layers, got ${describe(config.layers)}`,
      );
    const known = { ...knownModels, ...customObjects };
    const layers = config.layers.map((l) => deserializeLayer(l, known));
    const model = new this(layers, { name: config.name as string, trainable: config.trainable !== false });
    if (!model.built && isShape(config.build_input_shape) && layers.length > 0)
      model.ensureBuilt(config.build_input_shape);
    return model;
  }
}

function isShape(x: unknown): x is DynamicShape {
  return Array.isArray(x) && x.length > 0 && x.every((d) => d === null || typeof d === 'number');
}

/** Several shapes, in a list or a record. */
function isShapes(x: unknown): boolean {
  if (typeof x !== 'object' || x === null) return false;
  const parts = Object.values(x);
  return parts.length > 0 && parts.every((part) => isShape(part) || isShapes(part));
}

function checkSequentialOptions(options: unknown): void {
  if (options === undefined) return;
  if (options instanceof Layer || options instanceof SymbolicTensor)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `Sequential: the layers are given as a list: new Sequential([layer, ...]), got ${describe(options)}`,
    );
  checkOptions('Sequential', options, ['name', 'trainable', 'layers']);
}
