import { checkOptions, describe, OlifantError, unknownId } from '../errors.ts';
import {
  CategoryEncoding,
  type Config,
  type CustomObjects,
  Discretization,
  HashedCrossing,
  Hashing,
  Input,
  IntegerLookup,
  Layer,
  StringLookup,
  type SymbolicTensor,
} from '../layers/index.ts';
import { oneOf, wholeNumber } from '../layers/options.ts';
import { isBatches, readColumn } from '../layers/preprocessing/adapt-data.ts';
import * as ops from '../ops/index.ts';
import { type HostColumn, StringTensor, stringTensor } from '../trace/string-tensor.ts';
import { literal, Tensor } from '../trace/tensor.ts';
import {
  type CategoricalOptions,
  Cross,
  type DiscretizedOptions,
  Feature,
  FeatureConcat,
  type FeatureMode,
  type HashedOptions,
  makeDiscretized,
  makeFloat,
  makeIntegerCategorical,
  makeIntegerHashed,
  makeNormalized,
  makeRescaled,
  makeStringCategorical,
  makeStringHashed,
  type RescaledOptions,
} from './feature.ts';

/** Keras's names of kinds of features. */
export type FeatureKind =
  | 'float'
  | 'float_normalized'
  | 'float_rescaled'
  | 'float_discretized'
  | 'integer_categorical'
  | 'string_categorical'
  | 'integer_hashed'
  | 'string_hashed';

export interface FeatureSpaceOptions {
  /** The kind of each column, by its name: a word, or what a function like `FeatureSpace.floatDiscretized` gives. */
  features: Readonly<Record<string, FeatureKind | Feature>>;
  /** `'concat'` (default): one vector a row. `'dict'`: a record of what each feature becomes. */
  outputMode?: 'concat' | 'dict';
  /** Features to be hashed together: lists of names, or what `FeatureSpace.cross` gives. */
  crosses?: readonly (readonly string[] | Cross)[] | null;
  /** Bins of a cross that is a list. Default 32. */
  crossingDim?: number;
  /** Bins of `'integer_hashed'` and `'string_hashed'`. Default 32. */
  hashingDim?: number;
  /** Bins of `'float_discretized'`. Default 32. */
  numDiscretizationBins?: number;
  /** Default: `feature_space`, numbered. */
  name?: string | null;
}

const OPTIONS = ['features', 'outputMode', 'crosses', 'crossingDim', 'hashingDim', 'numDiscretizationBins', 'name'];

const KINDS: Readonly<Record<FeatureKind, (space: FeatureSpace, name: string) => Feature>> = {
  float: (_, name) => makeFloat({ name }),
  float_normalized: (_, name) => makeNormalized({ name }),
  float_rescaled: (_, name) => makeRescaled({ name }),
  float_discretized: (space, name) => makeDiscretized({ numBins: space.numDiscretizationBins, name }),
  integer_categorical: (_, name) => makeIntegerCategorical({ name }),
  string_categorical: (_, name) => makeStringCategorical({ name }),
  integer_hashed: (space, name) => makeIntegerHashed({ numBins: space.hashingDim, name }),
  string_hashed: (space, name) => makeStringHashed({ numBins: space.hashingDim, name }),
};

/** Rows that adapt together where data is one record of columns, as in Keras. */
const ADAPT_BATCH = 32;

type Columns = Readonly<Record<string, unknown>>;
type Adaptable = Layer & { readonly adapts: boolean; adapt(data: unknown): Promise<void> };

/**
 * Prepares and encodes the columns of a table, each as its kind says, for a model. Keras's `utils.FeatureSpace`.
 *
 * Features are encoded in the order of their names, then crosses in the order of theirs. To train on encoded data, `apply` the
 * space to a record of columns (or to one row); or build a model from `getInputs()` and `getEncodedFeatures()`.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for unknown kinds of features and crosses of unknown ones, `NOT_BUILT` before `adapt`.
 * @example
 * const space = new FeatureSpace({ features: { age: 'float_normalized', city: 'string_categorical' } });
 * await space.adapt({ age: [20, 30, 40], city: ['Ghent', 'Delft', 'Ghent'] });
 * space.apply({ age: [30], city: ['Ghent'] }).arraySync(); // [[0, 0, 1, 0]]
 */
export class FeatureSpace extends Layer {
  static override className = 'FeatureSpace';
  static override moduleName = 'keras.utils';

  readonly outputMode: 'concat' | 'dict';
  readonly crossingDim: number;
  readonly hashingDim: number;
  readonly numDiscretizationBins: number;
  readonly features: Readonly<Record<string, Feature>>;
  readonly crosses: readonly Cross[];
  /** The layers that prepare features, by the features' names. */
  readonly preprocessors: Readonly<Record<string, Layer>>;
  /** The layers that cross features, by the crosses' names: `a_X_b`. */
  readonly crossers: Readonly<Record<string, HashedCrossing>>;
  readonly oneHotEncoders: Record<string, CategoryEncoding> = {};
  concat: FeatureConcat | null = null;
  readonly #inputs: Readonly<Record<string, SymbolicTensor>>;
  #encoded: unknown;
  #adapted = false;

  constructor(options: FeatureSpaceOptions) {
    const owner = 'FeatureSpace';
    checkOptions(owner, options, OPTIONS);
    super({ name: options.name });
    const { features, crosses } = options;
    if (typeof features !== 'object' || features === null || Object.keys(features).length === 0)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: features must be a record with at least one, like { age: 'float' }, got ${describe(features)}`,
      );
    this.outputMode = oneOf(owner, 'outputMode', options.outputMode ?? 'concat', ['concat', 'dict']);
    this.crossingDim = wholeNumber(owner, 'crossingDim', options.crossingDim ?? 32);
    this.hashingDim = wholeNumber(owner, 'hashingDim', options.hashingDim ?? 32);
    this.numDiscretizationBins = wholeNumber(owner, 'numDiscretizationBins', options.numDiscretizationBins ?? 32);
    this.features = mapRecord(features, (kind, name) => this.#readFeature(name, kind));
    this.crosses = (crosses ?? []).map((c) => this.#readCross(c));
    this.preprocessors = mapRecord(this.features, (f) => f.preprocessor);
    this.crossers = Object.fromEntries(
      this.crosses.map((c) => [c.name, new HashedCrossing(c.crossingDim, { name: c.name })]),
    );
    this.#inputs = mapRecord(this.features, (f, name) => Input({ shape: [1], dtype: f.dtype, name }));
  }

  #readFeature(name: string, kind: FeatureKind | Feature): Feature {
    if (kind instanceof Feature) return kind;
    const make = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (make !== undefined) return make(this, name);
    const { message } = unknownId('kind', kind, Object.keys(KINDS));
    throw new OlifantError('INVALID_ARGUMENT', `FeatureSpace: the feature '${name}' has an ${message}`);
  }

  #readCross(cross: readonly string[] | Cross): Cross {
    const names = cross instanceof Cross ? cross.featureNames : cross;
    const odd = Array.isArray(names) ? names.find((n) => !Object.hasOwn(this.features, n)) : names;
    if (odd !== undefined || names.length < 2)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `FeatureSpace: a cross names two or more of the features ${Object.keys(this.features).join(', ')}, got ` +
          `${describe(odd ?? names)}`,
      );
    return cross instanceof Cross ? cross : new Cross(names, this.crossingDim);
  }

  // --- kinds of features

  /** A number, as it is. */
  static float(options: { name?: string | null } = {}): Feature {
    return makeFloat(options);
  }

  /** A number times `scale`, plus `offset`. */
  static floatRescaled(options: RescaledOptions = {}): Feature {
    return makeRescaled(options);
  }

  /** A number less the mean of the data, over its standard deviation. */
  static floatNormalized(options: { name?: string | null } = {}): Feature {
    return makeNormalized(options);
  }

  /** The bin of a number, among `numBins` with about equally many elements. */
  static floatDiscretized(options: DiscretizedOptions): Feature {
    return makeDiscretized(options);
  }

  /** The place of a whole number in the vocabulary of the data. */
  static integerCategorical(options: CategoricalOptions = {}): Feature {
    return makeIntegerCategorical(options);
  }

  /** The place of a string in the vocabulary of the data. */
  static stringCategorical(options: CategoricalOptions = {}): Feature {
    return makeStringCategorical(options);
  }

  /** The bin of a whole number, by a hash. */
  static integerHashed(options: HashedOptions): Feature {
    return makeIntegerHashed(options);
  }

  /** The bin of a string, by a hash. */
  static stringHashed(options: HashedOptions): Feature {
    return makeStringHashed(options);
  }

  /** A feature with a layer of one's own. */
  static feature(options: { dtype: Feature['dtype']; preprocessor: Layer; outputMode: FeatureMode }): Feature {
    return new Feature(options.dtype, options.preprocessor, options.outputMode);
  }

  /** Features that are hashed together. */
  static cross(options: {
    featureNames: readonly string[];
    crossingDim: number;
    outputMode?: 'int' | 'one_hot';
  }): Cross {
    return new Cross(options.featureNames, options.crossingDim, options.outputMode);
  }

  // --- data

  /**
   * Lets the layers of the features find vocabularies, bounds and statistics. To be awaited.
   *
   * @param data A record of columns, or batches of such records: an iterable, an async iterable, a function that gives one.
   */
  async adapt(data: Columns | Iterable<Columns> | AsyncIterable<Columns> | (() => unknown)): Promise<void> {
    const names = this.#adaptable();
    const batches: Record<string, (Tensor | StringTensor)[]> = mapRecord(this.features, () => []);
    const take = (columns: Columns, size: number | null) => {
      for (const name of names)
        batches[name]!.push(...cut(asColumn(this.#column(columns, name, 'adapt'), this.features[name]!, name), size));
    };
    if (isBatches(data)) {
      const stream = (typeof data === 'function' ? data() : data) as AsyncIterable<Columns>;
      for await (const columns of stream) take(columns, null);
    } else take(data as Columns, ADAPT_BATCH);
    for (const name of names) await (this.preprocessors[name] as Adaptable).adapt(batches[name]!);
    this.#adapted = true;
    this.#encoded = undefined;
    this.#build();
  }

  #column(columns: Columns, name: string, method: string): HostColumn {
    if (typeof columns !== 'object' || columns === null || !Object.hasOwn(columns, name))
      throw new OlifantError(
        'INVALID_DATA',
        `${this.label}: ${method}: expected a record with the columns ${Object.keys(this.features).join(', ')}, ` +
          `got ${describe(columns)}`,
      );
    return readColumn(columns[name], `${this.label}: ${method}: ${name}`);
  }

  #adaptable(): string[] {
    return Object.entries(this.preprocessors)
      .filter(([, layer]) => (layer as Adaptable).adapts === true)
      .map(([name]) => name);
  }

  #requireAdapted(): void {
    if (this.#adapted || this.#adaptable().length === 0) return;
    throw new OlifantError('NOT_BUILT', `${this.label}: call \`await space.adapt(data)\` before using it`);
  }

  /** Makes the encoders, and the symbolic features, once. */
  #build(): unknown {
    this.#requireAdapted();
    this.#encoded ??= this.#encode(this.#inputs as unknown as Record<string, Tensor>);
    this.built = true;
    return this.#encoded;
  }

  /** The inputs of a model on raw data, by the features' names: for `new Model({ inputs })`. */
  getInputs(): Readonly<Record<string, SymbolicTensor>> {
    this.#build();
    return this.#inputs;
  }

  /** What the inputs become: symbolic, one tensor or a record of them. */
  getEncodedFeatures<R = SymbolicTensor>(): R {
    return this.#build() as R;
  }

  /**
   * Encodes rows: columns [rows] or [rows, 1] by name; or one row, of single values.
   *
   * @returns float32 [rows, features] for `'concat'` (one row: [features]), a record of tensors for `'dict'`.
   */
  override apply<R = Tensor>(data: unknown): R {
    this.#build();
    let single = false;
    const values = mapRecord(this.features, (feature, name) => {
      const column = this.#column(data as Columns, name, 'apply');
      single ||= column.shape.length === 0;
      return asColumn(column, feature, name) as Tensor;
    });
    const out = this.#encode(values);
    if (!single) return out as R;
    const row = (t: Tensor) => ops.squeeze(t, 0);
    return (out instanceof Tensor ? row(out) : mapRecord(out as Record<string, Tensor>, row)) as R;
  }

  #encode(values: Readonly<Record<string, Tensor>>): unknown {
    const prepared: Record<string, Tensor> = mapRecord(values, (x, name) => this.preprocessors[name]!.apply<Tensor>(x));
    const crossed = Object.fromEntries(
      this.crosses.map((c) => [c.name, this.crossers[c.name]!.apply<Tensor>(c.featureNames.map((n) => prepared[n]!))]),
    );
    const modes = [
      ...Object.keys(prepared)
        .sort()
        .map((name) => [name, prepared[name]!, this.features[name]!.outputMode] as const),
      ...Object.keys(crossed)
        .sort()
        .map((name) => [name, crossed[name]!, this.crosses.find((c) => c.name === name)!.outputMode] as const),
    ];
    const encoded = modes.map(([name, x, mode]) => [name, mode === 'one_hot' ? this.#oneHot(name, x) : x] as const);
    if (this.outputMode === 'dict') return Object.fromEntries(encoded);
    for (const [name, x] of encoded)
      if (x.dtype !== 'float32')
        throw new OlifantError(
          'INVALID_ARGUMENT',
          `${this.label}: the feature '${name}' is ${x.dtype} and cannot stand beside others; encode it by ` +
            "outputMode 'one_hot', or make the space with outputMode 'dict'",
        );
    this.concat ??= new FeatureConcat();
    return this.concat.apply<Tensor>(encoded.map(([, x]) => x));
  }

  #oneHot(name: string, x: Tensor): Tensor {
    const encoder = this.oneHotEncoders[name] ?? new CategoryEncoding(this.#cardinality(name, x));
    this.oneHotEncoders[name] = encoder;
    return encoder.apply<Tensor>(x);
  }

  /** How many values a feature can have. */
  #cardinality(name: string, x: Tensor): number {
    const layer = this.preprocessors[name] ?? this.crossers[name];
    if (x.dtype === 'int32') {
      if (layer instanceof IntegerLookup || layer instanceof StringLookup) return layer.vocabularySize();
      if (layer instanceof CategoryEncoding) return layer.numTokens;
      if (layer instanceof Discretization) return layer.numBins ?? layer.binBoundaries!.length + 1;
      if (layer instanceof Hashing || layer instanceof HashedCrossing) return layer.numBins;
    }
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${this.label}: the feature '${name}' (${layer?.className}, ${x.dtype}) cannot be encoded as one_hot: it gives no ` +
        'numbers of a known range',
    );
  }

  // --- files

  /** Writes the space to a `.keras` file; `loadModel` reads it again. Without a path, gives the bytes of the file. */
  save(): Promise<Uint8Array>;
  save(path: string, options?: { overwrite?: boolean }): Promise<void>;
  async save(path?: string, options: { overwrite?: boolean } = {}): Promise<unknown> {
    this.#build();
    const saving = await import('../saving/index.ts');
    return path === undefined ? saving.saveModelToBytes(this) : saving.saveModel(this, path, options);
  }

  override getConfig(): Config {
    return {
      features: mapRecord(this.features, (f) => f.serialize()),
      output_mode: this.outputMode,
      crosses: this.crosses.map((c) => c.serialize()),
      crossing_dim: this.crossingDim,
      hashing_dim: this.hashingDim,
      num_discretization_bins: this.numDiscretizationBins,
    };
  }

  override getBuildConfig(): Config {
    return mapRecord(this.preprocessors, (layer) => layer.getBuildConfig());
  }

  /** A space of its configuration; vocabularies and statistics come from the file. */
  static override fromConfig(config: Config, customObjects: CustomObjects = {}): FeatureSpace {
    const inner = (x: unknown) => (x as { config: Config }).config;
    const space = new FeatureSpace({
      features: mapRecord(config.features as Record<string, unknown>, (f) =>
        typeof f === 'string' ? (f as FeatureKind) : Feature.deserialize(inner(f), customObjects),
      ),
      crosses: (config.crosses as unknown[] | null)?.map((c) => {
        const cross = inner(c);
        return new Cross(cross.feature_names as string[], cross.crossing_dim as number, cross.output_mode as 'int');
      }),
      outputMode: config.output_mode as 'concat',
      crossingDim: config.crossing_dim as number,
      hashingDim: config.hashing_dim as number,
      numDiscretizationBins: config.num_discretization_bins as number,
    });
    space.#adapted = true;
    return space;
  }
}

/** A column as [rows, 1], of the dtype of the feature. */
function asColumn(column: HostColumn, feature: Feature, name: string): Tensor | StringTensor {
  const { shape } = column;
  const to = shape.length === 0 ? [1, 1] : shape.length === 1 ? [...shape, 1] : shape;
  if ((column.dtype === 'string') !== (feature.dtype === 'string'))
    throw new OlifantError(
      'DTYPE',
      `FeatureSpace: the feature '${name}' is ${feature.dtype}, got ${column.dtype === 'string' ? 'strings' : 'numbers'}`,
    );
  if (column.dtype === 'string') return stringTensor(column, to);
  return ops.cast(literal(column.data, to, column.dtype), feature.dtype as Tensor['dtype']);
}

/** Rows in batches of a size, or all at once. */
function cut(x: Tensor | StringTensor, size: number | null): (Tensor | StringTensor)[] {
  const rows = x.shape[0]!;
  if (size === null || rows <= size) return [x];
  const row = x.size / rows;
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => {
    const [from, to] = [i * size, Math.min(rows, (i + 1) * size)];
    const shape = [to - from, ...x.shape.slice(1)];
    return x instanceof StringTensor
      ? new StringTensor(x.data.slice(from * row, to * row), shape)
      : literal(x.dataSync().slice(from * row, to * row), shape, x.dtype);
  });
}

function mapRecord<T, U>(record: Readonly<Record<string, T>>, f: (value: T, name: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([k, v]) => [k, f(v, k)]));
}
