import { describe, OlifantError } from '../errors.ts';
import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts';
import { type Shape, sizeOf } from '../graph/shape.ts';
import { type Config, isKerasObject } from '../keras-object.ts';
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
  /**
   * A whole number, for the same values every time; a `SeedGenerator`, for others every time; default: a number drawn from the
   * stream of `setRandomSeed`.
   */
  readonly seed?: Seed;
}

/** The name under which files know `SeedGenerator`. */
const GENERATOR = { module: 'keras.random', class_name: 'SeedGenerator', registered_name: null } as const;

/** A seed as it was given, or as a configuration has it. */
function readSeed(owner: string, seed: unknown): Seed {
  if (seed === null || seed instanceof SeedGenerator) return seed;
  const saved = isKerasObject(seed) && seed.class_name === GENERATOR.class_name ? seed.config : undefined;
  const number = saved === undefined ? seed : saved.seed;
  if (!Number.isSafeInteger(number) || (number as number) < 0)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: seed must be a whole number from 0 to 2^53 - 1, a SeedGenerator or null, got ${describe(seed)}`,
    );
  return saved === undefined
    ? (number as number)
    : new SeedGenerator(number as number, { name: saved.name as string | undefined });
}

/**
 * An initializer with random values. Called twice it gives the same values, as in Keras, but for one whose seed is a
 * `SeedGenerator`, which goes on.
 */
export abstract class RandomInitializer extends Initializer {
  readonly seed: Seed;
  readonly #drawn: number | SeedGenerator;

  constructor({ seed = null }: SeedOptions = {}) {
    super();
    this.seed = readSeed(this.constructor.name, seed);
    this.#drawn = this.seed ?? drawSeed();
  }

  /** The stream of one call. */
  protected random(): HostRandom {
    const from = this.#drawn;
    return new HostRandom(typeof from === 'number' ? from : from.nextOnHost());
  }

  /** A float32 array (or what `dtype` asks for) of numbers drawn one by one. */
  protected draw(shape: Shape, dtype: DType, next: (random: HostRandom) => number): TypedArray {
    const out = hostArray(dtype, sizeOf(shape));
    const random = this.random();
    for (let i = 0; i < out.length; i++) out[i] = next(random);
    return out;
  }

  getConfig(): Config {
    return { seed: this.seed instanceof SeedGenerator ? { ...GENERATOR, config: this.seed.getConfig() } : this.seed };
  }
}

/** A normal number no further than 2 from 0: others are drawn again. */
export function truncated(random: HostRandom): number {
  for (;;) {
    const z = random.normal();
    if (Math.abs(z) <= 2) return z;
  }
}
