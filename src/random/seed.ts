import { describe, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import { checkDType, globalRandom, SeedGenerator, type Tensor, tensor } from '../trace/index.ts';

/**
 * Where random numbers come from. A whole number: the same ones at each call. A `SeedGenerator`: others at each call, as its state
 * goes on. Nothing: those of `setRandomSeed`, others at each call.
 */
export type Seed = number | SeedGenerator | null;

let common: { readonly stream: unknown; readonly generator: SeedGenerator } | undefined;

/** The generator for calls without a seed; another one after `setRandomSeed`. */
function commonGenerator(): SeedGenerator {
  const stream = globalRandom();
  if (common?.stream !== stream) common = { stream, generator: new SeedGenerator() };
  return common.generator;
}

/** The key of one call: int32 [2]. */
export function keyOf(op: string, seed: Seed | undefined): Tensor {
  if (seed === undefined || seed === null) return commonGenerator().next();
  if (seed instanceof SeedGenerator) return seed.next();
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `random.${op}: seed: expected a whole number from 0 to 2^53 - 1, a SeedGenerator or nothing, got ${describe(seed)}`,
    );
  return tensor(Int32Array.of(seed | 0, Math.floor(seed / 2 ** 32) | 0));
}

/** A dtype that the numbers of a distribution can have. */
export function dtypeOf(op: string, dtype: DType | null | undefined, fallback: DType): DType {
  const to = dtype ?? fallback;
  checkDType(to, `random.${op}`);
  const whole = fallback !== 'float32';
  if ((to === 'float32') === whole || to === 'bool')
    throw new OlifantError(
      'DTYPE',
      `random.${op}: expected ${whole ? 'a dtype of integers' : 'float32'} as dtype, got '${to}'`,
    );
  return to;
}
