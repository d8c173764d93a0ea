import { OlifantError } from '../../errors.ts';
import type { Platform } from './platform.ts';

/** A piece of native memory. The address is what generated code is given. */
export interface NativeBlock {
  readonly address: number;
  readonly bytes: number;
  bytesView(): Uint8Array;
  free(): void;
}

export interface MemoryOptions {
  /**
   * An unreadable page before and behind each block, so that touching a byte outside ends the process. A block that does not
   * fill its pages ends where the page behind begins; with 'before', it begins where the page before ends.
   */
  readonly guard?: boolean | 'before';
}

/** Blocks up to this size share pages; larger ones have pages of their own. */
const SLAB_LIMIT = 64 * 1024;
const SLAB_BYTES = 1024 * 1024;
/** From here on, huge pages are asked for. */
const HUGE_BYTES = 4 * 1024 * 1024;
const ALIGN = 64;

/** A `Memory` cannot give what was asked for. The process goes on. */
export class OutOfMemoryError extends OlifantError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('OUT_OF_MEMORY', message, options);
  }
}

/** Native memory: every block is zeroed and, without guard pages, aligned to 64 bytes. */
export class Memory {
  readonly #platform: Platform;
  readonly #guard: boolean | 'before';
  readonly #slabs: { address: number; buffer: ArrayBuffer }[] = [];
  /** Where the last slab is used up to. */
  #slabUsed = SLAB_BYTES;
  /** Blocks to use again, by their rounded size. */
  readonly #free = new Map<number, { buffer: ArrayBuffer; offset: number; address: number }[]>();
  readonly #mappings = new Map<number, number>();
  #mappedBytes = 0;
  readonly #limit = memoryLimit();
  #disposed = false;

  constructor(platform: Platform, options: MemoryOptions = {}) {
    this.#platform = platform;
    this.#guard = options.guard ?? process.env.OLIFANT_GUARD === '1';
  }

  /** Whether blocks have unreadable pages around them. */
  get isGuarded(): boolean {
    return this.#guard !== false;
  }

  /** Bytes that are mapped now: what the process has asked of the system, not what blocks hold. */
  get mappedBytes(): number {
    return this.#mappedBytes;
  }

  /**
   * @param bytes a whole number of 0 or more; a block of 0 bytes has an address too.
   * @throws OutOfMemoryError
   */
  alloc(bytes: number): NativeBlock {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`a block cannot have ${bytes} bytes`);
    if (this.#disposed) throw new Error('this memory was disposed of');
    if (this.#guard) return this.#guarded(bytes);
    return bytes <= SLAB_LIMIT ? this.#small(bytes) : this.#large(bytes);
  }

  /** Gives everything back to the system. Views that were made before must not be used any more. */
  dispose(): void {
    this.#disposed = true;
    for (const [address, bytes] of this.#mappings) this.#platform.unmap(address, bytes);
    this.#mappings.clear();
    this.#free.clear();
    this.#slabs.length = 0;
    this.#mappedBytes = 0;
  }

  #small(bytes: number): NativeBlock {
    const size = sizeClass(bytes);
    let place = this.#free.get(size)?.pop();
    if (place === undefined) {
      if (this.#slabUsed + size > SLAB_BYTES) this.#addSlab();
      const slab = this.#slabs.at(-1)!;
      place = { buffer: slab.buffer, offset: this.#slabUsed, address: slab.address + this.#slabUsed };
      this.#slabUsed += size;
    } else {
      new Uint8Array(place.buffer, place.offset, bytes).fill(0);
    }
    const { buffer, offset, address } = place;
    return this.#block(address, bytes, buffer, offset, () => {
      if (this.#disposed) return;
      const list = this.#free.get(size);
      if (list) list.push(place);
      else this.#free.set(size, [place]);
    });
  }

  #addSlab(): void {
    const address = this.#map(SLAB_BYTES, SLAB_BYTES);
    this.#slabs.push({ address, buffer: this.#platform.view(address, SLAB_BYTES) });
    this.#slabUsed = 0;
  }

  #large(bytes: number): NativeBlock {
    const mapped = roundUp(bytes, this.#platform.pageBytes);
    const address = this.#map(mapped, bytes);
    if (bytes >= HUGE_BYTES) this.#platform.adviseHuge(address, mapped);
    return this.#block(address, bytes, this.#view(address, mapped, bytes), 0, () => this.#unmap(address, mapped));
  }

  #guarded(bytes: number): NativeBlock {
    const page = this.#platform.pageBytes;
    const inside = roundUp(Math.max(bytes, 1), page);
    const mapped = inside + 2 * page;
    const start = this.#map(mapped, bytes);
    const end = start + page + inside;
    for (const guard of [start, end]) {
      const refused = this.#platform.protect(guard, page, 'none');
      if (refused !== undefined) throw new Error(`no guard page: ${refused}`);
    }
    const offset = this.#guard === 'before' ? 0 : inside - bytes;
    const address = start + page + offset;
    return this.#block(address, bytes, this.#view(start + page, inside, bytes), offset, () =>
      this.#unmap(start, mapped),
    );
  }

  #block(address: number, bytes: number, buffer: ArrayBuffer, offset: number, release: () => void): NativeBlock {
    return new MappedBlock({ address, bytes, buffer, offset, release, isMapped: () => !this.#disposed });
  }

  #map(bytes: number, wanted: number): number {
    const fits = this.#mappedBytes + bytes <= this.#limit;
    const address = fits ? this.#platform.map(bytes) : undefined;
    if (address === undefined) {
      throw new OutOfMemoryError(
        `no memory for ${megabytes(wanted)}: ${megabytes(this.#mappedBytes)} are in use, the machine has ` +
          `${megabytes(this.#limit)}. Use a smaller batch or model, or free what is not needed.`,
      );
    }
    this.#mappings.set(address, bytes);
    this.#mappedBytes += bytes;
    return address;
  }

  #unmap(address: number, bytes: number): void {
    if (!this.#mappings.delete(address)) return;
    this.#mappedBytes -= bytes;
    this.#platform.unmap(address, bytes);
  }

  #view(address: number, bytes: number, wanted: number): ArrayBuffer {
    try {
      return this.#platform.view(address, bytes);
    } catch (cause) {
      throw new OutOfMemoryError(`a block of ${megabytes(wanted)} is larger than an ArrayBuffer may be`, { cause });
    }
  }
}

interface Place {
  readonly address: number;
  readonly bytes: number;
  readonly buffer: ArrayBuffer;
  /** Where in the buffer the block starts. */
  readonly offset: number;
  release(): void;
  isMapped(): boolean;
}

class MappedBlock implements NativeBlock {
  readonly address: number;
  readonly bytes: number;
  /** Undefined after `free`. */
  #place: Place | undefined;

  constructor(place: Place) {
    this.address = place.address;
    this.bytes = place.bytes;
    this.#place = place;
  }

  bytesView(): Uint8Array {
    if (!this.#place?.isMapped()) throw new Error('this block was freed');
    return new Uint8Array(this.#place.buffer, this.#place.offset, this.bytes);
  }

  free(): void {
    const place = this.#place;
    this.#place = undefined;
    place?.release();
  }
}

/** Rounds up to a multiple of 64, or of an eighth of the power of two below: at most 12.5% are lost. */
function sizeClass(bytes: number): number {
  const step = Math.max(ALIGN, 2 ** (Math.floor(Math.log2(Math.max(bytes, 1))) - 3));
  return Math.max(step, roundUp(bytes, step));
}

export function roundUp(n: number, step: number): number {
  return Math.ceil(n / step) * step;
}

/** What this process may have: the machine's memory, or the container's where that is less. */
function memoryLimit(): number {
  const machine = process.getBuiltinModule('node:os').totalmem();
  const container = process.constrainedMemory();
  return container > 0 ? Math.min(machine, container) : machine;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
