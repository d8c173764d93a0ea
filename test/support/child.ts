import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rolldown } from 'rolldown';

const root = path.resolve(import.meta.dirname, '../..');

/** How a child process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Modules of the tests as JavaScript, for processes of their own. */
export interface Children {
  /** Runs a module, given as a path from the root of the project, until it ends or `limit` milliseconds are over. */
  run(
    module: string,
    options?: { args?: readonly string[]; env?: NodeJS.ProcessEnv; node?: readonly string[]; limit?: number },
  ): Promise<Ending>;
  remove(): void;
}

/** What a thread of the wasm target starts from: a file of its own, beside the one that starts it. */
const WORKER = 'src/runtime/wasm/worker.js';

const nameOf = (module: string) => path.basename(module).replace(/\.[jt]s$/, '');

/**
 * Compiles modules with all that they import, without checking types; each to a file or two, since the hundreds of small ones
 * take Node four times as long to import.
 */
export async function compileChildren(modules: readonly string[]): Promise<Children> {
  const directory = mkdtempSync(path.join(tmpdir(), 'olifant-test-'));
  const bundle = await rolldown({
    input: Object.fromEntries([...modules, WORKER].map((m) => [nameOf(m), path.join(root, m)])),
    cwd: root,
    platform: 'node',
    // Packages, those of Node included, by their names.
    external: (id) => !/^([./]|\w:)/.test(id),
    onLog(level, log, handle) {
      if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') handle(level, log);
    },
  });
  await bundle.write({ dir: directory, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name].js' });
  await bundle.close();
  writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'), 'dir');
  const running = new Set<ChildProcess>();
  return {
    run(module, { args = [], env = {}, node = [], limit = 300_000 } = {}) {
      const file = path.join(directory, `${nameOf(module)}.js`);
      return new Promise((resolve) => {
        const child = spawn(process.execPath, [...node, file, ...args], {
          env: { ...process.env, ...env },
          timeout: limit,
        });
        running.add(child);
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (data) => {
          stdout += data;
        });
        child.stderr.on('data', (data) => {
          stderr += data;
        });
        child.on('close', (code, signal) => {
          running.delete(child);
          resolve({ code, signal, stdout, stderr });
        });
      });
    },
    remove() {
      for (const child of running) child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
