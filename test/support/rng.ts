/** A small seeded generator (mulberry32) for tests. `SEED` in the environment sets another seed. */
export class Rng {
  readonly seed: number;
  #state: number;

  constructor(seed = Number(process.env.SEED ?? 1)) {
    this.seed = seed;
    this.#state = seed | 0;
  }

  /** In [0, 1). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  float(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** low .. high, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!;
  }

  /** A random rank between the given ones, sizes 1 to 4. */
  shape(minRank = 0, maxRank = 3, maxSize = 4): number[] {
    return Array.from({ length: this.int(minRank, maxRank) }, () => this.int(1, maxSize));
  }

  permutation(n: number): number[] {
    const p = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.int(0, i);
      [p[i], p[j]] = [p[j]!, p[i]!];
    }
    return p;
  }

  /** A subset of 0 .. n - 1, in order. */
  subset(n: number): number[] {
    return Array.from({ length: n }, (_, i) => i).filter(() => this.unit() < 0.5);
  }
}
