import { FileError } from '../file-error.ts';

/** Compressed bytes given to the library at once: what they can grow to (1032 times) is all that is made before a check. */
const PIECE = 32 * 1024;

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
  for (let i = 0; i < data.length || i === 0; i += PIECE) {
    const piece = data.subarray(i, i + PIECE);
    stream.push(piece, i + PIECE >= data.length);
  }
  if (!ended || at !== size) throw new FileError(`compressed data give ${at} bytes, ${size} are declared`);
  return out;
}
