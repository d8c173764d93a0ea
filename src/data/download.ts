import { OlifantError } from '../errors.ts';

export interface DownloadOptions {
  /** SHA-256 (64 hexadecimal digits) or MD5 (32) that the file must have. */
  readonly hash?: { readonly algorithm: 'sha256' | 'md5'; readonly digest: string } | null;
  /** Told how many bytes there are, and of how many. */
  readonly onProgress?: (done: number, total: number | null) => void;
  readonly signal?: AbortSignal;
}

function builtin<T>(name: string): T {
  const found = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.(name as 'node:fs');
  if (found === undefined)
    throw new OlifantError('UNSUPPORTED', 'files and folders need Node; browsers have fetch and Blob');
  return found as T;
}

export const nodeFs = () => builtin<typeof import('node:fs')>('node:fs');
export const nodePath = () => builtin<typeof import('node:path')>('node:path');

const PIECE = 2 ** 20;

/** The hash of a file, in hexadecimal digits. */
export function hashFile(path: string, algorithm: 'sha256' | 'md5'): string {
  const fs = nodeFs();
  const hash = builtin<typeof import('node:crypto')>('node:crypto').createHash(algorithm);
  const file = fs.openSync(path, 'r');
  try {
    const piece = new Uint8Array(PIECE);
    for (let n = 1; n > 0; ) {
      n = fs.readSync(file, piece, 0, PIECE, null);
      hash.update(piece.subarray(0, n));
    }
  } finally {
    fs.closeSync(file);
  }
  return hash.digest('hex');
}

function failure(origin: string, message: string, cause?: unknown): OlifantError {
  return new OlifantError('INVALID_FILE', `${origin}: ${message}`, { cause });
}

/** What there is of a file, and of which version of it. */
interface Part {
  readonly size: number;
  readonly tag: string;
}

function findPart(path: string): Part | null {
  const fs = nodeFs();
  try {
    const tag = fs.readFileSync(`${path}.part.tag`, 'utf8');
    return tag === '' ? null : { size: fs.statSync(`${path}.part`).size, tag };
  } catch {
    return null;
  }
}

/**
 * Downloads a file so that its path holds the whole of it or nothing: under another name first, with its hash compared. What
 * an interrupted download has left is gone on from, if the server says that the file is still the same (its ETag).
 *
 * @throws OlifantError `INVALID_FILE` where the server has no such file, and where the hash is another one.
 */
export async function download(origin: string, path: string, options: DownloadOptions = {}): Promise<void> {
  const fs = nodeFs();
  const part = findPart(path);
  const response = await request(origin, part, options.signal);
  const resumes = response.status === 206 && startOf(response) === part?.size;
  if (response.status === 206 && !resumes)
    throw failure(origin, 'the server sent another part of the file than was asked for');
  const start = resumes ? part!.size : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isFinite(length) ? start + length : null;
  fs.writeFileSync(`${path}.part.tag`, response.headers.get('etag') ?? '');
  const file = fs.openSync(`${path}.part`, resumes ? 'r+' : 'w');
  let done = start;
  try {
    for await (const piece of response.body!) {
      for (let at = 0; at < piece.length; ) at += fs.writeSync(file, piece, at, piece.length - at, done + at);
      done += piece.length;
      options.onProgress?.(done, total);
    }
    fs.fsyncSync(file);
  } catch (cause) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw failure(origin, `the connection broke after ${done} bytes; call again to go on from there`, cause);
  } finally {
    fs.closeSync(file);
  }
  if (total !== null && done !== total) throw failure(origin, `${done} of ${total} bytes came; call again to go on`);
  const { hash } = options;
  if (hash) {
    const found = hashFile(`${path}.part`, hash.algorithm);
    if (found !== hash.digest.toLowerCase()) {
      removePart(path);
      throw failure(
        origin,
        `the ${hash.algorithm} of the file is ${found}, expected was ${hash.digest}. It is not kept`,
      );
    }
  }
  fs.renameSync(`${path}.part`, path);
  removePart(path);
}

function removePart(path: string): void {
  for (const ending of ['.part', '.part.tag']) nodeFs().rmSync(`${path}${ending}`, { force: true });
}

async function request(origin: string, part: Part | null, signal: AbortSignal | undefined): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (part !== null && part.size > 0) {
    headers.range = `bytes=${part.size}-`;
    headers['if-range'] = part.tag;
  }
  let response: Response;
  try {
    response = await fetch(origin, { headers, signal });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw failure(
      origin,
      `it cannot be reached: ${((cause as Error).cause as Error | undefined)?.message || (cause as Error).message}`,
      cause,
    );
  }
  if (response.ok && response.body !== null) return response;
  await response.body?.cancel();
  // There is nothing behind what we have: perhaps it was whole. From the beginning, the hash will tell.
  if (response.status === 416) return request(origin, null, signal);
  throw failure(origin, `the server answers ${response.status} ${response.statusText}`);
}

function startOf(response: Response): number | undefined {
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return range === null ? undefined : Number(range[1]);
}
