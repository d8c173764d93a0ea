import { describe, expect, test } from 'vitest';
import { KernelBuilder } from '../../src/kernel/builder.ts';
import { type Affine, affine, type Kernel, scale, sum, type ValueId } from '../../src/kernel/ir.ts';
import { compare } from './x64-compare.ts';
import { runs, TARGETS } from './x64-run.ts';

const ramp = (length: number) => Float32Array.from({ length }, (_, i) => ((i * 29) % 61) / 4 - 7);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** An integer expression of `value`, stored as element `at`. */
function storeIndex(b: KernelBuilder, to: number, at: Affine, value: Affine): void {
  b.store(to, at, b.splatIndex(value), { count: 1 });
}

describe.each(TARGETS)('control flow on $name', (target) => {
  const { lanes } = target;
  const it = test.skipIf(!runs(target));

  it('ranges of items', () => {
    const b = new KernelBuilder('items', lanes, true);
    const x = b.buffer('x', 'i32', 'w');
    storeIndex(b, x, affine(0, [b.item, 1]), affine(100, [b.item, 3]));
    const kernel = b.finish(20);
    for (const items of [
      [0, 20],
      [3, 3],
      [5, 4],
      [19, 20],
      [7, 12],
    ] as const)
      compare(kernel, target, [new Int32Array(20)], { items });
  });

  it.each([
    [0, 0, 1],
    [0, -3, 1],
    [0, 1, 1],
    [0, 7, 7],
    [0, 7, 3],
    [-4, 6, 2],
    [3, 17, 5],
  ])('a loop from %i to %i by %i, with and without its index as a number', (begin, end, step) => {
    for (const counted of [false, true]) {
      const b = new KernelBuilder('loop', lanes, true);
      const x = b.buffer('x', 'f32', 'r');
      const y = b.buffer('y', 'f32', 'w');
      const z = b.buffer('z', 'i32', 'w');
      const [total] = b.loop(affine(begin), affine(end), step, [b.float(0.5)], (i, [phi]) => {
        if (counted) storeIndex(b, z, sum([i, affine(4)]), scale(i, 2));
        return [b.op('add', phi!, b.load(x, sum([i, affine(4)])))];
      });
      b.store(y, affine(0), total!);
      compare(b.finish(1), target, [ramp(32 + lanes), new Float32Array(lanes), new Int32Array(32)]);
    }
  });

  it('loops whose bounds depend on outer indices', () => {
    const b = new KernelBuilder('triangle', lanes, true);
    const x = b.buffer('x', 'f32', 'r');
    const y = b.buffer('y', 'f32', 'w');
    const item = affine(0, [b.item, 1]);
    b.loop(sum([item, affine(-2)]), sum([scale(item, 2), affine(3)]), 2, [], (i) => {
      const stop = b.bound('min', sum([i, affine(3)]), affine(7));
      const [s] = b.loop(i, stop, 1, [b.load(x, affine(0))], (j, [phi]) => [
        b.op('add', b.op('mul', phi!, b.float(0.5)), b.load(x, sum([scale(i, 2), j, affine(10)]))),
      ]);
      b.store(y, sum([scale(i, lanes), scale(item, 17 * lanes), affine(2 * lanes)]), s!);
      return [];
    });
    compare(b.finish(4), target, [ramp(64), new Float32Array(80 * lanes)]);
  });

  it('divisions and remainders, floored, of either sign', () => {
    for (const divisor of [1, 2, 3, 5, 8, 64, 1000, 2 ** 31, 2 ** 33 + 1]) {
      const b = new KernelBuilder('divide', lanes, true);
      const x = b.buffer('x', 'i32', 'w');
      const a = affine(-37, [b.item, 3]);
      const q = b.divide('div', a, divisor);
      const r = b.divide('mod', a, divisor);
      storeIndex(b, x, affine(0, [b.item, 2]), q);
      storeIndex(b, x, affine(1, [b.item, 2]), r);
      compare(b.finish(30), target, [new Int32Array(60)]);
    }
  });

  it('minimum and maximum of expressions', () => {
    const b = new KernelBuilder('bounds', lanes, true);
    const x = b.buffer('x', 'i32', 'w');
    const item = affine(0, [b.item, 1]);
    const low = b.bound('max', sum([scale(item, -2), affine(9)]), affine(0));
    const high = b.bound('min', sum([scale(item, 5), scale(low, 2)]), sum([low, affine(20)]));
    storeIndex(b, x, scale(item, 2), low);
    storeIndex(b, x, sum([scale(item, 2), affine(1)]), high);
    compare(b.finish(12), target, [new Int32Array(24)]);
  });

  it('indices from memory, clamped', () => {
    for (const mem of ['i32', 'u8'] as const) {
      const b = new KernelBuilder('lookup', lanes, true);
      const from = b.buffer('from', mem, 'r');
      const x = b.buffer('x', 'f32', 'r');
      const y = b.buffer('y', 'f32', 'w');
      const row = b.loadIndex(from, affine(0, [b.item, 1]), 1, 4);
      b.store(y, affine(0, [b.item, lanes]), b.load(x, scale(row, lanes)));
      const indices = [0, 1, 2, 3, 4, 5, 255, 256, -1, 1e9, -1e9];
      const data = mem === 'i32' ? Int32Array.from(indices) : Uint8Array.from(indices);
      compare(b.finish(11), target, [data, ramp(5 * lanes), new Float32Array(11 * lanes)]);
    }
  });

  it('branches, also nested and around loops', () => {
    for (const rel of ['lt', 'ge', 'eq'] as const) {
      const b = new KernelBuilder('branch', lanes, true);
      const x = b.buffer('x', 'f32', 'r');
      const y = b.buffer('y', 'f32', 'w');
      const item = affine(0, [b.item, 1]);
      const kept = range(6).map((i) => b.load(x, sum([item, affine(i)])));
      const at = (k: number) => sum([scale(item, 4 * lanes), affine(k * lanes)]);
      const test = sum([item, affine(-5)]);
      b.branch(
        test,
        rel,
        () => {
          b.store(y, at(0), b.op('add', kept[0]!, b.float(3)));
          b.branch(sum([scale(item, 2), affine(-14)]), 'ge', () => b.store(y, at(1), kept[1]!));
        },
        () => {
          const [s] = b.loop(affine(0), affine(5), 1, [kept[2]!], (i, [phi]) => [
            b.op('mul', b.op('add', phi!, kept[3]!), b.load(x, i)),
          ]);
          b.store(y, at(2), s!);
        },
      );
      b.branch(test, rel, () => {});
      b.store(y, at(3), b.op('add', kept[4]!, b.op('add', kept[5]!, b.float(3))));
      compare(b.finish(10), target, [ramp(10 + 6 + lanes), new Float32Array(40 * lanes)]);
    }
  });
});

/** Values of which more are alive than there are registers; `alive` of them are used again at the end. */
function pressure(lanes: number, alive: number, where: 'loop' | 'behind' | 'both', access: 'r' | 'rw'): Kernel {
  const b = new KernelBuilder('pressure', lanes, true);
  const x = b.buffer('x', 'f32', access);
  const y = b.buffer('y', 'f32', 'w');
  const values = range(alive).map((i) => b.op('mul', b.load(x, affine(i)), b.float(1 + i)));
  const loaded = range(alive).map((i) => b.load(x, affine(2 * i), { splat: i % 2 === 0 }));
  const combine = () => {
    let total: ValueId = b.float(0);
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < alive; i++)
        total = b.op('add', b.op('mul', total, b.float(0.5)), b.op('sub', values[i]!, loaded[alive - 1 - i]!));
    return total;
  };
  if (where !== 'behind') {
    const [s] = b.loop(affine(0), affine(3), 1, [b.float(1)], (_, [phi]) => [b.op('add', phi!, combine())]);
    b.store(y, affine(0), s!);
  }
  if (where !== 'loop') b.store(y, affine(lanes), combine());
  return b.finish(1);
}

describe.each(TARGETS)('register allocation on $name', (target) => {
  const { lanes } = target;
  const it = test.skipIf(!runs(target));

  it.each([3, 10, 14, 20, 31, 45, 90])('%i values alive at once', (alive) => {
    for (const where of ['loop', 'behind', 'both'] as const)
      for (const access of ['r', 'rw'] as const)
        compare(pressure(lanes, alive, where, access), target, [ramp(3 * alive + lanes), new Float32Array(2 * lanes)]);
  });

  it.each([1, 7, 13, 16, 17, 29, 32, 33, 40, 70])('%i carries', (count) => {
    const b = new KernelBuilder('carries', lanes, true);
    const x = b.buffer('x', 'f32', 'r');
    const y = b.buffer('y', 'f32', 'w');
    const outs = b.loop(
      affine(0),
      affine(6),
      1,
      range(count).map((i) => (i % 3 ? b.float(i) : b.load(x, affine(i)))),
      (i, acc) => acc.map((c, j) => b.op('fma', b.load(x, sum([i, affine(j)])), b.load(x, i, { splat: true }), c)),
    );
    outs.forEach((v, i) => {
      b.store(y, affine(i * lanes), v);
    });
    compare(b.finish(1), target, [ramp(count + 6 + lanes), new Float32Array(count * lanes)]);
  });

  it.each([2, 3, 5, 8, 20, 40])('%i carries that change places', (count) => {
    for (const turn of [1, 2, count - 1]) {
      const b = new KernelBuilder('rotate', lanes, true);
      const x = b.buffer('x', 'f32', 'r');
      const y = b.buffer('y', 'f32', 'w');
      const inits = range(count).map((i) => b.load(x, affine(i)));
      const [one, two] = [b.float(1), b.float(2)];
      const outs = b.loop(affine(0), affine(7), 1, [...inits, inits[0]!], (_, acc) => [
        ...range(count).map((i) => (i === 1 ? b.op('add', acc[0]!, one) : acc[(i + turn) % count]!)),
        b.op('mul', acc[count]!, two),
      ]);
      outs.forEach((v, i) => {
        b.store(y, affine(i * lanes), v);
      });
      b.store(y, affine((count + 1) * lanes), inits[0]!);
      compare(b.finish(1), target, [ramp(count + lanes), new Float32Array((count + 2) * lanes)]);
    }
  });

  it('one value for several carries, carries that nothing reads, and a constant as the next value', () => {
    const b = new KernelBuilder('shared', lanes, true);
    const x = b.buffer('x', 'f32', 'r');
    const y = b.buffer('y', 'f32', 'w');
    const v = b.load(x, affine(0));
    const outs = b.loop(affine(0), affine(4), 1, [v, v, v, v, v], (i, acc) => {
      const next = b.op('add', acc[0]!, b.load(x, i));
      return [next, next, b.float(3), acc[1]!, v];
    });
    outs.slice(1).forEach((o, i) => {
      b.store(y, affine(i * lanes), o);
    });
    compare(b.finish(1), target, [ramp(5 + lanes), new Float32Array(4 * lanes)]);
  });

  it.each([2, 6, 9, 15])('%i masks alive and carried', (count) => {
    const b = new KernelBuilder('masks', lanes, true);
    const x = b.buffer('x', 'f32', 'r');
    const y = b.buffer('y', 'i32', 'w');
    const masks = range(count).map((i) => b.op('lt', b.load(x, affine(i)), b.load(x, affine(2 * i + 1))));
    const outs = b.loop(affine(0), affine(5), 1, [...masks, b.bool(true), b.bool(false)], (i, acc) => [
      ...range(count).map((j) =>
        b.op('mxor', acc[j]!, b.op('mor', masks[(j + 1) % count]!, acc[(j + 3) % (count + 2)]!)),
      ),
      b.op('le', b.load(x, i), b.float(0)),
      b.op('mnot', acc[count]!),
    ]);
    [...outs, ...masks].forEach((m, i) => {
      b.store(y, affine(i * lanes), b.op('iselect', m, b.int(i + 1), b.int(0)));
    });
    compare(b.finish(1), target, [ramp(2 * count + 8 + lanes), new Int32Array((2 * count + 2) * lanes)]);
  });

  it.each([4, 13, 20, 40])('%i buffers in nested loops', (count) => {
    const b = new KernelBuilder('pointers', lanes, true);
    const xs = range(count).map((i) => b.buffer(`x${i}`, 'f32', i % 3 ? 'r' : 'rw'));
    const y = b.buffer('y', 'f32', 'w');
    const item = affine(0, [b.item, 1]);
    b.loop(affine(0), affine(3), 1, [], (i) => {
      const [s] = b.loop(affine(1), affine(4), 1, [b.float(0)], (j, [phi]) => {
        let total = phi!;
        xs.forEach((x, n) => {
          total = b.op('fma', b.load(x, sum([item, scale(i, 2), scale(j, n + 1)])), b.float(n - 3), total);
        });
        return [total];
      });
      for (const x of xs.filter((_, n) => n % 3 === 0))
        b.store(x, sum([item, i, affine(8 + 4 * count)]), s!, { count: 3 });
      b.store(y, sum([scale(item, 3 * lanes), scale(i, lanes)]), s!);
      return [];
    });
    const data = xs.map((_, n) => ramp(16 + 4 * count + lanes).map((v) => v + n));
    compare(b.finish(3), target, [...data, new Float32Array(9 * lanes)]);
  });

  it.each([1, 12, 16])('%i addresses that an inner loop needs and the two around it do not change', (count) => {
    const b = new KernelBuilder('invariant', lanes, true);
    const xs = range(count).map((i) => b.buffer(`x${i}`, 'f32', 'r'));
    const ys = range(count).map((i) => b.buffer(`y${i}`, 'f32', 'w'));
    const item = affine(0, [b.item, 1]);
    b.loop(affine(0), affine(3), 1, [], (i) => {
      b.loop(affine(0), affine(2), 1, [], (j) => {
        const sums = b.loop(affine(0), affine(4), 1, Array(count).fill(b.float(0)), (k, acc) =>
          acc.map((c, n) => b.op('add', c, b.load(xs[n]!, k))),
        );
        sums.forEach((v, n) => {
          b.store(ys[n]!, sum([scale(j, lanes), scale(item, 5 * lanes)]), v);
        });
        return [];
      });
      b.loop(affine(1), affine(3), 1, [], (j) => {
        for (const [n, y] of ys.entries()) {
          const value = b.load(xs[n]!, sum([i, j]));
          b.store(y, sum([scale(j, lanes), scale(i, lanes), scale(item, 5 * lanes)]), value);
        }
        return [];
      });
      return [];
    });
    const data = range(count).map(() => ramp(6 + lanes));
    compare(b.finish(2), target, [...data, ...data.map(() => new Float32Array(10 * lanes))]);
  });

  it('an integer that is spilled serves as an address, a bound, a condition and a value', () => {
    const b = new KernelBuilder('integers', lanes, true);
    const x = b.buffer('x', 'i32', 'r');
    const y = b.buffer('y', 'i32', 'w');
    const item = affine(0, [b.item, 1]);
    const many = range(24).map((i) => b.divide('div', sum([scale(item, 7 + i), affine(i * i)]), 3 + i));
    b.loop(affine(0), sum([many[3]!, affine(1)]), 1, [], (i) => {
      many.forEach((v, n) => {
        b.branch(sum([v, scale(i, -1), affine(-5)]), 'lt', () => storeIndex(b, y, affine(3 * n), sum([v, i])));
        b.store(y, sum([affine(3 * n + 1)]), b.load(x, v, { splat: true }), { count: 2 });
      });
      return [];
    });
    compare(b.finish(6), target, [Int32Array.from({ length: 80 }, (_, i) => i * i), new Int32Array(72)]);
  });

  it('gathers, shuffles and partial accesses under pressure', () => {
    const b = new KernelBuilder('mixed', lanes, true);
    const x = b.buffer('x', 'f32', 'r');
    const u = b.buffer('u', 'u8', 'r');
    const y = b.buffer('y', 'f32', 'w');
    const reverse = range(lanes).map((i) => (i * 5 + 3) % (2 * lanes));
    const many = range(34).map((i) => b.op('add', b.load(x, affine(i)), b.float(i)));
    b.loop(affine(0), affine(3), 1, [], (i) => {
      const index = b.op('iand', b.op('iadd', b.iota(), b.splatIndex(i)), b.int(7));
      let total = b.op('add', b.gather(x, i, index, lanes - 3), b.op('i2f', b.gather(u, i, index, 5)));
      for (const [n, v] of many.entries()) {
        const turned = b.shuffle(v, many[(n + 7) % 34]!, reverse);
        total = b.op('fma', total, b.float(0.25), b.op('sub', turned, b.load(x, i, { count: 1 + (n % lanes) })));
      }
      b.store(y, scale(i, lanes), total, { count: lanes - 1 });
      return [];
    });
    b.store(
      y,
      affine(3 * lanes),
      many.reduce((a, v) => b.op('maxs', a, v)),
    );
    compare(b.finish(1), target, [
      ramp(40 + lanes),
      Uint8Array.from(range(16), (i) => i * 17),
      new Float32Array(4 * lanes),
    ]);
  });

  it('a wrong number of lanes is refused', () => {
    const kernel = new KernelBuilder('lanes', 4, true).finish(1);
    expect(() => compare(kernel, target, [])).toThrow(/has 4 lanes, expected (8|16)/);
  });
});
