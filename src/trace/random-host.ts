import { describe, OlifantError } from '../errors.ts';

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/**
 * Threefry-2x32: encrypts a counter of two words with a key of two words (Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011). 13 rounds are the fewest that pass BigCrush, with a margin in the paper's tables; `randomBits` has
 * the same.
 */
export function threefry(k0: number, k1: number, c0: number, c1: number, rounds = 13): [number, number] {
  const keys = [k0, k1, 0x1bd11bda ^ k0 ^ k1];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let r = 0; r < rounds; r++) {
    const s = ROTATIONS[r & 7]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << s) | (x1 >>> (32 - s))) ^ x0;
    if ((r & 3) === 3) {
      const i = (r >> 2) + 1;
      x0 = (x0 + keys[i % 3]!) | 0;
      x1 = (x1 + keys[(i + 1) % 3]! + i) | 0;
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** Where a stream of random numbers stands: numbers and nulls, as JSON can hold them. */
export interface RandomState {
  readonly key: readonly [number, number];
  readonly counter: number;
  readonly spare: number | null;
  readonly normal: number | null;
}

/** A stream of random numbers on the host: word `i` of the stream depends on the key and on `i` alone. */
export class HostRandom {
  #k0: number;
  #k1: number;
  #counter = 0;
  #spare: number | undefined;
  #normal: number | undefined;

  /** @param seed A whole number (its 64 low bits count) or the two words of the key. */
  constructor(seed: number | readonly [number, number]) {
    if (typeof seed === 'number') {
      checkSeed(seed);
      this.#k0 = seed | 0;
      this.#k1 = Math.floor(seed / 2 ** 32) | 0;
    } else {
      this.#k0 = seed[0] | 0;
      this.#k1 = seed[1] | 0;
    }
  }

  /** Where the stream stands; set, it goes on from there. */
  get state(): RandomState {
    const [spare, normal] = [this.#spare ?? null, this.#normal ?? null];
    return { key: [this.#k0, this.#k1], counter: this.#counter, spare, normal };
  }

  set state({ key, counter, spare, normal }: RandomState) {
    this.#k0 = key[0] | 0;
    this.#k1 = key[1] | 0;
    this.#counter = counter;
    this.#spare = spare ?? undefined;
    this.#normal = normal ?? undefined;
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    if (this.#spare !== undefined) {
      const word = this.#spare;
      this.#spare = undefined;
      return word;
    }
    const n = this.#counter++;
    const [a, b] = threefry(this.#k0, this.#k1, n | 0, Math.floor(n / 2 ** 32) | 0);
    this.#spare = b;
    return a;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A standard normal number (Box and Muller 1958). */
  normal(): number {
    if (this.#normal !== undefined) {
      const value = this.#normal;
      this.#normal = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#normal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** A whole number in [0, n), each equally likely (rejection of the incomplete last range). */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.uint32();
      if (word < limit) return word % n;
    }
  }

  /** 0..n-1 in random order (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const order = new Int32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }
}

function checkSeed(seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new OlifantError('INVALID_ARGUMENT', `seed: expected a whole number from 0 to 2^53 - 1, got ${seed}`);
}

let stream: HostRandom | undefined;

/**
 * Makes everything random that follows (initial weights, shuffling, dropout) a function of `seed`, as
 * `keras.utils.set_random_seed` does. Without it, each process differs.
 */
export function setRandomSeed(seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `setRandomSeed: expected a seed that is a whole number from 0 to 2^53 - 1, got ${describe(seed)}`,
    );
  stream = new HostRandom(seed);
}

/** The stream from which unseeded initialisers, shuffles and generators draw their seeds. */
export function globalRandom(): HostRandom {
  stream ??= new HostRandom([(Math.random() * 2 ** 32) | 0, (Math.random() * 2 ** 32) | 0]);
  return stream;
}

/** A fresh seed from the global stream. */
export function drawSeed(): number {
  return globalRandom().uint32();
}
