import type { Kernel } from '../kernel/ir.ts';

/**
 * A compiled graph as pure data: kernels, the buffers they work on, and the order of the calls. A target turns it into
 * something that runs.
 */
export interface Program {
  readonly kernels: readonly Kernel[];
  readonly slots: readonly Slot[];
  /** Bytes of the arena that holds every temporary; planned, so that buffers whose lives do not meet share bytes. */
  readonly arenaBytes: number;
  readonly steps: readonly Step[];
}

/** Where a buffer lives. Offsets are multiples of 64. */
export type Slot =
  /** A range of the arena. */
  | { readonly kind: 'arena'; readonly offset: number; readonly bytes: number }
  /** Given by whoever loads the program (inputs, outputs, variables), by position. */
  | { readonly kind: 'external'; readonly index: number; readonly bytes: number }
  /** Read-only data that travels with the program. */
  | { readonly kind: 'constant'; readonly data: Uint8Array; readonly bytes: number }
  /** Working memory of one thread. */
  | { readonly kind: 'thread'; readonly bytes: number };

export type Step =
  /** Calls that do not depend on each other. All of a phase is done before the next one starts. */
  | { readonly kind: 'phase'; readonly calls: readonly Call[] }
  /**
   * Runs `body` `count` times. After each iteration, the arguments of the calls that stand directly in the body advance by
   * their `advance` bytes; those of loops inside start where they started.
   */
  | { readonly kind: 'loop'; readonly count: number; readonly body: readonly Step[] };

export interface Call {
  readonly kernel: number;
  readonly args: readonly Arg[];
  /** Rough number of nanoseconds on one core; a cheap call stays on one thread. */
  readonly cost: number;
}

export interface Arg {
  readonly slot: number;
  /** Bytes from the start of the slot. */
  readonly offset: number;
  /** Bytes added after each iteration of the innermost loop around the call; it may be negative. */
  readonly advance?: number;
}
