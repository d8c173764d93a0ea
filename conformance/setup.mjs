// Makes the Python environment of the conformance checks: .venv/ in the project's root, with requirements.txt installed.
//   node conformance/setup.mjs
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEnvironment } from './venv.mjs';

const here = dirname(fileURLToPath(import.meta.url));
makeEnvironment({
  folder: join(here, '..', '.venv'),
  installs: [['-r', join(here, 'requirements.txt')]],
  inputs: [join(here, 'requirements.txt')],
});
