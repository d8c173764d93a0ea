import { affine, KernelBuilder } from '../../src/kernel/builder.ts';
import { X64Target } from '../../src/targets/x64.ts';
import { familyGraph, fuzzGraph } from '../support/fuzz-graph.ts';
import { runCompiled } from '../support/fuzz-run.ts';
import { FAMILIES } from '../support/fuzz-steps.ts';
import { Rng } from '../support/rng.ts';

/**
 * Arguments: target, where blocks touch a guard page ('before' or 'behind'), families of kernels ('random': whole graphs;
 * 'fault': a kernel that reads too much), number of graphs each, seed. Prints each graph's name before it runs, so that the
 * last line names the one that ended the process.
 */
const [name, side, families, count, seed] = process.argv.slice(2) as [string, string, string, string, string];
if (name !== 'x64-avx512' && name !== 'x64-avx2') throw new Error(`no machine code for ${name}`);
const target = new X64Target(name, { guard: side === 'before' ? 'before' : true, threads: 1 });
for (const family of families.split(',')) {
  if (family === 'fault') readTooMuch();
  for (let i = 0; i < Number(count); i++) {
    const r = new Rng(Number(seed) * 100_003 + i);
    process.stdout.write(`${family} ${i}\n`);
    const step = FAMILIES[family];
    runCompiled(target, step ? familyGraph(r, 'wild', step) : fuzzGraph(r, 'wild'), 1);
  }
}
process.stdout.write('done\n');
target.dispose();

/** Reads one float more than a block has. */
function readTooMuch(): void {
  const { lanes, fma } = target.facts;
  const block = target.alloc(60);
  const b = new KernelBuilder('too much', lanes, fma);
  const x = b.buffer('x', 'f32', 'rw');
  b.store(x, affine(0), b.load(x, affine(16 - lanes)), { count: 1 });
  const calls = [{ kernel: 0, args: [{ slot: 0, offset: 0 }], cost: 1 }];
  const slots = [{ kind: 'external' as const, index: 0, bytes: 60 }];
  target.load({ kernels: [b.finish(1)], slots, arenaBytes: 0, steps: [{ kind: 'phase', calls }] }, [block]).run();
}
