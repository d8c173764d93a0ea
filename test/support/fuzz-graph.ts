import { node } from '../../src/graph/build.ts';
import { type DType, hostArray, type TypedArray } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { sameShape, sizeOf } from '../../src/graph/shape.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { STEPS, type Step } from './fuzz-steps.ts';
import type { Rng } from './rng.ts';

/**
 * - exact: float32 values are small integers (NaN and infinities in some graphs), and every operation is exact, so that a
 *   result has one right value whatever the order of sums.
 * - smooth: continuous functions of values that stay small; results are near those in double precision.
 * - wild: everything, over all special values; only equal bits on all targets can be asked for.
 */
export type FuzzKind = 'exact' | 'smooth' | 'wild';

export interface FuzzGraph {
  readonly inputs: readonly Node<'input'>[];
  readonly outputs: readonly Node[];
  readonly updates: readonly { readonly target: Node<'input'>; readonly value: Node }[];
  readonly bind: ReadonlyMap<Node<'input'>, TypedArray>;
  /** An upper bound of the magnitudes that went into a result; errors go by it. */
  boundOf(n: Node): number;
}

/** What an input's elements are bounded by, and so what updates must be. */
const INPUT_BOUND = 8;
const MAX_ELEMENTS = 3000;
/** Integers below this are exact, with room for one more operation. */
const EXACT = 2 ** 22;

/** Makes random nodes whose values stay bounded. */
export class GraphMaker {
  readonly r: Rng;
  readonly kind: FuzzKind;
  readonly pool: Node[] = [];
  /** Whether inputs have NaN and infinities among their elements. */
  readonly specials: boolean;
  private readonly bounds = new Map<Node, number>();

  constructor(r: Rng, kind: FuzzKind) {
    this.r = r;
    this.kind = kind;
    this.specials = this.chance(0.4);
  }

  chance(p: number): boolean {
    return this.r.unit() < p;
  }

  /** Sizes around vectors of 16, few of them 0. */
  size(): number {
    const { r } = this;
    if (this.chance(0.02)) return 0;
    return this.chance(0.5) ? r.pick([1, 2, 3, 4]) : r.pick([1, 5, 7, 8, 9, 15, 16, 17, 31, 33]);
  }

  shape(minRank: number, maxRank: number): number[] {
    const shape = Array.from({ length: this.r.int(minRank, maxRank) }, () => this.size());
    while (sizeOf(shape) > MAX_ELEMENTS) shape[shape.indexOf(Math.max(...shape))] = this.r.int(1, 4);
    return shape;
  }

  bound(n: Node): number {
    return this.bounds.get(n) ?? Number.POSITIVE_INFINITY;
  }

  /** Notes a node's bound. */
  put(n: Node, bound: number): Node {
    this.bounds.set(n, bound);
    return n;
  }

  /** A constant of a shape. */
  full(value: number, shape: readonly number[], dtype: DType = 'float32'): Node {
    const scalar = node('reshape', [node('constant', [], { value, dtype })], { shape: shape.map(() => 1) });
    return this.put(shape.length === 0 ? scalar : node('broadcast', [scalar], { shape }), Math.abs(value));
  }

  /** The same with a bound of at most `limit`: halved as often as needed, and rounded down where values are integers. */
  within(x: Node, limit: number): Node {
    const bound = this.bound(x);
    if (this.kind === 'wild' || x.dtype !== 'float32' || bound <= limit) return x;
    if (this.kind === 'exact' && this.chance(0.3)) {
      const low = node('max', [x, this.full(-limit, x.shape)], {});
      return this.put(node('min', [low, this.full(limit, x.shape)], {}), limit);
    }
    const halvings = Math.ceil(Math.log2(bound / Math.max(limit - 1, 0.5)));
    const small = node('mul', [x, this.full(2 ** -halvings, x.shape)], {});
    const next = bound * 2 ** -halvings;
    return this.kind === 'exact' ? this.put(node('floor', [small], {}), next + 1) : this.put(small, next);
  }

  /** Some node of a dtype, rather a recent one, often through a view. */
  some(dtype: DType = 'float32'): Node {
    const fitting = this.pool.filter((n) => n.dtype === dtype);
    if (fitting.length === 0) return this.made(dtype);
    const x = this.chance(0.5) ? fitting[fitting.length - 1]! : this.r.pick(fitting);
    return this.chance(0.4) ? this.view(x) : x;
  }

  private made(dtype: DType): Node {
    const x = this.some('float32');
    if (dtype === 'bool') return node('lt', [x, this.full(0, x.shape)], {});
    return node('cast', [this.within(x, 100)], { dtype });
  }

  /** One to three movements that strides may express. */
  view(x: Node): Node {
    const { r } = this;
    let y = x;
    for (let i = r.int(1, 3); i > 0; i--) {
      const rank = y.shape.length;
      switch (r.int(0, 5)) {
        case 0:
          y = node('permute', [y], { perm: r.permutation(rank) });
          break;
        case 1:
          y = node('reverse', [y], { axes: r.subset(rank) });
          break;
        case 2: {
          const start = y.shape.map((d) => (this.chance(0.5) ? 0 : r.int(0, Math.min(3, d))));
          const limit = y.shape.map((d, a) => (this.chance(0.5) ? d : r.int(start[a]!, d)));
          y = node('slice', [y], { start, limit, step: y.shape.map(() => r.pick([1, 1, 2, 3])) });
          break;
        }
        case 3:
          y = node('reshape', [y], { shape: this.factors(sizeOf(y.shape)) });
          break;
        case 4: {
          const axis = r.int(0, rank);
          const shape = [...y.shape.slice(0, axis), 1, ...y.shape.slice(axis)];
          const times = this.size();
          const wide = shape.map((d, a) => (a === axis ? times : d));
          if (sizeOf(wide) <= MAX_ELEMENTS) y = node('broadcast', [node('reshape', [y], { shape })], { shape: wide });
          break;
        }
        default:
          y = node('reshape', [y], { shape: y.shape.filter((d) => d !== 1) });
      }
    }
    return this.put(y, this.bound(x));
  }

  /** A random shape of so many elements. */
  private factors(n: number): number[] {
    if (n === 0) return this.chance(0.5) ? [0] : [this.r.int(1, 17), 0];
    const out: number[] = [];
    let rest = n;
    while (rest > 1 && out.length < 4) {
      const divisors = Array.from({ length: Math.min(rest, 64) }, (_, i) => i + 1).filter((d) => rest % d === 0);
      const d = out.length === 3 ? rest : this.r.pick(divisors);
      out.push(d);
      rest /= d;
    }
    if (rest > 1) out.push(rest);
    return out;
  }

  /** A node of a shape made from another one: its first elements, repeated where it has too few. */
  conform(x: Node, shape: readonly number[]): Node {
    const bound = this.bound(x);
    if (sameShape(x.shape, shape)) return x;
    const n = sizeOf(x.shape);
    if (n === 0) return x.dtype === 'uint8' ? this.cast(this.full(3, shape), 'uint8') : this.full(1, shape, x.dtype);
    const flat = node('reshape', [x], { shape: [n] });
    let axis = 0;
    while (sizeOf(shape.slice(axis)) > n) axis++;
    const tail = shape.slice(axis);
    const first = this.chance(0.5) ? 0 : n - sizeOf(tail);
    const part = node('slice', [flat], { start: [first], limit: [first + sizeOf(tail)], step: [1] });
    const thin = node('reshape', [part], { shape: shape.map((d, i) => (i < axis ? 1 : d)) });
    return this.put(axis === 0 ? thin : node('broadcast', [thin], { shape }), bound);
  }

  private cast(x: Node, dtype: 'uint8' | 'float32' | 'int32' | 'bool'): Node {
    return node('cast', [x], { dtype });
  }

  /** Some node of a dtype and shape. */
  like(x: Node, dtype = x.dtype): Node {
    const same = this.pool.filter((n) => n.dtype === dtype && sameShape(n.shape, x.shape));
    if (same.length > 0 && this.chance(0.6)) return this.r.pick(same);
    return this.conform(this.some(dtype), x.shape);
  }

  /** Some node of a shape. */
  shaped(shape: readonly number[], limit: number, dtype: 'float32' | 'int32' = 'float32'): Node {
    const permuted = this.chance(0.3) && shape.length > 1;
    if (!permuted) return this.within(this.conform(this.some(dtype), shape), limit);
    const perm = this.r.permutation(shape.length);
    const source = this.within(
      this.conform(
        this.some(dtype),
        perm.map((p) => shape[p]!),
      ),
      limit,
    );
    const back = perm.map((_, i) => perm.indexOf(i));
    return this.put(node('permute', [source], { perm: back }), this.bound(source));
  }

  /** The number of factors `a * b` that a sum of `terms` may have stays exact. */
  factorLimit(terms: number): number {
    return Math.max(1, Math.min(64, Math.floor(Math.sqrt(EXACT / Math.max(1, terms)))));
  }

  accept(n: Node): void {
    if (sizeOf(n.shape) > MAX_ELEMENTS) return;
    if (n.dtype === 'float32') {
      if (!this.bounds.has(n)) throw new Error(`the bound of ${n.op} is not known`);
      if (this.bound(n) > EXACT) {
        this.pool.push(this.within(n, 64));
        return;
      }
    }
    this.pool.push(n);
  }
}

function elements(m: GraphMaker, n: Node<'input'>): TypedArray {
  const { r, kind, specials } = m;
  const data = hostArray(n.dtype, sizeOf(n.shape));
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const edges = [...odd, 0, -0, 1e-45, -3e-39, 1.17e-38, 3.4e38, -1e20, 0.5, 2.5, -1.5, 16777216];
  for (let i = 0; i < data.length; i++) {
    if (n.dtype === 'bool') data[i] = r.int(0, 1);
    else if (n.dtype === 'uint8') data[i] = r.int(0, 255);
    else if (n.dtype === 'int32') data[i] = m.chance(0.1) ? r.int(-(2 ** 31), 2 ** 31 - 1) : r.int(-20, 20);
    else if (kind === 'exact') data[i] = specials && m.chance(0.02) ? r.pick(odd) : r.int(-INPUT_BOUND, INPUT_BOUND);
    else if (kind === 'wild') data[i] = specials && m.chance(0.1) ? r.pick(edges) : r.float(-4, 4);
    else data[i] = r.float(-2, 2);
  }
  return data;
}

function makeInputs(m: GraphMaker, count: number): Node<'input'>[] {
  const { r } = m;
  const dtypes = ['float32', 'float32', 'float32', 'int32', 'bool', 'uint8'] as const;
  const inputs: Node<'input'>[] = [];
  for (let i = 0; i < count; i++) {
    const twin = inputs.length > 0 && m.chance(0.3) ? r.pick(inputs) : undefined;
    const dtype = inputs.length === 0 ? 'float32' : (twin?.dtype ?? r.pick(dtypes));
    const shape = twin?.shape ?? m.shape(0, 4);
    const x = node('input', [], { name: `x${inputs.length}`, shape, dtype });
    inputs.push(x);
    m.accept(m.put(x, INPUT_BOUND));
  }
  return inputs;
}

/** One step over a few inputs: a kernel of one family, or a few. */
export function familyGraph(r: Rng, kind: FuzzKind, step: Step): FuzzGraph {
  for (;;) {
    const m = new GraphMaker(r, kind);
    const inputs = makeInputs(m, 3);
    const made = step(m);
    if (!made) continue;
    const bind = new Map(inputs.map((n) => [n, elements(m, n)]));
    return { inputs, outputs: [made], updates: [], bind, boundOf: (n) => m.bound(n) };
  }
}

/** A random graph over inputs of all dtypes, some of which it updates. */
export function fuzzGraph(r: Rng, kind: FuzzKind): FuzzGraph {
  const m = new GraphMaker(r, kind);
  const inputs = makeInputs(m, r.int(2, 5));
  for (let i = r.int(2, 12); i > 0; i--) {
    const n = r.pick(STEPS)(m);
    if (n) m.accept(n);
  }
  const outputs = Array.from({ length: r.int(1, 4) }, (_, i) =>
    i === 0 ? m.pool[m.pool.length - 1]! : m.chance(0.2) ? m.view(r.pick(m.pool)) : r.pick(m.pool),
  );
  if (m.chance(0.1)) outputs.push(outputs[0]!);
  const updates = inputs.filter(() => m.chance(0.4)).map((target) => ({ target, value: updated(m, target, inputs) }));
  const bind = new Map(inputs.map((n) => [n, elements(m, n)]));
  return { inputs, outputs, updates, bind, boundOf: (n) => m.bound(n) };
}

/** A new value for a variable: another variable, a view of itself, a step from itself, or anything. */
function updated(m: GraphMaker, target: Node<'input'>, inputs: readonly Node[]): Node {
  const { r } = m;
  const { shape, dtype } = target;
  const twins = inputs.filter((n) => n.dtype === dtype && sameShape(n.shape, shape));
  switch (r.int(0, 4)) {
    case 0:
      return r.pick(twins);
    case 1:
      return m.conform(m.view(target), shape);
    case 2: {
      if (dtype !== 'float32') return m.conform(m.some(dtype), shape);
      const step = node(r.pick(['add', 'sub', 'max'] as const), [target, m.within(m.like(target), 8)], {});
      return m.within(m.put(step, INPUT_BOUND + 8), INPUT_BOUND);
    }
    default:
      return m.within(m.conform(m.some(dtype), shape), INPUT_BOUND);
  }
}

/** A smooth random graph with a loss, whose gradient all float32 inputs follow: a training step. */
export function fuzzStep(r: Rng): FuzzGraph {
  const g = fuzzGraph(r, 'smooth');
  const float = g.outputs.find((n) => n.dtype === 'float32');
  if (!float) return fuzzStep(r);
  const loss = node('reduceSum', [float], { axes: float.shape.map((_, i) => i) });
  const weights = g.inputs.filter((n) => n.dtype === 'float32');
  const slopes = gradient(loss, weights);
  const updates = weights.map((target, i) => {
    const scalar = node('reshape', [node('constant', [], { value: 0.01, dtype: 'float32' })], {
      shape: target.shape.map(() => 1),
    });
    const rate = node('broadcast', [scalar], { shape: target.shape });
    return { target, value: node('sub', [target, node('mul', [rate, slopes[i]!], {})], {}) };
  });
  return { ...g, outputs: [loss, ...g.outputs], updates };
}
