// Python virtual environments for the scripts that need one. Nothing here is needed to use Olifant itself.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The interpreter inside a virtual environment. */
export function pythonOf(folder) {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/**
 * Makes `folder` with `python3 -m venv` and runs `pip install` once for each list in `installs`. Does nothing when the
 * environment was already made from the same `inputs` (files whose contents decide what is installed).
 */
export function makeEnvironment({ folder, installs, inputs }) {
  const hash = createHash('sha256');
  for (const file of inputs) hash.update(readFileSync(file));
  hash.update(JSON.stringify(installs.map((list) => list.filter((word) => !inputs.includes(word)))));
  const wanted = hash.digest('hex');
  const stamp = join(folder, '.olifant-stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    console.log(`${folder} is up to date.`);
    return;
  }
  if (!existsSync(pythonOf(folder))) execute(systemPython(), ['-m', 'venv', folder]);
  for (const list of installs) {
    execute(pythonOf(folder), ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', ...list]);
  }
  writeFileSync(stamp, wanted);
  console.log(`${folder} is ready.`);
}

function systemPython() {
  for (const name of process.platform === 'win32' ? ['python', 'py', 'python3'] : ['python3', 'python']) {
    const answer = spawnSync(name, ['-c', 'import sys; print(sys.version_info >= (3, 11))'], { encoding: 'utf8' });
    if (answer.status === 0 && answer.stdout.trim() === 'True') return name;
  }
  console.error(
    'Python 3.11 or newer was not found: neither `python3` nor `python` starts one. The comparison with Keras needs it ' +
      '(Debian and Ubuntu: `apt-get install python3 python3-venv`; macOS: `brew install python`). Using Olifant does not.',
  );
  process.exit(1);
}

function execute(command, words) {
  const done = spawnSync(command, words, { stdio: 'inherit' });
  if (done.status === 0) return;
  console.error(`\`${command} ${words.join(' ')}\` failed${done.error ? `: ${done.error.message}` : ''}.`);
  process.exit(done.status ?? 1);
}
