import { FileError, toFileError } from './file-error.ts';

type Promises = typeof import('node:fs/promises');

/** The operations on files that are used, so that tests can make each of them fail. */
export type FileSystem = Pick<Promises, 'open' | 'realpath' | 'rename' | 'stat' | 'unlink'>;

/** Node's files. In browsers there are none: models are read from and written to bytes. */
export function nodeFiles(file: string): FileSystem {
  const fs = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.('node:fs/promises');
  if (fs === undefined)
    throw new FileError('paths need Node; here, use bytes: saveModelToBytes(model), loadModel(bytes)', { file });
  return fs;
}

/** Bytes read at once. */
const PIECE = 64 * 2 ** 20;

/** The content of a regular file. */
export async function readFile(path: string, fs: FileSystem = nodeFiles(path)): Promise<Uint8Array> {
  try {
    const handle = await fs.open(path, 'r');
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new FileError('this is no file');
      const data = new Uint8Array(stat.size);
      for (let at = 0; at < data.length; ) {
        const { bytesRead } = await handle.read(data, at, Math.min(PIECE, data.length - at), at);
        if (bytesRead === 0) throw new FileError(`the file became shorter while it was read (${at} bytes)`);
        at += bytesRead;
      }
      return data;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw toFileError(error, { file: path });
  }
}

let temporaries = 0;

/**
 * Writes a file so that at every moment its path holds the old content or the new one, whole: into a temporary file in the
 * same folder, forced to disk, then renamed. After an error the old file is as it was, and the temporary one is gone.
 */
export async function writeFile(
  path: string,
  data: Uint8Array,
  { overwrite = true, fs = nodeFiles(path) }: { overwrite?: boolean; fs?: FileSystem } = {},
): Promise<void> {
  try {
    const target = await existing(path, fs);
    if (target !== undefined && !overwrite) throw new FileError('the file exists; give overwrite: true to replace it');
    const real = target ?? path;
    const temporary = `${real}.${process.pid}-${temporaries++}.tmp`;
    try {
      await writeWhole(temporary, data, fs);
      await fs.rename(temporary, real);
    } catch (error) {
      await fs.unlink(temporary).catch(() => undefined);
      throw error;
    }
    await syncFolder(real, fs);
  } catch (error) {
    throw toFileError(error, { file: path });
  }
}

/** The file at a path, links followed, so that a link stays one; `undefined` where there is none. */
async function existing(path: string, fs: FileSystem): Promise<string | undefined> {
  try {
    const real = await fs.realpath(path);
    if (!(await fs.stat(real)).isFile()) throw new FileError('there is something at this path that is no file');
    return real;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeWhole(path: string, data: Uint8Array, fs: FileSystem): Promise<void> {
  const handle = await fs.open(path, 'wx');
  try {
    for (let at = 0; at < data.length; ) {
      const { bytesWritten } = await handle.write(data, at, Math.min(PIECE, data.length - at), at);
      if (bytesWritten === 0) throw new FileError(`only ${at} of ${data.length} bytes could be written`);
      at += bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the new name last through a loss of power. Not every system can; the file is whole either way. */
async function syncFolder(path: string, fs: FileSystem): Promise<void> {
  const folder = path.replace(/[^/\\]*$/, '') || '.';
  try {
    const handle = await fs.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows cannot open folders.
  }
}
