import type { DType, TypedArray } from '../../graph/dtype.ts';
import { type Shape, sizeOf } from '../../graph/shape.ts';
import { Initializer } from '../../initializers/index.ts';
import type { Config } from '../../keras-object.ts';

class ForgetBias extends Initializer {
  readonly #rest: Initializer;

  constructor(rest: Initializer) {
    super();
    this.#rest = rest;
  }

  override call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    const units = sizeOf(shape) / 4;
    const out = this.#rest.call(shape, dtype).slice();
    out.set(this.#rest.call([units], dtype), 0);
    out.fill(1, units, 2 * units);
    out.set(this.#rest.call([2 * units], dtype), 2 * units);
    return out;
  }

  override getConfig(): Config {
    return this.#rest.getConfig();
  }
}

/**
 * The bias of a long short-term memory at first: 1 for the forget gate, the second of four, so that states last
 * (Jozefowicz et al. 2015); the rest as another initializer says.
 */
export function forgetBias(rest: Initializer): Initializer {
  return new ForgetBias(rest);
}
