import { FileError } from '../file-error.ts';

/** Compressed bytes given to the library at once: what they can grow to (1032 times) is all that is made before a check. */
const PIECE = 4096;

/**
 * Expands a deflate stream to exactly `size` bytes. Nothing but these (and one piece's output) is allocated, however much
 * the stream would give.
 *
 * @param wrapped Whether it is a zlib stream (HDF5's) instead of a raw one (zip's).
 */
export async function inflate(data: Uint8Array, size: number, wrapped = false): Promise<Uint8Array> {
  const { Inflate, Unzlib } = await import('fflate');
  const out = new Uint8Array(size);
  let at = 0;
  let ended = false;
  const stream = new (wrapped ? Unzlib : Inflate)((piece: Uint8Array, final: boolean) => {
    if (at + piece.length > size) throw new FileError(`compressed data give more than the ${size} bytes they declare`);
    out.set(piece, at);
    at += piece.length;
    ended = final;
  });
  try {
    for (let i = 0; i < data.length || i === 0; i += PIECE)
      stream.push(data.subarray(i, i + PIECE), i + PIECE >= data.length);
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`compressed data are damaged: ${(error as Error).message}`, {}, { cause: error });
  }
  if (!ended || at !== size) throw new FileError(`compressed data give ${at} bytes, ${size} are declared`);
  return out;
}
