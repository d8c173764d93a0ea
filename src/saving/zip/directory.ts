import { type Bytes, decodeText } from '../bytes.ts';
import { FileError } from '../file-error.ts';

/** A member of an archive, as the central directory and its own header agree on it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its bytes begin, and where what belongs to it begins and ends. */
  readonly dataStart: number;
  readonly start: number;
  readonly end: number;
}

const END = 'PK\x05\x06';
const CENTRAL = 'PK\x01\x02';
const LOCAL = 'PK\x03\x04';
const MAX_ENTRIES = 10_000;
/** No deflate stream grows by more. */
const MAX_RATIO = 1032;
/** General purpose flags: encrypted, patched, strongly encrypted, masked headers. */
const REFUSED_FLAGS = 0x0001 | 0x0020 | 0x0040 | 0x2000;
const DESCRIPTOR = 0x0008;

/**
 * The members of a zip archive (PKWARE's APPNOTE 6.3.10), all headers checked against each other and the file's length;
 * nothing is unpacked.
 */
export function readDirectory(file: Bytes): ZipEntry[] {
  const end = findEnd(file);
  const { count, size, offset } = readEnd(file, end);
  if (count > MAX_ENTRIES) throw new FileError(`the archive has ${count} members; at most ${MAX_ENTRIES} are read`);
  if (offset + size > end) throw new FileError('the central directory lies beyond its own end', { offset: end });
  const entries: ZipEntry[] = [];
  let at = offset;
  for (let i = 0; i < count; i++) {
    const { entry, next } = readCentral(file, at, offset);
    entries.push(entry);
    at = next;
  }
  if (at !== offset + size) throw new FileError('the central directory is longer than its entries', { offset: at });
  checkNames(entries);
  checkOverlaps(entries);
  return entries;
}

/** The end record: the last signature whose comment reaches exactly to the end of the file. */
function findEnd(file: Bytes): number {
  const lowest = Math.max(0, file.length - 22 - 0xffff);
  for (let at = file.length - 22; at >= lowest; at--)
    if (file.has(at, END) && at + 22 + file.u16(at + 20) === file.length) return at;
  throw new FileError('not a zip archive: it has no end record. The file is cut off, or something else');
}

function readEnd(file: Bytes, end: number): { count: number; size: number; offset: number } {
  if (file.u16(end + 4) !== 0 || file.u16(end + 6) !== 0 || file.u16(end + 8) !== file.u16(end + 10))
    throw new FileError('archives in several parts are not supported', { offset: end });
  const record = { count: file.u16(end + 10), size: file.u32(end + 12), offset: file.u32(end + 16) };
  if (record.count !== 0xffff && record.size !== 0xffff_ffff && record.offset !== 0xffff_ffff) return record;
  const locator = end - 20;
  if (!file.has(locator, 'PK\x06\x07')) return record;
  const at = file.u64(locator + 8);
  if (!file.has(at, 'PK\x06\x06') || at + 56 > locator)
    throw new FileError('the zip64 end record is not where it should be', { offset: locator });
  if (file.u64(at + 24) !== file.u64(at + 32)) throw new FileError('archives in several parts', { offset: at });
  return { count: file.u64(at + 32), size: file.u64(at + 40), offset: file.u64(at + 48) };
}

interface Header {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly nameBytes: Uint8Array;
  readonly extraStart: number;
  readonly extraEnd: number;
}

/** The fields that the two kinds of headers share; they follow each other from `at` on. */
function readHeader(file: Bytes, at: number, names: number): Header {
  const nameLength = file.u16(at + 20);
  const extraStart = names + nameLength;
  return {
    flags: file.u16(at),
    method: file.u16(at + 2),
    crc: file.u32(at + 8),
    packedSize: file.u32(at + 12),
    size: file.u32(at + 16),
    nameBytes: file.slice(names, nameLength, 'a name'),
    extraStart,
    extraEnd: extraStart + file.u16(at + 22),
  };
}

/** The 64-bit values of the zip64 extra field, for those of the 32-bit fields that are all ones. */
function wide(file: Bytes, header: Header, values: readonly number[]): number[] {
  if (values.every((v) => v !== 0xffff_ffff)) return [...values];
  for (let at = header.extraStart; at + 4 <= header.extraEnd; at += 4 + file.u16(at + 2)) {
    if (file.u16(at) !== 0x0001) continue;
    const end = at + 4 + file.u16(at + 2);
    if (end > header.extraEnd) break;
    let next = at + 4;
    return values.map((v) => {
      if (v !== 0xffff_ffff) return v;
      if (next + 8 > end) throw new FileError('a zip64 field is too short', { offset: at });
      next += 8;
      return file.u64(next - 8);
    });
  }
  return [...values];
}

function readCentral(file: Bytes, at: number, directory: number): { entry: ZipEntry; next: number } {
  if (!file.has(at, CENTRAL)) throw new FileError('no entry of the central directory here', { offset: at });
  file.need(at, 46, 'an entry of the central directory');
  const header = readHeader(file, at + 8, at + 46);
  const name = decodeText(header.nameBytes, 'a name', at + 46);
  const fail = (what: string): never => {
    throw new FileError(what, { member: printable(name), offset: at });
  };
  if (header.flags & REFUSED_FLAGS) fail('encrypted members are not supported');
  if (header.method !== 0 && header.method !== 8) fail(`the compression method ${header.method} is not supported`);
  // Upper half of the external attributes: the mode of Unix; 0o120000 is a symbolic link.
  if ((file.u16(at + 40) & 0o170000) === 0o120000) fail('symbolic links are not allowed');
  const [size, packedSize, start] = wide(file, header, [header.size, header.packedSize, file.u32(at + 42)]);
  if (header.method === 0 && size !== packedSize) fail('a stored member has two different sizes');
  if (size! > packedSize! * MAX_RATIO) fail(`${packedSize} bytes cannot hold the ${size} bytes that are declared`);
  const { dataStart, end } = readLocal(file, start!, header, [size!, packedSize!], directory, fail);
  return {
    entry: {
      name,
      method: header.method,
      crc: header.crc,
      packedSize: packedSize!,
      size: size!,
      dataStart,
      start: start!,
      end,
    },
    next: header.extraEnd + file.u16(at + 32),
  };
}

/** Checks that a member's own header says what the central directory says, and that its bytes are there. */
function readLocal(
  file: Bytes,
  start: number,
  central: Header,
  sizes: readonly number[],
  directory: number,
  fail: (what: string) => never,
): { dataStart: number; end: number } {
  if (!file.has(start, LOCAL)) fail('its header is not where the central directory says');
  file.need(start, 30, 'a header');
  const local = readHeader(file, start + 6, start + 30);
  const sameName =
    local.nameBytes.length === central.nameBytes.length && local.nameBytes.every((b, i) => b === central.nameBytes[i]);
  if (!sameName) fail('its header has another name than the central directory');
  if (local.method !== central.method || local.flags !== central.flags)
    fail('its header has another method or other flags than the central directory');
  const later = (local.flags & DESCRIPTOR) !== 0;
  const same =
    wide(file, local, [local.size, local.packedSize]).every((v, i) => v === sizes[i]) && local.crc === central.crc;
  if (!same && !later) fail('its header has another size or checksum than the central directory');
  const end = local.extraEnd + sizes[1]!;
  if (end > directory) fail('its bytes reach into the central directory');
  return { dataStart: local.extraEnd, end };
}

function printable(name: string): string {
  return JSON.stringify(name.slice(0, 80)).slice(1, -1);
}

/** Names are only ever compared, never opened; but an archive with such names is made to deceive somebody. */
function checkNames(entries: readonly ZipEntry[]): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    const fail = (what: string): never => {
      throw new FileError(what, { member: printable(name) });
    };
    if (seen.has(name)) fail('the archive has two members of this name');
    seen.add(name);
    const parts = (name.endsWith('/') ? name.slice(0, -1) : name).split('/');
    if (parts.some((p) => p === '' || p === '.' || p === '..')) fail('a name must be a plain relative path');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    if (/[\u0000-\u001f\\]|^[A-Za-z]:/.test(name)) fail('a name must be a plain relative path');
  }
}

function checkOverlaps(entries: readonly ZipEntry[]): void {
  const order = entries.toSorted((a, b) => a.start - b.start);
  order.forEach((entry, i) => {
    const next = order[i + 1];
    if (next !== undefined && entry.end > next.start)
      throw new FileError(`its bytes overlap those of '${printable(next.name)}'`, {
        member: printable(entry.name),
        offset: next.start,
      });
  });
}
