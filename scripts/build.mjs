// Builds dist/ from src/: types by the TypeScript compiler, a file each; code by Rolldown, most of it as one file, since the
// hundreds of small ones take Node four times as long to import (40 instead of 190 ms).
//   node scripts/build.mjs [folder]     another folder than dist/, for a look
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.resolve(root, process.argv[2] ?? 'dist');
const packageJson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** What a thread starts from: a file of its own, in JavaScript, beside the one that starts threads. */
const WORKER = 'runtime/wasm/worker.js';

/** Files that others name by their place. */
const ENTRIES = [
  ...Object.values(packageJson.exports).flatMap((target) => target.default ?? []),
  ...Object.values(packageJson.bin),
  'dist/cli/mnist.js',
].map((file) => path.relative('dist', file).replace(/\.js$/, '').replaceAll('\\', '/'));

rmSync(folder, { recursive: true, force: true });
writeTypes();
await writeCode();
for (const file of Object.values(packageJson.bin)) chmodSync(path.join(folder, path.relative('dist', file)), 0o755);

function writeTypes() {
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const options = ['-p', 'tsconfig.json', '--emitDeclarationOnly', '--outDir', folder];
  const { status } = spawnSync(process.execPath, [tsc, ...options], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

async function writeCode() {
  const bundle = await rolldown({
    input: Object.fromEntries(ENTRIES.map((entry) => [entry, path.join(root, 'src', `${entry}.ts`)])),
    cwd: root,
    platform: 'neutral',
    preserveEntrySignatures: 'allow-extension',
    external: [
      /^node:/,
      /\/worker\.js$/,
      ...Object.keys(packageJson.dependencies).map((name) => new RegExp(`^${name}(/|$)`)),
    ],
    onLog(level, log, handle) {
      // `model.save` loads the room of files when it is called, for those who import no more than a model.
      if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') handle(level, log);
    },
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'runtime/wasm/start-thread', test: /src\/runtime\/wasm\/start-thread/ },
        { name: 'core', test: /src\/(?!cli\/|datasets\/|runtime\/wasm\/start-thread)/ },
        { name: 'cli/common', test: /src\/cli\/(?!main|mnist\.)/ },
      ],
    },
  });
  await bundle.close();
  copyFileSync(path.join(root, 'src', WORKER), path.join(folder, WORKER));
}
