import type { Label } from './registers.ts';

/** A 32-bit field that holds the distance from `end` to a label, `addend` bytes behind it. */
export interface Fixup {
  readonly at: number;
  readonly end: number;
  readonly label: Label;
  readonly addend: number;
}

/** A growing array of bytes, with the distances to be filled in at the end. */
export class CodeBuffer {
  private bytes = new Uint8Array(4096);
  length = 0;
  readonly fixups: Fixup[] = [];

  u8(value: number): void {
    if (this.length === this.bytes.length) this.grow();
    this.bytes[this.length++] = value;
  }

  /** The low `count` bytes, the lowest first. */
  le(value: number | bigint, count: number): void {
    if (count <= 4) {
      const v = Number(value) | 0;
      for (let i = 0; i < count; i++) this.u8((v >> (8 * i)) & 0xff);
    } else {
      let v = BigInt.asUintN(8 * count, BigInt(value));
      for (let i = 0; i < count; i++, v >>= 8n) this.u8(Number(v & 0xffn));
    }
  }

  append(bytes: Uint8Array): void {
    for (const b of bytes) this.u8(b);
  }

  /** A copy of all bytes, every distance filled in. */
  link(): Uint8Array {
    const out = this.bytes.slice(0, this.length);
    const view = new DataView(out.buffer);
    for (const { at, end, label, addend } of this.fixups) view.setInt32(at, label.offset + addend - end, true);
    return out;
  }

  private grow(): void {
    const larger = new Uint8Array(2 * this.bytes.length);
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
