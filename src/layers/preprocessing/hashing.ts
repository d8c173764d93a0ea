import { describe, OlifantError } from '../../errors.ts';
import type { HostTensor } from '../../trace/host.ts';
import type { HostColumn } from '../../trace/string-tensor.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, show, wholeNumber } from '../options.ts';
import type { DynamicShape, SymbolicDType } from '../symbolic.ts';
import { bucketOf, readSalt, type Salt } from './buckets.ts';
import { type CategoryMode, encodedShape, encodeOnHost, readOutputMode, refuseSparse } from './encode-categories.ts';
import { HostLayer } from './host-layer.ts';

const MODES = ['int', 'one_hot', 'multi_hot', 'count'] as const;

export interface HashingOptions extends LayerOptions {
  /** Number of bins, that of masked values included. */
  numBins?: number;
  /** A value that goes to bin 0, which nothing else then does. Default: none. */
  maskValue?: string | number | null;
  /** Hash with SipHash-2-4 and this key, instead of FarmHash. */
  salt?: Salt | null;
  /** `'int'` (default): bins. `'one_hot'`: a vector for each. For a sample: `'multi_hot'`, `'count'`. */
  outputMode?: CategoryMode | 'binary';
  /** Sparse outputs are not supported. */
  sparse?: boolean;
}

const DEFAULTS: Defaults<HashingOptions> = {
  numBins: REQUIRED,
  maskValue: null,
  salt: null,
  outputMode: 'int',
  sparse: false,
};

/**
 * Strings or whole numbers to bins, by a hash: without a vocabulary, the same everywhere. Keras's `Hashing`. It works on the host.
 *
 * A value is hashed as text (numbers in decimals, without their fraction): FarmHash's Fingerprint64 modulo `numBins`, or with a
 * salt SipHash-2-4.
 *
 * Inputs of any shape; outputs int32 of that shape in mode `'int'`, else float32 vectors of `numBins`.
 *
 * @param numBins Number of bins.
 * @throws OlifantError `INVALID_ARGUMENT` for options that cannot be.
 * @example
 * new Hashing(3).apply([['A'], ['B'], ['C'], ['D'], ['E']]).arraySync(); // [[1], [0], [1], [1], [2]]
 */
export class Hashing extends HostLayer {
  static override className = 'Hashing';
  static override moduleName = 'keras.layers';

  readonly numBins: number;
  readonly maskValue: string | number | null;
  readonly outputMode: CategoryMode;
  /** Whether 32 bits were asked for, which configurations keep. */
  readonly #narrow: boolean;
  readonly #salt: readonly [number, number] | null;

  constructor(numBins: number, options?: HashingOptions);
  constructor(options: HashingOptions & { numBins: number });
  constructor(...args: unknown[]) {
    const owner = 'Hashing';
    const o = readOptions<HashingOptions>(owner, ['numBins'], DEFAULTS, args);
    const mode = readOutputMode(owner, o.outputMode, MODES);
    super({ ...o, dtype: hashDType(owner, o.dtype, mode) });
    this.#narrow = nameOf(o.dtype) === 'int32';
    this.numBins = wholeNumber(owner, 'numBins', o.numBins);
    const { maskValue } = o;
    if (maskValue !== null && typeof maskValue !== 'string' && typeof maskValue !== 'number')
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: maskValue must be a string or a number, got ${show(maskValue)}`,
      );
    this.maskValue = maskValue;
    this.outputMode = mode;
    this.#salt = readSalt(owner, o.salt);
    refuseSparse(owner, 'sparse', o.sparse);
  }

  protected override compute([column]: readonly HostColumn[]): HostTensor {
    const { data, shape } = column!;
    const masked = this.maskValue !== null && this.numBins > 1;
    const bins = masked ? this.numBins - 1 : this.numBins;
    const out = new Int32Array(data.length);
    for (let i = 0; i < out.length; i++) {
      const value = data[i]!;
      if (masked && value === this.maskValue) continue;
      const text = typeof value === 'string' ? value : String(Math.trunc(value) || 0);
      out[i] = bucketOf(text, bins, this.#salt) + (masked ? 1 : 0);
    }
    return encodeOnHost({ data: out, shape, dtype: 'int32' }, this.outputMode, this.numBins);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return encodedShape(inputShape, this.outputMode, this.numBins);
  }

  override computeOutputDType(): SymbolicDType {
    return this.outputMode === 'int' ? 'int32' : 'float32';
  }

  override getConfig(): Config {
    const config = super.getConfig();
    return {
      ...config,
      dtype: this.outputMode === 'int' && !this.#narrow ? wideIntegers(config.dtype) : config.dtype,
      num_bins: this.numBins,
      salt: this.#salt,
      mask_value: this.maskValue,
      output_mode: this.outputMode,
      sparse: false,
    };
  }
}

/** Keras's policy of 64-bit numbers. */
function wideIntegers(policy: unknown): unknown {
  return { ...(policy as Config), config: { name: 'int64' } };
}

/** The dtype that an option names, by itself or as a policy. */
export function nameOf(dtype: unknown): unknown {
  return (dtype as { config?: { name?: unknown } } | null | undefined)?.config?.name ?? dtype;
}

/** The dtype of bins and vectors; Keras's int64 is int32 here. */
export function hashDType(owner: string, dtype: unknown, mode: string): 'int32' | 'float32' {
  const name = nameOf(dtype) ?? (mode === 'int' ? 'int64' : 'float32');
  const known = mode === 'int' ? ['int32', 'int64'] : ['float32'];
  if (known.includes(name as string)) return mode === 'int' ? 'int32' : 'float32';
  throw new OlifantError(
    'DTYPE',
    `${owner}: with outputMode '${mode}', dtype must be ${known.join(' or ')}, got ${describe(name)}`,
  );
}
