import { checkOptions, describe, OlifantError } from '../errors.ts';
import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { drawSeed } from './random-host.ts';
import { Tensor } from './tensor.ts';
import { Variable } from './variable.ts';

/**
 * A source of keys for random operations: a seed and a counter, kept in a variable, so that each run of a compiled step
 * draws anew and a saved state goes on where it stopped. The state is `seed_generator_state`, int32 [2].
 */
export class SeedGenerator {
  readonly name: string;
  readonly seed: number;
  readonly state: Variable;

  /** @param seed A whole number; default: drawn from the stream of `setRandomSeed`. */
  constructor(seed?: number | null, options: { name?: string } = {}) {
    if (seed !== undefined && seed !== null && (!Number.isSafeInteger(seed) || seed < 0))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `SeedGenerator: seed: expected a whole number from 0 to 2^53 - 1, got ${describe(seed)}`,
      );
    this.seed = seed ?? drawSeed();
    this.name = checkOptions('SeedGenerator', options, ['name']).name ?? 'seed_generator';
    this.state = new Variable(Int32Array.of(this.seed | 0, Math.floor(this.seed / 2 ** 32) | 0), {
      name: 'seed_generator_state',
      trainable: false,
    });
  }

  /** A key (int32 [2]) that has not been given before; moves the state on by one. */
  next(): Tensor {
    const key = this.state.node;
    const step: Node = node('literal', [], { data: Int32Array.of(0, 1), shape: [2], dtype: 'int32' });
    this.state.assign(new Tensor(node('add', [key, step], {})));
    return new Tensor(key);
  }

  /** @internal A key as `next` gives it, at once, for what is drawn on the host. */
  nextOnHost(): readonly [number, number] {
    const [low, high] = this.state.read() as Int32Array;
    this.state.write(Int32Array.of(low!, high! + 1));
    return [low!, high!];
  }

  getConfig(): { name: string; seed: number } {
    return { name: this.name, seed: this.seed };
  }
}
