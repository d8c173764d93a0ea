import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.ts';

/** Builds dist/ unless it is newer than all of src/. */
export function ensureBuilt(): void {
  const built = join(ROOT, 'dist', 'index.js');
  const changed = Math.max(
    ...readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => statSync(join(ROOT, 'src', path)).mtimeMs),
  );
  if (existsSync(built) && statSync(built).mtimeMs > changed) return;
  const { status, output } = run(process.execPath, ['scripts/build.mjs']);
  if (status !== 0) throw new Error(`the build failed:\n${output}`);
}

/** Runs a program at the project's root. */
export function run(command: string, args: readonly string[], cwd = ROOT): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}
