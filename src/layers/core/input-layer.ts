import { checkOptions, describe, formatShape, OlifantError } from '../../errors.ts';
import { floatx } from '../../settings.ts';
import { checkDType, type Tensor } from '../../trace/tensor.ts';
import { type Config, Layer } from '../layer.ts';
import { readFlag } from '../options.ts';
import { type DynamicShape, type SymbolicDType, SymbolicTensor } from '../symbolic.ts';

export interface InputOptions {
  /** Shape of one sample; `null` for sizes that differ from batch to batch. */
  shape?: DynamicShape;
  /** Samples in a batch, where that is fixed. */
  batchSize?: number | null;
  /** Instead of `shape` and `batchSize`. */
  batchShape?: DynamicShape;
  /** Default: that of `config.setFloatx`, `'float32'` at first. `'string'` for data that preprocessing layers make numbers of. */
  dtype?: SymbolicDType;
  /** Default: `input_layer`, `input_layer_1` ... */
  name?: string | null;
  /** Only `false`, Keras's default. */
  sparse?: false | null;
  /** Only `false`, Keras's default. */
  ragged?: false | null;
  /** Stands for the data in the place of a new one; what else is given must be as it is. */
  tensor?: SymbolicTensor | null;
  /**
   * Whether data may have null in its place: the layers that take it by an option of their call then get null there. Default
   * `false`.
   */
  optional?: boolean | null;
}

function checkInputShape(shape: unknown, what: string): asserts shape is DynamicShape {
  const ok = Array.isArray(shape) && shape.every((d) => d === null || (Number.isSafeInteger(d) && d > 0));
  if (!ok)
    throw new OlifantError(
      'SHAPE',
      `Input: expected ${what} as an array of sizes or null, like [28, 28], got ${describe(shape)}`,
    );
}

const UNSUPPORTED = ['sparse', 'ragged'] as const;
const OPTIONS = ['shape', 'batchSize', 'batchShape', 'dtype', 'name', 'optional', ...UNSUPPORTED];

/** Options of `InputLayer`: those of `Input`, and older names of some. */
export interface InputLayerOptions extends Omit<InputOptions, 'tensor'> {
  /** Stands for the data in the place of a new one; what else is given must be as it is. */
  inputTensor?: SymbolicTensor | null;
  /** An older name of `shape`. */
  inputShape?: DynamicShape;
  /** An older name of `batchShape`. */
  batchInputShape?: DynamicShape;
}

/** The shape of the data, with the batch, that options say; undefined where they say none. */
function batchShapeOf(o: InputLayerOptions): DynamicShape | undefined {
  const shape = o.shape ?? o.inputShape ?? undefined;
  const whole = o.batchShape ?? o.batchInputShape ?? undefined;
  const size = o.batchSize ?? null;
  for (const [name, given] of Object.entries({ shape, batchSize: o.batchSize ?? undefined }))
    if (given !== undefined && whole !== undefined)
      throw new OlifantError('INVALID_ARGUMENT', `Input: ${name} and batchShape cannot both be given; leave one out`);
  if (size !== null && !(Number.isSafeInteger(size) && size > 0))
    throw new OlifantError(
      'SHAPE',
      `Input: batchSize must be a whole number of at least 1, or null, got ${describe(size)}`,
    );
  if (shape !== undefined) checkInputShape(shape, 'shape');
  if (whole !== undefined) checkInputShape(whole, 'batchShape');
  return whole ?? (shape && [size, ...shape]);
}

/** The tensor that options give, checked against what else they say. */
function givenTensor(name: string, o: InputLayerOptions): SymbolicTensor | null {
  const tensor = o.inputTensor ?? null;
  if (tensor === null) return null;
  if (!(tensor instanceof SymbolicTensor))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `Input '${name}': expected a symbolic tensor as tensor, got ${describe(tensor)}`,
    );
  const shape = batchShapeOf(o);
  // Without a batch size, `shape` says nothing of the batch.
  const known = shape && (o.batchSize ?? o.batchShape ?? o.batchInputShape ?? null) === null ? 1 : 0;
  if (shape !== undefined && formatShape(shape.slice(known)) !== formatShape(tensor.shape.slice(known)))
    throw new OlifantError(
      'SHAPE',
      `Input '${name}': the tensor has shape ${formatShape(tensor.shape)}, not ${formatShape(shape)}; leave out the shape`,
    );
  if ((o.dtype ?? tensor.dtype) !== tensor.dtype)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `Input '${name}': the tensor has dtype ${tensor.dtype}, not ${describe(o.dtype)}; leave out dtype`,
    );
  return tensor;
}

/** The start of a model's graph: stands for the data. Made by `Input`. */
export class InputLayer extends Layer {
  static override className = 'InputLayer';
  static override moduleName = 'keras.layers';

  readonly batchShape: DynamicShape;
  readonly inputDType: SymbolicDType;
  /** Whether data may have null in its place. */
  readonly optional: boolean;

  constructor(options: InputLayerOptions) {
    const known = [...OPTIONS, 'inputTensor', 'inputShape', 'batchInputShape'];
    super({ name: checkOptions('InputLayer', options, known).name });
    for (const key of UNSUPPORTED)
      if (options[key])
        throw new OlifantError(
          'UNSUPPORTED',
          `Input '${this.name}': ${key} inputs are not supported; leave ${key} out`,
        );
    const tensor = givenTensor(this.name, options);
    const batchShape = tensor?.shape ?? batchShapeOf(options);
    checkInputShape(batchShape, 'shape');
    const dtype = tensor?.dtype ?? options.dtype ?? floatx();
    if (dtype !== 'string') checkDType(dtype, `Input '${this.name}'`);
    this.batchShape = [...batchShape];
    this.inputDType = dtype;
    this.optional = readFlag('InputLayer', 'optional', options.optional ?? false);
    this.built = true;
    this.recordCall([], {}, tensor ?? new SymbolicTensor(this.batchShape, dtype, this.name));
  }

  override call(inputs: Tensor): Tensor {
    return inputs;
  }

  override computeOutputShape(): DynamicShape {
    return this.batchShape;
  }

  /** The symbolic tensor that stands for the data. */
  override get output(): SymbolicTensor {
    return this.inboundNodes[0]!.outputs as SymbolicTensor;
  }

  override getConfig(): Config {
    return {
      batch_shape: [...this.batchShape],
      dtype: this.inputDType,
      sparse: false,
      ragged: false,
      name: this.name,
      optional: this.optional,
    };
  }

  static override fromConfig(config: Config): InputLayer {
    if (config.sparse || config.ragged)
      throw new OlifantError('UNSUPPORTED', `InputLayer '${config.name}': sparse and ragged inputs are not supported`);
    return new InputLayer({
      batchShape: (config.batch_shape ?? config.batch_input_shape) as DynamicShape,
      // Whole numbers are int32 here.
      dtype: (config.dtype === 'int64' ? 'int32' : config.dtype) as SymbolicDType,
      name: config.name as string,
      optional: config.optional as boolean | undefined,
    });
  }
}

/**
 * A symbolic tensor with which a functional model begins, or the shape of the data of a `Sequential` one.
 *
 * @param options.shape Shape of one sample, without the batch axis.
 * @param options.tensor A symbolic tensor that is to stand for the data, in the place of a new one.
 * @param options.optional Whether data may have null in its place. Default `false`.
 * @throws OlifantError `SHAPE` for a shape that is none, or not that of `tensor`; `INVALID_ARGUMENT` for a shape that is given
 *   twice.
 * @example
 * const x = Input({ shape: [28, 28, 1] });
 * const y = new Flatten().apply(x);
 * const model = new Model({ inputs: x, outputs: y });
 */
export function Input(options: InputOptions): SymbolicTensor {
  if (Array.isArray(options) || typeof options !== 'object' || options === null)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `Input: expected options like { shape: [28, 28] }, got ${describe(options)}`,
    );
  const { tensor, ...rest } = checkOptions('Input', options, [...OPTIONS, 'tensor']);
  return new InputLayer({ ...rest, inputTensor: tensor }).output;
}
