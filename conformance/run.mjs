// Whether real Keras opens what Olifant writes: makes .venv/ and dist/ where they are missing, writes models from dist/, opens
// them in Keras, which predicts and trains on, and prints a table.
//   node conformance/run.mjs [--keep]    --keep leaves the files and says where
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeModels } from './saved.mjs';
import { pythonOf } from './venv.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function script(path) {
  const { status } = spawnSync(process.execPath, [here(path)], { stdio: 'inherit', cwd: here('..') });
  if (status !== 0) process.exit(status ?? 1);
}

script('setup.mjs');
if (!existsSync(here('../dist/index.js'))) script('../scripts/build.mjs');

const folder = mkdtempSync(join(tmpdir(), 'olifant-conformance-'));
const paths = await writeModels(folder);
const check = spawnSync(pythonOf(here('../.venv')), [here('check_saved.py'), ...paths], {
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
});
const rows = check.stdout.split('\n').flatMap((line) => {
  const [, verdict, path, said] = /^(ok|FAIL)\s+(.*?\.keras): (.*)$/.exec(line) ?? [];
  return verdict === undefined ? [] : [{ verdict, name: basename(path, '.keras'), said }];
});
const width = Math.max(...rows.map((r) => r.name.length), 0);
for (const { verdict, name, said } of rows) console.log(`${verdict.padEnd(4)}  ${name.padEnd(width)}  ${said}`);
const failed = rows.filter((r) => r.verdict !== 'ok').length;
console.log(`\n${rows.length} of ${paths.length} files of Olifant opened by Keras, ${failed} failed`);
if (rows.length < paths.length) console.log(check.stderr.split('\n').slice(-20).join('\n'));
if (process.argv.includes('--keep')) console.log(`The files are in ${folder}`);
else rmSync(folder, { recursive: true });
process.exitCode = rows.length === paths.length && failed === 0 ? 0 : 1;
