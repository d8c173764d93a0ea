import { showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { diag } from './arrays.ts';
import { fail, lift, normalizeAxis, reshapeTo, wrap } from './core.ts';
import { concatenate, flip, reshape, split } from './movement.ts';

type Sections = number | readonly number[];

/** Along `axis`: in `sections` parts, of which the first ones are longer by 1 if it does not divide, or cut before the given indices. */
export function arraySplit(x: TensorLike, sections: Sections, axis = 0): Tensor[] {
  if (typeof sections !== 'number') return split(x, sections, axis);
  if (!Number.isSafeInteger(sections) || sections < 1)
    fail('arraySplit', `expected at least one section, got ${sections}`, 'INVALID_ARGUMENT');
  const t = wrap(lift(x));
  const size = t.shape[normalizeAxis('arraySplit', axis, t.rank)]!;
  const [part, longer] = [Math.floor(size / sections), size % sections];
  return split(
    t,
    Array.from({ length: sections - 1 }, (_, i) => (i + 1) * part + Math.min(i + 1, longer)),
    axis,
  );
}

function alongAxis(op: string, x: TensorLike, sections: Sections, rank: number, axis: number): Tensor[] {
  const t = wrap(lift(x));
  if (t.rank < rank) fail(op, `expected at least ${rank} axes, got shape ${showShape(t.shape)}`);
  return split(t, sections, axis);
}

/** `split` along the second axis (of a vector, the first). */
export const hsplit = (x: TensorLike, sections: Sections): Tensor[] =>
  alongAxis('hsplit', x, sections, 1, lift(x).shape.length === 1 ? 0 : 1);
/** `split` along the first axis of at least two. */
export const vsplit = (x: TensorLike, sections: Sections): Tensor[] => alongAxis('vsplit', x, sections, 2, 0);
/** `split` along the third axis. */
export const dsplit = (x: TensorLike, sections: Sections): Tensor[] => alongAxis('dsplit', x, sections, 3, 2);

/** One behind the other along the third axis; vectors [n] are [1, n, 1], matrices [n, m] are [n, m, 1]. */
export function dstack(list: readonly TensorLike[]): Tensor {
  const deep = list.map((x) => {
    const n = lift(x);
    const [first, second] = n.shape;
    if (n.shape.length === 0) return wrap(reshapeTo(n, [1, 1, 1]));
    if (n.shape.length === 1) return wrap(reshapeTo(n, [1, first!, 1]));
    return wrap(n.shape.length === 2 ? reshapeTo(n, [first!, second!, 1]) : n);
  });
  return concatenate(deep, 2);
}

/** The order along the second axis reversed: left becomes right. */
export const fliplr = (x: TensorLike): Tensor => flipped('fliplr', x, 1);
/** The order along the first axis reversed: top becomes bottom. */
export const flipud = (x: TensorLike): Tensor => flipped('flipud', x, 0);

function flipped(op: string, x: TensorLike, axis: number): Tensor {
  const n = lift(x);
  if (n.shape.length <= axis) fail(op, `expected at least ${axis + 1} axes, got shape ${showShape(n.shape)}`);
  return flip(wrap(n), axis);
}

/** A matrix with the elements of `x`, in one row, on its diagonal `k`. */
export const diagflat = (x: TensorLike, k = 0): Tensor => diag(reshape(x, [-1]), k);
