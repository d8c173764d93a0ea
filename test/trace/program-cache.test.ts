import { afterAll, describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { replaceNodes } from '../../src/graph/structure.ts';
import * as layers from '../../src/layers/index.ts';
import * as ops from '../../src/ops/index.ts';
import { ReferenceTarget } from '../../src/targets/reference.ts';
import type { Block, Target } from '../../src/targets/target.ts';
import { graphKey } from '../../src/trace/graph-key.ts';
import { clearSession, setRandomSeed, type Tensor, tensor, Variable } from '../../src/trace/index.ts';
import { type EvaluationCounts, ProgramCache, programCache } from '../../src/trace/program-cache.ts';
import { fuzzGraph } from '../support/fuzz-graph.ts';
import { equalBits, makeTargets, runCompiled } from '../support/fuzz-run.ts';
import { Rng } from '../support/rng.ts';
import { viewBlock } from '../support/run-graph.ts';

/** What `work` adds to the counts. */
function counted(work: () => void): EvaluationCounts {
  const { counts } = programCache();
  const before = { ...counts };
  work();
  return {
    compiled: counts.compiled - before.compiled,
    loaded: counts.loaded - before.loaded,
    run: counts.run - before.run,
  };
}

const list = (t: Tensor): number[] => [...t.dataSync()];
/** Large enough that programs use a variable's own memory. */
const WIDE = 2048;

describe('what is computed outside of a model', () => {
  it('is compiled once for other values of the same shapes', () => {
    const f = (a: number, b: number) => list(ops.add(ops.multiply(tensor([a, 2, 3]), tensor([1, b, 1])), 7));
    expect(counted(() => expect(f(1, 1)).toEqual([8, 9, 10]))).toMatchObject({ compiled: 1, loaded: 1 });
    const more = counted(() => {
      expect(f(5, 2)).toEqual([12, 11, 10]);
      expect(f(Number.NaN, -0)).toEqual([Number.NaN, 7, 10]);
      for (let i = 0; i < 20; i++) expect(f(i, i)).toEqual([i + 7, 2 * i + 7, 10]);
    });
    expect(more).toEqual({ compiled: 0, loaded: 0, run: 22 });
  });

  it('is compiled for each shape, dtype, attribute, constant and use of the operands', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const y = tensor([
      [1, 2],
      [3, 4],
    ]);
    const i = tensor(Int32Array.of(1, 2, 3, 4), [2, 2]);
    const results = [
      [() => ops.add(x, x), [2, 4, 6, 8]],
      [() => ops.add(x, y), [2, 4, 6, 8]],
      [() => ops.subtract(x, y), [0, 0, 0, 0]],
      [() => ops.add(i, i), [2, 4, 6, 8]],
      [() => ops.add(ops.reshape(x, [4]), 1), [2, 3, 4, 5]],
      [() => ops.add(x, 1), [2, 3, 4, 5]],
      [() => ops.add(x, 2), [3, 4, 5, 6]],
      [() => ops.multiply(x, 0), [0, 0, 0, 0]],
      [() => ops.multiply(x, -0), [-0, -0, -0, -0]],
      [() => ops.sum(x, 0), [4, 6]],
      [() => ops.sum(x, 1), [3, 7]],
    ] as const;
    const { compiled } = counted(() => {
      for (const [f, expected] of results) expect(list(f())).toEqual(expected);
    });
    expect(compiled).toBe(results.length);
    const again = counted(() => {
      for (const [f, expected] of results) expect(list(f())).toEqual(expected);
    });
    expect(again).toEqual({ compiled: 0, loaded: 0, run: results.length });
  });

  it('keeps the results of earlier runs of the same program', async () => {
    const results = await Promise.all([1, 2, 3].map((i) => ops.exp(tensor([i, -i])).data()));
    expect(results.map((r) => r[0])).toEqual([1, 2, 3].map((i) => Math.fround(Math.exp(i))));
    const lazy = [1, 2, 3].map((i) => ops.negative(tensor([i, i, i])));
    expect(lazy.map((t) => t.dataSync()[2])).toEqual([-1, -2, -3]);
  });

  it('reads an array that is filled anew between tensors', () => {
    const array = new Float32Array(3);
    for (let i = 0; i < 3; i++) {
      array.fill(i);
      expect(list(ops.square(tensor(array)))).toEqual([i * i, i * i, i * i]);
    }
  });

  it('has loops over the same step in common, and no others', () => {
    const total = (values: number[], reverse = false) => {
      const step = ([c]: Tensor[], [x]: Tensor[]) => ({ carry: [ops.add(ops.multiply(c!, 2), x!)] });
      return ops.scan(step, [tensor(0)], [tensor(values)], { reverse }).carry[0]!.item();
    };
    const first = counted(() => expect(total([1, 2, 3])).toBe(11));
    const second = counted(() => expect(total([4, 5, 6])).toBe(32));
    const third = counted(() => expect(total([1, 2, 3], true)).toBe(17));
    expect([first, second, third].map((c) => c.compiled)).toEqual([1, 0, 1]);
  });

  it('draws other random numbers from the same program', () => {
    setRandomSeed(3);
    const dropout = new layers.Dropout(0.5);
    const x = tensor(new Float32Array(64).fill(1));
    const masks = new Set<string>();
    const work = () => masks.add(list(dropout.apply(x, { training: true })).join());
    work();
    expect(counted(() => [1, 2, 3].forEach(work)).compiled).toBe(0);
    expect(masks.size).toBe(4);
  });

  it('augments images of one shape with one program', () => {
    setRandomSeed(4);
    const layer = new layers.RandomTranslation(0.3, 0.3);
    const found = new Set<string>();
    const work = (i: number) => {
      const images = tensor(
        new Float32Array(2 * 6 * 6 * 3).map((_, k) => ((k * 7 + i) % 31) / 31),
        [2, 6, 6, 3],
      );
      found.add(list(layer.apply(images, { training: true })).join());
    };
    work(0);
    expect(counted(() => [1, 2, 3, 4].forEach(work)).compiled).toBe(0);
    expect(found.size).toBe(5);
  });
});

describe('variables', () => {
  const ramp = (from: number) => new Float32Array(WIDE).map((_, i) => from + i);

  it('are read where they lie, and what was computed from them before keeps their earlier value', () => {
    const v = new Variable(ramp(0));
    const f = () => ops.add(v.value(), 1);
    const before = f();
    expect(f().dataSync()[1]).toBe(2);
    v.assign(ramp(10));
    const after = f();
    const { compiled } = counted(() => {
      expect(before.dataSync()[1]).toBe(2);
      expect(after.dataSync()[1]).toBe(12);
    });
    // Earlier values are copied in, by a program that is the same as data.
    expect(compiled).toBe(0);
    v.write(ramp(20));
    expect(f().dataSync()[1]).toBe(22);
    v.assignAdd(new Float32Array(WIDE).fill(1));
    expect(f().dataSync()[1]).toBe(23);
  });

  it('are found anew where they have moved', () => {
    const v = new Variable(ramp(0));
    const f = () => ops.add(v.value(), 1).dataSync()[5];
    expect(f()).toBe(6);
    v.dispose();
    // Memory that is free again is soon somebody else's.
    const other = new Variable(ramp(1000));
    expect(ops.add(other.value(), 1).dataSync()[5]).toBe(1006);
    expect(f()).toBe(6);
    v.dispose();
    v.write(ramp(7));
    expect(f()).toBe(13);
  });

  it('of two layers with the same shapes share a program as data', () => {
    setRandomSeed(1);
    const [a, b] = [new layers.Dense(64), new layers.Dense(64)];
    const x = tensor(new Float32Array(64 * 64).fill(0.5), [64, 64]);
    a.apply(x).dataSync();
    b.build([null, 64]);
    let result: number[] = [];
    expect(counted(() => (result = list(b.apply(x))))).toMatchObject({ compiled: 0, loaded: 1 });
    const kernel = b.weights[0]!.read();
    const expected = kernel.slice(0, 64).map((_, j) => {
      let sum = 0;
      for (let i = 0; i < 64; i++) sum += 0.5 * kernel[i * 64 + j]!;
      return sum;
    });
    expected.forEach((e, j) => expect(result[j]).toBeCloseTo(e, 4));
  });
});

describe('the cache', () => {
  const caches: ProgramCache[] = [];
  const made = (
    limits: Partial<ConstructorParameters<typeof ProgramCache>[1]>,
    target: Target = new ReferenceTarget(),
  ) => {
    const cache = new ProgramCache(target, { plans: 10, loaded: 10, bytes: 2 ** 20, ...limits });
    caches.push(cache);
    return cache;
  };
  afterAll(() => {
    for (const cache of caches) cache.clear();
  });
  const literal = (size: number) =>
    node('literal', [], { data: new Float32Array(size).fill(2), shape: [size], dtype: 'float32' });
  const square = (cache: ProgramCache, size: number) =>
    cache.run([node('mul', [literal(size), literal(size)], {})], ([b]) => viewBlock(b!, 'float32', size).slice());

  it('forgets first what was not used for longest', () => {
    const cache = made({ plans: 3, loaded: 2 });
    for (const size of [1, 2, 3, 1, 4]) expect(square(cache, size)).toEqual(new Float32Array(size).fill(4));
    expect(cache.counts).toEqual({ compiled: 4, loaded: 5, run: 5 });
    square(cache, 1); // ready to run
    square(cache, 3); // as data
    square(cache, 2); // gone
    expect(cache.counts).toEqual({ compiled: 5, loaded: 7, run: 8 });
  });

  it('keeps no more memory than it may', () => {
    const alive = new Set<Block>();
    const inner = new ReferenceTarget();
    const target: Target = {
      name: inner.name,
      facts: inner.facts,
      threads: 1,
      alloc(bytes) {
        const { bytesView } = inner.alloc(bytes);
        const block: Block = { bytes, bytesView, free: () => void alive.delete(block) };
        alive.add(block);
        return block;
      },
      load: (program, externals) => inner.load(program, externals),
      dispose: () => {},
    };
    const cache = made({ bytes: 40_000 }, target);
    const held = () => [...alive].reduce((sum, b) => sum + b.bytes, 0);
    for (const size of [1000, 1100, 1200, 1300, 1400, 20_000, 1400]) {
      square(cache, size);
      expect(held()).toBeLessThanOrEqual(40_000);
      expect(held()).toBe(cache.bytes);
    }
    // The large one was not kept, and pushed nothing out.
    expect(cache.counts).toMatchObject({ compiled: 6, loaded: 6 });
    cache.clear();
    expect([cache.bytes, alive.size]).toEqual([0, 0]);
  });

  it('makes room where memory is short', () => {
    let room = 30_000;
    const inner = new ReferenceTarget();
    const target: Target = {
      name: inner.name,
      facts: inner.facts,
      threads: 1,
      alloc(bytes) {
        if (bytes > room) throw Object.assign(new Error('no room'), { code: 'OUT_OF_MEMORY' });
        room -= bytes;
        const free = () => {
          room += bytes;
        };
        return { ...inner.alloc(bytes), free };
      },
      load: (program, externals) => inner.load(program, externals),
      dispose: () => {},
    };
    const cache = made({}, target);
    square(cache, 1000);
    square(cache, 1100);
    expect(square(cache, 2000)).toEqual(new Float32Array(2000).fill(4));
    expect(() => square(cache, 3000)).toThrow('no room');
    expect(square(cache, 2000)[0]).toBe(4);
    cache.clear();
    expect(room).toBe(30_000);
  });

  it.each(makeTargets(false, { threads: 1 }))('gives the bits of a program with the values in it: $name', (target) => {
    const cache = made({}, target);
    for (let seed = 1; seed <= 40; seed++) {
      const g = fuzzGraph(new Rng(seed), 'wild');
      const bind = new Map<Node, Node>(
        g.inputs.map((n) => [n, node('literal', [], { data: g.bind.get(n)!, shape: n.shape, dtype: n.dtype })]),
      );
      const outputs = replaceNodes(g.outputs, bind);
      const expected = runCompiled(target, g, 1)[0]!.slice(0, outputs.length);
      for (let run = 0; run < 2; run++) {
        const got = cache.run(outputs, (blocks) =>
          outputs.map((n, i) =>
            viewBlock(
              blocks[i]!,
              n.dtype,
              n.shape.reduce((a, b) => a * b, 1),
            ).slice(),
          ),
        );
        got.forEach((values, i) => {
          const wrong = values.findIndex((v, k) => !equalBits(v, expected[i]![k] as number));
          if (wrong >= 0)
            expect.fail(
              `seed ${seed}, run ${run}, output ${i} [${wrong}]: ${values[wrong]}, not ${expected[i]![wrong]}`,
            );
        });
      }
    }
  });
});

describe('keys', () => {
  it('take one array for one operand, and the value alone of what has a gradient of its own', () => {
    const data = Float32Array.of(1, 2);
    const one = () => node('literal', [], { data, shape: [2], dtype: 'float32' });
    const [a, b] = [one(), one()];
    const both = graphKey([node('add', [a, b], {})]);
    expect(both.text).toBe(graphKey([node('add', [a, a], {})]).text);
    expect([both.literals.length, both.places.size]).toEqual([1, 2]);
    const apart = node('literal', [], { data: data.slice(), shape: [2], dtype: 'float32' });
    expect(graphKey([node('add', [a, apart], {})]).text).not.toBe(both.text);
    const custom = node('custom', [a, b, a, apart], { operands: 1 });
    expect(graphKey([custom]).literals).toEqual([a]);
  });

  it('are none where a loop has values inside', () => {
    const c = node('input', [], { name: 'c', shape: [], dtype: 'float32' });
    const inside = node('literal', [], { data: Float32Array.of(1), shape: [], dtype: 'float32' });
    const body = { carry: [c], slices: [], constants: [], next: [node('add', [c, inside], {})], stacked: [] };
    const loop = node('scan', [inside], { body, length: 3, reverse: false });
    const end = node('pick', [loop], { index: 0 });
    expect(graphKey([end]).text).toBeUndefined();
    const cache = new ProgramCache(new ReferenceTarget());
    const run = () => cache.run([end], ([b]) => viewBlock(b!, 'float32', 1)[0]);
    expect([run(), run(), cache.bytes]).toEqual([4, 4, 0]);
  });
});

describe('clearSession', () => {
  it('gives back what is kept, and later calls compile anew', () => {
    const work = () => ops.cos(tensor([1, 2, 3, 4, 5]));
    const before = list(work());
    clearSession();
    expect(programCache().bytes).toBe(0);
    expect(counted(() => expect(list(work())).toEqual(before))).toMatchObject({ compiled: 1 });
  });
});
