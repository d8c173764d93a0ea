import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mapCode, NoExecutableMemoryError } from '../../src/runtime/native/code.ts';
import { platform } from '../../src/runtime/native/load.ts';

const native = platform();
const linux = process.platform === 'linux';
/** `mov dword [rdi], 42; ret` (`rcx` on Windows) */
const store42 = Uint8Array.from([0xc7, native.abi === 'sysv' ? 0x07 : 0x01, 42, 0, 0, 0, 0xc3]);

function permissions(address: number): string | undefined {
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [range, mode] = line.split(' ');
    const [from, to] = range!.split('-').map((x) => Number.parseInt(x, 16));
    if (from! <= address && address < to!) return mode;
  }
  return undefined;
}

describe('mapCode', () => {
  it('gives code that runs', () => {
    const region = mapCode(native, store42);
    const bytes = native.pageBytes;
    const memory = native.map(bytes)!;
    native.callable(region.address, 1)(memory);
    expect(new Int32Array(native.view(memory, bytes))[0]).toBe(42);
    region.free();
    native.unmap(memory, bytes);
  });

  it.runIf(linux)('makes pages writable, then executable, never both', () => {
    const modes: (string | undefined)[] = [];
    const watched = {
      ...native,
      protect(address: number, bytes: number, mode: 'none' | 'execute') {
        modes.push(permissions(address));
        return native.protect(address, bytes, mode);
      },
    };
    const region = mapCode(watched, store42);
    modes.push(permissions(region.address));
    expect(modes).toEqual(['rw-p', 'r-xp']);
    region.free();
    expect(permissions(region.address)).not.toBe('r-xp');
  });

  it.runIf(linux)('does not grow', () => {
    const mappings = (): number => readFileSync('/proc/self/maps', 'utf8').split('\n').length;
    const cycle = (n: number): void => {
      for (let i = 0; i < n; i++) mapCode(native, store42).free();
    };
    cycle(10);
    const before = mappings();
    cycle(2000);
    // V8 maps and unmaps memory too
    expect(mappings()).toBeLessThan(before + 500);
  });

  it('gives everything back and names the reason where the system refuses', () => {
    let mapped = 0;
    const hardened = {
      ...native,
      map(bytes: number) {
        mapped++;
        return native.map(bytes);
      },
      unmap(address: number, bytes: number) {
        mapped--;
        native.unmap(address, bytes);
      },
      protect: () => 'mprotect failed with errno 13',
    };
    expect(() => mapCode(hardened, store42)).toThrow(NoExecutableMemoryError);
    expect(() => mapCode(hardened, store42)).toThrow(/refuses executable memory: mprotect failed with errno 13/);
    expect(mapped).toBe(0);
  });
});
