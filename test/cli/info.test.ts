import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { infoText } from '../../src/cli/info.ts';
import { explainTarget } from '../../src/targets/choose.ts';

test('info names versions, the target that runs, and why', () => {
  const text = infoText();
  const { target, why } = explainTarget();
  const row = (name: string) => text.split('\n').find((line) => line.startsWith(name)) ?? '';
  expect(row('olifant')).toContain(packageJson.version);
  expect(row('node')).toContain(process.versions.node);
  expect(row('target')).toContain(`${target.name}: ${why}`);
  expect(row('threads')).toContain(String(target.threads));
  if (target.name.startsWith('x64')) expect(row('peak')).toMatch(/\d GFLOP\/s/);
});
