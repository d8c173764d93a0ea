import type { Bytes } from '../bytes.ts';
import { FileError } from '../file-error.ts';

/** One message of an object header. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly start: number;
  readonly size: number;
}

const CONTINUATION = 0x10;

/** Keeps reading from going round in circles, or over the same bytes from many places. */
export class Visited {
  readonly #seen = new Set<number>();
  #left: number;

  /** @param size Of the file: things that do not overlap are fewer than a quarter of its bytes. */
  constructor(size: number) {
    this.#left = size / 4;
  }

  /** An address that comes twice is a cycle or a trap, never a file of Keras's. */
  enter(address: number, what: string): void {
    if (this.#seen.has(address))
      throw new FileError(`${what} is used twice: a cycle, or shared objects`, { offset: address });
    this.#seen.add(address);
  }

  /** Counts things of at least four bytes each. */
  count(things: number, offset: number): void {
    this.#left -= things;
    if (this.#left < 0) throw new FileError('its parts overlap: they are more than its bytes can hold', { offset });
  }
}

/** All messages of the object header at an address, those of its continuation blocks too (specification, IV.A.1). */
export function readMessages(file: Bytes, address: number, visited: Visited): Message[] {
  visited.enter(address, 'an object header');
  const out: Message[] = [];
  if (file.has(address, 'OHDR')) readNew(file, address, visited, out);
  else readOld(file, address, visited, out);
  return out;
}

function readOld(file: Bytes, address: number, visited: Visited, out: Message[]): void {
  if (file.u8(address) !== 1) throw new FileError('no object header here', { offset: address });
  readBlocks(file, { start: address + 16, size: file.u32(address + 8) }, 0, visited, out, (at) => ({
    type: file.u16(at),
    size: file.u16(at + 2),
    flags: file.u8(at + 4),
    start: at + 8,
  }));
}

function readNew(file: Bytes, address: number, visited: Visited, out: Message[]): void {
  if (file.u8(address + 4) !== 2) throw new FileError('an object header of unknown version', { offset: address });
  const flags = file.u8(address + 5);
  const sizeAt = address + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const width = 1 << (flags & 3);
  const size = [() => file.u8(sizeAt), () => file.u16(sizeAt), () => file.u32(sizeAt), () => file.u64(sizeAt)];
  const tracked = flags & 4 ? 2 : 0;
  const first = { start: sizeAt + width, size: size[flags & 3]!() };
  readBlocks(file, first, 4, visited, out, (at) => ({
    type: file.u8(at),
    size: file.u16(at + 1),
    flags: file.u8(at + 3),
    start: at + 4 + tracked,
  }));
}

/** @param framing Bytes of signature and checksum (4 each) of continuation blocks; 0 for old headers, which have none. */
function readBlocks(
  file: Bytes,
  first: { start: number; size: number },
  framing: 0 | 4,
  visited: Visited,
  out: Message[],
  read: (at: number) => Message,
): void {
  const blocks = [first];
  for (let block = blocks.pop(); block !== undefined; block = blocks.pop()) {
    file.need(block.start, block.size, 'an object header');
    const end = block.start + block.size;
    // What is shorter than a message's own header is padding.
    for (let at = block.start; at + (framing ? 4 : 8) <= end; ) {
      const message = read(at);
      visited.count(1, at);
      if (message.start + message.size > end)
        throw new FileError('a message reaches beyond its object header', { offset: at });
      at = message.start + message.size;
      if (message.type !== CONTINUATION) {
        out.push(message);
        continue;
      }
      const target = file.u64(message.start);
      const size = file.u64(message.start + 8);
      visited.enter(target, 'a continuation of an object header');
      if (framing && !file.has(target, 'OCHK')) throw new FileError('no continuation block here', { offset: target });
      blocks.push({ start: target + framing, size: size - 2 * framing });
    }
  }
}
