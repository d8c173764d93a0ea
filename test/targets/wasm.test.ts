import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { split } from '../../src/codegen/wasm/split.ts';
import { affine, type Kernel } from '../../src/kernel/ir.ts';
import type { Arg, Call, Program, Slot, Step } from '../../src/schedule/program.ts';
import { ReferenceTarget } from '../../src/targets/reference.ts';
import type { Target } from '../../src/targets/target.ts';
import { WasmTarget } from '../../src/targets/wasm.ts';

const targets: WasmTarget[] = [];
function make(threads: number, relaxed = false): WasmTarget {
  const target = new WasmTarget({ threads, relaxed });
  targets.push(target);
  return target;
}
afterEach(() => {
  for (const t of targets.splice(0)) t.dispose();
});

const N = 1000;
const BYTES = 16 * N;
const cheap = 100;
const dear = 1e6;

/** `out[i] = a[(i + 7) % n] * 0.5 + b[i] + 1` over vectors: reads what other threads wrote. */
const mix: Kernel = {
  name: 'mix',
  lanes: 4,
  buffers: [
    { name: 'a', mem: 'f32', access: 'r' },
    { name: 'b', mem: 'f32', access: 'r' },
    { name: 'out', mem: 'f32', access: 'w' },
  ],
  domain: N,
  item: 0,
  body: [
    { k: 'index', id: 1, op: 'mod', a: affine(7, [0, 1]), b: N },
    { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(0, [1, 4]) },
    { k: 'load', id: 2, type: 'f32', buf: 1, at: affine(0, [0, 4]) },
    { k: 'const', id: 3, type: 'f32', value: 0.5 },
    { k: 'const', id: 4, type: 'f32', value: 1 },
    { k: 'op', id: 5, type: 'f32', op: 'mul', args: [1, 3] },
    { k: 'op', id: 6, type: 'f32', op: 'add', args: [5, 2] },
    { k: 'op', id: 7, type: 'f32', op: 'add', args: [6, 4] },
    { k: 'store', value: 7, type: 'f32', buf: 2, at: affine(0, [0, 4]) },
  ],
};

/** Copies item by item through working memory: `t[0..4] = a[i]; out[i] = t[0..4] + t[0..4]`. */
const through: Kernel = {
  name: 'through',
  lanes: 4,
  buffers: [
    { name: 'a', mem: 'f32', access: 'r' },
    { name: 't', mem: 'f32', access: 'rw' },
    { name: 'out', mem: 'f32', access: 'w' },
  ],
  domain: N,
  item: 0,
  body: [
    { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(0, [0, 4]) },
    { k: 'store', value: 1, type: 'f32', buf: 1, at: affine(0) },
    { k: 'load', id: 2, type: 'f32', buf: 1, at: affine(0) },
    { k: 'op', id: 3, type: 'f32', op: 'add', args: [1, 2] },
    { k: 'store', value: 3, type: 'f32', buf: 2, at: affine(0, [0, 4]) },
  ],
};

/** `out[0..4] = a[0..4] + out[0..4]`: one item. */
const add: Kernel = {
  name: 'add',
  lanes: 4,
  buffers: [
    { name: 'a', mem: 'f32', access: 'r' },
    { name: 'out', mem: 'f32', access: 'rw' },
  ],
  domain: 1,
  item: 0,
  body: [
    { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(0) },
    { k: 'load', id: 2, type: 'f32', buf: 1, at: affine(0) },
    { k: 'op', id: 3, type: 'f32', op: 'add', args: [1, 2] },
    { k: 'store', value: 3, type: 'f32', buf: 1, at: affine(0) },
  ],
};

const MIX = 0;
const THROUGH = 1;
const ADD = 2;
const KERNELS = [mix, through, add, { ...mix, name: 'mix again' }];

/** Slots: external 0 and 1, arena x and y, a constant, working memory. */
const SLOTS: readonly Slot[] = [
  { kind: 'external', index: 0, bytes: BYTES },
  { kind: 'external', index: 1, bytes: BYTES },
  { kind: 'arena', offset: 0, bytes: BYTES },
  { kind: 'arena', offset: BYTES, bytes: BYTES },
  {
    kind: 'constant',
    data: new Uint8Array(Float32Array.from({ length: 4 * N }, (_, i) => i % 13).buffer),
    bytes: BYTES,
  },
  { kind: 'thread', bytes: 16 },
];
const program = (steps: readonly Step[]): Program => ({ kernels: KERNELS, slots: SLOTS, arenaBytes: 2 * BYTES, steps });
const phase = (...calls: Call[]): Step => ({ kind: 'phase', calls });
const call = (kernel: number, cost: number, ...args: (number | Arg)[]): Call => ({
  kernel,
  cost,
  args: args.map((a) => (typeof a === 'number' ? { slot: a, offset: 0 } : a)),
});

const MIXED = program([
  phase(call(MIX, dear, 0, 4, 2)),
  phase(call(MIX, dear, 2, 0, 3), call(THROUGH, dear, 2, 5, 1)),
  {
    kind: 'loop',
    count: 5,
    body: [
      phase(call(MIX, dear, 3, 4, 2)),
      phase(call(3, dear, 2, 1, 3)),
      phase(
        call(ADD, cheap, { slot: 3, offset: 0, advance: 16 }, { slot: 1, offset: 160, advance: -32 }),
        call(ADD, cheap, { slot: 3, offset: 16, advance: 16 }, { slot: 2, offset: 160 }),
      ),
    ],
  },
  phase(call(ADD, cheap, 3, 1)),
  phase(call(THROUGH, dear, 3, 5, 2)),
  phase(call(MIX, dear, 2, 1, { slot: 0, offset: 0 })),
]);

const inputs = () => [0, 1].map((k) => Float32Array.from({ length: 4 * N }, (_, i) => Math.sin(i + k * 1000)));

/** Runs the program `runs` times on fresh data; the bits of both externals. */
function execute(target: Target, p: Program, runs = 3): Uint8Array[] {
  const blocks = inputs().map((data) => {
    const block = target.alloc(data.byteLength);
    block.bytesView().set(new Uint8Array(data.buffer));
    return block;
  });
  const executable = target.load(p, blocks);
  for (let i = 0; i < runs; i++) executable.run();
  const results = blocks.map((b) => b.bytesView().slice());
  executable.dispose();
  for (const b of blocks) b.free();
  return results;
}

/** As `execute`, but with all threads taking part from the first run on. */
async function executeReady(target: WasmTarget, p: Program, runs = 3): Promise<Uint8Array[]> {
  const blocks = inputs().map((data) => {
    const block = target.alloc(data.byteLength);
    block.bytesView().set(new Uint8Array(data.buffer));
    return block;
  });
  const executable = target.load(p, blocks);
  await target.ready();
  for (let i = 0; i < runs; i++) executable.run();
  const results = blocks.map((b) => b.bytesView().slice());
  executable.dispose();
  return results;
}

describe('programs', () => {
  const expected = execute(new ReferenceTarget(), MIXED);

  it.each([1, 2, 4])('give the same bits with %i threads', async (threads) => {
    const target = make(threads);
    expect(target.threads).toBe(threads);
    expect(await executeReady(target, MIXED)).toEqual(expected);
  });

  it('run at once, while threads are still starting', () => {
    expect(execute(make(4), MIXED)).toEqual(expected);
  });

  it('run while threads join in the middle, without the event loop turning', () => {
    const target = make(2);
    const blocks = inputs().map((data) => target.alloc(data.byteLength));
    const executable = target.load(MIXED, blocks);
    const reference = execute(new ReferenceTarget(), MIXED);
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    // As many as it takes until the thread has started, unless it never does.
    for (let checked = 0; checked < 20 || (target.parallelRuns === 0 && checked < 100_000); checked++) {
      for (const [i, data] of inputs().entries()) blocks[i]!.bytesView().set(new Uint8Array(data.buffer));
      for (let i = 0; i < 3; i++) executable.run();
      expect(blocks.map((b) => b.bytesView().slice())).toEqual(reference);
      // Gives the core to the thread, where there is one core.
      Atomics.wait(nothing, 0, 0, 1);
    }
    expect(target.parallelRuns).toBeGreaterThan(0);
  });

  it('share threads: modules that come later reach them first', async () => {
    const target = make(2);
    for (let i = 0; i < 5; i++) expect(await executeReady(target, MIXED, 3)).toEqual(expected);
    expect(execute(target, MIXED)).toEqual(expected);
    expect(target.parallelRuns).toBeGreaterThanOrEqual(15);
  });

  it('do not start threads for cheap work', () => {
    const target = make(2);
    const small = program([phase(call(ADD, cheap, 4, 0)), phase(call(MIX, cheap, 0, 4, 1))]);
    expect(execute(target, small)).toEqual(execute(new ReferenceTarget(), small));
    expect(target.parallelRuns).toBe(0);
  });

  it('keep thousands of barriers', async () => {
    const steps: Step[] = [
      { kind: 'loop', count: 500, body: [phase(call(MIX, dear, 0, 4, 2)), phase(call(MIX, dear, 2, 1, 0))] },
    ];
    const p = program(steps);
    expect(await executeReady(make(2), p, 2)).toEqual(execute(new ReferenceTarget(), p, 2));
  });
});

describe('a thread that fails', () => {
  /** Item 600 reads at 4 GiB less a few bytes, which no memory here has: the second thread traps. */
  const trap: Kernel = {
    ...mix,
    name: 'trap',
    body: [
      {
        k: 'if',
        value: affine(-600, [0, 1]),
        rel: 'eq',
        then: [
          { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(2 ** 30 - (1 << 20)) },
          { k: 'store', value: 1, type: 'f32', buf: 2, at: affine(0) },
        ],
        otherwise: [],
      },
    ],
  };

  it('does not leave the others waiting, and programs go on without it', async () => {
    const target = make(2);
    const blocks = inputs().map((data) => target.alloc(data.byteLength));
    const bad: Program = { ...program([phase(call(0, dear, 0, 4, 1))]), kernels: [trap] };
    const executable = target.load(bad, blocks);
    await target.ready();
    expect(() => executable.run()).toThrow(/thread of the wasm target failed/);
    expect(execute(target, MIXED)).toEqual(execute(new ReferenceTarget(), MIXED));
    await expect(target.ready()).rejects.toThrow();
  });
});

describe('memory', () => {
  it('is aligned, zeroed after use, and grows', () => {
    const target = make(1);
    const a = target.alloc(1000);
    a.bytesView().fill(7);
    a.free();
    expect(a.bytesView).toThrow();
    const b = target.alloc(5 << 20);
    const c = target.alloc(100);
    expect(b.bytesView().every((x) => x === 0)).toBe(true);
    for (const block of [b, c]) expect(block.bytesView().byteOffset % 64).toBe(0);
    expect(c.bytesView().length).toBe(100);
  });

  it('keeps what is in blocks while others come and go', () => {
    const command = fc.record({ bytes: fc.integer({ min: 0, max: 40_000 }), drop: fc.nat(), keep: fc.boolean() });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const target = make(1);
        const live: { block: ReturnType<WasmTarget['alloc']>; mark: number }[] = [];
        for (const [i, { bytes, drop, keep }] of commands.entries()) {
          const block = target.alloc(bytes);
          expect(block.bytesView().every((x) => x === 0)).toBe(true);
          block.bytesView().fill(1 + (i % 250));
          live.push({ block, mark: 1 + (i % 250) });
          if (!keep) live.splice(drop % live.length, 1)[0]!.block.free();
        }
        for (const { block, mark } of live) expect(block.bytesView().every((x) => x === mark)).toBe(true);
        const used = target.bytesUsed;
        for (const { block } of live) block.free();
        expect(target.bytesUsed).toBe(
          used - live.reduce((s, l) => s + Math.max(64, Math.ceil(l.block.bytes / 64) * 64), 0),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('says when there is no more, and goes on', () => {
    const target = make(1);
    expect(() => target.alloc(5e9)).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY' }));
    expect(() => target.alloc(5e9)).toThrow(/out of memory: 4768\.4 MiB asked for/);
    expect(target.alloc(64).bytes).toBe(64);
  });

  it('is given back by programs', () => {
    const target = make(1);
    const before = target.bytesUsed;
    for (let i = 0; i < 50; i++) execute(target, MIXED, 1);
    expect(target.bytesUsed).toBe(before);
  });
});

describe('misuse', () => {
  it('names blocks that are missing, small or foreign', () => {
    const target = make(1);
    expect(() => target.load(MIXED, [])).toThrow(/external block 0/);
    expect(() => target.load(MIXED, [target.alloc(BYTES), target.alloc(16)])).toThrow(/16/);
    expect(() => target.load(MIXED, [target.alloc(BYTES), make(1).alloc(BYTES)])).toThrow(
      /external 1 was not allocated/,
    );
  });

  it('refuses to run what has been disposed of', () => {
    const target = make(1);
    const executable = target.load(
      program([phase(call(ADD, cheap, 4, 0))]),
      [target.alloc(BYTES)].concat(target.alloc(BYTES)),
    );
    executable.dispose();
    executable.dispose();
    expect(() => executable.run()).toThrow(/disposed/);
  });

  it('refuses a number of threads that is none', () => {
    expect(() => new WasmTarget({ threads: 0 })).toThrow(/threads: 0/);
  });
});

describe('facts', () => {
  it('has fma only with relaxed SIMD', () => {
    expect(make(1, false).facts).toMatchObject({ lanes: 4, registers: 16, loadsFirst: true, fma: false });
    expect(make(1, true).facts.fma).toBe(true);
  });

  it('keeps strict mode strict', () => {
    const before = process.env.OLIFANT_STRICT;
    process.env.OLIFANT_STRICT = '1';
    try {
      expect(new WasmTarget({ threads: 1 }).facts.fma).toBe(false);
    } finally {
      if (before === undefined) delete process.env.OLIFANT_STRICT;
      else process.env.OLIFANT_STRICT = before;
    }
  });
});

describe('split', () => {
  /** `A[0-5 5-10]` for a call with the shares of the threads, `|` for a barrier, `n(...)` for a loop. */
  const show = (threads: number, ...steps: Step[]): string => {
    const { steps: out, shares } = split(program(steps), threads);
    const text = (list: typeof out): string =>
      list
        .map((s) => {
          if (s.kind === 'barrier') return '|';
          if (s.kind === 'loop') return `${s.count}(${text(s.body)})`;
          const parts = shares[s.index]!.map(([b, e]) => (b < e ? `${b}-${e}` : '.'));
          return `${'MTA'[s.call.kernel]}[${parts.join(' ')}]`;
        })
        .join(' ');
    return text(out);
  };
  const big = call(MIX, dear, 0, 4, 2);
  const small = call(ADD, cheap, 4, 0);

  it('divides dear calls evenly and leaves cheap ones whole', () => {
    expect(show(2, phase(big), phase(small))).toBe('M[0-500 500-1000] | A[0-1 .]');
    expect(show(3, phase(big))).toBe('M[0-333 333-666 666-1000] |');
    expect(show(1, phase(big), phase(small))).toBe('M[0-1000] A[0-1]');
  });

  it('needs no barriers where one thread does all', () => {
    expect(show(2, phase(small), phase(small), phase(small))).toBe('A[0-1 .] A[0-1 .] A[0-1 .]');
    expect(show(2, phase(small), { kind: 'loop', count: 3, body: [phase(small), phase(small)] }, phase(big))).toBe(
      'A[0-1 .] 3(A[0-1 .] A[0-1 .]) | M[0-500 500-1000] |',
    );
  });

  it('gives whole calls of a phase to the thread with the least to do', () => {
    const whole = call(ADD, 1500, 4, 0);
    expect(show(2, phase(whole, whole, whole))).toBe('A[0-1 .] A[. 0-1] A[0-1 .] |');
  });

  it('ends each iteration with a barrier, since the next one may need all of it', () => {
    const body = [phase(big), phase(small)];
    expect(show(2, { kind: 'loop', count: 3, body })).toBe('3(M[0-500 500-1000] | A[0-1 .] |)');
    expect(show(2, phase(small), { kind: 'loop', count: 3, body }, phase(small))).toBe(
      'A[0-1 .] | 3(M[0-500 500-1000] | A[0-1 .] |) A[0-1 .]',
    );
  });
});

describe('a process', () => {
  it('ends although threads are parked', () => {
    const script = `
      import { Worker } from 'node:worker_threads';
      const file = new URL(process.argv[1]);
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const words = { epoch: 0, jobs: 9, job: 1, context: 2, stride: 3, parties: 4, failed: 5, done: -1, sent: 6, taken: 7 };
      const control = new Int32Array(memory.buffer);
      control[6] = 1;
      const worker = new Worker(file, { execArgv: [], workerData: 'olifant-thread' });
      worker.unref();
      worker.postMessage({ kind: 'start', memory, words, thread: 1, spins: 10 });
      while (Atomics.load(control, 7) === 0) Atomics.wait(control, 8, 0, 5);
      console.log('parked');
    `;
    const worker = new URL('../../src/runtime/wasm/worker.js', import.meta.url);
    const args = ['--input-type=module', '-e', script, worker.href];
    expect(execFileSync(process.execPath, args, { timeout: 300_000, encoding: 'utf8' })).toBe('parked\n');
  });
});
