import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { ConvAttrs, Node, Primitive, WindowAttrs } from '../../src/graph/node.ts';
import { PRIMITIVES } from '../../src/graph/primitives.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { checkGradient, type Operand, operand } from '../support/gradcheck.ts';
import { Rng } from '../support/rng.ts';

interface Case {
  readonly operands: readonly Operand[];
  readonly f: (...x: Node[]) => Node | Node[];
}

const ints = (shape: readonly number[], data: readonly number[]): Node =>
  node('literal', [], { data: Int32Array.from(data), shape, dtype: 'int32' });

function unary(op: 'neg' | 'exp' | 'sqrt', low = -2, high = 2) {
  return (r: Rng): Case => ({ operands: [operand(r, r.shape(), low, high)], f: (x) => node(op, [x!], {}) });
}
const one = (op: Primitive, low?: number, high?: number) => unary(op as 'neg', low, high);

function two(op: 'add' | 'div' | 'pow', low = -2, high = 2) {
  return (r: Rng): Case => {
    const shape = r.shape();
    return {
      operands: [operand(r, shape, low, high), operand(r, shape, low, high)],
      f: (x, y) => node(op, [x!, y!], {}),
    };
  };
}

function reduction(op: 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin') {
  return (r: Rng): Case => {
    const shape = r.shape(1);
    const axes = r.permutation(shape.length).slice(0, r.int(0, shape.length));
    return { operands: [operand(r, shape)], f: (x) => node(op, [x!], { axes }) };
  };
}

function convCase(r: Rng): { x: number[]; filter: number[]; y: number[]; attrs: ConvAttrs } {
  for (;;) {
    const n = r.int(1, 3);
    const many = (low: number, high: number) => Array.from({ length: n }, () => r.int(low, high));
    const groups = r.int(1, 2);
    const [ic, oc] = [r.int(1, 2), groups * r.int(1, 2)];
    const attrs = { strides: many(1, 2), padLow: many(0, 2), padHigh: many(0, 2), dilation: many(1, 2), groups };
    const x = [r.int(1, 2), ...many(1, 5), ic * groups];
    const filter = [...many(1, 3), ic, oc];
    const input = (shape: readonly number[]) => node('input', [], { name: '', shape, dtype: 'float32' });
    const y = [...node('conv', [input(x), input(filter)], attrs).shape];
    if (sizeOf(y) > 0) return { x, filter, y, attrs };
  }
}

function windowCase(r: Rng): { shape: number[]; attrs: WindowAttrs } {
  for (;;) {
    const shape = r.shape(1, 3, 5);
    const many = (low: number, high: number) => shape.map(() => r.int(low, high));
    const attrs = { window: many(1, 3), strides: many(1, 3), padLow: many(0, 2), padHigh: many(0, 2) };
    const x = node('input', [], { name: '', shape, dtype: 'float32' });
    const { window, padLow, padHigh } = attrs;
    const real = window.every((w, i) => w > padLow[i]! && w > padHigh[i]!); // no window of padding alone
    if (real && sizeOf(node('windowReduce', [x], { ...attrs, kind: 'max' }).shape) > 0) return { shape, attrs };
  }
}

function indexCase(r: Rng) {
  const shape = r.shape(1);
  const axis = r.int(0, shape.length - 1);
  const of = r.shape(0, 2);
  const indices = ints(
    of,
    Array.from({ length: sizeOf(of) }, () => r.int(-1, shape[axis]!)),
  );
  return { shape, axis, indices, gathered: [...shape.slice(0, axis), ...of, ...shape.slice(axis + 1)] };
}

function cumulativeCase(kind: 'sum' | 'prod' | 'max' | 'min') {
  return (r: Rng): Case => {
    const shape = r.shape(1, 3, 5);
    const attrs = { kind, axis: r.int(0, shape.length - 1), reverse: r.unit() < 0.5 };
    return { operands: [operand(r, shape)], f: (x) => node('cumulative', [x!], attrs) };
  };
}

/** h' = tanh(h w + x) with a skip; the weights a constant, the states stacked. */
function scanCase(r: Rng): Case {
  const [length, batch, units] = [r.int(1, 4), r.int(1, 3), r.int(1, 3)];
  const slot = (name: string, shape: number[]) => node('input', [], { name, shape, dtype: 'float32' });
  const h = slot('h', [batch, units]);
  const x = slot('x', [batch, units]);
  const w = slot('w', [units, units]);
  const b = slot('b', [1, units]);
  const biased = node('add', [x, node('broadcast', [b], { shape: [batch, units] })], {});
  const next = node('tanh', [node('add', [node('dot', [h, w], {}), biased], {})], {});
  const out = node('mul', [next, x], {});
  const body = { carry: [h], slices: [x], constants: [w, b], next: [next], stacked: [out] };
  const backwards = r.unit() < 0.5;
  return {
    operands: [
      [batch, units],
      [length, batch, units],
      [units, units],
      [1, units],
    ].map((s) => operand(r, s)),
    f: (...operands) => {
      const loop = node('scan', operands, { body, length, reverse: backwards });
      return [node('pick', [loop], { index: 0 }), node('pick', [loop], { index: 1 })];
    },
  };
}

const CASES: { readonly [name: string]: (r: Rng) => Case } = {
  neg: one('neg'),
  abs: one('abs'),
  sign: one('sign'),
  floor: one('floor'),
  ceil: one('ceil'),
  round: one('round'),
  sqrt: one('sqrt', 0.2, 3),
  exp: one('exp'),
  log: one('log', 0.2, 3),
  log1p: one('log1p', -0.8, 3),
  expm1: one('expm1'),
  sin: one('sin', -7, 7),
  cos: one('cos', -7, 7),
  atan: one('atan', -5, 5),
  tanh: one('tanh'),
  sigmoid: one('sigmoid'),
  erf: one('erf', -3, 3),
  cast: (r) => ({ operands: [operand(r, r.shape())], f: (x) => node('cast', [x!], { dtype: 'float32' }) }),
  add: two('add'),
  sub: two('sub' as 'add'),
  mul: two('mul' as 'add'),
  div: two('div', 0.3, 2),
  pow: two('pow', 0.3, 2),
  max: two('max' as 'add'),
  min: two('min' as 'add'),
  select: (r) => {
    const shape = r.shape();
    return {
      operands: [operand(r, shape), operand(r, shape)],
      f: (x, y) => node('select', [node('lt', [x!, y!], {}), node('mul', [x!, y!], {}), y!], {}),
    };
  },
  reshape: (r) => {
    const shape = r.shape();
    return { operands: [operand(r, shape)], f: (x) => node('reshape', [x!], { shape: [sizeOf(shape), 1] }) };
  },
  permute: (r) => {
    const shape = r.shape();
    const perm = r.permutation(shape.length);
    return { operands: [operand(r, shape)], f: (x) => node('permute', [x!], { perm }) };
  },
  broadcast: (r) => {
    const shape = r.shape();
    const from = shape.map((d) => (r.unit() < 0.5 ? 1 : d));
    return { operands: [operand(r, from)], f: (x) => node('broadcast', [x!], { shape }) };
  },
  slice: (r) => {
    const shape = r.shape(1, 3, 6);
    const start = shape.map((d) => r.int(0, d));
    const limit = shape.map((d, i) => r.int(start[i]!, d));
    const step = shape.map(() => r.int(1, 3));
    return { operands: [operand(r, shape)], f: (x) => node('slice', [x!], { start, limit, step }) };
  },
  pad: (r) => {
    const shape = r.shape(1);
    const interior = shape.map(() => r.int(0, 2));
    const edge = () => shape.map((d) => r.int(-Math.floor(d / 2), 2));
    const attrs = { low: edge(), high: edge(), interior, value: 0.5 };
    return { operands: [operand(r, shape)], f: (x) => node('pad', [x!], attrs) };
  },
  reverse: (r) => {
    const shape = r.shape();
    return { operands: [operand(r, shape)], f: (x) => node('reverse', [x!], { axes: r.subset(shape.length) }) };
  },
  concat: (r) => {
    const shape = r.shape(1);
    const axis = r.int(0, shape.length - 1);
    const other = shape.map((d, i) => (i === axis ? r.int(0, 3) : d));
    return {
      operands: [operand(r, shape), operand(r, other)],
      f: (x, y) => node('concat', [x!, y!, x!], { axis }),
    };
  },
  reduceSum: reduction('reduceSum'),
  reduceProd: reduction('reduceProd'),
  reduceMax: reduction('reduceMax'),
  reduceMin: reduction('reduceMin'),
  dot: (r) => {
    const batch = r.shape(0, 2, 3);
    const [m, k, n] = [r.int(1, 4), r.int(1, 4), r.int(1, 4)];
    return {
      operands: [operand(r, [...batch, m, k]), operand(r, [...batch, k, n])],
      f: (a, b) => node('dot', [a!, b!], {}),
    };
  },
  conv: (r) => {
    const { x, filter, attrs } = convCase(r);
    return { operands: [operand(r, x), operand(r, filter)], f: (a, b) => node('conv', [a!, b!], attrs) };
  },
  convInputGrad: (r) => {
    const { x, filter, y, attrs } = convCase(r);
    const inputSize = x.slice(1, -1);
    return {
      operands: [operand(r, y), operand(r, filter)],
      f: (a, b) => node('convInputGrad', [a!, b!], { ...attrs, inputSize }),
    };
  },
  convFilterGrad: (r) => {
    const { x, filter, y, attrs } = convCase(r);
    const filterSize = filter.slice(0, -2);
    return {
      operands: [operand(r, x), operand(r, y)],
      f: (a, b) => node('convFilterGrad', [a!, b!], { ...attrs, filterSize }),
    };
  },
  'windowReduce sum': (r) => {
    const { shape, attrs } = windowCase(r);
    return { operands: [operand(r, shape)], f: (x) => node('windowReduce', [x!], { ...attrs, kind: 'sum' }) };
  },
  'windowReduce max': (r) => {
    const { shape, attrs } = windowCase(r);
    return { operands: [operand(r, shape)], f: (x) => node('windowReduce', [x!], { ...attrs, kind: 'max' }) };
  },
  windowPut: (r) => {
    const { shape, attrs } = windowCase(r);
    const x = node('input', [], { name: '', shape, dtype: 'float32' });
    const windows = node('windowReduce', [x], { ...attrs, kind: 'max' }).shape;
    return {
      operands: [operand(r, shape), operand(r, windows)],
      f: (a, dy) => node('windowPut', [node('windowArgmax', [a!], attrs), dy!], { ...attrs, shape }),
    };
  },
  gather: (r) => {
    const { shape, axis, indices } = indexCase(r);
    return { operands: [operand(r, shape)], f: (x) => node('gather', [x!, indices], { axis }) };
  },
  scatterAdd: (r) => {
    const { shape, axis, indices, gathered } = indexCase(r);
    return {
      operands: [operand(r, shape), operand(r, gathered)],
      f: (x, u) => node('scatterAdd', [x!, indices, u!], { axis }),
    };
  },
  'cumulative sum': cumulativeCase('sum'),
  'cumulative prod': cumulativeCase('prod'),
  'cumulative max': cumulativeCase('max'),
  'cumulative min': cumulativeCase('min'),
  scan: scanCase,
};

/** Sources, integers, truth values, orders: nothing flows through them. */
const WITHOUT: readonly Primitive[] = [
  ...(['input', 'constant', 'literal', 'iota', 'randomBits', 'not', 'bitcast', 'and', 'or', 'xor'] as const),
  ...(['shl', 'shr', 'eq', 'lt', 'le', 'argmax', 'windowArgmax', 'argsort', 'pair'] as const),
];

describe('the gradient of each primitive agrees with central differences', () => {
  const r = new Rng();
  for (const [name, make] of Object.entries(CASES))
    it(`${name} (seed ${r.seed})`, () => {
      for (let i = 0; i < 10; i++) {
        const { operands, f } = make(r);
        checkGradient(f, operands);
      }
    });

  it('leaves no primitive out', () => {
    const covered = new Set([...Object.keys(CASES).map((n) => n.split(' ')[0]), ...WITHOUT, 'pick', 'custom']);
    expect(Object.keys(PRIMITIVES).filter((p) => !covered.has(p))).toEqual([]);
  });
});
