import type { Kernel } from '../kernel/ir.ts';
import { kernelKey } from '../kernel/key.ts';
import { type CodeRegion, mapCode } from '../runtime/native/code.ts';
import { roundUp } from '../runtime/native/memory.ts';
import type { Platform } from '../runtime/native/platform.ts';

/** The kernels of a program, in memory. */
export interface LoadedKernels {
  /** By their number in the program. */
  readonly addresses: readonly number[];
  /** The code stays for as long as another program uses it. */
  release(): void;
}

/** Code that several kernels share a mapping of, and how many programs use it. */
interface Shelf {
  readonly region: CodeRegion;
  readonly keys: readonly string[];
  users: number;
}

/** Constants behind the code are aligned relative to its start. */
const ALIGN = 64;

/** Machine code by what the kernel does, so that programs which have kernels in common have their code in common. */
export class KernelCode {
  readonly #platform: Platform;
  readonly #generate: (kernel: Kernel) => Uint8Array;
  readonly #known = new Map<string, { readonly shelf: Shelf; readonly address: number }>();

  constructor(platform: Platform, generate: (kernel: Kernel) => Uint8Array) {
    this.#platform = platform;
    this.#generate = generate;
  }

  /** @throws NoExecutableMemoryError */
  load(kernels: readonly Kernel[]): LoadedKernels {
    const keys = kernels.map(kernelKey);
    this.#add(kernels, keys);
    const found = keys.map((key) => this.#known.get(key)!);
    const shelves = new Set(found.map(({ shelf }) => shelf));
    for (const shelf of shelves) shelf.users++;
    return {
      addresses: found.map(({ address }) => address),
      release: () => {
        for (const shelf of shelves) this.#drop(shelf);
        shelves.clear();
      },
    };
  }

  /** Frees all code, used or not. */
  dispose(): void {
    for (const { shelf } of this.#known.values()) shelf.region.free();
    this.#known.clear();
  }

  /** Generates what is not known yet into one mapping. */
  #add(kernels: readonly Kernel[], keys: readonly string[]): void {
    const missing = new Map<string, Kernel>();
    keys.forEach((key, i) => {
      if (!this.#known.has(key)) missing.set(key, kernels[i]!);
    });
    if (missing.size === 0) return;
    const codes = [...missing.values()].map((kernel) => this.#generate(kernel));
    const offsets: number[] = [];
    let bytes = 0;
    for (const code of codes) {
      offsets.push(bytes);
      bytes = roundUp(bytes + code.length, ALIGN);
    }
    const together = new Uint8Array(bytes);
    codes.forEach((code, i) => {
      together.set(code, offsets[i]!);
    });
    const region = mapCode(this.#platform, together);
    const shelf: Shelf = { region, keys: [...missing.keys()], users: 0 };
    shelf.keys.forEach((key, i) => {
      this.#known.set(key, { shelf, address: region.address + offsets[i]! });
    });
  }

  #drop(shelf: Shelf): void {
    shelf.users--;
    if (shelf.users > 0) return;
    for (const key of shelf.keys) this.#known.delete(key);
    shelf.region.free();
  }
}
