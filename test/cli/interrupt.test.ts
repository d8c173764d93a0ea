import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/saving/index.ts';
import { type Children, compileChildren, type Ending } from '../support/child.ts';

let children: Children;
const folder = mkdtempSync(join(tmpdir(), 'olifant-interrupt-'));

beforeAll(async () => {
  children = await compileChildren(['src/cli/mnist.ts']);
});

afterAll(() => {
  children.remove();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * `npm start` in a folder of its own, in a process that sends itself a signal once its output has a text. To itself, so that
 * the signal comes at this place in every run.
 *
 * @param terminal Whether it thinks that it writes to a terminal.
 */
function start(
  name: string,
  text: string,
  signal: string,
  terminal: boolean,
  epochs: number,
): Promise<Ending & { cwd: string }> {
  const cwd = mkdtempSync(join(folder, 'run-'));
  const hook = join(folder, `${name}.mjs`);
  writeFileSync(
    hook,
    `process.chdir(${JSON.stringify(cwd)});
if (${terminal}) process.stdout.isTTY = true;
const write = process.stdout.write.bind(process.stdout);
let sent = false;
process.stdout.write = (data, ...more) => {
  const done = write(data, ...more);
  if (!sent && String(data).includes(${JSON.stringify(text)})) {
    sent = true;
    process.kill(process.pid, '${signal}');
  }
  return done;
};
`,
  );
  return children
    .run('src/cli/mnist.ts', { args: ['--epochs', `${epochs}`, '--batch-size', '500'], node: ['--import', hook] })
    .then((ending) => ({ ...ending, cwd }));
}

describe('npm start and Ctrl-C', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s in training: it stops after the step, says so, and leaves a whole model', async (signal, status) => {
    const { code, stdout, stderr, cwd } = await start(`training-${signal}`, ' - loss: ', signal, true, 2);
    expect(stderr).toBe('');
    expect(code).toBe(status);
    // The line of the bar is ended, its colours are off, and no bar comes after it.
    const [before, after] = stdout.split('\nStopped after the present step.\n') as [string, string];
    const bar = before.slice(before.lastIndexOf('\r') + 1);
    expect(bar).toContain('loss: ');
    expect(bar.lastIndexOf('\x1b[0m')).toBe(bar.lastIndexOf('\x1b'));
    expect(after).not.toContain('loss');
    expect(stdout).not.toContain('Epoch 2/2');
    expect(stdout).not.toContain('Test, on');
    expect(after).toContain('as far as it has come, is in mnist.keras');
    expect(readdirSync(cwd)).toEqual(['mnist.keras']);
    const model = await loadModel(join(cwd, 'mnist.keras'));
    expect(model.optimizer!.variables[0]!.read()[0]).toBeGreaterThan(0);
  });

  it('in the test it stops, too', async () => {
    const { code, stdout, cwd } = await start('test', 'Test, on', 'SIGINT', false, 1);
    expect(code).toBe(130);
    expect(stdout).toContain('Stopped after the present step.');
    expect(stdout).not.toContain('were misread');
    expect(existsSync(join(cwd, 'mnist.keras'))).toBe(true);
  });

  it('before the file is written: the file becomes whole, and the status says that it was interrupted', async () => {
    const { code, stdout, cwd } = await start('saving', 'The fastest epoch took', 'SIGINT', false, 1);
    expect(code).toBe(130);
    expect(stdout).toContain('The model is in mnist.keras');
    await loadModel(join(cwd, 'mnist.keras'));
  });
});
