import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { ConvAttrs, Node, WindowAttrs } from '../../src/graph/node.ts';
import { sizeOf, stridesOf } from '../../src/graph/shape.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { Rng } from '../support/rng.ts';

/** A tensor as a function of its indices: the definitions below are written with it, element by element. */
interface Grid {
  readonly shape: readonly number[];
  at(...index: number[]): number;
  readonly node: Node;
}

type Kind = 'float32' | 'int32';

function grid(shape: readonly number[], values: readonly number[], dtype: Kind = 'float32'): Grid {
  const data = dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values);
  const strides = stridesOf(shape);
  const inside = (index: number[]) => index.every((i, k) => i >= 0 && i < shape[k]!);
  return {
    shape,
    at: (...index) => (inside(index) ? data[index.reduce((s, i, k) => s + i * strides[k]!, 0)]! : Number.NaN),
    node: node('literal', [], { data, shape, dtype }),
  };
}

const SPECIAL = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Small whole numbers, so that sums are exact in any order. */
function small(r: Rng, shape: readonly number[], specials = 0): Grid {
  const values = Array.from({ length: sizeOf(shape) }, () => (r.unit() < specials ? r.pick(SPECIAL) : r.int(-4, 4)));
  return grid(shape, values);
}

/** Every index of a shape, in row-major order. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>((all, d) => all.flatMap((i) => Array.from({ length: d }, (_, k) => [...i, k])), [[]]);
}

/** Compares a node with its definition. */
function expectDefinition(n: Node, definition: (...index: number[]) => number): void {
  const got = evaluateGraph([n], new Map())[0]!;
  const expected = indices(n.shape).map((i) => Math.fround(definition(...i)));
  expect([...got].map((v) => v + 0)).toEqual(expected.map((v) => v + 0));
}

const many = (r: Rng, n: number, low: number, high: number) => Array.from({ length: n }, () => r.int(low, high));
const repeat = (name: string, f: (r: Rng) => void) =>
  it(`${name} (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    for (let i = 0; i < 30; i++) f(r);
  });

describe('movement', () => {
  repeat('permute', (r) => {
    const x = small(r, r.shape(0, 4));
    const perm = r.permutation(x.shape.length);
    expectDefinition(node('permute', [x.node], { perm }), (...i) =>
      x.at(...x.shape.map((_, k) => i[perm.indexOf(k)]!)),
    );
  });

  repeat('broadcast', (r) => {
    const shape = r.shape(0, 4);
    const x = small(
      r,
      shape.map((d) => (r.unit() < 0.5 ? 1 : d)),
    );
    expectDefinition(node('broadcast', [x.node], { shape }), (...i) =>
      x.at(...i.map((v, k) => (x.shape[k] === 1 ? 0 : v))),
    );
  });

  repeat('slice', (r) => {
    const x = small(r, r.shape(0, 3, 6));
    const start = x.shape.map((d) => r.int(0, d));
    const limit = x.shape.map((d, i) => r.int(start[i]!, d));
    const step = x.shape.map(() => r.int(1, 3));
    const y = node('slice', [x.node], { start, limit, step });
    expectDefinition(y, (...i) => x.at(...i.map((v, k) => start[k]! + v * step[k]!)));
  });

  repeat('pad, also with less than nothing', (r) => {
    const x = small(r, many(r, r.int(0, 3), 0, 4));
    const interior = x.shape.map(() => r.int(0, 2));
    const edge = () => x.shape.map((d) => r.int(-Math.floor(d / 2), 2));
    const [low, high] = [edge(), edge()];
    expectDefinition(node('pad', [x.node], { low, high, interior, value: 7 }), (...i) => {
      const from = i.map((v, k) => (v - low[k]!) / (interior[k]! + 1));
      const real = from.every((v, k) => Number.isInteger(v) && v >= 0 && v < x.shape[k]!);
      return real ? x.at(...from) : 7;
    });
  });

  repeat('reverse', (r) => {
    const x = small(r, r.shape(0, 4));
    const axes = r.subset(x.shape.length);
    const y = node('reverse', [x.node], { axes });
    expectDefinition(y, (...i) => x.at(...i.map((v, k) => (axes.includes(k) ? x.shape[k]! - 1 - v : v))));
  });

  repeat('concat', (r) => {
    const shape = r.shape(1);
    const axis = r.int(0, shape.length - 1);
    const parts = many(r, 3, 0, 3).map((d) =>
      small(
        r,
        shape.map((s, i) => (i === axis ? d : s)),
      ),
    );
    expectDefinition(
      node(
        'concat',
        parts.map((p) => p.node),
        { axis },
      ),
      (...i) => {
        const all = parts.flatMap((p) => Array.from({ length: p.shape[axis]! }, (_, k) => ({ p, k })));
        const { p, k: at } = all[i[axis]!]!;
        return p.at(...i.map((v, k) => (k === axis ? at : v)));
      },
    );
  });

  repeat('iota', (r) => {
    const shape = r.shape(1);
    const axis = r.int(0, shape.length - 1);
    expectDefinition(node('iota', [], { shape, axis }), (...i) => i[axis]!);
  });
});

describe('reductions', () => {
  const folds = {
    reduceSum: (v: number[]) => v.reduce((a, b) => a + b, 0),
    reduceProd: (v: number[]) => v.reduce((a, b) => a * b, 1),
    reduceMax: (v: number[]) => Math.max(...v),
    reduceMin: (v: number[]) => Math.min(...v),
  };
  for (const op of Object.keys(folds) as (keyof typeof folds)[])
    repeat(op, (r) => {
      const x = small(r, many(r, r.int(0, 4), 0, 4), 0.1);
      const axes = r.permutation(x.shape.length).slice(0, r.int(0, x.shape.length));
      const kept = x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
      expectDefinition(node(op, [x.node], { axes }), (...i) => {
        const inner = indices(axes.map((a) => x.shape[a]!));
        const place = (j: number[]) =>
          x.shape.map((_, k) => (axes.includes(k) ? j[axes.indexOf(k)]! : i[kept.indexOf(k)]!));
        return folds[op](inner.map((j) => x.at(...place(j))));
      });
    });

  it('of int32 wrap, and of nothing give their neutral element', () => {
    const x = grid([2, 2], [2147483647, 1, 65536, 65536], 'int32').node;
    const rows = (op: keyof typeof folds) => [...evaluateGraph([node(op, [x], { axes: [1] })], new Map())[0]!];
    expect(rows('reduceSum')).toEqual([-2147483648, 131072]);
    expect(rows('reduceProd')).toEqual([2147483647, 0]);
    const empty = grid([0], [], 'int32').node;
    const of = (op: keyof typeof folds) => evaluateGraph([node(op, [empty], { axes: [0] })], new Map())[0]![0];
    expect((['reduceSum', 'reduceProd', 'reduceMax', 'reduceMin'] as const).map(of)).toEqual([
      0, 1, -2147483648, 2147483647,
    ]);
  });

  repeat('argmax', (r) => {
    const x = small(r, r.shape(1), 0.1);
    const axis = r.int(0, x.shape.length - 1);
    expectDefinition(node('argmax', [x.node], { axis }), (...i) => {
      const lane = Array.from({ length: x.shape[axis]! }, (_, k) => x.at(...i.slice(0, axis), k, ...i.slice(axis)));
      const nan = lane.findIndex(Number.isNaN);
      return nan >= 0 ? nan : lane.indexOf(Math.max(...lane));
    });
  });

  repeat('cumulative', (r) => {
    const x = small(r, r.shape(1, 3, 6), 0.1);
    const attrs = {
      kind: r.pick(['sum', 'prod', 'max', 'min'] as const),
      axis: r.int(0, x.shape.length - 1),
      reverse: r.unit() < 0.5,
    };
    const names = { sum: 'reduceSum', prod: 'reduceProd', max: 'reduceMax', min: 'reduceMin' } as const;
    expectDefinition(node('cumulative', [x.node], attrs), (...i) => {
      const upTo = i[attrs.axis]!;
      const ks = Array.from({ length: x.shape[attrs.axis]! }, (_, k) => k).filter((k) =>
        attrs.reverse ? k >= upTo : k <= upTo,
      );
      return folds[names[attrs.kind]](ks.map((k) => x.at(...i.map((v, a) => (a === attrs.axis ? k : v)))));
    });
  });
});

describe('products', () => {
  repeat('dot', (r) => {
    const batch = r.shape(0, 2, 3);
    const [m, k, n] = many(r, 3, 0, 9) as [number, number, number];
    const [a, b] = [small(r, [...batch, m, k]), small(r, [...batch, k, n])];
    expectDefinition(node('dot', [a.node, b.node], {}), (...i) => {
      const [row, column] = i.slice(-2) as [number, number];
      const of = i.slice(0, -2);
      return Array.from({ length: k }, (_, p) => a.at(...of, row, p) * b.at(...of, p, column)).reduce(
        (s, v) => s + v,
        0,
      );
    });
  });

  function convolution(r: Rng) {
    const n = r.int(1, 3);
    const groups = r.int(1, 2);
    const [ic, oc] = [r.int(1, 2), groups * r.int(1, 2)];
    const a: ConvAttrs = {
      strides: many(r, n, 1, 2),
      padLow: many(r, n, 0, 2),
      padHigh: many(r, n, 0, 2),
      dilation: many(r, n, 1, 2),
      groups,
    };
    const x = small(r, [r.int(1, 2), ...many(r, n, 1, 5), ic * groups]);
    const filter = small(r, [...many(r, n, 1, 3), ic, oc]);
    const y = small(r, node('conv', [x.node, filter.node], a).shape);
    /** Whether input position i, tap t and output position o meet. */
    const meet = (i: number[], t: number[], o: number[]) =>
      i.every((v, k) => v === o[k]! * a.strides[k]! - a.padLow[k]! + t[k]! * a.dilation[k]!);
    const sameGroup = (c: number, o: number) => Math.floor(c / ic) === Math.floor(o / (oc / groups));
    return { n, a, ic, x, filter, y, meet, sameGroup };
  }

  repeat('conv', (r) => {
    const { n, a, ic, x, filter, meet, sameGroup } = convolution(r);
    expectDefinition(node('conv', [x.node, filter.node], a), (batch, ...o) => {
      const channel = o.pop()!;
      let sum = 0;
      for (const [t, i] of pairs(filter.shape.slice(0, n), x.shape.slice(1, -1)))
        for (let c = 0; c < x.shape[n + 1]!; c++)
          if (meet(i, t, o) && sameGroup(c, channel)) sum += x.at(batch!, ...i, c) * filter.at(...t, c % ic, channel);
      return sum;
    });
  });

  repeat('convInputGrad', (r) => {
    const { n, a, ic, x, filter, y, meet, sameGroup } = convolution(r);
    const inputSize = x.shape.slice(1, -1);
    expectDefinition(node('convInputGrad', [y.node, filter.node], { ...a, inputSize }), (batch, ...i) => {
      const c = i.pop()!;
      let sum = 0;
      for (const [t, o] of pairs(filter.shape.slice(0, n), y.shape.slice(1, -1)))
        for (let channel = 0; channel < y.shape[n + 1]!; channel++)
          if (meet(i, t, o) && sameGroup(c, channel))
            sum += y.at(batch!, ...o, channel) * filter.at(...t, c % ic, channel);
      return sum;
    });
  });

  repeat('convFilterGrad', (r) => {
    const { n, a, ic, x, filter, y, meet, sameGroup } = convolution(r);
    const filterSize = filter.shape.slice(0, n);
    expectDefinition(node('convFilterGrad', [x.node, y.node], { ...a, filterSize }), (...t) => {
      const channel = t.pop()!;
      const within = t.pop()!;
      let sum = 0;
      for (let batch = 0; batch < x.shape[0]!; batch++)
        for (const [i, o] of pairs(x.shape.slice(1, -1), y.shape.slice(1, -1)))
          for (let c = 0; c < x.shape[n + 1]!; c++)
            if (meet(i, t, o) && c % ic === within && sameGroup(c, channel))
              sum += x.at(batch, ...i, c) * y.at(batch, ...o, channel);
      return sum;
    });
  });
});

function pairs(a: readonly number[], b: readonly number[]): [number[], number[]][] {
  return indices(a).flatMap((i) => indices(b).map((j) => [i, j] as [number[], number[]]));
}

describe('windows', () => {
  function windows(r: Rng, specials = 0) {
    const x = small(r, r.shape(1, 3, 5), specials);
    const of = (low: number, high: number) => many(r, x.shape.length, low, high);
    const a: WindowAttrs = { window: of(1, 3), strides: of(1, 3), padLow: of(0, 2), padHigh: of(0, 2) };
    const places = (o: number[]) =>
      indices(a.window)
        .map((t) => t.map((v, k) => o[k]! * a.strides[k]! - a.padLow[k]! + v))
        .filter((p) => p.every((v, k) => v >= 0 && v < x.shape[k]!));
    return { x, a, places };
  }

  repeat('windowReduce', (r) => {
    const { x, a, places } = windows(r, 0.1);
    expectDefinition(node('windowReduce', [x.node], { ...a, kind: 'max' }), (...o) =>
      Math.max(...places(o).map((p) => x.at(...p))),
    );
    expectDefinition(node('windowReduce', [x.node], { ...a, kind: 'sum' }), (...o) =>
      places(o).reduce((s, p) => s + x.at(...p), 0),
    );
  });

  repeat('windowArgmax and windowPut', (r) => {
    const { x, a, places } = windows(r, 0.1);
    const of = node('windowReduce', [x.node], { ...a, kind: 'max' }).shape;
    const dy = small(r, of);
    const chosen = (o: number[]): number[] | undefined => {
      const all = places(o);
      const top = Math.max(...all.map((p) => x.at(...p)));
      return all.find((p) => Number.isNaN(x.at(...p))) ?? all.find((p) => x.at(...p) === top);
    };
    const taken = node('windowArgmax', [x.node], a);
    expectDefinition(node('windowPut', [taken, dy.node], { ...a, shape: x.shape }), (...i) =>
      indices(of)
        .filter((o) => chosen(o)?.every((v, k) => v === i[k]))
        .reduce((s, o) => s + dy.at(...o), 0),
    );
  });
});

describe('indices', () => {
  const clamp = (i: number, size: number) => Math.max(0, Math.min(size - 1, i));

  repeat('gather and scatterAdd clamp', (r) => {
    const x = small(r, r.shape(1));
    const axis = r.int(0, x.shape.length - 1);
    const of = r.shape(0, 2);
    const index = grid(of, many(r, sizeOf(of), -2, 5), 'int32');
    const size = x.shape[axis]!;
    const split = (i: number[]) =>
      [i.slice(0, axis), i.slice(axis, axis + of.length), i.slice(axis + of.length)] as const;
    expectDefinition(node('gather', [x.node, index.node], { axis }), (...i) => {
      const [before, place, after] = split(i);
      return x.at(...before, clamp(index.at(...place), size), ...after);
    });
    const updates = small(r, [...x.shape.slice(0, axis), ...of, ...x.shape.slice(axis + 1)]);
    expectDefinition(node('scatterAdd', [x.node, index.node, updates.node], { axis }), (...i) => {
      const hits = indices(of).filter((j) => clamp(index.at(...j), size) === i[axis]);
      return hits.reduce((s, j) => s + updates.at(...i.slice(0, axis), ...j, ...i.slice(axis + 1)), x.at(...i));
    });
  });

  it('argsort is stable both ways, with NaN last', () => {
    const x = grid([7], [2, Number.NaN, 1, 2, -0, Number.NaN, 0]).node;
    const order = (descending: boolean) => [
      ...evaluateGraph([node('argsort', [x], { axis: 0, descending })], new Map())[0]!,
    ];
    expect(order(false)).toEqual([4, 6, 2, 0, 3, 1, 5]);
    expect(order(true)).toEqual([0, 3, 2, 4, 6, 1, 5]);
  });

  repeat('argsort along any axis', (r) => {
    const x = small(r, r.shape(1));
    const axis = r.int(0, x.shape.length - 1);
    expectDefinition(node('argsort', [x.node], { axis, descending: false }), (...i) => {
      const key = (k: number) => x.at(...i.map((v, a) => (a === axis ? k : v)));
      return Array.from({ length: x.shape[axis]! }, (_, k) => k).sort((p, q) => key(p) - key(q) || p - q)[i[axis]!]!;
    });
  });
});

describe('elementwise', () => {
  const values = [1.5, -2.5, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45];
  const x = grid([8], values).node;
  const y = grid([8], [2, 2, -0, 0, 1, Number.NaN, -1, 1e-45]).node;
  const run = (n: Node) => [...evaluateGraph([n], new Map())[0]!];
  const NAN = Number.NaN;
  const INF = Number.POSITIVE_INFINITY;

  it('max and min propagate NaN and order zeros', () => {
    expect(run(node('max', [x, y], {}))).toEqual([2, 2, 0, 0, NAN, NAN, -1, 2 ** -149]);
    expect(run(node('min', [x, y], {}))).toEqual([1.5, -2.5, -0, -0, NAN, NAN, -INF, 2 ** -149]);
  });

  it('comparisons are false for NaN', () => {
    expect(run(node('eq', [x, y], {}))).toEqual([0, 0, 1, 1, 0, 0, 0, 1]);
    expect(run(node('lt', [x, y], {}))).toEqual([1, 1, 0, 0, 0, 0, 1, 0]);
    expect(run(node('le', [x, y], {}))).toEqual([1, 1, 1, 1, 0, 0, 1, 1]);
  });

  it('pow is that of IEEE 754', () => {
    const of = (a: number[], b: number[]) => run(node('pow', [grid([a.length], a).node, grid([b.length], b).node], {}));
    expect(of([1, -1, NAN, 0, -8, 2, 0], [NAN, INF, 0, 0, 1 / 3, -1, -1])).toEqual([1, 1, 1, 1, NAN, 0.5, INF]);
  });

  it('int32 wraps; shifts beyond the word give 0', () => {
    const a = grid([4], [2147483647, -1, 65537, -2147483648], 'int32').node;
    const b = grid([4], [1, 31, 65537, 33], 'int32').node;
    expect(run(node('add', [a, b], {}))).toEqual([-2147483648, 30, 131074, -2147483615]);
    expect(run(node('mul', [a, b], {}))).toEqual([2147483647, -31, 131073, -2147483648]);
    expect(run(node('shl', [a, b], {}))).toEqual([-2, -2147483648, 0, 0]);
    expect(run(node('shr', [a, b], {}))).toEqual([1073741823, 1, 0, 0]);
    expect(run(node('neg', [a], {}))[3]).toBe(-2147483648);
    expect(run(node('not', [a], {}))).toEqual([-2147483648, 0, -65538, 2147483647]);
  });

  it('bitcast is there and back', () => {
    const there = node('bitcast', [x], { dtype: 'int32' });
    expect(run(there).slice(0, 4)).toEqual([0x3fc00000, -1071644672, 0, -2147483648]);
    expect(run(node('bitcast', [there], { dtype: 'float32' }))).toEqual(values.map(Math.fround));
  });
});

describe('scan', () => {
  it('carries, stacks and runs backwards', () => {
    const slot = (name: string): Node => node('input', [], { name, shape: [], dtype: 'float32' });
    const [sum, v, scale] = [slot('sum'), slot('v'), slot('scale')];
    const next = node('add', [node('mul', [sum, scale], {}), v], {});
    const body = { carry: [sum], slices: [v], constants: [scale], next: [next], stacked: [sum] };
    const operands = [grid([], [1]).node, grid([3], [1, 2, 3]).node, grid([], [10]).node];
    const run = (reverse: boolean) => {
      const loop = node('scan', operands, { body, length: 3, reverse });
      const [last, all] = evaluateGraph(
        [0, 1].map((index) => node('pick', [loop], { index })),
        new Map(),
      );
      return [...last!, ...all!];
    };
    expect(run(false)).toEqual([1123, 1, 11, 112]);
    expect(run(true)).toEqual([1321, 132, 13, 1]);
  });
});
