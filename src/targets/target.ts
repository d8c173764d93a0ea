import type { Parts } from '../runtime/turns.ts';
import type { Program } from '../schedule/program.ts';
import type { TargetFacts } from './facts.ts';

export type { TargetFacts };

export type TargetName = 'x64-avx512' | 'x64-avx2' | 'wasm' | 'reference';

/** A piece of memory that kernels and JavaScript both see. */
export interface Block {
  readonly bytes: number;
  /** A fresh view of the whole block (Wasm memory may move when it grows, so views are not kept). */
  bytesView(): Uint8Array;
  free(): void;
}

export interface Target {
  readonly name: TargetName;
  readonly facts: TargetFacts;
  readonly threads: number;
  /** The calling thread has more to do, as that of a page: long work on it is to be done in parts. Default: it has not. */
  readonly givesWay?: boolean;
  /** 64-byte aligned, zeroed. Throws an error with code `OUT_OF_MEMORY`. */
  alloc(bytes: number): Block;
  /** Generates code for the program and binds its external slots, by position. */
  load(program: Program, externals: readonly Block[]): Executable;
  /** `load` in parts. Default: it is one. */
  loadParts?(program: Program, externals: readonly Block[]): Parts<Executable>;
  /** Ends threads, frees code. */
  dispose(): void;
}

export interface Executable {
  /** Runs the whole program once; returns when every thread is done. */
  run(): void;
  /**
   * Like `run`, but the calling thread stays free meanwhile; one after the other, so each is to be awaited before the next.
   * Undefined where the program runs on the calling thread, or is so short that this is better.
   */
  readonly runAsync?: (() => Promise<void>) | undefined;
  dispose(): void;
}
