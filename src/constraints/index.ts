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
import { Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm } from './constraints.ts';

export { Constraint, MaxNorm, MinMaxNorm, type MinMaxNormOptions, NonNeg, UnitNorm } from './constraints.ts';

/** `new MaxNorm(options)`. */
export const maxNorm = (...args: ConstructorParameters<typeof MaxNorm>): MaxNorm => new MaxNorm(...args);
/** `new MinMaxNorm(options)`. */
export const minMaxNorm = (...args: ConstructorParameters<typeof MinMaxNorm>): MinMaxNorm => new MinMaxNorm(...args);
/** `new NonNeg()`. */
export const nonNeg = (): NonNeg => new NonNeg();
/** `new UnitNorm(options)`. */
export const unitNorm = (...args: ConstructorParameters<typeof UnitNorm>): UnitNorm => new UnitNorm(...args);

const TABLE = {
  MaxNorm,
  max_norm: MaxNorm,
  MinMaxNorm,
  min_max_norm: MinMaxNorm,
  NonNeg,
  non_neg: NonNeg,
  UnitNorm,
  unit_norm: UnitNorm,
} as const;

/** The name of a constraint, as in Keras. */
export type ConstraintId = keyof typeof TABLE;

/** What a layer takes as a constraint. */
export type ConstraintLike =
  | ConstraintId
  | VariableFunction
  | ((x: Parameters<VariableFunction['call']>[0]) => ReturnType<VariableFunction['call']>)
  | KerasObject;

const FAMILY: Family<VariableFunction> = {
  kind: 'constraint',
  module: 'keras.constraints',
  table: TABLE,
  ofFunction: (f) => ({ call: f }),
};

/**
 * The constraint of a name, a saved object or a function; constraints are given back as they are, nothing as `null`.
 *
 * @throws OlifantError `UNKNOWN_ID` for a string that names nothing.
 */
export function get(identifier: ConstraintLike | null | undefined): VariableFunction | null {
  if (identifier === null || identifier === undefined) return null;
  if (typeof identifier === 'string' || isKerasObject(identifier)) return deserialize(identifier);
  if (typeof identifier === 'function') return { call: identifier };
  if (typeof identifier.call === 'function') return identifier;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `expected a constraint: a name such as 'max_norm', an instance or a function, got ${describe(identifier)}`,
  );
}

/**
 * The constraint with its options, as Keras writes it; nothing for nothing.
 *
 * @throws OlifantError `UNSUPPORTED` for a function: a file cannot hold code.
 */
export function serialize(constraint: VariableFunction | null): KerasObject | SerializedFunction | null {
  if (constraint === null) return null;
  const named = serializeFunction(constraint.call);
  if (named !== undefined) return named;
  if (constraint instanceof Constraint) return serializeObject(FAMILY, constraint);
  if (typeof (constraint as Partial<Constraint>).getConfig === 'function')
    return serializeObject(FAMILY, constraint as Constraint);
  throw new OlifantError(
    'UNSUPPORTED',
    'a constraint that is a function cannot be saved; write a class with getConfig, or register the function with ' +
      'registerKerasSerializable',
  );
}

/** A constraint of a saved object or a name. */
export function deserialize(
  config: KerasObject | SerializedFunction | string,
  customObjects?: CustomObjects,
): Constraint {
  return deserializeObject(FAMILY, config, customObjects) as Constraint;
}
