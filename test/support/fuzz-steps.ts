import { node } from '../../src/graph/build.ts';
import { windowCount } from '../../src/graph/infer-window.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import type { GraphMaker } from './fuzz-graph.ts';

/** Makes a node from those there are, with its bound; undefined where none fits. */
export type Step = (m: GraphMaker) => Node | undefined;

type Unary = 'neg' | 'abs' | 'sign' | 'floor' | 'sqrt' | 'exp' | 'log' | 'sin' | 'tanh' | 'sigmoid' | 'erf' | 'atan';

/** Operations of one operand: the limit of the operand, the bound of the result, the kinds of graphs they are fit for. */
const EXACT_UNARY = ['neg', 'abs', 'sign', 'floor', 'ceil', 'round'] as const;
const SMOOTH_UNARY = ['neg', 'abs', 'sin', 'cos', 'tanh', 'sigmoid', 'atan', 'erf', 'exp', 'expm1'] as const;
const WILD_UNARY = [...EXACT_UNARY, ...SMOOTH_UNARY, 'sqrt', 'log', 'log1p'] as const;

const unary: Step = (m) => {
  const choices = { exact: EXACT_UNARY, smooth: SMOOTH_UNARY, wild: WILD_UNARY }[m.kind] as readonly Unary[];
  const op = m.r.pick(choices);
  const keeps = op === 'neg' || op === 'abs' || m.kind === 'exact';
  const x = keeps ? m.some() : m.within(m.some(), 2);
  return m.put(node(op, [x], {}), keeps ? m.bound(x) : 8);
};

const binary: Step = (m) => {
  const x = m.some();
  const y = m.like(x);
  const ops = ['add', 'sub', 'mul', 'max', 'min', ...(m.kind === 'wild' ? (['div', 'pow'] as const) : [])] as const;
  const op = m.r.pick(ops);
  if (op === 'mul') {
    const [a, b] = [m.within(x, 1024), m.within(y, 1024)];
    return m.put(node('mul', [a, b], {}), m.bound(a) * m.bound(b));
  }
  return m.put(node(op, [x, y], {}), m.bound(x) + m.bound(y));
};

/** x * y + z, which may be fused. */
const multiplyAdd: Step = (m) => {
  const x = m.within(m.some(), 512);
  const y = m.within(m.like(x), 512);
  const z = m.like(x);
  const product = node('mul', [x, y], {});
  const sum = node(m.r.pick(['add', 'sub'] as const), m.chance(0.5) ? [product, z] : [z, product], {});
  return m.put(sum, m.bound(x) * m.bound(y) + m.bound(z));
};

const withConstant: Step = (m) => {
  const x = m.some();
  const value = m.kind === 'exact' ? m.r.int(-3, 3) : m.r.pick([0, 1, -1, 0.5, 2, 0.1]);
  const c = m.full(value, x.shape);
  const op = m.r.pick(['add', 'sub', 'mul', 'max'] as const);
  const bound = op === 'mul' ? m.bound(x) * Math.max(1, Math.abs(value)) : m.bound(x) + Math.abs(value);
  return m.put(node(op, m.chance(0.5) ? [x, c] : [c, x], {}), bound);
};

/** x / (1 + exp y) */
const quotient: Step = (m) => {
  if (m.kind === 'exact') return undefined;
  const x = m.some();
  const y = m.within(m.like(x), 2);
  const below = node('add', [node('exp', [y], {}), m.full(1, x.shape)], {});
  return m.put(node('div', [x, below], {}), m.bound(x) * 2);
};

const compared: Step = (m) => {
  if (m.kind === 'smooth') return undefined;
  const dtype = m.r.pick(['float32', 'float32', 'int32'] as const);
  const x = m.some(dtype);
  return node(m.r.pick(['eq', 'lt', 'le'] as const), [x, m.like(x)], {});
};

const logical: Step = (m) => {
  if (m.kind === 'smooth') return undefined;
  const x = m.some('bool');
  if (m.chance(0.3)) return node('not', [x], {});
  return node(m.r.pick(['and', 'or', 'xor', 'eq'] as const), [x, m.like(x)], {});
};

const chosen: Step = (m) => {
  if (m.kind === 'smooth') return undefined;
  const c = m.some('bool');
  const dtype = m.r.pick(['float32', 'float32', 'int32', 'bool'] as const);
  const [x, y] = [m.like(c, dtype), m.like(c, dtype)];
  return m.put(node('select', [c, x, y], {}), Math.max(m.bound(x), m.bound(y)));
};

const integer: Step = (m) => {
  if (m.kind === 'smooth') return undefined;
  const x = m.some('int32');
  if (m.chance(0.3)) return node(m.r.pick(['neg', 'abs', 'sign', 'not'] as const), [x], {});
  const y = m.like(x);
  if (m.chance(0.2)) {
    const count = node('and', [y, m.full(31, y.shape, 'int32')], {});
    return node(m.r.pick(['shl', 'shr'] as const), [x, m.chance(0.9) ? count : y], {});
  }
  return node(m.r.pick(['add', 'sub', 'mul', 'max', 'min', 'and', 'or', 'xor'] as const), [x, y], {});
};

const converted: Step = (m) => {
  if (m.kind === 'smooth') return undefined;
  const from = m.r.pick(['float32', 'int32', 'uint8', 'bool'] as const);
  const to = m.r.pick(['float32', 'int32', 'uint8', 'bool'] as const);
  let x = m.some(from);
  if (from === 'int32' && to === 'float32' && m.kind === 'exact')
    x = node('and', [x, m.full(255, x.shape, 'int32')], {});
  return m.put(node('cast', [x], { dtype: to }), from === 'float32' ? m.bound(x) : 255);
};

const bits: Step = (m) => {
  if (m.kind !== 'wild') return undefined;
  return m.put(node('bitcast', [m.some('int32')], { dtype: 'float32' }), 1);
};

const random: Step = (m) => {
  if (m.kind === 'smooth') return undefined;
  const key = m.conform(m.some('int32'), [2]);
  return node('randomBits', [key], { shape: m.shape(0, 3) });
};

const counted: Step = (m) => {
  const shape = m.shape(1, 3);
  const iota = node('iota', [], { shape, axis: m.r.int(0, shape.length - 1) });
  if (m.chance(0.5)) return iota;
  return m.put(node('cast', [iota], { dtype: 'float32' }), Math.max(1, ...shape));
};

/** A few axes, the last or the first more often, sometimes none. */
function axesOf(m: GraphMaker, x: Node): number[] {
  const rank = x.shape.length;
  const all = x.shape.map((_, i) => i);
  const kind = m.r.int(0, 4);
  if (kind === 0) return all;
  if (kind === 1) return all.slice(-1);
  if (kind === 2) return all.slice(0, 1);
  return m.r.subset(rank);
}

const sizeAlong = (x: Node, axes: readonly number[]) => axes.reduce((n, a) => n * x.shape[a]!, 1);

function reduction(m: GraphMaker, x: Node, axes: readonly number[]): Node {
  const op = m.r.pick(['reduceSum', 'reduceSum', 'reduceMax', 'reduceMin', 'reduceProd'] as const);
  const terms = sizeAlong(x, axes);
  if (op === 'reduceProd') {
    const unit = m.kind === 'exact' ? m.put(node('sign', [x], {}), 1) : m.within(x, 1);
    return m.put(node(op, [unit], { axes }), 1);
  }
  const operand = op === 'reduceSum' ? m.within(x, Math.max(2, 2 ** 22 / Math.max(1, terms))) : x;
  return m.put(node(op, [operand], { axes }), m.bound(operand) * (op === 'reduceSum' ? Math.max(1, terms) : 1));
}

const reduced: Step = (m) => {
  const x = m.some();
  // The maximum of nothing is infinite.
  if (sizeOf(x.shape) === 0 && m.kind !== 'wild') return undefined;
  return reduction(m, x, axesOf(m, x));
};

const reducedInt: Step = (m) => {
  const x = m.some('int32');
  const op = m.r.pick(['reduceSum', 'reduceMax', 'reduceMin', 'reduceProd'] as const);
  return node(op, [x], { axes: axesOf(m, x) });
};

const arg: Step = (m) => {
  if (m.kind === 'smooth') return undefined;
  const x = m.some(m.r.pick(['float32', 'int32'] as const));
  if (x.shape.length === 0) return undefined;
  const axis = m.r.int(0, x.shape.length - 1);
  return x.shape[axis] === 0 ? undefined : node('argmax', [x], { axis });
};

/** What a reduction gives, repeated over the axes that it has summed. */
function spread(m: GraphMaker, reduced: Node, x: Node, axes: readonly number[]): Node {
  const thin = node('reshape', [reduced], { shape: x.shape.map((d, i) => (axes.includes(i) ? 1 : d)) });
  return m.put(node('broadcast', [thin], { shape: x.shape }), m.bound(reduced));
}

/** x minus its sum or maximum; and two reductions of one domain. */
const normalized: Step = (m) => {
  const x = m.within(m.some(), 64);
  if (sizeOf(x.shape) === 0) return undefined;
  const axes = axesOf(m, x);
  const first = reduction(m, x, axes);
  const base = spread(m, first, x, axes);
  const rest = m.put(node('sub', [x, base], {}), m.bound(x) + m.bound(base));
  if (m.chance(0.5)) return rest;
  const square = m.within(rest, m.factorLimit(sizeOf(x.shape)));
  const second = reduction(m, m.put(node('mul', [square, square], {}), m.bound(square) ** 2), axes);
  if (m.chance(0.5)) {
    const [a, b] = [m.within(first, 2 ** 20), m.within(second, 2 ** 20)];
    return m.put(node(m.r.pick(['add', 'max'] as const), [a, b], {}), m.bound(a) + m.bound(b));
  }
  const other = spread(m, second, x, axes);
  return m.put(node('add', [rest, other], {}), m.bound(rest) + m.bound(other));
};

/** Softmax, its logarithm, or a normalisation of rows. */
const rowwise: Step = (m) => {
  if (m.kind === 'exact') return undefined;
  const x = m.within(m.some(), 4);
  const axes = axesOf(m, x);
  const terms = sizeAlong(x, axes);
  if (sizeOf(x.shape) === 0 || terms === 0) return undefined;
  const wide = (y: Node) => spread(m, y, x, axes);
  if (m.chance(0.3)) {
    const mean = node(
      'mul',
      [
        node('reduceSum', [x], { axes }),
        m.full(
          1 / terms,
          x.shape.filter((_, i) => !axes.includes(i)),
        ),
      ],
      {},
    );
    const rest = node('sub', [x, wide(mean)], {});
    const squares = node('reduceSum', [node('mul', [rest, rest], {})], { axes });
    const root = node('sqrt', [node('add', [squares, m.full(1, squares.shape)], {})], {});
    return m.put(node('div', [rest, wide(root)], {}), 16);
  }
  const shifted = node('sub', [x, wide(node('reduceMax', [x], { axes }))], {});
  const powers = node('exp', [shifted], {});
  const sum = node('reduceSum', [powers], { axes });
  if (m.chance(0.5)) return m.put(node('div', [powers, wide(sum)], {}), 16);
  return m.put(node('sub', [shifted, wide(node('log', [sum], {}))], {}), 64);
};

const padded: Step = (m) => {
  const x = m.some(m.r.pick(['float32', 'float32', 'int32', 'uint8', 'bool'] as const));
  const interior = x.shape.map(() => (m.chance(0.2) ? m.r.int(1, 2) : 0));
  const edge = (d: number) => (m.chance(0.5) ? 0 : m.r.int(-Math.min(1, d >> 1), 3));
  const low = x.shape.map(edge);
  const high = x.shape.map(edge);
  const value = x.dtype === 'bool' ? m.r.int(0, 1) : m.r.pick([0, 0, 1, 7]);
  if (m.kind === 'wild' && x.dtype === 'float32' && m.chance(0.2))
    return m.put(node('pad', [x], { low, high, interior, value: Number.NEGATIVE_INFINITY }), 8);
  return m.put(node('pad', [x], { low, high, interior, value }), Math.max(m.bound(x), value));
};

const joined: Step = (m) => {
  const x = m.some(m.r.pick(['float32', 'float32', 'int32', 'uint8', 'bool'] as const));
  if (x.shape.length === 0) return undefined;
  const axis = m.r.int(0, x.shape.length - 1);
  const parts = Array.from({ length: m.r.int(1, 3) }, () => {
    const shape = x.shape.map((d, i) => (i === axis ? m.size() : d));
    return m.conform(m.some(x.dtype), shape);
  });
  const all = m.chance(0.5) ? [x, ...parts] : [...parts, x];
  return m.put(node('concat', all, { axis }), Math.max(...all.map((n) => m.bound(n))));
};

const product: Step = (m) => {
  const batch = Array.from({ length: m.r.pick([0, 0, 1, 2]) }, () => m.r.int(1, 3));
  const [rows, inner, columns] = [m.size(), m.chance(0.1) ? 65 : m.size(), m.size()];
  if (sizeOf(batch) * rows * inner * columns > 60_000) return undefined;
  const limit = m.factorLimit(inner);
  const a = m.shaped([...batch, rows, inner], limit);
  const b = m.shaped([...batch, inner, columns], limit);
  const y = m.put(node('dot', [a, b], {}), Math.max(1, inner) * m.bound(a) * m.bound(b));
  return followed(m, y);
};

/** A bias and a ReLU, or nothing. */
function followed(m: GraphMaker, y: Node): Node {
  if (m.chance(0.5) || y.shape.length === 0) return y;
  const bias = m.conform(m.some(), [y.shape[y.shape.length - 1]!]);
  const row = node('reshape', [bias], { shape: y.shape.map((d, i) => (i === y.shape.length - 1 ? d : 1)) });
  const sum = m.put(node('add', [y, node('broadcast', [row], { shape: y.shape })], {}), m.bound(y) + m.bound(bias));
  return m.chance(0.5) ? sum : m.put(node('max', [sum, m.full(0, y.shape)], {}), m.bound(sum));
}

const convolved: Step = (m) => {
  const { r } = m;
  const spatial = r.pick([1, 2, 2, 3]);
  const each = (f: () => number) => Array.from({ length: spatial }, f);
  const groups = r.pick([1, 1, 1, 2, 3]);
  const [images, channels, filters] = [r.int(1, 3), r.pick([1, 2, 3, 8, 16, 17]), r.pick([1, 2, 5, 8, 16, 17])];
  const size = each(() => r.pick(spatial === 3 ? [1, 3, 4] : [1, 2, 4, 5, 7, 8, 16]));
  const window = each(() => r.pick(spatial === 3 ? [1, 2] : [1, 1, 2, 3, 5]));
  // Padding is zeros where it is computed, and nothing by definition: the same but for NaN and infinities.
  const pads = !(m.specials && m.kind === 'exact');
  const padLow = each(() => (pads ? r.pick([0, 0, 1, 2]) : 0));
  const padHigh = each(() => (pads ? r.pick([0, 0, 1]) : 0));
  const attrs = {
    strides: each(() => r.pick([1, 1, 2, 3])),
    dilation: each(() => r.pick([1, 1, 2])),
    padLow,
    padHigh,
    groups,
  };
  const count = size.map((d, i) =>
    windowCount(d, window[i]!, attrs.strides[i]!, padLow[i]!, padHigh[i]!, attrs.dilation[i]!),
  );
  const x = [images, ...size, channels * groups];
  const filter = [...window, channels, filters * groups];
  const y = [images, ...count, filters * groups];
  if (sizeOf(y) * sizeOf(window) * channels > 150_000 || Math.max(sizeOf(x), sizeOf(filter), sizeOf(y)) > 5000)
    return undefined;
  const terms = {
    conv: sizeOf(window) * channels,
    convInputGrad: sizeOf(window) * filters,
    convFilterGrad: sizeOf(count) * images,
  };
  const op = r.pick(['conv', 'convInputGrad', 'convFilterGrad'] as const);
  const limit = m.factorLimit(terms[op]);
  const [a, b] =
    op === 'conv'
      ? [m.shaped(x, limit), m.shaped(filter, limit)]
      : op === 'convInputGrad'
        ? [m.shaped(y, limit), m.shaped(filter, limit)]
        : [m.shaped(x, limit), m.shaped(y, limit)];
  const result =
    op === 'conv'
      ? node('conv', [a, b], attrs)
      : op === 'convInputGrad'
        ? node('convInputGrad', [a, b], { ...attrs, inputSize: size })
        : node('convFilterGrad', [a, b], { ...attrs, filterSize: window });
  return followed(m, m.put(result, Math.max(1, terms[op]) * m.bound(a) * m.bound(b)));
};

const windowed: Step = (m) => {
  const { r } = m;
  const x = m.some();
  const rank = x.shape.length;
  if (rank === 0 || (sizeOf(x.shape) === 0 && m.kind !== 'wild')) return undefined;
  const window = x.shape.map((d) => (m.chance(0.5) ? 1 : r.int(1, Math.max(1, Math.min(4, d)))));
  const strides = x.shape.map(() => r.pick([1, 1, 2, 3]));
  // A window of padding alone has no maximum.
  const low = window.map((w) => r.int(0, Math.min(1, w - 1)));
  const high = window.map((w) => r.int(0, Math.min(1, w - 1)));
  const attrs = { window, strides, padLow: low, padHigh: high };
  if (x.shape.some((d, i) => windowCount(d, window[i]!, strides[i]!, low[i]!, high[i]!) === 0)) return undefined;
  if (m.chance(0.35)) {
    const y = m.within(x, 2 ** 20);
    return m.put(node('windowReduce', [y], { ...attrs, kind: 'sum' }), m.bound(y) * sizeOf(window));
  }
  const top = m.put(node('windowReduce', [x], { ...attrs, kind: 'max' }), m.bound(x));
  if (m.chance(0.5) || m.kind === 'smooth') return m.chance(0.5) ? top : followed(m, top);
  const dy = m.within(m.conform(m.some(), top.shape), 2 ** 16);
  const places = node('windowArgmax', [x], attrs);
  return m.put(node('windowPut', [places, dy], { ...attrs, shape: x.shape }), m.bound(dy) * sizeOf(window));
};

function indexed(m: GraphMaker, x: Node): { axis: number; indices: Node } | undefined {
  if (x.shape.length === 0) return undefined;
  const axis = m.r.int(0, x.shape.length - 1);
  if (m.kind === 'smooth') {
    const data = Int32Array.from({ length: m.size() }, () => m.r.int(0, Math.max(0, x.shape[axis]! - 1)));
    return { axis, indices: node('literal', [], { data, shape: [data.length], dtype: 'int32' }) };
  }
  return { axis, indices: m.conform(m.some('int32'), m.r.pick([[], [m.size()], [m.r.int(1, 3), m.r.int(1, 5)]])) };
}

const gathered: Step = (m) => {
  const x = m.some(m.r.pick(['float32', 'float32', 'int32', 'uint8', 'bool'] as const));
  const where = indexed(m, x);
  return where && m.put(node('gather', [x, where.indices], { axis: where.axis }), m.bound(x));
};

const scattered: Step = (m) => {
  const x = m.within(m.some(m.r.pick(['float32', 'float32', 'int32'] as const)), 1024);
  const where = indexed(m, x);
  if (!where) return undefined;
  const { axis, indices } = where;
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  if (sizeOf(shape) > 5000) return undefined;
  const updates = m.within(m.conform(m.some(x.dtype), shape), 1024);
  const bound = m.bound(x) + m.bound(updates) * Math.max(1, sizeOf(indices.shape));
  return m.put(node('scatterAdd', [x, indices, updates], { axis }), bound);
};

const sorted: Step = (m) => {
  if (m.kind === 'smooth') return undefined;
  const x = m.some(m.r.pick(['float32', 'int32'] as const));
  if (x.shape.length === 0) return undefined;
  return node('argsort', [x], { axis: m.r.int(0, x.shape.length - 1), descending: m.chance(0.5) });
};

const running: Step = (m) => {
  const whole = m.chance(0.2);
  let x = m.some(whole ? 'int32' : 'float32');
  if (x.shape.length === 0) return undefined;
  const axis = m.r.int(0, x.shape.length - 1);
  const size = Math.max(1, x.shape[axis]!);
  const kind = m.r.pick(['sum', 'sum', 'max', 'min', 'prod'] as const);
  if (kind === 'prod' && !whole) x = m.kind === 'exact' ? m.put(node('sign', [x], {}), 1) : m.within(x, 1);
  if (kind === 'sum') x = m.within(x, 2 ** 16);
  const bound = m.bound(x) * (kind === 'sum' ? size : 1);
  return m.put(node('cumulative', [x], { kind, axis, reverse: m.chance(0.5) }), bound);
};

/** A loop over rows: the carry takes from each row and from a constant, and what it becomes is collected. */
const looped: Step = (m) => {
  const x = m.some();
  if (x.shape.length === 0) return undefined;
  const [length, ...row] = x.shape as [number, ...number[]];
  if (length === 0 || length > 17) return undefined;
  const start = m.within(m.conform(m.some(), row), 16);
  const rows = m.within(x, 16);
  const fixed = m.within(m.conform(m.some(), row), 16);
  const slot = (name: string) => node('input', [], { name, shape: row, dtype: 'float32' });
  const [carry, slice, constant] = [slot('carry'), slot('slice'), slot('constant')];
  const clamp = (n: Node) => node('min', [node('max', [n, m.full(-16, row)], {}), m.full(16, row)], {});
  const mixed = node(m.r.pick(['add', 'sub'] as const), [carry, slice], {});
  const next = clamp(m.chance(0.5) ? mixed : node('sub', [mixed, constant], {}));
  const square = node('mul', [next, m.r.pick([carry, slice, constant])], {});
  const body = { carry: [carry], slices: [slice], constants: [constant], next: [next], stacked: [square, next] };
  const loop = node('scan', [start, rows, fixed], { body, length, reverse: m.chance(0.5) });
  const index = m.r.int(0, 2);
  // Clamping is continuous, and each step adds to what the last one's error was.
  return m.put(node('pick', [loop], { index }), 16 * 16 * length);
};

/** A step for each family of kernels. */
export const FAMILIES: { readonly [name: string]: Step } = {
  ...{ unary, binary, multiplyAdd, withConstant, quotient, compared, logical, chosen, integer, converted, bits },
  ...{ random, counted, reduced, reducedInt, arg, normalized, rowwise, padded, joined, product, convolved, windowed },
  ...{ gathered, scattered, sorted, running, looped },
};

/** Every step; those that come twice come more often. */
/** Through 16 bits, and moved there; whole numbers of these sizes are exact in both types. */
const halved: Step = (m) => {
  if (m.kind === 'smooth') return undefined;
  const x = m.within(m.some(), 128);
  const half = node('cast', [x], { dtype: m.r.pick(['bfloat16', 'float16'] as const) });
  const moved = m.chance(0.6) ? m.view(half) : half;
  const rank = moved.shape.length;
  const joined =
    rank > 0 && m.chance(0.3)
      ? node('concat', [moved, node('neg', [moved], {})], { axis: m.r.int(0, rank - 1) })
      : moved;
  return m.put(node('cast', [joined], { dtype: 'float32' }), m.bound(x));
};

export const STEPS: readonly Step[] = [
  ...Object.values(FAMILIES),
  ...[unary, binary, binary, chosen, integer, converted, halved, halved, reduced, reduced, normalized, rowwise],
  ...[product, product, convolved, convolved, windowed],
];
