/** What `signal.reason` is after Ctrl-C. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

/**
 * A signal for the first Ctrl-C (or SIGTERM), so that work ends after the present step; a second one ends the process at
 * once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      controller.abort(new Interrupted());
    });
  }
  return controller.signal;
}
