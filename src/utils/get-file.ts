import { isTerminal, writeOut } from '../callbacks/console.ts';
import { ProgressBar } from '../callbacks/progress-bar.ts';
import { download, hashFile, nodeFs, nodePath } from '../data/download.ts';
import { type ArchiveFormat, extractArchive } from '../data/extract.ts';
import { checkOptions, describe, OlifantError } from '../errors.ts';
import type { AbortLike } from '../models/index.ts';

export interface GetFileOptions {
  /** The SHA-256 or MD5 that the file must have. */
  fileHash?: string | null;
  /** Older name of `fileHash`. */
  md5Hash?: string | null;
  /** Which of them it is. Default `'auto'`: by its length. */
  hashAlgorithm?: 'auto' | 'sha256' | 'md5';
  /** The folder in the cache. Default `'datasets'`. */
  cacheSubdir?: string;
  /** Whether the file is an archive to be unpacked. Default `false`. */
  extract?: boolean;
  /** Older way to say `{ extract: true, archiveFormat: 'tar' }`. Default `false`. */
  untar?: boolean;
  /** Default `'auto'`: tar (with or without gzip) or zip; `null`: none. */
  archiveFormat?: 'auto' | ArchiveFormat | null;
  /** Default: the folder of Python's Keras, `~/.keras` or what the variable `KERAS_HOME` says. */
  cacheDir?: string | null;
  /** Whether a file that is there is downloaded again. Default `false`. */
  forceDownload?: boolean;
  /** Whether the progress is shown. Default `true`. */
  verbose?: boolean;
  /** Ends the download; a later call goes on from there. */
  signal?: AbortLike;
}

const OPTIONS: readonly (keyof GetFileOptions)[] = [
  'fileHash',
  'md5Hash',
  'hashAlgorithm',
  'cacheSubdir',
  'extract',
  'untar',
  'archiveFormat',
  'cacheDir',
  'forceDownload',
  'verbose',
  'signal',
];

function invalid(message: string): OlifantError {
  return new OlifantError('INVALID_ARGUMENT', `getFile: ${message}`);
}

/**
 * The path of a file from the network, which is downloaded if it is not in the cache (Keras's `get_file`). The cache is that of
 * Python's Keras. An interrupted download is gone on from; a file is in the cache whole or not at all, and with its hash.
 *
 * @param fname Its name in the cache; `null`: the last part of the address.
 * @param origin The address, `https:` or `http:`.
 * @returns The path of the file; with `extract` that of the folder into which it was unpacked.
 * @throws OlifantError `INVALID_ARGUMENT` for options that cannot be, `INVALID_FILE` where the file cannot be had, is not what
 *   its hash says, or is no archive that may be unpacked.
 * @example
 * const path = await getFile('iris.csv', 'https://example.org/iris.csv', { fileHash: '9f86d081...' });
 */
export async function getFile(fname: string | null, origin: string, given: GetFileOptions = {}): Promise<string> {
  const options = modern(checkOptions('getFile', given, OPTIONS));
  const hash = hashOf(options);
  const name = nameOf(fname, origin);
  const folder = cacheFolder(options);
  const { target, extracted } = places(folder, name, fname !== null, options.extract ?? false);
  const fs = nodeFs();
  const known = fs.existsSync(target) && !options.forceDownload;
  const right = known && (hash === null || hashFile(target, hash.algorithm) === hash.digest.toLowerCase());
  if (!right) {
    fs.mkdirSync(folder, { recursive: true });
    await downloadShown(origin, target, hash, options);
  }
  if (extracted === null) return target;
  const format = options.archiveFormat === undefined ? 'auto' : options.archiveFormat;
  if (!['auto', 'tar', 'zip', null].includes(format))
    throw invalid(`archiveFormat must be 'auto', 'tar', 'zip' or null, got ${describe(format)}`);
  if (format !== null && (!right || !fs.existsSync(extracted)))
    await extractArchive(target, extracted, format === 'auto' ? ['tar', 'zip'] : [format]);
  return extracted;
}

function modern({ md5Hash, untar = false, ...options }: GetFileOptions): GetFileOptions {
  const fileHash = options.fileHash ?? md5Hash;
  return untar ? { ...options, fileHash, extract: true, archiveFormat: 'tar' } : { ...options, fileHash };
}

function hashOf({ fileHash, hashAlgorithm = 'auto' }: GetFileOptions) {
  if (!['auto', 'sha256', 'md5'].includes(hashAlgorithm))
    throw invalid(`hashAlgorithm must be 'auto', 'sha256' or 'md5', got ${describe(hashAlgorithm)}`);
  if (fileHash === undefined || fileHash === null) return null;
  const algorithm = hashAlgorithm === 'auto' ? (fileHash.length === 64 ? 'sha256' : 'md5') : hashAlgorithm;
  const digits = algorithm === 'sha256' ? 64 : 32;
  if (!/^[0-9a-fA-F]+$/.test(fileHash) || fileHash.length !== digits)
    throw invalid(`fileHash must be ${digits} hexadecimal digits for ${algorithm}, got ${describe(fileHash)}`);
  return { algorithm, digest: fileHash } as const;
}

function nameOf(fname: string | null, origin: string): string {
  if (typeof origin !== 'string' || !URL.canParse(origin) || !/^https?:$/.test(new URL(origin).protocol))
    throw invalid(`origin must be an address that begins with https: or http:, got ${describe(origin)}`);
  const name = fname ?? decodeURIComponent(new URL(origin).pathname.split('/').at(-1)!);
  if (typeof name !== 'string' || /[/\\\0:]/.test(name) || ['', '.', '..'].includes(name))
    throw invalid(`the name in the cache must be that of a file, without a path, got ${describe(name)}`);
  return name;
}

function cacheFolder({ cacheDir, cacheSubdir = 'datasets' }: GetFileOptions): string {
  const path = nodePath();
  const home = process.getBuiltinModule('node:os').homedir();
  const given = cacheDir ?? process.env.KERAS_HOME ?? path.join(home, '.keras');
  const base = path.resolve(given.replace(/^~(?=$|[/\\])/, home));
  const folder = path.resolve(base, cacheSubdir);
  const way = path.relative(base, folder);
  if (way.startsWith('..') || path.isAbsolute(way))
    throw invalid(`cacheSubdir must be inside of the cache, got ${describe(cacheSubdir)}`);
  return folder;
}

/** Where Keras puts archives and what is in them. */
function places(folder: string, name: string, given: boolean, extract: boolean) {
  const { join } = nodePath();
  if (!extract) return { target: join(folder, name), extracted: null };
  const dot = name.indexOf('.');
  if (given && dot > 0)
    return { target: join(folder, name), extracted: join(folder, `${name.slice(0, dot)}_extracted`) };
  return { target: join(folder, `${name}_archive`), extracted: join(folder, name) };
}

async function downloadShown(
  origin: string,
  target: string,
  hash: ReturnType<typeof hashOf>,
  { verbose = true, signal }: GetFileOptions,
): Promise<void> {
  if (verbose) writeOut(`Downloading ${origin}\n`);
  let bar: ProgressBar | undefined;
  const onProgress = (done: number, total: number | null) => {
    if (!verbose || !isTerminal()) return;
    bar ??= new ProgressBar({ target: total, verbose: 1, unit: 'byte' });
    if (bar.tick(done) || done === total) bar.update(done, {}, done === total);
  };
  await download(origin, target, { hash, onProgress, signal: signal as AbortSignal | undefined });
}
