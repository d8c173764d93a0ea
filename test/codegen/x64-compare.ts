import { expect } from 'vitest';
import type { Kernel } from '../../src/kernel/ir.ts';
import { printKernel } from '../../src/kernel/print.ts';
import { checkKernel } from '../../src/kernel/spec.ts';
import { interpretKernel } from '../../src/runtime/reference/kernel.ts';
import { type Data, run, type TestTarget } from './x64-run.ts';

/** The first difference of two results, or undefined: bits must agree, only NaN may have any payload. */
export function difference(got: Data, expected: Data): string | undefined {
  const words = (d: Data) =>
    d instanceof Uint8Array || d instanceof Uint16Array ? d : new Uint32Array(d.buffer, d.byteOffset, d.length);
  const [g, e] = [words(got), words(expected)];
  for (let i = 0; i < e.length; i++) {
    if (g[i] === e[i]) continue;
    if (expected instanceof Float32Array && Number.isNaN(expected[i]) && Number.isNaN(got[i])) continue;
    return `element ${i}: expected ${expected[i]} (0x${e[i]!.toString(16)}), got ${got[i]} (0x${g[i]!.toString(16)})`;
  }
  return undefined;
}

/** Runs a kernel natively and by the reference, with unreadable pages on one side of its buffers; they must agree. */
export function compare(
  kernel: Kernel,
  target: TestTarget,
  data: readonly Data[],
  options: { items?: readonly [number, number]; side?: 'before' | 'after' } = {},
): Data[] {
  checkKernel(kernel);
  const items = options.items ?? [0, kernel.domain];
  const expected = data.map((d) => d.slice() as Data);
  interpretKernel(kernel, expected, items[0], items[1]);
  const got = run(kernel, target, data, items, options.side);
  expected.forEach((e, i) => {
    const wrong = difference(got[i]!, e);
    if (wrong !== undefined)
      expect.fail(`${target.name}, buffer ${kernel.buffers[i]!.name}, ${wrong}\n${printKernel(kernel)}`);
  });
  return got;
}
