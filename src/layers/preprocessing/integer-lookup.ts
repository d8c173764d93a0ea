import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { HostTensor } from '../../trace/host.ts';
import type { HostColumn } from '../../trace/string-tensor.ts';
import { type Tensor, tensor } from '../../trace/tensor.ts';
import type { Config, Layer } from '../layer.ts';
import { optionsOf } from '../layer-options.ts';
import { type Defaults, readOptions, show } from '../options.ts';
import type { CustomObjects } from '../registry.ts';
import type { SymbolicDType } from '../symbolic.ts';
import { numbersOf } from './adapt-data.ts';
import { encodeCategories } from './encode-categories.ts';
import { IndexLookup, refuseVocabularyFile } from './index-lookup.ts';
import { type IndexLookupOptions, LOOKUP_DEFAULTS } from './lookup-options.ts';
import { lookUpNumbers } from './number-table.ts';
import { oovStart, tokenStart } from './vocabulary.ts';

export interface IntegerLookupOptions extends IndexLookupOptions<number> {
  /** Keras's `'int64'`; whole numbers are int32 here. */
  vocabularyDtype?: 'int64' | 'int32';
}

const DEFAULTS = {
  ...LOOKUP_DEFAULTS,
  oovToken: -1,
  vocabularyDtype: 'int64',
} as unknown as Defaults<IntegerLookupOptions>;

const INT32_MAX = 2 ** 31 - 1;

/**
 * Whole numbers to the indices of a vocabulary, or (with `invert`) back. Keras's `IntegerLookup`, for numbers that fit 32 bits.
 *
 * As `StringLookup`, which see. It is part of compiled programs as a table, but for two cases that need the host: where unknown
 * numbers are an error (`numOovIndices: 0`), and where they are hashed (`oovMethod: 'farmhash'`).
 *
 * Inputs of any shape; outputs int32 of that shape in mode `'int'`, else float32 vectors as long as the vocabulary.
 *
 * @throws OlifantError `NOT_BUILT` without a vocabulary, `INVALID_ARGUMENT` for one with repeated terms or numbers beyond int32,
 *   `DTYPE` for strings.
 * @example
 * new IntegerLookup({ vocabulary: [10, 30] }).apply([[30, 7]]).arraySync(); // [[2, 0]]
 */
export class IntegerLookup extends IndexLookup<number> {
  static override className = 'IntegerLookup';
  static override moduleName = 'keras.layers';

  constructor(options: IntegerLookupOptions = {}) {
    const owner = 'IntegerLookup';
    const o = readOptions<IntegerLookupOptions>(owner, [], DEFAULTS, [options]);
    if (o.vocabularyDtype !== 'int64' && (o.vocabularyDtype as string) !== 'int32')
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: vocabularyDtype must be 'int64', got ${show(o.vocabularyDtype)}`,
      );
    super(owner, o);
    if (this.salt !== null && this.oovMethod !== 'farmhash')
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: salt needs oovMethod 'farmhash', got '${this.oovMethod}'`);
  }

  override get runsOnHost(): boolean {
    if (this.invert) return false;
    return this.numOovIndices === 0 || (this.numOovIndices > 1 && this.oovMethod === 'farmhash');
  }

  override get dataDType(): SymbolicDType {
    return 'int32';
  }

  override call(inputs: Tensor): Tensor {
    this.requireVocabulary();
    if (this.runsOnHost) return super.call(inputs);
    const x = ops.cast(inputs, 'int32');
    if (this.invert) return this.#tokensOf(x);
    const indices = this.#indicesOf(x);
    const mode = this.outputMode;
    const encoded = encodeCategories(indices, mode === 'tf_idf' ? 'count' : mode, mode === 'int' ? 0 : this.depth);
    return mode === 'tf_idf' ? ops.multiply(encoded, this.idf) : encoded;
  }

  #indicesOf(x: Tensor): Tensor {
    const { special, numOovIndices, maskToken } = this;
    const start = oovStart(special);
    const unknown = numOovIndices === 1 ? start : ops.add(ops.mod(x, numOovIndices), start);
    const found = lookUpNumbers(x, this.tokens, tokenStart(special), unknown);
    if (maskToken === null) return found;
    return ops.where(ops.equal(x, maskToken), this.outputMode === 'int' ? 0 : -1, found);
  }

  #tokensOf(x: Tensor): Tensor {
    const { tokens, maskToken, oovToken } = this;
    const start = tokenStart(this.special);
    const table = tensor(Int32Array.from([...tokens, oovToken ?? -1]));
    const known = ops.logicalAnd(ops.greaterEqual(x, start), ops.less(x, start + tokens.length));
    const found = ops.take(table, ops.where(known, ops.subtract(x, start), tokens.length));
    return maskToken === null ? found : ops.where(ops.equal(x, 0), maskToken, found);
  }

  protected override readToken(owner: string, name: string, value: unknown): number {
    const n = typeof value === 'bigint' ? Number(value) : value;
    if (Number.isSafeInteger(n) && Math.abs(n as number) <= INT32_MAX) return n as number;
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: ${name} must be a whole number that fits 32 bits, got ${show(value)}`,
    );
  }

  protected override readTokens(column: HostColumn, what: string): ArrayLike<number> {
    const { data, dtype } = numbersOf(column, what);
    return dtype === 'float32' ? Int32Array.from(data, Math.trunc) : data;
  }

  protected override parseToken(line: string): number {
    return this.readToken(this.label, 'a term of the vocabulary', /^\s*[-+]?\d+\s*$/.test(line) ? Number(line) : line);
  }

  protected override compareTokens(a: number, b: number): number {
    return a - b;
  }

  protected override makeTokens(tokens: readonly number[], shape: readonly number[]): HostTensor {
    return { data: Int32Array.from(tokens), shape, dtype: 'int32' };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), vocabulary_dtype: 'int64' };
  }

  static override fromConfig(config: Config, _customObjects?: CustomObjects): Layer {
    refuseVocabularyFile('IntegerLookup', config);
    return new IntegerLookup(optionsOf(config) as IntegerLookupOptions);
  }
}
