import type { Node } from '../../graph/node.ts';
import type { Kernel } from '../../kernel/ir.ts';

/** A call of a kernel: the node whose memory each argument is, and roughly how long it takes. */
export interface LoweredCall {
  readonly kernel: Kernel;
  readonly args: readonly Node[];
  readonly starts?: readonly number[];
  /** Nanoseconds on one core, roughly. */
  readonly cost: number;
}

/** A cluster as calls that run one after the other; `scratch` are the memories that only they use. */
export interface Lowered {
  readonly calls: readonly LoweredCall[];
  readonly scratch: readonly Node[];
}
