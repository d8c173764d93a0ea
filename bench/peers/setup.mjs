// Makes the Python environment of the benchmark's peers: .venv-peers/ in the project's root.
//   node bench/peers/setup.mjs
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEnvironment } from '../../conformance/venv.mjs';

const here = dirname(fileURLToPath(import.meta.url));
makeEnvironment({
  folder: join(here, '..', '..', '.venv-peers'),
  installs: [['-r', join(here, 'requirements.txt')]],
  inputs: [join(here, 'requirements.txt')],
});
