import { node } from '../graph/build.ts';
import type { DType } from '../graph/dtype.ts';
import type { Node, NodeOf, Primitive } from '../graph/node.ts';
import { type Shape, sameShape } from '../graph/shape.ts';
import { uniformValue } from '../graph/structure.ts';

/**
 * The derivative of a primitive: for each operand, how the gradient `dy` of the result becomes that of the operand; only
 * those that are wanted are built. `undefined`: nothing flows there.
 */
export type Derivative<P extends Primitive> = (n: NodeOf<P>, dy: Node) => readonly ((() => Node) | undefined)[];

/** Steps and choices: nothing flows. */
export const none = (): readonly undefined[] => [];

export const constant = (value: number, dtype: DType = 'float32'): Node => node('constant', [], { value, dtype });

/** A tensor of one value. */
export function fill(value: number, shape: Shape, dtype: DType = 'float32'): Node {
  return stretch(constant(value, dtype), shape);
}

export const zeros = (shape: Shape, dtype: DType = 'float32'): Node => fill(0, shape, dtype);

/** A scalar, repeated. */
export function stretch(scalar: Node, shape: Shape): Node {
  if (shape.length === 0) return scalar;
  const ones = node('reshape', [scalar], { shape: shape.map(() => 1) });
  return node('broadcast', [ones], { shape });
}

export const isZero = (x: Node): boolean => uniformValue(x) === 0;

export function add(a: Node, b: Node): Node {
  if (isZero(a)) return b;
  return isZero(b) ? a : node('add', [a, b], {});
}

export function mul(a: Node, b: Node): Node {
  if (uniformValue(a) === 1) return b;
  return uniformValue(b) === 1 ? a : node('mul', [a, b], {});
}

export const sub = (a: Node, b: Node): Node => node('sub', [a, b], {});
export const div = (a: Node, b: Node): Node => node('div', [a, b], {});
export const neg = (x: Node): Node => node('neg', [x], {});
export const times = (x: Node, factor: number): Node => mul(x, fill(factor, x.shape));
export const plus = (x: Node, term: number): Node => add(x, fill(term, x.shape));
export const select = (c: Node, a: Node, b: Node): Node => node('select', [c, a, b], {});
export const eq = (a: Node, b: Node): Node => node('eq', [a, b], {});
export const lt = (a: Node, b: Node): Node => node('lt', [a, b], {});

export function reshape(x: Node, shape: Shape): Node {
  return sameShape(x.shape, shape) ? x : node('reshape', [x], { shape });
}

export function permute(x: Node, perm: readonly number[]): Node {
  return perm.every((p, i) => p === i) ? x : node('permute', [x], { perm });
}

/** perm'[perm[i]] = i */
export function inverse(perm: readonly number[]): number[] {
  const back = new Array<number>(perm.length);
  perm.forEach((p, i) => {
    back[p] = i;
  });
  return back;
}

/** The transposition of the last two axes. */
export function transpose(x: Node): Node {
  const rank = x.shape.length;
  return permute(
    x,
    x.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i)),
  );
}

/** A reduced value, repeated along the axes that were reduced. */
export function unreduce(y: Node, shape: Shape, axes: readonly number[]): Node {
  const kept = shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const x = reshape(y, kept);
  return sameShape(kept, shape) ? x : node('broadcast', [x], { shape });
}

export function reduceSum(x: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? x : node('reduceSum', [x], { axes });
}

/** `pad` along one axis. */
export function padAxis(x: Node, axis: number, low: number, high: number, value: number): Node {
  const along = (n: number) => x.shape.map((_, i) => (i === axis ? n : 0));
  return node('pad', [x], { low: along(low), high: along(high), interior: along(0), value });
}

export const reverse = (x: Node, axes: readonly number[]): Node => node('reverse', [x], { axes });
