/** tables[k][b]: what the byte b does to the checksum when k more bytes follow it (ISO-HDLC polynomial, bits reversed). */
function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  const tables = [first];
  for (let k = 1; k < 8; k++) {
    const before = tables[k - 1]!;
    tables.push(before.map((c) => (c >>> 8) ^ first[c & 0xff]!));
  }
  return tables;
}

let tables: Uint32Array[] | undefined;

/** The CRC-32 of zip and gzip, eight bytes a step. */
export function crc32(data: Uint8Array): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let c = 0xffff_ffff;
  let i = 0;
  for (const end = data.length - 7; i < end; i += 8)
    c =
      t7[(c ^ data[i]!) & 0xff]! ^
      t6[((c >>> 8) ^ data[i + 1]!) & 0xff]! ^
      t5[((c >>> 16) ^ data[i + 2]!) & 0xff]! ^
      t4[(c >>> 24) ^ data[i + 3]!]! ^
      t3[data[i + 4]!]! ^
      t2[data[i + 5]!]! ^
      t1[data[i + 6]!]! ^
      t0[data[i + 7]!]!;
  for (; i < data.length; i++) c = (c >>> 8) ^ t0[(c ^ data[i]!) & 0xff]!;
  return (c ^ 0xffff_ffff) >>> 0;
}
