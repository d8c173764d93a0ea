import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './machine.ts';
import type { FreshResult } from './results.ts';

/** Runs `ours/first-step.js` in processes of their own, and keeps the one that compiled fastest. */
export function measureFresh(model: FreshResult['model'], target: string, threads: number, times: number): FreshResult {
  const script = join(ROOT, 'build', 'bench', 'ours', 'first-step.js');
  const env = { ...process.env, OLIFANT_TARGET: target, OLIFANT_THREADS: `${threads}` };
  const runs = Array.from({ length: times }, () => {
    const text = execFileSync(process.execPath, [script, model], {
      env,
      encoding: 'utf8',
      timeout: 120_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { ...(JSON.parse(text) as Omit<FreshResult, 'model' | 'target'>), model, target };
  });
  return runs.reduce((a, b) => (a.compileMs <= b.compileMs ? a : b));
}
