import type * as constraints from '../constraints/index.ts';
import * as dtypePolicies from '../dtype-policies/index.ts';
import { type DTypePolicy, DTypePolicyMap } from '../dtype-policies/index.ts';
import { describe, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import type * as initializers from '../initializers/index.ts';
import type * as regularizers from '../regularizers/index.ts';
import { camelKey, variablePath } from '../trace/names.ts';
import type { Tensor } from '../trace/tensor.ts';
import type { Variable, VariableFunction } from '../trace/variable.ts';
import type { DynamicShape } from './symbolic.ts';

export interface LayerOptions {
  /** Unique in a model. Default: the class in snake case, `dense`, `dense_1` ... */
  name?: string | null;
  /** Whether training changes its weights. Default `true`. */
  trainable?: boolean;
  /** Type of the weights, or a dtype policy. Default: that of `config.setDtypePolicy`, `'float32'` at first. */
  dtype?: unknown;
  /**
   * Whether floating inputs are cast to the type that the layer computes in, and weights where `call` reads them. Default `true`,
   * but for layers that see to it themselves.
   */
  autocast?: boolean;
  /** A penalty on the outputs, added to the loss. */
  activityRegularizer?: regularizers.RegularizerId | VariableFunction | null;
  /** Shape of one sample; as the first layer of a `Sequential` model it makes the input. */
  inputShape?: DynamicShape;
  /** Like `inputShape`, with the batch axis. */
  batchInputShape?: DynamicShape;
}

/** What a layer is told at a call beside its inputs. */
export interface CallOptions {
  /** Whether dropout drops and batch normalization uses the batch's statistics. Default: as the call around, else `false`. */
  training?: boolean;
  /** Which time steps count: bool [batch, time]. Default: the mask that came with the inputs. */
  mask?: Tensor | null | readonly (Tensor | null)[];
  readonly [name: string]: unknown;
}

export interface WeightOptions {
  /** Default `variable`, `variable_1` ... */
  name?: string;
  /** Default: a scalar. */
  shape?: Shape;
  /** Default `'glorot_uniform'` (Keras's), `'zeros'` for integers. */
  initializer?: initializers.InitializerId | initializers.Initializer | null;
  regularizer?: regularizers.RegularizerId | VariableFunction | null;
  constraint?: constraints.ConstraintId | VariableFunction | null;
  /** Default `true`. */
  trainable?: boolean;
  /** Default: that of the layer. */
  dtype?: DType;
  /** Whether `call` reads it in the type that the layer computes in. Default `true`. */
  autocast?: boolean;
}

export const WEIGHT_OPTIONS = [
  'name',
  'shape',
  'initializer',
  'regularizer',
  'constraint',
  'trainable',
  'dtype',
  'autocast',
] as const satisfies readonly (keyof WeightOptions)[];

/** What messages say of `int8` and its like. */
export const QUANTIZED_LATER = 'quantized modes are left for a later version';

/** What a file holds one array of: a variable, or what stands for one there. */
export type StoredValue = Pick<Variable, 'path' | 'shape' | 'dtype' | 'size' | 'read' | 'write'>;

/** A configuration in Keras's own words (snake_case), ready for JSON. */
export type Config = Record<string, unknown>;

/** A configuration as options: the same in camelCase. */
export function optionsOf(config: Config): LayerOptions {
  return Object.fromEntries(Object.entries(config).map(([k, v]) => [camelKey(k), v]));
}

/**
 * The policy of an option: a policy, its name, or a saved one; of nothing the one of `config.setDtypePolicy`.
 *
 * @throws OlifantError `DTYPE` for what is none.
 */
export function readPolicy(dtype: unknown): DTypePolicy | DTypePolicyMap {
  if (dtype !== undefined && dtype !== null && typeof dtype !== 'string' && typeof dtype !== 'object')
    throw new OlifantError('DTYPE', `layer: expected a dtype or dtype policy, got ${describe(dtype)}`);
  const config = (dtype as { config?: { name?: unknown } } | null | undefined)?.config;
  // A policy that is saved without a name, as older files have it, is the default one.
  return dtypePolicies.get(config !== undefined && config.name === null ? null : dtype);
}

/** The policy of the layer of this name. */
export const policyOf = (policy: DTypePolicy | DTypePolicyMap, name: string): DTypePolicy =>
  policy instanceof DTypePolicyMap ? policy.get(variablePath(name)) : policy;
