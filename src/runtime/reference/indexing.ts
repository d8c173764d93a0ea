import type { DType } from '../../graph/dtype.ts';
import type { Shape } from '../../graph/shape.ts';
import { foldRule } from './reduce.ts';
import { type Values, viewAxis } from './values.ts';

const clamp = (i: number, size: number) => Math.min(Math.max(i, 0), size - 1);

/** x [outer, size, inner], indices [n] -> [outer, n, inner]; an index outside is moved to the nearest inside. */
export function evalGather(x: Values, from: Shape, axis: number, indices: Values, out: Values): void {
  const { outer, size, inner } = viewAxis(from, axis);
  if (size === 0) return; // nothing to read: the result is zeros
  let to = 0;
  for (let o = 0; o < outer; o++)
    for (let k = 0; k < indices.length; k++, to += inner) {
      const at = (o * size + clamp(indices[k]!, size)) * inner;
      for (let i = 0; i < inner; i++) out[to + i] = x[at + i]!;
    }
}

export function evalScatterAdd(
  dtype: DType,
  x: Values,
  shape: Shape,
  axis: number,
  indices: Values,
  updates: Values,
  out: Values,
): void {
  const { outer, size, inner } = viewAxis(shape, axis);
  const { step } = foldRule('sum', dtype);
  const sums = Float64Array.from(x);
  if (size > 0) {
    let from = 0;
    for (let o = 0; o < outer; o++)
      for (let k = 0; k < indices.length; k++, from += inner) {
        const at = (o * size + clamp(indices[k]!, size)) * inner;
        for (let i = 0; i < inner; i++) sums[at + i] = step(sums[at + i]!, updates[from + i]!);
      }
  }
  out.set(sums);
}

/** The stable order along the axis, upwards or downwards; NaN is last in both. */
export function evalArgsort(x: Values, shape: Shape, axis: number, descending: boolean, out: Values): void {
  const { outer, size, inner } = viewAxis(shape, axis);
  const order: number[] = [];
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const base = o * size * inner + i;
      const key = (k: number) => x[base + k * inner]!;
      const compare = (p: number, q: number) => {
        const [a, b] = [key(p), key(q)];
        if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
        const up = a < b ? -1 : a > b ? 1 : 0;
        return descending ? -up : up;
      };
      for (let k = 0; k < size; k++) order[k] = k;
      order.length = size;
      order.sort(compare);
      for (let k = 0; k < size; k++) out[base + k * inner] = order[k]!;
    }
}
