import type { Attrs, WindowAttrs } from '../../graph/node.ts';
import { type Shape, sizeOf, stridesOf } from '../../graph/shape.ts';
import { foldRule } from './reduce.ts';
import { type Values, viewAxis } from './values.ts';

/** Both folds split by axes: one axis after the other, in double precision. Padding takes no part. */
export function evalWindowReduce(x: Values, from: Shape, a: Attrs['windowReduce'], out: Values, shape: Shape): void {
  const { start, step } = foldRule(a.kind, 'float32');
  const sizes = [...from];
  let values: Values = x;
  for (let axis = 0; axis < from.length; axis++) {
    const [window, stride, low] = [a.window[axis]!, a.strides[axis]!, a.padLow[axis]!];
    const { outer, size, inner } = viewAxis(sizes, axis);
    const windows = shape[axis]!;
    if (window === 1 && stride === 1 && low === 0 && windows === size) continue;
    const next = new Float64Array(outer * windows * inner).fill(start + 0);
    for (let o = 0; o < outer; o++)
      for (let w = 0; w < windows; w++) {
        const to = (o * windows + w) * inner;
        const first = Math.max(0, w * stride - low);
        const end = Math.min(size, w * stride - low + window);
        for (let k = first; k < end; k++) {
          const at = (o * size + k) * inner;
          for (let i = 0; i < inner; i++) next[to + i] = step(next[to + i]!, values[at + i]!);
        }
      }
    values = next;
    sizes[axis] = windows;
  }
  out.set(values);
}

/** Each window gives its gradient to its first maximum (a NaN is the maximum) in row-major order. */
export function evalWindowMaxGrad(
  x: Values,
  from: Shape,
  dy: Values,
  dyShape: Shape,
  a: WindowAttrs,
  out: Values,
): void {
  const rank = from.length;
  const strides = stridesOf(from);
  const sums = new Float64Array(out.length);
  const taps = sizeOf(a.window);
  const tapStrides = stridesOf(a.window);
  const offset = (tap: number, axis: number) => Math.floor(tap / tapStrides[axis]!) % a.window[axis]!;
  const offsets = Array.from({ length: taps }, (_, t) => a.window.map((_, axis) => offset(t, axis)));
  const corner = new Array<number>(rank).fill(0);
  const index = new Array<number>(rank).fill(0);
  for (let w = 0; w < dy.length; w++) {
    for (let i = 0; i < rank; i++) corner[i] = index[i]! * a.strides[i]! - a.padLow[i]!;
    let best = -1;
    for (let t = 0; t < taps; t++) {
      const tap = offsets[t]!;
      let at = 0;
      for (let i = 0; i < rank; i++) {
        const p = corner[i]! + tap[i]!;
        if (p < 0 || p >= from[i]!) {
          at = -1;
          break;
        }
        at += p * strides[i]!;
      }
      if (at >= 0 && (best < 0 || x[at]! > x[best]! || (Number.isNaN(x[at]!) && !Number.isNaN(x[best]!)))) best = at;
    }
    if (best >= 0) sums[best] = sums[best]! + dy[w]!;
    for (let i = rank - 1; i >= 0 && ++index[i]! === dyShape[i]; i--) index[i] = 0;
  }
  out.set(sums);
}
