import { describe } from '../errors.ts';
import { FileError, toFileError } from './file-error.ts';
import { readFile } from './node-files.ts';

/** A `URL`, said without the types of Node or of browsers, which a project may not have. */
export interface UrlLike {
  readonly href: string;
  readonly protocol: string;
}

/** What models can be read from: a path (in Node), bytes, or something like a `Blob` or a `Response`. */
export type FileSource = string | UrlLike | Uint8Array | ArrayBuffer | { arrayBuffer(): Promise<ArrayBuffer> };

function isUrl(source: FileSource): source is UrlLike {
  return source instanceof URL;
}

/** How messages name a source. */
export function sourceName(source: FileSource): string | undefined {
  if (typeof source === 'string') return source;
  if (isUrl(source)) return source.href;
  const { name } = source as { name?: unknown };
  return typeof name === 'string' ? name : undefined;
}

/** The bytes of a source. Of addresses only `file:` is read: nothing is loaded from a network. */
export async function readSource(source: FileSource): Promise<Uint8Array> {
  if (typeof source === 'string') return readFile(source);
  if (isUrl(source)) {
    if (source.protocol !== 'file:')
      throw new FileError('only file: addresses are opened; give the bytes: await (await fetch(url)).arrayBuffer()', {
        file: source.href,
      });
    return readFile(process.getBuiltinModule('node:url').fileURLToPath(source.href));
  }
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof source?.arrayBuffer !== 'function')
    throw new FileError(`expected a path, bytes or a Blob, got ${describe(source)}`);
  try {
    return new Uint8Array(await source.arrayBuffer());
  } catch (error) {
    throw toFileError(error, { file: sourceName(source) });
  }
}
