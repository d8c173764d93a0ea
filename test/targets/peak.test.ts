import { expect, it } from 'vitest';
import { x64Cpu } from '../../src/runtime/native/cpuid.ts';
import { measurePeak } from '../../src/targets/peak.ts';

const missing = (): string[] => [...x64Cpu().missingAvx2];

it.runIf(process.arch === 'x64' && missing().length === 0)('measures the rate of multiply-adds', () => {
  const start = performance.now();
  const peak = measurePeak({ name: 'x64-avx2', threads: 2 })!;
  // Any processor with AVX2 has 16 to 32 operations a cycle at 1 to 6 GHz, shared with others on a busy machine.
  expect(peak.oneThread).toBeGreaterThan(1);
  expect(peak.oneThread).toBeLessThan(200);
  expect(peak.allThreads).toBeLessThan(400);
  expect(performance.now() - start).toBeLessThan(2000);
});

it('measures nothing for targets that are not machine code', () => {
  expect(measurePeak({ name: 'wasm', threads: 2 })).toBeUndefined();
});
