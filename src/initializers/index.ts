import { type SerializedFunction, serializeFunction } from '../custom-objects.ts';
import { describe, formatShape, OlifantError } from '../errors.ts';
import type { DType, TypedArray } from '../graph/dtype.ts';
import { type Shape, sameShape } from '../graph/shape.ts';
import {
  type Config,
  type CustomObjects,
  deserializeObject,
  type Family,
  isKerasObject,
  type KerasObject,
  serializeObject,
} from '../keras-object.ts';
import { convertHost, Tensor } from '../trace/index.ts';
import { Constant, Identity, Ones, Zeros } from './constant.ts';
import { Initializer } from './initializer.ts';
import {
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  Orthogonal,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  VarianceScaling,
} from './random.ts';
import { STFT } from './stft.ts';

export { Constant, Identity, Identity as IdentityInitializer, Ones, Zeros } from './constant.ts';
export * from './functions.ts';
export { Initializer, RandomInitializer, type Seed, type SeedOptions } from './initializer.ts';
export {
  type Distribution,
  type FanMode,
  type FanOptions,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  type NormalOptions,
  Orthogonal,
  Orthogonal as OrthogonalInitializer,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  VarianceScaling,
  type VarianceScalingOptions,
} from './random.ts';
export { STFT, STFT as STFTInitializer, type STFTOptions } from './stft.ts';

const TABLE = {
  Constant,
  constant: Constant,
  GlorotNormal,
  glorot_normal: GlorotNormal,
  GlorotUniform,
  glorot_uniform: GlorotUniform,
  HeNormal,
  he_normal: HeNormal,
  HeUniform,
  he_uniform: HeUniform,
  Identity,
  identity: Identity,
  IdentityInitializer: Identity,
  LecunNormal,
  lecun_normal: LecunNormal,
  LecunUniform,
  lecun_uniform: LecunUniform,
  Ones,
  one: Ones,
  ones: Ones,
  Orthogonal,
  orthogonal: Orthogonal,
  OrthogonalInitializer: Orthogonal,
  RandomNormal,
  normal: RandomNormal,
  random_normal: RandomNormal,
  RandomUniform,
  random_uniform: RandomUniform,
  uniform: RandomUniform,
  STFT,
  stft: STFT,
  STFTInitializer: STFT,
  TruncatedNormal,
  truncated_normal: TruncatedNormal,
  VarianceScaling,
  variance_scaling: VarianceScaling,
  Zeros,
  zero: Zeros,
  zeros: Zeros,
} as const;

/** The name of an initializer, as in Keras. */
export type InitializerId = keyof typeof TABLE;

const FAMILY: Family<Initializer> = {
  kind: 'initializer',
  module: 'keras.initializers',
  table: TABLE,
  ofFunction: (f) => new CustomInitializer(f),
};

/** What a layer takes as an initializer. */
export type InitializerLike =
  | InitializerId
  | Initializer
  | ((shape: Shape, dtype: DType) => TypedArray | Tensor)
  | Tensor
  | KerasObject;

/** A function or a fixed tensor in the place of an initializer. Only a registered function can be saved. */
class CustomInitializer extends Initializer {
  readonly source: ((shape: Shape, dtype: DType) => TypedArray | Tensor) | Tensor;
  constructor(source: ((shape: Shape, dtype: DType) => TypedArray | Tensor) | Tensor) {
    super();
    this.source = source;
  }
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    const value = this.source instanceof Tensor ? this.source : this.source(shape, dtype);
    if (!(value instanceof Tensor)) return value;
    if (!sameShape(value.shape, shape))
      throw new OlifantError(
        'SHAPE',
        `initializer: a tensor of shape ${formatShape(value.shape)} for a weight of ${formatShape(shape)}`,
      );
    return convertHost(value.dataSync(), value.dtype, dtype).slice();
  }
  getConfig(): Config {
    throw new OlifantError(
      'UNSUPPORTED',
      'an initializer given as a function or tensor cannot be saved; write a class, or register the function with ' +
        'registerKerasSerializable',
    );
  }
}

/**
 * The initializer of a name, a saved object, a function of shape and dtype, or a tensor; initializers are given back as
 * they are, nothing as `null`.
 *
 * @throws OlifantError `UNKNOWN_ID` for a string that names nothing.
 */
export function get(identifier: InitializerLike): Initializer;
export function get(identifier: InitializerLike | null | undefined): Initializer | null;
export function get(identifier: InitializerLike | null | undefined): Initializer | null {
  if (identifier === null || identifier === undefined) return null;
  if (identifier instanceof Initializer) return identifier;
  if (identifier instanceof Tensor || typeof identifier === 'function') {
    const cls = identifier as unknown as { prototype?: unknown };
    if (cls.prototype instanceof Initializer) return new (identifier as unknown as new () => Initializer)();
    return new CustomInitializer(identifier as Tensor);
  }
  if (typeof identifier === 'string' || isKerasObject(identifier)) return deserialize(identifier);
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `expected an initializer: a name such as 'glorot_uniform', an instance or a function, got ${describe(identifier)}`,
  );
}

/** The initializer with its options, as Keras writes it. */
export function serialize(initializer: Initializer): KerasObject | SerializedFunction {
  const named = initializer instanceof CustomInitializer ? serializeFunction(initializer.source) : undefined;
  return named ?? serializeObject(FAMILY, initializer);
}

/** An initializer of a saved object or a name. */
export function deserialize(
  config: KerasObject | SerializedFunction | string,
  customObjects?: CustomObjects,
): Initializer {
  return deserializeObject(FAMILY, config, customObjects);
}
