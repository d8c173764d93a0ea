let last: Promise<void> = Promise.resolve();

/**
 * Runs pieces of work one after the other, each from its first input to its last result: what several models do at the same
 * time must not mix.
 */
export function inTurn(work: () => Promise<void>): Promise<void> {
  const result = last.then(work);
  last = result.catch(() => undefined);
  return result;
}
