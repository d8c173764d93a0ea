import { expect } from 'vitest';
import { type ErrorCode, OlifantError } from '../../src/errors.ts';
import { Dense, Input } from '../../src/layers/index.ts';
import { type CompileOptions, Model, Sequential } from '../../src/models/index.ts';
import { tensor } from '../../src/trace/index.ts';

export const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
export const ints = (...values: number[]) => Int32Array.from(values);
export const quiet = { verbose: 0 } as const;

/** Something that cannot be typed, since it is wrong. */
// biome-ignore lint/suspicious/noExplicitAny: what is tested here are wrong types.
export const wrong = (x: unknown): any => x;

/** Makes models and remembers how they were before something went wrong. */
export class World {
  readonly #models: { model: Model; before: unknown }[] = [];

  watch<M extends Model>(model: M): M {
    this.#models.push({ model, before: stateOf(model) });
    return model;
  }

  /** 3 features to `units`. */
  net(units = 2, loss: unknown = 'mse', activation: string | null = null): Sequential {
    const model = new Sequential([Input({ shape: [3] }), new Dense(units, { activation: wrong(activation) })], {
      name: 'net',
    });
    model.compile({ optimizer: 'adam', loss: wrong(loss) });
    return this.watch(model);
  }

  /** Two inputs a and b, two outputs p and q. */
  twin(compile: CompileOptions | null = { optimizer: 'sgd', loss: 'mse' }): Model {
    const [a, b] = [Input({ shape: [3], name: 'a' }), Input({ shape: [4], name: 'b' })];
    const outputs = [new Dense(1, { name: 'p' }).apply(a), new Dense(2, { name: 'q' }).apply(b)];
    const model = new Model({ inputs: { a, b }, outputs, name: 'twin' });
    if (compile) model.compile(compile);
    return this.watch(model);
  }

  /** Whatever went wrong has left no trace in weights, optimizers and flags. */
  check(): void {
    for (const { model, before } of this.#models) expect(stateOf(model)).toEqual(before);
  }
}

function stateOf(model: Model): unknown {
  return {
    weights: model.weights.map((w) => [...w.read()]),
    optimizer: model.optimizer?.iteration.read()[0],
    compiled: model.compiled,
    trainable: model.trainableWeights.length,
  };
}

/** What is done, the code of the error, and what its message says: where, what was expected, what came, the fix. */
export type Misuse = readonly [what: string, code: ErrorCode, run: (world: World) => unknown, ...says: string[]];

export async function expectRefusal([, code, run, ...says]: Misuse): Promise<void> {
  const world = new World();
  let error: unknown;
  try {
    const value = await run(world);
    expect.fail(`nothing was refused; it gave ${String(value)}`);
  } catch (e) {
    error = e;
  }
  if (!(error instanceof OlifantError)) throw error;
  for (const text of says) expect(error.message).toContain(text);
  expect(error.code, error.message).toBe(code);
  expect(error.message).not.toContain('[object');
  world.check();
}
