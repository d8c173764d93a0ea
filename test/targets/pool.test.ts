import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { platform } from '../../src/runtime/native/load.ts';
import type { Step } from '../../src/schedule/program.ts';
import { Pool } from '../../src/targets/pool.ts';
import { Bench, COUNT, SHIFT } from './machine-kernels.ts';

const DEAR = 1e6;
const CHEAP = 10;

/** From buffer `a` to buffer `b`, each word from its right neighbour, so that threads need each other's results. */
const shift = (a: number, b: number, cost = DEAR): Step => ({
  kind: 'phase',
  calls: [
    {
      kernel: SHIFT,
      args: [
        { slot: a, offset: 0 },
        { slot: b, offset: 0 },
      ],
      cost,
    },
  ],
});
const count = (buffer: number, cost: number, offset = 0, advance?: number): Step => ({
  kind: 'phase',
  calls: [{ kernel: COUNT, args: [{ slot: buffer, offset, advance }], cost }],
});

const threadIds = (): string[] => readdirSync('/proc/self/task');

/** How often a thread that sleeps has been given a core so far; empty for one that does not sleep. */
function restOf(id: string): string {
  const status = readFileSync(`/proc/self/task/${id}/status`, 'utf8');
  return /^State:\tS/m.test(status) ? status.match(/^.*ctxt_switches:.*$/gm)!.join(' ') : '';
}

describe.each([1, 2, 3, 4, 7])('a pool of %i threads', (threads) => {
  // Where threads wait for cores, each wait may be as long as the system lets other processes have them: some milliseconds.
  const rounds = threads > availableParallelism() ? 2 : 20;

  it('keeps the order of phases that depend on each other across threads', () => {
    const bench = new Bench(threads);
    const phases = 500;
    const steps = Array.from({ length: phases }, (_, i) => shift(i % 2, 1 - (i % 2)));
    bench.run(steps, rounds);
    expect(bench.words(0)).toEqual(Array(bench.n).fill(phases * rounds));
    bench.dispose();
  });

  it('keeps the order where cheap phases on one thread stand between', () => {
    const bench = new Bench(threads);
    const costs = fc.array(fc.constantFrom(CHEAP, DEAR, 2000), { minLength: 1, maxLength: 40 });
    let total = [0, 0];
    fc.assert(
      fc.property(costs, (list) => {
        bench.run(
          list.map((cost, i) => shift(i % 2, 1 - (i % 2), cost)),
          2,
        );
        // Twice: phase i reads what phase i - 1 wrote.
        for (let k = 0; k < 2; k++) {
          list.forEach((_, i) => {
            total = i % 2 === 0 ? [total[0]!, total[0]! + 1] : [total[1]! + 1, total[1]!];
          });
        }
        expect(bench.words(0)).toEqual(Array(bench.n).fill(total[0]));
        expect(bench.words(1)).toEqual(Array(bench.n).fill(total[1]));
      }),
      { numRuns: 60 },
    );
    bench.dispose();
  });

  it.each([CHEAP, DEAR])('runs a loop whose arguments advance, again and again (cost %i)', (cost) => {
    const bench = new Bench(threads, { n: 16, buffers: 10 });
    // Buffers lie one behind the other: 16 words of 8 bytes, rounded to 64, are 128 bytes.
    const body = [count(0, cost, 0, 128), count(9, cost, 0, -128)];
    bench.run([{ kind: 'loop', count: 5, body }], 3);
    for (let i = 0; i < 10; i++) expect(bench.words(i), `buffer ${i}`).toEqual(Array(16).fill(3));
    bench.dispose();
  });

  it('keeps the order from one iteration to the next', () => {
    const bench = new Bench(threads);
    bench.run([{ kind: 'loop', count: 250, body: [shift(0, 1), shift(1, 0)] }], rounds);
    expect(bench.words(0)).toEqual(Array(bench.n).fill(500 * rounds));
    bench.dispose();
  });

  it('runs loops in loops', () => {
    const bench = new Bench(threads, { n: 16, buffers: 4 });
    const inner: Step = { kind: 'loop', count: 3, body: [count(0, DEAR, 0, 128)] };
    bench.run([{ kind: 'loop', count: 4, body: [inner, shift(0, 3), shift(3, 0, CHEAP)] }]);
    expect(bench.words(0)).toEqual(Array(16).fill(12));
    expect(bench.words(1)).toEqual(Array(16).fill(4));
    expect(bench.words(2)).toEqual(Array(16).fill(4));
    bench.dispose();
  });

  it('runs an empty program, and empty phases and loops', () => {
    const bench = new Bench(threads);
    bench.run([], 3);
    bench.run([
      { kind: 'phase', calls: [] },
      { kind: 'loop', count: 3, body: [] },
      { kind: 'loop', count: 0, body: [shift(0, 1)] },
    ]);
    expect(bench.words(1)).toEqual(Array(bench.n).fill(0));
    bench.dispose();
  });

  it('runs programs in turn', () => {
    const bench = new Bench(threads);
    for (let i = 0; i < 100; i++) {
      bench.run([shift(0, 1)]);
      bench.run([count(1, CHEAP)]);
      bench.run([shift(1, 0), count(0, CHEAP)]);
    }
    expect(bench.words(0)).toEqual(Array(bench.n).fill(400));
    bench.dispose();
  });

  it('wakes threads that have blocked', async () => {
    const bench = new Bench(threads);
    for (let i = 0; i < 30; i++) {
      // From spinning to just blocking to long blocked.
      await new Promise((resolve) => setTimeout(resolve, i % 3));
      bench.run([shift(0, 1), shift(1, 0)]);
    }
    expect(bench.words(0)).toEqual(Array(bench.n).fill(60));
    bench.dispose();
  });

  it.runIf(process.platform === 'linux')('blocks while it is idle', { timeout: 120_000 }, async () => {
    const others = new Set(threadIds());
    const bench = new Bench(threads);
    bench.run([shift(0, 1)]);
    const workers = threadIds().filter((id) => !others.has(id));
    expect(workers.length).toBeGreaterThanOrEqual(threads - 1);
    // However long it takes, but not for ever: one that spins, or sleeps and looks again and again, is never found twice the same.
    const blocked = async (id: string) => {
      for (let before = '', now = restOf(id); now === '' || now !== before; ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        [before, now] = [now, restOf(id)];
      }
    };
    await Promise.all(workers.map(blocked));
    bench.dispose();
  });
});

it('starts and ends many pools', () => {
  for (let i = 0; i < 50; i++) {
    const bench = new Bench(3);
    if (i % 2 === 0) bench.run([shift(0, 1)]);
    bench.dispose();
  }
});

it('ends the threads it has where the system allows no more', () => {
  const native = platform();
  const ended: (number | bigint)[] = [];
  let started = 0;
  const meagre = {
    ...native,
    startThread(code: number, argument: number) {
      if (started === 2) throw new Error('pthread_create failed with errno 11');
      started++;
      return native.startThread(code, argument);
    },
    joinThread(thread: number | bigint) {
      native.joinThread(thread);
      ended.push(thread);
    },
  };
  const pool = new Pool(meagre, 4, 4);
  const lists = Array(4).fill([{ kind: 'barrier' }]);
  expect(() => pool.load(lists, { kernels: [], slots: () => [] })).toThrow(
    '4 threads cannot be started; set OLIFANT_THREADS=3',
  );
  expect(ended.length).toBe(2);
  pool.dispose();
});
