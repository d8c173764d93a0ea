import type { Kernel } from '../../kernel/ir.ts';
import { allocate } from './allocate.ts';
import { emitCode } from './emit.ts';
import { type Features, Selector } from './select.ts';

export type { Features } from './select.ts';

/**
 * Machine code of a kernel, position independent, its constants behind it; to be loaded at a multiple of 64.
 *
 * It is called as `(table, begin, end)` in rdi, rsi, rdx: a table of the buffers' addresses in the order of
 * `kernel.buffers`, the first item, and the item behind the last. It may change every register but rsp, and leaves
 * the upper halves of vector registers dirty; the stack must be a multiple of 64 ahead of the return address.
 *
 * @param features without `avx512`: AVX2 and FMA, 8 lanes and no EVEX; with it AVX-512 F, BW, DQ, VL and 16 lanes
 * @throws Error if `kernel.lanes` is not the number of lanes of the features
 */
export function generateKernel(kernel: Kernel, features: Features): Uint8Array {
  const lanes = features.avx512 ? 16 : 8;
  if (kernel.lanes !== lanes) {
    throw new Error(`kernel ${kernel.name} has ${kernel.lanes} lanes, expected ${lanes}: lower it for this target`);
  }
  const selected = new Selector(kernel, features);
  return emitCode(selected, allocate(selected.code, selected.regs, features.avx512 ? 32 : 16));
}
