import { type DType, isFloating } from '../graph/dtype.ts';

/** What floating variables are read as, where a layer computes in another type than it keeps them in. */
let current: DType | null = null;

export const autocastType = (): DType | null => current;

/** Runs `f` where floating variables are read as of `dtype`; null: as they are. */
export function withAutocast<T>(dtype: DType | null, f: () => T): T {
  const outer = current;
  current = dtype;
  try {
    return f();
  } finally {
    current = outer;
  }
}

/** The type in which a layer's `call` reads variables (Keras's rule): only where the layer is mixed, or stands in one that is. */
export function scopeOf(computeDtype: DType, variableDtype: DType, autocast: boolean): DType | null {
  if (!autocast || !isFloating(computeDtype)) return null;
  return current !== null || computeDtype !== variableDtype ? computeDtype : null;
}
