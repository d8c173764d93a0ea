import { node } from '../../src/graph/build.ts';
import type { DType } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { sameShape, sizeOf } from '../../src/graph/shape.ts';
import type { Rng } from './rng.ts';

const constant = (value: number, dtype: DType = 'float32'): Node => node('constant', [], { value, dtype });

export function full(value: number, shape: readonly number[], dtype: DType = 'float32'): Node {
  const scalar = node('reshape', [constant(value, dtype)], { shape: shape.map(() => 1) });
  return node('broadcast', [scalar], { shape });
}

type Step = (r: Rng, x: Node, all: readonly Node[]) => Node;

const mate = (r: Rng, x: Node, all: readonly Node[]): Node =>
  r.pick(all.filter((n) => n.dtype === 'float32' && sameShape(n.shape, x.shape)));

/** Steps that are smooth and keep values small. */
const SMOOTH: readonly Step[] = [
  (r, x) => node(r.pick(['neg', 'tanh', 'sigmoid', 'sin', 'cos', 'erf', 'atan'] as const), [x], {}),
  (_, x) => node('exp', [node('tanh', [x], {})], {}),
  (r, x, all) => node(r.pick(['add', 'sub', 'mul'] as const), [x, mate(r, x, all)], {}),
  (r, x, all) =>
    node('div', [x, node('add', [node('exp', [node('sin', [mate(r, x, all)], {})], {}), full(1, x.shape)], {})], {}),
  (r, x) => node(r.pick(['add', 'mul'] as const), [x, full(r.pick([0, 1, 0.5, -1]), x.shape)], {}),
  (_, x) => node('reshape', [x], { shape: [sizeOf(x.shape)] }),
  (r, x) => node('permute', [x], { perm: r.permutation(x.shape.length) }),
  (r, x) => {
    const shape = [...x.shape];
    const axis = r.int(0, shape.length);
    shape.splice(axis, 0, 1);
    const target = shape.map((d, i) => (i === axis ? r.int(1, 3) : d));
    return sizeOf(target) > 64 ? x : node('broadcast', [node('reshape', [x], { shape })], { shape: target });
  },
  (r, x) => {
    const start = x.shape.map((d) => r.int(0, d - 1));
    return node('slice', [x], {
      start,
      limit: x.shape.map((d, i) => r.int(start[i]! + 1, d)),
      step: x.shape.map(() => r.int(1, 2)),
    });
  },
  (r, x) => {
    const low = x.shape.map(() => r.int(0, 1));
    return node('pad', [x], { low, high: x.shape.map(() => r.int(0, 1)), interior: low, value: r.pick([0, 1]) });
  },
  (r, x) => node('reverse', [x], { axes: r.subset(x.shape.length) }),
  (r, x, all) =>
    x.shape.length > 0 ? node('concat', [x, mate(r, x, all)], { axis: r.int(0, x.shape.length - 1) }) : x,
  (r, x) => node('reduceSum', [x], { axes: r.subset(x.shape.length) }),
  (_, x) => {
    const m = node('reshape', [x], { shape: [x.shape[0] ?? 1, sizeOf(x.shape) / (x.shape[0] ?? 1)] });
    return node('tanh', [node('dot', [node('permute', [m], { perm: [1, 0] }), m], {})], {});
  },
  (r, x) =>
    x.shape.length > 0
      ? node('cumulative', [x], { kind: 'sum', axis: r.int(0, x.shape.length - 1), reverse: r.unit() < 0.5 })
      : x,
  (r, x) => {
    if (x.shape.length === 0) return x;
    const data = Int32Array.from({ length: r.int(1, 3) }, () => r.int(0, 4));
    const indices = node('literal', [], { data, shape: [data.length], dtype: 'int32' });
    return node('gather', [x, indices], { axis: r.int(0, x.shape.length - 1) });
  },
];

/** Steps with kinks, jumps, integers and truth values; and those that a simplification may remove. */
const ROUGH: readonly Step[] = [
  (r, x) => node(r.pick(['abs', 'sign', 'floor', 'ceil', 'round'] as const), [x], {}),
  (r, x, all) => node(r.pick(['max', 'min'] as const), [x, mate(r, x, all)], {}),
  (r, x, all) => {
    const y = mate(r, x, all);
    const c = r.pick([
      () => node(r.pick(['lt', 'le', 'eq'] as const), [x, y], {}),
      () => full(r.int(0, 1), x.shape, 'bool'),
    ]);
    return node('select', [c(), x, y], {});
  },
  (r, x) => {
    const n = node('cast', [x], { dtype: 'int32' });
    const m = full(r.pick([0, 1, 3, -1]), x.shape, 'int32');
    const k = node(r.pick(['add', 'sub', 'mul', 'max', 'and', 'or', 'xor', 'shl', 'shr'] as const), [n, m], {});
    return node('cast', [k], { dtype: 'float32' });
  },
  (_, x) => node('neg', [node('neg', [x], {})], {}),
  (_, x) => node('cast', [x], { dtype: 'float32' }),
  (r, x) => node(r.pick(['sub', 'div', 'pow', 'mul'] as const), [x, full(r.pick([0, 1, 2]), x.shape)], {}),
  (r, x) => node('reduceMax', [x], { axes: r.subset(x.shape.length) }),
  (r, x) =>
    x.shape.length > 0
      ? node('cast', [node('argmax', [x], { axis: r.int(0, x.shape.length - 1) })], { dtype: 'float32' })
      : x,
  (_, x) => node('cast', [node('not', [node('lt', [x, x], {})], {})], { dtype: 'float32' }),
  (r, x) => full(r.pick([0, 1, 2.5]), x.shape),
  (r, x, all) => {
    const y = mate(r, x, all); // twice the same
    const f = () => node('sin', [node('mul', [x, y], {})], {});
    return node('add', [f(), f()], {});
  },
];

export interface RandomGraph {
  readonly inputs: readonly Node<'input'>[];
  readonly outputs: readonly Node[];
}

/** A random graph over float32 inputs, with two outputs. */
export function randomGraph(r: Rng, kind: 'smooth' | 'any', steps = 12): RandomGraph {
  const shapes = [r.shape(), r.shape(1, 2)];
  const inputs = shapes.map((shape, i) => node('input', [], { name: `x${i}`, shape, dtype: 'float32' }));
  const all: Node[] = [...inputs];
  const choices = kind === 'smooth' ? SMOOTH : [...SMOOTH, ...ROUGH];
  for (let i = 0; i < steps; i++) {
    const x = r.unit() < 0.6 ? all[all.length - 1]! : r.pick(all);
    const y = r.pick(choices)(r, x, all);
    if (sizeOf(y.shape) > 0 && sizeOf(y.shape) <= 200) all.push(y);
  }
  return { inputs, outputs: [all[all.length - 1]!, r.pick(all)] };
}
