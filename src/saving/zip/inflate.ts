import { FileError } from '../file-error.ts';

/** Compressed bytes given to the library at once: what they can grow to (1032 times) is all that is made before a check. */
export const PIECE = 4096;

/**
 * Expands a deflate stream to exactly `size` bytes. Nothing but these (and one piece's output) is allocated, however much
 * the stream would give.
 *
 * @param wrapped Whether it is a zlib stream (HDF5's) instead of a raw one (zip's).
 */
export async function inflate(data: Uint8Array, size: number, wrapped = false): Promise<Uint8Array> {
  const out = new Uint8Array(size);
  await expand(inPieces(data), size, wrapped, (piece, at) => out.set(piece, at));
  return out;
}

/** Checks that a zlib stream, in pieces of at most `PIECE` bytes, gives exactly `size` bytes; none are kept. */
export async function checkInflated(pieces: readonly Uint8Array[], size: number): Promise<void> {
  await expand(pieces, size, true, () => {});
}

function inPieces(data: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.max(1, Math.ceil(data.length / PIECE)) }, (_, i) =>
    data.subarray(i * PIECE, (i + 1) * PIECE),
  );
}

async function expand(
  pieces: readonly Uint8Array[],
  size: number,
  wrapped: boolean,
  take: (piece: Uint8Array, at: number) => void,
): Promise<void> {
  const { Inflate, Unzlib } = await import('fflate');
  let at = 0;
  let ended = false;
  const stream = new (wrapped ? Unzlib : Inflate)((piece: Uint8Array, final: boolean) => {
    if (at + piece.length > size) throw new FileError(`compressed data give more than the ${size} bytes they declare`);
    take(piece, at);
    at += piece.length;
    ended = final;
  });
  try {
    pieces.forEach((piece, i) => {
      stream.push(piece, i === pieces.length - 1);
    });
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`compressed data are damaged: ${(error as Error).message}`, {}, { cause: error });
  }
  if (!ended || at !== size) throw new FileError(`compressed data give ${at} bytes, ${size} are declared`);
}
