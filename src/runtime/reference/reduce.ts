import type { DType } from '../../graph/dtype.ts';
import { type Shape, stridesOf } from '../../graph/shape.ts';
import { type Values, viewAxis, walkRows } from './values.ts';

export type Fold = 'sum' | 'prod' | 'max' | 'min';

interface FoldRule {
  readonly start: number;
  step(x: number, y: number): number;
}

/**
 * In double precision for float32; an int32 wraps. NaN is the maximum and the minimum of what contains it. A sum begins
 * with its first element (-0 + x is x, also where x is -0).
 */
const FLOAT: { readonly [F in Fold]: FoldRule } = {
  sum: { start: -0, step: (x, y) => x + y },
  prod: { start: 1, step: (x, y) => x * y },
  max: { start: Number.NEGATIVE_INFINITY, step: (x, y) => Math.max(x, y) },
  min: { start: Number.POSITIVE_INFINITY, step: (x, y) => Math.min(x, y) },
};

const INT: { readonly [F in Fold]: FoldRule } = {
  sum: { start: 0, step: (x, y) => (x + y) | 0 },
  prod: { start: 1, step: Math.imul },
  max: { start: -2147483648, step: FLOAT.max.step },
  min: { start: 2147483647, step: FLOAT.min.step },
};

export const foldRule = (fold: Fold, dtype: DType): FoldRule => (dtype === 'int32' ? INT : FLOAT)[fold];

export function evalReduce(fold: Fold, dtype: DType, x: Values, from: Shape, axes: readonly number[], out: Values) {
  const { start, step } = foldRule(fold, dtype);
  const kept = from.map((d, i) => (axes.includes(i) ? 1 : d));
  const target = stridesOf(kept).map((s, i) => (axes.includes(i) ? 0 : s));
  const empty = axes.some((a) => from[a] === 0); // of nothing, the sum is 0
  const sums = new Float64Array(out.length).fill(empty ? start + 0 : start);
  const n = from.length > 0 ? from[from.length - 1]! : 1;
  const move = from.length > 0 ? target[from.length - 1]! : 0;
  walkRows(from, { offset: 0, strides: stridesOf(from) }, { offset: 0, strides: target }, (p, q) => {
    if (move === 0) {
      let sum = sums[q]!;
      for (let i = 0; i < n; i++) sum = step(sum, x[p + i]!);
      sums[q] = sum;
    } else for (let i = 0; i < n; i++) sums[q + i * move] = step(sums[q + i * move]!, x[p + i]!);
  });
  out.set(sums);
}

/** The first maximum along the axis, or the first NaN. */
export function evalArgmax(x: Values, from: Shape, axis: number, out: Values): void {
  const { outer, size, inner } = viewAxis(from, axis);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const base = o * size * inner + i;
      let best = 0;
      for (let k = 1; k < size; k++) {
        const top = x[base + best * inner]!;
        const v = x[base + k * inner]!;
        if (v > top || (Number.isNaN(v) && !Number.isNaN(top))) best = k;
      }
      out[o * inner + i] = best;
    }
}

/** Running folds along an axis, from its end where `reverse`. */
export function evalCumulative(
  fold: Fold,
  dtype: DType,
  x: Values,
  shape: Shape,
  axis: number,
  reverse: boolean,
  out: Values,
): void {
  const { start, step } = foldRule(fold, dtype);
  const { outer, size, inner } = viewAxis(shape, axis);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      let value = start;
      for (let k = 0; k < size; k++) {
        const at = (o * size + (reverse ? size - 1 - k : k)) * inner + i;
        value = step(value, x[at]!);
        out[at] = value;
      }
    }
}
