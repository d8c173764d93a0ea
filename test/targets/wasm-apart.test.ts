import { afterEach, describe, expect, it } from 'vitest';
import { affine, type Kernel } from '../../src/kernel/ir.ts';
import type { Call, Program, Step } from '../../src/schedule/program.ts';
import { ReferenceTarget } from '../../src/targets/reference.ts';
import type { Block, Executable, Target } from '../../src/targets/target.ts';
import { WasmTarget } from '../../src/targets/wasm.ts';

// What a page of a browser does, here in Node, whose main thread could wait but is kept free all the same.

const targets: WasmTarget[] = [];
function make(threads: number): WasmTarget {
  const target = new WasmTarget({ threads, relaxed: false, apart: true });
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

/** `out[i] = a[(i + 7) % n] * 0.5 + out[i]` over vectors: reads what other threads wrote. */
const mix: Kernel = {
  name: 'mix',
  lanes: 4,
  buffers: [
    { name: 'a', mem: 'f32', access: 'r' },
    { name: 'out', mem: 'f32', access: 'rw' },
  ],
  domain: N,
  item: 0,
  body: [
    { k: 'index', id: 1, op: 'mod', a: affine(7, [0, 1]), b: N },
    { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(0, [1, 4]) },
    { k: 'load', id: 2, type: 'f32', buf: 1, at: affine(0, [0, 4]) },
    { k: 'const', id: 3, type: 'f32', value: 0.5 },
    { k: 'op', id: 4, type: 'f32', op: 'mul', args: [1, 3] },
    { k: 'op', id: 5, type: 'f32', op: 'add', args: [4, 2] },
    { k: 'store', value: 5, type: 'f32', buf: 1, at: affine(0, [0, 4]) },
  ],
};

const phase = (...calls: Call[]): Step => ({ kind: 'phase', calls });
const call = (cost: number, a: number, out: number): Call => ({
  kernel: 0,
  cost,
  args: [a, out].map((slot) => ({ slot, offset: 0 })),
});
const program = (cost: number, rounds = 1, kernel = mix): Program => ({
  kernels: [kernel],
  slots: [0, 1].map((index) => ({ kind: 'external', index, bytes: BYTES })),
  arenaBytes: 0,
  steps: [{ kind: 'loop', count: rounds, body: [phase(call(cost, 0, 1)), phase(call(cost, 1, 0))] }],
});

interface Loaded {
  executable: Executable;
  blocks: Block[];
}

function load(target: Target, p: Program): Loaded {
  const blocks = [0, 1].map((k) => {
    const block = target.alloc(BYTES);
    const data = Float32Array.from({ length: 4 * N }, (_, i) => Math.sin(i + k * 1000));
    block.bytesView().set(new Uint8Array(data.buffer));
    return block;
  });
  return { executable: target.load(p, blocks), blocks };
}

const read = ({ blocks }: Loaded) => blocks.map((b) => b.bytesView().slice());

function expected(p: Program, runs: number): Uint8Array[] {
  const loaded = load(new ReferenceTarget(), p);
  for (let i = 0; i < runs; i++) loaded.executable.run();
  return read(loaded);
}

/** Long enough for the main thread to do something meanwhile. */
const LONG = program(dear, 300);

describe('a program that runs apart', () => {
  it.each([1, 2, 3])('gives the same bits, on %i threads', async (threads) => {
    const target = make(threads);
    const p = program(dear);
    const loaded = load(target, p);
    for (let i = 0; i < 20; i++) await loaded.executable.runAsync!();
    expect(read(loaded)).toEqual(expected(p, 20));
    expect(target.parallelRuns).toBe(threads > 1 ? 20 : 0);
  });

  it('leaves the calling thread free', async () => {
    const loaded = load(make(2), LONG);
    await loaded.executable.runAsync!();
    // A run may end while others have the processor; one that kept this thread busy would be over whenever the loop turns.
    let turns = 0;
    for (let i = 0; i < 1000 && turns < 5; i++) {
      let over = false;
      const running = loaded.executable.runAsync!().then(() => {
        over = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      if (!over) turns++;
      await running;
    }
    expect(turns).toBe(5);
  });

  it('can be mixed with runs on the calling thread', async () => {
    const p = program(dear);
    const loaded = load(make(2), p);
    for (let i = 0; i < 50; i++) {
      if (i % 3 === 1) loaded.executable.run();
      else await loaded.executable.runAsync!();
    }
    expect(read(loaded)).toEqual(expected(p, 50));
  });

  it('is waited for by whoever looks into memory, runs or disposes of a program meanwhile', async () => {
    const target = make(2);
    const loaded = load(target, LONG);
    await loaded.executable.runAsync!();
    const running = loaded.executable.runAsync!();
    expect(read(loaded)).toEqual(expected(LONG, 2));
    await running;
    const again = loaded.executable.runAsync!();
    loaded.executable.run();
    expect(read(loaded)).toEqual(expected(LONG, 4));
    await again;
    const last = loaded.executable.runAsync!();
    loaded.executable.dispose();
    expect(read(loaded)).toEqual(expected(LONG, 5));
    await last;
    await expect(async () => loaded.executable.runAsync!()).rejects.toThrow('disposed');
  });

  it('goes on where other programs are loaded meanwhile', async () => {
    const target = make(2);
    const loaded = load(target, LONG);
    await loaded.executable.runAsync!();
    const running = loaded.executable.runAsync!();
    const other = load(target, program(dear));
    await running;
    await other.executable.runAsync!();
    expect(read(loaded)).toEqual(expected(LONG, 2));
    expect(read(other)).toEqual(expected(program(dear), 1));
  });

  it('works without Atomics.waitAsync, by messages', async () => {
    const atomics = Atomics as { waitAsync?: unknown };
    const { waitAsync } = atomics;
    atomics.waitAsync = undefined;
    try {
      const p = program(dear);
      const loaded = load(make(2), p);
      for (let i = 0; i < 20; i++) await loaded.executable.runAsync!();
      expect(read(loaded)).toEqual(expected(p, 20));
    } finally {
      atomics.waitAsync = waitAsync;
    }
  });
});

it('a short program stays on the calling thread', () => {
  const target = make(2);
  const p = program(cheap);
  const loaded = load(target, p);
  expect(loaded.executable.runAsync).toBeUndefined();
  loaded.executable.run();
  expect(read(loaded)).toEqual(expected(p, 1));
});

it('a target that does not give way runs nothing apart', () => {
  const target = new WasmTarget({ threads: 2 });
  targets.push(target);
  expect(target.givesWay).toBe(false);
  expect(load(target, program(dear)).executable.runAsync).toBeUndefined();
});

it('a thread that fails makes the run fail, and the next one goes on without threads', async () => {
  /** Item 600 reads at 4 GiB less a few bytes, which no memory here has: another thread traps. */
  const trap: Kernel = {
    ...mix,
    body: [
      {
        k: 'if',
        value: affine(-600, [0, 1]),
        rel: 'eq',
        then: [
          { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(2 ** 30 - (1 << 20)) },
          { k: 'store', value: 1, type: 'f32', buf: 1, at: affine(0) },
        ],
        otherwise: [],
      },
    ],
  };
  const target = make(2);
  const bad = load(target, program(dear, 1, trap));
  await expect(bad.executable.runAsync!()).rejects.toThrow(/thread of the wasm target failed/);
  const p = program(dear);
  const good = load(target, p);
  await good.executable.runAsync!();
  expect(read(good)).toEqual(expected(p, 1));
});
