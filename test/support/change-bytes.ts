import { Rng } from './rng.ts';

/** Whole numbers from 0 on, below what it is given. */
export type Random = (below: number) => number;

export function makeRandom(seed: number): Random {
  const rng = new Rng(seed);
  return (below) => rng.int(0, below - 1);
}

const NUMBERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 2 ** 40, 2 ** 53 - 1];

/** One change of bytes: flipped bits, numbers at the borders, bytes cut out, put in, copied, or the end cut off. */
export function changeBytes(input: Uint8Array, random: Random): Uint8Array {
  const data = new Uint8Array(input);
  const at = random(data.length);
  const size = 1 + random(Math.min(64, data.length - at));
  switch (random(7)) {
    case 0:
      data[at]! ^= 1 << random(8);
      return data;
    case 1:
      data[at] = random(256);
      return data;
    case 2: {
      const value = BigInt(NUMBERS[random(NUMBERS.length)]!);
      const width = [1, 2, 4, 8][random(4)]!;
      for (let i = 0; i < width && at + i < data.length; i++) data[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
      return data;
    }
    case 3:
      data.fill(random(2) * 255, at, at + size);
      return data;
    case 4:
      data.copyWithin(at, random(data.length), random(data.length));
      return data;
    case 5:
      return data.slice(0, at);
    default: {
      const out = new Uint8Array(data.length + size);
      out.set(data.subarray(0, at));
      out.set(data.subarray(at), at + size);
      return out;
    }
  }
}
