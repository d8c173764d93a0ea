import type { Node } from '../graph/node.ts';
import { type Shape, stridesOf } from '../graph/shape.ts';

/**
 * Where the elements of a tensor lie in another one: element `idx` is `source[offset + sum(strides * idx)]`, counted in
 * the source's row-major order.
 */
export interface View {
  readonly source: Node;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The whole of `node`, as it lies. */
export function identityView(node: Node): View {
  return { source: node, offset: 0, strides: stridesOf(node.shape) };
}

/** The view that a movement makes of `view` (a view of its operand), or undefined where no strides express it. */
export function moveView(node: Node, view: View): View | undefined {
  const { source, offset, strides } = view;
  switch (node.op) {
    case 'permute':
      return { source, offset, strides: node.attrs.perm.map((p) => strides[p]!) };
    case 'broadcast': {
      const from = node.inputs[0]!.shape;
      return { source, offset, strides: strides.map((s, i) => (from[i] === node.shape[i] ? s : 0)) };
    }
    case 'slice': {
      const { start, step } = node.attrs;
      const moved = strides.reduce((sum, s, i) => sum + s * start[i]!, offset);
      return { source, offset: moved, strides: strides.map((s, i) => s * step[i]!) };
    }
    case 'reverse': {
      const { axes } = node.attrs;
      const moved = axes.reduce((sum, a) => sum + strides[a]! * (node.shape[a]! - 1), offset);
      return { source, offset: moved, strides: strides.map((s, i) => (axes.includes(i) ? -s : s)) };
    }
    case 'reshape':
      return reshapedView(view, node.inputs[0]!.shape, node.shape);
    default:
      return undefined;
  }
}

/** A view over `from` as one over `to`, or undefined where no strides express it. */
export function reshapedView(view: View, from: Shape, to: Shape): View | undefined {
  const strides = reshapeStrides(from, view.strides, to);
  return strides && { ...view, strides };
}

/**
 * Strides of a reshaped view. Axes of the old shape are merged where they lie one behind the other, then split as the
 * new shape asks.
 */
function reshapeStrides(from: Shape, strides: readonly number[], to: Shape): number[] | undefined {
  const out = new Array<number>(to.length).fill(0);
  if (from.includes(0)) return out;
  const old = from.map((size, i) => ({ size, stride: strides[i]! })).filter((a) => a.size !== 1);
  let i = 0;
  let j = 0;
  while (i < old.length) {
    let size = old[i]!.size;
    let axis = j;
    let wanted = 1;
    while (wanted !== size) {
      if (wanted < size) {
        if (axis >= to.length) return undefined;
        wanted *= to[axis++]!;
      } else {
        i++;
        if (i >= old.length || old[i - 1]!.stride !== old[i]!.stride * old[i]!.size) return undefined;
        size *= old[i]!.size;
      }
    }
    let stride = old[i]!.stride;
    for (let k = axis - 1; k >= j; k--) {
      out[k] = stride;
      stride *= to[k]!;
    }
    i++;
    j = axis;
  }
  return out;
}

/** True where the elements lie one behind the other from the start of the source. */
export function isWhole(view: View, shape: Shape): boolean {
  const natural = stridesOf(shape);
  return view.offset === 0 && view.strides.every((s, i) => s === natural[i] || shape[i] === 1);
}

/** A block of a tensor: its first element along each axis, and its sizes. */
export interface Box {
  readonly begin: readonly number[];
  readonly shape: Shape;
}

/** The smallest block of the source in which everything lies that a view over `shape` shows; undefined where it wraps around. */
export function boxOf({ source, offset, strides }: View, shape: Shape): Box | undefined {
  const own = stridesOf(source.shape);
  const begin: number[] = [];
  let rest = offset;
  for (const s of own) {
    begin.push(Math.floor(rest / s));
    rest %= s;
  }
  const end = [...begin];
  for (const [i, size] of shape.entries()) {
    if (size <= 1 || strides[i] === 0) continue;
    const axis = own.findIndex((s, k) => source.shape[k]! > 1 && s <= strides[i]!);
    if (axis < 0 || strides[i]! % own[axis]! !== 0) return undefined;
    end[axis] = end[axis]! + ((size - 1) * strides[i]!) / own[axis]!;
  }
  if (end.some((e, k) => e >= source.shape[k]!)) return undefined;
  return { begin, shape: end.map((e, k) => e - begin[k]! + 1) };
}

/** Whether two blocks have an element in common. */
export function meet(a: Box, b: Box): boolean {
  return a.begin.every((from, i) => from < b.begin[i]! + b.shape[i]! && b.begin[i]! < from + a.shape[i]!);
}
