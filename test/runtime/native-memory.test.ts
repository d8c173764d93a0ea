import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platform } from '../../src/runtime/native/load.ts';
import { Memory, OutOfMemoryError } from '../../src/runtime/native/memory.ts';
import { openWorkshop, type Workshop } from './native-child.ts';

const native = platform();

describe('Memory', () => {
  it('gives zeroed blocks, aligned to 64 bytes, that do not overlap', () => {
    const memory = new Memory(native, { guard: false });
    const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 200_000 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const blocks = bytes.map((n, i) => {
          const block = memory.alloc(n);
          expect(block.address % 64).toBe(0);
          expect(block.bytesView().length).toBe(n);
          expect(block.bytesView().every((b) => b === 0)).toBe(true);
          block.bytesView().fill(i + 1);
          return block;
        });
        blocks.forEach((block, i) => {
          expect(block.bytesView().every((b) => b === i + 1)).toBe(true);
        });
        for (const block of blocks) block.free();
      }),
      { numRuns: 30 },
    );
    memory.dispose();
  });

  it('shares pages between small blocks', () => {
    const memory = new Memory(native, { guard: false });
    for (let i = 0; i < 1000; i++) memory.alloc(40);
    expect(memory.mappedBytes).toBeLessThanOrEqual(1024 * 1024);
    memory.dispose();
    expect(memory.mappedBytes).toBe(0);
  });

  it('does not grow when blocks of changing sizes come and go', () => {
    const memory = new Memory(native, { guard: false });
    const round = (): void => {
      for (let i = 0; i < 50; i++) {
        const blocks = [1, 64, 65, 1000, 5000 + i, 70_000 + i, 5_000_000].map((n) => memory.alloc(n));
        for (const block of blocks) block.free();
      }
    };
    round();
    const before = memory.mappedBytes;
    for (let i = 0; i < 10; i++) round();
    expect(memory.mappedBytes).toBe(before);
    memory.dispose();
  });

  it('refuses what no machine has, and goes on', () => {
    const memory = new Memory(native, { guard: false });
    expect(() => memory.alloc(2 ** 50)).toThrow(OutOfMemoryError);
    expect(() => memory.alloc(2 ** 50)).toThrow(/1073741824.0 MiB/);
    try {
      memory.alloc(2 ** 45);
    } catch (error) {
      expect((error as OutOfMemoryError).code).toBe('OUT_OF_MEMORY');
    }
    expect(memory.mappedBytes).toBe(0);
    expect(memory.alloc(10).bytesView().length).toBe(10);
    memory.dispose();
  });

  it.each([-1, 0.5, Number.NaN])('refuses a block of %s bytes', (bytes) => {
    const memory = new Memory(native, { guard: false });
    expect(() => memory.alloc(bytes)).toThrow(`a block cannot have ${bytes} bytes`);
    memory.dispose();
  });

  it('refuses a view of a freed block, and frees a block once only', () => {
    const memory = new Memory(native, { guard: false });
    const block = memory.alloc(100);
    block.free();
    block.free();
    expect(() => block.bytesView()).toThrow('freed');
    const [a, b] = [memory.alloc(100), memory.alloc(100)];
    expect(a.address).not.toBe(b.address);
    memory.dispose();
  });
});

describe('guard pages', () => {
  let workshop: Workshop;
  beforeAll(() => {
    workshop = openWorkshop();
  });
  afterAll(() => workshop.remove());

  const touch = (bytes: number, offset: number): string => `
    import { platform } from './dist/runtime/native/load.js';
    import { Memory } from './dist/runtime/native/memory.js';
    const p = platform();
    const block = new Memory(p).alloc(${bytes});
    block.bytesView().fill(1);
    console.log(new Uint8Array(p.view(block.address + ${offset}, 1))[0]);`;
  const env = { OLIFANT_GUARD: '1' };

  it.each([1, 4, 60, 64, 4096, 4097, 100_000])('let %i bytes be used to the last', async (bytes) => {
    expect(await workshop.run(touch(bytes, bytes - 1), { env })).toMatchObject({ code: 0, stdout: '1\n' });
  });
  it.each([1, 64, 4096, 100_000])('end the process at the first byte behind %i bytes', async (bytes) => {
    expect(await workshop.run(touch(bytes, bytes), { env })).toMatchObject({ signal: 'SIGSEGV', stdout: '' });
  });
  it.each([4096, 8192])('end the process at the byte before %i bytes', async (bytes) => {
    expect(await workshop.run(touch(bytes, -1), { env })).toMatchObject({ signal: 'SIGSEGV', stdout: '' });
  });
});
