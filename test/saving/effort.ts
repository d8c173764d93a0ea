import { expect } from 'vitest';

/** What a hostile file may cost: as much processor time as this, some ten times; about a second on the machine it was chosen on. */
const LIMIT = 10;
/** Less is little on any machine, and not worth a comparison. */
const LITTLE_MS = 500;

/** Awaits the work and fails if it was much: it is compared with ordinary work on this machine, busy as it is. */
export async function expectLittleEffort<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = process.cpuUsage();
  const result = await work();
  const spent = processorMs(start);
  if (spent > LITTLE_MS)
    expect(spent / ordinaryWork(), `${what}: its cost over that of ordinary work`).toBeLessThan(LIMIT);
  return result;
}

/** Time of the processor: others may be using the machine. */
function processorMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** What a million and a half words cost that are made and counted. */
function ordinaryWork(): number {
  const start = process.cpuUsage();
  const counts = new Map<string, number>();
  for (let i = 0; i < 1_500_000; i++) {
    const word = `word ${(i * 40_503) % 4096}`;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  expect(counts.size).toBe(4096);
  return processorMs(start);
}
