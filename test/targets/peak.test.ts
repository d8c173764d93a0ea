import { afterEach, describe, expect, it, vi } from 'vitest';
import { x64Cpu } from '../../src/runtime/native/cpuid.ts';
import { measurePeak } from '../../src/targets/peak.ts';
import { Pool } from '../../src/targets/pool.ts';

const missing = (): string[] => [...x64Cpu().missingAvx2];

afterEach(() => {
  vi.restoreAllMocks();
});

describe.runIf(process.arch === 'x64' && missing().length === 0)('the rate of multiply-adds', () => {
  it('is no higher than any processor can be', () => {
    const peak = measurePeak({ name: 'x64-avx2', threads: 2 })!;
    // Any processor with AVX2 has 16 to 32 operations a cycle at 1 to 6 GHz; a busy machine measures any lower rate.
    expect(peak.oneThread).toBeGreaterThan(0);
    expect(peak.oneThread).toBeLessThan(200);
    expect(peak.allThreads).toBeGreaterThan(0);
    expect(peak.allThreads).toBeLessThan(400);
  });

  it('is that of the fastest run, over the work of all threads', () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const run = vi.spyOn(Pool.prototype, 'run');
    const tooks = [9, 7, 4, 5, 8];
    run.mockImplementation(() => {
      now += tooks[(run.mock.calls.length - 1) % tooks.length]!;
    });
    const { oneThread, allThreads } = measurePeak({ name: 'x64-avx2', threads: 3 })!;
    // 5e8 operations a thread in 4 ms.
    expect(oneThread).toBeCloseTo(125, 9);
    expect(allThreads).toBeCloseTo(375, 9);
    expect(run).toHaveBeenCalledTimes(2 * tooks.length);
  });
});

it('measures nothing for targets that are not machine code', () => {
  expect(measurePeak({ name: 'wasm', threads: 2 })).toBeUndefined();
});
