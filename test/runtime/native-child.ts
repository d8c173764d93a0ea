import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** The library as JavaScript in a directory of its own, for scripts that need a process of their own. */
export interface Workshop {
  /** Runs a module that may import from `./dist/`; a process that does not end is killed after `limit` milliseconds. */
  run(script: string, options?: { env?: NodeJS.ProcessEnv; limit?: number; args?: string[] }): Promise<Ending>;
  remove(): void;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Compiles the sources without checking types, which is a matter of half a second. */
export function openWorkshop(): Workshop {
  const directory = mkdtempSync(path.join(tmpdir(), 'olifant-native-'));
  const require = createRequire(import.meta.url);
  const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const options = ['-p', path.join(root, 'tsconfig.json'), '--noCheck', '--declaration', 'false'];
  spawnSync(process.execPath, [tsc, ...options, '--outDir', path.join(directory, 'dist')], { cwd: root });
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'), 'dir');
  writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
  let scripts = 0;
  return {
    run(script, { env = {}, limit = 300_000, args = [] } = {}) {
      const file = path.join(directory, `script${scripts++}.js`);
      writeFileSync(file, script);
      return new Promise((resolve) => {
        const child = spawn(process.execPath, [...args, file], { env: { ...process.env, ...env }, timeout: limit });
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (data) => {
          stdout += data;
        });
        child.stderr.on('data', (data) => {
          stderr += data;
        });
        child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
      });
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
