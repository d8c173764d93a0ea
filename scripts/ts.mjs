// Runs a TypeScript file of this project with its arguments, without a build: Node 20 cannot.
//   node scripts/ts.mjs scripts/show.ts mlp --stage=graph
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runnerImport } from 'vite';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [, , file, ...args] = process.argv;
process.argv = [process.argv[0], path.resolve(file), ...args];
try {
  await runnerImport(pathToFileURL(path.resolve(file)).href, { root, configFile: false, logLevel: 'error' });
} catch (error) {
  console.error(error.code ? error.message : error);
  process.exitCode = 1;
}
