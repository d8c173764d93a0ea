import { describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/kernel/ir.ts';
import { platform } from '../../src/runtime/native/load.ts';
import { KernelCode } from '../../src/targets/kernels.ts';

const native = platform();

function kernel(name: string, domain: number, buffer = 'x'): Kernel {
  return { name, lanes: 16, buffers: [{ name: buffer, mem: 'f32', access: 'r' }], domain, item: 0, body: [] };
}

/** A generator that counts, and a platform that counts mappings. */
function setUp() {
  const seen = { generated: [] as string[], mapped: 0 };
  const counting = {
    ...native,
    map(bytes: number) {
      seen.mapped++;
      return native.map(bytes);
    },
    unmap(address: number, bytes: number) {
      seen.mapped--;
      native.unmap(address, bytes);
    },
  };
  const code = new KernelCode(counting, (k) => {
    seen.generated.push(k.name);
    return new Uint8Array(k.domain).fill(0xc3);
  });
  return { seen, code };
}

describe('KernelCode', () => {
  it('puts the kernels of a program into one mapping, aligned to 64 bytes', () => {
    const { seen, code } = setUp();
    const { addresses } = code.load([kernel('a', 1), kernel('b', 64), kernel('c', 65), kernel('d', 3)]);
    expect(seen.mapped).toBe(1);
    expect(addresses.map((x) => x - addresses[0]!)).toEqual([0, 64, 128, 256]);
    expect(addresses[0]! % 64).toBe(0);
    code.dispose();
    expect(seen.mapped).toBe(0);
  });

  it('generates a kernel once, whatever its name', () => {
    const { seen, code } = setUp();
    const first = code.load([kernel('a', 1), kernel('b', 2), kernel('c', 1, 'y')]);
    const second = code.load([kernel('d', 2), kernel('e', 3)]);
    expect(seen.generated).toEqual(['c', 'b', 'e']);
    expect(first.addresses[0]).toBe(first.addresses[2]);
    expect(second.addresses[0]).toBe(first.addresses[1]);
    code.dispose();
  });

  it('keeps code while a program uses it, and frees it then', () => {
    const { seen, code } = setUp();
    const first = code.load([kernel('a', 1), kernel('b', 2)]);
    const second = code.load([kernel('b', 2), kernel('c', 3)]);
    expect(seen.mapped).toBe(2);
    first.release();
    expect(seen.mapped).toBe(2);
    first.release();
    expect(seen.mapped).toBe(2);
    second.release();
    expect(seen.mapped).toBe(0);
    code.load([kernel('a', 1)]).release();
    expect(seen.generated).toEqual(['a', 'b', 'c', 'a']);
    expect(seen.mapped).toBe(0);
  });

  it('loads no kernels', () => {
    const { seen, code } = setUp();
    code.load([]).release();
    expect(seen.mapped).toBe(0);
  });
});
