import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dense, Input } from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import type { TargetName } from '../../src/targets/target.ts';
import { tensor } from '../../src/trace/index.ts';
import { type Children, compileChildren } from '../support/child.ts';
import { makeTarget } from '../support/fuzz-run.ts';

const CHILD = 'test/trust/collected-child.ts';
const LONG = process.env.OLIFANT_LONG === '1';
const LIMIT = LONG ? 3_600_000 : 600_000;
const MIB = 2 ** 20;

let children: Children;
beforeAll(async () => {
  children = await compileChildren([CHILD]);
}, LIMIT);
afterAll(() => children?.remove());

async function grown(
  mode: string,
  name: TargetName,
): Promise<{ heap: number; rss: number; maps: number; used: number }> {
  const { code, signal, stdout, stderr } = await children.run(CHILD, {
    args: [mode, LONG ? '1000' : '60'],
    env: { OLIFANT_TARGET: name, OLIFANT_THREADS: '2' },
    node: ['--expose-gc'],
    limit: LIMIT,
  });
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

describe('what nobody refers to any more is freed, though nobody disposes of it', () => {
  for (const name of ['x64-avx512', 'wasm'] as const satisfies TargetName[]) {
    if (!makeTarget(name, false, { threads: 1 })) continue;
    for (const mode of ['models', 'fits', 'shared'])
      it(`${mode}: ${name}`, { timeout: LIMIT }, async () => {
        const { heap, rss, maps, used } = await grown(mode, name);
        // A model with its optimizer has 0.6 MiB of weights and about as much code and temporary values.
        expect(heap).toBeLessThan(4 * MIB);
        expect(rss).toBeLessThan(24 * MIB);
        expect(maps).toBeLessThan(40);
        expect(used).toBeLessThan(MIB);
      });
  }
});

describe('dispose', () => {
  const x = tensor(new Float32Array(12).fill(1), [4, 3]);
  const y = tensor(new Float32Array(8), [4, 2]);

  it('leaves the model usable, with its weights', async () => {
    const model = new Sequential([Input({ shape: [3] }), new Dense(2)]);
    model.compile({ optimizer: 'adam', loss: 'mse' });
    await model.fit(x, y, { verbose: 0 });
    const before = (await model.predict(x, { verbose: 0 })).dataSync();
    model.dispose();
    model.dispose();
    expect((await model.predict(x, { verbose: 0 })).dataSync()).toEqual(before);
    await model.fit(x, y, { verbose: 0 });
    expect(model.optimizer!.iteration.read()[0]).toBe(2);
  });

  it('does not take the weights from another model that has the same layers', async () => {
    const input = Input({ shape: [3] });
    const shared = new Dense(2);
    const [a, b] = [0, 1].map(() => new Model({ inputs: input, outputs: shared.apply(input) }));
    for (const m of [a!, b!]) m.compile({ optimizer: 'sgd', loss: 'mse' });
    await a!.fit(x, y, { verbose: 0 });
    await b!.fit(x, y, { verbose: 0 });
    a!.dispose();
    const before = [...shared.weights[0]!.read()];
    await b!.fit(x, y, { verbose: 0 });
    expect([...shared.weights[0]!.read()]).not.toEqual(before);
    const [kernel] = shared.weights;
    const sum = [...kernel!.read()].filter((_, i) => i % 2 === 0).reduce((s, v) => s + v, 0);
    expect((await b!.predict(x, { verbose: 0 })).dataSync()[0]).toBeCloseTo(sum + shared.weights[1]!.read()[0]!, 5);
  });
});
