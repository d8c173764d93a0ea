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
export function checkSize(width: number, height: number, offset: number): void {
  if (width === 0 || height === 0) throw new FileError(`a picture of ${width} x ${height} pixels has none`, { offset });
  if (width * height > MAX_PIXELS)
    throw new FileError(`a picture of ${width} x ${height} pixels is too large; at most ${MAX_PIXELS} are read`, {
      offset,
    });
}
