import { describe, expect, it } from 'vitest';
import { Input, Model } from '../../src/index.ts';
import * as ops from '../../src/ops/index.ts';
import { compileFunction } from '../../src/trace/function.ts';
import { gradient, type Tensor, tensor, Variable } from '../../src/trace/index.ts';
import { expectClose, values } from './helpers.ts';

const LENGTHS = [0, 1, 2, 15, 16, 17, 33];

/** The results of a compiled function of vectors. */
function compiled(f: (...x: Tensor[]) => readonly Tensor[], ...inputs: number[][]): number[][] {
  const program = compileFunction(
    f,
    inputs.map((x) => ({ shape: [x.length], dtype: 'float32' as const })),
  );
  inputs.forEach((x, i) => {
    program.input(i).set(x);
  });
  program.run();
  const out = program.traced.outputs.map((_, i) => Array.from(program.output(i)));
  program.dispose();
  return out;
}

describe('cond and switch', () => {
  it('call one branch where the condition is known', () => {
    const called: string[] = [];
    const branch = (name: string, value: number) => () => {
      called.push(name);
      return tensor([value]);
    };
    expect(values(ops.cond(ops.greater(2, 1), branch('a', 1), branch('b', 2)))).toEqual([1]);
    expect(values(ops.cond(false, branch('a', 1), branch('b', 2)))).toEqual([2]);
    const branches = [branch('0', 0), branch('1', 10), branch('2', 20)];
    expect([-5, 0, 1, 2, 9].map((i) => ops.switch(i, branches).item())).toEqual([0, 0, 10, 20, 20]);
    expect(called).toEqual(['a', 'b', '0', '0', '1', '2', '2']);
    expect(
      ops.switch(1, [(x: Tensor) => x, (x: Tensor, y: Tensor) => ops.add(x, y)], tensor([1]), tensor([2])).item(),
    ).toBe(3);
  });

  it('choose in a compiled program, in structures too', () => {
    const f = (x: Tensor) => {
      const made = ops.cond(
        ops.greater(ops.sum(x), 0),
        () => ({ a: ops.multiply(x, 2), b: [ops.sum(x)] }),
        () => ({ a: ops.negative(x), b: [ops.max(x)] }),
      ) as { a: Tensor; b: Tensor[] };
      const third = ops.switch(ops.cast(ops.sum(x), 'int32'), [() => ops.full([], 5), () => ops.full([], 6)]);
      return [made.a, made.b[0]!, third];
    };
    expect(compiled(f, [1, 2])).toEqual([[2, 4], [3], [6]]);
    expect(compiled(f, [-1, -2])).toEqual([[1, 2], [-1], [5]]);
    expect(() =>
      compiled(
        (x) => [
          ops.cond(
            ops.greater(ops.sum(x), 0),
            () => x,
            () => ops.sum(x),
          ),
        ],
        [1, 2],
      ),
    ).toThrow(/same shapes and dtypes/);
  });

  it('have the gradient of the branch taken', () => {
    const f = (x: Tensor) => {
      const y = ops.cond(
        ops.greater(ops.sum(x), 0),
        () => ops.sum(ops.square(x)),
        () => ops.sum(ops.sqrt(ops.negative(x))),
      );
      return gradient(y, [x]);
    };
    expect(compiled(f, [1, 3])).toEqual([[2, 6]]);
    expect(compiled(f, [-4, -1])).toEqual([[-0.25, -0.5]]);
  });
});

describe('whileLoop', () => {
  it('runs at once where values are known', () => {
    const [i, x] = ops.whileLoop(
      (_: Tensor, v: Tensor) => ops.less(v, 1000),
      (n: Tensor, v: Tensor) => [ops.add(n, 1), ops.multiply(v, 2)],
      [0, 1],
    ) as Tensor[];
    expect([i!.item(), x!.item()]).toEqual([10, 1024]);
    const one = ops.whileLoop(
      (v: Tensor) => ops.less(v, 5),
      (v: Tensor) => ops.add(v, 3),
      tensor([0]),
    );
    expect(values(one as Tensor)).toEqual([6]);
    const most = ops.whileLoop(
      () => true,
      (v: Tensor) => ops.add(v, 1),
      0,
      { maximumIterations: 7 },
    );
    expect((most as Tensor).item()).toBe(7);
  });

  it('stops where data say so in a compiled program, with a gradient', () => {
    const f = (x: Tensor) => {
      const [y, steps] = ops.whileLoop(
        (v: Tensor) => ops.less(ops.sum(v), 100),
        (v: Tensor, n: Tensor) => [ops.multiply(v, 3), ops.add(n, 1)],
        [x, 0],
        { maximumIterations: 10 },
      ) as Tensor[];
      return [y!, steps!, ...gradient(ops.sum(y!), [x])];
    };
    expect(compiled(f, [1, 2])).toEqual([[81, 162], [4], [81, 81]]);
    expect(compiled(f, [200, 1])).toEqual([[200, 1], [0], [1, 1]]);
    expect(compiled(f, [0, 0])).toEqual([[0, 0], [10], [59049, 59049]]);
  });

  it('is written out where only its end is known, and refuses an end that is not', () => {
    const f = (x: Tensor) =>
      ops.whileLoop(
        (n: Tensor) => ops.less(n, 3),
        (n: Tensor, v: Tensor) => [ops.add(n, 1), ops.square(v)],
        [0, x],
      ) as Tensor[];
    expect(compiled((x) => [f(x)[1]!], [2])).toEqual([[256]]);
    expect(() =>
      compiled(
        (x) => [
          ops.whileLoop(
            (v: Tensor) => ops.less(ops.sum(v), 9),
            (v: Tensor) => ops.add(v, 1),
            x,
          ) as Tensor,
        ],
        [1],
      ),
    ).toThrow(/give maximumIterations/);
  });

  it('refuses steps that change shapes', () => {
    expect(() =>
      ops.whileLoop(
        () => true,
        (v: Tensor) => ops.concatenate([v, v]),
        tensor([1]),
      ),
    ).toThrow(/keep shapes/);
  });
});

describe('foriLoop, map, vectorizedMap, vectorize', () => {
  it.each(LENGTHS)('foriLoop of %i steps', (n) => {
    const y = ops.foriLoop(
      2,
      2 + n,
      (i, v: { sum: Tensor; last: Tensor }) => ({ sum: ops.add(v.sum, i), last: ops.cast(i, 'float32') }),
      {
        sum: tensor(0, undefined, 'int32'),
        last: tensor(-1),
      },
    ) as { sum: Tensor; last: Tensor };
    expect(y.sum.item()).toBe((n * (n + 3)) / 2);
    expect(y.last.item()).toBe(n === 0 ? -1 : n + 1);
  });

  it('foriLoop has a gradient, and needs known bounds', () => {
    const x = tensor([1.5]);
    const y = ops.foriLoop(0, 4, (_, v: Tensor) => ops.multiply(v, x), tensor([1])) as Tensor;
    expectClose(values(gradient(ops.sum(y), [x])[0]!), [4 * 1.5 ** 3]);
    expect(() => compiled((v) => [ops.foriLoop(0, ops.sum(v), (_, u: Tensor) => u, v) as Tensor], [1])).toThrow(
      /must be known when the program is made; use whileLoop/,
    );
  });

  it('map and vectorizedMap over rows of structures', () => {
    expect(
      values(
        ops.map(
          (x) => ops.sum(x),
          [
            [1, 2],
            [3, 4],
          ],
        ),
      ),
    ).toEqual([3, 7]);
    const f = ({ a, b }: { a: Tensor; b: Tensor }) => [ops.add(a, b), ops.sum(a)];
    const given = {
      a: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      b: tensor([10, 20, 30]),
    };
    const [sum, rows] = ops.vectorizedMap(f, given) as Tensor[];
    expect(sum!.arraySync()).toEqual([
      [11, 12],
      [23, 24],
      [35, 36],
    ]);
    expect(values(rows!)).toEqual([3, 7, 11]);
    expect(() => ops.vectorizedMap((x: Tensor) => x, [tensor([1]), tensor([1, 2])])).toThrow(/same number of rows/);
  });

  it('vectorize broadcasts, and takes signatures', () => {
    const f = ops.vectorize((a: Tensor, b: Tensor) => ops.where(ops.less(a, b), a, ops.multiply(b, 2)));
    expect(f([[1], [5]], [2, 3, 4]).arraySync()).toEqual([
      [1, 1, 1],
      [4, 6, 8],
    ]);
    const dot = ops.vectorize((a: Tensor, b: Tensor) => ops.sum(ops.multiply(a, b)), { signature: '(n),(n)->()' });
    expect(
      dot(
        [
          [1, 2],
          [3, 4],
        ],
        [10, 1],
      ).arraySync(),
    ).toEqual([12, 34]);
    expect(dot([1, 2], [3, 4]).item()).toBe(11);
    const scaled = ops.vectorize((a: Tensor, k: number) => ops.multiply(a, k), { excluded: [1] });
    expect(values(scaled([1, 2], 5))).toEqual([5, 10]);
    expect(() => ops.vectorize((a: Tensor) => a, { signature: 'n->n' })([1])).toThrow(/expected a signature/);
  });
});

describe('associativeScan', () => {
  it.each([1, 2, 3, 8, 15, 16, 17, 33])('agrees with a loop over %i elements, both ways', (n) => {
    const x = Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i + 1)));
    let sum = 0;
    const sums = x.map((v) => (sum += v));
    expectClose(
      values(ops.associativeScan((a: Tensor, b: Tensor) => ops.add(a, b), tensor(x)) as Tensor),
      sums,
      1e-5,
      1e-5,
    );
    const back = ops.associativeScan((a: Tensor, b: Tensor) => ops.add(a, b), tensor(x), { reverse: true });
    expectClose(
      values(back as Tensor),
      x.map((_, i) => sum - (sums[i - 1] ?? 0)),
      1e-5,
      1e-5,
    );
  });

  it('of a function that does not commute, in structures, along another axis', () => {
    // x -> a x + b, composed
    const compose = (f: { a: Tensor; b: Tensor }, g: { a: Tensor; b: Tensor }) => ({
      a: ops.multiply(f.a, g.a),
      b: ops.add(ops.multiply(f.b, g.a), g.b),
    });
    const [a, b] = [
      [2, -1, 0.5, 3, 1],
      [1, 4, -2, 0, 7],
    ];
    const y = ops.associativeScan(compose, { a: tensor([a]), b: tensor([b]) }, { axis: 1 }) as { a: Tensor; b: Tensor };
    const expected: number[] = [];
    a.reduce((at, k, i) => {
      expected.push(k * at + b[i]!);
      return expected[i]!;
    }, 0);
    expectClose(values(y.b), expected);
    expect(y.b.shape).toEqual([1, 5]);
    const x = new Variable([1, 2, 3]);
    const sum = ops.associativeScan((p: Tensor, q: Tensor) => ops.multiply(p, q), x.value()) as Tensor;
    expectClose(values(gradient(ops.sum(sum), [x])[0]!), [1 + 2 + 6, 1 + 3, 2]);
  });
});

describe('what depends on values', () => {
  it('refuses symbolic tensors and traces, and says why', async () => {
    const { ops: api } = await import('../../src/index.ts');
    const x = Input({ shape: [3] });
    expect(() => api.nonzero(x as never)).toThrow(/shape of the result depends on the values.*functional model/);
    expect(() => api.unique(x as never)).toThrow(/shape of the result depends on the values/);
    expect(() => compiled((v) => ops.nonzero(v), [1])).toThrow(/come only when the compiled program runs/);
    expect(() => compiled((v) => [ops.segmentSum(v, ops.cast(v, 'int32'))], [1])).toThrow(/give numSegments/);
    const chosen = new Model({ inputs: x, outputs: api.where(api.greater(x, 0), x, -1) as never });
    expect(chosen.apply(tensor([[1, -2, 3]])).arraySync()).toEqual([[1, -1, 3]]);
  });

  it('are there for tensors', () => {
    expect(
      ops
        .where(
          tensor([
            [false, true],
            [true, false],
          ]),
        )
        .map((t) => values(t)),
    ).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(values(ops.segmentSum(tensor([1, 2, 4]), tensor([2, 0, 2], undefined, 'int32')))).toEqual([2, 0, 5]);
    expect(values(ops.unique(tensor([])) as Tensor)).toEqual([]);
    expect(ops.nonzero(tensor(new Float32Array(0), [2, 0])).map((t) => t.shape)).toEqual([[0], [0]]);
    expect([ops.ndim([[1, 2]]), ops.size([[1, 2]]), ops.dtype(true), ops.shape(3)]).toEqual([2, 2, 'bool', []]);
    const x = Input({ shape: [3] });
    expect([ops.shape(x as never), ops.size(x as never), ops.isTensor(x), ops.isTensor(tensor(1))]).toEqual([
      [null, 3],
      null,
      false,
      true,
    ]);
    expect(ops.convertToNumpy([[1, 2]])).toEqual(Float32Array.of(1, 2));
    expect(() => ops.viewAsComplex(tensor([1, 2, 3]))).toThrow(/a last axis of size 2, got shape/);
  });

  it('booleans are shifted as numbers', () => {
    for (const shift of [ops.leftShift, ops.bitwiseLeftShift, ops.rightShift])
      expect(shift([true], [true]).dtype).toBe('int32');
    expect(values(ops.leftShift([true, false], [true, true]))).toEqual([2, 0]);
  });

  it('complex numbers are pairs', () => {
    const z = ops.polar([2, 1], [0, Math.PI / 2]);
    expectClose(values(ops.real(z)), [2, 0]);
    expectClose(values(ops.imag(z)), [0, 1]);
    expectClose(values(ops.angle(z)), [0, Math.PI / 2]);
    expectClose(values(ops.conj(z)[1]), [0, -1]);
    expect(values(ops.isreal(z))).toEqual([1, 0]);
  });

  it('getItem is Python’s', () => {
    const x = ops.reshape(ops.arange(24), [2, 3, 4]);
    expect(ops.getItem(x, 1).shape).toEqual([3, 4]);
    expect(ops.getItem(x, [-1, '...', 2]).arraySync()).toEqual([14, 18, 22]);
    expect(ops.getItem(x, [0, { start: 2, stop: null, step: -2 }, 0]).arraySync()).toEqual([8, 0]);
    expect(ops.getItem(x, [{ start: 5 }]).shape).toEqual([0, 3, 4]);
    expect(ops.getItem(x, ['...', null]).shape).toEqual([2, 3, 4, 1]);
    expect(ops.getItem(x, [0, tensor([2, 0], undefined, 'int32'), 1]).arraySync()).toEqual([9, 1]);
    expect(() => ops.getItem(x, 2)).toThrow(/place 2 does not exist/);
    expect(() => ops.getItem(x, [0, 0, 0, 0])).toThrow(/4 keys do not fit 3 axes/);
    expect(() => ops.getItem(x, [{ step: 0 }])).toThrow(/step/);
  });
});
