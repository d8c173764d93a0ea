import { Assembler, type Mnemonic, mem, rdx, rsi, type Vec, ymm, zmm } from '../asm/x64/index.ts';
import type { ThreadStep } from '../codegen/x64/records.ts';
import { mapCode } from '../runtime/native/code.ts';
import { platform } from '../runtime/native/load.ts';
import { Pool } from './pool.ts';
import type { Target } from './target.ts';

/** Measured float32 multiply-add rates in GFLOP/s; a multiply-add counts as two operations. */
export interface Peak {
  readonly oneThread: number;
  readonly allThreads: number;
}

/** A measurement takes about 2 ms at 250 GFLOP/s; the first ones raise the clock, the best one counts. */
const FLOP = 5e8;
const RUNS = 5;

/**
 * Measures what the processor reaches with multiply-adds alone, in the vectors of the target: the yardstick for
 * everything else. Takes some 20 to 50 ms.
 *
 * @returns undefined for targets that are not machine code
 */
export function measurePeak(target: Pick<Target, 'name' | 'threads'>): Peak | undefined {
  if (target.name !== 'x64-avx512' && target.name !== 'x64-avx2') return undefined;
  const wide = target.name === 'x64-avx512';
  const native = platform();
  const { code, flopPerItem } = multiplyAdds(wide);
  const region = mapCode(native, code);
  try {
    const rate = (threads: number): number => {
      const pool = new Pool(native, threads, threads);
      const seconds = bestTime(pool, region.address, Math.round(FLOP / flopPerItem));
      pool.dispose();
      return (threads * FLOP) / seconds / 1e9;
    };
    return { oneThread: rate(1), allThreads: rate(target.threads) };
  } finally {
    region.free();
  }
}

function bestTime(pool: Pool, kernel: number, items: number): number {
  const work: ThreadStep = { kind: 'call', call: { kernel: 0, args: [], cost: 0 }, begin: 0, end: items };
  const list: ThreadStep[] = pool.threads === 1 ? [work] : [work, { kind: 'barrier' }];
  const tables = pool.load(Array(pool.threads).fill(list), { kernels: [kernel], slots: () => [] });
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    pool.run(tables);
    best = Math.min(best, performance.now() - start);
  }
  tables.free();
  return best / 1000;
}

/** Independent chains, more than latency times throughput (4 x 2) of any processor, in registers alone. */
function multiplyAdds(wide: boolean): { code: Uint8Array; flopPerItem: number } {
  const chains = wide ? 24 : 12;
  const register = wide ? zmm : ymm;
  const lanes = wide ? 16 : 8;
  const a = new Assembler();
  const clear: Mnemonic = wide ? 'vpxord' : 'vpxor';
  const factor: Vec = register(chains);
  for (let i = 0; i <= chains; i++) a.emit(clear, [register(i), register(i), register(i)]);
  const loop = a.label();
  a.align(64);
  a.bind(loop);
  for (let i = 0; i < chains; i++) a.emit('vfmadd231ps', [register(i), factor, factor]);
  a.emit('lea', [rsi, mem(rsi, 1)]);
  a.emit('cmp', [rsi, rdx]);
  a.jcc('l', loop);
  a.ret();
  return { code: a.finish(), flopPerItem: 2 * lanes * chains };
}
