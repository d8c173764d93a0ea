import { describe, formatShape, OlifantError } from '../../errors.ts';
import type { HostTensor } from '../../trace/host.ts';
import { type HostColumn, StringTensor } from '../../trace/string-tensor.ts';
import { literal, type Tensor } from '../../trace/tensor.ts';
import type { CallOptions, Config, LayerOptions } from '../layer.ts';
import { type Defaults, oneOf, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape, SymbolicDType } from '../symbolic.ts';
import { readColumn } from './adapt-data.ts';
import { encodedShape, encodeOnHost, refuseSparse } from './encode-categories.ts';
import { fingerprint64, joinFingerprints } from './fingerprint64.ts';
import { hashDType, nameOf } from './hashing.ts';
import { HostLayer } from './host-layer.ts';

export interface HashedCrossingOptions extends LayerOptions {
  /** Number of bins. */
  numBins?: number;
  /** `'int'` (default): bins. `'one_hot'`: a vector for each. */
  outputMode?: 'int' | 'one_hot';
  /** Sparse outputs are not supported. */
  sparse?: boolean;
}

const DEFAULTS: Defaults<HashedCrossingOptions> = { numBins: REQUIRED, outputMode: 'int', sparse: false };

/** What TensorFlow begins a cross with. */
const SEED = 0xdecafcaffen;

const encoder = new TextEncoder();

/**
 * Several features to a bin for each combination of their values, by a hash. Keras's `HashedCrossing`. It works on the host.
 *
 * Fingerprints (FarmHash) of strings, and whole numbers themselves, are joined in order; the bin is the result modulo `numBins`.
 *
 * Inputs: a list of two or more, strings or whole numbers, of one shape: [], [batch] or [batch, 1]. Outputs: int32 of that shape
 * in mode `'int'`, float32 [batch, numBins] in mode `'one_hot'`.
 *
 * @param numBins Number of bins.
 * @throws OlifantError `SHAPE` for inputs of other or different shapes, `DTYPE` for fractions.
 * @example
 * const cities = ['A', 'B', 'A', 'B', 'A'];
 * const days = [101, 101, 101, 102, 102];
 * new HashedCrossing(5).apply([cities, days]).arraySync(); // [1, 4, 1, 1, 3]
 */
export class HashedCrossing extends HostLayer {
  static override className = 'HashedCrossing';
  static override moduleName = 'keras.layers';

  readonly numBins: number;
  readonly outputMode: 'int' | 'one_hot';
  readonly #narrow: boolean;

  constructor(numBins: number, options?: HashedCrossingOptions);
  constructor(options: HashedCrossingOptions & { numBins: number });
  constructor(...args: unknown[]) {
    const owner = 'HashedCrossing';
    const o = readOptions<HashedCrossingOptions>(owner, ['numBins'], DEFAULTS, args);
    const mode = oneOf(owner, 'outputMode', o.outputMode, ['int', 'one_hot']);
    super({ ...o, dtype: hashDType(owner, o.dtype, mode) });
    this.#narrow = nameOf(o.dtype) === 'int32';
    this.numBins = wholeNumber(owner, 'numBins', o.numBins);
    this.outputMode = mode;
    refuseSparse(owner, 'sparse', o.sparse);
  }

  /** Calls the layer on a list of features, each a tensor, a `StringTensor`, or an array. */
  override apply<R = Tensor>(inputs: unknown, options?: CallOptions): R {
    const plain = Array.isArray(inputs) && inputs.length > 0 && inputs.every((x) => Array.isArray(x));
    const list = plain ? inputs.map((x) => this.#toValue(x)) : inputs;
    return super.apply(list as Tensor[], options) as R;
  }

  #toValue(x: unknown): Tensor | StringTensor {
    const column = readColumn(x, this.label);
    return column instanceof StringTensor ? column : literal(column.data, column.shape, column.dtype);
  }

  protected override compute(columns: readonly HostColumn[]): HostTensor {
    this.#checkShapes(columns.map((c) => c.shape));
    const { shape } = columns[0]!;
    const crossed = Int32Array.from({ length: columns[0]!.data.length }, (_, i) => {
      const joined = columns.reduce((hash, c) => joinFingerprints(hash, this.#fingerprint(c.data[i]!)), SEED);
      return Number(joined % BigInt(this.numBins));
    });
    return encodeOnHost({ data: crossed, shape, dtype: 'int32' }, this.outputMode, this.numBins);
  }

  #fingerprint(value: string | number): bigint {
    if (typeof value === 'string') return fingerprint64(encoder.encode(value));
    if (Number.isInteger(value)) return BigInt.asUintN(64, BigInt(value));
    throw new OlifantError('DTYPE', `${this.label}: expected strings or whole numbers, got ${value}`);
  }

  #checkShapes(shapes: readonly DynamicShape[]): void {
    const [first] = shapes;
    if (shapes.length < 2 || first === undefined)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: expected a list of two or more inputs, got ${shapes.length}`,
      );
    if (first.length > 2 || (first.length === 2 && first[1] !== 1))
      throw new OlifantError(
        'SHAPE',
        `${this.label}: expected inputs of shape (), (batch,) or (batch, 1), got ${formatShape(first)}`,
      );
    const odd = shapes.find((s) => formatShape(s) !== formatShape(first));
    if (odd !== undefined)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: expected inputs of one shape, got ${formatShape(first)} and ${formatShape(odd)}`,
      );
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const shapes = inputShape as unknown as readonly DynamicShape[];
    if (!shapes.every((s) => Array.isArray(s)))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: expected a list of two or more inputs, got ${describe(inputShape)}`,
      );
    this.#checkShapes(shapes);
    return encodedShape(shapes[0]!, this.outputMode, this.numBins);
  }

  override computeOutputDType(): SymbolicDType {
    return this.outputMode === 'int' ? 'int32' : 'float32';
  }

  override getConfig(): Config {
    return {
      num_bins: this.numBins,
      output_mode: this.outputMode,
      sparse: false,
      name: this.name,
      dtype: this.outputMode === 'int' && !this.#narrow ? 'int64' : this.computeDtype,
    };
  }
}
