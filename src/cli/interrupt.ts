const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** What `signal.reason` is after Ctrl-C. */
export class Interrupted extends Error {
  /** The exit status of a process that such a signal ended: 130 after Ctrl-C. */
  readonly status: number;

  constructor(name: keyof typeof SIGNALS) {
    super(`interrupted by ${name}`);
    this.status = 128 + SIGNALS[name];
  }
}

/**
 * A signal for the first Ctrl-C (or SIGTERM), so that work ends after the present step; a second one ends the process at
 * once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) {
    process.once(name, () => {
      controller.abort(new Interrupted(name));
    });
  }
  return controller.signal;
}

/**
 * Does work that a signal can stop, and says so where it did; the line of a progress bar is ended first.
 *
 * @returns whether it was stopped.
 */
export async function untilInterrupted(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    console.log('\nStopped after the present step.');
    return true;
  }
}

/** The exit status: 0 unless it was interrupted. */
export function exitStatus(signal: AbortSignal): number {
  return signal.reason instanceof Interrupted ? signal.reason.status : 0;
}
