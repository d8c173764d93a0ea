import { type DType, isHalf } from '../graph/dtype.ts';
import type { Attrs, Node, NodeOf, Primitive } from '../graph/node.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { type Shape, sameShape, sizeOf } from '../graph/shape.ts';
import { uniformValue } from '../graph/structure.ts';
import { evaluateGraph } from '../runtime/reference/graph.ts';

/** Makes a node and simplifies it. */
export type Make = <P extends Primitive>(op: P, inputs: readonly Node[], attrs: Attrs[P]) => Node;

/** A simpler node for the same values, or undefined. The operands are simplified already. */
type Rule<P extends Primitive> = (n: NodeOf<P>, make: Make) => Node | undefined;

/** One step towards the simplest form of `n`, taken to its end; undefined where there is none. */
export function rewrite(n: Node, make: Make): Node | undefined {
  const rule = RULES[n.op] as Rule<Primitive> | undefined;
  const better = rule?.(n, make);
  if (better !== undefined) return better;
  if (WIDENS_LATER.has(n.op) && isWidened(n.inputs[0]!))
    return make('cast', [make(n.op, [n.inputs[0]!.inputs[0]!], n.attrs)], { dtype: n.dtype });
  if (PRIMITIVES[n.op].class === 'elementwise') return fold(n, make) ?? broadcastLater(n, make);
  return undefined;
}

/** Movements of what is widened: the other way round there is less to move, and products see that it is of 16 bits. */
const WIDENS_LATER: ReadonlySet<Primitive> = new Set(['reshape', 'permute', 'slice', 'reverse']);

/** The one form of a tensor of one value: the constant, with axes of size 1, repeated. */
function fill(value: number, dtype: DType, shape: Shape, make: Make): Node {
  const ones = make('reshape', [make('constant', [], { value, dtype })], { shape: shape.map(() => 1) });
  return make('broadcast', [ones], { shape });
}

const isFloat = (n: { readonly dtype: DType }) => n.dtype === 'float32';
/** Numbers of 16 bits as float32. */
const isWidened = (n: Node) => n.op === 'cast' && n.dtype === 'float32' && isHalf(n.inputs[0]!.dtype);
const isInt = (n: { readonly dtype: DType }) => n.dtype === 'int32';

/** An elementwise operation of constants is one. */
function fold(n: Node, make: Make): Node | undefined {
  if (n.inputs.some((x) => uniformValue(x) === undefined)) return undefined;
  const scalars = n.inputs.map((x) => make('constant', [], { value: uniformValue(x)!, dtype: x.dtype }));
  const [result] = evaluateGraph([{ ...n, inputs: scalars, shape: [] } as Node], new Map());
  return fill(result![0]!, n.dtype, n.shape, make);
}

/** Computed before it is repeated rather than after: f(broadcast x, broadcast y) = broadcast f(x, y). */
function broadcastLater(n: Node, make: Make): Node | undefined {
  const varying = n.inputs.filter((x) => uniformValue(x) === undefined);
  const small = varying[0]!.op === 'broadcast' ? varying[0]!.inputs[0]!.shape : undefined;
  if (small === undefined || !varying.every((x) => x.op === 'broadcast' && sameShape(x.inputs[0]!.shape, small)))
    return undefined;
  const inputs = n.inputs.map((x) => {
    const value = uniformValue(x);
    return value === undefined ? x.inputs[0]! : fill(value, x.dtype, small, make);
  });
  return make('broadcast', [make(n.op, inputs, n.attrs)], { shape: n.shape });
}

const isAll = (x: Node | undefined, value: number) => Object.is(uniformValue(x!), value);

const same =
  <P extends Primitive>(): Rule<P> =>
  ({ inputs: [a, b] }) =>
    a === b ? a : undefined;

/** f(f(x)) = x */
const involution =
  <P extends Primitive>(): Rule<P> =>
  (n) =>
    n.inputs[0]!.op === n.op ? n.inputs[0]!.inputs[0] : undefined;

/** x + 0 is not x where x is -0, unless it cannot be. */
function neverMinusZero(x: Node): boolean {
  if (!isFloat(x)) return true;
  if (x.op === 'cast') return !isFloat(x.inputs[0]!) && !isHalf(x.inputs[0]!.dtype);
  return x.op === 'exp' || x.op === 'abs' || (x.op === 'mul' && x.inputs[0] === x.inputs[1]);
}

function addZero(x: Node, zero: Node): Node | undefined {
  return isAll(zero, -0) || (isAll(zero, 0) && neverMinusZero(x)) ? x : undefined;
}

function mulConstant(x: Node, factor: Node, make: Make): Node | undefined {
  if (isAll(factor, 1)) return x;
  if (isAll(factor, -1)) return make('neg', [x], {});
  return isInt(x) && uniformValue(factor) === 0 ? factor : undefined;
}

/** true and x, false or x, and the like; for bool alone. */
function logical(op: 'and' | 'or', x: Node, constant: Node): Node | undefined {
  const value = uniformValue(constant);
  if (x.dtype !== 'bool' || value === undefined) return undefined;
  const decides = op === 'and' ? value === 0 : value !== 0;
  return decides ? constant : x;
}

/** x (op) constant and constant (op) x. */
const both =
  <P extends Primitive>(rule: (x: Node, constant: Node, make: Make) => Node | undefined): Rule<P> =>
  ({ inputs: [a, b] }, make) =>
    rule(a!, b!, make) ?? rule(b!, a!, make);

const shift: Rule<'shl' | 'shr'> = ({ inputs: [x, count] }) => (uniformValue(count!) === 0 ? x : undefined);

/**
 * Powers that products, quotients and roots give. The root of -0 is -0, and that of minus infinity NaN, where powers are 0 and
 * infinity: -0 + 0 is 0, and infinity is put in its place.
 */
function power({ inputs: [x, e], shape }: NodeOf<'pow'>, make: Make): Node | undefined {
  const exponent = uniformValue(e!);
  if (exponent === 0) return fill(1, 'float32', shape, make);
  if (exponent === 1) return x;
  if (exponent === 2) return make('mul', [x!, x!], {});
  if (exponent === 3) return make('mul', [make('mul', [x!, x!], {}), x!], {});
  if (exponent === -1) return make('div', [fill(1, 'float32', shape, make), x!], {});
  if (exponent !== 0.5 && exponent !== -0.5) return undefined;
  const of = (value: number) => fill(value, 'float32', shape, make);
  const root = make('sqrt', [make('add', [x!, of(0)], {})], {});
  const [ofFinite, ofInfinite] =
    exponent > 0 ? [root, of(Number.POSITIVE_INFINITY)] : [make('div', [of(1), root], {}), of(0)];
  return make('select', [make('eq', [x!, of(Number.NEGATIVE_INFINITY)], {}), ofInfinite, ofFinite], {});
}

function select({ inputs: [c, a, b] }: NodeOf<'select'>, make: Make): Node | undefined {
  if (a === b) return a;
  const value = uniformValue(c!);
  if (value !== undefined) return value === 0 ? b : a;
  return c!.op === 'not' ? make('select', [c!.inputs[0]!, b!, a!], {}) : undefined;
}

function reshape({ inputs: [x], shape }: NodeOf<'reshape'>, make: Make): Node | undefined {
  if (sameShape(x!.shape, shape)) return x;
  if (x!.op === 'constant') return undefined;
  const value = uniformValue(x!);
  if (value !== undefined) return fill(value, x!.dtype, shape, make);
  return x!.op === 'reshape' ? make('reshape', [x!.inputs[0]!], { shape }) : undefined;
}

function permute(n: NodeOf<'permute'>, make: Make): Node | undefined {
  const [x] = n.inputs;
  const { perm } = n.attrs;
  if (perm.every((p, i) => p === i)) return x;
  const value = uniformValue(x!);
  if (value !== undefined) return fill(value, n.dtype, n.shape, make);
  if (x!.op === 'permute') {
    const first = (x!.attrs as Attrs['permute']).perm;
    return make('permute', [x!.inputs[0]!], { perm: perm.map((p) => first[p]!) });
  }
  const large = perm.filter((p) => x!.shape[p] !== 1);
  const moves = large.some((p, i) => i > 0 && p < large[i - 1]!);
  return moves ? undefined : make('reshape', [x!], { shape: n.shape });
}

function broadcast({ inputs: [x], shape }: NodeOf<'broadcast'>, make: Make): Node | undefined {
  if (sameShape(x!.shape, shape)) return x;
  return x!.op === 'broadcast' ? make('broadcast', [x!.inputs[0]!], { shape }) : undefined;
}

function slice(n: NodeOf<'slice'>, make: Make): Node | undefined {
  const [x] = n.inputs;
  const { start, step } = n.attrs;
  if (sameShape(x!.shape, n.shape)) return x;
  const value = uniformValue(x!);
  if (value !== undefined) return fill(value, n.dtype, n.shape, make);
  if (x!.op !== 'slice' || sizeOf(n.shape) === 0) return undefined;
  const inner = x!.attrs as Attrs['slice'];
  const first = start.map((s, i) => inner.start[i]! + s * inner.step[i]!);
  const steps = step.map((s, i) => s * inner.step[i]!);
  const limit = first.map((s, i) => s + (n.shape[i]! - 1) * steps[i]! + 1);
  return make('slice', [x!.inputs[0]!], { start: first, limit, step: steps });
}

function pad({ inputs: [x], attrs: { low, high, interior }, shape }: NodeOf<'pad'>): Node | undefined {
  const still = low.every((l, i) => l === 0 && high[i] === 0 && (interior[i] === 0 || shape[i]! < 2));
  return still ? x : undefined;
}

function reverse(n: NodeOf<'reverse'>, make: Make): Node | undefined {
  const [x] = n.inputs;
  const real = n.attrs.axes.filter((a) => n.shape[a]! > 1);
  if (real.length === 0 || uniformValue(x!) !== undefined) return x;
  if (real.length < n.attrs.axes.length) return make('reverse', [x!], { axes: real });
  if (x!.op !== 'reverse') return undefined;
  const inner = (x!.attrs as Attrs['reverse']).axes;
  const axes = n.shape.flatMap((_, i) => (inner.includes(i) !== real.includes(i) ? [i] : []));
  return make('reverse', [x!.inputs[0]!], { axes });
}

function concat({ inputs, attrs }: NodeOf<'concat'>, make: Make): Node | undefined {
  const parts = inputs.filter((x) => x.shape[attrs.axis]! > 0);
  if (parts.length <= 1) return parts[0] ?? inputs[0];
  return parts.length < inputs.length ? make('concat', parts, attrs) : undefined;
}

/** A fold of one element is the element. */
function ofOne(n: NodeOf<'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin'>, make: Make): Node | undefined {
  const x = n.inputs[0]!;
  const { axes } = n.attrs as Attrs['reduceSum'];
  return axes.every((a) => x.shape[a] === 1) ? make('reshape', [x], { shape: n.shape }) : undefined;
}

/** The sum of n times v, where no rounding is in it. */
function reduceSum(n: NodeOf<'reduceSum'>, make: Make): Node | undefined {
  const one = ofOne(n, make);
  const value = uniformValue(n.inputs[0]!);
  if (one || value === undefined) return one;
  const count = sizeOf(n.attrs.axes.map((a) => n.inputs[0]!.shape[a]!));
  const total = count === 0 ? 0 : value * count;
  const exact = Number.isInteger(value) && Math.abs(total) < 2 ** 24;
  return exact ? fill(total, n.dtype, n.shape, make) : undefined;
}

/** Scalars that came as data. */
function literal({ attrs: { data, dtype }, shape }: NodeOf<'literal'>, make: Make): Node | undefined {
  return data.length === 1 && sizeOf(shape) === 1 ? fill(data[0]!, dtype, shape, make) : undefined;
}

const RULES: { readonly [P in Primitive]?: Rule<P> } = {
  literal,
  custom: ({ inputs: [value] }) => value,
  neg: involution(),
  not: involution(),
  abs: ({ inputs: [x] }, make) => {
    if (x!.op === 'abs') return x;
    return x!.op === 'neg' ? make('abs', [x!.inputs[0]!], {}) : undefined;
  },
  cast: ({ inputs: [x], dtype }) => {
    if (x!.dtype === dtype) return x;
    return isHalf(dtype) && isWidened(x!) && x!.inputs[0]!.dtype === dtype ? x!.inputs[0] : undefined;
  },
  bitcast: ({ inputs: [x], dtype }) => (x!.dtype === dtype ? x : undefined),
  add: both(addZero),
  sub: ({ inputs: [a, b], dtype, shape }, make) => {
    if (dtype === 'int32' && a === b) return fill(0, dtype, shape, make);
    return isAll(b, 0) ? a : undefined;
  },
  mul: both(mulConstant),
  div: ({ inputs: [a, b] }) => (isAll(b, 1) ? a : undefined),
  pow: power,
  max: same(),
  min: same(),
  and: (n, make) => same()(n, make) ?? both((x, c) => logical('and', x, c))(n, make),
  or: (n, make) => same()(n, make) ?? both((x, c) => logical('or', x, c))(n, make),
  shl: shift,
  shr: shift,
  select,
  reshape,
  permute,
  broadcast,
  slice,
  pad,
  reverse,
  concat,
  reduceSum,
  reduceProd: ofOne,
  reduceMax: ofOne,
  reduceMin: ofOne,
};
