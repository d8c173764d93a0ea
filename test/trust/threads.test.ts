import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetName } from '../../src/targets/target.ts';
import { type Children, compileChildren } from '../support/child.ts';
import { makeTarget } from '../support/fuzz-run.ts';

const CHILD = 'test/trust/training-child.ts';
const LONG = process.env.OLIFANT_LONG === '1';
const LIMIT = 600_000;
const NAMES: readonly TargetName[] = ['x64-avx512', 'x64-avx2', 'wasm', 'reference'];
const names = NAMES.filter((name) => makeTarget(name, false, { threads: 1 }) !== undefined);

let children: Children;
beforeAll(async () => {
  children = await compileChildren([CHILD]);
}, LIMIT);
afterAll(() => children?.remove());

/** A line with number and hash for each training. */
async function train(count: number, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { code, signal, stdout, stderr } = await children.run(CHILD, { args: [`${count}`, '0'], env, limit: LIMIT });
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return stdout.trim().split('\n');
}

describe('training', () => {
  for (const name of names.filter((n) => n !== 'reference')) {
    it(`has the same bits for 1, 2 and 4 threads: ${name}`, { timeout: 3 * LIMIT }, async () => {
      const count = name === names[0] || LONG ? 20 : 5;
      const one = await train(count, { OLIFANT_TARGET: name, OLIFANT_THREADS: '1' });
      expect(one).toHaveLength(count);
      expect(new Set(one.map((line) => line.split(' ')[1])).size).toBe(count);
      for (const threads of ['2', '4'])
        expect(await train(count, { OLIFANT_TARGET: name, OLIFANT_THREADS: threads }), `${threads} threads`).toEqual(
          one,
        );
    });
  }

  it('has the same bits on all targets in strict mode', { timeout: 4 * LIMIT }, async () => {
    const strict = (name: string) => train(3, { OLIFANT_TARGET: name, OLIFANT_STRICT: '1', OLIFANT_THREADS: '2' });
    const first = await strict(names[0]!);
    for (const name of names.slice(1)) expect(await strict(name), name).toEqual(first);
  });
});
