import { Bytes } from '../saving/bytes.ts';
import { FileError } from '../saving/index.ts';
import { MAX_PIXELS } from './picture.ts';

/** Big-endian numbers at offsets of bytes that nobody vouches for. */
export class BigEndian extends Bytes {
  override u16(offset: number): number {
    const value = super.u16(offset);
    return ((value & 0xff) << 8) | (value >> 8);
  }

  override u32(offset: number): number {
    return this.u16(offset) * 65536 + this.u16(offset + 2);
  }
}

/** @throws FileError for pictures without pixels, and for those with too many. */
export function checkSize(width: number, height: number, offset: number, most = MAX_PIXELS): void {
  if (width === 0 || height === 0) throw new FileError(`a picture of ${width} x ${height} pixels has none`, { offset });
  if (width * height > most)
    throw new FileError(`a picture of ${width} x ${height} pixels is too large; at most ${most} are read`, { offset });
}

/** What a library makes of a file; where it throws, the file is damaged. */
export function decodedBy<T>(kind: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileError(`the ${kind} data are damaged: ${reason}`, {}, { cause: error });
  }
}

/** The bytes of all parts. */
export function concatenated(parts: readonly ArrayLike<number>[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
