/** Words of the state, and how far apart those are that are mixed. */
const N = 624;
const M = 397;

/**
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura, "Mersenne Twister", 1998), the generator of NumPy's `RandomState` and
 * of Python's `random`: so that a seed divides files as it does in Keras.
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(N);
  #at = N;

  /** @param seed 32 bits, as `numpy.random.RandomState(seed)` takes them. */
  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < N; i++) {
      const before = this.#state[i - 1]!;
      this.#state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
  }

  /** Seeded as by Python's `random.seed` with a whole number from 0 to 2^53 - 1. */
  static ofPython(seed: number): MersenneTwister {
    const high = Math.floor(seed / 2 ** 32);
    const key = high === 0 ? [seed >>> 0] : [seed >>> 0, high >>> 0];
    const made = new MersenneTwister(19650218);
    made.#mixIn(key);
    return made;
  }

  #mixIn(key: readonly number[]): void {
    const s = this.#state;
    let i = 1;
    const next = () => {
      i++;
      if (i < N) return;
      s[0] = s[N - 1]!;
      i = 1;
    };
    for (let k = 0; k < N; k++) {
      const j = k % key.length;
      s[i] = (s[i]! ^ Math.imul(s[i - 1]! ^ (s[i - 1]! >>> 30), 1664525)) + key[j]! + j;
      next();
    }
    for (let k = 0; k < N - 1; k++) {
      s[i] = (s[i]! ^ Math.imul(s[i - 1]! ^ (s[i - 1]! >>> 30), 1566083941)) - i;
      next();
    }
    s[0] = 0x80000000;
  }

  #twist(): void {
    const s = this.#state;
    for (let i = 0; i < N; i++) {
      const y = (s[i]! & 0x80000000) | (s[(i + 1) % N]! & 0x7fffffff);
      s[i] = s[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }

  /** The next 32 bits. */
  uint32(): number {
    if (this.#at === N) this.#twist();
    let y = this.#state[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }
}

/** Fisher and Yates's shuffle; `pick(i)` gives a whole number from 0 to `i`. */
function shuffled<T>(items: readonly T[], pick: (i: number) => number): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = pick(i);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** `numpy.random.RandomState(seed).shuffle`. */
export function numpyShuffled<T>(items: readonly T[], seed: number): T[] {
  const random = new MersenneTwister(seed);
  return shuffled(items, (i) => {
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    for (;;) {
      const value = (random.uint32() & mask) >>> 0;
      if (value <= i) return value;
    }
  });
}

/** `random.seed(seed); random.shuffle` of Python. */
export function pythonShuffled<T>(items: readonly T[], seed: number): T[] {
  const random = MersenneTwister.ofPython(seed);
  return shuffled(items, (i) => {
    const unused = Math.clz32(i + 1);
    for (;;) {
      const value = random.uint32() >>> unused;
      if (value <= i) return value;
    }
  });
}
