import * as constraints from '../constraints/index.ts';
import { describe, OlifantError } from '../errors.ts';
import * as initializers from '../initializers/index.ts';
import * as regularizers from '../regularizers/index.ts';
import type { VariableFunction } from '../trace/variable.ts';
import type { Config } from './layer.ts';

/** What a layer takes for one of its weights: `kernelInitializer`, `kernelRegularizer`, `kernelConstraint`. */
export type WeightRuleOptions<Weight extends string> = {
  [K in `${Weight}Initializer`]?: initializers.InitializerLike;
} & {
  [K in `${Weight}Regularizer`]?: regularizers.RegularizerLike | null;
} & {
  [K in `${Weight}Constraint`]?: constraints.ConstraintLike | null;
};

/** How a weight begins, what it adds to the loss, and where it must stay. */
export interface WeightRules {
  readonly initializer: initializers.Initializer;
  readonly regularizer: VariableFunction | null;
  readonly constraint: VariableFunction | null;
}

/** Defaults of the options of one weight: no regularizer, no constraint. */
export function ruleDefaults<Weight extends string>(
  weight: Weight,
  initializer: initializers.InitializerId,
): Required<WeightRuleOptions<Weight>> {
  return {
    [`${weight}Initializer`]: initializer,
    [`${weight}Regularizer`]: null,
    [`${weight}Constraint`]: null,
  } as Required<WeightRuleOptions<Weight>>;
}

/** The rules of one weight, of a layer's options. */
export function readRules(owner: string, options: object, weight: string): WeightRules {
  const given = options as Record<string, unknown>;
  const initializer = initializers.get(given[`${weight}Initializer`] as initializers.InitializerLike | null);
  if (initializer === null)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: ${weight}Initializer must be an initializer, got ${describe(given[`${weight}Initializer`])}`,
    );
  return {
    initializer,
    regularizer: regularizers.get(given[`${weight}Regularizer`] as regularizers.RegularizerLike | null),
    constraint: constraints.get(given[`${weight}Constraint`] as constraints.ConstraintLike | null),
  };
}

/** The rules of one weight in Keras's configuration. */
export function rulesConfig(weight: string, rules: WeightRules): Config {
  return {
    [`${weight}_initializer`]: initializers.serialize(rules.initializer),
    [`${weight}_regularizer`]: regularizers.serialize(rules.regularizer),
    [`${weight}_constraint`]: constraints.serialize(rules.constraint),
  };
}
