import { OlifantError } from '../errors.ts';

/** Where in a file something is wrong, as far as that is known. */
export interface FilePlace {
  /** Path of the file, as it was given. */
  readonly file?: string | undefined;
  /** Name of the member of the archive, and the path inside of it. */
  readonly member?: string | undefined;
  /** Byte offset in the member (in the file, where there is no member). */
  readonly offset?: number | undefined;
}

/**
 * The only error of reading and writing models: a file that is missing, damaged, not what it claims to be or not allowed to
 * do what it asks for; a disk that is full. `cause` is the error below, if any.
 */
export class FileError extends OlifantError implements FilePlace {
  override readonly name = 'FileError';
  readonly file: string | undefined;
  readonly member: string | undefined;
  readonly offset: number | undefined;
  /** The message without the place. */
  readonly detail: string;

  constructor(detail: string, { file, member, offset }: FilePlace = {}, options?: { cause?: unknown }) {
    const place = [file, member, offset === undefined ? undefined : `byte ${offset}`].filter((p) => p !== undefined);
    super('FILE', [...place, detail].join(': '), options);
    this.detail = detail;
    this.file = file;
    this.member = member;
    this.offset = offset;
  }
}

/** Any error as a `FileError` that knows at least this place. */
export function toFileError(error: unknown, place: FilePlace): FileError {
  if (error instanceof FileError) {
    const { file = place.file, member = place.member, offset } = error;
    if (file === error.file && member === error.member) return error;
    return new FileError(error.detail, { file, member, offset }, { cause: error.cause });
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new FileError(detail, place, { cause: error });
}

/** Runs `f`; whatever it throws comes out as a `FileError` with this place. */
export function atPlace<T>(place: FilePlace, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw toFileError(error, place);
  }
}
