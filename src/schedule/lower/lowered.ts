import type { Node } from '../../graph/node.ts';
import type { Kernel } from '../../kernel/ir.ts';
import type { Program } from '../program.ts';
import type { Update } from '../storage.ts';
import type { View } from '../view.ts';

/** A call of a kernel: the node whose memory each argument is, and roughly how long it takes. */
export interface LoweredCall {
  readonly kernel: Kernel;
  readonly args: readonly Node[];
  /** Bytes from the start of each argument's memory, and what is added to them in each iteration of a loop. */
  readonly places?: readonly { readonly offset: number; readonly advance: number }[];
  /** Nanoseconds on one core, roughly. */
  readonly cost: number;
  /**
   * So many items that follow each other are a chain: one thread runs them, in their order, because each adds to what the one
   * before it has left. Default 1.
   */
  readonly chain?: number;
}

/** Calls that do not depend on each other; or phases that are repeated, one after the other. */
export type LoweredPhase =
  | { readonly calls: readonly LoweredCall[] }
  | { readonly count: number; readonly body: readonly LoweredPhase[] };

/** Every call of a phase, those of loops included. */
export function callsOf(phase: LoweredPhase): readonly LoweredCall[] {
  return 'calls' in phase ? phase.calls : phase.body.flatMap(callsOf);
}

/** How the inputs of a loop's body lie where they do not lie row-major, and movements that must be copies. */
export interface BodyLayout {
  readonly views?: ReadonlyMap<Node, View>;
  readonly copies?: ReadonlySet<Node>;
  /** Items are to be rows: see `TargetFacts`. */
  readonly byRows?: boolean;
}

/** Schedules the body of a loop: external slots are the inputs, then the outputs. */
export type Compile = (
  inputs: readonly Node[],
  outputs: readonly Node[],
  updates: readonly Update[],
  layout: BodyLayout,
) => Program;

/** A cluster as phases that run one after the other; `scratch` are the memories that only they use. */
export interface Lowered {
  readonly phases: readonly LoweredPhase[];
  readonly scratch: readonly Node[];
  /** Memories of which every thread has its own. */
  readonly ofThread?: readonly Node[];
}

/** A cluster without elements. */
export const NOTHING: Lowered = { phases: [], scratch: [] };

/** Calls one after the other. */
export function inSequence(calls: readonly LoweredCall[], scratch: readonly Node[] = []): Lowered {
  return { phases: calls.map((call) => ({ calls: [call] })), scratch };
}
