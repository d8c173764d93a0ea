import { describe, test } from 'vitest';
import { KernelBuilder } from '../../src/kernel/builder.ts';
import { affine, type Kernel, type MemType } from '../../src/kernel/ir.ts';
import { compare } from './x64-compare.ts';
import { type Data, runs, TARGETS } from './x64-run.ts';

const STRIDES = [1, 2, 3, 0, -1, -2, 7];

function numbers(mem: MemType, length: number): Data {
  if (mem === 'f32') return Float32Array.from({ length }, (_, i) => (i * 37 - 200) / 8);
  if (mem === 'i32') return Int32Array.from({ length }, (_, i) => i * 0x01234567);
  if (mem === 'u16') return Uint16Array.from({ length }, (_, i) => i * 4129 + 33000);
  return Uint8Array.from({ length }, (_, i) => i * 41 + 130);
}

/** Elements from the first to the last that an access touches, and where its lane 0 is. */
function span(count: number, stride: number): { length: number; start: number } {
  const reach = (count - 1) * stride;
  return { length: Math.abs(reach) + 1, start: reach < 0 ? -reach : 0 };
}

function loadKernel(lanes: number, mem: MemType, count: number, stride: number, start: number): Kernel {
  const b = new KernelBuilder('load', lanes, true);
  const from = b.buffer('from', mem, 'r');
  const to = b.buffer('to', mem === 'f32' ? 'f32' : 'i32', 'w');
  b.store(to, affine(0), b.load(from, affine(start), { count, stride }));
  return b.finish(1);
}

function storeKernel(lanes: number, mem: MemType, count: number, stride: number, start: number): Kernel {
  const b = new KernelBuilder('store', lanes, true);
  const from = b.buffer('from', mem === 'f32' ? 'f32' : 'i32', 'r');
  const to = b.buffer('to', mem, 'w');
  b.store(to, affine(start), b.load(from, affine(0)), { count, stride });
  return b.finish(1);
}

describe.each(TARGETS)('memory on $name', (target) => {
  const { lanes } = target;
  const counts = Array.from({ length: lanes }, (_, i) => i + 1);
  describe.each(['f32', 'i32', 'u16', 'u8'] as const)('%s', (mem) => {
    describe.skipIf(!runs(target)).each(['before', 'after'] as const)('with an unreadable page %s it', (side) => {
      test.each(STRIDES)('loads with stride %i', (stride) => {
        for (const count of counts) {
          const { length, start } = span(count, stride);
          const out = mem === 'f32' ? new Float32Array(lanes).fill(9) : new Int32Array(lanes).fill(9);
          compare(loadKernel(lanes, mem, count, stride, start), target, [numbers(mem, length), out], { side });
        }
      });

      test.each(STRIDES.filter((s) => s !== 0))('stores with stride %i', (stride) => {
        for (const count of counts) {
          const { length, start } = span(count, stride);
          const values = numbers(mem === 'f32' ? 'f32' : 'i32', lanes);
          compare(storeKernel(lanes, mem, count, stride, start), target, [values, numbers(mem, length)], { side });
        }
      });

      test('gathers', () => {
        for (const count of counts) {
          const b = new KernelBuilder('gather', lanes, true);
          const from = b.buffer('from', mem, 'r');
          const indices = b.buffer('indices', 'i32', 'r');
          const to = b.buffer('to', mem === 'f32' ? 'f32' : 'i32', 'w');
          b.store(to, affine(0), b.gather(from, affine(2), b.load(indices, affine(0)), count));
          // lanes that are not gathered have indices far outside
          const at = Int32Array.from({ length: lanes }, (_, i) => (i < count ? ((i * 7) % 11) - 2 : 1 << 28));
          const out = mem === 'f32' ? new Float32Array(lanes).fill(9) : new Int32Array(lanes).fill(9);
          compare(b.finish(1), target, [numbers(mem, 11), at, out], { side });
        }
      });

      test('loads one element into all lanes', () => {
        const b = new KernelBuilder('splat', lanes, true);
        const from = b.buffer('from', mem, 'r');
        const to = b.buffer('to', mem === 'f32' ? 'f32' : 'i32', 'w');
        b.store(to, affine(0, [b.item, lanes]), b.load(from, affine(0, [b.item, 1]), { splat: true }));
        const out = mem === 'f32' ? new Float32Array(3 * lanes) : new Int32Array(3 * lanes);
        compare(b.finish(3), target, [numbers(mem, 3), out], { side });
      });
    });
  });

  test.skipIf(!runs(target))('a load is not moved behind a store to its buffer', () => {
    const b = new KernelBuilder('order', lanes, true);
    const x = b.buffer('x', 'f32', 'rw');
    const y = b.buffer('y', 'f32', 'rw');
    const before = b.load(x, affine(0));
    const inLoop = b.load(y, affine(0));
    b.store(x, affine(0), b.float(5));
    b.store(x, affine(lanes), b.op('add', b.load(x, affine(0)), before));
    b.times(3, 1, (i) => b.store(y, affine(0, ...i.terms.map(([id]) => [id, lanes] as const)), b.float(1)));
    b.store(x, affine(2 * lanes), b.op('sub', b.float(3), inLoop));
    compare(b.finish(1), target, [numbers('f32', 3 * lanes), numbers('f32', 3 * lanes)]);
  });

  test.skipIf(!runs(target))('addresses with large coefficients and constants', () => {
    const b = new KernelBuilder('far', lanes, true);
    const x = b.buffer('x', 'f32', 'r');
    const y = b.buffer('y', 'f32', 'w');
    // elements whose distance to the start of the buffer cancels: 2^30 * item - 2^30
    const at = affine(-(2 ** 30), [b.item, 2 ** 30]);
    b.store(y, affine(0), b.op('add', b.load(x, at), b.load(x, affine(-(2 ** 32), [b.item, 2 ** 32]))));
    compare(b.finish(2), target, [numbers('f32', lanes), new Float32Array(lanes)], { items: [1, 2] });
  });
});
