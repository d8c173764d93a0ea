import { findCustom, isSerializedFunction, serializeFunction } from '../../custom-objects.ts';
import { describe, formatShape, OlifantError, unknownId } from '../../errors.ts';
import { sizeOf } from '../../graph/shape.ts';
import { type HostColumn, type StringTensor, stringTensor } from '../../trace/string-tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { Config, Layer, LayerOptions } from '../layer.ts';
import { optionsOf } from '../layer-options.ts';
import { type Defaults, readOptions, show, wholeNumber } from '../options.ts';
import type { CustomObjects } from '../registry.ts';
import type { DynamicShape, SymbolicDType } from '../symbolic.ts';
import { type AdaptData, type AdaptOptions, eachBatch, stringsOf } from './adapt-data.ts';
import { refuseSparse } from './encode-categories.ts';
import { HostLayer } from './host-layer.ts';
import { refuseVocabularyFile } from './index-lookup.ts';
import type { IndexLookupOptions, LookupMode } from './lookup-options.ts';
import { readEncoding, StringLookup } from './string-lookup.ts';
import { ngramsOf, SPLITS, STANDARDIZATIONS } from './text.ts';

/** How texts are made alike: Keras's ways, or a function of one text. */
export type Standardize = keyof typeof STANDARDIZATIONS | ((text: string) => string);
/** How texts become tokens: Keras's ways, or a function of one text. */
export type Split = keyof typeof SPLITS | ((text: string) => readonly string[]);

export interface TextVectorizationOptions extends LayerOptions {
  /** Size of the vocabulary at most, padding and unknown tokens included. Default: no limit. */
  maxTokens?: number | null;
  /** Default `'lower_and_strip_punctuation'`; these ways know ASCII only, as Keras's. `null`: texts stay as they are. */
  standardize?: Standardize | null;
  /** Default `'whitespace'`. `null`: each string is a token. */
  split?: Split | null;
  /** Tokens are joined in runs of these lengths; a number stands for all lengths up to it. Default: no runs. */
  ngrams?: number | readonly number[] | null;
  /** `'int'` (default): indices, padded with 0. `'multi_hot'`, `'count'`, `'tf_idf'`: a vector for each text. */
  outputMode?: LookupMode | 'binary' | 'tf-idf';
  /**
   * Tokens kept, or padded to, in mode `'int'`. Default: as many as the longest text of the batch has, so that batches differ in
   * length. A model compiles a step for each length, and keeps those of the last few: with a length, one step does for all.
   */
  outputSequenceLength?: number | null;
  /** Whether vectors have `maxTokens` elements, however large the vocabulary is. Default `false`. */
  padToMaxTokens?: boolean;
  /** The terms, or (in Node) the path of a file with a term a line. Without it, `adapt` finds them. */
  vocabulary?: IndexLookupOptions<string>['vocabulary'];
  /** For `'tf_idf'` with `vocabulary`: the weight of each term. */
  idfWeights?: IndexLookupOptions<string>['idfWeights'];
  /** Sparse outputs are not supported. */
  sparse?: boolean;
  /** Ragged outputs are not supported. */
  ragged?: boolean;
  /** Strings are UTF-8. */
  encoding?: 'utf-8';
  /** Of files: the size of the vocabulary that is stored beside the configuration. */
  vocabularySize?: number | null;
  /** Of Keras: whether the vocabulary was given and not adapted. */
  hasInputVocabulary?: boolean | null;
}

const DEFAULTS = {
  maxTokens: null,
  standardize: 'lower_and_strip_punctuation',
  split: 'whitespace',
  ngrams: null,
  outputMode: 'int',
  outputSequenceLength: null,
  padToMaxTokens: false,
  vocabulary: null,
  idfWeights: null,
  sparse: false,
  ragged: false,
  encoding: 'utf-8',
  vocabularySize: null,
  hasInputVocabulary: null,
} as unknown as Defaults<TextVectorizationOptions>;

/**
 * Texts to indices of tokens, or to a vector for each text. Keras's `TextVectorization`. It works on the host.
 *
 * Each text is standardized, split into tokens, and joined to n-grams; then a `StringLookup` with the mask `''` (index 0) and one
 * index for unknown tokens (1) finds their indices.
 *
 * Inputs are strings [batch] or [batch, 1]. Outputs: int32 [batch, tokens] in mode `'int'`, else float32 [batch, vocabulary].
 *
 * @throws OlifantError `NOT_BUILT` without a vocabulary, `INVALID_ARGUMENT` for options that do not go together, `DTYPE` for
 *   numbers, `SHAPE` for several strings in a row where texts are split.
 * @example
 * const layer = new TextVectorization({ vocabulary: ['earth', 'wind', 'and', 'fire'] });
 * layer.apply(['Fire and earth!', 'fire, and michigan']).arraySync(); // [[5, 4, 2], [5, 4, 1]]
 */
export class TextVectorization extends HostLayer {
  static override className = 'TextVectorization';
  static override moduleName = 'keras.layers';
  /** @internal Keras's names of fields, for files. */
  static readonly attributeNames: Readonly<Record<string, string>> = { lookupLayer: '_lookup_layer' };

  /** The table of the tokens. */
  readonly lookupLayer: StringLookup;
  readonly standardize: Standardize | null;
  readonly split: Split | null;
  readonly outputSequenceLength: number | null;
  readonly #ngrams: number | readonly number[] | null;

  constructor(options: TextVectorizationOptions = {}) {
    const owner = 'TextVectorization';
    const o = readOptions<TextVectorizationOptions>(owner, [], DEFAULTS, [options]);
    super(o);
    this.standardize = readWay(owner, 'standardize', o.standardize, STANDARDIZATIONS) as Standardize | null;
    this.split = readWay(owner, 'split', o.split, SPLITS) as Split | null;
    this.#ngrams = readNgrams(owner, o.ngrams);
    refuseSparse(owner, 'ragged', o.ragged);
    this.lookupLayer = new StringLookup({
      maxTokens: o.maxTokens,
      vocabulary: o.vocabulary,
      idfWeights: o.idfWeights,
      padToMaxTokens: o.padToMaxTokens,
      maskToken: '',
      outputMode: o.outputMode,
      sparse: o.sparse,
      hasInputVocabulary: o.hasInputVocabulary,
      encoding: readEncoding(owner, o.encoding),
      vocabularySize: o.vocabularySize,
    });
    const { outputSequenceLength: length } = o;
    this.outputSequenceLength = length === null ? null : wholeNumber(owner, 'outputSequenceLength', length, 0);
    if (length !== null && this.outputMode !== 'int')
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: outputSequenceLength needs outputMode 'int', got '${this.outputMode}'`,
      );
    this.built = true;
  }

  /** @internal Whether its vocabulary is to be found by `adapt`, and was not given. */
  get adapts(): boolean {
    return this.lookupLayer.adapts;
  }

  get outputMode(): LookupMode {
    return this.lookupLayer.outputMode;
  }

  override get dataDType(): SymbolicDType {
    return 'string';
  }

  /**
   * Finds the vocabulary in texts: the most frequent tokens. To be awaited.
   *
   * @param data Texts (nested arrays, a `StringTensor`), or batches of them.
   * @throws OlifantError `INVALID_ARGUMENT` where the vocabulary was given.
   */
  async adapt(data: AdaptData, options: AdaptOptions = {}): Promise<void> {
    this.lookupLayer.beginAdapting();
    const what = `${this.label}: adapt`;
    await eachBatch(this.label, data, options, (batch, whole) => {
      const texts = stringsOf(batch, what);
      // Where nothing is split, an array of one axis has a document an element, but a batch of one axis is one document.
      const single = whole && this.split === null && texts.rank === 1;
      const given = single ? stringTensor(texts, [...texts.shape, 1]) : texts;
      this.lookupLayer.countDocuments(this.#tokenize(given, what).rows);
    });
    this.lookupLayer.finishAdapting();
  }

  /** The terms in the order of their indices. */
  getVocabulary(options: { includeSpecialTokens?: boolean } = {}): string[] {
    return this.lookupLayer.getVocabulary(options);
  }

  /** Number of indices: the terms, padding and unknown tokens. */
  vocabularySize(): number {
    return this.lookupLayer.vocabularySize();
  }

  /** Sets the vocabulary, instead of one found by `adapt`; see `StringLookup`. */
  setVocabulary(
    vocabulary: readonly string[] | string,
    idfWeights: IndexLookupOptions<string>['idfWeights'] = null,
  ): void {
    this.lookupLayer.setVocabulary(vocabulary, idfWeights);
  }

  /** The tokens of texts: a row for each, rows in the shape `lead`. */
  #tokenize(texts: StringTensor, what: string): { rows: string[][]; lead: readonly number[] } {
    const { standardize, split } = this;
    const clean = typeof standardize === 'string' ? STANDARDIZATIONS[standardize] : standardize;
    const ready = clean === null ? [...texts.data] : texts.data.map((t) => checkText(clean(t), 'standardize', what));
    const lead = this.#lead(texts.shape, what) as number[];
    if (split === null) {
      const row = texts.rank === 0 ? 1 : texts.shape.at(-1)!;
      const rows = Array.from({ length: sizeOf(lead) }, (_, i) => ready.slice(i * row, (i + 1) * row));
      return { rows: this.#join(rows), lead };
    }
    const cut = typeof split === 'string' ? SPLITS[split] : split;
    const rows = ready.map((t) => checkTokens(cut(t), what));
    return { rows: this.#join(rows), lead };
  }

  /** The axes before that of the tokens. */
  #lead(shape: DynamicShape, what: string): DynamicShape {
    if (this.split === null) return shape.slice(0, -1);
    if (shape.length > 1 && shape.at(-1) !== 1)
      throw new OlifantError(
        'SHAPE',
        `${what}: texts that are split come one by one, as [batch] or [batch, 1], got shape ${formatShape(shape)}`,
      );
    return shape.length > 1 ? shape.slice(0, -1) : shape;
  }

  #join(rows: string[][]): string[][] {
    const n = this.#ngrams;
    if (n === null) return rows;
    const widths = typeof n === 'number' ? Array.from({ length: n }, (_, i) => i + 1) : n;
    return rows.map((row) => ngramsOf(row, widths));
  }

  protected override compute([column]: readonly HostColumn[]): HostColumn {
    const { lookupLayer, outputMode, outputSequenceLength } = this;
    const { rows, lead } = this.#tokenize(stringsOf(column!, this.label), this.label);
    const found = rows.map((row) => lookupLayer.lookUp(row));
    const longest = found.reduce((n, row) => Math.max(n, row.length), 0);
    const width = outputSequenceLength ?? longest;
    // Nothing is index 0 among indices, and no index at all for vectors.
    const table = new Int32Array(found.length * width).fill(outputMode === 'int' ? 0 : -1);
    found.forEach((row, i) => {
      table.set(row.subarray(0, width), i * width);
    });
    if (outputMode === 'int') return { data: table, shape: [...lead, width], dtype: 'int32' };
    if (outputMode === 'one_hot') {
      const flat = lookupLayer.encode(table, [table.length]);
      return { ...flat, shape: [...lead, width, lookupLayer.depth] };
    }
    const vectors = lookupLayer.encode(table, [found.length, width]);
    return { ...vectors, shape: [...lead, lookupLayer.depth] };
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const lead = this.#lead(inputShape, this.label);
    const { outputMode, outputSequenceLength, lookupLayer } = this;
    const known = this.split === null && this.#ngrams === null ? (inputShape.at(-1) ?? null) : null;
    if (outputMode === 'int') return [...lead, outputSequenceLength ?? known];
    return outputMode === 'one_hot' ? [...lead, known, lookupLayer.depth] : [...lead, lookupLayer.depth];
  }

  override computeOutputDType(): SymbolicDType {
    return this.outputMode === 'int' ? 'int32' : 'float32';
  }

  override get storedVariables(): readonly (readonly [string, Variable])[] {
    return this.lookupLayer.storedVariables;
  }

  override saveAssets(): Readonly<Record<string, Uint8Array>> {
    return this.lookupLayer.saveAssets();
  }

  override loadAssets(files: ReadonlyMap<string, Uint8Array>): void {
    this.lookupLayer.loadAssets(files);
  }

  override getConfig(): Config {
    const lookup = this.lookupLayer.getConfig();
    return {
      ...super.getConfig(),
      max_tokens: lookup.max_tokens,
      standardize: this.#writeWay('standardize', this.standardize),
      split: this.#writeWay('split', this.split),
      ngrams: this.#ngrams,
      output_mode: this.outputMode,
      output_sequence_length: this.outputSequenceLength,
      pad_to_max_tokens: lookup.pad_to_max_tokens,
      sparse: false,
      ragged: false,
      vocabulary: lookup.vocabulary,
      idf_weights: lookup.idf_weights,
      encoding: 'utf-8',
      vocabulary_size: this.vocabularySize(),
    };
  }

  #writeWay(name: string, way: unknown): unknown {
    if (typeof way !== 'function') return way;
    const out = serializeFunction(way);
    if (out !== undefined) return out;
    throw new OlifantError(
      'INVALID_CONFIG',
      `${this.label}: its ${name}, ${describe(way)}, cannot be saved; register it with registerKerasSerializable`,
    );
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Layer {
    refuseVocabularyFile('TextVectorization', config);
    const ways = Object.fromEntries(
      ['standardize', 'split'].map((name) => [name, reviveWay(name, config[name], customObjects)]),
    );
    return new TextVectorization({ ...optionsOf(config), ...ways } as TextVectorizationOptions);
  }
}

/** A function that a configuration names. */
function reviveWay(name: string, value: unknown, customObjects: CustomObjects): unknown {
  if (!isSerializedFunction(value)) return value;
  const found = findCustom(value.config, value.registered_name, customObjects);
  if (typeof found === 'function') return found;
  throw new OlifantError(
    'UNKNOWN_ID',
    `TextVectorization: the function '${value.config}' of its ${name} is not known; register it with registerKerasSerializable`,
  );
}

function readWay(owner: string, name: string, value: unknown, known: object): unknown {
  if (value === null || typeof value === 'function') return value;
  if (typeof value === 'string' && Object.hasOwn(known, value)) return value;
  const { message } = unknownId(name, value, Object.keys(known));
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: ${message}, a function of a text, or null`);
}

function readNgrams(owner: string, value: unknown): number | readonly number[] | null {
  if (value === null) return null;
  if (!Array.isArray(value)) return wholeNumber(owner, 'ngrams', value);
  if (value.length > 0) return value.map((n) => wholeNumber(owner, 'ngrams', n));
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: ngrams must be a whole number or several, got ${show(value)}`);
}

function checkText(text: unknown, name: string, what: string): string {
  if (typeof text === 'string') return text;
  throw new OlifantError('INVALID_DATA', `${what}: the function ${name} must return a string, got ${describe(text)}`);
}

function checkTokens(tokens: unknown, what: string): string[] {
  if (Array.isArray(tokens) && tokens.every((t) => typeof t === 'string')) return tokens;
  throw new OlifantError('INVALID_DATA', `${what}: the function split must return strings, got ${describe(tokens)}`);
}
