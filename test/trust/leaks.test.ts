import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetName } from '../../src/targets/target.ts';
import { type Children, compileChildren } from '../support/child.ts';
import { makeTarget } from '../support/fuzz-run.ts';

const CHILD = 'test/trust/leaks-child.ts';
const LONG = process.env.OLIFANT_LONG === '1';
const LIMIT = LONG ? 3_600_000 : 600_000;
const MIB = 2 ** 20;

let children: Children;
beforeAll(async () => {
  children = await compileChildren([CHILD]);
}, LIMIT);
afterAll(() => children?.remove());

interface Growth {
  readonly heap: number;
  readonly rss: number;
  readonly maps: number;
  readonly used: number;
}

async function grown(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Growth> {
  const { code, stdout, stderr } = await children.run(CHILD, { args, env, node: ['--expose-gc'], limit: LIMIT });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Growth;
}

describe('memory is steady', () => {
  it('over the steps of a training', { timeout: LIMIT }, async () => {
    const { heap, rss, maps } = await grown(['steps', LONG ? '10000' : '1000']);
    expect(heap).toBeLessThan(MIB);
    expect(rss).toBeLessThan(24 * MIB);
    expect(maps).toBeLessThan(20);
  });

  for (const name of ['x64-avx512', 'x64-avx2', 'wasm', 'reference'] as const satisfies TargetName[]) {
    if (!makeTarget(name, false, { threads: 1 })) continue;
    it(`over programs that are made and disposed of: ${name}`, { timeout: LIMIT }, async () => {
      const { heap, rss, maps, used } = await grown(['programs', LONG ? '10000' : '300', name]);
      expect(heap).toBeLessThan(4 * MIB);
      expect(rss).toBeLessThan(48 * MIB);
      // A program has code of its own: 240 of them would be seen, the engine's own ranges come and go.
      expect(maps).toBeLessThan(120);
      expect(used).toBe(0);
    });
  }
});
