import { x64Cpu } from '../src/runtime/native/cpuid.ts';
import { threadCount } from '../src/runtime/native/threads.ts';
import { measurePeak } from '../src/targets/peak.ts';

/** Prints what multiply-adds alone reach here: `oneThread` and `allThreads` in GFLOP/s. */
const cpu = x64Cpu();
const threads = threadCount(cpu.threadsPerCore, process.env);
console.log(cpu.model);
const names: ('x64-avx2' | 'x64-avx512')[] = [];
if (cpu.missingAvx2.length === 0) names.push('x64-avx2');
if (cpu.missingAvx512.length === 0) names.push('x64-avx512');
for (const name of names) {
  const start = performance.now();
  const peak = measurePeak({ name, threads })!;
  const took = performance.now() - start;
  console.log(
    `${name}: ${peak.oneThread.toFixed(0)} GFLOP/s on one thread, ${peak.allThreads.toFixed(0)} on ${threads} (measured in ${took.toFixed(0)} ms)`,
  );
}
