import { type SerializedFunction, serializeFunction } from '../custom-objects.ts';
import { describe, OlifantError } from '../errors.ts';
import {
  type CustomObjects,
  deserializeObject,
  type Family,
  isKerasObject,
  type KerasObject,
  serializeObject,
} from '../keras-object.ts';
import type { VariableFunction } from '../trace/variable.ts';
import { L1, L1L2, L2, OrthogonalRegularizer, Regularizer } from './regularizers.ts';

export { L1, L1L2, L2, OrthogonalRegularizer, Regularizer } from './regularizers.ts';

/** `new L1(factor)`. */
export const l1 = (factor = 0.01): L1 => new L1(factor);
/** `new L2(factor)`. */
export const l2 = (factor = 0.01): L2 => new L2(factor);
/** `new L1L2({ l1, l2 })`. */
export const l1L2 = (options: { l1?: number; l2?: number } = {}): L1L2 => new L1L2(options);
/** `new OrthogonalRegularizer(options)`. */
export const orthogonalRegularizer = (
  ...args: ConstructorParameters<typeof OrthogonalRegularizer>
): OrthogonalRegularizer => new OrthogonalRegularizer(...args);

const TABLE = {
  L1,
  l1: L1,
  L1L2,
  l1l2: L1L2,
  l1_l2: L1L2,
  L2,
  l2: L2,
  OrthogonalRegularizer,
  orthogonal_regularizer: OrthogonalRegularizer,
} as const;

/** The name of a regularizer, as in Keras. */
export type RegularizerId = keyof typeof TABLE;

/** What a layer takes as a regularizer. */
export type RegularizerLike =
  | RegularizerId
  | VariableFunction
  | ((x: Parameters<VariableFunction['call']>[0]) => ReturnType<VariableFunction['call']>)
  | KerasObject;

const FAMILY: Family<VariableFunction> = {
  kind: 'regularizer',
  module: 'keras.regularizers',
  table: TABLE,
  ofFunction: (f) => ({ call: f }),
};

/**
 * The regularizer of a name, a saved object or a function; regularizers are given back as they are, nothing as `null`.
 *
 * @throws OlifantError `UNKNOWN_ID` for a string that names nothing.
 */
export function get(identifier: RegularizerLike | null | undefined): VariableFunction | null {
  if (identifier === null || identifier === undefined) return null;
  if (typeof identifier === 'string' || isKerasObject(identifier)) return deserialize(identifier);
  if (typeof identifier === 'function') return { call: identifier };
  if (typeof identifier.call === 'function') return identifier;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `expected a regularizer: a name such as 'l2', an instance or a function, got ${describe(identifier)}`,
  );
}

/**
 * The regularizer with its options, as Keras writes it; nothing for nothing.
 *
 * @throws OlifantError `UNSUPPORTED` for a function: a file cannot hold code.
 */
export function serialize(regularizer: VariableFunction | null): KerasObject | SerializedFunction | null {
  if (regularizer === null) return null;
  const named = serializeFunction(regularizer.call);
  if (named !== undefined) return named;
  if (regularizer instanceof Regularizer) return serializeObject(FAMILY, regularizer);
  if (typeof (regularizer as Partial<Regularizer>).getConfig === 'function')
    return serializeObject(FAMILY, regularizer as Regularizer);
  throw new OlifantError(
    'UNSUPPORTED',
    'a regularizer that is a function cannot be saved; write a class with getConfig, or register the function with ' +
      'registerKerasSerializable',
  );
}

/** A regularizer of a saved object or a name. */
export function deserialize(
  config: KerasObject | SerializedFunction | string,
  customObjects?: CustomObjects,
): Regularizer {
  return deserializeObject(FAMILY, config, customObjects) as Regularizer;
}
