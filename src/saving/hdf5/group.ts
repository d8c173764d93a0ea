import { type Bytes, decodeText } from '../bytes.ts';
import { FileError } from '../file-error.ts';
import type { Message, Visited } from './header.ts';

const LINK_INFO = 0x02;
const LINK = 0x06;
const SYMBOL_TABLE = 0x11;
const MAX_NAME = 1024;

/** A name in a group and the address of the object header that it stands for. */
export interface Link {
  readonly name: string;
  readonly address: number;
}

/** Whether these are the messages of a group. */
export function isGroup(messages: readonly Message[]): boolean {
  return messages.some((m) => m.type === SYMBOL_TABLE || m.type === LINK_INFO || m.type === LINK);
}

/** The members of a group. Only hard links are followed: others are an error, wherever in the file. */
export function readLinks(file: Bytes, messages: readonly Message[], visited: Visited): Link[] {
  const links: Link[] = [];
  for (const message of messages) {
    if (message.type === SYMBOL_TABLE) readTable(file, message, visited, links);
    else if (message.type === LINK) links.push(readLink(file, message));
    else if (message.type === LINK_INFO) refuseDense(file, message);
  }
  const names = new Set<string>();
  for (const { name, address } of links) {
    if (names.has(name)) throw new FileError(`a group with two members named '${name}'`, { offset: address });
    names.add(name);
  }
  return links;
}

/** Groups of many members in the newer format keep their links in a fractal heap, which h5py uses only when told to. */
function refuseDense(file: Bytes, { start }: Message): void {
  const tracked = file.u8(start + 1) & 1 ? 8 : 0;
  if (file.address(start + 2 + tracked) !== undefined)
    throw new FileError(
      "a group in HDF5's newer dense format; write the file with h5py's default settings (libver='earliest'), as Keras does",
      { offset: start },
    );
}

function readLink(file: Bytes, { start, size }: Message): Link {
  const flags = file.u8(start + 1);
  let at = start + 2;
  const kind = flags & 8 ? file.u8(at++) : 0;
  if (kind !== 0) throw new FileError('soft and external links are not allowed', { offset: start });
  if (flags & 4) at += 8;
  if (flags & 0x10) at += 1;
  const length = [() => file.u8(at), () => file.u16(at), () => file.u32(at), () => file.u64(at)][flags & 3]!();
  at += 1 << (flags & 3);
  if (at + length + 8 > start + size) throw new FileError('a link that is cut off', { offset: start });
  return { name: decodeText(file.slice(at, length, 'a name'), 'a name', at), address: file.u64(at + length) };
}

/** A group of the old format: a B-tree whose leaves hold the links, and a heap that holds their names. */
function readTable(file: Bytes, { start }: Message, visited: Visited, links: Link[]): void {
  const heap = readHeap(file, file.u64(start + 8), visited);
  const nodes = [{ address: file.u64(start), level: undefined as number | undefined }];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const { address, level: expected } = node;
    visited.enter(address, 'a part of a group');
    if (!file.has(address, 'TREE') || file.u8(address + 4) !== 0)
      throw new FileError('no index of a group here', { offset: address });
    const level = file.u8(address + 5);
    if (expected !== undefined && level !== expected)
      throw new FileError('an index of a group with wrong levels', { offset: address });
    const count = file.u16(address + 6);
    file.need(address + 24, 8 + 16 * count, 'an index of a group');
    visited.count(count, address);
    // Popped last in, first out; pushed in reverse, the members come in the order of their names.
    for (let i = count - 1; i >= 0; i--) {
      const child = file.u64(address + 32 + 16 * i);
      if (level > 0) nodes.push({ address: child, level: level - 1 });
    }
    if (level === 0)
      for (let i = 0; i < count; i++) readLeaf(file, file.u64(address + 32 + 16 * i), heap, visited, links);
  }
}

function readLeaf(file: Bytes, address: number, heap: Uint8Array, visited: Visited, links: Link[]): void {
  visited.enter(address, 'a part of a group');
  if (!file.has(address, 'SNOD') || file.u8(address + 4) !== 1)
    throw new FileError('no members of a group here', { offset: address });
  const count = file.u16(address + 6);
  file.need(address + 8, 40 * count, 'the members of a group');
  visited.count(count, address);
  for (let i = 0; i < count; i++) {
    const at = address + 8 + 40 * i;
    if (file.u32(at + 16) > 1) throw new FileError('soft and external links are not allowed', { offset: at });
    links.push({ name: readName(heap, file.u64(at), at), address: file.u64(at + 8) });
  }
}

function readHeap(file: Bytes, address: number, visited: Visited): Uint8Array {
  visited.enter(address, 'the names of a group');
  if (!file.has(address, 'HEAP') || file.u8(address + 4) !== 0)
    throw new FileError('no names of a group here', { offset: address });
  return file.slice(file.u64(address + 24), file.u64(address + 8), 'the names of a group');
}

function readName(heap: Uint8Array, start: number, place: number): string {
  const rest = heap.subarray(start, start + MAX_NAME);
  const length = rest.indexOf(0);
  if (length === -1) throw new FileError('a member without a name, or with one that is too long', { offset: place });
  return decodeText(rest.subarray(0, length), 'a name', place);
}
