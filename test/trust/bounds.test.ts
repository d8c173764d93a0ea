import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Children, compileChildren } from '../support/child.ts';
import { makeTarget } from '../support/fuzz-run.ts';
import { FAMILIES } from '../support/fuzz-steps.ts';
import { Rng } from '../support/rng.ts';

const LONG = process.env.OLIFANT_LONG === '1';
const LIMIT = LONG ? 3_600_000 : 600_000;
/** Graphs for each family, target and side; 200 shapes a family in all. */
const COUNT = LONG ? 200 : 50;
const seed = new Rng().seed;
const names = (['x64-avx512', 'x64-avx2'] as const).filter((name) => makeTarget(name, false, { threads: 1 }));

describe.skipIf(names.length === 0)(`kernels between unreadable pages (seed ${seed})`, () => {
  let children: Children;
  beforeAll(async () => {
    children = await compileChildren(['test/trust/bounds-child.ts']);
  });
  afterAll(() => children?.remove());

  for (const name of names) {
    for (const side of ['before', 'behind']) {
      it(`touch nothing ${side} a block: ${name}`, { timeout: LIMIT }, async () => {
        const families = [...Object.keys(FAMILIES), 'random'].join(',');
        const { code, signal, stdout, stderr } = await children.run('test/trust/bounds-child.ts', {
          args: [name, side, families, `${COUNT}`, `${seed}`],
          limit: LIMIT,
        });
        const last = stdout.trim().split('\n').at(-1);
        expect({ last, code, signal, stderr }).toEqual({ last: 'done', code: 0, signal: null, stderr: '' });
      });
    }
  }

  it('would be found out: a block that is read past its end ends the process', async () => {
    const { signal, stdout } = await children.run('test/trust/bounds-child.ts', {
      args: [names[0]!, 'behind', 'fault', '1', '1'],
    });
    expect(signal).toBe('SIGSEGV');
    expect(stdout).not.toContain('done');
  });
});
