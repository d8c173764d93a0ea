import type { Kernel } from './ir.ts';

/** A text that two kernels share if they do the same, whatever their names and those of their buffers. */
export function kernelKey(kernel: Kernel): string {
  const { name: _, buffers, ...rest } = kernel;
  return JSON.stringify([buffers.map((b) => [b.mem, b.access]), rest], (_key, value) => {
    // JSON has no words for these constants.
    if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
    return Object.is(value, -0) ? '-0' : `${value}`;
  });
}
