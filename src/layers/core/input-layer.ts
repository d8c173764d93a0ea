import { checkOptions, describe, OlifantError } from '../../errors.ts';
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

/** The start of a model's graph: stands for the data. Made by `Input`. */
export class InputLayer extends Layer {
  static override className = 'InputLayer';
  static override moduleName = 'keras.layers';

  readonly batchShape: DynamicShape;
  readonly inputDType: SymbolicDType;
  /** Whether data may have null in its place. */
  readonly optional: boolean;

  constructor(options: InputOptions) {
    super({ name: checkOptions('InputLayer', options, OPTIONS).name });
    for (const key of UNSUPPORTED)
      if (options[key])
        throw new OlifantError(
          'UNSUPPORTED',
          `Input '${this.name}': ${key} inputs are not supported; leave ${key} out`,
        );
    if (options.shape !== undefined) checkInputShape(options.shape, 'shape');
    const batchShape = options.batchShape ?? (options.shape && [options.batchSize ?? null, ...options.shape]);
    checkInputShape(batchShape, options.batchShape === undefined ? 'shape' : 'batchShape');
    const dtype = options.dtype ?? floatx();
    if (dtype !== 'string') checkDType(dtype, `Input '${this.name}'`);
    this.batchShape = [...batchShape];
    this.inputDType = dtype;
    this.optional = readFlag('InputLayer', 'optional', options.optional ?? false);
    this.built = true;
    const output = new SymbolicTensor(this.batchShape, dtype, this.name);
    this.recordCall([], {}, output);
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
 * @param options.optional Whether data may have null in its place. Default `false`.
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
  checkOptions('Input', options, OPTIONS);
  const { batchSize } = options;
  if (batchSize !== undefined && batchSize !== null && !(Number.isSafeInteger(batchSize) && batchSize > 0))
    throw new OlifantError(
      'SHAPE',
      `Input: batchSize must be a whole number of at least 1, or null, got ${describe(batchSize)}`,
    );
  return new InputLayer(options).output;
}
