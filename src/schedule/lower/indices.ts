import { type Affine, affine } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import type { View } from '../view.ts';
import type { Emitter, Point } from './emitter.ts';
import type { Space } from './space.ts';

/** Axes before the indexed one, of the indices, and behind: as tags of a space, they stay apart. */
export const PRE = 0;
export const INDEX = 1;
export const POST = 2;

/** The shape of what a gather gives or a scatter takes, cut into its three parts. */
export interface Parts {
  readonly tags: readonly number[];
  /** Strides over the whole shape of something that lies over the operand's axes; the indexed axis is `stride`. */
  lift(view: View): { readonly view: View; readonly stride: number };
  /** Likewise of something that lies over the axes of the indices. */
  liftIndices(view: View): View;
}

export function partsOf(rank: number, axis: number, indexRank: number): Parts {
  const indexed = Array.from({ length: indexRank }, () => 0);
  return {
    tags: [
      ...Array.from({ length: axis }, () => PRE),
      ...indexed.map(() => INDEX),
      ...Array.from({ length: rank - axis - 1 }, () => POST),
    ],
    lift: (view) => {
      const strides = [...view.strides.slice(0, axis), ...indexed, ...view.strides.slice(axis + 1)];
      return { view: { ...view, strides }, stride: view.strides[axis]! };
    },
    liftIndices: (view) => {
      const zeros = (n: number) => Array.from({ length: n }, () => 0);
      return { ...view, strides: [...zeros(axis), ...view.strides, ...zeros(rank - axis - 1)] };
    },
  };
}

/** The index at a point, one for all lanes, clamped into an axis of `size`. */
export function indexAt(e: Emitter, space: Space, indices: View, at: readonly Affine[], size: number): Affine {
  const { b } = e;
  const where = e.address(space, indices, { at, lane: -1, count: 1 });
  const { source } = indices;
  if (source.op === 'constant') {
    return affine(Math.min(Math.max(Math.trunc(source.attrs.value), 0), size - 1));
  }
  if (source.op === 'iota') return b.bound('max', affine(0), b.bound('min', where, affine(size - 1)));
  return b.loadIndex(e.buffer(source), where, 0, size - 1);
}

/** The indices of all lanes, likewise. */
export function indicesAt(e: Emitter, space: Space, indices: View, point: Point, size: number): ValueId {
  const { b } = e;
  return b.op('imax', b.int(0), b.op('imin', b.int(size - 1), e.viewed(space, indices, point)));
}
