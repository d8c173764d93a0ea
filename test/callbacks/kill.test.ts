import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Children, compileChildren } from '../support/child.ts';

const MODULE = 'test/callbacks/kill-child.ts';
let children: Children;
let folder: string;
beforeAll(async () => {
  children = await compileChildren([MODULE]);
  folder = mkdtempSync(join(tmpdir(), 'olifant-kill-'));
}, 300_000);
afterAll(() => {
  children?.remove();
  rmSync(folder, { recursive: true, force: true });
});

it('a training whose process is killed again and again ends as one that was not', { timeout: 600_000 }, async () => {
  const run = async (at: string, moment: number) => {
    mkdirSync(at, { recursive: true });
    return children.run(MODULE, { args: [at, String(moment)] });
  };
  const whole = join(folder, 'whole');
  const expected = await run(whole, -1);
  expect(expected.code, expected.stderr).toBe(0);
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 5, maxLength: 7 }), async (moments) => {
      const at = join(folder, `run${n++}`);
      for (const moment of moments) {
        const ending = await run(at, moment);
        if (ending.signal !== 'SIGKILL') {
          // It had come to its end before that moment.
          expect([ending.code, ending.stdout], ending.stderr).toEqual([0, expected.stdout]);
          return;
        }
      }
      const ending = await run(at, -1);
      expect([ending.code, ending.stdout], ending.stderr).toEqual([0, expected.stdout]);
      expect(readFileSync(join(at, 'log.csv'), 'utf8')).toBe(readFileSync(join(whole, 'log.csv'), 'utf8'));
      // What a save that was killed left beside the backup is gone, too.
      expect(existsSync(join(at, 'backup'))).toBe(false);
    }),
    { numRuns: 1, endOnFailure: true },
  );
});
