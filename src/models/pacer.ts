import { describe, OlifantError } from '../errors.ts';
import { nextTurn, SLICE } from '../runtime/turns.ts';

/** The part of an AbortSignal that is used here; any object with these will do. */
export interface AbortLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || typeof (signal as AbortLike | null)?.aborted === 'boolean') return;
  const fix = typeof signal === 'object' && signal !== null && 'signal' in signal ? '; pass its .signal' : '';
  throw new OlifantError('INVALID_ARGUMENT', `signal must be an AbortSignal, got ${describe(signal)}${fix}`);
}

/** Lets a long loop breathe, and ends it when its signal is aborted. */
export class Pacer {
  readonly #signal: AbortLike | undefined;
  #since = performance.now();

  constructor(signal?: AbortLike) {
    checkSignal(signal);
    this.#signal = signal;
    this.check();
  }

  /** @throws the signal's reason, if it has been aborted. */
  check(): void {
    if (!this.#signal?.aborted) return;
    throw this.#signal.reason ?? new Error('aborted');
  }

  /**
   * Whether it is time to breathe. To be asked between steps.
   *
   * @throws the signal's reason, if it has been aborted.
   */
  isDue(): boolean {
    this.check();
    return performance.now() - this.#since >= SLICE;
  }

  /** Lets timers, input and output have their turn. */
  async breathe(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
    this.check();
  }
}
