import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

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

/** Compiles modules with all that they import, without checking types. */
export function compileChildren(modules: readonly string[]): Children {
  const directory = mkdtempSync(path.join(tmpdir(), 'olifant-test-'));
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const config = {
    extends: path.join(root, 'tsconfig.test.json'),
    compilerOptions: {
      noEmit: false,
      declaration: false,
      rootDir: root,
      outDir: directory,
      typeRoots: [path.join(root, 'node_modules/@types')],
    },
    include: [],
    files: modules.map((m) => path.join(root, m)),
  };
  writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'), 'dir');
  const made = spawnSync(process.execPath, [tsc, '-p', directory, '--noCheck'], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`the child modules do not compile:\n${made.stdout}${made.stderr}`);
  const running = new Set<ChildProcess>();
  return {
    run(module, { args = [], env = {}, node = [], limit = 300_000 } = {}) {
      const file = path.join(directory, module.replace(/\.ts$/, '.js'));
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
