import type { KernelBuilder } from '../builder.ts';
import type { ValueId } from '../ir.ts';

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;
const ROUNDS = 13;

/**
 * x0 XOR x1 of Threefry-2x32 with 13 rounds for the counter (`counter`, 0), all i32 (Salmon, Moraes, Dror and Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC 2011). `runtime/reference/random.ts` says the same in scalars.
 */
export function threefry(b: KernelBuilder, key0: ValueId, key1: ValueId, counter: ValueId): ValueId {
  const keys = [key0, key1, b.op('ixor', b.op('ixor', b.int(PARITY), key0), key1)];
  let x0 = b.op('iadd', counter, key0);
  let x1 = key1;
  for (let round = 0; round < ROUNDS; round++) {
    x0 = b.op('iadd', x0, x1);
    x1 = b.op('ixor', b.shift('irotlImm', x1, ROTATIONS[round % 8]!), x0);
    if (round % 4 === 3) {
      const s = (round + 1) / 4;
      x0 = b.op('iadd', x0, keys[s % 3]!);
      x1 = b.op('iadd', x1, b.op('iadd', keys[(s + 1) % 3]!, b.int(s)));
    }
  }
  return b.op('ixor', x0, x1);
}
