import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../src/saving/index.ts';
import { type FileSystem, readFile, writeFile } from '../../src/saving/node-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'olifant-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const OLD = new TextEncoder().encode('old content');
const NEW = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);

interface Log {
  operations: string[];
}

/** Node's files, of which operation number `fails` throws; writes do `share` of what they are asked for. */
function failing(log: Log, fails: number, code: string, share = 1): FileSystem {
  const step = async <T>(name: string, f: () => Promise<T>): Promise<T> => {
    log.operations.push(name);
    if (log.operations.length === fails) throw Object.assign(new Error(`${code}: made to fail, ${name}`), { code });
    return f();
  };
  const wrap = (handle: promises.FileHandle) =>
    ({
      write: (data: Uint8Array, offset: number, length: number, position: number) =>
        step('write', () => handle.write(data, offset, Math.ceil(length * share), position)),
      read: (data: Uint8Array, offset: number, length: number, position: number) =>
        step('read', () => handle.read(data, offset, Math.ceil(length * share), position)),
      stat: () => step('fstat', () => handle.stat()),
      sync: () => step('sync', () => handle.sync()),
      close: async () => {
        await handle.close();
        await step('close', async () => undefined);
      },
    }) as unknown as promises.FileHandle;
  return {
    open: (...args) => step('open', async () => wrap(await promises.open(...args))),
    realpath: ((path: string) => step('realpath', () => promises.realpath(path))) as FileSystem['realpath'],
    rename: (a, b) => step('rename', () => promises.rename(a, b)),
    stat: ((path: string) => step('stat', () => promises.stat(path))) as FileSystem['stat'],
    unlink: (path) => promises.unlink(path),
  };
}

describe.each(['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EDQUOT', 'EMFILE'])('with %s', (code) => {
  it.each([true, false])(
    'at any operation, the path holds the old file or the new one (old one there: %s)',
    async (there) => {
      const path = join(folder, 'm.keras');
      const whole: Log = { operations: [] };
      if (there) writeFileSync(path, OLD);
      await writeFile(path, NEW, { fs: failing(whole, 0, code) });
      expect(whole.operations).toEqual(expect.arrayContaining(['open', 'write', 'sync', 'close', 'rename']));
      expect(whole.operations.indexOf('sync')).toBeLessThan(whole.operations.indexOf('rename'));
      for (let n = 1; n <= whole.operations.length; n++) {
        rmSync(path, { force: true });
        if (there) writeFileSync(path, OLD);
        const log: Log = { operations: [] };
        const error = await writeFile(path, NEW, { fs: failing(log, n, code) }).then(
          () => undefined,
          (e: unknown) => e,
        );
        const renamed = log.operations.indexOf('rename');
        const after = renamed !== -1 && n > renamed + 1;
        if (after) expect(error).toBeUndefined();
        else {
          expect(error).toBeInstanceOf(FileError);
          expect((error as FileError).message).toContain(code);
          expect((error as FileError).file).toBe(path);
        }
        const expected = after ? NEW : OLD;
        expect(readdirSync(folder)).toEqual(after || there ? ['m.keras'] : []);
        if (after || there) expect(readFileSync(path).equals(expected)).toBe(true);
      }
    },
  );
});

it('writes and reads on after short writes and reads', async () => {
  const path = join(folder, 'm.keras');
  await writeFile(path, NEW, { fs: failing({ operations: [] }, 0, '', 0.3) });
  expect(readFileSync(path).equals(NEW)).toBe(true);
  expect(Buffer.from(await readFile(path, failing({ operations: [] }, 0, '', 0.3))).equals(NEW)).toBe(true);
});

it('gives up on writes of nothing', async () => {
  const path = join(folder, 'm.keras');
  writeFileSync(path, OLD);
  await expect(writeFile(path, NEW, { fs: failing({ operations: [] }, 0, '', 0) })).rejects.toThrow(
    /only 0 of 200000 bytes/,
  );
  expect(readFileSync(path).equals(OLD)).toBe(true);
});

it('at any failing operation, reading ends in a FileError', async () => {
  const path = join(folder, 'm.keras');
  writeFileSync(path, OLD);
  const whole: Log = { operations: [] };
  await readFile(path, failing(whole, 0, 'EIO'));
  for (let n = 1; n <= whole.operations.length; n++)
    await expect(readFile(path, failing({ operations: [] }, n, 'EIO'))).rejects.toBeInstanceOf(FileError);
});

it('follows links, and they stay links', async () => {
  const real = join(folder, 'real.keras');
  const link = join(folder, 'link.keras');
  writeFileSync(real, OLD);
  symlinkSync(real, link);
  await writeFile(link, NEW);
  expect((await promises.lstat(link)).isSymbolicLink()).toBe(true);
  expect(readFileSync(real).equals(NEW)).toBe(true);
});
