import { describe, type ErrorCode, OlifantError } from '../errors.ts';
import { node } from '../graph/build.ts';
import { type DType, isFloating, isHalf } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { broadcastShapes, type Shape, sameShape, showShape } from '../graph/shape.ts';
import { floatx } from '../settings.ts';
import { asTensor, Tensor, type TensorLike } from '../trace/index.ts';

/** One axis, several, or all of them (`null` or nothing). Negative axes count from the end. */
export type Axis = number | readonly number[] | null;

/** A dtype, or `'float'`: what is floating stays as it is, and the rest becomes the floating type by default. */
export type Meeting = DType | 'float';

/** The node of anything that can be a tensor. */
export function lift(x: TensorLike, dtype?: Meeting): Node {
  const to = dtype === 'float' ? undefined : dtype;
  if (typeof x === 'number') return scalar(x, to ?? floatx());
  const n = asTensor(x).node;
  if (dtype === 'float') return isFloating(n.dtype) ? n : castTo(n, floatx());
  return to === undefined ? n : castTo(n, to);
}

/** Computes in float32 what `f` makes of floating values, and rounds the result once where they are of 16 bits. */
export function inFloat32(x: TensorLike, f: (x: Tensor) => Tensor): Tensor {
  const { dtype } = lift(x, 'float');
  const y = f(wrap(lift(x, 'float32')));
  return wrap(castTo(y.node, y.dtype === 'float32' ? dtype : y.dtype));
}

export const wrap = (n: Node): Tensor => new Tensor(n);

export const scalar = (value: number, dtype: DType = floatx()): Node => node('constant', [], { value, dtype });

export function fail(op: string, message: string, code: ErrorCode = 'SHAPE'): never {
  throw new OlifantError(code, `ops.${op}: ${message}`);
}

export function castTo(x: Node, dtype: DType): Node {
  if (x.dtype === dtype) return x;
  // A float that is no byte becomes the nearest one, as it becomes the nearest int32; of an integer the low bits stay.
  if (dtype === 'uint8' && x.dtype !== 'int32' && x.dtype !== 'bool') return node('cast', [byteOf(x)], { dtype });
  return node('cast', [x], { dtype });
}

function byteOf(x: Node): Node {
  const bound = (value: number) => expandTo(scalar(value, 'int32'), x.shape);
  return node('min', [node('max', [node('cast', [x], { dtype: 'int32' }), bound(0)], {}), bound(255)], {});
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

const ORDER: { readonly [D in DType]: number } = { bool: 0, uint8: 1, int32: 2, float16: 3, bfloat16: 3, float32: 4 };

/** The wider dtype; of both types of 16 bits, float32. */
export function promote(a: DType, b: DType): DType {
  if (a !== b && isHalf(a) && isHalf(b)) return 'float32';
  return ORDER[a] >= ORDER[b] ? a : b;
}

/**
 * The dtype of a plain number beside an operand of `other`: as weak as it can be, so that `int32 * 2` stays int32 and
 * `int32 * 0.5` becomes float32.
 */
export function weakType(value: number, other: DType): DType {
  if (isFloating(other)) return other;
  if (!Number.isInteger(value)) return floatx();
  return other === 'bool' ? 'int32' : other;
}

/** The dtype that two operands meet in. */
export function commonType(a: TensorLike, b: TensorLike): DType {
  if (typeof a === 'number' && typeof b === 'number')
    return Number.isInteger(a) && Number.isInteger(b) ? 'int32' : floatx();
  if (typeof a === 'number') return commonType(b, a);
  const da = asTensor(a).dtype;
  return promote(da, typeof b === 'number' ? weakType(b, da) : asTensor(b).dtype);
}

/** Floating values of several types become the wider one. */
function alignFloats(nodes: readonly Node[]): readonly Node[] {
  const types = nodes.map((n) => n.dtype).filter(isFloating);
  if (types.every((t) => t === types[0])) return nodes;
  const dtype = types.reduce(promote);
  return nodes.map((n) => (isFloating(n.dtype) ? castTo(n, dtype) : n));
}

/** The floating dtype that two operands meet in. */
export function floatType(a: TensorLike, b: TensorLike): DType {
  const dtype = commonType(a, b);
  return isFloating(dtype) ? dtype : floatx();
}

/** All operands repeated to one shape; what is floating has one type then. */
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
  return alignFloats(nodes).map((n) => expandTo(n, shape));
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
export const wide = (dtype: DType): DType => (isFloating(dtype) ? dtype : 'int32');

/** The shape with the axes removed, or kept with size 1. */
export function reducedShape(shape: Shape, axes: readonly number[], keepdims: boolean): number[] {
  return keepdims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}
