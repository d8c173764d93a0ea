// Whether real Keras opens what Olifant writes: makes .venv/ and dist/ where they are missing, writes models from dist/, opens
// them in Keras, which predicts and trains on, and prints a table.
//   node conformance/run.mjs [--keep] [--only=layers,operations] [--apart] [--failed] [--dist=folder]
// --keep leaves the files and says where; --only writes some subjects (see saved/index.mjs); --apart makes a model of each case,
// to find the one that fails; --failed prints the failures alone; --dist takes another build.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { writeModels } from './saved/index.mjs';
import { pythonOf } from './venv.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: options } = parseArgs({
  options: {
    keep: { type: 'boolean' },
    only: { type: 'string' },
    apart: { type: 'boolean' },
    failed: { type: 'boolean' },
    dist: { type: 'string', default: here('../dist') },
  },
});

function script(path) {
  const { status } = spawnSync(process.execPath, [here(path)], { stdio: 'inherit', cwd: here('..') });
  if (status !== 0) process.exit(status ?? 1);
}

script('setup.mjs');
const library = join(resolve(options.dist), 'index.js');
if (!existsSync(library)) script('../scripts/build.mjs');

const folder = mkdtempSync(join(tmpdir(), 'olifant-conformance-'));
const olifant = await import(pathToFileURL(library).href);
const paths = await writeModels(folder, olifant, { only: options.only?.split(','), apart: options.apart });
/** What check_saved.py says of some of the files. */
function check(some) {
  const python = spawn(pythonOf(here('../.venv')), [here('check_saved.py'), ...some]);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'])
    python[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text;
    });
  return new Promise((done, fail) => {
    python.on('error', fail).on('close', () => done(said));
  });
}

// Neighbours are alike, and alike in time: they go to different processes.
const count = Math.max(1, Math.min(4, availableParallelism(), Math.ceil(paths.length / 20)));
const shares = Array.from({ length: count }, (_, k) => paths.filter((_, i) => i % count === k));
const checks = await Promise.all(shares.map(check));
const rows = checks
  .flatMap(({ stdout }) => stdout.split('\n'))
  .flatMap((line) => {
    const [, verdict, path, said] = /^(ok|FAIL)\s+(.*?\.keras): (.*)$/.exec(line) ?? [];
    return verdict === undefined ? [] : [{ verdict, name: basename(path, '.keras'), said }];
  })
  .sort((a, b) => (a.name < b.name ? -1 : 1));
const width = Math.max(...rows.map((r) => r.name.length), 0);
for (const { verdict, name, said } of rows)
  if (!options.failed || verdict !== 'ok') console.log(`${verdict.padEnd(4)}  ${name.padEnd(width)}  ${said}`);
const failed = rows.filter((r) => r.verdict !== 'ok').length;
console.log(`\n${rows.length} of ${paths.length} files of Olifant opened by Keras, ${failed} failed`);
if (rows.length < paths.length) for (const { stderr } of checks) console.log(stderr.split('\n').slice(-20).join('\n'));
if (options.keep) console.log(`The files are in ${folder}`);
else rmSync(folder, { recursive: true });
process.exitCode = rows.length === paths.length && failed === 0 ? 0 : 1;
