import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from './native-child.ts';

let workshop: Workshop;
beforeAll(() => {
  workshop = openWorkshop();
});
afterAll(() => workshop.remove());

/** Four threads that have run something, as `pool` and `tables`. */
const setUp = `
  import { platform } from './dist/runtime/native/load.js';
  import { mapCode } from './dist/runtime/native/code.js';
  import { Pool } from './dist/targets/pool.js';
  const ret = mapCode(platform(), Uint8Array.of(0xc3));
  const pool = new Pool(platform(), 4, 2);
  const call = { kind: 'call', call: { kernel: 0, args: [], cost: 1 }, begin: 0, end: 1 };
  const tables = pool.load(Array(4).fill([call, { kind: 'barrier' }]), { kernels: [ret.address], slots: () => [] });
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  pool.run(tables);
`;

describe('a process with worker threads', () => {
  it.each([
    ['by itself while workers spin', 'console.log("end");'],
    ['by itself while workers are blocked', 'await sleep(50); console.log("end");'],
    ['by process.exit while workers spin', 'console.log("end"); process.exit(0);'],
    ['by process.exit while workers are blocked', 'await sleep(50); console.log("end"); process.exit(0);'],
    ['after dispose', 'tables.free(); pool.dispose(); console.log("end");'],
    ['after dispose of blocked workers', 'await sleep(50); pool.dispose(); console.log("end");'],
    [
      'with an exit listener that runs once more',
      'process.on("exit", () => { pool.run(tables); console.log("end"); });',
    ],
  ])('ends %s', async (_, script) => {
    expect(await workshop.run(setUp + script)).toEqual({
      code: 0,
      signal: null,
      stdout: 'end\n',
      stderr: '',
    });
  });

  it('ends by an uncaught exception', async () => {
    const ending = await workshop.run(`${setUp}throw new Error('as intended');`);
    expect(ending).toMatchObject({ code: 1, signal: null });
    expect(ending.stderr).toContain('as intended');
  });

  it('ends by an unhandled rejection', async () => {
    const ending = await workshop.run(`${setUp}await sleep(5); Promise.reject(new Error('as intended'));`);
    expect(ending).toMatchObject({ code: 1, signal: null });
  });

  it.runIf(process.platform !== 'win32')('ends by a signal, and runs the listener of one', async () => {
    const killed = await workshop.run(`${setUp}process.kill(process.pid, 'SIGTERM'); await sleep(5000);`);
    expect(killed).toMatchObject({ code: null, signal: 'SIGTERM' });
    const listened = `process.on('SIGINT', () => { pool.run(tables); console.log('heard'); process.exit(130); });
      process.kill(process.pid, 'SIGINT'); for (let i = 0; i < 100; i++) { pool.run(tables); await sleep(10); }`;
    expect(await workshop.run(setUp + listened)).toMatchObject({ code: 130, stdout: 'heard\n' });
  });

  it('works in worker threads of Node, which may be ended', async () => {
    const script = `
      import { Worker, isMainThread, parentPort } from 'node:worker_threads';
      import { fileURLToPath } from 'node:url';
      if (isMainThread) {
        for (let i = 0; i < 3; i++) {
          const worker = new Worker(fileURLToPath(import.meta.url));
          await new Promise((resolve) => worker.once('message', resolve));
          await worker.terminate();
        }
        console.log('end');
      } else {
        ${setUp.replace(/import \{ (\w+) \} from '(.*)';/g, "const { $1 } = await import('$2');")}
        parentPort.postMessage('done');
        setInterval(() => pool.run(tables), 1);
      }`;
    expect(await workshop.run(script)).toEqual({ code: 0, signal: null, stdout: 'end\n', stderr: '' });
  });
});

describe('loading', () => {
  it('says what is the matter where koffi does not load', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import Module from 'node:module';
      const load = Module._load;
      Module._load = (name, ...rest) => {
        if (name === 'koffi') throw new Error('no build for this machine');
        return load(name, ...rest);
      };
      const { platform } = await import('./dist/runtime/native/load.js');
      try { platform(); } catch (error) { console.log(error.message, '/', error.cause.message); }`;
    expect((await workshop.run(script)).stdout).toBe(
      'koffi, which calls native code, does not load here / no build for this machine\n',
    );
  });
});
