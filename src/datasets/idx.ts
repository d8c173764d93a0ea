import { OlifantError } from '../errors.ts';

const UNSIGNED_BYTES = 8;

/** Bytes with their shape, as an IDX file holds them. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** A view of the file's bytes. */
  readonly data: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes: two zero bytes, the element type, the number of axes, each axis as a big-endian
 * 32-bit number, then the elements (LeCun, Cortes, Burges: "The MNIST database of handwritten digits").
 *
 * @param bytes The whole file; the result is a view of it.
 * @param name For messages.
 * @throws OlifantError `INVALID_FILE`
 */
export function readIdx(bytes: Uint8Array, name: string): IdxArray {
  const fail = (message: string) => new OlifantError('INVALID_FILE', `${name}: ${message}`);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) throw fail('this is no IDX file: it must begin with 0, 0');
  if (bytes[2] !== UNSIGNED_BYTES)
    throw fail(`expected unsigned bytes (type ${UNSIGNED_BYTES}), got elements of type ${bytes[2]}`);
  const axes = bytes[3]!;
  const start = 4 + 4 * axes;
  if (bytes.length < start) throw fail(`the sizes of ${axes} axes do not fit into ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((a, b) => a * b, 1);
  if (bytes.length - start !== size)
    throw fail(`the shape [${shape.join(', ')}] needs ${size} bytes after the header, got ${bytes.length - start}`);
  return { shape, data: bytes.subarray(start) };
}
