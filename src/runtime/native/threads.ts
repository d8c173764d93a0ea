/**
 * Threads that are worth having: `OLIFANT_THREADS`, else the cores that this process may use. Two logical processors of
 * one core share its arithmetic units, so they count once; a container's CPU quota (cgroup v2) counts too.
 *
 * @throws RangeError where `OLIFANT_THREADS` is not a whole number above 0
 */
export function threadCount(
  threadsPerCore: number,
  environment: { readonly [name: string]: string | undefined },
): number {
  const wanted = environment.OLIFANT_THREADS;
  if (wanted !== undefined && wanted !== '') {
    const n = Number(wanted);
    if (!Number.isInteger(n) || n < 1) {
      throw new RangeError(`OLIFANT_THREADS is '${wanted}': expected a whole number of 1 or more`);
    }
    return n;
  }
  const logical = process.getBuiltinModule('node:os').availableParallelism();
  return Math.max(1, Math.min(Math.ceil(logical / threadsPerCore), quota()));
}

/** Cores' worth of time that a container may use; infinite where nothing is said. */
function quota(): number {
  try {
    const text = process.getBuiltinModule('node:fs').readFileSync('/sys/fs/cgroup/cpu.max', 'utf8');
    const [limit, period] = text.trim().split(' ').map(Number);
    return limit && period ? Math.ceil(limit / period) : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
