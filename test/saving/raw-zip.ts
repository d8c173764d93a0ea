import { crc32 } from '../../src/saving/zip/crc32.ts';

/** One member; what is given beside name and data replaces what an honest archive would say. */
export interface RawMember {
  name: string;
  /** The bytes as they lie in the file. */
  data: Uint8Array;
  method?: number;
  flags?: number;
  crc?: number;
  size?: number;
  packedSize?: number;
  /** Upper half of the external attributes: Unix's mode. */
  mode?: number;
  /** Where the central directory says that the header is. */
  offset?: number;
  /** The name in the member's own header. */
  localName?: string;
  localSize?: number;
  localCrc?: number;
  extra?: Uint8Array;
}

const text = (s: string) => new TextEncoder().encode(s);

class Writer {
  readonly #parts: Uint8Array[] = [];
  length = 0;

  bytes(data: Uint8Array): void {
    this.#parts.push(data);
    this.length += data.length;
  }

  number(value: number, size: 2 | 4): void {
    const out = new Uint8Array(size);
    for (let i = 0; i < size; i++) out[i] = Math.floor(value / 256 ** i) & 0xff;
    this.bytes(out);
  }

  numbers(...pairs: readonly (readonly [number, 2 | 4])[]): void {
    for (const [value, size] of pairs) this.number(value, size);
  }

  done(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const p of this.#parts) {
      out.set(p, at);
      at += p.length;
    }
    return out;
  }
}

/** An archive, honest or not. */
export function rawZip(
  members: readonly RawMember[],
  end: { count?: number; offset?: number; size?: number; comment?: Uint8Array } = {},
): Uint8Array {
  const w = new Writer();
  const starts = members.map((m) => {
    const start = w.length;
    const name = text(m.localName ?? m.name);
    w.bytes(text('PK\x03\x04'));
    w.numbers([20, 2], [m.flags ?? 0, 2], [m.method ?? 0, 2], [0, 4], [m.localCrc ?? m.crc ?? crc32(m.data), 4]);
    w.numbers([m.packedSize ?? m.data.length, 4], [m.localSize ?? m.size ?? m.data.length, 4]);
    w.numbers([name.length, 2], [0, 2]);
    w.bytes(name);
    w.bytes(m.data);
    return start;
  });
  const directory = w.length;
  members.forEach((m, i) => {
    const name = text(m.name);
    const extra = m.extra ?? new Uint8Array(0);
    w.bytes(text('PK\x01\x02'));
    w.numbers([0x0314, 2], [20, 2], [m.flags ?? 0, 2], [m.method ?? 0, 2], [0, 4], [m.crc ?? crc32(m.data), 4]);
    w.numbers([m.packedSize ?? m.data.length, 4], [m.size ?? m.data.length, 4]);
    w.numbers([name.length, 2], [extra.length, 2], [0, 2], [0, 2], [0, 2], [0, 2], [m.mode ?? 0o100644, 2]);
    w.number(m.offset ?? starts[i]!, 4);
    w.bytes(name);
    w.bytes(extra);
  });
  const size = w.length - directory;
  const comment = end.comment ?? new Uint8Array(0);
  w.bytes(text('PK\x05\x06'));
  w.numbers([0, 2], [0, 2], [end.count ?? members.length, 2], [end.count ?? members.length, 2]);
  w.numbers([end.size ?? size, 4], [end.offset ?? directory, 4], [comment.length, 2]);
  w.bytes(comment);
  return w.done();
}
