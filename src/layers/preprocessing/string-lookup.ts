import { OlifantError } from '../../errors.ts';
import { type HostColumn, StringTensor } from '../../trace/string-tensor.ts';
import type { Config, Layer } from '../layer.ts';
import { optionsOf } from '../layer-options.ts';
import { type Defaults, readOptions, show } from '../options.ts';
import type { CustomObjects } from '../registry.ts';
import type { SymbolicDType } from '../symbolic.ts';
import { stringsOf } from './adapt-data.ts';
import { IndexLookup, refuseVocabularyFile } from './index-lookup.ts';
import { type IndexLookupOptions, LOOKUP_DEFAULTS } from './lookup-options.ts';
import { compareText } from './vocabulary-text.ts';

export interface StringLookupOptions extends Omit<IndexLookupOptions<string>, 'oovMethod'> {
  /** Of files; unknown strings are always hashed with FarmHash (SipHash with a salt). */
  oovMethod?: 'floormod' | 'farmhash';
  /** Strings are UTF-8. */
  encoding?: 'utf-8';
}

const DEFAULTS = {
  ...LOOKUP_DEFAULTS,
  oovToken: '[UNK]',
  encoding: 'utf-8',
} as unknown as Defaults<StringLookupOptions>;

/**
 * Strings to the indices of a vocabulary, or (with `invert`) back. Keras's `StringLookup`. It works on the host.
 *
 * Index 0 is for `maskToken`, if there is one; the next `numOovIndices` for unknown strings; then come the terms. `adapt` ranks
 * terms by their frequency, those of the same frequency from last to first in the order of their code points.
 *
 * Inputs are strings of any shape: nested arrays or a `StringTensor`. Outputs: int32 of that shape in mode `'int'`, else float32
 * vectors as long as the vocabulary (see `outputMode`); with `invert` a `StringTensor`.
 *
 * @throws OlifantError `NOT_BUILT` without a vocabulary, `INVALID_ARGUMENT` for one with repeated terms, `INVALID_DATA` for
 *   unknown strings where `numOovIndices` is 0, `DTYPE` for numbers.
 * @example
 * const layer = new StringLookup({ vocabulary: ['cat', 'dog'] });
 * layer.apply(['dog', 'emu']).arraySync(); // [2, 0]
 */
export class StringLookup extends IndexLookup<string> {
  static override className = 'StringLookup';
  static override moduleName = 'keras.layers';

  readonly encoding: 'utf-8';

  constructor(options: StringLookupOptions = {}) {
    const owner = 'StringLookup';
    const o = readOptions<StringLookupOptions>(owner, [], DEFAULTS, [options]);
    super(owner, o);
    this.encoding = readEncoding(owner, o.encoding);
  }

  override get dataDType(): SymbolicDType {
    return this.invert ? 'int32' : 'string';
  }

  override computeOutputDType(): SymbolicDType {
    return this.invert ? 'string' : super.computeOutputDType();
  }

  protected override readToken(owner: string, name: string, value: unknown): string {
    if (typeof value === 'string') return value;
    throw new OlifantError('INVALID_ARGUMENT', `${owner}: ${name} must be a string, got ${show(value)}`);
  }

  protected override readTokens(column: HostColumn, what: string): ArrayLike<string> {
    return stringsOf(column, what).data;
  }

  protected override parseToken(line: string): string {
    return line;
  }

  protected override compareTokens(a: string, b: string): number {
    return compareText(a, b);
  }

  protected override makeTokens(tokens: readonly string[], shape: readonly number[]): StringTensor {
    return new StringTensor(tokens, shape);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), encoding: this.encoding };
  }

  static override fromConfig(config: Config, _customObjects?: CustomObjects): Layer {
    refuseVocabularyFile('StringLookup', config);
    return new StringLookup(optionsOf(config) as StringLookupOptions);
  }
}

/** Only UTF-8, which is what files and hashes use. */
export function readEncoding(owner: string, value: unknown): 'utf-8' {
  if (typeof value === 'string' && /^utf-?8$/i.test(value)) return 'utf-8';
  throw new OlifantError('UNSUPPORTED', `${owner}: strings are UTF-8, got encoding ${show(value)}`);
}
