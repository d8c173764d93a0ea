import { OlifantError } from '../errors.ts';
import { LossScaleOptimizer, MultiOptimizer, type Optimizer } from '../optimizers/index.ts';

/** The optimizers that change weights: of several each, of one with a loss scale the one inside. */
export function optimizersOf(optimizer: Optimizer | null): readonly Optimizer[] {
  if (optimizer instanceof LossScaleOptimizer) return optimizersOf(optimizer.innerOptimizer);
  if (optimizer instanceof MultiOptimizer) return optimizer.optimizers;
  return optimizer === null ? [] : [optimizer];
}

/** Each optimizer with the name under which its learning rate is logged. */
export function namedRates(
  optimizer: Optimizer | null,
): readonly { readonly key: string; readonly optimizer: Optimizer }[] {
  const all = optimizersOf(optimizer);
  if (all.length === 0)
    throw new OlifantError('NOT_COMPILED', 'the model has no optimizer whose learning rate could be read');
  return all.map((o) => ({ key: all.length > 1 ? `learning_rate_${o.name}` : 'learning_rate', optimizer: o }));
}
