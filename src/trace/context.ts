import type { Node } from '../graph/node.ts';
import type { Tensor } from './tensor.ts';
import type { Variable } from './variable.ts';

/** What one trace collects beside its results. */
export interface Trace {
  /** The variables that were read or assigned. */
  readonly variables: Set<Variable>;
  /** The last value assigned to each variable. */
  readonly updates: Map<Variable, Node>;
  /** Terms that layers add to the loss, scalars. */
  readonly losses: Tensor[];
}

let current: Trace | undefined;

export function currentTrace(): Trace | undefined {
  return current;
}

/** Runs `fn` in a trace of its own: variables stand for themselves, and assignments are collected instead of done. */
export function runTrace<T>(fn: () => T): { result: T; trace: Trace } {
  const outer = current;
  const trace: Trace = { variables: new Set(), updates: new Map(), losses: [] };
  current = trace;
  try {
    return { result: fn(), trace };
  } finally {
    current = outer;
  }
}
