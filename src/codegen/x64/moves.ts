export interface Move {
  readonly to: number;
  readonly from: number;
}

/** Stands for a place outside the registers, by which a cycle of moves is broken. */
export const ASIDE = -1;

/** Orders moves that are meant to happen at once. Destinations are distinct. */
export function parallelMoves(moves: readonly Move[]): Move[] {
  const steps: Move[] = [];
  let pending = moves.filter((m) => m.to !== m.from);
  while (pending.length > 0) {
    const free = pending.filter((m) => !pending.some((other) => other.from === m.to));
    if (free.length > 0) {
      steps.push(...free);
      pending = pending.filter((m) => !free.includes(m));
      continue;
    }
    const blocked = pending[0]!.from;
    steps.push({ to: ASIDE, from: blocked });
    pending = pending.map((m) => (m.from === blocked ? { to: m.to, from: ASIDE } : m));
  }
  return steps;
}
