import { describe, OlifantError } from '../errors.ts';
import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts';
import { type Shape, sizeOf } from '../graph/shape.ts';
import type { Config } from '../keras-object.ts';
import { drawSeed, HostRandom, SeedGenerator } from '../trace/index.ts';

/** Gives a weight its first value. */
export abstract class Initializer {
  /** The values of a weight, in row-major order. */
  abstract call(shape: Shape, dtype?: DType): TypedArray;

  /** The options, equal to Keras's `get_config()`. */
  abstract getConfig(): Config;
}

/** `value` everywhere. */
export function filled(value: number, shape: Shape, dtype: DType): TypedArray {
  return hostArray(dtype, sizeOf(shape)).fill(dtype === 'bool' ? Number(value !== 0) : value);
}

export type Seed = number | SeedGenerator | null;

export interface SeedOptions {
  /** A whole number, for the same values every time; default: drawn from the stream of `setRandomSeed`. */
  readonly seed?: Seed;
}

/** An initializer with random values. Called twice it gives the same values, as in Keras. */
export abstract class RandomInitializer extends Initializer {
  readonly seed: Seed;
  readonly #drawn: number;

  constructor({ seed = null }: SeedOptions = {}) {
    super();
    const given = typeof seed === 'object' && seed !== null ? (seed as { seed?: unknown }).seed : seed;
    if (given !== null && !(Number.isSafeInteger(given) && (given as number) >= 0))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.constructor.name}: seed must be a whole number from 0 to 2^53 - 1, got ${describe(seed)}`,
      );
    this.seed = seed;
    this.#drawn = (given as number | null) ?? drawSeed();
  }

  /** A stream that begins anew at every call. */
  protected random(): HostRandom {
    return new HostRandom(this.#drawn);
  }

  /** A float32 array (or what `dtype` asks for) of numbers drawn one by one. */
  protected draw(shape: Shape, dtype: DType, next: (random: HostRandom) => number): TypedArray {
    const out = hostArray(dtype, sizeOf(shape));
    const random = this.random();
    for (let i = 0; i < out.length; i++) out[i] = next(random);
    return out;
  }

  getConfig(): Config {
    const seed = this.seed instanceof SeedGenerator ? this.seed.getConfig() : this.seed;
    return { seed };
  }
}

/** A normal number no further than 2 from 0: others are drawn again. */
export function truncated(random: HostRandom): number {
  for (;;) {
    const z = random.normal();
    if (Math.abs(z) <= 2) return z;
  }
}
