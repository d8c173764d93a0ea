import { describe, OlifantError } from '../../errors.ts';
import { sizeOf } from '../../graph/shape.ts';
import { asTensor } from '../../trace/convert.ts';
import type { HostTensor } from '../../trace/host.ts';
import { type HostColumn, StringTensor } from '../../trace/string-tensor.ts';
import { Tensor } from '../../trace/tensor.ts';
import { Variable } from '../../trace/variable.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { oneOf, readFlag, show, wholeNumber } from '../options.ts';
import type { DynamicShape, SymbolicDType } from '../symbolic.ts';
import { type AdaptData, type AdaptOptions, eachBatch } from './adapt-data.ts';
import { bucketOf, readSalt } from './buckets.ts';
import { encodedShape, encodeOnHost, readOutputMode, refuseSparse } from './encode-categories.ts';
import { HostLayer } from './host-layer.ts';
import { type IndexLookupOptions, LOOKUP_MODES, type LookupMode } from './lookup-options.ts';
import { tableChanged } from './tables-revision.ts';
import { checkVocabulary, oovStart, type SpecialTokens, specialTokens, TokenCounts, tokenStart } from './vocabulary.ts';
import { readVocabularyFile, vocabularyLines } from './vocabulary-text.ts';

/** The name of the vocabulary among the files of a `.keras` file. */
const ASSET = 'vocabulary.txt';

type Given<T> = LayerOptions & { [K in Exclude<keyof IndexLookupOptions<T>, keyof LayerOptions>]-?: unknown };

/** What StringLookup and IntegerLookup share: a table from tokens to indices, or back. */
export abstract class IndexLookup<T extends string | number> extends HostLayer {
  readonly maxTokens: number | null;
  readonly numOovIndices: number;
  readonly maskToken: T | null;
  readonly oovToken: T | null;
  readonly invert: boolean;
  readonly outputMode: LookupMode;
  readonly padToMaxTokens: boolean;
  readonly oovMethod: 'floormod' | 'farmhash';
  readonly #salt: readonly [number, number] | null;
  /** What the constructor was given, for the configuration; a vocabulary found later is kept in a file beside it. */
  readonly #given: readonly T[] | null;
  readonly #givenIdf: readonly number[] | null;
  readonly #static: boolean;
  #size: number | null;
  #tokens: readonly T[] = [];
  #indices: ReadonlyMap<T, number> = new Map();
  /** Weights for `tf_idf`; a private field, since Keras does not count them among the weights. */
  #idf: Variable | null = null;
  #counts = new TokenCounts<T>();

  constructor(owner: string, o: Given<T>) {
    super(o);
    this.maxTokens = o.maxTokens === null ? null : wholeNumber(owner, 'maxTokens', o.maxTokens, 2);
    this.numOovIndices = wholeNumber(owner, 'numOovIndices', o.numOovIndices, 0);
    this.maskToken = o.maskToken === null ? null : this.readToken(owner, 'maskToken', o.maskToken);
    this.oovToken = o.oovToken === null ? null : this.readToken(owner, 'oovToken', o.oovToken);
    this.invert = readFlag(owner, 'invert', o.invert);
    this.outputMode = readOutputMode(owner, o.outputMode, LOOKUP_MODES);
    this.padToMaxTokens = readFlag(owner, 'padToMaxTokens', o.padToMaxTokens);
    this.oovMethod = oneOf(owner, 'oovMethod', o.oovMethod, ['floormod', 'farmhash']);
    refuseSparse(owner, 'sparse', o.sparse);
    this.#salt = readSalt(owner, o.salt);
    this.#checkOptions(owner, o);
    this.#size = o.vocabularySize === null ? null : wholeNumber(owner, 'vocabularySize', o.vocabularySize, 0);
    const { vocabulary } = o;
    const given = vocabulary === null || typeof vocabulary === 'string' ? null : this.#readTokens(owner, vocabulary);
    this.#given = given;
    this.#givenIdf = o.idfWeights === null ? null : readNumbers(owner, o.idfWeights);
    this.#static = (o.hasInputVocabulary as boolean | null) ?? vocabulary !== null;
    if (vocabulary !== null) {
      if (this.outputMode === 'tf_idf' && this.#givenIdf === null)
        throw this.#complain('outputMode tf_idf with a vocabulary needs idfWeights, one for each term');
      this.setVocabulary(given ?? (vocabulary as string), this.#givenIdf);
    }
    this.built = true;
  }

  #checkOptions(owner: string, o: Given<T>): void {
    const wrong = (message: string) => new OlifantError('INVALID_ARGUMENT', `${owner}: ${message}`);
    if (this.padToMaxTokens && this.maxTokens === null) throw wrong('padToMaxTokens needs maxTokens');
    if (this.invert && this.outputMode !== 'int')
      throw wrong(`invert needs outputMode 'int', got '${this.outputMode}'`);
    if (o.idfWeights !== null && this.outputMode !== 'tf_idf')
      throw wrong(`idfWeights need outputMode 'tf_idf', got '${this.outputMode}'`);
  }

  /** One token, checked. */
  protected abstract readToken(owner: string, name: string, value: unknown): T;
  /** The tokens of data, in order. */
  protected abstract readTokens(column: HostColumn, what: string): ArrayLike<T>;
  /** A token of a line of a vocabulary file. */
  protected abstract parseToken(line: string): T;
  /** The order of tokens that are equally frequent. */
  protected abstract compareTokens(a: T, b: T): number;
  /** The data that tokens make, in mode `invert`. */
  protected abstract makeTokens(tokens: readonly T[], shape: readonly number[]): HostColumn;

  #readTokens(owner: string, vocabulary: unknown): T[] {
    const list = ArrayBuffer.isView(vocabulary) ? Array.from(vocabulary as Int32Array) : vocabulary;
    if (!Array.isArray(list))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: vocabulary must be an array of terms or the path of a file, got ${describe(vocabulary)}`,
      );
    return list.map((t, i) => this.readToken(owner, `vocabulary[${i}]`, t));
  }

  #complain(message: string): OlifantError {
    return new OlifantError('INVALID_ARGUMENT', `${this.label}: ${message}`);
  }

  /** @internal */
  get special(): SpecialTokens<T> {
    const { maskToken, oovToken, numOovIndices } = this;
    return { maskToken, oovToken, numOovIndices, maskIndex: maskToken !== null && this.outputMode === 'int' };
  }

  /** @internal The tokens without special ones; empty before there is a vocabulary. */
  get tokens(): readonly T[] {
    return this.#tokens;
  }

  /** @internal The weights of the indices in mode `tf_idf`. */
  get idf(): Variable {
    this.requireVocabulary();
    return this.#idf!;
  }

  protected get salt(): readonly [number, number] | null {
    return this.#salt;
  }

  /** Number of indices: the terms, and those for masked and unknown tokens. */
  vocabularySize(): number {
    return this.#tokens.length + tokenStart(this.special);
  }

  /**
   * The terms in the order of their indices.
   *
   * @param options.includeSpecialTokens Whether mask and unknown tokens come first, so that places are indices. Default `true`.
   */
  getVocabulary({ includeSpecialTokens = true }: { includeSpecialTokens?: boolean } = {}): T[] {
    return includeSpecialTokens ? ([...specialTokens(this.special), ...this.#tokens] as T[]) : [...this.#tokens];
  }

  /**
   * Sets the vocabulary, instead of one found by `adapt`.
   *
   * @param vocabulary The terms, with or without the special tokens at the start; or (in Node) the path of a file of lines.
   * @param idfWeights In mode `tf_idf`: the weight of each term of `vocabulary`.
   * @throws OlifantError `INVALID_ARGUMENT` for an empty vocabulary, one with repeated or misplaced special terms, or too many.
   */
  setVocabulary(
    vocabulary: readonly T[] | ArrayLike<T> | string,
    idfWeights: IndexLookupOptions<T>['idfWeights'] = null,
  ): void {
    const weighted = this.outputMode === 'tf_idf';
    if (weighted !== (idfWeights !== null))
      throw this.#complain(
        weighted
          ? 'in outputMode tf_idf, setVocabulary needs idfWeights, one for each term'
          : `idfWeights need outputMode 'tf_idf', got '${this.outputMode}'`,
      );
    if (typeof vocabulary === 'string') {
      if (weighted) throw this.#complain('in outputMode tf_idf, the vocabulary must be an array, not a file');
      const lines = readVocabularyFile(vocabulary, this.label).map((line) => this.parseToken(line));
      // Keras takes every line of a file for a term, special ones too.
      this.#setTokens(
        checkVocabulary(this.label, lines, { ...this.special, numOovIndices: 0, maskIndex: false }, false).tokens,
      );
      return;
    }
    const all = this.#readTokens(this.label, vocabulary);
    const { tokens, hadSpecial } = checkVocabulary(this.label, all, this.special, this.invert);
    const size = tokens.length + tokenStart(this.special);
    if (this.maxTokens !== null && size > this.maxTokens)
      throw this.#complain(`the vocabulary has ${size} terms with special ones; maxTokens allows ${this.maxTokens}`);
    const weights =
      idfWeights === null ? null : this.#placeWeights(readNumbers(this.label, idfWeights), all, hadSpecial);
    this.#setTokens(tokens, weights);
  }

  /** Weights of all indices: special tokens that were not listed have the mean, padding has 0. */
  #placeWeights(weights: readonly number[], vocabulary: readonly T[], hadSpecial: boolean): number[] {
    if (weights.length !== vocabulary.length)
      throw this.#complain(`${vocabulary.length} terms need as many idfWeights, got ${weights.length}`);
    if (hadSpecial) return [...weights];
    const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
    return [...new Array<number>(tokenStart(this.special)).fill(mean), ...weights];
  }

  #setTokens(tokens: readonly T[], weights: readonly number[] | null = null): void {
    const start = tokenStart(this.special);
    const size = start + tokens.length;
    if (this.#tokens.length > 0 && this.#size !== size && this.outputMode !== 'int' && !this.padToMaxTokens)
      throw this.#complain(
        `its vectors have ${this.#size} elements, and cannot get the ${size} that the new vocabulary needs. Make a new layer, ` +
          'or set padToMaxTokens',
      );
    const hadTable = this.#tokens.length > 0;
    this.#tokens = [...tokens];
    this.#indices = new Map(tokens.map((t, i) => [t, start + i]));
    this.#size = size;
    if (weights !== null) this.#setWeights(weights);
    if (hadTable && !this.runsOnHost) tableChanged();
  }

  #setWeights(weights: readonly number[]): void {
    const data = new Float32Array(this.padToMaxTokens ? this.maxTokens! : weights.length);
    data.set(weights.slice(0, data.length));
    this.#idf = new Variable(data, { name: 'idf_weights', trainable: false });
  }

  /**
   * Finds the vocabulary in data: its tokens, most frequent first, at most `maxTokens` of them. To be awaited.
   *
   * @param data An array, or batches of arrays (see `AdaptData`). For `tf_idf`, each row is a document; each element of an array
   *   of one axis, too; a batch of one axis is one document.
   * @throws OlifantError `INVALID_ARGUMENT` where the vocabulary was given.
   */
  async adapt(data: AdaptData, options: AdaptOptions = {}): Promise<void> {
    this.beginAdapting();
    await eachBatch(this.label, data, options, (batch, whole) => {
      const tokens = Array.from(this.readTokens(batch, `${this.label}: adapt`));
      const { shape } = batch;
      const row = shape.length > 1 ? sizeOf(shape.slice(1)) : whole ? 1 : tokens.length;
      this.countDocuments(rowsOf(tokens, row));
    });
    this.finishAdapting();
  }

  /** @internal Whether its vocabulary is to be found by `adapt`, and was not given. */
  get adapts(): boolean {
    return !this.#static;
  }

  /** @internal */
  beginAdapting(): void {
    if (this.#static)
      throw this.#complain('its vocabulary was given, so it cannot adapt; make the layer without vocabulary');
    this.#counts = new TokenCounts();
  }

  /** @internal */
  countDocuments(documents: Iterable<readonly T[]>): void {
    this.#counts.add(documents);
  }

  /** @internal */
  finishAdapting(): void {
    const counts = this.#counts;
    this.#counts = new TokenCounts();
    if (counts.empty) return this.#setTokens([], this.outputMode === 'tf_idf' ? [] : null);
    const limit = this.maxTokens === null ? null : Math.max(0, this.maxTokens - tokenStart(this.special));
    const tokens = counts.ranked([this.maskToken, this.oovToken], (a, b) => this.compareTokens(a, b), limit);
    if (this.outputMode !== 'tf_idf') return this.#setTokens(tokens);
    const idf = counts.inverseDocumentFrequencies(tokens).map(Math.fround);
    const mean = idf.reduce((a, b) => a + b, 0) / idf.length;
    this.#setTokens(tokens, [...new Array<number>(tokenStart(this.special)).fill(mean), ...idf]);
  }

  /** @throws OlifantError `NOT_BUILT` where there is no vocabulary yet. */
  protected requireVocabulary(): void {
    if (this.#tokens.length > 0 || (this.#size !== null && this.#size === tokenStart(this.special))) return;
    throw new OlifantError(
      'NOT_BUILT',
      `${this.label} has no vocabulary yet: give it one as an option, or call \`await layer.adapt(data)\` first`,
    );
  }

  /** @internal How many elements vectors have. */
  get depth(): number {
    if (this.padToMaxTokens) return this.maxTokens!;
    if (this.#size === null) this.requireVocabulary();
    return this.#size!;
  }

  /** @internal The indices of tokens; -1 where there is nothing to count. */
  lookUp(tokens: ArrayLike<T>): Int32Array {
    this.requireVocabulary();
    const { numOovIndices, maskToken, outputMode } = this;
    const start = oovStart(this.special);
    const unknown: T[] = [];
    const out = new Int32Array(tokens.length);
    for (let i = 0; i < out.length; i++) {
      const t = tokens[i]!;
      if (t === maskToken) out[i] = outputMode === 'int' ? 0 : -1;
      else {
        const known = this.#indices.get(t);
        if (known !== undefined) out[i] = known;
        else if (numOovIndices === 0) unknown.push(t);
        else out[i] = start + (numOovIndices === 1 ? 0 : this.#bucket(t));
      }
    }
    if (unknown.length > 0)
      throw new OlifantError(
        'INVALID_DATA',
        `${this.label}: with numOovIndices 0 all inputs must be in the vocabulary; unknown: ` +
          `${show([...new Set(unknown)].slice(0, 10))}. Set numOovIndices to 1`,
      );
    return out;
  }

  #bucket(token: T): number {
    const { numOovIndices: n } = this;
    if (typeof token === 'number' && this.oovMethod === 'floormod') return ((token % n) + n) % n;
    return bucketOf(String(token), n, this.#salt);
  }

  /** @internal What becomes of indices of this shape. */
  encode(indices: Int32Array, shape: readonly number[]): HostTensor {
    const mode = this.outputMode;
    const at: HostTensor = { data: indices, shape, dtype: 'int32' };
    if (mode === 'int') return at;
    const out = encodeOnHost(at, mode === 'tf_idf' ? 'count' : mode, this.depth);
    if (mode !== 'tf_idf') return out;
    const weights = this.idf.read();
    for (let i = 0; i < out.data.length; i++) out.data[i] = out.data[i]! * weights[i % weights.length]!;
    return out;
  }

  protected override compute([column]: readonly HostColumn[]): HostColumn {
    if (this.invert) return this.#invertOnHost(column!);
    return this.encode(this.lookUp(this.readTokens(column!, this.label)), column!.shape);
  }

  #invertOnHost(column: HostColumn): HostColumn {
    if (column instanceof StringTensor)
      throw new OlifantError('DTYPE', `${this.label}: with invert it takes indices, got strings`);
    this.requireVocabulary();
    const start = tokenStart(this.special);
    const tokens = Array.from(column.data, (index) => {
      const i = Math.trunc(index);
      return (i === 0 && this.maskToken !== null ? this.maskToken : (this.#tokens[i - start] ?? this.oovToken)) as T;
    });
    return this.makeTokens(tokens, column.shape);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const { outputMode: mode } = this;
    return mode === 'int' ? inputShape : encodedShape(inputShape, mode === 'tf_idf' ? 'count' : mode, this.depth);
  }

  override computeOutputDType(): SymbolicDType {
    return this.outputMode === 'int' ? 'int32' : 'float32';
  }

  override get storedVariables(): readonly (readonly [string, Variable])[] {
    return this.#idf === null ? [] : [['idf_weights', this.#idf]];
  }

  override saveAssets(): Readonly<Record<string, Uint8Array>> {
    if (this.#given !== null) return {};
    return { [ASSET]: new TextEncoder().encode(this.getVocabulary().join('\n')) };
  }

  override loadAssets(files: ReadonlyMap<string, Uint8Array>): void {
    const bytes = files.get(ASSET);
    if (bytes === undefined || this.#given !== null) return;
    const tokens = vocabularyLines(new TextDecoder().decode(bytes)).map((line) => this.parseToken(line));
    const size = this.padToMaxTokens ? this.maxTokens! : tokens.length;
    const { tokens: own } = checkVocabulary(this.label, tokens, this.special, this.invert);
    const fixed = this.outputMode !== 'int' && !this.padToMaxTokens;
    if (fixed && this.#size !== null && this.#size !== own.length + tokenStart(this.special))
      throw this.#complain(
        `the stored vocabulary has ${own.length} terms, which makes vectors of ${own.length + tokenStart(this.special)} ` +
          `elements; the configuration says ${this.#size}`,
      );
    // The weights proper are among the values of the file.
    this.#setTokens(own, this.outputMode === 'tf_idf' ? new Array<number>(size).fill(0) : null);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      invert: this.invert,
      max_tokens: this.maxTokens,
      num_oov_indices: this.numOovIndices,
      oov_token: this.oovToken,
      mask_token: this.maskToken,
      output_mode: this.outputMode,
      sparse: false,
      pad_to_max_tokens: this.padToMaxTokens,
      idf_weights: this.#givenIdf,
      vocabulary: this.#given,
      vocabulary_size: this.#size,
      oov_method: this.oovMethod,
      salt: this.#salt,
    };
  }

  override getBuildConfig(): Config {
    return {};
  }
}

function readNumbers(owner: string, values: unknown): number[] {
  const held = values instanceof Tensor || values instanceof Variable ? asTensor(values).dataSync() : values;
  const list = ArrayBuffer.isView(held) ? Array.from(held as Float32Array) : held;
  if (Array.isArray(list) && list.every((v) => typeof v === 'number')) return [...list];
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: idfWeights must be an array of numbers, got ${show(values)}`);
}

function rowsOf<T>(items: readonly T[], row: number): T[][] {
  const rows: T[][] = [];
  for (let at = 0; at < items.length; at += row) rows.push(items.slice(at, at + row));
  return rows;
}

/** Files hold no paths: a vocabulary that a configuration names would be another file. */
export function refuseVocabularyFile(owner: string, config: Config): void {
  if (typeof config.vocabulary === 'string')
    throw new OlifantError(
      'INVALID_CONFIG',
      `${owner}: the configuration names the vocabulary file ${describe(config.vocabulary)}, which is not opened; give the terms`,
    );
}
