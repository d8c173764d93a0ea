let revision = 0;

/**
 * Changes whenever a layer that had a table (a vocabulary, bounds of bins) gets another one, or comes to compute something else:
 * compiled programs hold tables as constants, so those made before are to be made anew.
 */
export function tablesRevision(): number {
  return revision;
}

/** To be called by layers whose table, or what they compute, changes. */
export function tableChanged(): void {
  revision++;
}
