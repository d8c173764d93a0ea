import { describe, OlifantError } from '../errors.ts';
import { nodeFs, nodePath } from './download.ts';

export type ArchiveFormat = 'tar' | 'zip';

/** What an archive may become, for a byte of it and at least: more is a bomb. DEFLATE cannot make more than 1032. */
const MOST_RATIO = 200;
const MOST_LEAST = 16 * 2 ** 20;
const MOST_ENTRIES = 5_000_000;

const PIECE = 2 ** 20;

function bad(archive: string, message: string): OlifantError {
  return new OlifantError('INVALID_FILE', `${archive}: ${message}. Nothing of the archive is kept`);
}

/**
 * Unpacks an archive into a folder, which is there whole or not at all. Files and folders only: links, devices, and names that
 * lead out of the folder are refused, as are archives that become many times their size.
 *
 * @param formats Those that are tried.
 * @throws OlifantError `INVALID_FILE` for what is no such archive, or is damaged, or deceives.
 */
export async function extractArchive(
  archive: string,
  folder: string,
  formats: readonly ArchiveFormat[] = ['tar', 'zip'],
): Promise<void> {
  const fs = nodeFs();
  const temporary = `${folder}.${process.pid}.tmp`;
  fs.rmSync(temporary, { recursive: true, force: true });
  fs.mkdirSync(temporary, { recursive: true });
  try {
    const sink = new Sink(archive, temporary);
    const format = formatOf(archive);
    if (format === null || !formats.includes(format))
      throw bad(
        archive,
        `this is no ${formats.join(' and no ')} archive (of tar, gzip is understood, bzip2 and xz are not)`,
      );
    if (format === 'zip') await unzip(archive, sink);
    else await untar(archive, sink);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(temporary, folder);
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true });
    throw error instanceof OlifantError ? error : bad(archive, `it is damaged: ${(error as Error).message}`);
  }
}

/** By the first bytes: gzip is taken for a compressed tar. */
function formatOf(archive: string): ArchiveFormat | null {
  const fs = nodeFs();
  const head = new Uint8Array(512);
  const file = fs.openSync(archive, 'r');
  const read = fs.readSync(file, head, 0, 512, 0);
  fs.closeSync(file);
  if (head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5)) return 'zip';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'tar';
  return read === 512 && new TextDecoder().decode(head.subarray(257, 262)) === 'ustar' ? 'tar' : null;
}

/** Writes entries below a folder, and says no to what must not be written. */
class Sink {
  readonly #archive: string;
  readonly #folder: string;
  readonly #limit: number;
  readonly #files = new Set<string>();
  #bytes = 0;
  #entries = 0;

  constructor(archive: string, folder: string) {
    this.#archive = archive;
    this.#folder = folder;
    this.#limit = MOST_LEAST + MOST_RATIO * nodeFs().statSync(archive).size;
  }

  /** A place below the folder for an entry's name. */
  #place(name: string): string {
    if (++this.#entries > MOST_ENTRIES) throw bad(this.#archive, `it has more than ${MOST_ENTRIES} entries`);
    const parts = name.split('/').filter((p) => p !== '' && p !== '.');
    const leads = name.startsWith('/') || /[\\\0]|^[A-Za-z]:/.test(name) || parts.includes('..');
    if (leads) throw bad(this.#archive, `its entry ${describe(name)} leads out of the folder`);
    return nodePath().join(this.#folder, ...parts);
  }

  folder(name: string): void {
    nodeFs().mkdirSync(this.#place(name), { recursive: true });
  }

  /** Opens a file; pieces are given one after the other. */
  file(name: string): { write(piece: Uint8Array): void; close(): void } {
    const fs = nodeFs();
    const path = this.#place(name);
    if (this.#files.has(path)) throw bad(this.#archive, `it has two entries '${name}'`);
    this.#files.add(path);
    fs.mkdirSync(nodePath().dirname(path), { recursive: true });
    const file = fs.openSync(path, 'wx');
    let open = true;
    return {
      write: (piece) => {
        this.#bytes += piece.length;
        if (this.#bytes > this.#limit) throw bad(this.#archive, `it becomes more than ${MOST_RATIO} times its size`);
        for (let at = 0; at < piece.length; ) at += fs.writeSync(file, piece, at);
      },
      close: () => {
        if (open) fs.closeSync(file);
        open = false;
      },
    };
  }
}

/** The content of a file, piece by piece. */
function* pieces(path: string): Iterable<Uint8Array> {
  const fs = nodeFs();
  const file = fs.openSync(path, 'r');
  try {
    for (;;) {
      const piece = new Uint8Array(PIECE);
      const n = fs.readSync(file, piece, 0, PIECE, null);
      if (n === 0) return;
      yield piece.subarray(0, n);
    }
  } finally {
    fs.closeSync(file);
  }
}

async function unzip(archive: string, sink: Sink): Promise<void> {
  const { Unzip, UnzipInflate } = await import('fflate');
  let error: unknown;
  let open = 0;
  const reader = new Unzip((entry) => {
    if (entry.name.endsWith('/')) {
      sink.folder(entry.name);
      return;
    }
    const file = sink.file(entry.name);
    open++;
    entry.ondata = (failed, data, final) => {
      error ??= failed;
      if (failed) return;
      file.write(data);
      if (!final) return;
      file.close();
      open--;
    };
    entry.start();
  });
  reader.register(UnzipInflate);
  for (const piece of pieces(archive)) {
    reader.push(piece);
    if (error) throw error;
  }
  reader.push(new Uint8Array(0), true);
  if (error) throw error;
  if (open > 0) throw new Error('it ends in the middle of a file');
}

async function untar(archive: string, sink: Sink): Promise<void> {
  const { Parser } = await import('tar');
  await new Promise<void>((resolve, reject) => {
    let failed = false;
    const fail = (error: unknown) => {
      failed = true;
      reject(error);
    };
    const parser = new Parser({
      strict: true,
      onReadEntry: (entry) => {
        try {
          if (failed) entry.resume();
          else if (entry.type === 'Directory') {
            sink.folder(entry.path);
            entry.resume();
          } else if (entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile') {
            const file = sink.file(entry.path);
            entry.on('data', (piece: Uint8Array) => {
              try {
                if (!failed) file.write(piece);
              } catch (error) {
                file.close();
                fail(error);
              }
            });
            entry.on('end', () => file.close());
          } else throw bad(archive, `its entry '${entry.path}' is no file and no folder but a ${entry.type}`);
        } catch (error) {
          entry.resume();
          fail(error);
        }
      },
    });
    parser.on('error', fail);
    parser.on('end', () => resolve());
    for (const piece of pieces(archive)) {
      if (failed) return;
      parser.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    }
    parser.end();
  });
}
