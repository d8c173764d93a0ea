import { FileError } from './file-error.ts';

/** Little-endian numbers at offsets of untrusted bytes: every access is checked, and beyond the end is a `FileError`. */
export class Bytes {
  readonly data: Uint8Array;
  readonly #view: DataView;

  constructor(data: Uint8Array) {
    this.data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get length(): number {
    return this.data.length;
  }

  /** Checks that `count` bytes lie at `offset`. */
  need(offset: number, count: number, what: string): void {
    if (!(offset >= 0 && count >= 0 && offset + count <= this.length))
      throw new FileError(`${what} reaches beyond the end (${count} bytes wanted of ${this.length} in all)`, {
        offset,
      });
  }

  u8(offset: number): number {
    this.need(offset, 1, 'a byte');
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    this.need(offset, 2, 'a number');
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.need(offset, 4, 'a number');
    return this.#view.getUint32(offset, true);
  }

  /** A 64-bit number; one above 2^53 fits no file and is refused. */
  u64(offset: number): number {
    this.need(offset, 8, 'a number');
    const value = this.#view.getBigUint64(offset, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new FileError(`the number ${value} is too large for an offset or a size`, { offset });
    return Number(value);
  }

  /** An address: like `u64`, but all ones mean none. */
  address(offset: number): number | undefined {
    this.need(offset, 8, 'an address');
    return this.#view.getBigUint64(offset, true) === 0xffff_ffff_ffff_ffffn ? undefined : this.u64(offset);
  }

  /** Whether these characters stand at `offset`. */
  has(offset: number, text: string): boolean {
    if (offset < 0 || offset + text.length > this.length) return false;
    for (let i = 0; i < text.length; i++) if (this.data[offset + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  slice(offset: number, count: number, what: string): Uint8Array {
    this.need(offset, count, what);
    return this.data.subarray(offset, offset + count);
  }
}

/** Text of bytes that must be UTF-8. */
export function decodeText(bytes: Uint8Array, what: string, offset?: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FileError(`${what} is not UTF-8`, { offset }, { cause });
  }
}
