import type { Values } from './values.ts';

/** Rotations of Threefry-2x32: round r uses ROTATIONS[r mod 8]. */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** The key schedule's parity word. */
const PARITY = 0x1bd11bda;
const ROUNDS = 13;

/**
 * Threefry-2x32 with 13 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 *
 *     ks = (k0, k1, PARITY ^ k0 ^ k1);  x0 = c0 + k0;  x1 = c1 + k1
 *     round r = 0 .. 12:  x0 += x1;  x1 = rotl(x1, ROTATIONS[r mod 8]) ^ x0
 *     after rounds 4, 8, 12 (s = 1, 2, 3):  x0 += ks[s mod 3];  x1 += ks[(s + 1) mod 3] + s
 *
 * All sums are modulo 2^32.
 */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const ks = [k0 | 0, k1 | 0, PARITY ^ k0 ^ k1];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let r = 0; r < ROUNDS; r++) {
    const turn = ROTATIONS[r % 8]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << turn) | (x1 >>> (32 - turn))) ^ x0;
    if (r % 4 === 3) {
      const s = (r + 1) / 4;
      x0 = (x0 + ks[s % 3]!) | 0;
      x1 = (x1 + ks[(s + 1) % 3]! + s) | 0;
    }
  }
  return [x0, x1];
}

/** Element i is x0 ^ x1 of the counter (i, 0) under the key. */
export function evalRandomBits(key: Values, out: Values): void {
  for (let i = 0; i < out.length; i++) {
    const [x0, x1] = threefry2x32(key[0]!, key[1]!, i | 0, 0);
    out[i] = x0 ^ x1;
  }
}
