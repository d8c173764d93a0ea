import { OlifantError } from '../../errors.ts';
import type { WasmEngine, WasmMemoryObject } from './engine.ts';
import { FreeList } from './free-list.ts';

const PAGE = 65_536;
const MAX_PAGES = 65_536;
const ALIGNMENT = 64;
/** Growing is a system call and, without shared memory, makes all views stale: at least 1 MiB, at least an eighth. */
const LEAST_GROWTH = 1 << 20;

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** A range of the memory that belongs to somebody. */
export class WasmBlock {
  readonly bytes: number;
  readonly address: number;
  readonly owner: WasmMemory;
  private live = true;

  constructor(owner: WasmMemory, address: number, bytes: number) {
    this.owner = owner;
    this.address = address;
    this.bytes = bytes;
  }

  /** A fresh view; not to be kept over an allocation. */
  bytesView(): Uint8Array {
    if (!this.live) throw new Error('this block of memory has been freed');
    this.owner.settle?.();
    return new Uint8Array(this.owner.memory.buffer, this.address, this.bytes);
  }

  free(): void {
    if (!this.live) return;
    this.live = false;
    this.owner.release(this.address, this.bytes);
  }
}

/** The linear memory of a target and who has which part of it. */
export class WasmMemory {
  readonly memory: WasmMemoryObject;
  readonly shared: boolean;
  /** Limit in pages that modules must declare. */
  readonly maximum: number;
  /** Called before JavaScript looks into a block: waits for threads that are at work on the memory. */
  settle: (() => void) | undefined;
  private readonly list = new FreeList();
  private readonly base: number;
  private end: number;
  /** Above this address nothing has ever been written, so it is zero. */
  private touched: number;

  /** `base`: bytes at the bottom that are never given away. */
  constructor(engine: WasmEngine, { shared, base }: { shared: boolean; base: number }) {
    const initial = Math.ceil((base + LEAST_GROWTH) / PAGE);
    const { memory, maximum } = reserve(engine, initial, shared);
    this.memory = memory;
    this.maximum = maximum;
    this.shared = shared;
    this.base = base;
    this.end = initial * PAGE;
    this.touched = base;
    this.list.give(base, this.end);
  }

  /** 64-byte aligned and zeroed. Throws an error with code `OUT_OF_MEMORY`. */
  alloc(bytes: number): WasmBlock {
    if (!(Number.isInteger(bytes) && bytes >= 0)) throw new RangeError(`alloc: ${bytes} is not a number of bytes`);
    const size = sizeOf(bytes);
    let address = this.list.take(size);
    if (address === undefined) {
      this.grow(size);
      address = this.list.take(size);
    }
    if (address === undefined) throw this.outOfMemory(bytes);
    const end = address + size;
    const dirty = Math.min(end, this.touched);
    if (dirty > address) new Uint8Array(this.memory.buffer, address, dirty - address).fill(0);
    this.touched = Math.max(this.touched, end);
    return new WasmBlock(this, address, bytes);
  }

  /** Called by `WasmBlock.free`. */
  release(address: number, bytes: number): void {
    this.list.give(address, address + sizeOf(bytes));
  }

  /** Bytes that are given away. */
  get used(): number {
    return this.end - this.base - this.list.free;
  }

  private grow(size: number): void {
    const missing = size - this.list.tail(this.end);
    const wanted = [Math.max(missing, LEAST_GROWTH, this.end / 8), missing].map((b) => roundUp(b, PAGE));
    for (const bytes of wanted) {
      if (this.end + bytes > this.maximum * PAGE) continue;
      try {
        this.memory.grow(bytes / PAGE);
      } catch {
        continue;
      }
      this.list.give(this.end, this.end + bytes);
      this.end += bytes;
      return;
    }
    throw this.outOfMemory(size);
  }

  private outOfMemory(bytes: number): Error {
    const mib = (n: number) => `${(n / 2 ** 20).toFixed(1)} MiB`;
    const limit = mib(this.maximum * PAGE);
    return new OlifantError(
      'OUT_OF_MEMORY',
      `out of memory: ${mib(bytes)} asked for, ${mib(this.used)} in use, ${limit} is the most a WebAssembly memory ` +
        'has here; use a smaller batch or model, or a native target',
    );
  }
}

const sizeOf = (bytes: number): number => Math.max(ALIGNMENT, roundUp(bytes, ALIGNMENT));

/** Engines that cannot reserve 4 GiB of addresses (mobile ones) are asked for less. */
function reserve(engine: WasmEngine, initial: number, shared: boolean): { memory: WasmMemoryObject; maximum: number } {
  for (let maximum = MAX_PAGES; ; maximum /= 2) {
    try {
      return { memory: new engine.Memory({ initial, maximum, shared }), maximum };
    } catch (error) {
      if (maximum / 2 < initial) throw error;
    }
  }
}
