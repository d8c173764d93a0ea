// The random tests in their large sizes.
//   npm run test:long [-- what vitest takes]
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const sizes = { OLIFANT_LONG: '1', OLIFANT_RANDOM_RUNS: '3000', OLIFANT_FUZZ: '10000' };
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--testTimeout=7200000', ...process.argv.slice(2)], {
  cwd: root,
  env: { ...sizes, ...process.env },
  stdio: 'inherit',
});
process.exit(status ?? 1);
