import type { Node } from '../../graph/node.ts';
import type { Kernel } from '../../kernel/ir.ts';

/** A call of a kernel: the node whose memory each argument is, and roughly how long it takes. */
export interface LoweredCall {
  readonly kernel: Kernel;
  readonly args: readonly Node[];
  /** Bytes from the start of each argument's memory, and what is added to them in each iteration of a loop. */
  readonly places?: readonly { readonly offset: number; readonly advance: number }[];
  /** Nanoseconds on one core, roughly. */
  readonly cost: number;
}

/** Calls that do not depend on each other; or calls that are repeated, one phase after the other. */
export type LoweredPhase =
  | { readonly calls: readonly LoweredCall[] }
  | { readonly count: number; readonly body: readonly (readonly LoweredCall[])[] };

/** A cluster as phases that run one after the other; `scratch` are the memories that only they use. */
export interface Lowered {
  readonly phases: readonly LoweredPhase[];
  readonly scratch: readonly Node[];
}

/** A cluster without elements. */
export const NOTHING: Lowered = { phases: [], scratch: [] };

/** Calls one after the other. */
export function inSequence(calls: readonly LoweredCall[], scratch: readonly Node[] = []): Lowered {
  return { phases: calls.map((call) => ({ calls: [call] })), scratch };
}
