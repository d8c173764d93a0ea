import { describe, OlifantError } from '../errors.ts';
import { type DType, isFloating } from '../graph/dtype.ts';
import { floatx } from '../settings.ts';
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

/** The dtype of whole numbers: int32 unless another one is given. */
export function wholeType(op: string, dtype: DType | null | undefined): DType {
  return typeOf(op, dtype ?? 'int32', 'a dtype of integers', (t) => !isFloating(t) && t !== 'bool');
}

/** The dtype of floating numbers: that of `config.setFloatx` unless another one is given. */
export function floatType(op: string, dtype: DType | null | undefined): DType {
  return typeOf(op, dtype ?? floatx(), 'a floating dtype', isFloating);
}

function typeOf(op: string, to: DType, expected: string, fits: (dtype: DType) => boolean): DType {
  checkDType(to, `random.${op}`);
  if (fits(to)) return to;
  throw new OlifantError('DTYPE', `random.${op}: expected ${expected}, got '${to}'`);
}
