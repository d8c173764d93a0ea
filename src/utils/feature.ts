import { describe, OlifantError } from '../errors.ts';
import {
  type Config,
  type CustomObjects,
  Discretization,
  deserializeLayer,
  Hashing,
  IntegerLookup,
  Layer,
  Normalization,
  Rescaling,
  StringLookup,
  serializeLayer,
} from '../layers/index.ts';
import { oneOf, readOptions } from '../layers/options.ts';
import type { DynamicShape, SymbolicDType } from '../layers/symbolic.ts';
import * as ops from '../ops/index.ts';
import { autoName } from '../trace/names.ts';
import type { Tensor } from '../trace/tensor.ts';

/** The Keras module of what only feature spaces use. */
export const FEATURE_MODULE = 'keras.src.layers.preprocessing.feature_space';

/** What a feature becomes: a number, a vector of 0 and 1, or what its preprocessor gives. */
export type FeatureMode = 'int' | 'one_hot' | 'float';

/** A column of a feature space: what it holds, the layer that prepares it, and how it is encoded then. */
export class Feature {
  readonly dtype: SymbolicDType;
  readonly preprocessor: Layer;
  readonly outputMode: FeatureMode;

  constructor(dtype: SymbolicDType, preprocessor: Layer, outputMode: FeatureMode) {
    this.dtype = dtype;
    if (!(preprocessor instanceof Layer))
      throw new OlifantError('INVALID_ARGUMENT', 'FeatureSpace: the preprocessor of a feature must be a layer');
    this.preprocessor = preprocessor;
    this.outputMode = oneOf('FeatureSpace', 'outputMode', outputMode, ['int', 'one_hot', 'float']);
  }

  serialize(): Config {
    const { dtype, preprocessor, outputMode } = this;
    return serialized('Feature', { dtype, preprocessor: serializeLayer(preprocessor), output_mode: outputMode });
  }

  static deserialize(config: Config, customObjects: CustomObjects): Feature {
    const { dtype, preprocessor, output_mode } = config;
    const layer = deserializeLayer(preprocessor, { ...featureLayers(), ...customObjects });
    const shape = (preprocessor as { build_config?: { input_shape?: unknown } | null }).build_config?.input_shape;
    if (Array.isArray(shape)) layer.ensureBuilt(shape as DynamicShape);
    return new Feature(dtype as SymbolicDType, layer, output_mode as FeatureMode);
  }
}

/** Features that are hashed together. */
export class Cross {
  readonly featureNames: readonly string[];
  readonly crossingDim: number;
  readonly outputMode: 'int' | 'one_hot';

  constructor(featureNames: readonly string[], crossingDim: number, outputMode: 'int' | 'one_hot' = 'one_hot') {
    if (!Array.isArray(featureNames))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `FeatureSpace: a cross needs the names of features, like { featureNames: ['a', 'b'], crossingDim: 32 }, got ${describe(featureNames)}`,
      );
    this.featureNames = [...featureNames];
    this.crossingDim = crossingDim;
    this.outputMode = oneOf('FeatureSpace', 'outputMode', outputMode, ['int', 'one_hot']);
  }

  get name(): string {
    return this.featureNames.join('_X_');
  }

  serialize(): Config {
    const { featureNames, crossingDim, outputMode } = this;
    return serialized('Cross', { feature_names: featureNames, crossing_dim: crossingDim, output_mode: outputMode });
  }
}

function serialized(kind: string, config: Config): Config {
  return { module: FEATURE_MODULE, class_name: kind, config, registered_name: kind };
}

/** A layer that only feature spaces use, as files name it. */
abstract class FeatureLayer extends Layer {
  override identity() {
    return { module: FEATURE_MODULE, class_name: this.className, registered_name: this.className };
  }
}

/** Gives back what it gets. */
export class FeatureIdentity extends FeatureLayer {
  static override className = 'TFDIdentity';

  constructor(options: object = {}) {
    super(readOptions('TFDIdentity', [], {}, [options]));
  }

  override call(inputs: Tensor): Tensor {
    return inputs;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }
}

/** Puts encoded features side by side. */
export class FeatureConcat extends FeatureLayer {
  static override className = 'TFDConcat';
  static override callArguments: readonly string[] = ['xs'];

  constructor(options: object = {}) {
    const { axis, ...rest } = options as { axis?: number };
    super(readOptions('TFDConcat', [], {}, [rest]));
    if (axis !== undefined && axis !== -1)
      throw new OlifantError('INVALID_CONFIG', `TFDConcat: axis must be -1, got ${axis}`);
  }

  override call(inputs: Tensor): Tensor {
    return ops.concatenate(inputs as unknown as Tensor[], -1);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: -1 };
  }
}

/** The layers of feature spaces by their names in files. */
export function featureLayers(): CustomObjects {
  return { TFDIdentity: FeatureIdentity, TFDConcat: FeatureConcat };
}

interface Named {
  /** Names the preprocessor: `<name>_preprocessor`. Default: the kind, numbered. */
  name?: string | null;
}

const preprocessorName = (kind: string, name: string | null | undefined) => `${name ?? autoName(kind)}_preprocessor`;

export interface RescaledOptions extends Named {
  /** Default 1. */
  scale?: number;
  /** Default 0. */
  offset?: number;
}

export interface DiscretizedOptions extends Named {
  /** Number of bins, found by `adapt`. */
  numBins?: number;
  /** The bounds, instead. */
  binBoundaries?: readonly number[] | null;
  /** Default `'one_hot'`. */
  outputMode?: FeatureMode;
}

export interface CategoricalOptions extends Named {
  /** Size of the vocabulary at most. Default: no limit. */
  maxTokens?: number | null;
  /** Indices for unknown values. Default 1. */
  numOovIndices?: number;
  /** Default `'one_hot'`. */
  outputMode?: FeatureMode;
}

export interface HashedOptions extends Named {
  numBins: number;
  /** Default `'one_hot'`. */
  outputMode?: FeatureMode;
}

export const makeFloat = ({ name }: Named = {}): Feature =>
  new Feature('float32', new FeatureIdentity({ name: preprocessorName('float', name) }), 'float');

export const makeRescaled = ({ scale = 1, offset = 0, name }: RescaledOptions = {}): Feature =>
  new Feature('float32', new Rescaling(scale, offset, { name: preprocessorName('float_rescaled', name) }), 'float');

export const makeNormalized = ({ name }: Named = {}): Feature =>
  new Feature('float32', new Normalization({ name: preprocessorName('float_normalized', name) }), 'float');

export function makeDiscretized(options: DiscretizedOptions = {}): Feature {
  const { numBins = null, binBoundaries = null, outputMode = 'one_hot', name } = options;
  const layer = new Discretization({ numBins, binBoundaries, name: preprocessorName('float_discretized', name) });
  return new Feature('float32', layer, outputMode);
}

export function makeIntegerCategorical(options: CategoricalOptions = {}): Feature {
  const { maxTokens = null, numOovIndices = 1, outputMode = 'one_hot', name } = options;
  const layer = new IntegerLookup({ maxTokens, numOovIndices, name: preprocessorName('integer_categorical', name) });
  return new Feature('int32', layer, outputMode);
}

export function makeStringCategorical(options: CategoricalOptions = {}): Feature {
  const { maxTokens = null, numOovIndices = 1, outputMode = 'one_hot', name } = options;
  const layer = new StringLookup({ maxTokens, numOovIndices, name: preprocessorName('string_categorical', name) });
  return new Feature('string', layer, outputMode);
}

export function makeIntegerHashed({ numBins, outputMode = 'one_hot', name }: HashedOptions): Feature {
  return new Feature('int32', new Hashing(numBins, { name: preprocessorName('integer_hashed', name) }), outputMode);
}

export function makeStringHashed({ numBins, outputMode = 'one_hot', name }: HashedOptions): Feature {
  return new Feature('string', new Hashing(numBins, { name: preprocessorName('string_hashed', name) }), outputMode);
}
