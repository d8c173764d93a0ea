import { describe, type ErrorCode, OlifantError } from '../errors.ts';
import { node } from '../graph/build.ts';
import type { DType } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { broadcastShapes, type Shape, sameShape, showShape } from '../graph/shape.ts';
import { asTensor, Tensor, type TensorLike } from '../trace/index.ts';

/** One axis, several, or all of them (`null` or nothing). Negative axes count from the end. */
export type Axis = number | readonly number[] | null;

/** The node of anything that can be a tensor. */
export function lift(x: TensorLike, dtype?: DType): Node {
  if (typeof x === 'number') return scalar(x, dtype ?? 'float32');
  const n = asTensor(x).node;
  return dtype === undefined ? n : castTo(n, dtype);
}

export const wrap = (n: Node): Tensor => new Tensor(n);

export const scalar = (value: number, dtype: DType = 'float32'): Node => node('constant', [], { value, dtype });

export function fail(op: string, message: string, code: ErrorCode = 'SHAPE'): never {
  throw new OlifantError(code, `ops.${op}: ${message}`);
}

export function castTo(x: Node, dtype: DType): Node {
  return x.dtype === dtype ? x : node('cast', [x], { dtype });
}

export function reshapeTo(x: Node, shape: Shape): Node {
  return sameShape(x.shape, shape) ? x : node('reshape', [x], { shape });
}

export function permuteTo(x: Node, perm: readonly number[]): Node {
  return perm.every((p, i) => p === i) ? x : node('permute', [x], { perm });
}

/** Repeats `x` to `shape` by NumPy's rule; the shapes must fit. */
export function expandTo(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const missing = shape.length - x.shape.length;
  const flat = missing > 0 ? reshapeTo(x, [...new Array<number>(missing).fill(1), ...x.shape]) : x;
  return sameShape(flat.shape, shape) ? flat : node('broadcast', [flat], { shape });
}

const ORDER: readonly DType[] = ['bool', 'uint8', 'int32', 'float32'];

export function promote(a: DType, b: DType): DType {
  return ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b;
}

/**
 * The dtype of a plain number beside an operand of `other`: as weak as it can be, so that `int32 * 2` stays int32 and
 * `int32 * 0.5` becomes float32.
 */
export function weakType(value: number, other: DType): DType {
  if (other === 'float32' || !Number.isInteger(value)) return 'float32';
  return other === 'bool' ? 'int32' : other;
}

/** The dtype that two operands meet in. */
export function commonType(a: TensorLike, b: TensorLike): DType {
  if (typeof a === 'number' && typeof b === 'number')
    return Number.isInteger(a) && Number.isInteger(b) ? 'int32' : 'float32';
  if (typeof a === 'number') return commonType(b, a);
  const da = asTensor(a).dtype;
  return promote(da, typeof b === 'number' ? weakType(b, da) : asTensor(b).dtype);
}

/** All operands repeated to one shape. */
export function alignShapes(op: string, nodes: readonly Node[]): Node[] {
  let shape: Shape = [];
  for (const n of nodes) {
    const joined = broadcastShapes(shape, n.shape);
    if (joined === undefined) {
      const all = nodes.map((m) => showShape(m.shape)).join(', ');
      fail(op, `shapes ${all} do not broadcast: sizes must be equal or 1, compared from the last axis`);
    }
    shape = joined;
  }
  return nodes.map((n) => expandTo(n, shape));
}

export function normalizeAxis(op: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const range = rank === 0 ? 'a scalar has no axes' : `expected an integer from ${-rank} to ${rank - 1}`;
    fail(
      op,
      `axis ${describe(axis).replace('number ', '')} is out of range for ${rank} axes: ${range}`,
      'INVALID_ARGUMENT',
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** Sorted, distinct, non-negative axes; all of them for `null`. */
export function normalizeAxes(op: string, axis: Axis | undefined, rank: number): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (Array.isArray(axis) ? axis : [axis]).map((a) => normalizeAxis(op, a, rank));
  if (new Set(list).size !== list.length) fail(op, `axes [${list.join(', ')}] name one axis twice`, 'INVALID_ARGUMENT');
  return list.sort((a, b) => a - b);
}

/** A dtype in which arithmetic exists: bool and uint8 are computed in int32. */
export const wide = (dtype: DType): DType => (dtype === 'float32' ? 'float32' : 'int32');

/** The shape with the axes removed, or kept with size 1. */
export function reducedShape(shape: Shape, axes: readonly number[], keepdims: boolean): number[] {
  return keepdims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}
