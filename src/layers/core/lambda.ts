import {
  type CustomObjects,
  findCustom,
  isSerializedFunction,
  type SerializedFunction,
  serializeFunction,
} from '../../custom-objects.ts';
import { describe, OlifantError } from '../../errors.ts';
import type { NestedArray } from '../../trace/host.ts';
import { Tensor, tensor } from '../../trace/tensor.ts';
import { isShape } from '../call-arguments.ts';
import { type CallOptions, type Config, Layer, type LayerOptions } from '../layer.ts';
import { optionsOf } from '../layer-options.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { inferOutputs } from '../shape-inference.ts';
import type { Struct } from '../struct.ts';
import type { DynamicShape, TensorSpec } from '../symbolic.ts';

/** What a `Lambda` computes: of the inputs, and the layer's `arguments` with `mask` and `training`. */
// biome-ignore lint/suspicious/noExplicitAny: functions take one tensor, or several, and arguments of their own
export type LambdaFunction = (inputs: any, options: any) => Tensor | Tensor[];
/** The mask of the outputs: the same for all inputs, or computed of inputs and their mask. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type LambdaMask = Tensor | ((inputs: any, mask: any) => Tensor | null);
/** Shape of the outputs without the batch, or that with the batch as a function of the inputs' shape. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type LambdaShape = DynamicShape | readonly DynamicShape[] | ((inputShape: any) => DynamicShape | DynamicShape[]);

export interface LambdaOptions extends LayerOptions {
  /** Of the inputs, and an object with the layer's `arguments`, `mask` and `training`. */
  function?: LambdaFunction;
  /** Shape of the outputs without the batch, or the whole as a function of the inputs' shape. Default: found by a trial. */
  outputShape?: LambdaShape | null;
  /** The mask of the outputs, or a function of inputs and mask. Default: the outputs have none. */
  mask?: LambdaMask | null;
  /** Given to the function beside the inputs. Default: nothing. */
  arguments?: Readonly<Record<string, unknown>> | null;
}

const DEFAULTS: Defaults<LambdaOptions> = { function: REQUIRED, outputShape: null, mask: null, arguments: null };

/**
 * A function as a layer. Keras's `Lambda`. For everything with weights, write a class that extends `Layer`.
 *
 * The function gets the inputs, and an object with the layer's `arguments`, `mask` and `training`. A file holds no code: only
 * the name of a function that was registered by `registerKerasSerializable`, which must be registered, or given as
 * `customObjects`, where the file is read. Python code in files that Keras wrote is never run.
 *
 * @param fn Of tensors, made of operations.
 * @param options.outputShape Shape of the outputs without the batch, or the whole as a function of the inputs' shape.
 *   Default: found by a trial.
 * @param options.mask The mask of the outputs, or a function of inputs and mask. Default: the outputs have none.
 * @param options.arguments Given to the function beside the inputs.
 * @throws OlifantError `INVALID_ARGUMENT` for what is no function; `UNSUPPORTED` where a function without a name is saved;
 *   `INVALID_CONFIG` for a file with code.
 * @example
 * const double = new Lambda((x) => ops.multiply(x, 2));
 * double.apply(tensor([1, 2])).arraySync(); // [2, 4]
 */
export class Lambda extends Layer {
  static override className = 'Lambda';
  static override moduleName = 'keras.layers';
  static override callArguments: readonly string[] = ['inputs', 'mask', 'training'];

  readonly #function: LambdaFunction;
  readonly #outputShape: LambdaShape | null;
  readonly #mask: LambdaMask | null;
  readonly #arguments: Readonly<Record<string, unknown>>;

  constructor(fn: LambdaFunction, options?: LambdaOptions);
  constructor(options: LambdaOptions & { function: LambdaFunction });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<LambdaOptions>(owner, ['function'], DEFAULTS, args);
    super(o);
    const invalid = (name: string, what: string, value: unknown) =>
      new OlifantError('INVALID_ARGUMENT', `${owner}: ${name} must be ${what}, got ${describe(value)}`);
    if (typeof o.function !== 'function') throw invalid('function', 'a function of tensors', o.function);
    if (o.mask !== null && typeof o.mask !== 'function' && !(o.mask instanceof Tensor))
      throw invalid('mask', 'a tensor, a function of inputs and mask, or null', o.mask);
    if (o.outputShape !== null && typeof o.outputShape !== 'function' && !Array.isArray(o.outputShape))
      throw invalid('outputShape', 'sizes without the batch, like [3], a function of a shape, or null', o.outputShape);
    this.#function = o.function;
    this.#outputShape = o.outputShape;
    this.#mask = o.mask;
    this.#arguments = o.arguments ?? {};
    this.supportsMasking = o.mask !== null;
  }

  override call(inputs: Tensor, { mask, training }: CallOptions = {}): Tensor | Tensor[] {
    return this.#function(inputs, { ...this.#arguments, mask: mask ?? null, training: training ?? false });
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape | DynamicShape[] {
    const given = this.#outputShape;
    if (given === null) return super.computeOutputShape(inputShape);
    if (typeof given === 'function') return given(inputShape);
    const first = isShape(inputShape) ? inputShape : (inputShape as readonly DynamicShape[])[0]!;
    const withBatch = (s: DynamicShape): DynamicShape => [first[0] ?? null, ...s];
    return isShape(given) ? withBatch(given) : given.map(withBatch);
  }

  protected override outputSpecsFor(inputs: Struct<TensorSpec>, options: CallOptions): Struct<TensorSpec> {
    if (this.#outputShape !== null) return super.outputSpecsFor(inputs, options);
    return inferOutputs((x, o) => this.apply<Struct<Tensor>>(x, o), inputs, options);
  }

  override computeMask(inputs: Tensor, mask: Tensor | null): Tensor | null {
    return typeof this.#mask === 'function' ? this.#mask(inputs, mask) : this.#mask;
  }

  override getConfig(): Config {
    const [shape, mask] = [this.#outputShape, this.#mask];
    return {
      ...super.getConfig(),
      function: this.#named(this.#function, 'function'),
      ...(shape === null
        ? {}
        : { output_shape: typeof shape === 'function' ? this.#named(shape, 'outputShape') : shape }),
      ...(mask === null ? {} : { mask: typeof mask === 'function' ? this.#named(mask, 'mask') : written(mask) }),
      arguments: { ...this.#arguments },
    };
  }

  #named(f: unknown, option: string): SerializedFunction {
    const named = serializeFunction(f);
    if (named !== undefined) return named;
    throw new OlifantError(
      'UNSUPPORTED',
      `${this.label}: its ${option}, ${describe(f)}, cannot be saved, for files hold no code. Register it under a name, ` +
        "registerKerasSerializable(fn, 'my_package', 'name'), or write a class that extends Layer",
    );
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Lambda {
    const named = (key: string) => revive(config, key, customObjects);
    return new Lambda({
      ...optionsOf(config),
      function: named('function') as LambdaFunction,
      outputShape: (named('output_shape') ?? null) as LambdaShape | null,
      mask: (named('mask') ?? null) as LambdaMask | null,
    });
  }
}

function written(mask: Tensor): Config {
  return { class_name: '__tensor__', config: { value: mask.arraySync(), dtype: mask.dtype } };
}

/** The function (shape, or tensor) of a saved form. */
function revive(config: Config, key: string, customObjects: CustomObjects): unknown {
  const value = config[key];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { class_name: kind, config: inner } = value as { class_name?: unknown; config?: unknown };
  const name = String(config.name);
  if (kind === '__lambda__')
    throw new OlifantError(
      'INVALID_CONFIG',
      `Lambda '${name}': its ${key} is Python code, which is never run. Write the function in TypeScript and save the model ` +
        'with a named function, or with a class of layers, in its place',
    );
  if (kind === '__tensor__' || kind === '__numpy__') {
    const { value: numbers } = inner as { value: NestedArray };
    return tensor(numbers, undefined, 'bool');
  }
  if (kind === '__tuple__' || kind === '__list__') return (value as { items?: unknown }).items ?? inner;
  const found = isSerializedFunction(value) ? findCustom(value.config, null, customObjects) : undefined;
  if (typeof found === 'function') return found;
  throw new OlifantError(
    'UNKNOWN_ID',
    `Lambda '${name}': unknown function ${isSerializedFunction(value) ? `'${value.config}'` : describe(value)}; give it as ` +
      'customObjects: { name: function }, or register it with registerKerasSerializable',
  );
}
