import type * as constraints from '../constraints/index.ts';
import { describe, OlifantError } from '../errors.ts';
import { DTYPES, type DType } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import type * as initializers from '../initializers/index.ts';
import type * as regularizers from '../regularizers/index.ts';
import { camelKey } from '../trace/names.ts';
import type { Tensor } from '../trace/tensor.ts';
import type { VariableFunction } from '../trace/variable.ts';
import type { DynamicShape } from './symbolic.ts';

export interface LayerOptions {
  /** Unique in a model. Default: the class in snake case, `dense`, `dense_1` ... */
  name?: string | null;
  /** Whether training changes its weights. Default `true`. */
  trainable?: boolean;
  /** Type of the weights. Default `'float32'`. Also Keras's dtype policy of that name. */
  dtype?: unknown;
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
  name: string;
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
}

/** A configuration in Keras's own words (snake_case), ready for JSON. */
export type Config = Record<string, unknown>;

/** A configuration as options: the same in camelCase. */
export function optionsOf(config: Config): LayerOptions {
  return Object.fromEntries(Object.entries(config).map(([k, v]) => [camelKey(k), v]));
}

/** The dtype of an option or of Keras's dtype policy. */
export function policyName(dtype: unknown): DType {
  const name =
    typeof dtype === 'object' && dtype !== null ? (dtype as { config?: { name?: unknown } }).config?.name : dtype;
  if (name === undefined || name === null) return 'float32';
  if (DTYPES.includes(name as DType)) return name as DType;
  throw new OlifantError('DTYPE', `layer: expected dtype ${DTYPES.join(', ')}, got ${describe(name)}`);
}
